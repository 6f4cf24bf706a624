/*
 * write/fetch_open.c
 *	  A batch of look-ups of an ordering's rows: begun and ended, its tables and
 *	  indexes opened, its snapshot taken.
 *
 * The other half of write/fetch.c, whose head says who uses a batch and what
 * it looks up.  The caller holds the gate.  Tables are opened when the batch
 * first needs them, each locked ACCESS SHARE until the work is done (write/borrow.c), with
 * the batch's patience, and their unique indexes when a row has to be looked up by one; a table or index that can't be
 * had is a "failure", which the caller answers by a mark, whatever else he was told.  Rows are read under the active
 * snapshot, which the caller replaces after it has got more locks: the scans
 * belong to it and end with it, and so do the rows found so far, but for those of
 * dimensions that nobody can change any more.
 *
 * Memory: what a batch allocates goes to the context that was current when it
 * began (but for the plan, which lives as long as the cached ordering).
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "write/borrow.h"
#include "write/fetch.h"
#include "write/index.h"
#include "write/kept.h"

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
		if (fetch->nulls[i])
			ExecDropSingleTupleTableSlot(fetch->nulls[i]);
		if (fetch->kept[i])
			bingo_kept_drop(fetch->kept[i]);
		if (fetch->parent_slot[i])
			ExecDropSingleTupleTableSlot(fetch->parent_slot[i]);
		if (fetch->unique[i])
			index_close(fetch->unique[i], NoLock);
		if (fetch->parent_index[i])
			index_close(fetch->parent_index[i], NoLock);
		if (fetch->relation[i])
			table_close(fetch->relation[i], NoLock);
	}
	if (fetch->cuts.relation)
		bingo_cut_close(&fetch->cuts);
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

static bool
is_as_stored(TupleDesc desc, const BingoColumn *column)
{
	Form_pg_attribute attribute;

	if (column->attno > desc->natts)
		return false;
	attribute = TupleDescAttr(desc, column->attno - 1);
	return !attribute->attisdropped && attribute->atttypid == column->type &&
		attribute->attcollation == column->collation;
}

/* Column by column. */
static bool
compare_layout(BingoFetch *fetch, int table)
{
	BingoDefinition *definition = fetch->ordering->definition;
	TupleDesc	desc = RelationGetDescr(fetch->relation[table]);

	for (int i = 0; i < definition->noutput; i++)
	{
		if (definition->output[i].table == table && definition->output[i].attno != InvalidAttrNumber && !is_as_stored(desc, &definition->output[i]))
			return false;
	}
	for (int i = 0; i < definition->nread; i++)
	{
		if (definition->read[i].table == table && !is_as_stored(desc, &definition->read[i]))
			return false;
	}
	for (int i = 1; i < definition->ntables; i++)
	{
		BingoTable *t = &definition->tables[i];

		for (int j = 0; j < t->njoin; j++)
		{
			if ((i == table && !is_as_stored(desc, &t->join[j].own_column)) ||
				(t->parent == table && !is_as_stored(desc, &t->join[j].parent_column)))
				return false;
		}
	}
	return true;
}

/*
 * Is the table, which is locked, still what the layout says?  It is if it was once and nothing was told since, of what was done
 * before we had the lock, that makes the ordering stale.
 */
static bool
matches_layout(BingoFetch *fetch, int table)
{
	bool	   *matched = &fetch->plan->matched[table];

	if (!*matched || !bingo_catalog_is_current(fetch->ordering))
		*matched = compare_layout(fetch, table);
	return *matched;
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
		!bingo_borrow_relation(relid, fetch->patience))
	{
		fetch->failure = "a table of the ordering was locked";
		return false;
	}
	fetch->relation[table] = bingo_lock_open(relid);
	if (fetch->relation[table] == NULL || !matches_layout(fetch, table))
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
	if (parents && fetch->parent_index[table] == NULL)
	{
		if (!open_table(fetch, t->parent))
			return false;
		fetch->parent_index[table] = bingo_index_open(t->parent_index, fetch->patience, &fetch->failure);
		if (fetch->parent_index[table] == NULL)
			return false;
		fetch->parent_slot[table] = table_slot_create(fetch->relation[t->parent], NULL);
	}
	return true;
}
