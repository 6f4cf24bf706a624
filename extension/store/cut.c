/*
 * store/cut.c
 *	  The boundaries of single keys of a window: where its rows of a key end; and the marks of keys that perhaps
 *	  lack rows.
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
 * A mark of a key is such a row, too, but with NULL for every sort key behind the key: a cut has none, as the sort keys end in
 * those of a unique key without NULLs.  Who sees one believes of the window's rows of that key only that each is
 * right.  As with a mark of the whole (store/valid.c) whoever leaves rows out inserts one in the same transaction, so it is
 * seen by the snapshots that see the change, and upkeep takes it away together with putting the key right; but it
 * has to hold the gate, in any mode, so that upkeep, which closes it, knows of all.  Marks are for readers only: what
 * is inside they don't change, and writers go on with such a key as with any other.
 *
 * Protocol: that of the boundary.  Cuts change under the gate EXCLUSIVE only, in the transaction that puts in or
 * takes out the key's rows, and writers read them under the gate, by SnapshotSelf.  A move sends no invalidation, but is
 * counted (store/cut_moves.c), so that writers may keep what they have read.  Readers look under their own snapshot.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/relation.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "miscadmin.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "store/cut.h"
#include "store/cut_moves.h"
#include "store/want.h"
#include "store/want_keys.h"

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
		bingo_cut_release(cuts);
		return false;
	}
	cuts->ordering = ordering;
	cuts->snapshot = snapshot;
	cuts->context = CurrentMemoryContext;
	cuts->slot = table_slot_create(cuts->relation, NULL);
	cuts->other = table_slot_create(cuts->relation, NULL);
	cuts->scan = bingo_index_beginscan(cuts->relation, cuts->index, snapshot, ordering->definition->nkeys + 1);
	prepare_state(&cuts->keys[0]);
	return true;
}

static void
close_cuts(BingoCuts *cuts, LOCKMODE lock)
{
	if (cuts->scan)
		index_endscan(cuts->scan);
	if (cuts->all)
		index_endscan(cuts->all);
	if (cuts->slot)
		ExecDropSingleTupleTableSlot(cuts->slot);
	if (cuts->other)
		ExecDropSingleTupleTableSlot(cuts->other);
	if (cuts->index)
		index_close(cuts->index, lock);
	if (cuts->relation)
		relation_close(cuts->relation, lock);
	memset(cuts, 0, sizeof(BingoCuts));
}

void
bingo_cut_close(BingoCuts *cuts)
{
	close_cuts(cuts, NoLock);
}

void
bingo_cut_release(BingoCuts *cuts)
{
	close_cuts(cuts, AccessShareLock);
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

bool
bingo_cut_is_mark(const BingoOrdering *ordering, const BingoBoundary *cut)
{
	for (int i = ordering->definition->nkeys; i < ordering->definition->nsort; i++)
		if (!cut->nulls[i])
			return false;
	return true;
}

static bool
is_mark(BingoCuts *cuts, TupleTableSlot *slot)
{
	slot_getallattrs(slot);
	for (int i = cuts->ordering->definition->nkeys; i < cuts->ordering->definition->nsort; i++)
		if (!slot->tts_isnull[i + 1])
			return false;
	return true;
}

/* The transaction that has inserted it. */
static TransactionId
get_inserter(TupleTableSlot *slot)
{
	bool		isnull;

	return DatumGetTransactionId(slot_getsysattr(slot, MinTransactionIdAttributeNumber, &isnull));
}

static bool
find(BingoCuts *cuts, BingoBoundary *cut)
{
	MemoryContext old = MemoryContextSwitchTo(cuts->context);
	TupleTableSlot *slot = cuts->slot;

	ExecClearTuple(cuts->slot);
	cuts->marked = cuts->marked_by_us = false;
	index_rescan(cuts->scan, cuts->keys, cuts->ordering->definition->nkeys + 1, NULL, 0);
	while (index_getnext_slot(cuts->scan, ForwardScanDirection, slot))
	{
		if (is_mark(cuts, slot))
		{
			cuts->marked = true;
			cuts->marked_by_us = cuts->marked_by_us || TransactionIdIsCurrentTransactionId(get_inserter(slot));
			continue;
		}
		take(cuts, cut);
		slot = cuts->other;
	}
	ExecClearTuple(cuts->other);
	MemoryContextSwitchTo(old);
	return slot == cuts->other;
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

/* Have two rows the same key, to the byte?  If not they are counted as two. */
static bool
is_same_key(const BingoCuts *cuts, TupleTableSlot *a, TupleTableSlot *b)
{
	for (int i = 1; i <= cuts->ordering->definition->nkeys; i++)
	{
		Form_pg_attribute column = TupleDescAttr(a->tts_tupleDescriptor, i);

		if (a->tts_isnull[i] != b->tts_isnull[i] ||
			(!a->tts_isnull[i] && !datum_image_eq(a->tts_values[i], b->tts_values[i], column->attbyval, column->attlen)))
			return false;
	}
	return true;
}

void
bingo_cut_count(BingoCuts *cuts, int64 *cut_keys, int64 *marked_keys)
{
	BingoBoundary cut;

	*cut_keys = *marked_keys = 0;
	ExecClearTuple(cuts->other);
	bingo_cut_start(cuts);
	while (bingo_cut_next(cuts, &cut))
	{
		CHECK_FOR_INTERRUPTS();
		if (!bingo_cut_is_mark(cuts->ordering, &cut))
		{
			(*cut_keys)++;
			continue;
		}
		if (TTS_EMPTY(cuts->other) || !is_same_key(cuts, cuts->slot, cuts->other))
			(*marked_keys)++;
		ExecCopySlot(cuts->other, cuts->slot);
		slot_getallattrs(cuts->other);
	}
	ExecClearTuple(cuts->other);
}

/* Looks at so many entries at most, of which those of keys that had a cut once may be many. */
#define LOOKED_AT 16

bool
bingo_cut_has_none(BingoCuts *cuts)
{
	MemoryContext old = MemoryContextSwitchTo(cuts->context);
	bool		none = true;
	bool		at_end = false;

	bingo_cut_start(cuts);
	for (int i = 0; none && !at_end && i < LOOKED_AT; i++)
	{
		at_end = index_getnext_tid(cuts->all, ForwardScanDirection) == NULL;
		none = at_end || !index_fetch_heap(cuts->all, cuts->other);
	}
	ExecClearTuple(cuts->other);
	MemoryContextSwitchTo(old);
	return none && at_end;
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

/* --- marks --- */

static HeapTuple
form_mark(const BingoOrdering *ordering, Relation relation, const Datum *values, const bool *nulls)
{
	BingoBoundary mark = {.state = BINGO_BOUNDARY_KEY};

	for (int i = 0; i < ordering->definition->nsort; i++)
	{
		mark.nulls[i] = i >= ordering->definition->nkeys || nulls[i];
		mark.values[i] = mark.nulls[i] ? (Datum) 0 : values[i];
	}
	return bingo_boundary_form(relation, ordering, BINGO_BOUNDARY_CUT, &mark);
}

bool
bingo_cut_mark(const BingoOrdering *ordering, const Datum *values, const bool *nulls, BingoPatience *patience)
{
	Relation	relation;
	HeapTuple	tuple;

	if (!bingo_lock_relation(ordering->boundary, RowExclusiveLock, patience))
		return false;
	relation = bingo_boundary_open(ordering, patience);
	if (relation == NULL)
		return false;
	tuple = form_mark(ordering, relation, values, nulls);
	bingo_cut_note_mark();
	CatalogTupleInsert(relation, tuple);
	heap_freetuple(tuple);
	relation_close(relation, NoLock);
	bingo_want_key(ordering, values, nulls);
	bingo_want_upkeep();
	return true;
}

/* --- upkeep --- */

void
bingo_cut_require(BingoCuts *cuts, const BingoOrdering *ordering)
{
	Assert(bingo_lock_gate_is_closed(ordering->id));
	CommandCounterIncrement();
	if (!bingo_cut_open(cuts, ordering, SnapshotSelf, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				 errmsg("the boundary of ordering \"%s\" is locked", ordering->name),
				 errhint("Try again.")));
}

/* The row of a key's cut, if there is one: its place. */
static bool
find_place(const BingoOrdering *ordering, const BingoBoundary *key, ItemPointer place)
{
	BingoCuts	cuts;
	BingoBoundary cut;
	bool		found;

	bingo_cut_require(&cuts, ordering);
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
	bingo_cut_note_move(ordering->boundary);
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

	bingo_cut_note_move(ordering->boundary);
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
	bingo_cut_note_move(ordering->boundary);
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
	bingo_cut_note_move(ordering->boundary);
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
		if (DatumGetChar(slot_getattr(slot, 1, &isnull)) == BINGO_BOUNDARY_CUT)
			simple_heap_delete(relation, &slot->tts_tid);
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	ExecDropSingleTupleTableSlot(slot);
	CommandCounterIncrement();
	table_close(relation, NoLock);
}

/* The key's marks, as BingoKeyMark *. */
static List *
find_marks(const BingoOrdering *ordering, const BingoBoundary *key)
{
	BingoCuts	cuts;
	BingoBoundary cut;
	List	   *marks = NIL;

	bingo_cut_require(&cuts, ordering);
	(void) bingo_cut_find(&cuts, key->values, key->nulls, &cut);
	index_rescan(cuts.scan, cuts.keys, ordering->definition->nkeys + 1, NULL, 0);
	while (index_getnext_slot(cuts.scan, ForwardScanDirection, cuts.other))
	{
		BingoKeyMark *mark;

		if (!is_mark(&cuts, cuts.other))
			continue;
		mark = palloc(sizeof(BingoKeyMark));
		mark->place = cuts.other->tts_tid;
		mark->inserter = get_inserter(cuts.other);
		marks = lappend(marks, mark);
	}
	bingo_cut_close(&cuts);
	return marks;
}

bool
bingo_cut_has_mark(const BingoOrdering *ordering, const BingoBoundary *key)
{
	return find_marks(ordering, key) != NIL;
}

void
bingo_cut_remove_marks(const BingoOrdering *ordering, const BingoBoundary *key)
{
	Relation	relation = table_open(ordering->boundary, RowExclusiveLock);
	ListCell   *cell;

	foreach(cell, find_marks(ordering, key))
		simple_heap_delete(relation, &((BingoKeyMark *) lfirst(cell))->place);
	CommandCounterIncrement();
	table_close(relation, NoLock);
}

void
bingo_cut_add_mark(const BingoOrdering *ordering, const BingoBoundary *key, BingoKeyMark *mark)
{
	Relation	relation = table_open(ordering->boundary, RowExclusiveLock);
	HeapTuple	tuple = form_mark(ordering, relation, key->values, key->nulls);

	Assert(bingo_lock_gate_is_closed(ordering->id));
	bingo_cut_note_mark();
	CatalogTupleInsert(relation, tuple);
	mark->place = tuple->t_self;
	mark->inserter = GetCurrentTransactionId();
	CommandCounterIncrement();
	heap_freetuple(tuple);
	table_close(relation, NoLock);
}

bool
bingo_cut_has_only_mark(const BingoOrdering *ordering, const BingoBoundary *key, const BingoKeyMark *mark)
{
	List	   *marks = find_marks(ordering, key);
	BingoKeyMark *found = marks == NIL ? NULL : linitial(marks);
	ItemPointerData place = mark->place;

	return list_length(marks) == 1 && ItemPointerEquals(&found->place, &place) && found->inserter == mark->inserter;
}
