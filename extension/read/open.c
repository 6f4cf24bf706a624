/*
 * read/open.c
 *	  May this execution use an ordering's window, under this snapshot?
 *
 * Called at the start of each execution of a BingoOrderedScan, and by
 * explain_ordering().  Planning never decides this: a cached plan outlives
 * every state, and in an open transaction it is not even planned again.
 *
 * Nothing here waits, writes or raises an error: each lock is asked for
 * conditionally, each relation may be gone, and any doubt is a reason to use
 * the plan behind.  Locks that were got (AccessShare) stay until the end of
 * the transaction, as the executor's own do.
 *
 * What makes the window exact under the snapshot, in the order of the tests:
 *
 *	- the setting, and that this is no parallel worker, which cannot see the
 *	  locks of its leader;
 *	- a plain MVCC snapshot, and no serializable transaction that predicate
 *	  locks are kept for (locks on a window are not those on the tables);
 *	- the ordering is still the one that was planned, and its fingerprint is
 *	  intact.  Invalidation messages are accepted first, because a lock that is
 *	  held already doesn't do so;
 *	- this transaction has not changed one of the tables, nor is about to: it
 *	  would hold RowExclusiveLock or more.  That is exact over savepoints,
 *	  cascades and the statement in flight, and needs no bookkeeping.  (Of a counter what it
 *	  has changed is known, most of the time: read/own.c.)
 *	- the snapshot sees no mark of an invalidation;
 *	- window and index can be opened, the window is as it was filled, column by
 *	  column and file, and the index is complete.
 *
 * Then the rows of the window that the snapshot sees are a true prefix of the
 * answer, perhaps an empty one.
 *
 * A counter's window is no prefix: the snapshot must see all of it.  So it must see the
 * state "everything" in the boundary, which the transaction that has counted wrote, and
 * the window's present file: upkeep truncates it where a table was truncated or
 * rewritten, and an older snapshot would find nothing.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/parallel.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/transam.h"
#include "access/xact.h"
#include "storage/lmgr.h"
#include "storage/predicate.h"
#include "utils/inval.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/guc.h"
#include "base/relations.h"
#include "store/catalog.h"
#include "store/valid.h"
#include "store/window.h"
#include "store/want.h"
#include "read/open.h"
#include "read/own.h"

/* What the transaction and the snapshot are. */
static const char *
refuse_transaction(Snapshot snapshot)
{
	if (IsParallelWorker())
		return "it runs in a parallel worker";
	if (snapshot == NULL || snapshot->snapshot_type != SNAPSHOT_MVCC)
		return "it does not read under an MVCC snapshot";

	/*
	 * Not "read only and deferrable": those may be set after the snapshot was
	 * taken.  Only a transaction that waited for a safe snapshot, or turned out
	 * to have one, is without predicate locks here.
	 */
	if (IsolationIsSerializable() && ShareSerializableXact() != NULL)
		return "the transaction is SERIALIZABLE";
	return NULL;
}

/* Has this transaction changed one of the tables? */
static const char *
refuse_changes(const BingoDefinition *definition)
{
	int			i;

	for (i = 0; i < definition->ntables; i++)
	{
		Relation	rel = RelationIdGetRelation(definition->tables[i].relid);
		bool		changed;

		if (rel == NULL)
			return "one of its tables is gone";
		changed = CheckRelationLockedByMe(rel, RowExclusiveLock, true);
		RelationClose(rel);
		if (changed)
			return "this transaction has changed, or locked against changes, one of its tables";
	}
	return NULL;
}

bool
bingo_open_index_is_complete(Relation index)
{
	Form_pg_index form = index->rd_index;

	if (!form->indisvalid || !form->indisready || !form->indislive)
		return false;
	return !form->indcheckxmin ||
		TransactionIdPrecedes(HeapTupleHeaderGetXmin(index->rd_indextuple->t_data), TransactionXmin);
}

/* Whatever the setting says. */
static const char *
open_window(int32 id, Oid window, const EState *estate, Snapshot snapshot, const BingoOrdering **ordering,
			Relation *heap, Relation *index, bool *changed)
{
	BingoOrdering *found;
	const char *reason;

	reason = refuse_transaction(snapshot);
	if (reason != NULL)
		return reason;

	AcceptInvalidationMessages();
	if (!bingo_catalog_find(id, NULL, &found))
		return "the definitions of the orderings are locked";
	if (found == NULL)
		return "the ordering was dropped";
	if (found->window != window)
		return "the ordering was made anew since the query was planned";
	if (!found->usable)
		return found->reason ? found->reason : "the ordering is not usable";

	reason = bingo_is_counter(found) ? bingo_own_refuse(found, snapshot, estate, changed) : refuse_changes(found->definition);
	if (reason != NULL)
		return reason;

	if (bingo_valid_is_invalidated(found->window, snapshot))
	{
		bingo_want_upkeep();
		return "the ordering is invalid";
	}

	*heap = bingo_relations_open_now(found->window);
	if (*heap == NULL)
		return "the window is locked";
	*index = bingo_relations_open_now(found->window_order);
	if (*index == NULL)
		reason = "the window's index is locked";
	else if (!bingo_open_index_is_complete(*index))
		reason = "the window's index is not complete";
	else if (!bingo_window_is_intact(*heap, found))
		reason = "the window was altered or rewritten";
	if (reason != NULL)
		bingo_scan_close(*heap, *index);
	else
		*ordering = found;
	return reason;
}

const char *
bingo_scan_open(int32 id, Oid window, Snapshot snapshot, const BingoOrdering **ordering,
				Relation *heap, Relation *index)
{
	if (!bingo_enable_ordered_scan)
		return "bingo_tune.enable_ordered_scan is off";
	return open_window(id, window, NULL, snapshot, ordering, heap, index, NULL);
}

const char *
bingo_count_open(int32 id, Oid window, const EState *estate, Snapshot snapshot, const BingoOrdering **counter,
				 Relation *heap, Relation *index, bool *changed)
{
	BingoBoundary boundary;
	const char *reason;

	if (!bingo_enable_counter_scan)
		return "bingo_tune.enable_counter_scan is off";
	if (bingo_lock_gate_is_closed(id))
		return "this transaction has counted it again, perhaps later than its snapshot";
	reason = open_window(id, window, estate, snapshot, counter, heap, index, changed);
	if (reason != NULL)
		return reason;
	if (!bingo_window_same_file(*heap, snapshot))
		reason = "the window was emptied after the snapshot was taken";
	else if (!bingo_window_read_boundary(*counter, snapshot, &boundary) || boundary.state != BINGO_BOUNDARY_EVERYTHING)
		reason = "the window was not complete when the snapshot was taken";
	if (reason != NULL)
		bingo_scan_close(*heap, *index);
	return reason;
}

void
bingo_scan_close(Relation heap, Relation index)
{
	if (index != NULL)
		index_close(index, NoLock);
	table_close(heap, NoLock);
}
