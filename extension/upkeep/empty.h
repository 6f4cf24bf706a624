/*
 * upkeep/empty.h
 *	  Emptying a window.
 */
#ifndef BINGO_UPKEEP_EMPTY_H
#define BINGO_UPKEEP_EMPTY_H

#include "utils/relcache.h"
#include "utils/snapshot.h"

#include "store/ordering.h"

/* False: somebody reads it and it has to be truncated. */
extern bool bingo_empty_window(BingoOrdering *ordering);

/* By TRUNCATE, if its lock is to be had at once. */
extern bool bingo_empty_truncate(BingoOrdering *ordering);

/* Deletes what the snapshot sees in the window, which is open for writing. */
extern void bingo_empty_delete(const BingoOrdering *ordering, Relation window, Snapshot snapshot);

#endif							/* BINGO_UPKEEP_EMPTY_H */
