/*
 * store/cut_known.h
 *	  The boundary of the key of a changed row.
 */
#ifndef BINGO_STORE_CUT_KNOWN_H
#define BINGO_STORE_CUT_KNOWN_H

#include "store/cut.h"

/*
 * Whoever has the gate, in any mode: has the single key with these values a boundary of its own?  Then it is copied to *cut; what
 * that points to is good until the next call.  False if that can't be read in time.  "cuts" are of the same ordering under
 * SnapshotSelf; they are opened if need be, and then left open.
 */
extern bool bingo_cut_know(BingoOrdering *ordering, BingoCuts *cuts, const Datum *values, const bool *nulls,
						   BingoPatience *patience, BingoBoundary *cut, bool *found);

/* Is it known that no key has one?  Who has not looked lately does not know. */
extern bool bingo_cut_know_none(const BingoOrdering *ordering);

#endif							/* BINGO_STORE_CUT_KNOWN_H */
