/*
 * write/fetch.c
 *	  The current rows of an ordering's tables, found by key, and where they
 *	  stand in the order.
 *
 * Used by the work at commit (write/change.c) for one ordering at a time: a
 * BingoFetch is a batch of look-ups.  write/fetch_open.c begins and ends it and
 * opens what it reads: the tables' locks and the snapshot are told of there.
 *
 * There is one driving row "at hand": an image remembered by a trigger, which is
 * enough to look up the leading dimensions, or a row of the driving table.  The
 * rows that it joins with are looked up when asked for, and kept while the next
 * driving rows join by the same key; in bulk, thousands of them are kept
 * (write/kept.c), else whoever comes next finds them sooner (write/seen.c).
 *
 * Memory: what a batch allocates goes to the context that was current when it
 * began.  Hash functions and comparisons leave copies of their arguments behind:
 * they run in a context that is emptied after each call.
 */
#include "postgres.h"

#include "access/tableam.h"
#include "access/xact.h"
#include "common/hashfn.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "write/borrow.h"
#include "write/compute.h"
#include "write/fetch.h"
#include "write/filter.h"
#include "write/index.h"
#include "write/kept.h"
#include "write/seen.h"
#include "store/cut_known.h"
#include "store/visible.h"

static MemoryContext scratch = NULL;	/* for what an operator class's functions leave behind */

/* Who goes on after a failure need not wait once more. */
static bool
open_unique(BingoFetch *fetch, int table)
{
	if (fetch->unique[table] == NULL && fetch->failure == NULL)
		fetch->unique[table] = bingo_index_open(fetch->ordering->definition->tables[table].unique_index,
												fetch->patience, &fetch->failure);
	return fetch->unique[table] != NULL;
}

/* The row of a table by its unique key, into its slot; false also if its index can't be had. */
static bool
look_up(BingoFetch *fetch, int table, Datum *values)
{
	BingoDefinition *definition = fetch->ordering->definition;
	int			nkeys = table == 0 ? definition->ndriving : definition->tables[table].njoin;
	ScanKey		keys = fetch->plan->unique_keys[table];

	if (!open_unique(fetch, table))
	{
		ExecClearTuple(fetch->slot[table]);
		return false;
	}
	if (fetch->unique_scan[table] == NULL)
		fetch->unique_scan[table] = bingo_visible_begin(fetch->relation[table],
														fetch->unique[table],
														fetch->snapshot, nkeys);
	for (int i = 0; i < nkeys; i++)
		keys[i].sk_argument = values[fetch->plan->unique_from[table][i]];
	index_rescan(fetch->unique_scan[table], keys, nkeys, NULL, 0);
	if (bingo_visible_next(fetch->unique_scan[table], fetch->snapshot, fetch->slot[table]))
		return true;
	ExecClearTuple(fetch->slot[table]);
	return false;
}

/* The same; a dimension's perhaps where it was seen before. */
static bool
find_unique(BingoFetch *fetch, int table, Datum *values)
{
	const BingoTable *t = &fetch->ordering->definition->tables[table];
	bool		seen = table > 0 && !fetch->bulk && fetch->plan->by_value[table];

	if (seen && bingo_seen_find(t, fetch->relation[table], fetch->snapshot, values, fetch->slot[table]))
		return true;
	if (!look_up(fetch, table, values))
		return false;
	if (seen)
		bingo_seen_note(t, values, fetch->slot[table]);
	return true;
}

/* Returns the caller's context, to be switched back to; then the other one is emptied. */
static MemoryContext
enter_scratch(void)
{
	if (scratch == NULL)
		scratch = AllocSetContextCreate(TopMemoryContext, "bingo_tune comparisons", ALLOCSET_SMALL_SIZES);
	return MemoryContextSwitchTo(scratch);
}

/* --- the row at hand --- */

static void
forget_dimensions(BingoFetch *fetch)
{
	for (int i = 1; i < fetch->ordering->definition->ntables; i++)
		fetch->known[i] = false;
}

void
bingo_fetch_set_image(BingoFetch *fetch, BingoImage *image)
{
	fetch->image = image;
	fetch->driving = NULL;
	forget_dimensions(fetch);
	bingo_compute_forget(fetch->ordering);
}

void
bingo_fetch_set_driving(BingoFetch *fetch, TupleTableSlot *slot)
{
	fetch->image = NULL;
	fetch->driving = slot;
	forget_dimensions(fetch);
	bingo_compute_forget(fetch->ordering);
}

/* Returns false, with the image at hand, if there is no row of the image's key (any more). */
bool
bingo_fetch_driving(BingoFetch *fetch, BingoImage *image)
{
	BingoDefinition *definition = fetch->ordering->definition;
	Datum		key[BINGO_MAX_KEYS] = {0};

	for (int i = 0; i < definition->ndriving; i++)
		key[i] = image->values[fetch->plan->image_driving[i]];
	if (find_unique(fetch, 0, key))
	{
		bingo_fetch_set_driving(fetch, fetch->slot[0]);
		return true;
	}
	bingo_fetch_set_image(fetch, image);
	return false;
}

/*
 * A version that the snapshot sees is the only one that it sees; of the key it is
 * if it has the key.
 */
bool
bingo_fetch_last_seen(BingoFetch *fetch, BingoImage *image)
{
	BingoDefinition *definition = fetch->ordering->definition;
	TupleTableSlot *slot = fetch->slot[0];
	bool		serializable = IsolationIsSerializable();	/* see store/visible.c */

	if (!ItemPointerIsValid(&image->tid) ||
		!table_tuple_fetch_row_version(fetch->relation[0], &image->tid,
									   serializable ? SnapshotAny : fetch->snapshot, slot))
		return false;
	if (serializable && !table_tuple_satisfies_snapshot(fetch->relation[0], slot, fetch->snapshot))
		return false;
	for (int i = 0; i < definition->ndriving; i++)
	{
		AttrNumber	attno = definition->driving[i].attno;
		Form_pg_attribute column = TupleDescAttr(slot->tts_tupleDescriptor, attno - 1);
		bool		isnull;
		Datum		value = slot_getattr(slot, attno, &isnull);

		if (isnull || !datum_image_eq(value, image->values[fetch->plan->image_driving[i]],
									  column->attbyval, column->attlen))
			return false;
	}
	bingo_fetch_set_driving(fetch, slot);
	return true;
}

/* A column of the row at hand; place: where an image has it. */
static Datum
driving_value(BingoFetch *fetch, AttrNumber attno, int place, bool *isnull)
{
	if (fetch->driving)
		return slot_getattr(fetch->driving, attno, isnull);
	Assert(place >= 0);
	*isnull = fetch->image->isnull[place];
	return fetch->image->values[place];
}

/* The values by which the row at hand joins a dimension; false if none can match. */
static bool
join_values(BingoFetch *fetch, int table, Datum *values)
{
	BingoTable *t = &fetch->ordering->definition->tables[table];
	bool		isnull;

	if (t->parent != 0 && !bingo_fetch_dimension(fetch, t->parent))
		return false;
	for (int i = 0; i < t->njoin; i++)
	{
		if (t->parent == 0)
			values[i] = driving_value(fetch, t->join[i].parent_attno,
									  fetch->plan->image_join[table][i], &isnull);
		else
			values[i] = slot_getattr(fetch->row[t->parent], t->join[i].parent_attno, &isnull);
		if (isnull)
			return false;
	}
	return true;
}

/* The row of a dimension by its key, into its slot; one that does not pass the filter is none. */
static void
find_row(BingoFetch *fetch, int table, Datum *values)
{
	if (find_unique(fetch, table, values) && !bingo_fetch_passes(fetch, table, fetch->slot[table]))
		ExecClearTuple(fetch->slot[table]);
}

/* The row of a key in bulk: kept, or looked up and kept. */
static TupleTableSlot *
find_kept(BingoFetch *fetch, int table, Datum *values, int nkeys)
{
	BingoKeptRow *place;

	if (fetch->kept[table] == NULL)
		fetch->kept[table] = bingo_kept_create();
	place = bingo_kept_place(fetch->kept[table], values, nkeys);
	if (!bingo_kept_holds(place, fetch->generation, values, nkeys))
	{
		find_row(fetch, table, values);
		if (!bingo_kept_replace(fetch->kept[table], place, fetch->generation, values, nkeys,
								fetch->slot[table]))
			return fetch->slot[table];
	}
	return place->slot;
}

static void
find_by_key(BingoFetch *fetch, int table, Datum *values)
{
	int			njoin = fetch->ordering->definition->tables[table].njoin;

	if (fetch->repeatable[table] && bingo_kept_same_key(fetch->last_key[table], values, njoin))
		return;

	fetch->repeatable[table] = fetch->plan->by_value[table];
	memcpy(fetch->last_key[table], values, njoin * sizeof(Datum));
	if (fetch->bulk && fetch->plan->by_value[table] && njoin <= BINGO_KEPT_KEYS)
		fetch->row[table] = find_kept(fetch, table, values, njoin);
	else
	{
		find_row(fetch, table, values);
		fetch->row[table] = fetch->slot[table];
	}
}

/* Looks up a dimension's row for the row at hand. */
static void
find_dimension(BingoFetch *fetch, int table)
{
	Datum		values[BINGO_MAX_KEYS] = {0};

	if (join_values(fetch, table, values))
		find_by_key(fetch, table, values);
	else
	{
		fetch->row[table] = ExecClearTuple(fetch->slot[table]);
		fetch->repeatable[table] = false;
	}
}

TupleTableSlot *
bingo_fetch_by_key(BingoFetch *fetch, int table, Datum *values)
{
	find_by_key(fetch, table, values);
	return TTS_EMPTY(fetch->row[table]) ? NULL : fetch->row[table];
}

bool
bingo_fetch_dimension(BingoFetch *fetch, int table)
{
	if (!fetch->known[table])
	{
		find_dimension(fetch, table);
		fetch->known[table] = true;
	}
	return !TTS_EMPTY(fetch->row[table]);
}

static uint32
hash_values(BingoFetch *fetch, int table, FmgrInfo *functions, Datum *values)
{
	BingoTable *t = &fetch->ordering->definition->tables[table];
	MemoryContext caller = enter_scratch();
	uint32		hash = 0;

	for (int i = 0; i < t->njoin; i++)
		hash = hash_combine(hash, DatumGetUInt32(FunctionCall1Coll(&functions[i],
																   t->join[i].collation,
																   values[i])));
	MemoryContextSwitchTo(caller);
	MemoryContextReset(scratch);
	return hash;
}

uint32
bingo_fetch_parent_hash(BingoFetch *fetch, int table, Datum *values)
{
	return hash_values(fetch, table, fetch->plan->parent_hash[table], values);
}

bool
bingo_fetch_join_hash(BingoFetch *fetch, int table, uint32 *hash)
{
	Datum		values[BINGO_MAX_KEYS];

	if (!join_values(fetch, table, values))
		return false;
	*hash = bingo_fetch_parent_hash(fetch, table, values);
	return true;
}

bool
bingo_fetch_own_hash(BingoFetch *fetch, BingoImage *image, uint32 *hash)
{
	for (int i = 0; i < fetch->ordering->definition->tables[image->table].njoin; i++)
	{
		if (image->isnull[i])
			return false;
	}
	*hash = hash_values(fetch, image->table, fetch->plan->own_hash[image->table], image->values);
	return true;
}

/* Does every dimension have a row, or need none? */
static BingoVerdict
joined(BingoFetch *fetch)
{
	BingoDefinition *definition = fetch->ordering->definition;

	for (int i = 1; i < definition->ntables; i++)
	{
		if (!bingo_fetch_dimension(fetch, i) && !definition->tables[i].optional)
			return BINGO_VERDICT_NOTHING;
	}
	return BINGO_VERDICT_INSIDE;
}

bool
bingo_fetch_lock_toast_of(BingoFetch *fetch, int table, TupleTableSlot *row)
{
	if (fetch->toast_locked[table] || TTS_EMPTY(row) || !bingo_lock_wants_toast(row))
		return true;
	fetch->toast_locked[table] = bingo_borrow_toast(fetch->relation[table], fetch->patience);
	if (!fetch->toast_locked[table])
		fetch->failure = "the long values of a table were locked";
	return fetch->toast_locked[table];
}

bool
bingo_fetch_passes(BingoFetch *fetch, int table, TupleTableSlot *row)
{
	return fetch->ordering->definition->filter == NIL ||
		(bingo_fetch_lock_toast_of(fetch, table, row) && bingo_filter_passes(fetch->ordering, table, row));
}

/* The row of an optional table that has none. */
static TupleTableSlot *
get_nulls(BingoFetch *fetch, int table)
{
	if (fetch->nulls[table] == NULL)
		fetch->nulls[table] = MakeSingleTupleTableSlot(RelationGetDescr(fetch->relation[table]), &TTSOpsVirtual);
	return ExecStoreAllNullTuple(fetch->nulls[table]);
}

Datum
bingo_fetch_value(BingoFetch *fetch, const BingoColumn *column, TupleTableSlot *row, bool *isnull)
{
	if (TTS_EMPTY(row) && column->attno != InvalidAttrNumber)
	{
		*isnull = true;
		return (Datum) 0;
	}
	if (TTS_EMPTY(row))
		return bingo_compute(fetch->ordering, column, get_nulls(fetch, column->table), isnull);
	if (column->attno != InvalidAttrNumber)
		return slot_getattr(row, column->attno, isnull);
	if (!bingo_fetch_lock_toast_of(fetch, column->table, row))
	{
		*isnull = true;
		return (Datum) 0;
	}
	return bingo_compute(fetch->ordering, column, row, isnull);
}

/* A sort key of the row at hand, whose row of the key's table is there; place: where an image has it. */
static Datum
sort_value(BingoFetch *fetch, const BingoColumn *column, int place, bool *isnull)
{
	if (column->table != 0)
		return bingo_fetch_value(fetch, column, fetch->row[column->table], isnull);
	if (column->attno != InvalidAttrNumber)
		return driving_value(fetch, column->attno, place, isnull);
	return fetch->driving ? bingo_fetch_value(fetch, column, fetch->driving, isnull) :
		bingo_compute_image(fetch->ordering, column, fetch->image, isnull);
}

/* An image and then its row ask for the same key's, which stands still.  What is by reference may change its value at one place. */
const BingoBoundary *
bingo_fetch_find_cut(BingoFetch *fetch, const Datum *values, const bool *nulls)
{
	int			nkeys = fetch->ordering->definition->nkeys;
	bool		same = fetch->cut_known;

	for (int i = 0; i < nkeys && same; i++)
		same = nulls[i] == fetch->cut_nulls[i] && (nulls[i] || values[i] == fetch->cut_values[i]);
	if (!same)
	{
		if (!bingo_cut_know(fetch->ordering, &fetch->cuts, values, nulls, fetch->patience, &fetch->cut, &fetch->cut_found))
			fetch->failure = "the boundary of the window was locked";
		fetch->cut_known = fetch->plan->cut_by_value;
		memcpy(fetch->cut_values, values, nkeys * sizeof(Datum));
		memcpy(fetch->cut_nulls, nulls, nkeys * sizeof(bool));
	}
	return fetch->cut_found ? &fetch->cut : NULL;
}

bool
bingo_fetch_all_inside(BingoFetch *fetch)
{
	return fetch->boundary->state == BINGO_BOUNDARY_EVERYTHING &&
		(fetch->ordering->definition->nkeys == 0 || bingo_cut_know_none(fetch->ordering));
}

/*
 * Compares with the boundary, key by key, and looks up no more rows than that
 * takes.  A row outside need not be joined with the other dimensions.  Once the values of the
 * first keys are known for which rows are counted, the boundary of theirs takes its place, if there is one.
 *
 * What might fail is computed of rows that pass the filter and have all dimensions, as in the query; not of
 * images, of which some are of rows that have changed again, or don't pass.
 */
BingoVerdict
bingo_fetch_verdict(BingoFetch *fetch, bool leading_only)
{
	BingoDefinition *definition = fetch->ordering->definition;
	BingoChangePlan *plan = fetch->plan;
	const BingoBoundary *boundary = fetch->boundary;
	const BingoBoundary *cut;
	Datum		values[BINGO_MAX_KEYS] = {0};
	bool		nulls[BINGO_MAX_KEYS];
	int			order = 0;

	if (boundary->state == BINGO_BOUNDARY_NOTHING)
		return BINGO_VERDICT_OUTSIDE;
	if (plan->may_fail && leading_only)
		return BINGO_VERDICT_UNDECIDED;
	if (plan->may_fail && joined(fetch) != BINGO_VERDICT_INSIDE)
		return BINGO_VERDICT_NOTHING;

	for (int i = 0; i < definition->nkeys || (boundary->state == BINGO_BOUNDARY_KEY && order == 0 && i < definition->nsort); i++)
	{
		BingoColumn *column = &definition->sort[i].column;

		if (column->table != 0 && leading_only && !plan->leading[column->table])
			return BINGO_VERDICT_UNDECIDED;
		if (column->table != 0 && !bingo_fetch_dimension(fetch, column->table) && !definition->tables[column->table].optional)
			return BINGO_VERDICT_NOTHING;
		values[i] = sort_value(fetch, column, plan->image_sort[i], &nulls[i]);

		if (boundary->state == BINGO_BOUNDARY_KEY && order == 0)
		{
			MemoryContext caller = enter_scratch();

			order = ApplySortComparator(values[i], nulls[i], boundary->values[i], boundary->nulls[i],
										&plan->sort[i]);
			MemoryContextSwitchTo(caller);
			MemoryContextReset(scratch);
		}
		if (i + 1 == definition->nkeys && order <= 0 && (cut = bingo_fetch_find_cut(fetch, values, nulls)) != NULL)
		{
			boundary = cut;		/* in which the keys are equal */
			order = 0;
		}
		if (order > 0)
			return BINGO_VERDICT_OUTSIDE;
	}
	return leading_only ? BINGO_VERDICT_UNDECIDED : joined(fetch);
}

void
bingo_fetch_key(BingoFetch *fetch, Datum *values, bool *isnull)
{
	BingoDefinition *definition = fetch->ordering->definition;

	for (int i = 0; i < definition->ndriving; i++)
		values[i] = driving_value(fetch, definition->driving[i].attno,
								  fetch->plan->image_driving[i], &isnull[i]);
}
