/*
 * store/load.h
 *	  The two servers of an ordering become a BingoOrdering.
 */
#ifndef BINGO_ORDERING_LOAD_H
#define BINGO_ORDERING_LOAD_H

#include "base/server.h"
#include "store/ordering.h"

/* The id in a state, 0 if nothing is built. */
extern int32 bingo_load_id(const BingoServer *state);

/*
 * Fills an ordering, zeroed but for its context, from its state and its definition
 * (NULL: dropped).  "relids" becomes the list of relations whose invalidation makes the
 * ordering stale.
 */
extern void bingo_load_ordering(BingoOrdering *ordering, const BingoServer *state,
								const BingoServer *definition, List **relids);

#endif							/* BINGO_ORDERING_LOAD_H */
