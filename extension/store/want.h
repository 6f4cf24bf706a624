/*
 * store/want.h
 *	  Whether upkeep is asked for when this transaction has committed.
 */
#ifndef BINGO_ORDERING_WANT_H
#define BINGO_ORDERING_WANT_H

#include "store/ordering.h"

/*
 * Asks for upkeep when this transaction has committed: a window was left
 * invalid (bingo_valid_invalidate() asks by itself) or was met so, should who left it so not have been able to
 * ask (a prepared transaction, say); or a key has become short, or long (which one tells store/want_keys.c).
 */
extern void bingo_want_upkeep(void);

/*
 * A writer has changed that many rows of the window: asks for upkeep if the window
 * has become short or long.  "complete": the boundary says everything.
 */
extern void bingo_want_for_changes(const BingoOrdering *ordering, bool complete, int64 changes);

/* For upkeep/worker.c: was it asked for?  Forgets it. */
extern bool bingo_want_take(void);

#endif							/* BINGO_ORDERING_WANT_H */
