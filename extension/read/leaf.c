/*
 * read/leaf.c
 *	  The windows that a scan reads: the only one, or those of partitions (read/leaves.c).
 *
 * All of them are opened, or none: what one can't give no other one makes good.
 *
 * Of a partitioned table the snapshot must see the present pg_class entry of each partition that the query was planned
 * with, as ATTACH PARTITION changes it: so every row that the snapshot sees is within the bounds that the
 * plan behind may prune by.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "read/leaf.h"
#include "read/open.h"
#include "read/plan.h"

BingoLeaf *
bingo_leaf_list(CustomScan *cscan, int *nleaves)
{
	BingoLeaf  *leaves = palloc0(list_length(BINGO_PLAN_LEAVES(cscan)) * sizeof(BingoLeaf));
	ListCell   *lc;

	*nleaves = list_length(BINGO_PLAN_LEAVES(cscan));
	foreach(lc, BINGO_PLAN_LEAVES(cscan))
	{
		const List *planned = lfirst(lc);
		BingoLeaf  *leaf = &leaves[foreach_current_index(lc)];

		leaf->id = list_nth_int(planned, 0);
		leaf->window = (Oid) list_nth_int(planned, 1);
		leaf->fetched = list_copy_tail(planned, 2);
	}
	return leaves;
}

/* Has it changed since the snapshot was taken, as ATTACH PARTITION changes it? */
static bool
is_changed(Oid partition, Snapshot snapshot)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(partition));
	bool		changed;

	if (!HeapTupleIsValid(tuple))
		return true;
	changed = XidInMVCCSnapshot(HeapTupleHeaderGetXmin(tuple->t_data), snapshot);
	ReleaseSysCache(tuple);
	return changed;
}

void
bingo_leaf_close(BingoLeaf *leaves, int nleaves)
{
	for (int i = 0; i < nleaves; i++)
	{
		if (leaves[i].heap == NULL)
			continue;
		bingo_end_finish(&leaves[i].end);
		bingo_join_back_end(&leaves[i].fetch);
		bingo_scan_close(leaves[i].heap, leaves[i].index);
		leaves[i].heap = leaves[i].index = NULL;
	}
}

const char *
bingo_leaf_open(BingoLeaf *leaves, int nleaves, const List *partitions, Snapshot snapshot, BingoLeaf **refusing)
{
	const char *reason = NULL;
	ListCell   *lc;

	for (int i = 0; i < nleaves && reason == NULL; i++)
	{
		BingoLeaf  *leaf = &leaves[i];
		Relation	heap;
		Relation	index;

		reason = bingo_scan_open(leaf->id, leaf->window, snapshot, &leaf->ordering, &heap, &index);
		if (reason != NULL)
		{
			*refusing = leaf;
			break;
		}
		leaf->heap = heap;
		leaf->index = index;
	}
	foreach(lc, partitions)
		if (reason == NULL && is_changed(lfirst_oid(lc), snapshot))
			reason = "a partition was attached or altered after the snapshot was taken";
	if (reason != NULL)
		bingo_leaf_close(leaves, nleaves);
	return reason;
}

const char *
bingo_leaf_begin_fetch(BingoLeaf *leaves, int nleaves, Snapshot snapshot)
{
	const char *reason = NULL;

	for (int i = 0; i < nleaves && reason == NULL; i++)
		reason = bingo_join_back_begin(&leaves[i].fetch, leaves[i].fetched, leaves[i].ordering, snapshot);
	return reason;
}
