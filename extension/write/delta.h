/*
 * write/delta.h
 *	  Counters: what a transaction changes of counts, from the row triggers to the window.
 */
#ifndef BINGO_WRITE_DELTA_H
#define BINGO_WRITE_DELTA_H

#include "executor/tuptable.h"

#include "store/lock.h"
#include "store/ordering.h"

/* A row of the counter's table came (old NULL), went (new NULL) or changed. */
extern void bingo_delta_add(BingoOrdering *counter, TupleTableSlot *old, TupleTableSlot *new);

/*
 * Writes all of it into the windows.  lasting: the transaction is about to commit, not to
 * be prepared, so that rows may be folded (write/fold.c).
 */
extern void bingo_delta_write_all(BingoPatience *patience, bool lasting);

#endif							/* BINGO_WRITE_DELTA_H */
