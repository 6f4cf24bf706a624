/*
 * write/delta.h
 *	  What this transaction has changed of counts, remembered until its commit.
 */
#ifndef BINGO_WRITE_DELTA_H
#define BINGO_WRITE_DELTA_H

#include "executor/tuptable.h"

#include "store/lock.h"
#include "store/ordering.h"

extern void bingo_delta_init(void);

/* A row of the counter's table came (old NULL), went (new NULL) or changed. */
extern void bingo_delta_add(BingoOrdering *counter, TupleTableSlot *old, TupleTableSlot *new);

/* Is anything remembered of the counter with that window? */
extern bool bingo_delta_is_pending(int32 id, Oid window);

/*
 * Writes all of it into the windows.  lasting: the transaction is about to commit, not to
 * be prepared, so that rows may be folded (write/fold.c).
 */
extern void bingo_delta_write_all(BingoPatience *patience, bool lasting);

/* The transaction is over, and its memory with it. */
extern void bingo_delta_reset(void);

#endif							/* BINGO_WRITE_DELTA_H */
