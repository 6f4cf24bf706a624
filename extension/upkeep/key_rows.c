/*
 * upkeep/key_rows.c
 *	  The rows of one key in a window: counted, and the last ones, or all, deleted.
 *
 * The caller holds the gate EXCLUSIVE, so what the latest snapshot sees is all there is.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "utils/datum.h"
#include "utils/snapmgr.h"
#include "utils/sortsupport.h"

#include "base/compat.h"
#include "store/cut.h"
#include "upkeep/key_rows.h"

/* A scan of a key's rows through the window's order. */
typedef struct KeyScan
{
	Relation	window;
	Relation	index;
	Snapshot	snapshot;
	IndexScanDesc scan;
	TupleTableSlot *slot;
} KeyScan;

static void
begin(KeyScan *rows, const BingoOrdering *ordering, const BingoBoundary *key, LOCKMODE mode)
{
	int			nkeys = ordering->definition->nkeys;
	ScanKeyData keys[BINGO_MAX_KEYS];

	CommandCounterIncrement();
	rows->window = table_open(ordering->window, mode);
	rows->index = index_open(ordering->window_order, AccessShareLock);
	for (int i = 0; i < nkeys; i++)
		if (!bingo_cut_prepare(&keys[i], rows->index, i, key->values[i], key->nulls[i]))
			elog(ERROR, "the keys of ordering \"%s\" can't be compared", ordering->name);
	rows->snapshot = RegisterSnapshot(GetLatestSnapshot());
	rows->scan = bingo_index_beginscan(rows->window, rows->index, rows->snapshot, nkeys);
	rows->slot = table_slot_create(rows->window, NULL);
	index_rescan(rows->scan, keys, nkeys, NULL, 0);
}

static void
end(KeyScan *rows)
{
	index_endscan(rows->scan);
	ExecDropSingleTupleTableSlot(rows->slot);
	UnregisterSnapshot(rows->snapshot);
	index_close(rows->index, NoLock);
	table_close(rows->window, NoLock);
}

bool
bingo_key_rows_is_cut(const BingoOrdering *ordering, const BingoBoundary *key)
{
	BingoCuts	cuts;
	BingoBoundary cut;
	bool		found;

	if (!bingo_cut_open(&cuts, ordering, SnapshotSelf, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				 errmsg("the boundary of ordering \"%s\" is locked", ordering->name),
				 errhint("Try again.")));
	found = bingo_cut_find(&cuts, key->values, key->nulls, &cut);
	bingo_cut_close(&cuts);
	return found;
}

bool
bingo_key_rows_has_end(BingoOrdering *ordering, const BingoBoundary *key)
{
	const BingoBoundary *end = bingo_window_boundary(ordering, NULL);
	SortSupport sort = bingo_key_rows_sort(ordering->definition);

	if (end == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				 errmsg("the boundary of ordering \"%s\" is locked", ordering->name),
				 errhint("Try again.")));
	for (int i = 0; end->state == BINGO_BOUNDARY_KEY && i < ordering->definition->nkeys; i++)
		if (ApplySortComparator(end->values[i], end->nulls[i], key->values[i], key->nulls[i], &sort[i]) != 0)
			return false;
	return end->state == BINGO_BOUNDARY_KEY;
}

int64
bingo_key_rows_count(const BingoOrdering *ordering, const BingoBoundary *key, int64 most)
{
	KeyScan		rows;
	int64		count = 0;

	begin(&rows, ordering, key, AccessShareLock);
	while (count < most && index_getnext_slot(rows.scan, ForwardScanDirection, rows.slot))
	{
		CHECK_FOR_INTERRUPTS();
		count++;
	}
	end(&rows);
	return count;
}

static Datum
copy_value(TupleDesc desc, int column, Datum value)
{
	Form_pg_attribute attribute = TupleDescAttr(desc, column);

	return attribute->attlen == -1 ? PointerGetDatum(PG_DETOAST_DATUM_COPY(value)) :
		datumCopy(value, attribute->attbyval, attribute->attlen);
}

void
bingo_key_rows_copy(const BingoDefinition *definition, TupleTableSlot *slot, BingoBoundary *boundary)
{
	memset(boundary, 0, sizeof(BingoBoundary));
	boundary->state = BINGO_BOUNDARY_KEY;
	for (int i = 0; i < definition->nsort; i++)
	{
		int			output = definition->sort[i].output;
		Datum		value = slot_getattr(slot, output + 1, &boundary->nulls[i]);

		if (!boundary->nulls[i])
			boundary->values[i] = copy_value(slot->tts_tupleDescriptor, output, value);
	}
}

BingoBoundary *
bingo_key_rows_copy_boundary(Relation relation, const BingoDefinition *definition, const BingoBoundary *from)
{
	BingoBoundary *copy = palloc(sizeof(BingoBoundary));

	*copy = *from;
	for (int i = 0; i < definition->nsort; i++)
		if (!from->nulls[i])
			copy->values[i] = copy_value(RelationGetDescr(relation), i + 1, from->values[i]);
	return copy;
}

SortSupport
bingo_key_rows_sort(const BingoDefinition *definition)
{
	SortSupport sort = palloc0(definition->nsort * sizeof(SortSupportData));

	for (int i = 0; i < definition->nsort; i++)
	{
		sort[i].ssup_cxt = CurrentMemoryContext;
		sort[i].ssup_collation = definition->sort[i].collation;
		sort[i].ssup_nulls_first = definition->sort[i].nulls_first;
		PrepareSortSupportFromOrderingOp(definition->sort[i].sort_operator, &sort[i]);
	}
	return sort;
}

bool
bingo_key_rows_same_key(const BingoDefinition *definition, SortSupport sort, TupleTableSlot *a, TupleTableSlot *b)
{
	for (int i = 0; i < definition->nkeys; i++)
	{
		int			column = definition->sort[i].output + 1;
		bool		null_a;
		bool		null_b;
		Datum		value_a = slot_getattr(a, column, &null_a);
		Datum		value_b = slot_getattr(b, column, &null_b);

		if (ApplySortComparator(value_a, null_a, value_b, null_b, &sort[i]) != 0)
			return false;
	}
	return true;
}

static void
delete_row(const BingoOrdering *ordering, KeyScan *rows)
{
	TM_FailureData failure;

	CHECK_FOR_INTERRUPTS();
	if (bingo_tuple_delete(rows->window, &rows->slot->tts_tid, &failure) != TM_Ok)
		elog(ERROR, "a row of the window of ordering \"%s\" was changed by somebody else", ordering->name);
}

void
bingo_key_rows_delete_last(const BingoOrdering *ordering, const BingoBoundary *key, int64 surplus)
{
	KeyScan		rows;
	BingoBoundary cut;
	bool		found;

	begin(&rows, ordering, key, RowExclusiveLock);
	while ((found = index_getnext_slot(rows.scan, BackwardScanDirection, rows.slot)) && surplus-- > 0)
		delete_row(ordering, &rows);
	if (!found)
		elog(ERROR, "the window of ordering \"%s\" has lost rows of a key", ordering->name);
	bingo_key_rows_copy(ordering->definition, rows.slot, &cut);
	end(&rows);
	bingo_cut_set(ordering, &cut);
}

/* Does the row stand behind? */
static bool
is_behind(const BingoDefinition *definition, SortSupport sort, TupleTableSlot *row, const BingoBoundary *last)
{
	int			order = 0;

	for (int i = definition->nkeys; i < definition->nsort && order == 0; i++)
	{
		bool		isnull;
		Datum		value = slot_getattr(row, definition->sort[i].output + 1, &isnull);

		order = ApplySortComparator(value, isnull, last->values[i], last->nulls[i], &sort[i]);
	}
	return order > 0;
}

void
bingo_key_rows_delete_behind(const BingoOrdering *ordering, const BingoBoundary *key, const BingoBoundary *last)
{
	SortSupport sort = bingo_key_rows_sort(ordering->definition);
	KeyScan		rows;

	begin(&rows, ordering, key, RowExclusiveLock);
	while (index_getnext_slot(rows.scan, BackwardScanDirection, rows.slot) &&
		   (last == NULL || is_behind(ordering->definition, sort, rows.slot, last)))
		delete_row(ordering, &rows);
	end(&rows);
}
