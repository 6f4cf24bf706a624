/*
 * store/visible.c
 *	  Index scans of the maintenance: the rows as of now, no predicate locks.
 *
 * Writers maintain a window from the rows that are current while they hold the
 * gate and the key locks.  Those locks keep still what a verdict depends on, yet
 * not the rows themselves: a transaction that changes a column which the ordering
 * does not use takes no key lock and may replace the row's version at any moment.
 * SnapshotSelf, which looks at each version by itself, could then see such a row
 * not at all (it passed the new version before, and finds the old one dead) or
 * twice.  An MVCC snapshot sees exactly one version.  It is taken after the locks
 * (GetLatestSnapshot()), at every isolation level: what the transaction's own
 * snapshot sees does not matter for what its changes do to the window.
 *
 * At SERIALIZABLE a scan with an MVCC snapshot would take predicate locks, and
 * end transactions by 40001 that the plain tables would let pass.  A scan with
 * SnapshotAny takes none; it returns all versions, and each is judged by the
 * MVCC snapshot afterwards, which has no side effects.  Below SERIALIZABLE the
 * index scan does the same faster.
 */
#include "postgres.h"

#include "access/relscan.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "store/visible.h"

IndexScanDesc
bingo_visible_begin(Relation relation, Relation index, Snapshot snapshot, int nkeys)
{
	return bingo_index_beginscan(relation, index,
								 IsolationIsSerializable() ? SnapshotAny : snapshot, nkeys);
}

bool
bingo_visible_next(IndexScanDesc scan, Snapshot snapshot, TupleTableSlot *slot)
{
	while (index_getnext_slot(scan, ForwardScanDirection, slot))
	{
		if (scan->xs_snapshot == snapshot ||
			table_tuple_satisfies_snapshot(scan->heapRelation, slot, snapshot))
			return true;
	}
	return false;
}
