/*
 * advise/whole.h
 *	  The definition of an ordering that is proposed, also of a partitioned table.
 */
#ifndef BINGO_ADVISE_WHOLE_H
#define BINGO_ADVISE_WHOLE_H

#include "definition/definition.h"

/*
 * NULL, and the problem filled in, if there can be none; problem->lacking: there could be, with indexes that are missing.  "keys": unique
 * keys that are supposed to be there (bingo_define_suppose()).
 */
extern BingoDefinition *bingo_advise_analyze(Query *query, List *keys, BingoProblem *problem);

#endif							/* BINGO_ADVISE_WHOLE_H */
