/*
 * definition/define.h
 *	  A query analysed into a definition, or the reason why it can't be one.
 */
#ifndef BINGO_DEFINE_H
#define BINGO_DEFINE_H

#include "definition/definition.h"

/* What to give in the place of what is none. */
#define BINGO_DEFINE_GIVE_SELECT "Give the page's SELECT with its ORDER BY."

/* NULL, and the problem filled in, if the query can't be an ordering or, if it counts, a counter. */
extern BingoDefinition *bingo_define_analyze(Query *query, bool counts, BingoProblem *problem);

/*
 * The same of an ordering, as if its tables had unique indexes on these keys (BingoSupposedKey *), too.  The
 * unique_index of a table that would need one of them is InvalidOid.
 */
extern BingoDefinition *bingo_define_suppose(Query *query, List *keys, BingoProblem *problem);

#endif							/* BINGO_DEFINE_H */
