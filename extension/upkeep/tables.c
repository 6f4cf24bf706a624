/*
 * upkeep/tables.c
 *	  Locking all tables of an ordering without being part of a deadlock.
 *
 * A statement locks the tables that it names in the order in which it names them, so
 * whoever locks several has no order that suits everybody: while we hold one and wait
 * for another, a writer may hold that one and wait for the first, and the deadlock
 * detector ends one of the two: perhaps the writer, who has done nothing wrong.
 *
 * So only one of the tables is waited for in the lock manager's queue, while none of the
 * others is held; these are then asked for again and again, without queueing.  Nobody can
 * wait for us in a circle.  If the time is up all are given back (they were taken in a
 * subtransaction), and after a pause it begins again with the table that was not to be had.
 * Being in the queue, if briefly, it gets its turn between writers that overlap for ever.
 *
 * How long each of these two waits may be, during which others queue behind us, grows with
 * the time that it has been in vain: transactions that overlap and last longer than it
 * would keep us out for ever.  An application's lock_timeout is seldom below a second.
 *
 * What the transaction has locked before, it keeps, such as the tables of another ordering
 * that it has made again.  Who waits for that may be who we wait for.  The detector finds
 * it only if we are in the queue when it looks, deadlock_timeout after the other one
 * began to wait, and ends the other one.  So after half of that time we are the ones who
 * give up if anybody waits for us, and a worker does not queue any more.  Of weak locks only those count
 * that close a circle (upkeep/circle.c), in which nobody would be found by the detector.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/latch.h"
#include "storage/lmgr.h"
#include "storage/proc.h"
#include "utils/guc.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

#include "base/attempt.h"
#include "base/lock_now.h"
#include "store/catalog.h"
#include "upkeep/circle.h"
#include "upkeep/tables.h"

#define FIRST_WAIT_MS 50
#define LONGEST_WAIT_MS 1000
#define WAIT_SHARE 20			/* of the time in vain */
#define BETWEEN_LOOKS_MS 2
#define PAUSE_MS 200

static TimestampTz in_vain_since = 0;	/* of a worker's earlier steps */

void
bingo_tables_note_start(TimestampTz start)
{
	in_vain_since = start;
}

/* Milliseconds that others may have to wait for us this time. */
static int
find_patience(TimestampTz start)
{
	TimestampTz since = in_vain_since ? in_vain_since : start;
	long		elapsed = TimestampDifferenceMilliseconds(since, GetCurrentTimestamp());
	int			patience = (int) Max(FIRST_WAIT_MS, Min(elapsed / WAIT_SHARE, LONGEST_WAIT_MS));

	/* a worker's own lock_timeout is for the gate */
	return LockTimeout > 0 && MyBackendType != B_BG_WORKER ? Min(patience, LockTimeout) : patience;
}

static void
set_timeout(int patience)
{
	char		value[32];

	snprintf(value, sizeof(value), "%dms", patience);
	(void) set_config_option("lock_timeout", value, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

typedef struct Wanted
{
	List	   *relids;
	LOCKMODE	mode;
	int			patience;
	Oid			first;			/* the one to queue for */
} Wanted;

/*
 * Who has waited deadlock_timeout for our transaction, as CREATE INDEX CONCURRENTLY does
 * that waits for old snapshots, looks for a deadlock just once.  A worker, which can begin
 * anew, is not to be found in a queue then.  0: it does not queue any more.
 */
static int
limit_patience(int patience)
{
	long		left = DeadlockTimeout / 2 - TimestampDifferenceMilliseconds(GetCurrentTransactionStartTimestamp(),
																			GetCurrentTimestamp());

	return MyBackendType != B_BG_WORKER ? patience : (int) Min(patience, Max(left, 0));
}

void
bingo_tables_pause(long ms)
{
	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, ms, PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

static bool
queue_for(Oid relid, LOCKMODE mode, int patience)
{
	int			level = NewGUCNestLevel();

	patience = limit_patience(patience);
	if (patience == 0)
		return bingo_lock_relation_now(relid, mode);
	set_timeout(patience);
	LockRelationOid(relid, mode);
	AtEOXact_GUC(false, level);
	return true;
}

static void
lock_all(void *argument)
{
	Wanted	   *wanted = argument;
	bool		had = queue_for(wanted->first, wanted->mode, wanted->patience);
	TimestampTz start = GetCurrentTimestamp();
	ListCell   *cell;

	foreach(cell, wanted->relids)
	{
		while (had && !bingo_lock_relation_now(lfirst_oid(cell), wanted->mode))
		{
			wanted->first = lfirst_oid(cell);
			had = !TimestampDifferenceExceeds(start, GetCurrentTimestamp(), wanted->patience);
			if (had)
				bingo_tables_pause(BETWEEN_LOOKS_MS);
		}
	}
	if (!had)
		ereport(ERROR,
				(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				 errmsg_internal("a table of the ordering is locked")));
}

/* All of them, or none. */
static bool
try_lock(Wanted *wanted)
{
	ErrorData  *error = bingo_attempt(lock_all, wanted);

	if (error == NULL)
		return true;
	if (error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE &&
		error->sqlerrcode != ERRCODE_T_R_DEADLOCK_DETECTED)
		ReThrowError(error);
	FreeErrorData(error);
	return false;
}

static bool
keeps_relation(Oid relid)
{
	Relation	relation = RelationIdGetRelation(relid);
	bool		keeps = false;

	if (relation == NULL)
		return false;			/* gone, and so no one waits for it */
	/* Weaker ones may be known to this backend alone, which LockHasWaiters() doesn't expect. */
	for (LOCKMODE mode = ShareUpdateExclusiveLock; !keeps && mode <= AccessExclusiveLock; mode++)
		keeps = CheckRelationLockedByMe(relation, mode, false) && LockHasWaitersRelation(relation, mode);
	RelationClose(relation);
	return keeps;
}

/* Does anybody wait for this transaction? */
static bool
keeps_somebody(List *relids)
{
	TransactionId xid = GetTopTransactionIdIfAny();
	LOCKTAG		tag;
	ListCell   *cell;

	if (TransactionIdIsValid(xid))
	{
		SET_LOCKTAG_TRANSACTION(tag, xid);
		if (LockHasWaiters(&tag, ExclusiveLock, false))
			return true;
	}
	/* Copied: looking at a relation may renew the cache of orderings. */
	relids = list_copy(relids);
	foreach(cell, bingo_catalog_list())
	{
		const BingoOrdering *ordering = lfirst(cell);

		for (int i = 0; ordering->definition && i < ordering->definition->ntables; i++)
			relids = list_append_unique_oid(relids, ordering->definition->tables[i].relid);
	}
	foreach(cell, relids)
		if (keeps_relation(lfirst_oid(cell)))
			return true;
	return false;
}

/*
 * Does somebody who has one of them wait for this transaction?  For a weak lock, too: to have analysed
 * the query has left one on each table, which a TRUNCATE waits for.
 */
static bool
is_in_circle(const Wanted *wanted)
{
	BingoWanted *tables = palloc(list_length(wanted->relids) * sizeof(BingoWanted));
	int			n = 0;
	bool		closed;
	ListCell   *cell;

	foreach(cell, wanted->relids)
	{
		SET_LOCKTAG_RELATION(tables[n].tag, MyDatabaseId, lfirst_oid(cell));
		tables[n++].mode = wanted->mode;
	}
	closed = bingo_circle_find(tables, n) != BINGO_CIRCLE_NONE;
	pfree(tables);
	return closed;
}

void
bingo_tables_lock_all(List *relids, LOCKMODE mode)
{
	TimestampTz start = GetCurrentTimestamp();
	Wanted		wanted = {.relids = relids, .mode = mode, .first = linitial_oid(relids)};

	for (;;)
	{
		wanted.patience = find_patience(start);
		if (try_lock(&wanted))
			break;
		if (LockTimeout > 0 && TimestampDifferenceExceeds(start, GetCurrentTimestamp(), LockTimeout))
			ereport(ERROR,
					(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
					 errmsg("could not lock the tables of the ordering within lock_timeout"),
					 errhint("Try again when the transactions that use them have ended: SELECT * FROM pg_locks WHERE relation = %u;",
							 wanted.first)));
		if (TimestampDifferenceExceeds(start, GetCurrentTimestamp(), DeadlockTimeout / 2) &&
			(keeps_somebody(relids) || is_in_circle(&wanted)))
			ereport(ERROR,
					(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
					 errmsg("could not lock the tables of the ordering without keeping others waiting"),
					 errdetail("Somebody waits for what this transaction has locked or changed before."),
					 errhint("Do it in a transaction of its own, one ordering at a time.")));
		/* writers that have queued behind us go on for a while */
		bingo_tables_pause(PAUSE_MS);
	}
}

void
bingo_tables_lock(const BingoDefinition *definition, LOCKMODE mode)
{
	List	   *relids = NIL;

	for (int i = 0; i < definition->ntables; i++)
		relids = lappend_oid(relids, definition->tables[i].relid);
	list_sort(relids, list_oid_cmp);
	bingo_tables_lock_all(relids, mode);
}

List *
bingo_tables_list(const BingoOrdering *ordering)
{
	List	   *relids = NIL;

	for (int i = 0; ordering && ordering->definition && i < ordering->definition->ntables; i++)
		relids = lappend_oid(relids, ordering->definition->tables[i].relid);
	return relids;
}
