/*
 * upkeep/recount.h
 *	  The counts of a counter, read from its table.
 */
#ifndef BINGO_UPKEEP_RECOUNT_H
#define BINGO_UPKEEP_RECOUNT_H

#include "utils/snapshot.h"

#include "store/ordering.h"

/*
 * Replaces what the snapshot sees in the counter's window by the counts that it sees in the
 * table; NULL: the latest snapshot.  The caller has the gate EXCLUSIVE, acts as the
 * windows' owner and is connected to SPI.
 */
extern void bingo_recount(BingoOrdering *counter, Snapshot snapshot);

#endif							/* BINGO_UPKEEP_RECOUNT_H */
