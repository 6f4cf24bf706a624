/*
 * store/cut.c
 *	  The boundaries of single keys of a window: where its rows of a key end.
 *
 * An ordering of which the first window_rows rows are kept for each key, the first definition->nkeys sort
 * keys, has in its boundary's relation, beside the one row of store/boundary.c, here F, a row for each key
 * that is cut: state 'c' and the sort keys of the last row that is inside.
 *
 *	A row is inside if its key has a cut and it stands at or before that; if the key has none, if
 *	it stands at or before F.
 *
 * F says how far the fill has come; behind its key no key has a cut.  That a key has no cut is a fact, too: all its rows
 * are kept, up to F.  A cut of F's own key may stand behind F, when the key was extended: it must stay then, as without it
 * rows behind F would be taken for those that nobody keeps, and be in the window (upkeep/fill.c).  It is believed only by whoever sees F as well, in the file of the window that his snapshot has, and of an
 * index that shows all rows that the snapshot can see.
 *
 * Protocol: that of the boundary.  Cuts change under the gate EXCLUSIVE only, in the transaction that puts in or
 * takes out the key's rows, and writers read them under the gate, by SnapshotSelf.  They are kept in no cache:
 * a move sends no invalidation.  Readers look under their own snapshot.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/relation.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "store/cut.h"

bool
bingo_cut_prepare(ScanKey key, Relation index, int column, Datum value, bool isnull)
{
	Oid			type = index->rd_opcintype[column];
	Oid			operator = get_opfamily_member(index->rd_opfamily[column], type, type, BTEqualStrategyNumber);

	if (!OidIsValid(operator))
		return false;
	if (isnull)
		ScanKeyEntryInitialize(key, SK_ISNULL | SK_SEARCHNULL, (AttrNumber) (column + 1), InvalidStrategy, InvalidOid,
							   InvalidOid, InvalidOid, (Datum) 0);
	else
		ScanKeyEntryInitialize(key, 0, (AttrNumber) (column + 1), BTEqualStrategyNumber, type,
							   index->rd_indcollation[column], get_opcode(operator), value);
	return true;
}

static void
prepare_state(ScanKey key)
{
	ScanKeyEntryInitialize(key, 0, 1, BTEqualStrategyNumber, InvalidOid, InvalidOid, F_CHAREQ, CharGetDatum(BINGO_BOUNDARY_CUT));
}

bool
bingo_cut_open(BingoCuts *cuts, const BingoOrdering *ordering, Snapshot snapshot, BingoPatience *patience)
{
	memset(cuts, 0, sizeof(BingoCuts));
	cuts->relation = bingo_boundary_open(ordering, patience);
	if (cuts->relation == NULL)
		return false;
	cuts->index = bingo_boundary_open_index(cuts->relation, ordering, snapshot, patience);
	if (cuts->index == NULL)
	{
		bingo_cut_close(cuts);
		return false;
	}
	cuts->ordering = ordering;
	cuts->snapshot = snapshot;
	cuts->context = CurrentMemoryContext;
	cuts->slot = table_slot_create(cuts->relation, NULL);
	cuts->scan = bingo_index_beginscan(cuts->relation, cuts->index, snapshot, ordering->definition->nkeys + 1);
	prepare_state(&cuts->keys[0]);
	return true;
}

/* The locks stay until the end of the transaction. */
void
bingo_cut_close(BingoCuts *cuts)
{
	if (cuts->scan)
		index_endscan(cuts->scan);
	if (cuts->all)
		index_endscan(cuts->all);
	if (cuts->slot)
		ExecDropSingleTupleTableSlot(cuts->slot);
	if (cuts->index)
		index_close(cuts->index, NoLock);
	if (cuts->relation)
		relation_close(cuts->relation, NoLock);
	memset(cuts, 0, sizeof(BingoCuts));
}

/* The cut in the slot, which keeps no page. */
static void
take(BingoCuts *cuts, BingoBoundary *cut)
{
	ExecMaterializeSlot(cuts->slot);
	slot_getallattrs(cuts->slot);
	memset(cut, 0, sizeof(BingoBoundary));
	cut->state = BINGO_BOUNDARY_KEY;
	for (int i = 0; i < cuts->ordering->definition->nsort; i++)
	{
		cut->values[i] = cuts->slot->tts_values[i + 1];
		cut->nulls[i] = cuts->slot->tts_isnull[i + 1];
	}
}

static bool
find(BingoCuts *cuts, BingoBoundary *cut)
{
	MemoryContext old = MemoryContextSwitchTo(cuts->context);
	bool		found;

	ExecClearTuple(cuts->slot);
	index_rescan(cuts->scan, cuts->keys, cuts->ordering->definition->nkeys + 1, NULL, 0);
	found = index_getnext_slot(cuts->scan, ForwardScanDirection, cuts->slot);
	if (found)
		take(cuts, cut);
	MemoryContextSwitchTo(old);
	return found;
}

bool
bingo_cut_find(BingoCuts *cuts, const Datum *values, const bool *nulls, BingoBoundary *cut)
{
	for (int i = 0; i < cuts->ordering->definition->nkeys; i++)
		if (!bingo_cut_prepare(&cuts->keys[i + 1], cuts->index, i + 1, values[i], nulls[i]))
			elog(ERROR, "the keys of ordering \"%s\" can't be compared", cuts->ordering->name);
	return find(cuts, cut);
}

bool
bingo_cut_find_searched(BingoCuts *cuts, const ScanKeyData *search, BingoBoundary *cut)
{
	for (int i = 0; i < cuts->ordering->definition->nkeys; i++)
	{
		cuts->keys[i + 1] = search[i];
		cuts->keys[i + 1].sk_attno = (AttrNumber) (i + 2);
	}
	return find(cuts, cut);
}

void
bingo_cut_start(BingoCuts *cuts)
{
	MemoryContext old = MemoryContextSwitchTo(cuts->context);
	ScanKeyData key;

	if (cuts->all == NULL)
		cuts->all = bingo_index_beginscan(cuts->relation, cuts->index, cuts->snapshot, 1);
	prepare_state(&key);
	index_rescan(cuts->all, &key, 1, NULL, 0);
	MemoryContextSwitchTo(old);
}

bool
bingo_cut_next(BingoCuts *cuts, BingoBoundary *cut)
{
	MemoryContext old = MemoryContextSwitchTo(cuts->context);
	bool		found = index_getnext_slot(cuts->all, ForwardScanDirection, cuts->slot);

	if (found)
		take(cuts, cut);
	MemoryContextSwitchTo(old);
	return found;
}

/* --- upkeep --- */

/* The row of a key's cut, if there is one: its place. */
static bool
find_place(const BingoOrdering *ordering, const BingoBoundary *key, ItemPointer place)
{
	BingoCuts	cuts;
	BingoBoundary cut;
	bool		found;

	Assert(bingo_lock_gate_is_closed(ordering->id));
	CommandCounterIncrement();
	if (!bingo_cut_open(&cuts, ordering, SnapshotSelf, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				 errmsg("the boundary of ordering \"%s\" is locked", ordering->name),
				 errhint("Try again.")));
	found = bingo_cut_find(&cuts, key->values, key->nulls, &cut);
	if (found)
		*place = cuts.slot->tts_tid;
	bingo_cut_close(&cuts);
	return found;
}

void
bingo_cut_add(const BingoOrdering *ordering, Relation boundary, const BingoBoundary *cut)
{
	HeapTuple	tuple = bingo_boundary_form(boundary, ordering, BINGO_BOUNDARY_CUT, cut);

	Assert(bingo_lock_gate_is_closed(ordering->id));
	CatalogTupleInsert(boundary, tuple);
	heap_freetuple(tuple);
}

void
bingo_cut_set(const BingoOrdering *ordering, const BingoBoundary *cut)
{
	ItemPointerData place;
	bool		found = find_place(ordering, cut, &place);
	Relation	relation = table_open(ordering->boundary, RowExclusiveLock);
	HeapTuple	tuple = bingo_boundary_form(relation, ordering, BINGO_BOUNDARY_CUT, cut);

	if (found)
		CatalogTupleUpdate(relation, &place, tuple);
	else
		CatalogTupleInsert(relation, tuple);
	CommandCounterIncrement();
	heap_freetuple(tuple);
	table_close(relation, NoLock);
}

void
bingo_cut_remove(const BingoOrdering *ordering, const BingoBoundary *key)
{
	ItemPointerData place;
	Relation	relation;

	if (!find_place(ordering, key, &place))
		return;
	relation = table_open(ordering->boundary, RowExclusiveLock);
	simple_heap_delete(relation, &place);
	CommandCounterIncrement();
	table_close(relation, NoLock);
}

void
bingo_cut_remove_all(const BingoOrdering *ordering)
{
	Relation	relation = table_open(ordering->boundary, RowExclusiveLock);
	TupleTableSlot *slot = table_slot_create(relation, NULL);
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TableScanDesc scan = bingo_table_beginscan(relation, snapshot);
	bool		isnull;

	Assert(bingo_lock_gate_is_closed(ordering->id));
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
		if (DatumGetChar(slot_getattr(slot, 1, &isnull)) == BINGO_BOUNDARY_CUT)
			simple_heap_delete(relation, &slot->tts_tid);
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	ExecDropSingleTupleTableSlot(slot);
	CommandCounterIncrement();
	table_close(relation, NoLock);
}
