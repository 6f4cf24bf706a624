/*
 * write/candidates.h
 *	  Driving rows that nobody has changed, brought into the window as if somebody had.
 */
#ifndef BINGO_WRITE_CANDIDATES_H
#define BINGO_WRITE_CANDIDATES_H

#include "store/ordering.h"

/*
 * For upkeep, with the gate EXCLUSIVE: each of these driving keys (List of Datum *, definition->ndriving values) is looked at as
 * the tables are now, and the window's row of it put in, changed or taken out.  NULL, or why that can't be done.
 */
extern const char *bingo_candidates_apply(BingoOrdering *ordering, List *keys);

#endif							/* BINGO_WRITE_CANDIDATES_H */
