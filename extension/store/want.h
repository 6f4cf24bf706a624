/*
 * store/want.h
 *	  Whether upkeep is asked for when this transaction has committed.
 */
#ifndef BINGO_ORDERING_WANT_H
#define BINGO_ORDERING_WANT_H

#include "store/ordering.h"

/*
 * Asks for upkeep when this transaction has committed: a window was left
 * invalid (bingo_valid_invalidate() asks by itself), has become short, or long.
 */
extern void bingo_want_upkeep(void);

/*
 * Somebody has met a window that is invalid: asks for upkeep now and then, should
 * the one who left it so not have been able to (a prepared transaction, say).
 */
extern void bingo_want_for_invalid(void);

/*
 * A writer has changed that many rows of the window: asks for upkeep now and
 * then if the window has become short or long.  "complete": the boundary says
 * everything.
 */
extern void bingo_want_for_changes(const BingoOrdering *ordering, bool complete, int64 changes);

/* The same of one key, where the rows of each are counted; which it is tells store/want_keys.c. */
extern void bingo_want_for_key(void);

typedef enum BingoWanted
{
	BINGO_WANTED_NOT,
	BINGO_WANTED_SOON,			/* now and then, as upkeep/pace.c has it */
	BINGO_WANTED_NOW
} BingoWanted;

/* For upkeep/worker.c: was it asked for?  Forgets it. */
extern BingoWanted bingo_want_take(void);

#endif							/* BINGO_ORDERING_WANT_H */
