/*
 * read/count_read.c
 *	  The window of a counter, read cell by cell.
 *
 * The window's rows that the snapshot sees are read through the index on the keys.  Those
 * of one cell, which have the same keys, stand one after the other, and their n are summed:
 * by (S) in write/delta.c the sum is the number of the table's rows with these keys.  What
 * a cell's keys are is the caller's choice: all of them, or some of which he knows that
 * the index keeps them together.
 *
 * It is read backwards, the newest rows of a key first: what is folded is passed over (store/age.c).
 * What this transaction has changed itself is merged in as if it were in the window (read/own.c).
 *
 * Equal keys have equal images, so any row of a cell shows its keys.
 */
#include "postgres.h"

#include "access/tableam.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "read/count.h"
#include "read/count_read.h"
#include "read/open.h"

/* The search keys but for their values. */
static void
prepare_search(BingoCountReader *reader, CustomScanState *node, const BingoOrdering *counter)
{
	CustomScan *cscan = (CustomScan *) node->ss.ps.plan;
	List	   *search = BINGO_COUNT_SEARCH(cscan);
	List	   *oids = BINGO_COUNT_OIDS(cscan);
	int			value = 0;

	reader->nsearch = list_length(BINGO_COUNT_NAMES(cscan));
	reader->keys = palloc0((reader->nsearch + 1) * sizeof(ScanKeyData));
	reader->values = palloc0(Max(reader->nsearch, 1) * sizeof(ExprState *));
	reader->context = CreateExprContext(node->ss.ps.state);
	for (int i = 0; i < reader->nsearch; i++)
	{
		int			key = list_nth_int(search, 3 * i);
		bool		has_value = list_nth_int(search, 3 * i + 1) != 0;
		int			flags = !has_value ? SK_ISNULL | SK_SEARCHNULL : list_nth_int(search, 3 * i + 2) ? SK_SEARCHARRAY : 0;

		ScanKeyEntryInitialize(&reader->keys[i], flags, (AttrNumber) (key + 1),
							   has_value ? BTEqualStrategyNumber : InvalidStrategy,
							   list_nth_oid(oids, 2 * i), counter->definition->sort[key].collation,
							   list_nth_oid(oids, 2 * i + 1), (Datum) 0);
		if (has_value)
			reader->values[i] = ExecInitExpr(list_nth(BINGO_COUNT_VALUES(cscan), value++), &node->ss.ps);
	}
	ScanKeyInit(&reader->keys[reader->nsearch], reader->nkeys + 1, BTLessEqualStrategyNumber, F_INT8LE,
				Int64GetDatum(bingo_age_newest(node->ss.ps.state->es_snapshot)));
}

/* Has each key of the window one value in all that is searched for? */
static bool
searches_one_key(const BingoCountReader *reader)
{
	Bitmapset  *single = NULL;

	for (int i = 0; i < reader->nsearch; i++)
		if (!(reader->keys[i].sk_flags & SK_SEARCHARRAY))
			single = bms_add_member(single, reader->keys[i].sk_attno);
	return bms_num_members(single) == reader->nkeys;
}

static List *
list_all_keys(int nkeys)
{
	List	   *keys = NIL;

	for (int i = 0; i < nkeys; i++)
		keys = lappend_int(keys, i);
	return keys;
}

/* Takes over the open heap and index.  changed: what this transaction has changed is added. */
static BingoCountReader *
begin(Relation heap, Relation index, CustomScanState *node, const BingoOrdering *counter, List *cell_keys, bool changed)
{
	BingoCountReader *reader = palloc0(sizeof(BingoCountReader));

	reader->heap = heap;
	reader->index = index;
	reader->nkeys = counter->definition->noutput;
	reader->cell_keys = cell_keys;
	reader->cell = table_slot_create(heap, NULL);
	reader->own = changed ? bingo_own_copy(counter, heap) : NULL;
	prepare_search(reader, node, counter);
	reader->rows.row = table_slot_create(heap, NULL);
	reader->rows.scan = bingo_index_beginscan(heap, index, node->ss.ps.state->es_snapshot, reader->nsearch + 1);
	reader->rows.scan->xs_want_itup = true;
	reader->one_key = searches_one_key(reader);
	return reader;
}

const char *
bingo_count_read_open(CustomScanState *node, bool all_keys, BingoCountReader **readers)
{
	CustomScan *cscan = (CustomScan *) node->ss.ps.plan;
	EState	   *estate = node->ss.ps.state;
	BingoCountReader **last = readers;
	ListCell   *id;
	ListCell   *window;

	*readers = NULL;
	forboth(id, BINGO_COUNT_IDS(cscan), window, BINGO_COUNT_WINDOWS(cscan))
	{
		const BingoOrdering *counter;
		Relation	heap;
		Relation	index;
		bool		changed;
		const char *reason = bingo_count_open(lfirst_int(id), lfirst_oid(window), estate, estate->es_snapshot,
											  &counter, &heap, &index, &changed);

		if (reason != NULL)
		{
			bingo_count_read_end(*readers);
			*readers = NULL;
			return reason;
		}
		*last = begin(heap, index, node, counter,
					  all_keys ? list_all_keys(counter->definition->noutput) : BINGO_COUNT_GROUPS(cscan), changed);
		last = &(*last)->next;
	}
	return NULL;
}

/* The window's next row. */
static void
find_row(BingoCountReader *reader)
{
	if (bingo_age_next(&reader->rows))
		reader->rows_read++;
}

/* The array, in line and not compressed. */
static Datum
fetch_list(BingoCountReader *reader, Datum list)
{
	MemoryContext old = MemoryContextSwitchTo(reader->context->ecxt_per_tuple_memory);

	list = PointerGetDatum(PG_DETOAST_DATUM(list));
	MemoryContextSwitchTo(old);
	return list;
}

/* Positions the scan; false if a value is NULL, which no key equals. */
static bool
start(BingoCountReader *reader)
{
	ResetExprContext(reader->context);
	for (int i = 0; i < reader->nsearch; i++)
	{
		bool		isnull;

		if (reader->values[i] == NULL)
			continue;
		reader->keys[i].sk_argument = ExecEvalExprSwitchContext(reader->values[i], reader->context, &isnull);
		if (isnull)
			return false;
		/* once, not for each own key that is compared with it */
		if (reader->keys[i].sk_flags & SK_SEARCHARRAY)
			reader->keys[i].sk_argument = fetch_list(reader, reader->keys[i].sk_argument);
	}
	index_rescan(reader->rows.scan, reader->keys, reader->nsearch + 1, NULL, 0);
	bingo_age_start(&reader->rows, reader->rows.scan, reader->nkeys, reader->one_key, reader->rows.row);
	if (reader->own)
		bingo_own_search(reader->own, reader->keys, reader->nsearch);
	reader->row = NULL;
	find_row(reader);
	return true;
}

/* The next row, of the window or of this transaction's own; false behind the last. */
static bool
read_row(BingoCountReader *reader)
{
	if (reader->row == reader->rows.row)
		find_row(reader);
	else if (reader->row != NULL)
		bingo_own_next(reader->own);
	reader->row = reader->rows.row;
	if (reader->own != NULL && !TTS_EMPTY(reader->own->row) &&
		(TTS_EMPTY(reader->rows.row) || bingo_own_is_before(reader->own, reader->rows.row)))
		reader->row = reader->own->row;
	return !TTS_EMPTY(reader->row);
}

bool
bingo_count_same_keys(TupleTableSlot *row, TupleTableSlot *other, List *keys)
{
	ListCell   *cell;

	foreach(cell, keys)
	{
		int			attno = lfirst_int(cell) + 1;
		Form_pg_attribute column = TupleDescAttr(row->tts_tupleDescriptor, attno - 1);
		bool		is_null;
		bool		other_null;
		Datum		is = slot_getattr(row, attno, &is_null);
		Datum		other_is = slot_getattr(other, attno, &other_null);

		if (is_null != other_null ||
			(!is_null && !datum_image_eq(is, other_is, column->attbyval, column->attlen)))
			return false;
	}
	return true;
}

bool
bingo_count_read_cell(BingoCountReader *reader)
{
	bool		isnull;

	if (!reader->started)
	{
		reader->started = true;
		reader->done = !start(reader);
	}
	if (reader->done)
		return false;
	if (!reader->ahead && !read_row(reader))
	{
		reader->done = true;
		return false;
	}
	reader->ahead = false;
	reader->n = 0;
	ExecCopySlot(reader->cell, reader->row);
	do
	{
		if (!bingo_count_same_keys(reader->row, reader->cell, reader->cell_keys))
		{
			reader->ahead = true;
			return true;
		}
		reader->n += DatumGetInt64(slot_getattr(reader->row, BINGO_COLUMN_N(reader->nkeys), &isnull));
	} while (read_row(reader));
	reader->done = true;
	return true;
}

void
bingo_count_read_again(BingoCountReader *readers)
{
	for (BingoCountReader *reader = readers; reader; reader = reader->next)
	{
		reader->row = NULL;
		ExecClearTuple(reader->rows.row);
		ExecClearTuple(reader->cell);
		reader->started = reader->done = reader->ahead = false;
	}
}

void
bingo_count_read_end(BingoCountReader *readers)
{
	for (BingoCountReader *reader = readers; reader; reader = reader->next)
	{
		index_endscan(reader->rows.scan);
		if (reader->own)
			bingo_own_end(reader->own);
		ExecDropSingleTupleTableSlot(reader->rows.row);
		ExecDropSingleTupleTableSlot(reader->cell);
		bingo_scan_close(reader->heap, reader->index);
	}
}

void
bingo_count_read_numbers(const BingoCountReader *readers, uint64 *rows_read, int *own)
{
	*rows_read = 0;
	*own = 0;
	for (; readers; readers = readers->next)
	{
		*rows_read += readers->rows_read;
		*own += readers->own ? readers->own->count : 0;
	}
}
