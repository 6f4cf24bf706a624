/*
 * upkeep/worker.c
 *	  Upkeep of the windows in the background.
 *
 * A transaction that has left a window invalid, or found it so, or short or long, starts a worker for its database right after
 * its commit, or a moment later, as upkeep/pace.c has it; the server's start (with the library
 * in shared_preload_libraries) starts one for each database in turn, for what
 * was left undone before.  If there is no room for a worker, or if it finds none in the lock table outside of its steps, a
 * later commit in the database tries again (upkeep/wish.c), as often as the pace allows.  The worker does what is
 * needed (upkeep/upkeep.c) and ends.  It names this library itself, so it works without preloading.
 *
 * One worker at work for a database is enough, and one more that waits to look
 * again after it: two session locks of the same kind as those of store/lock.c
 * see to that, any further worker ends at once.
 *
 * refresh_ordering() has a worker of its own (upkeep/awaited.c).
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_database.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "storage/dsm.h"
#include "storage/ipc.h"
#include "storage/lmgr.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/guc.h"
#include "upkeep/awaited.h"
#include "upkeep/keyed.h"
#include "upkeep/launch.h"
#include "upkeep/pace.h"
#include "upkeep/tables.h"
#include "upkeep/upkeep.h"
#include "upkeep/wish.h"
#include "store/catalog.h"
#include "store/want.h"
#include "store/want_keys.h"
#include "upkeep/worker.h"

pg_noreturn PGDLLEXPORT void bingo_worker_main(Datum argument);
pg_noreturn PGDLLEXPORT void bingo_worker_start_all(Datum argument);

/* Advisory lock tags that no SQL function can make; see store/lock.c. */
#define LOCK_CLASS 0xB1FE
#define LOCK_AT_WORK 1
#define LOCK_WAITING 2

#define SECOND_LOOK_MS 2000

static bool start_failed = false;	/* no worker was to be had: try again at a later commit of this session, too */
static bool at_work = false;	/* this is such a worker */

/*
 * After a commit nothing here may fail: registering only fills a slot in shared
 * memory, or finds none.
 */
static void
start_upkeep(XactEvent event, void *arg)
{
	BingoOrder	order;
	bool		wanted;
	bool		is_first;

	switch (event)
	{
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
			bingo_want_keys_end(false);
			bingo_keyed_end(false);
			(void) bingo_want_take();
			(void) bingo_catalog_take_wish();
			return;
		case XACT_EVENT_COMMIT:
			bingo_want_keys_end(true);
			bingo_keyed_end(true);
			wanted = bingo_want_take();
			wanted = bingo_catalog_take_wish() || wanted;
			break;
		default:
			return;
	}
	/* Other background workers commit for others: logical replication, scheduled jobs. */
	if (!bingo_upkeep || at_work || IsBinaryUpgrade || !IsUnderPostmaster ||
		!OidIsValid(MyDatabaseId))
		return;
	/* or what could not be started before */
	if ((!wanted && !start_failed && !bingo_wish_is_there()) || RecoveryInProgress())
		return;

	order = (BingoOrder) {.database = MyDatabaseId};
	is_first = bingo_pace_take(&order.begins);
	bingo_want_keys_remember(order.begins);
	if (!is_first)
		return;
	bingo_wish_take();			/* before it begins, which may leave another */
	start_failed = !bingo_launch_worker(&order, false, NULL);
	if (start_failed)
		bingo_wish_leave(MyDatabaseId);
}

void
bingo_worker_init(void)
{
	BackgroundWorker worker;
	BingoOrder	order = {0};

	RegisterXactCallback(start_upkeep, NULL);
	bingo_pace_init();
	bingo_wish_init();
	if (!process_shared_preload_libraries_in_progress)
		return;
	bingo_launch_describe(&worker, "bingo_worker_start_all", &order);
	RegisterBackgroundWorker(&worker);
}

/* --- in the worker --- */

static List *
list_databases(void)
{
	Relation	pg_database;
	TableScanDesc scan;
	HeapTuple	tuple;
	List	   *databases = NIL;

	StartTransactionCommand();
	(void) GetTransactionSnapshot();
	pg_database = table_open(DatabaseRelationId, AccessShareLock);
	scan = table_beginscan_catalog(pg_database, 0, NULL);
	while (HeapTupleIsValid(tuple = heap_getnext(scan, ForwardScanDirection)))
	{
		Form_pg_database database = (Form_pg_database) GETSTRUCT(tuple);
		MemoryContext context = MemoryContextSwitchTo(TopMemoryContext);

		if (database->datallowconn && !database->datistemplate)
			databases = lappend_oid(databases, database->oid);
		MemoryContextSwitchTo(context);
	}
	table_endscan(scan);
	table_close(pg_database, AccessShareLock);
	CommitTransactionCommand();
	return databases;
}

/* At the server's start: one worker for each database, one after the other. */
void
bingo_worker_start_all(Datum argument)
{
	ListCell   *cell;

	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	/* pg_upgrade copies files while it believes that nobody changes them. */
	if (IsBinaryUpgrade)
		proc_exit(0);
	BackgroundWorkerInitializeConnection(NULL, NULL, 0);
	if (!bingo_upkeep)
		proc_exit(0);

	foreach(cell, list_databases())
	{
		BingoOrder	order = {.database = lfirst_oid(cell)};
		BackgroundWorkerHandle *handle;

		if (bingo_launch_worker(&order, true, &handle))
			(void) WaitForBackgroundWorkerShutdown(handle);
		else
			bingo_wish_leave(order.database);
	}
	proc_exit(0);
}

static bool
take_lock(int kind, bool wait)
{
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, 0, kind, LOCK_CLASS);
	return LockAcquire(&tag, ExclusiveLock, true, !wait) != LOCKACQUIRE_NOT_AVAIL;
}

static void
release_lock(int kind)
{
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, 0, kind, LOCK_CLASS);
	LockRelease(&tag, ExclusiveLock, true);
}

static void
set(const char *name, const char *value)
{
	SetConfigOption(name, value, PGC_SUSET, PGC_S_OVERRIDE);
}

/* Into the database, and to work there; false: another one will look after this moment. */
static bool
begin_work(const BingoOrder *order)
{
	long		left;

	BackgroundWorkerInitializeConnectionByOid(order->database, InvalidOid, 0);
	CurrentMemoryContext = AllocSetContextCreate(TopMemoryContext, "bingo_tune upkeep", ALLOCSET_DEFAULT_SIZES);
	CurrentResourceOwner = NULL;

	set("statement_timeout", "0");
	set("idle_in_transaction_session_timeout", "0");
	if (GetConfigOption("transaction_timeout", true, false) != NULL)
		set("transaction_timeout", "0");
	set("default_transaction_isolation", "read committed");
	set("default_transaction_read_only", "off");
	set("lock_timeout", "0");

	while ((left = bingo_pace_left(order->begins)) > 0)
		bingo_tables_pause(left);
	if (order->id != 0)
		return true;
	if (!take_lock(LOCK_WAITING, false))
		return false;
	(void) take_lock(LOCK_AT_WORK, true);
	release_lock(LOCK_WAITING);
	return true;
}

static void
work(const BingoOrder *order)
{
	set("lock_timeout", order->lock_timeout > 0 && order->lock_timeout < BINGO_LOCK_TIMEOUT_MS ?
		psprintf("%d", order->lock_timeout) : CppAsString2(BINGO_LOCK_TIMEOUT_MS));
	if (order->id != 0)
		bingo_awaited_answer(order);
	else if (!bingo_upkeep_all())
	{
		/* The obstacle may go just now, and who takes it away asks once a second at most. */
		bingo_tables_pause(SECOND_LOOK_MS);
		(void) bingo_upkeep_all();
	}
}

void
bingo_worker_main(Datum argument)
{
	BingoOrder	order;

	at_work = true;
	memcpy(&order, MyBgworkerEntry->bgw_extra, sizeof(order));
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	PG_TRY();
	{
		if (begin_work(&order))
			work(&order);
	}
	PG_CATCH();
	{
		/* No step's error comes here, but that of a full lock table between them; and no FATAL one: of a database that is gone, say. */
		if (order.id == 0)
			bingo_wish_leave(order.database);
		PG_RE_THROW();
	}
	PG_END_TRY();
	proc_exit(0);
}
