/*
 * store/boundary.c
 *	  The boundary of a window: which rows are inside.
 *
 * The boundary is the one row of a table of its own, a state and the sort keys, beside
 * those of single keys (store/cut.c), if rows are counted for each.
 * It says which rows writers must keep in the window; readers never look at it
 * (whatever prefix they find is a valid start).  It is explicit because "the
 * window's last row" would not do: with that row deleted by one transaction and
 * a row beyond its predecessor inserted by another, neither committed, nobody
 * knows where the window ends.
 *
 * It is written and read here only, and by these functions only: no SQL can.
 *
 * Protocol: it moves only under the gate EXCLUSIVE, which ends with the
 * transaction, and is read only under the gate.  So a reader never meets an
 * uncommitted change but its own, and one row is enough: SnapshotSelf.
 *
 * Each backend keeps a copy with the cached ordering, as long as that is current (store/catalog.c).  A move
 * sends an invalidation of the boundary's relation, which makes the ordering stale, and arrives at the others
 * before they can have the gate (it is sent before the mover's locks end, and accepted when the gate is got); so it
 * does at the mover's rollback.  Whoever reads again makes another copy, so nobody's is changed while he uses it.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/matview.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/lock_now.h"
#include "base/relations.h"
#include "definition/types.h"
#include "store/catalog.h"
#include "store/window.h"

static bool
is_cut(TupleTableSlot *slot)
{
	bool		isnull;

	return DatumGetChar(slot_getattr(slot, 1, &isnull)) == BINGO_BOUNDARY_CUT;
}

/* The row of the boundary's table, into the slot. */
static bool
read_row(Relation relation, Snapshot snapshot, TupleTableSlot *slot)
{
	TableScanDesc scan = bingo_table_beginscan(relation, snapshot);
	bool		found;

	do
		found = table_scan_getnextslot(scan, ForwardScanDirection, slot);
	while (found && is_cut(slot));
	/* the slot's tuple is part of the scan */
	if (found)
		ExecMaterializeSlot(slot);
	table_endscan(scan);
	return found;
}

/* The boundary of that row, to the current context. */
static void
copy_row(TupleTableSlot *slot, int nsort, BingoBoundary *boundary)
{
	slot_getallattrs(slot);
	boundary->state = (BingoBoundaryState) (unsigned char) DatumGetChar(slot->tts_values[0]);
	for (int i = 0; i < nsort; i++)
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
}

/*
 * Are all its indexes such as are kept up as those of a catalog?  Of those an expression is computed in what only the executor has: the
 * server would crash.  One that is unique would refuse rows.
 */
static bool
has_plain_indexes(Relation relation)
{
	bool		plain = true;
	ListCell   *cell;

	foreach(cell, RelationGetIndexList(relation))
	{
		HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(cell)));

		if (!HeapTupleIsValid(tuple))
			continue;				/* it is gone */
		plain = plain && !((Form_pg_index) GETSTRUCT(tuple))->indisunique &&
			heap_attisnull(tuple, Anum_pg_index_indexprs, NULL) && heap_attisnull(tuple, Anum_pg_index_indpred, NULL);
		ReleaseSysCache(tuple);
	}
	return plain;
}

/* Is the relation what store/store.c made?  A superuser may have put another index on it. */
static bool
is_boundary(Relation relation, const BingoOrdering *ordering)
{
	const BingoDefinition *definition = ordering->definition;
	TupleDesc	desc = RelationGetDescr(relation);

	if (relation->rd_rel->relkind != RELKIND_MATVIEW || desc->natts != definition->nsort + 1 ||
		TupleDescAttr(desc, 0)->atttypid != CHAROID || !has_plain_indexes(relation))
		return false;
	for (int i = 0; i < definition->nsort; i++)
	{
		int32		typmod;

		if (TupleDescAttr(desc, i + 1)->attisdropped ||
			TupleDescAttr(desc, i + 1)->atttypid != bingo_types_kept(definition->sort[i].column.type, &typmod))
			return false;
	}
	return true;
}

Relation
bingo_boundary_open(const BingoOrdering *ordering, BingoPatience *patience)
{
	Relation	relation;

	if (!bingo_lock_relation(ordering->boundary, AccessShareLock, patience))
		return NULL;
	relation = bingo_lock_open(ordering->boundary);
	if (relation != NULL && (!is_boundary(relation, ordering) ||
							 bingo_relation_file(relation) != ordering->fill.boundary_file))
	{
		relation_close(relation, AccessShareLock);
		return NULL;
	}
	return relation;
}

/* Is it the index on state and key, and shows it all that the snapshot can see? */
static bool
is_good_index(Relation index, const BingoOrdering *ordering, Snapshot snapshot)
{
	Form_pg_index form = index->rd_index;

	if (form == NULL || !form->indisvalid || !form->indisready || !form->indislive ||
		form->indnkeyatts != ordering->definition->nkeys + 1 || RelationGetIndexPredicate(index) != NIL)
		return false;
	for (int i = 0; i < form->indnkeyatts; i++)
	{
		if (form->indkey.values[i] != i + 1)
			return false;
		if (i > 0 && (index->rd_opfamily[i] != ordering->definition->sort[i - 1].opfamily ||
					  index->rd_indcollation[i] != ordering->definition->sort[i - 1].collation))
			return false;
	}
	return snapshot == SnapshotSelf || !form->indcheckxmin ||
		TransactionIdPrecedes(HeapTupleHeaderGetXmin(index->rd_indextuple->t_data), TransactionXmin);
}

Relation
bingo_boundary_open_index(Relation relation, const BingoOrdering *ordering, Snapshot snapshot, BingoPatience *patience)
{
	ListCell   *cell;

	foreach(cell, RelationGetIndexList(relation))
	{
		Relation	index;

		if (!bingo_lock_relation(lfirst_oid(cell), AccessShareLock, patience))
			return NULL;
		index = bingo_lock_open(lfirst_oid(cell));
		if (index != NULL && is_good_index(index, ordering, snapshot))
			return index;
		if (index != NULL)
			relation_close(index, AccessShareLock);
	}
	return NULL;
}

/* The same as read_row(), past thousands of cuts. */
static bool
find_row(Relation relation, Relation index, Snapshot snapshot, TupleTableSlot *slot)
{
	IndexScanDesc scan;
	ScanKeyData key;
	bool		found;

	/* the cuts stand before the others */
	ScanKeyInit(&key, 1, BTGreaterStrategyNumber, F_CHARGT, CharGetDatum(BINGO_BOUNDARY_CUT));
	scan = bingo_index_beginscan(relation, index, snapshot, 1);
	index_rescan(scan, &key, 1, NULL, 0);
	found = index_getnext_slot(scan, ForwardScanDirection, slot);
	if (found)
		ExecMaterializeSlot(slot);
	index_endscan(scan);
	return found;
}

bool
bingo_boundary_read(Relation relation, Relation index, const BingoOrdering *ordering, Snapshot snapshot, TupleTableSlot *slot,
					BingoBoundary *boundary)
{
	bool		found = find_row(relation, index, snapshot, slot);

	memset(boundary, 0, sizeof(BingoBoundary));
	if (found)
		copy_row(slot, ordering->definition->nsort, boundary);
	ExecClearTuple(slot);
	return found;
}

/* False: it has no row, which says nothing, least of all that nothing is inside. */
static bool
read_boundary(Relation relation, const BingoOrdering *ordering, Snapshot snapshot, BingoBoundary *boundary)
{
	TupleTableSlot *slot = table_slot_create(relation, NULL);
	Relation	index = ordering->definition->nkeys > 0 ? bingo_boundary_open_index(relation, ordering, snapshot, NULL) : NULL;
	bool		found;

	memset(boundary, 0, sizeof(BingoBoundary));
	if (index != NULL)
	{
		found = bingo_boundary_read(relation, index, ordering, snapshot, slot, boundary);
		index_close(index, AccessShareLock);
	}
	else if ((found = read_row(relation, snapshot, slot)))
		copy_row(slot, ordering->definition->nsort, boundary);
	ExecDropSingleTupleTableSlot(slot);
	return found;
}

const BingoBoundary *
bingo_window_boundary(BingoOrdering *ordering, BingoPatience *patience)
{
	Relation	relation;
	BingoBoundary *boundary;
	MemoryContext old;
	bool		found;

	if (ordering->known_boundary != NULL && bingo_catalog_is_current(ordering))
		return ordering->known_boundary;
	relation = bingo_boundary_open(ordering, patience);
	if (relation == NULL)
		return NULL;

	/* detoasting wants a snapshot */
	PushActiveSnapshot(GetLatestSnapshot());
	old = MemoryContextSwitchTo(ordering->context);
	boundary = palloc(sizeof(BingoBoundary));
	found = read_boundary(relation, ordering, SnapshotSelf, boundary);
	MemoryContextSwitchTo(old);
	PopActiveSnapshot();
	relation_close(relation, AccessShareLock);
	/* not before: an error on the way, or a cancel, leaves half a boundary */
	ordering->known_boundary = found ? boundary : NULL;
	return ordering->known_boundary;
}

bool
bingo_window_read_boundary(const BingoOrdering *ordering, Snapshot snapshot, BingoBoundary *boundary)
{
	Relation	relation = bingo_boundary_open(ordering, NULL);
	bool		found;

	if (relation == NULL)
		return false;
	found = read_boundary(relation, ordering, snapshot, boundary);
	relation_close(relation, AccessShareLock);
	return found;
}

bool
bingo_window_same_file(Relation heap, Snapshot snapshot)
{
	Relation	pg_class = bingo_relations_open_now(RelationRelationId);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		same = false;

	if (pg_class == NULL)
		return false;
	if (!bingo_lock_relation_now(ClassOidIndexId, AccessShareLock))
	{
		table_close(pg_class, AccessShareLock);
		return false;
	}
	ScanKeyInit(&key, Anum_pg_class_oid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(RelationGetRelid(heap)));
	scan = systable_beginscan(pg_class, ClassOidIndexId, true, snapshot, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		same = ((Form_pg_class) GETSTRUCT(tuple))->relfilenode == bingo_relation_file(heap);
	systable_endscan(scan);
	UnlockRelationOid(ClassOidIndexId, AccessShareLock);
	table_close(pg_class, AccessShareLock);
	return same;
}

HeapTuple
bingo_boundary_form(Relation relation, const BingoOrdering *ordering, char state, const BingoBoundary *boundary)
{
	Datum		values[BINGO_MAX_KEYS + 1] = {0};
	bool		isnull[BINGO_MAX_KEYS + 1];

	if (!is_boundary(relation, ordering))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the boundary of ordering \"%s\" was altered", ordering->name),
				 errhint("SELECT bingo_tune.refresh_ordering(%s);", quote_literal_cstr(ordering->name))));

	values[0] = CharGetDatum(state);
	isnull[0] = false;
	for (int i = 0; i < ordering->definition->nsort; i++)
	{
		isnull[i + 1] = boundary->state != BINGO_BOUNDARY_KEY || boundary->nulls[i];
		if (!isnull[i + 1])
			values[i + 1] = boundary->values[i];
	}
	return heap_form_tuple(RelationGetDescr(relation), values, isnull);
}

void
bingo_window_set_boundary(BingoOrdering *ordering, const BingoBoundary *boundary)
{
	Relation	relation = table_open(ordering->boundary, RowExclusiveLock);
	TupleTableSlot *old_slot = table_slot_create(relation, NULL);
	HeapTuple	tuple = bingo_boundary_form(relation, ordering, boundary->state, boundary);

	Assert(bingo_lock_gate_is_closed(ordering->id));

	/* an earlier change of our own must be a command back to be changed again */
	CommandCounterIncrement();
	if (read_row(relation, SnapshotSelf, old_slot))
		CatalogTupleUpdate(relation, &old_slot->tts_tid, tuple);
	else
		CatalogTupleInsert(relation, tuple);
	if (RelationIsPopulated(relation))
		SetMatViewPopulatedState(relation, false);	/* somebody has said REFRESH */
	CacheInvalidateRelcache(relation);

	/* the invalidation reaches ourselves */
	CommandCounterIncrement();

	heap_freetuple(tuple);
	ExecDropSingleTupleTableSlot(old_slot);
	table_close(relation, NoLock);
}
