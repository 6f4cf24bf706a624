/*
 * store/cut.h
 *	  The boundaries of single keys of a window.
 */
#ifndef BINGO_STORE_CUT_H
#define BINGO_STORE_CUT_H

#include "access/genam.h"
#include "access/skey.h"
#include "executor/tuptable.h"
#include "utils/rel.h"
#include "utils/snapshot.h"

#include "store/lock.h"
#include "store/window.h"

/* The cuts of one ordering, as a snapshot sees them. */
typedef struct BingoCuts
{
	const BingoOrdering *ordering;
	Relation	relation;		/* the boundary's; NULL: they are not open */
	Relation	index;			/* its, on state and key */
	IndexScanDesc scan;			/* of one key's */
	IndexScanDesc all;			/* of all; NULL until started */
	TupleTableSlot *slot;
	ScanKeyData keys[BINGO_MAX_KEYS + 1];
	Snapshot	snapshot;
	MemoryContext context;		/* in which they were opened: an index scan keeps what it allocates later */
} BingoCuts;

/*
 * Opens them, under SnapshotSelf (the gate is had) or an MVCC snapshot.  False if that is not to be
 * had in time, or the index would not show all: then nothing is known of any key.
 */
extern bool bingo_cut_open(BingoCuts *cuts, const BingoOrdering *ordering, Snapshot snapshot, BingoPatience *patience);
extern void bingo_cut_close(BingoCuts *cuts);

/*
 * The cut of a key, if it has one: the values of the first sort keys, in their types, or the search keys
 * of an index scan that compare them for equality.  What *cut points to is good until the next call.
 */
extern bool bingo_cut_find(BingoCuts *cuts, const Datum *values, const bool *nulls, BingoBoundary *cut);
extern bool bingo_cut_find_searched(BingoCuts *cuts, const ScanKeyData *search, BingoBoundary *cut);

/* All of them, in the order of keys. */
extern void bingo_cut_start(BingoCuts *cuts);
extern bool bingo_cut_next(BingoCuts *cuts, BingoBoundary *cut);

/* A search key of an index for the value of its column (from 0 on), also for NULL; false if it does not compare for equality. */
extern bool bingo_cut_prepare(ScanKey key, Relation index, int column, Datum value, bool isnull);

/* Upkeep, with the gate EXCLUSIVE: a cut of a key that has none, also in the midst of a query. */
extern void bingo_cut_add(const BingoOrdering *ordering, Relation boundary, const BingoBoundary *cut);

/* ... the key's cut becomes this one, or goes; all go. */
extern void bingo_cut_set(const BingoOrdering *ordering, const BingoBoundary *cut);
extern void bingo_cut_remove(const BingoOrdering *ordering, const BingoBoundary *key);
extern void bingo_cut_remove_all(const BingoOrdering *ordering);

#endif							/* BINGO_STORE_CUT_H */
