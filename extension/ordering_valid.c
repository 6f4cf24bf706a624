/*
 * ordering_valid.c
 *	  Validity of an ordering under a snapshot: invalidation rows.
 *
 * A reader whose snapshot sees a row of the ordering in
 * bingo_tune.ordering_invalidation does not look at the window.  So whoever
 * leaves the window wanting inserts such a row in the same transaction: it is
 * seen by exactly the snapshots that see the change, a rollback takes both
 * back, and inserting waits for nobody.  Upkeep deletes the rows that its own
 * snapshot has seen when it has put the window right; one that is committed
 * later counts against the new content.
 *
 * The table is scanned with SnapshotAny, each version judged by the snapshot:
 * no predicate lock is taken, so SERIALIZABLE transactions don't meet here.  It
 * has a page or none, which costs about a microsecond.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "executor/tuptable.h"
#include "pgstat.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "ordering_valid.h"

/* Columns of bingo_tune.ordering_invalidation. */
enum
{
	COLUMN_ORDERING_ID,
	COLUMN_REASON,
	COLUMN_AT,
	NCOLUMNS
};

#define CHANGES_BETWEEN_CHECKS 64
#define PAUSE_BETWEEN_WISHES_MS 1000

static bool upkeep_wanted = false;
static int64 changes_unchecked = CHANGES_BETWEEN_CHECKS;	/* so that a new backend checks first */

/* Does the snapshot see a row of the ordering, or one that this transaction has inserted? */
static bool
find_row(Relation relation, int32 ordering_id, Snapshot snapshot, bool own_only)
{
	TupleTableSlot *slot;
	TableScanDesc scan;
	bool		found = false;

	if (RelationGetNumberOfBlocks(relation) == 0)
		return false;
	slot = table_slot_create(relation, NULL);
	scan = bingo_table_beginscan(relation, SnapshotAny);
	while (!found && table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		bool		isnull;

		if (DatumGetInt32(slot_getattr(slot, COLUMN_ORDERING_ID + 1, &isnull)) != ordering_id ||
			!table_tuple_satisfies_snapshot(relation, slot, snapshot))
			continue;
		found = !own_only ||
			TransactionIdIsCurrentTransactionId(DatumGetTransactionId(
				slot_getsysattr(slot, MinTransactionIdAttributeNumber, &isnull)));
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	return found;
}

static bool
look(int32 ordering_id, Snapshot snapshot, bool unreadable)
{
	Oid			relid = bingo_catalog_invalidation_relid();
	Relation	relation;
	bool		found;

	/* While somebody drops or rewrites the table nothing can be told. */
	if (!OidIsValid(relid) || !ConditionalLockRelationOid(relid, AccessShareLock))
		return unreadable;
	relation = try_relation_open(relid, NoLock);
	if (relation == NULL)
	{
		UnlockRelationOid(relid, AccessShareLock);
		return unreadable;
	}

	found = find_row(relation, ordering_id, snapshot, false);
	table_close(relation, AccessShareLock);
	return found;
}

bool
bingo_valid_is_invalidated(int32 ordering_id, Snapshot snapshot)
{
	return look(ordering_id, snapshot, true);
}

bool
bingo_valid_sees_invalidation(int32 ordering_id, Snapshot snapshot)
{
	return look(ordering_id, snapshot, false);
}

void
bingo_valid_invalidate(int32 ordering_id, const char *reason)
{
	Relation	relation;
	Snapshot	snapshot;
	Datum		values[NCOLUMNS];
	bool		nulls[NCOLUMNS] = {0};

	values[COLUMN_ORDERING_ID] = Int32GetDatum(ordering_id);
	values[COLUMN_REASON] = CStringGetTextDatum(reason);
	values[COLUMN_AT] = TimestampTzGetDatum(GetCurrentTimestamp());

	relation = table_open(bingo_catalog_invalidation_relid(), RowExclusiveLock);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	if (!find_row(relation, ordering_id, snapshot, true))
		simple_heap_insert(relation, heap_form_tuple(RelationGetDescr(relation), values, nulls));
	UnregisterSnapshot(snapshot);
	table_close(relation, NoLock);
	CommandCounterIncrement();
	bingo_valid_want_upkeep();
}

void
bingo_valid_want_upkeep(void)
{
	upkeep_wanted = true;
}

/*
 * Looks at the statistics, which don't know this transaction yet and are near
 * enough otherwise: the worker counts.
 */
void
bingo_valid_note_changes(const BingoOrdering *ordering, bool complete, int64 changes)
{
	static TimestampTz last_wish = 0;
	PgStat_StatTabEntry *statistics;
	int64		rows;

	changes_unchecked += changes;
	if (changes_unchecked < CHANGES_BETWEEN_CHECKS)
		return;
	changes_unchecked = 0;
	statistics = pgstat_fetch_stat_tabentry(ordering->window);
	if (statistics == NULL)
		return;
	rows = bingo_live_tuples(statistics);
	if ((rows + changes > 2 * ordering->window_rows ||
		 (!complete && rows - changes < ordering->window_rows / 2)) &&
		TimestampDifferenceExceeds(last_wish, GetCurrentTimestamp(), PAUSE_BETWEEN_WISHES_MS))
	{
		last_wish = GetCurrentTimestamp();
		bingo_valid_want_upkeep();
	}
}

bool
bingo_valid_take_wish(void)
{
	bool		wanted = upkeep_wanted;

	upkeep_wanted = false;
	return wanted;
}
