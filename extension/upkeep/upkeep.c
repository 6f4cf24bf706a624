/*
 * upkeep/upkeep.c
 *	  The steps of upkeep/refresh.c strung together, a transaction each.
 *
 * Runs in a background worker, outside of any transaction.  Each step waits for the gate no longer than lock_timeout, 50 ms:
 * while it waits the commits of other writers queue behind it.  A step that did not get its lock is put off, so that a
 * transaction that holds the gate or a table for long (a prepared one) is felt neither by the others nor by other orderings:
 * upkeep goes round all of them, with a pause that grows from 50 ms to 5 s, as long as anything is put off; after five
 * minutes it gives up, and the next wake tries again.  Likewise one that found no memory: the lock table may be full.  A
 * refresh that somebody awaits is of one ordering, and its steps are tried again by themselves, each for as long as his own
 * lock_timeout lets it wait.
 *
 * A step's error leaves the ordering as it was, invalid or short, and is reported to the server's log or to
 * refresh_ordering(); why a refill or rebuild has failed is a reason, too, why the ordering is invalid, but for values of rows.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_database.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "pgstat.h"
#include "portability/instr_time.h"
#include "storage/ipc.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/attempt.h"
#include "base/server.h"
#include "upkeep/build.h"
#include "upkeep/lacking.h"
#include "upkeep/refresh.h"
#include "upkeep/required.h"
#include "store/definition.h"
#include "store/store.h"
#include "store/write_state.h"
#include "upkeep/sweep.h"
#include "upkeep/tables.h"
#include "upkeep/upkeep.h"
#include "upkeep/wish.h"

#define FIRST_PAUSE_MS 50
#define LONGEST_PAUSE_MS 5000
#define MAX_REFILLS 10
#define SHORTEST_GAP_MS 10

typedef enum StepKind
{
	STEP_LIST,
	STEP_NEED,
	STEP_SWEEP,
	STEP_BUILD,
	STEP_REPAIR,
	STEP_START,
	STEP_EXTEND,
	STEP_PRUNE,
	STEP_FINISH,
	STEP_EXPLAIN
} StepKind;

typedef struct Work
{
	const char *name;
	int			id;
	bool		awaited;		/* by a session that has called refresh_ordering() */
	int			patience;		/* milliseconds: how long a step that is awaited waits for locks */
	bool		put_off;		/* for want of a lock */
	bool		explained;		/* why it can't be built is in its state already */
	List	   *names;			/* of all definitions */
	BingoNeed	need;
	int64		rows;			/* still to append or delete */
	double		build_ms;
	MemoryContext context;		/* of the caller */
	BingoFailure failure;
} Work;

static void
fail(Work *work, int sqlstate, const char *message)
{
	work->failure.sqlstate = sqlstate;
	work->failure.message = work->failure.reason = MemoryContextStrdup(work->context, message);
}

/* What the ordering needs now. */
static void
find_need(Work *work)
{
	BingoOrdering *ordering = bingo_catalog_by_name(work->name);

	work->need = BINGO_NEED_REBUILD;
	if (ordering != NULL)
	{
		work->id = ordering->id;
		work->need = bingo_refresh_need(ordering, &work->rows);
	}
}

/* Names of the definitions; those that a dump has brought become ours, and partitions that were missed get theirs. */
static void
list_names(Work *work)
{
	ListCell   *cell;

	work->names = NIL;
	bingo_definition_adopt_all();
	work->put_off = !bingo_lacking_define();
	foreach(cell, bingo_definition_list())
	{
		MemoryContext old = MemoryContextSwitchTo(work->context);

		work->names = lappend(work->names, pstrdup(((BingoStoredDefinition *) lfirst(cell))->name));
		MemoryContextSwitchTo(old);
	}
}

/* Runs something as the windows' owner, if there is one: without the extension there is nothing to do. */
static void
run_as_owner(void (*action) (Work *work), Work *work)
{
	BingoScope	scope;

	if (!OidIsValid(bingo_server_wrapper(BINGO_TYPE_WINDOW)))
		return;
	bingo_store_enter(&scope, InvalidOid);
	action(work);
	bingo_store_leave(&scope);
}

static void
sweep(Work *work)
{
	bingo_sweep_all();
	bingo_required_keep();		/* if it was made unseen */
}

static void
write_reason(Work *work)
{
	bingo_state_write_reason(work->name, work->failure.reason);
}

static BingoStep
run_step(Work *work, StepKind kind)
{
	const char *reason = NULL;
	BingoStep	step = BINGO_STEP_DONE;

	switch (kind)
	{
		case STEP_LIST:
			run_as_owner(list_names, work);
			break;
		case STEP_NEED:
			find_need(work);
			break;
		case STEP_SWEEP:
			run_as_owner(sweep, work);
			break;
		case STEP_BUILD:
			step = bingo_build_repair(work->name, &work->id, &work->rows, &reason);
			break;
		case STEP_REPAIR:
			step = bingo_refresh_repair(work->id, &reason);
			break;
		case STEP_START:
			step = bingo_refresh_start(work->id, BINGO_CHUNK_ROWS, &work->rows, &reason);
			break;
		case STEP_EXTEND:
			step = bingo_refresh_extend(work->id, &work->rows, &reason);
			break;
		case STEP_PRUNE:
			step = bingo_refresh_prune(work->id, &work->rows, &reason);
			break;
		case STEP_FINISH:
			bingo_refresh_finish(work->id, work->build_ms);
			break;
		case STEP_EXPLAIN:
			if (!bingo_refresh_explain(work->id, work->failure.reason))
				run_as_owner(write_reason, work);
			break;
	}
	work->explained = kind == STEP_BUILD && step == BINGO_STEP_IMPOSSIBLE;
	if (step == BINGO_STEP_IMPOSSIBLE)
		fail(work, ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, reason);
	return step;
}

static void
begin_transaction(void)
{
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
}

static void
end_transaction(void)
{
	PopActiveSnapshot();
	CommitTransactionCommand();
	pgstat_report_stat(false);
}

static bool
reads_rows(StepKind kind)
{
	return kind == STEP_START || kind == STEP_EXTEND || kind == STEP_PRUNE;
}

/* Returns false if it was undone because a lock could not be had; any other error makes the step impossible. */
static bool
try_step(Work *work, StepKind kind, BingoStep *step)
{
	volatile bool got_locks = true;

	PG_TRY();
	{
		begin_transaction();
		*step = run_step(work, kind);
		end_transaction();	/* what could not be done may have left word of it */
	}
	PG_CATCH();
	{
		ErrorData  *error;

		HOLD_INTERRUPTS();
		MemoryContextSwitchTo(work->context);
		error = CopyErrorData();
		fail(work, error->sqlerrcode, error->message);
		if (reads_rows(kind))
			work->failure.reason = bingo_attempt_describe(error);
		FlushErrorState();
		AbortCurrentTransaction();
		RESUME_INTERRUPTS();
		got_locks = error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE &&
			error->sqlerrcode != ERRCODE_T_R_DEADLOCK_DETECTED;
		FreeErrorData(error);
		*step = BINGO_STEP_IMPOSSIBLE;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(work->context);
	return got_locks;
}

/*
 * Does somebody want the database for himself: to drop or rename it, or as a template?
 * He waits 5 s for others to leave, as autovacuum does when it is told to.
 */
static bool
is_database_wanted(void)
{
	LOCKTAG		tag;

	SET_LOCKTAG_OBJECT(tag, InvalidOid, DatabaseRelationId, MyDatabaseId, 0);
	if (LockAcquire(&tag, RowExclusiveLock, true, true) == LOCKACQUIRE_NOT_AVAIL)
		return true;
	LockRelease(&tag, RowExclusiveLock, true);
	return false;
}

/*
 * Of a refresh somebody in the database awaits the end, who would stay anyway.  Otherwise
 * whoever commits here next, if the database is still there, asks for the rest.
 */
static void
leave_if_wanted(const Work *work)
{
	if (work->awaited || !is_database_wanted())
		return;
	bingo_wish_leave(MyDatabaseId);
	proc_exit(0);
}

/* One step; of a refresh that is awaited as often as it takes. */
static BingoStep
take_step(Work *work, StepKind kind)
{
	TimestampTz start = GetCurrentTimestamp();
	long		pause = FIRST_PAUSE_MS;

	for (;;)
	{
		BingoStep	step;
		bool		got_locks;
		long		left;

		CHECK_FOR_INTERRUPTS();
		leave_if_wanted(work);
		got_locks = try_step(work, kind, &step);
		if (got_locks && step != BINGO_STEP_BUSY)
			return step;
		if (got_locks)
			fail(work, ERRCODE_OBJECT_IN_USE, "its window is being read all the time");
		if (!work->awaited)
		{
			work->put_off = true;
			return BINGO_STEP_IMPOSSIBLE;
		}
		left = work->patience - TimestampDifferenceMilliseconds(start, GetCurrentTimestamp());
		if (left <= 0)
			return BINGO_STEP_IMPOSSIBLE;
		bingo_tables_pause(Min(pause, left));
		pause = Min(2 * pause, LONGEST_PAUSE_MS);
	}
}

/*
 * All steps of a kind.  Writers look for the gate again and again and can miss a
 * gap that is too short, so each step is followed by a pause of half its length.
 */
static BingoStep
take_steps(Work *work, StepKind kind)
{
	for (;;)
	{
		TimestampTz start = GetCurrentTimestamp();
		BingoStep	step = take_step(work, kind);

		if (step != BINGO_STEP_MORE)
			return step;
		bingo_tables_pause(Max(SHORTEST_GAP_MS, TimestampDifferenceMilliseconds(start, GetCurrentTimestamp()) / 2));
	}
}

/* From the definition, or from what is built, to a full window. */
static BingoStep
refill_once(Work *work, bool rebuild)
{
	instr_time	start;
	instr_time	duration;
	BingoStep	step;

	INSTR_TIME_SET_CURRENT(start);
	if (rebuild)
		step = take_step(work, STEP_BUILD);
	else
	{
		step = take_step(work, STEP_REPAIR);
		if (step == BINGO_STEP_DONE)
			step = take_step(work, STEP_START);
	}
	if (step == BINGO_STEP_MORE || (rebuild && step == BINGO_STEP_DONE))
	{
		bingo_tables_pause(SHORTEST_GAP_MS);
		step = take_steps(work, STEP_EXTEND);
	}
	if (step == BINGO_STEP_DONE)
	{
		INSTR_TIME_SET_CURRENT(duration);
		INSTR_TIME_SUBTRACT(duration, start);
		work->build_ms = INSTR_TIME_GET_MILLISEC(duration);
		step = take_step(work, STEP_FINISH);
	}
	return step;
}

static bool
refill(Work *work, bool rebuild)
{
	BingoStep	step = refill_once(work, rebuild);

	for (int i = 1; i < MAX_REFILLS && step == BINGO_STEP_INVALID; i++)
		step = refill_once(work, false);
	if (step == BINGO_STEP_INVALID)
		fail(work, ERRCODE_OBJECT_IN_USE, "writers made it invalid again each time");
	return step == BINGO_STEP_DONE;
}

bool
bingo_upkeep_refill(int id, int lock_timeout, BingoFailure *failure)
{
	int			patience = lock_timeout > 0 ? Min(lock_timeout, BINGO_UPKEEP_PATIENCE_MS) : BINGO_UPKEEP_PATIENCE_MS;
	Work		work = {.id = id, .awaited = true, .patience = patience, .context = CurrentMemoryContext};
	bool		done = refill(&work, false);

	*failure = work.failure;
	return done;
}

/* The reason is kept: with the marks of what is built, else with the definition. */
static void
explain(Work *work)
{
	if (work->explained)
		return;
	ereport(LOG,
			(errmsg("could not keep ordering \"%s\" up: %s", work->name, work->failure.message),
			 errhint("SELECT bingo_tune.refresh_ordering(%s);", quote_literal_cstr(work->name))));
	if (work->failure.sqlstate != ERRCODE_LOCK_NOT_AVAILABLE &&
		work->failure.sqlstate != ERRCODE_T_R_DEADLOCK_DETECTED)
		(void) take_step(work, STEP_EXPLAIN);
}

typedef enum Outcome
{
	OUTCOME_WELL,
	OUTCOME_PUT_OFF,
	OUTCOME_FAILED
} Outcome;

static Outcome
judge(const Work *work, bool done)
{
	if (done)
		return OUTCOME_WELL;
	return work->put_off || work->failure.sqlstate == ERRCODE_OUT_OF_MEMORY ? OUTCOME_PUT_OFF : OUTCOME_FAILED;
}

/* Brings one ordering to where it should be; of a failure work says why. */
static Outcome
keep_up(Work *work)
{
	bool		done = take_step(work, STEP_NEED) == BINGO_STEP_DONE;

	if (done)
	{
		switch (work->need)
		{
			case BINGO_NEED_NOTHING:
				return OUTCOME_WELL;
			case BINGO_NEED_REBUILD:
			case BINGO_NEED_REFILL:
				done = refill(work, work->need == BINGO_NEED_REBUILD);
				break;
			case BINGO_NEED_EXTEND:
				done = take_steps(work, STEP_EXTEND) != BINGO_STEP_IMPOSSIBLE;
				break;
			case BINGO_NEED_PRUNE:
				done = take_steps(work, STEP_PRUNE) != BINGO_STEP_IMPOSSIBLE;
				break;
		}
	}
	return judge(work, done);
}

/* The failures of one turn, and what is tried again in the next. */
typedef struct Round
{
	MemoryContext context;
	List	   *failed;			/* names (String): not again in this turn */
	bool		put_off;
	bool		last;
} Round;

/* All orderings once. */
static void
go_round(Round *round)
{
	Work		all = {.context = round->context};
	ListCell   *cell;
	bool		done = take_step(&all, STEP_LIST) == BINGO_STEP_DONE;

	foreach(cell, all.names)
	{
		Work		work = {.name = lfirst(cell), .context = round->context};
		Outcome		outcome;

		if (list_member(round->failed, makeString(unconstify(char *, work.name))))
			continue;
		outcome = keep_up(&work);
		if (outcome == OUTCOME_PUT_OFF && !round->last)
			round->put_off = true;
		else if (outcome != OUTCOME_WELL)
		{
			explain(&work);
			round->failed = lappend(round->failed, makeString(pstrdup(work.name)));
		}
	}
	done = take_step(&all, STEP_SWEEP) == BINGO_STEP_DONE && done;
	if (!done && (judge(&all, done) == OUTCOME_FAILED || round->last))
		ereport(LOG, (errmsg("could not look after all orderings: %s", all.failure.message), errhint("The next worker tries again.")));
	round->put_off = round->put_off || all.put_off || judge(&all, done) == OUTCOME_PUT_OFF;
}

bool
bingo_upkeep_all(void)
{
	TimestampTz start = GetCurrentTimestamp();
	Round		round = {.context = CurrentMemoryContext};
	long		pause = FIRST_PAUSE_MS;

	for (;;)
	{
		round.put_off = false;
		round.last = TimestampDifferenceExceeds(start, GetCurrentTimestamp(), BINGO_UPKEEP_PATIENCE_MS);
		go_round(&round);
		bingo_tables_note_start(start);
		if (!round.put_off || round.last)
			break;
		elog(DEBUG1, "upkeep looks again in %ld ms at what was put off", pause);
		bingo_tables_pause(pause);
		pause = Min(2 * pause, LONGEST_PAUSE_MS);
	}
	bingo_tables_note_start(0);
	return round.failed == NIL && !round.put_off;
}
