/*
 * store/cut.h
 *	  The boundaries of single keys of a window, and the marks of keys that perhaps lack rows.
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
	TupleTableSlot *other;		/* of the next entry, once the cut is in the slot */
	bool		marked;			/* the key that was looked up last has a mark */
	bool		marked_by_us;	/* ... of this transaction */
	ScanKeyData keys[BINGO_MAX_KEYS + 1];
	Snapshot	snapshot;
	MemoryContext context;		/* in which they were opened: an index scan keeps what it allocates later */
} BingoCuts;

/* A mark; the place alone may be another one's by and by. */
typedef struct BingoKeyMark
{
	ItemPointerData place;
	TransactionId inserter;
} BingoKeyMark;

/*
 * Opens them, under SnapshotSelf (the gate is had) or an MVCC snapshot.  False if that is not to be
 * had in time, or the index would not show all: then nothing is known of any key.
 */
extern bool bingo_cut_open(BingoCuts *cuts, const BingoOrdering *ordering, Snapshot snapshot, BingoPatience *patience);

/* The locks stay until the end of the transaction; or they go: nobody who only shows what there is keeps others from it. */
extern void bingo_cut_close(BingoCuts *cuts);
extern void bingo_cut_release(BingoCuts *cuts);

/* The same for upkeep, which has closed the gate; an error if they are not to be had. */
extern void bingo_cut_require(BingoCuts *cuts, const BingoOrdering *ordering);

/*
 * The cut of a key, if it has one: the values of the first sort keys, in their types, or the search keys
 * of an index scan that compare them for equality.  What *cut points to is good until the next call.
 */
extern bool bingo_cut_find(BingoCuts *cuts, const Datum *values, const bool *nulls, BingoBoundary *cut);
extern bool bingo_cut_find_searched(BingoCuts *cuts, const ScanKeyData *search, BingoBoundary *cut);

/* All of them, in the order of keys, and marks among them, of which only the key is given. */
extern void bingo_cut_start(BingoCuts *cuts);
extern bool bingo_cut_next(BingoCuts *cuts, BingoBoundary *cut);

/* Is it found, at a glance, that there is none, nor a mark? */
extern bool bingo_cut_has_none(BingoCuts *cuts);
extern bool bingo_cut_is_mark(const BingoOrdering *ordering, const BingoBoundary *cut);

/* A search key of an index for the value of its column (from 0 on), also for NULL; false if it does not compare for equality. */
extern bool bingo_cut_prepare(ScanKey key, Relation index, int column, Datum value, bool isnull);

/*
 * Marks the key of a row that is not put in; the gate is had in any mode.  False if the boundary's relation
 * is not to be had in time.
 */
extern bool bingo_cut_mark(const BingoOrdering *ordering, const Datum *values, const bool *nulls, BingoPatience *patience);

/* How many keys are cut, and how many are marked, as the snapshot sees them; "cuts" are open under it. */
extern void bingo_cut_count(BingoCuts *cuts, int64 *cut_keys, int64 *marked_keys);

/* Upkeep, with the gate EXCLUSIVE: a cut of a key that has none, also in the midst of a query. */
extern void bingo_cut_add(const BingoOrdering *ordering, Relation boundary, const BingoBoundary *cut);

/* ... the key's cut becomes this one, or goes; all go. */
extern void bingo_cut_set(const BingoOrdering *ordering, const BingoBoundary *cut);
extern void bingo_cut_remove(const BingoOrdering *ordering, const BingoBoundary *key);
extern void bingo_cut_remove_all(const BingoOrdering *ordering);

/* ... has the key a mark; all of them go; it gets one; is this its only one? */
extern bool bingo_cut_has_mark(const BingoOrdering *ordering, const BingoBoundary *key);
extern void bingo_cut_remove_marks(const BingoOrdering *ordering, const BingoBoundary *key);
extern void bingo_cut_add_mark(const BingoOrdering *ordering, const BingoBoundary *key, BingoKeyMark *mark);
extern bool bingo_cut_has_only_mark(const BingoOrdering *ordering, const BingoBoundary *key, const BingoKeyMark *mark);

#endif							/* BINGO_STORE_CUT_H */
