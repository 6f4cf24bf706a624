/*
 * ordering_boundary.c
 *	  The boundary of a window: which rows are inside.
 *
 * The boundary is the one row of a table of its own: a state and the sort keys.
 * It says which rows writers must keep in the window; readers never look at it
 * (whatever prefix they find is a valid start).  It is explicit because "the
 * window's last row" would not do: with that row deleted by one transaction and
 * a row beyond its predecessor inserted by another, neither committed, nobody
 * knows where the window ends.
 *
 * Protocol: it moves only under the gate EXCLUSIVE, which ends with the
 * transaction, and is read only under the gate.  So a reader never meets an
 * uncommitted change but its own, and one row is enough: SnapshotSelf.
 *
 * Each backend keeps a copy.  A move sends an invalidation of the gate relation,
 * which arrives at the others before they can have the gate (it is sent before
 * the mover's locks end, and accepted when the gate is got).  The callback only
 * marks the copy stale, because it may come while somebody is using it.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "storage/lmgr.h"
#include "utils/datum.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "compat.h"
#include "ordering_window.h"

typedef struct CachedBoundary
{
	Oid			gate;			/* hash key */
	bool		fresh;			/* loaded to its end, and not moved since it began */
	uint64		moves;			/* invalidations */
	MemoryContext context;
	BingoBoundary boundary;
} CachedBoundary;

static HTAB *cached_boundaries = NULL;

static void
mark_moved(CachedBoundary *cached)
{
	cached->fresh = false;
	cached->moves++;
}

static void
forget_boundary(Datum arg, Oid relid)
{
	HASH_SEQ_STATUS all;
	CachedBoundary *cached;

	if (OidIsValid(relid))
	{
		cached = hash_search(cached_boundaries, &relid, HASH_FIND, NULL);
		if (cached)
			mark_moved(cached);
		return;
	}
	hash_seq_init(&all, cached_boundaries);
	while ((cached = hash_seq_search(&all)) != NULL)
		mark_moved(cached);
}

static CachedBoundary *
find_cached(Oid gate)
{
	CachedBoundary *cached;
	bool		found;

	if (cached_boundaries == NULL)
	{
		HASHCTL		control;

		control.keysize = sizeof(Oid);
		control.entrysize = sizeof(CachedBoundary);
		control.hcxt = TopMemoryContext;
		cached_boundaries = hash_create("bingo_tune boundaries", 8, &control,
										HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
		CacheRegisterRelcacheCallback(forget_boundary, (Datum) 0);
	}
	cached = hash_search(cached_boundaries, &gate, HASH_ENTER, &found);
	if (!found)
	{
		cached->fresh = false;
		cached->moves = 0;
		cached->context = NULL;
	}
	return cached;
}

/* The row of the boundary's table, into the slot. */
static bool
read_row(Relation relation, TupleTableSlot *slot)
{
	TableScanDesc scan = bingo_table_beginscan(relation, SnapshotSelf);
	bool		found = table_scan_getnextslot(scan, ForwardScanDirection, slot);

	/* the slot's tuple is part of the scan */
	if (found)
		ExecMaterializeSlot(slot);
	table_endscan(scan);
	return found;
}

static void
load_boundary(BingoOrdering *ordering, CachedBoundary *cached)
{
	Relation	relation = table_open(ordering->boundary, AccessShareLock);
	TupleTableSlot *slot = table_slot_create(relation, NULL);
	BingoBoundary *boundary = &cached->boundary;
	uint64		moves = cached->moves;
	MemoryContext old;

	if (cached->context == NULL)
		cached->context = AllocSetContextCreate(TopMemoryContext, "bingo_tune boundary",
												ALLOCSET_SMALL_SIZES);
	MemoryContextReset(cached->context);
	memset(boundary, 0, sizeof(BingoBoundary));
	boundary->state = BINGO_BOUNDARY_NOTHING;

	if (read_row(relation, slot))
	{
		slot_getallattrs(slot);
		boundary->state = (BingoBoundaryState) (unsigned char) DatumGetChar(slot->tts_values[0]);
		old = MemoryContextSwitchTo(cached->context);
		for (int i = 0; i < ordering->definition->nsort; i++)
		{
			Form_pg_attribute column = TupleDescAttr(slot->tts_tupleDescriptor, i + 1);

			boundary->nulls[i] = slot->tts_isnull[i + 1];
			if (boundary->nulls[i])
				continue;
			if (column->attlen == -1)
				boundary->values[i] = PointerGetDatum(PG_DETOAST_DATUM_COPY(slot->tts_values[i + 1]));
			else
				boundary->values[i] = datumCopy(slot->tts_values[i + 1], column->attbyval,
												column->attlen);
		}
		MemoryContextSwitchTo(old);
	}
	ExecDropSingleTupleTableSlot(slot);
	table_close(relation, AccessShareLock);

	/* Not before: an error on the way, or a cancel, leaves half a boundary. */
	cached->fresh = cached->moves == moves;
}

const BingoBoundary *
bingo_window_boundary(BingoOrdering *ordering)
{
	CachedBoundary *cached = find_cached(ordering->gate);

	if (!cached->fresh)
	{
		/* detoasting wants a snapshot */
		PushActiveSnapshot(GetLatestSnapshot());
		load_boundary(ordering, cached);
		PopActiveSnapshot();
	}
	return &cached->boundary;
}

void
bingo_window_set_boundary(BingoOrdering *ordering, const BingoBoundary *boundary)
{
	Relation	relation = table_open(ordering->boundary, RowExclusiveLock);
	Relation	gate = table_open(ordering->gate, NoLock);
	TupleTableSlot *old_slot = table_slot_create(relation, NULL);
	TupleDesc	desc = RelationGetDescr(relation);
	Datum		values[BINGO_MAX_KEYS + 1] = {0};
	bool		isnull[BINGO_MAX_KEYS + 1];
	HeapTuple	tuple;

	Assert(CheckRelationLockedByMe(gate, ExclusiveLock, true));

	values[0] = CharGetDatum(boundary->state);
	isnull[0] = false;
	for (int i = 0; i < ordering->definition->nsort; i++)
	{
		isnull[i + 1] = boundary->state != BINGO_BOUNDARY_KEY || boundary->nulls[i];
		if (!isnull[i + 1])
			values[i + 1] = boundary->values[i];
	}
	tuple = heap_form_tuple(desc, values, isnull);

	/* an earlier change of our own must be a command back to be changed again */
	CommandCounterIncrement();
	if (read_row(relation, old_slot))
		bingo_heap_update(relation, &old_slot->tts_tid, tuple);
	else
		simple_heap_insert(relation, tuple);
	CacheInvalidateRelcache(gate);

	/* the invalidation reaches ourselves */
	CommandCounterIncrement();

	heap_freetuple(tuple);
	ExecDropSingleTupleTableSlot(old_slot);
	table_close(gate, NoLock);
	table_close(relation, NoLock);
}
