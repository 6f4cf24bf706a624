/*
 * ordering_fetch.c
 *	  The current rows of an ordering's tables, found by key, and where they
 *	  stand in the order.
 *
 * Used by the work at commit (ordering_change.c) for one ordering at a time: a
 * BingoFetch is a batch of look-ups.  The caller holds the gate.  Tables are
 * opened when the batch first needs them, each locked ACCESS SHARE to the end of
 * the transaction; a table or index that can't be had is a "failure", which the
 * caller answers by an invalidation row.  Rows are read under the active
 * snapshot, which the caller replaces after it has got more locks.
 *
 * There is one driving row "at hand": an image remembered by a trigger, which is
 * enough to look up the leading dimensions, or a row of the driving table.  The
 * rows that it joins with are looked up when asked for, and kept while the next
 * driving rows join by the same key; in bulk, thousands of them are kept, in a
 * table of fixed size where a new row takes the place of an old one.
 *
 * Memory: what a batch allocates goes to the context that was current when it
 * began (but for the plan, which lives as long as the cached ordering).
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/datum.h"
#include "utils/snapmgr.h"

#include "compat.h"
#include "ordering_fetch.h"
#include "ordering_visible.h"

#define KEPT_ROWS		4096	/* of each dimension */
#define KEPT_KEYS		4		/* columns of their keys */

/* A row, or that there is none, of a key; good in its generation only. */
typedef struct BingoKeptRow
{
	uint32		generation;
	Datum		key[KEPT_KEYS];
	TupleTableSlot *slot;
} BingoKeptRow;

void
bingo_fetch_begin(BingoFetch *fetch, BingoOrdering *ordering, BingoPatience *patience,
				  const BingoBoundary *boundary)
{
	memset(fetch, 0, offsetof(BingoFetch, last_key));
	fetch->ordering = ordering;
	fetch->plan = bingo_plan_get(ordering);
	fetch->patience = patience;
	fetch->boundary = boundary;
	fetch->generation = 1;
}

/* Ends the scans, which belong to the snapshot. */
static void
end_scans(BingoFetch *fetch)
{
	for (int i = 0; i < fetch->ordering->definition->ntables; i++)
	{
		if (fetch->parent_slot[i])
			ExecClearTuple(fetch->parent_slot[i]);
		if (fetch->unique_scan[i])
			index_endscan(fetch->unique_scan[i]);
		if (fetch->parent_scan[i])
			index_endscan(fetch->parent_scan[i]);
		fetch->unique_scan[i] = NULL;
		fetch->parent_scan[i] = NULL;
	}
}

static void
forget_rows(BingoFetch *fetch)
{
	fetch->generation++;
	for (int i = 0; i < fetch->ordering->definition->ntables; i++)
	{
		fetch->known[i] = false;
		fetch->repeatable[i] = false;
		if (fetch->slot[i])
			ExecClearTuple(fetch->slot[i]);
	}
}

void
bingo_fetch_end(BingoFetch *fetch)
{
	end_scans(fetch);
	for (int i = 0; i < fetch->ordering->definition->ntables; i++)
	{
		if (fetch->slot[i])
			ExecDropSingleTupleTableSlot(fetch->slot[i]);
		for (int k = 0; fetch->kept[i] && k < KEPT_ROWS; k++)
		{
			if (fetch->kept[i][k].slot)
				ExecDropSingleTupleTableSlot(fetch->kept[i][k].slot);
		}
		if (fetch->parent_slot[i])
			ExecDropSingleTupleTableSlot(fetch->parent_slot[i]);
		if (fetch->unique[i])
			index_close(fetch->unique[i], NoLock);
		if (fetch->parent_index[i])
			index_close(fetch->parent_index[i], NoLock);
		if (fetch->relation[i])
			table_close(fetch->relation[i], NoLock);
	}
	if (fetch->snapshot)
		PopActiveSnapshot();
}

/*
 * Active, not only registered: functions of an operator class may want one, and
 * UpdateActiveSnapshotCommandId() lets it see our own later changes.
 */
void
bingo_fetch_snapshot(BingoFetch *fetch)
{
	end_scans(fetch);
	if (!fetch->locked)
		forget_rows(fetch);
	if (fetch->snapshot)
		PopActiveSnapshot();
	PushActiveSnapshot(GetLatestSnapshot());
	fetch->snapshot = GetActiveSnapshot();
}

static Relation
open_index(BingoFetch *fetch, Oid indexid)
{
	Relation	index;

	if (!bingo_lock_relation(indexid, AccessShareLock, fetch->patience))
	{
		fetch->failure = "an index of a table was locked";
		return NULL;
	}
	index = bingo_lock_open(indexid);
	if (index == NULL || index->rd_index == NULL || !index->rd_index->indisvalid)
	{
		if (index)
			relation_close(index, NoLock);
		fetch->failure = "an index that the ordering uses is gone or not valid";
		return NULL;
	}
	return index;
}

/* Is the table still what the image was taken from, and what the plan is for? */
static bool
matches_images(BingoFetch *fetch, int table)
{
	TupleDesc	desc = RelationGetDescr(fetch->relation[table]);
	TupleDesc	image = fetch->plan->image_desc[table];

	for (int i = 0; i < image->natts; i++)
	{
		AttrNumber	attno = fetch->plan->image_attnos[table][i];

		if (attno > desc->natts ||
			TupleDescAttr(desc, attno - 1)->atttypid != TupleDescAttr(image, i)->atttypid)
			return false;
	}
	return true;
}

/* Has this transaction the table locked since it changed it? */
static bool
is_locked_already(BingoFetch *fetch, int table)
{
	LOCKTAG		tag;

	if (table != 0)
		return false;
	SET_LOCKTAG_RELATION(tag, MyDatabaseId, fetch->ordering->definition->tables[table].relid);
	return bingo_lock_is_mine(&tag, RowExclusiveLock);
}

static bool
open_table(BingoFetch *fetch, int table)
{
	Oid			relid = fetch->ordering->definition->tables[table].relid;

	if (fetch->relation[table])
		return true;
	if (!is_locked_already(fetch, table) &&
		!bingo_lock_relation(relid, AccessShareLock, fetch->patience))
	{
		fetch->failure = "a table of the ordering was locked";
		return false;
	}
	fetch->relation[table] = bingo_lock_open(relid);
	if (fetch->relation[table] == NULL || !matches_images(fetch, table))
	{
		fetch->failure = "a table of the ordering was changed or is gone";
		return false;
	}
	fetch->slot[table] = table_slot_create(fetch->relation[table], NULL);
	return true;
}

bool
bingo_fetch_open_driving(BingoFetch *fetch)
{
	return open_table(fetch, 0);
}

bool
bingo_fetch_open(BingoFetch *fetch, int table, bool parents)
{
	BingoTable *t = &fetch->ordering->definition->tables[table];

	if (!open_table(fetch, table))
		return false;
	if (fetch->unique[table] == NULL)
	{
		fetch->unique[table] = open_index(fetch, t->unique_index);
		if (fetch->unique[table] == NULL)
			return false;
	}
	if (parents && fetch->parent_index[table] == NULL)
	{
		if (!open_table(fetch, t->parent))
			return false;
		fetch->parent_index[table] = open_index(fetch, t->parent_index);
		if (fetch->parent_index[table] == NULL)
			return false;
		fetch->parent_slot[table] = table_slot_create(fetch->relation[t->parent], NULL);
	}
	return true;
}

/* The row of a table by its unique key, into its slot. */
static bool
find_unique(BingoFetch *fetch, int table, Datum *values)
{
	BingoDefinition *definition = fetch->ordering->definition;
	int			nkeys = table == 0 ? definition->ndriving : definition->tables[table].njoin;
	ScanKey		keys = fetch->plan->unique_keys[table];

	if (fetch->unique_scan[table] == NULL)
		fetch->unique_scan[table] = bingo_visible_begin(fetch->relation[table],
														fetch->unique[table],
														fetch->snapshot, nkeys);
	for (int i = 0; i < nkeys; i++)
		keys[i].sk_argument = values[i];
	index_rescan(fetch->unique_scan[table], keys, nkeys, NULL, 0);
	if (bingo_visible_next(fetch->unique_scan[table], fetch->snapshot, fetch->slot[table]))
		return true;
	ExecClearTuple(fetch->slot[table]);
	return false;
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
}

void
bingo_fetch_set_driving(BingoFetch *fetch, TupleTableSlot *slot)
{
	fetch->image = NULL;
	fetch->driving = slot;
	forget_dimensions(fetch);
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
	bool		serializable = IsolationIsSerializable();	/* see ordering_visible.c */

	if (!ItemPointerIsValid(&image->tid) ||
		!table_tuple_fetch_row_version(fetch->relation[0], &image->tid,
									   serializable ? SnapshotAny : fetch->snapshot, slot))
		return false;
	if (serializable && !table_tuple_satisfies_snapshot(fetch->relation[0], slot, fetch->snapshot))
		return false;
	for (int i = 0; i < definition->ndriving; i++)
	{
		AttrNumber	attno = definition->driving_attnos[i];
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

void
bingo_fetch_expect_locked(BingoFetch *fetch)
{
	fetch->locked = true;
}

void
bingo_fetch_expect_bulk(BingoFetch *fetch)
{
	fetch->bulk = true;
}

/* Keys are compared bitwise, hence only those of values not by reference. */
static bool
same_key(const Datum *a, const Datum *b, int nkeys)
{
	for (int i = 0; i < nkeys; i++)
	{
		if (a[i] != b[i])
			return false;
	}
	return true;
}

/* The row of a key in bulk: kept, or looked up and kept. */
static TupleTableSlot *
find_kept(BingoFetch *fetch, int table, Datum *values, int nkeys)
{
	uint64		hash = 0;
	BingoKeptRow *kept;

	if (fetch->kept[table] == NULL)
		fetch->kept[table] = palloc0(KEPT_ROWS * sizeof(BingoKeptRow));
	for (int i = 0; i < nkeys; i++)
		hash = hash_combine64(hash, hash_bytes_uint32_extended((uint32) values[i],
															   (uint64) values[i] >> 32));
	kept = &fetch->kept[table][hash % KEPT_ROWS];

	if (kept->generation == fetch->generation && same_key(kept->key, values, nkeys))
		return kept->slot;

	if (kept->slot == NULL)
		kept->slot = MakeSingleTupleTableSlot(RelationGetDescr(fetch->relation[table]),
											  &TTSOpsMinimalTuple);
	if (find_unique(fetch, table, values))
		ExecCopySlot(kept->slot, fetch->slot[table]);
	else
		ExecClearTuple(kept->slot);
	kept->generation = fetch->generation;
	memcpy(kept->key, values, nkeys * sizeof(Datum));
	return kept->slot;
}

static void
find_by_key(BingoFetch *fetch, int table, Datum *values)
{
	int			njoin = fetch->ordering->definition->tables[table].njoin;

	if (fetch->repeatable[table] && same_key(fetch->last_key[table], values, njoin))
		return;

	fetch->repeatable[table] = fetch->plan->by_value[table];
	memcpy(fetch->last_key[table], values, njoin * sizeof(Datum));
	if (fetch->bulk && fetch->plan->by_value[table] && njoin <= KEPT_KEYS)
		fetch->row[table] = find_kept(fetch, table, values, njoin);
	else
	{
		find_unique(fetch, table, values);
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
	uint32		hash = 0;

	for (int i = 0; i < t->njoin; i++)
		hash = hash_combine(hash, DatumGetUInt32(FunctionCall1Coll(&functions[i],
																   t->join[i].collation,
																   values[i])));
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

/* Does every dimension have a row? */
static BingoVerdict
joined(BingoFetch *fetch)
{
	for (int i = 1; i < fetch->ordering->definition->ntables; i++)
	{
		if (!bingo_fetch_dimension(fetch, i))
			return BINGO_VERDICT_NOTHING;
	}
	return BINGO_VERDICT_INSIDE;
}

/*
 * Compares with the boundary, key by key, and looks up no more rows than that
 * takes.  A row outside need not be joined with the other dimensions.
 */
BingoVerdict
bingo_fetch_verdict(BingoFetch *fetch, bool leading_only)
{
	BingoDefinition *definition = fetch->ordering->definition;
	BingoChangePlan *plan = fetch->plan;
	const BingoBoundary *boundary = fetch->boundary;

	if (boundary->state == BINGO_BOUNDARY_NOTHING)
		return BINGO_VERDICT_OUTSIDE;

	for (int i = 0; boundary->state == BINGO_BOUNDARY_KEY && i < definition->nsort; i++)
	{
		BingoColumn *column = &definition->sort[i].column;
		Datum		value;
		bool		isnull;
		int			order;

		if (column->table == 0)
			value = driving_value(fetch, column->attno, plan->image_sort[i], &isnull);
		else if (leading_only && !plan->leading[column->table])
			return BINGO_VERDICT_UNDECIDED;
		else if (!bingo_fetch_dimension(fetch, column->table))
			return BINGO_VERDICT_NOTHING;
		else
			value = slot_getattr(fetch->row[column->table], column->attno, &isnull);

		order = ApplySortComparator(value, isnull, boundary->values[i], boundary->nulls[i],
									&plan->sort[i]);
		if (order > 0)
			return BINGO_VERDICT_OUTSIDE;
		if (order < 0)
			break;
	}
	return leading_only ? BINGO_VERDICT_UNDECIDED : joined(fetch);
}

void
bingo_fetch_key(BingoFetch *fetch, Datum *values, bool *isnull)
{
	BingoDefinition *definition = fetch->ordering->definition;

	for (int i = 0; i < definition->ndriving; i++)
		values[i] = driving_value(fetch, definition->driving_attnos[i],
								  fetch->plan->image_driving[i], &isnull[i]);
}

/* The values point into the slots: good until the next row is at hand. */
void
bingo_fetch_output(BingoFetch *fetch, Datum *values, bool *isnull)
{
	BingoDefinition *definition = fetch->ordering->definition;

	Assert(fetch->driving);
	for (int i = 0; i < definition->noutput; i++)
	{
		BingoColumn *column = &definition->output[i];
		TupleTableSlot *slot = column->table == 0 ? fetch->driving : fetch->row[column->table];

		values[i] = slot_getattr(slot, column->attno, &isnull[i]);
	}
}

/* --- from a dimension to its parent's rows --- */

void
bingo_fetch_parents(BingoFetch *fetch, int table, Datum *own_key)
{
	BingoTable *t = &fetch->ordering->definition->tables[table];
	ScanKey		keys = fetch->plan->parent_keys[table];

	if (fetch->parent_scan[table] == NULL)
		fetch->parent_scan[table] = bingo_visible_begin(fetch->relation[t->parent],
														fetch->parent_index[table],
														fetch->snapshot, t->njoin);
	for (int i = 0; i < t->njoin; i++)
		keys[i].sk_argument = own_key[fetch->plan->parent_from[table][i]];
	index_rescan(fetch->parent_scan[table], keys, t->njoin, NULL, 0);
}

TupleTableSlot *
bingo_fetch_next_parent(BingoFetch *fetch, int table)
{
	TupleTableSlot *slot = fetch->parent_slot[table];

	return bingo_visible_next(fetch->parent_scan[table], fetch->snapshot, slot) ? slot : NULL;
}
