/*
 * upkeep/keyed.c
 *	  Keys of a window that have too many rows, or too few: cut, and extended.
 *
 * A key keeps window_rows rows, K, after a fill.  Writers put in what comes before its boundary, or all if it has none, so
 * from 2 K rows on it is cut to K; and take out what goes, so a cut key that has less than half of K
 * is extended to K.
 *
 *	find	reads the window in its order, a key after the other, and counts the rows of those that are cut.
 *			No lock: what it finds is where to look.
 *	step	looks again at one key after the other, with the gate EXCLUSIVE, and cuts or extends it.
 *			Each is a change of rows and boundary in one transaction, as the proof at the head of
 *			write/maintain.c wants it.
 *
 * Memory: what was found lives in a context of its own, for one ordering, until it is looked for again.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/sortsupport.h"

#include "base/compat.h"
#include "store/cut.h"
#include "store/store.h"
#include "upkeep/fill.h"
#include "upkeep/key_rows.h"
#include "upkeep/keyed.h"

#define MOST_FOUND 100000		/* keys */
#define AS_ROWS 100				/* what a query for one key counts as */

static MemoryContext found_context = NULL;
static int32 found_of = 0;		/* no ordering's id */
static List *found = NIL;		/* of BingoBoundary *, of which only the key counts */
static int	settled = 0;		/* so many of them */

static void
forget_found(int32 id)
{
	if (found_context == NULL)
		found_context = AllocSetContextCreate(TopMemoryContext, "bingo_tune keys", ALLOCSET_DEFAULT_SIZES);
	MemoryContextReset(found_context);
	found = NIL;
	settled = 0;
	found_of = id;
}

static void
remember(const BingoOrdering *ordering, TupleTableSlot *slot)
{
	MemoryContext old = MemoryContextSwitchTo(found_context);
	BingoBoundary *key = palloc(sizeof(BingoBoundary));

	bingo_key_rows_copy(ordering->definition, slot, key);
	found = lappend(found, key);
	MemoryContextSwitchTo(old);
}

/* Keys with more than twice the rows. */
static void
find_long(const BingoOrdering *ordering, Relation window, Snapshot snapshot)
{
	Relation	index = index_open(ordering->window_order, AccessShareLock);
	IndexScanDesc scan = bingo_index_beginscan(window, index, snapshot, 0);
	TupleTableSlot *slot = table_slot_create(window, NULL);
	TupleTableSlot *last = MakeSingleTupleTableSlot(RelationGetDescr(window), &TTSOpsHeapTuple);
	struct SortSupportData *sort = bingo_key_rows_sort(ordering->definition);
	int64		count = 0;

	index_rescan(scan, NULL, 0, NULL, 0);
	while (list_length(found) < MOST_FOUND && index_getnext_slot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		if (count == 0 || !bingo_key_rows_same_key(ordering->definition, sort, slot, last))
		{
			ExecCopySlot(last, slot);
			count = 0;
		}
		if (++count == 2 * ordering->window_rows + 1)
			remember(ordering, slot);
	}
	ExecDropSingleTupleTableSlot(last);
	ExecDropSingleTupleTableSlot(slot);
	index_endscan(scan);
	index_close(index, AccessShareLock);
}

static int64
fewest(const BingoOrdering *ordering)
{
	return (ordering->window_rows + 1) / 2;
}

/* Cut keys with less than half of the rows. */
static void
find_short(const BingoOrdering *ordering, Snapshot snapshot)
{
	BingoCuts	cuts;
	BingoBoundary cut;

	if (!bingo_cut_open(&cuts, ordering, snapshot, NULL))
		return;
	bingo_cut_start(&cuts);
	while (list_length(found) < MOST_FOUND && bingo_cut_next(&cuts, &cut))
	{
		MemoryContext old;

		CHECK_FOR_INTERRUPTS();
		if (bingo_key_rows_count(ordering, &cut, fewest(ordering)) >= fewest(ordering))
			continue;
		old = MemoryContextSwitchTo(found_context);
		found = lappend(found, bingo_key_rows_copy_boundary(cuts.relation, ordering->definition, &cut));
		MemoryContextSwitchTo(old);
	}
	bingo_cut_close(&cuts);
}

bool
bingo_keyed_find(const BingoOrdering *ordering, Snapshot snapshot)
{
	Relation	window = try_table_open(ordering->window, AccessShareLock);

	forget_found(ordering->id);
	if (window == NULL)
		return false;
	PushActiveSnapshot(snapshot);
	find_long(ordering, window, snapshot);
	find_short(ordering, snapshot);
	PopActiveSnapshot();
	table_close(window, AccessShareLock);
	return found != NIL;
}

/* Reads rows behind the key's boundary; false if it has none. */
static bool
extend_key(BingoOrdering *ordering, const BingoBoundary *key, int64 limit)
{
	BingoCuts	cuts;
	BingoBoundary cut;
	bool		is_cut = bingo_cut_open(&cuts, ordering, SnapshotSelf, NULL);
	BingoScope	scope;

	if (!is_cut)
		ereport(ERROR,
				(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				 errmsg("the boundary of ordering \"%s\" is locked", ordering->name),
				 errhint("Try again.")));
	is_cut = bingo_cut_find(&cuts, key->values, key->nulls, &cut);
	if (is_cut)
	{
		BingoBoundary *copy = bingo_key_rows_copy_boundary(cuts.relation, ordering->definition, &cut);

		bingo_store_enter(&scope, InvalidOid);
		SPI_connect();
		bingo_fill_key(ordering, copy, limit);
		SPI_finish();
		bingo_store_leave(&scope);
	}
	bingo_cut_close(&cuts);
	return is_cut;
}

/* Cuts or extends a key, or a part of that; counts what it has cost.  False: it needs more. */
static bool
settle(BingoOrdering *ordering, const BingoBoundary *key, int64 chunk, int64 *cost)
{
	int64		rows = ordering->window_rows;
	int64		there = bingo_key_rows_count(ordering, key, Max(2 * rows, rows + chunk) + 1);
	int64		surplus = Min(there - rows, chunk);

	*cost += AS_ROWS;
	if (there > 2 * rows)
	{
		bingo_key_rows_delete_last(ordering, key, surplus);
		*cost += surplus;
		return there - surplus <= rows;
	}
	if (there < fewest(ordering) && extend_key(ordering, key, rows - there))
		*cost += rows - there;
	return true;
}

bool
bingo_keyed_step(BingoOrdering *ordering, int64 chunk)
{
	int64		cost = 0;

	if (found_of != ordering->id)
		return false;
	while (settled < list_length(found) && cost < chunk)
	{
		CHECK_FOR_INTERRUPTS();
		if (settle(ordering, list_nth(found, settled), chunk, &cost))
			settled++;
	}
	return settled < list_length(found);
}
