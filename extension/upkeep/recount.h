/*
 * upkeep/recount.h
 *	  The counts of a counter, read from its table.
 */
#ifndef BINGO_UPKEEP_RECOUNT_H
#define BINGO_UPKEEP_RECOUNT_H

#include "tcop/dest.h"
#include "utils/snapshot.h"

#include "store/ordering.h"

/*
 * Replaces what the snapshot sees in the counter's window by the counts that it sees in the
 * table; NULL: the latest snapshot.  The caller has the gate EXCLUSIVE, acts as the
 * windows' owner and is connected to SPI.
 */
extern void bingo_recount(BingoOrdering *counter, Snapshot snapshot);

/* The same as a step of upkeep, which writes the state, too; false while somebody reads what must be truncated. */
extern bool bingo_recount_step(BingoOrdering *counter);

/* What the snapshot sees in the table, key by key, read as its owner; the caller is connected to SPI. */
extern void bingo_recount_read(const BingoOrdering *counter, Snapshot snapshot, DestReceiver *dest);

#endif							/* BINGO_UPKEEP_RECOUNT_H */
