/*
 * upkeep/worker.c
 *	  Upkeep of the windows in the background, and refresh_ordering().
 *
 * A transaction that has left a window invalid, short or long starts a worker
 * for its database right after its commit; the server's start (with the library
 * in shared_preload_libraries) starts one for each database in turn, for what
 * was left undone before.  If there is no room for a worker the next commit in the
 * database tries again (upkeep/wish.c).  The worker does what is needed (upkeep/upkeep.c)
 * and ends.  It names this library itself, so it works without preloading.
 *
 * One worker at work for a database is enough, and one more that waits to look
 * again after it: two session locks of the same kind as those of store/lock.c
 * see to that, any further worker ends at once.
 *
 * refresh_ordering() starts a worker for one ordering and waits for it, because
 * a function can't commit between the chunks.  The worker answers through a
 * piece of dynamic shared memory.  A transaction that holds locks which the worker would
 * wait for does the work itself, in one go; so does one that can't have a worker.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/table.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_class.h"
#include "catalog/pg_database.h"
#include "catalog/pg_description.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_seclabel.h"
#include "catalog/pg_trigger.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "storage/dsm.h"
#include "storage/ipc.h"
#include "storage/lmgr.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/guc.h"
#include "upkeep/build.h"
#include "upkeep/refresh.h"
#include "upkeep/upkeep.h"
#include "upkeep/wish.h"
#include "store/want.h"
#include "upkeep/worker.h"

PG_FUNCTION_INFO_V1(bingo_tune_refresh_ordering);
PG_FUNCTION_INFO_V1(bingo_tune_refresh_counter);

pg_noreturn PGDLLEXPORT void bingo_worker_main(Datum argument);
pg_noreturn PGDLLEXPORT void bingo_worker_start_all(Datum argument);

/* Advisory lock tags that no SQL function can make; see store/lock.c. */
#define LOCK_CLASS 0xB1FE
#define LOCK_AT_WORK 1
#define LOCK_WAITING 2

#define PAUSE_AFTER_FAILURE_MS 1000

/* What a refill writes beside the window and the boundary. */
static const Oid written_catalogs[] = {
	RelationRelationId, TriggerRelationId, ForeignServerRelationId, DescriptionRelationId, SecLabelRelationId,
};

/* What a worker is to do; in bgw_extra. */
typedef struct Order
{
	Oid			database;
	int			id;				/* of the ordering to refill, or 0: whatever is needed */
	dsm_handle	answer;			/* if id is not 0 */
} Order;

typedef struct Answer
{
	bool		finished;
	bool		done;
	int			sqlstate;
	char		message[1024];
} Answer;

static bool start_failed = false;	/* no worker was to be had: try again at this session's next commit, too */
static TimestampTz last_failure = 0;
static bool at_work = false;	/* this is such a worker */

static void
describe_worker(BackgroundWorker *worker, const char *function, const Order *order)
{
	memset(worker, 0, sizeof(*worker));
	worker->bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker->bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker->bgw_restart_time = BGW_NEVER_RESTART;
	snprintf(worker->bgw_library_name, sizeof(worker->bgw_library_name), "bingo_tune");
	snprintf(worker->bgw_function_name, sizeof(worker->bgw_function_name), "%s", function);
	snprintf(worker->bgw_name, sizeof(worker->bgw_name), "bingo_tune upkeep");
	snprintf(worker->bgw_type, sizeof(worker->bgw_type), "bingo_tune upkeep");
	memcpy(worker->bgw_extra, order, sizeof(*order));
}

static bool
start_worker(const Order *order, bool notify, BackgroundWorkerHandle **handle)
{
	BackgroundWorker worker;

	StaticAssertStmt(sizeof(Order) <= BGW_EXTRALEN, "order does not fit");
	describe_worker(&worker, "bingo_worker_main", order);
	worker.bgw_notify_pid = notify ? MyProcPid : 0;
	return RegisterDynamicBackgroundWorker(&worker, handle);
}

/* What could not be started before; not at each commit while there is no room. */
static bool
wants_again(void)
{
	if (last_failure != 0 && (start_failed || bingo_wish_is_any()) &&
		!TimestampDifferenceExceeds(last_failure, GetCurrentTimestamp(), PAUSE_AFTER_FAILURE_MS))
		return false;
	return bingo_wish_take() || start_failed;
}

/*
 * After a commit nothing here may fail: registering only fills a slot in shared
 * memory, or finds none.
 */
static void
start_upkeep(XactEvent event, void *arg)
{
	Order		order;
	bool		wanted;

	switch (event)
	{
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
			(void) bingo_want_take();
			(void) bingo_catalog_take_wish();
			return;
		case XACT_EVENT_COMMIT:
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
	if ((!wanted && !wants_again()) || RecoveryInProgress())
		return;

	order = (Order) {.database = MyDatabaseId};
	start_failed = !start_worker(&order, false, NULL);
	if (start_failed)
	{
		last_failure = GetCurrentTimestamp();
		bingo_wish_leave();
	}
}

void
bingo_worker_init(void)
{
	BackgroundWorker worker;
	Order		order = {0};

	RegisterXactCallback(start_upkeep, NULL);
	bingo_wish_init();
	if (!process_shared_preload_libraries_in_progress)
		return;
	describe_worker(&worker, "bingo_worker_start_all", &order);
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
		Order		order = {.database = lfirst_oid(cell)};
		BackgroundWorkerHandle *handle;

		if (start_worker(&order, true, &handle))
			(void) WaitForBackgroundWorkerShutdown(handle);
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

static void
answer_order(const Order *order)
{
	dsm_segment *segment = dsm_attach(order->answer);
	Answer	   *answer;
	BingoFailure failure = {0};

	if (segment == NULL)
		return;					/* nobody waits any more */
	dsm_pin_mapping(segment);
	answer = dsm_segment_address(segment);
	answer->done = bingo_upkeep_refill(order->id, &failure);
	if (!answer->done)
	{
		answer->sqlstate = failure.sqlstate;
		strlcpy(answer->message, failure.message, sizeof(answer->message));
	}
	pg_write_barrier();
	answer->finished = true;
}

void
bingo_worker_main(Datum argument)
{
	Order		order;

	at_work = true;
	memcpy(&order, MyBgworkerEntry->bgw_extra, sizeof(order));
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnectionByOid(order.database, InvalidOid, 0);
	CurrentMemoryContext = AllocSetContextCreate(TopMemoryContext, "bingo_tune upkeep", ALLOCSET_DEFAULT_SIZES);
	CurrentResourceOwner = NULL;

	set("statement_timeout", "0");
	set("idle_in_transaction_session_timeout", "0");
	set("default_transaction_isolation", "read committed");
	set("default_transaction_read_only", "off");
	set("lock_timeout", "0");

	if (order.id == 0)
	{
		if (!take_lock(LOCK_WAITING, false))
			proc_exit(0);
		(void) take_lock(LOCK_AT_WORK, true);
		release_lock(LOCK_WAITING);
	}
	set("lock_timeout", "50ms");
	if (order.id != 0)
		answer_order(&order);
	else if (!bingo_upkeep_all())
	{
		/* The obstacle may go just now, and who takes it away asks once a second at most. */
		bingo_upkeep_pause();
		(void) bingo_upkeep_all();
	}
	proc_exit(0);
}

/* --- refresh_ordering() --- */

/* Does this transaction hold a lock of that mode on it, or a stronger one? */
static bool
holds_lock(Oid relid, LOCKMODE mode)
{
	Relation	relation = OidIsValid(relid) ? RelationIdGetRelation(relid) : NULL;
	bool		held;

	if (relation == NULL)
		return false;
	held = CheckRelationLockedByMe(relation, mode, true);
	RelationClose(relation);
	return held;
}

/*
 * Would a worker wait for this transaction, or not see what it has made?  It takes
 * ACCESS EXCLUSIVE on tables whose triggers it makes again, else reads them under
 * the gate EXCLUSIVE; may have to truncate the window; writes the other relations.
 */
static bool
holds_locks(const BingoOrdering *ordering)
{
	bool		makes_triggers = ordering->repair == BINGO_REPAIR_ALWAYS ||
		ordering->repair == BINGO_REPAIR_TRIGGERS;

	for (int i = 0; i < ordering->definition->ntables; i++)
	{
		if (holds_lock(ordering->definition->tables[i].relid,
					   makes_triggers ? AccessShareLock : RowShareLock))
			return true;
	}
	/* a superuser, who can keep others from writing catalogs */
	for (int i = 0; i < lengthof(written_catalogs); i++)
	{
		if (holds_lock(written_catalogs[i], ShareLock))
			return true;
	}
	return holds_lock(ordering->window, AccessShareLock) ||
		holds_lock(ordering->boundary, ShareLock);
}

static void
raise_failure(const char *name, bool counts, int sqlstate, const char *message)
{
	ereport(ERROR,
			(errcode(sqlstate),
			 errmsg("could not refresh %s \"%s\": %s", counts ? "counter" : "ordering", name, message),
			 errhint("SELECT state, reason FROM bingo_tune.%s WHERE name = %s;", counts ? "counters" : "orderings",
					 quote_literal_cstr(name))));
}

typedef enum RefreshOutcome
{
	REFRESH_DONE,
	REFRESH_NO_WORKER,			/* there is none to be had */
	REFRESH_REPLACED			/* the ordering was dropped or made again meanwhile */
} RefreshOutcome;

/* Has the name another ordering by now, or none that is built? */
static bool
is_replaced(const char *name, int32 id)
{
	BingoOrdering *ordering;

	AcceptInvalidationMessages();
	ordering = bingo_catalog_by_name(name);
	return ordering == NULL || ordering->id != id;
}

static RefreshOutcome
refresh_here(const BingoOrdering *ordering)
{
	TimestampTz start = GetCurrentTimestamp();
	const char *reason = NULL;
	int64		remaining;
	BingoStep	step = bingo_refresh_repair(ordering->id, &reason);

	if (step == BINGO_STEP_DONE)
		step = bingo_refresh_start(ordering->id, bingo_refresh_most_rows(ordering->definition, ordering->window_rows), &remaining, &reason);
	if (step == BINGO_STEP_IMPOSSIBLE && is_replaced(ordering->name, ordering->id))
		return REFRESH_REPLACED;
	if (step == BINGO_STEP_IMPOSSIBLE)
		raise_failure(ordering->name, ordering->definition->counts, ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, reason);
	if (step == BINGO_STEP_BUSY)
		raise_failure(ordering->name, ordering->definition->counts, ERRCODE_OBJECT_IN_USE, "its window is being read");
	bingo_refresh_finish(ordering->id, TimestampDifferenceMilliseconds(start, GetCurrentTimestamp()));
	return REFRESH_DONE;
}

static RefreshOutcome
refresh_in_worker(const BingoOrdering *ordering)
{
	char	   *name = pstrdup(ordering->name);
	bool		counts = ordering->definition->counts;
	int32		id = ordering->id;
	dsm_segment *segment = dsm_create(sizeof(Answer), 0);
	Answer	   *answer = dsm_segment_address(segment);
	Order		order = {.database = MyDatabaseId, .id = id, .answer = dsm_segment_handle(segment)};
	BackgroundWorkerHandle *handle;
	Answer		copy;

	memset(answer, 0, sizeof(*answer));
	if (!start_worker(&order, true, &handle))
	{
		dsm_detach(segment);
		return REFRESH_NO_WORKER;
	}
	PG_TRY();
	{
		(void) WaitForBackgroundWorkerShutdown(handle);
	}
	PG_CATCH();
	{
		TerminateBackgroundWorker(handle);
		PG_RE_THROW();
	}
	PG_END_TRY();

	copy = *answer;
	dsm_detach(segment);
	if (!copy.finished)
		raise_failure(name, counts, ERRCODE_INTERNAL_ERROR,
					  "its background worker did not finish; the server's log says why");
	if (!copy.done && is_replaced(name, id))
		return REFRESH_REPLACED;
	if (!copy.done)
		raise_failure(name, counts, copy.sqlstate, copy.message);
	return REFRESH_DONE;
}

/* False: try again. */
static bool
try_refresh(const char *name, bool counts)
{
	BingoOrdering *ordering = bingo_build_find(name, counts);
	RefreshOutcome outcome = REFRESH_NO_WORKER;

	if (ordering == NULL || ordering->definition == NULL || ordering->repair == BINGO_REPAIR_REBUILD)
	{
		bingo_build_again(name);
		return true;
	}
	if (!holds_locks(ordering))
		outcome = refresh_in_worker(ordering);
	if (outcome == REFRESH_NO_WORKER)
		outcome = refresh_here(ordering);
	return outcome != REFRESH_REPLACED;
}

static Datum
refresh(FunctionCallInfo fcinfo, bool counts, const char *function)
{
	const char *name = bingo_build_name_argument(fcinfo, counts, function);

	bingo_build_require_writable(psprintf("bingo_tune.%s", function));
	while (!try_refresh(name, counts))
		CHECK_FOR_INTERRUPTS();
	PG_RETURN_VOID();
}

/*
 * bingo_tune.refresh_ordering(name text), refresh_counter(name text)
 */
Datum
bingo_tune_refresh_ordering(PG_FUNCTION_ARGS)
{
	return refresh(fcinfo, false, "refresh_ordering()");
}

Datum
bingo_tune_refresh_counter(PG_FUNCTION_ARGS)
{
	return refresh(fcinfo, true, "refresh_counter()");
}
