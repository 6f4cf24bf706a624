/*
 * upkeep/awaited.c
 *	  refresh_ordering() and refresh_counter(), and the worker that they wait for.
 *
 * They start a worker for one ordering and wait for it, because a function can't commit
 * between the chunks.  The worker answers through a piece of dynamic shared memory.  A transaction
 * that has changed anything, or holds locks which the worker would wait for, does the work itself,
 * in one go; so does one that can't have a worker.
 *
 * What it holds weakly, from having read, the worker does not mind.  But somebody who minds may
 * wait for it, a TRUNCATE, and the worker comes after him.  So the one who waits for the worker
 * looks for such a circle (upkeep/circle.c), as often as deadlock_timeout says.  It does the work
 * itself if what it has locked suffices; if one of them has what is needed, it gives up, as
 * the deadlock detector would otherwise end one of the two, perhaps the other.
 *
 * The caller's lock_timeout is for the worker, too: all that a step waits for its locks, however often it asks for them.
 * statement_timeout and a cancel end the caller's wait, and he ends the worker.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
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
#include "storage/latch.h"
#include "storage/lmgr.h"
#include "storage/proc.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

#include "base/compat.h"
#include "store/lock.h"
#include "upkeep/awaited.h"
#include "upkeep/build.h"
#include "upkeep/circle.h"
#include "upkeep/launch.h"
#include "upkeep/parts.h"
#include "upkeep/refresh.h"
#include "upkeep/upkeep.h"

PG_FUNCTION_INFO_V1(bingo_tune_refresh_ordering);
PG_FUNCTION_INFO_V1(bingo_tune_refresh_counter);

#define MOST_WANTED (BINGO_MAX_TABLES + 3)

/* What a refill writes beside the window and the boundary. */
static const Oid written_catalogs[] = {
	RelationRelationId, TriggerRelationId, ForeignServerRelationId, DescriptionRelationId, SecLabelRelationId,
};

typedef struct Answer
{
	bool		finished;
	bool		terminated;		/* not finished, but the worker has ended in order */
	bool		done;
	int			sqlstate;
	char		message[1024];
} Answer;

/* Somebody has told it to, or the server's end: nothing is wrong. */
static void
note_end(int code, Datum answer)
{
	((Answer *) DatumGetPointer(answer))->terminated = true;
}

void
bingo_awaited_answer(const BingoOrder *order)
{
	dsm_segment *segment = dsm_attach(order->answer);
	Answer	   *answer;
	BingoFailure failure = {0};

	if (segment == NULL)
		return;					/* nobody waits any more */
	dsm_pin_mapping(segment);
	answer = dsm_segment_address(segment);
	before_shmem_exit(note_end, PointerGetDatum(answer));	/* when the segment is still there */
	answer->done = bingo_upkeep_refill(order->id, order->lock_timeout, &failure);
	if (!answer->done)
	{
		answer->sqlstate = failure.sqlstate;
		strlcpy(answer->message, failure.message, sizeof(answer->message));
	}
	pg_write_barrier();
	answer->finished = true;
}

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

static bool
makes_triggers(const BingoOrdering *ordering)
{
	return ordering->repair == BINGO_REPAIR_ALWAYS || ordering->repair == BINGO_REPAIR_TRIGGERS;
}

/*
 * Would a worker wait for this transaction, or not see what it has made?  It takes
 * ACCESS EXCLUSIVE on tables whose triggers it makes again, else reads them under
 * the gate EXCLUSIVE; may have to truncate the window; writes the other relations.
 */
static bool
holds_locks(const BingoOrdering *ordering)
{
	/* what it has changed, catalogs for example, or locked for that: an index, its table's row in pg_class */
	if (TransactionIdIsValid(GetTopTransactionIdIfAny()))
		return true;
	for (int i = 0; i < ordering->definition->ntables; i++)
	{
		if (holds_lock(ordering->definition->tables[i].relid,
					   makes_triggers(ordering) ? AccessShareLock : RowShareLock))
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
	REFRESH_NO_WORKER,			/* there is none to be had, or it waits for us */
	REFRESH_REPLACED			/* the ordering was dropped or made again meanwhile */
} RefreshOutcome;

/*
 * Has the name another ordering by now, or none that is built?  The worker may have seen that in the moment
 * between the other one's commit and the message that tells of it.
 */
static bool
is_replaced(const char *name, int32 id)
{
	BingoOrdering *ordering;

	AcceptInvalidationMessages();
	bingo_catalog_reload();
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

/* Does the worker wait for somebody who waits for this transaction? */
static BingoCircle
find_circle(int32 id)
{
	BingoOrdering *ordering;
	BingoWanted wanted[MOST_WANTED];
	int			n = 0;
	bool		truncates;

	AcceptInvalidationMessages();
	if (!bingo_catalog_find(id, NULL, &ordering) || ordering == NULL || ordering->definition == NULL)
		return BINGO_CIRCLE_NONE;	/* the worker will soon find that, too */
	truncates = ordering->repair == BINGO_REPAIR_REFILL || (ordering->definition->counts && makes_triggers(ordering));
	bingo_lock_set_gate(&wanted[n].tag, id);
	wanted[n++].mode = ExclusiveLock;
	SET_LOCKTAG_RELATION(wanted[n].tag, MyDatabaseId, ordering->window);
	wanted[n++].mode = truncates ? AccessExclusiveLock : RowExclusiveLock;
	SET_LOCKTAG_RELATION(wanted[n].tag, MyDatabaseId, ordering->boundary);
	wanted[n++].mode = RowExclusiveLock;
	for (int i = 0; i < ordering->definition->ntables; i++)
	{
		SET_LOCKTAG_RELATION(wanted[n].tag, MyDatabaseId, ordering->definition->tables[i].relid);
		wanted[n++].mode = makes_triggers(ordering) ? AccessExclusiveLock : AccessShareLock;
	}
	return bingo_circle_find(wanted, n);
}

/* False if it can't go on without us; then it is stopped. */
static bool
wait_for_worker(BackgroundWorkerHandle *handle, const char *name, bool counts, int32 id)
{
	TimestampTz last_look = GetCurrentTimestamp();
	BingoCircle circle;
	pid_t		pid;

	for (;;)
	{
		BgwHandleStatus status = GetBackgroundWorkerPid(handle, &pid);

		if (status == BGWH_STOPPED || status == BGWH_POSTMASTER_DIED)
			return true;
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, DeadlockTimeout, WAIT_EVENT_BGWORKER_SHUTDOWN);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
		if (!TimestampDifferenceExceeds(last_look, GetCurrentTimestamp(), DeadlockTimeout))
			continue;
		circle = find_circle(id);
		if (circle == BINGO_CIRCLE_HELD)
			ereport(ERROR,
					(errcode(ERRCODE_T_R_DEADLOCK_DETECTED),
					 errmsg("could not refresh %s \"%s\": deadlock detected", counts ? "counter" : "ordering", name),
					 errdetail("A transaction that has locked what is needed waits for what this one has locked before."),
					 errhint("Do it in a transaction of its own.")));
		if (circle == BINGO_CIRCLE_QUEUED)
		{
			TerminateBackgroundWorker(handle);
			(void) WaitForBackgroundWorkerShutdown(handle);
			return false;
		}
		last_look = GetCurrentTimestamp();
	}
}

static RefreshOutcome
refresh_in_worker(const BingoOrdering *ordering)
{
	char	   *name = pstrdup(ordering->name);
	bool		counts = ordering->definition->counts;
	int32		id = ordering->id;
	dsm_segment *segment = dsm_create(sizeof(Answer), 0);
	Answer	   *answer = dsm_segment_address(segment);
	BingoOrder	order = {.database = MyDatabaseId, .id = id, .answer = dsm_segment_handle(segment), .lock_timeout = LockTimeout};
	BackgroundWorkerHandle *handle;
	Answer		copy;
	volatile bool ended;

	memset(answer, 0, sizeof(*answer));
	if (!bingo_launch_worker(&order, true, &handle))
	{
		dsm_detach(segment);
		return REFRESH_NO_WORKER;
	}
	PG_TRY();
	{
		ended = wait_for_worker(handle, name, counts, id);
	}
	PG_CATCH();
	{
		TerminateBackgroundWorker(handle);
		PG_RE_THROW();
	}
	PG_END_TRY();

	copy = *answer;
	dsm_detach(segment);
	if (!ended && !copy.finished)
		return REFRESH_NO_WORKER;
	if (!copy.finished && copy.terminated)
		raise_failure(name, counts, ERRCODE_ADMIN_SHUTDOWN, "its background worker was terminated; the server's log says why");
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
	ListCell   *cell;

	bingo_build_require_writable(psprintf("bingo_tune.%s", function));
	foreach(cell, bingo_parts_named(name, counts))
		while (!try_refresh(lfirst(cell), counts))
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
