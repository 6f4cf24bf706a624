/*
 * ordering_window.c
 *	  The window relation and its boundary.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/indexing.h"
#include "executor/tuptable.h"
#include "utils/inval.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "ordering_window.h"

const BingoBoundary *
bingo_window_boundary(BingoOrdering *ordering)
{
	BingoBoundary *boundary = palloc0(sizeof(BingoBoundary));
	Relation	relation = table_open(ordering->boundary, AccessShareLock);
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TableScanDesc scan = table_beginscan(relation, snapshot, 0, NULL);
	HeapTuple	tuple = heap_copytuple(heap_getnext(scan, ForwardScanDirection));
	bool		isnull;

	boundary->state = DatumGetChar(heap_getattr(tuple, 1, RelationGetDescr(relation), &isnull));
	for (int i = 0; i < ordering->definition->nsort; i++)
		boundary->values[i] = heap_getattr(tuple, i + 2, RelationGetDescr(relation), &boundary->nulls[i]);
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	table_close(relation, AccessShareLock);
	return boundary;
}

void
bingo_window_set_boundary(BingoOrdering *ordering, const BingoBoundary *boundary)
{
	Relation	relation = table_open(ordering->boundary, RowExclusiveLock);
	int			nsort = ordering->definition->nsort;
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TableScanDesc scan = table_beginscan(relation, snapshot, 0, NULL);
	HeapTuple	old = heap_getnext(scan, ForwardScanDirection);
	Datum		values[BINGO_MAX_KEYS + 1];
	bool		nulls[BINGO_MAX_KEYS + 1];
	HeapTuple	new;

	if (!HeapTupleIsValid(old))
		elog(ERROR, "could not find the boundary of ordering \"%s\"", ordering->name);
	values[0] = CharGetDatum(boundary->state);
	nulls[0] = false;
	for (int i = 0; i < nsort; i++)
	{
		nulls[i + 1] = boundary->state != BINGO_BOUNDARY_KEY || boundary->nulls[i];
		values[i + 1] = nulls[i + 1] ? (Datum) 0 : boundary->values[i];
	}
	new = heap_form_tuple(RelationGetDescr(relation), values, nulls);
	simple_heap_update(relation, &old->t_self, new);
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	table_close(relation, NoLock);
	CacheInvalidateRelcacheByRelid(ordering->gate);
}
