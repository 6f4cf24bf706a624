/*
 * definition/count.h
 *	  A query analysed into the definition of a counter.
 */
#ifndef BINGO_DEFINITION_COUNT_H
#define BINGO_DEFINITION_COUNT_H

#include "definition/definition.h"

/* What to give in the place of what is none. */
#define BINGO_COUNT_GIVE_SELECT "Give a SELECT of count(*) from one table, with GROUP BY for a count of each key."

/* NULL, and fills the problem, if the query can't be a counter. */
extern BingoDefinition *bingo_count_analyze(Query *query, BingoProblem *problem);

#endif							/* BINGO_DEFINITION_COUNT_H */
