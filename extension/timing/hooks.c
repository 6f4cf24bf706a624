/*
 * timing/hooks.c
 *	  Times statements: executor, utility and planner hooks.
 *
 * A planned statement is timed while it is in ExecutorStart, ExecutorRun or
 * ExecutorFinish; what passes between them (a client that reads a portal in
 * steps) is not its time.  Planning is not counted either, as
 * pg_stat_statements' execution times don't, but a statement that fails while it
 * is planned is recorded with the time until then.  A utility statement is timed
 * as a whole.  timing/call.c has what one timed statement goes through.
 *
 * The hooks run in any backend, with whatever locks and memory context their
 * callers have; they take none of their own but what recording takes
 * (timing/store.c), and always call the hook that was there before.
 *
 * "Top level" means sent by a client.  Utility statements that are timed, CALL
 * and DO make what they run nested; EXECUTE passes its level on to the statement
 * that it runs, which is the one to be counted.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "common/pg_prng.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "optimizer/planner.h"
#include "postmaster/bgworker.h"
#include "storage/ipc.h"
#include "tcop/utility.h"
#include "utils/guc.h"

#include "base/compat.h"
#include "base/guc.h"
#include "timing/timing.h"
#include "timing/call.h"

static ExecutorStart_hook_type prev_ExecutorStart = NULL;
static ExecutorRun_hook_type prev_ExecutorRun = NULL;
static ExecutorFinish_hook_type prev_ExecutorFinish = NULL;
static ExecutorEnd_hook_type prev_ExecutorEnd = NULL;
static ProcessUtility_hook_type prev_ProcessUtility = NULL;
static planner_hook_type prev_planner = NULL;
static emit_log_hook_type prev_emit_log = NULL;
static shmem_request_hook_type prev_shmem_request = NULL;
static shmem_startup_hook_type prev_shmem_startup = NULL;

static int	nesting_level = 0;
static bool sampled = true;		/* the top-level statement, and what it runs */

/* Upkeep's statements are nobody's: its background worker takes the place of no client. */
static inline bool
is_our_worker(void)
{
	return MyBgworkerEntry != NULL && strcmp(MyBgworkerEntry->bgw_library_name, "bingo_tune") == 0;
}

/*
 * Nor are those of tools that work for themselves, pg_dump's among them where "bingo_bench prove" calls
 * it: all that they can say of a session is its name.  bingo_bench's other sessions send what is to be timed.
 */
static inline bool
is_our_tool(void)
{
	static const char prefix[] = "bingo_";
	const char *name = application_name;

	if (name == NULL || strncmp(name, prefix, strlen(prefix)) != 0)
		return false;
	name += strlen(prefix);
	return strcmp(name, "load") == 0 || strcmp(name, "prove") == 0 || strcmp(name, "health") == 0;
}

static inline bool
is_tracked(uint64 queryid, int level)
{
	return bingo_track != BINGO_TRACK_NONE && queryid != 0 && bingo_timing_available() &&
		!IsParallelWorker() && !is_our_worker() && !is_our_tool() && (level == 0 || bingo_track == BINGO_TRACK_ALL);
}

/* Nested statements share the lot of their top-level statement. */
static inline bool
draw_sample(int level)
{
	if (level == 0)
		sampled = bingo_sample_rate >= 1.0 ||
			pg_prng_double(&pg_global_prng_state) < bingo_sample_rate;
	return sampled;
}

static void
init_sample(BingoTimingSample *sample, uint64 queryid, int level, bool planned,
			const char *source, int location, int length)
{
	memset(sample, 0, sizeof(*sample));
	sample->key.queryid = queryid;
	sample->key.dbid = MyDatabaseId;
	sample->key.userid = GetUserId();
	sample->key.toplevel = level == 0;
	sample->error = BINGO_ERROR_NONE;
	sample->planned = planned;
	sample->source = source;
	sample->location = location;
	sample->length = length;
}

/* --- executor --- */

static void
run_executor_start(QueryDesc *queryDesc, int eflags)
{
	if (prev_ExecutorStart)
		prev_ExecutorStart(queryDesc, eflags);
	else
		standard_ExecutorStart(queryDesc, eflags);
}

/* Times ExecutorStart; "call" is only good until this has returned. */
static void
time_executor_start(QueryDesc *queryDesc, int eflags, BingoTimedCall *call)
{
	PlannedStmt *planned = queryDesc->plannedstmt;

	bingo_timing_failure_recorded = false;
	init_sample(&call->sample, planned->queryId, nesting_level, true, queryDesc->sourceText,
				planned->stmt_location, planned->stmt_len);
	bingo_timing_call_link(call);
	bingo_timing_call_enter(call);
	PG_TRY();
	{
		run_executor_start(queryDesc, eflags);
	}
	PG_CATCH();
	{
		bingo_timing_call_unlink(call);
		ReThrowError(bingo_timing_call_fail(call));
	}
	PG_END_TRY();
	bingo_timing_call_leave(call);
	bingo_timing_call_unlink(call);
}

static void
bingo_ExecutorStart(QueryDesc *queryDesc, int eflags)
{
	BingoTimedCall starting = {0};
	BingoTimedCall *call;

	if ((eflags & EXEC_FLAG_EXPLAIN_ONLY) ||
		!is_tracked(queryDesc->plannedstmt->queryId, nesting_level) ||
		!draw_sample(nesting_level))
	{
		run_executor_start(queryDesc, eflags);
		return;
	}
	time_executor_start(queryDesc, eflags, &starting);

	/* From here on the call lives and dies with the executor's memory. */
	call = MemoryContextAlloc(queryDesc->estate->es_query_cxt, sizeof(BingoTimedCall));
	*call = starting;
	call->query = queryDesc;
	bingo_timing_call_hang(call, queryDesc->estate->es_query_cxt);
	bingo_timing_await_first_row(call);
}

/* Around a part of the executor; a call of NULL is not timed. */
static void
enter_executor(BingoTimedCall *call)
{
	if (call)
		bingo_timing_call_enter(call);
	nesting_level++;
}

static void
leave_executor(BingoTimedCall *call)
{
	nesting_level--;
	if (call)
		bingo_timing_call_leave(call);
}

/* In PG_CATCH(). */
static void
fail_executor(BingoTimedCall *call)
{
	nesting_level--;
	if (call)
		ReThrowError(bingo_timing_call_fail(call));
	PG_RE_THROW();
}

static void
bingo_ExecutorRun(BINGO_EXECUTOR_RUN_PARAMETERS)
{
	BingoTimedCall *volatile call = bingo_timing_call_find(queryDesc);

	enter_executor(call);
	PG_TRY();
	{
		if (prev_ExecutorRun)
			prev_ExecutorRun(BINGO_EXECUTOR_RUN_ARGUMENTS);
		else
			standard_ExecutorRun(BINGO_EXECUTOR_RUN_ARGUMENTS);
	}
	PG_CATCH();
	{
		fail_executor(call);
	}
	PG_END_TRY();
	leave_executor(call);
	if (call)
		call->sample.rows += queryDesc->estate->es_processed;
}

static void
bingo_ExecutorFinish(QueryDesc *queryDesc)
{
	/* Without triggers to fire there is nothing to time. */
	bool		fires = !(queryDesc->estate->es_top_eflags & EXEC_FLAG_SKIP_TRIGGERS);
	BingoTimedCall *volatile call = fires ? bingo_timing_call_find(queryDesc) : NULL;

	enter_executor(call);
	PG_TRY();
	{
		if (prev_ExecutorFinish)
			prev_ExecutorFinish(queryDesc);
		else
			standard_ExecutorFinish(queryDesc);
	}
	PG_CATCH();
	{
		fail_executor(call);
	}
	PG_END_TRY();
	leave_executor(call);
}

static void
bingo_ExecutorEnd(QueryDesc *queryDesc)
{
	BingoTimedCall *call = bingo_timing_call_find(queryDesc);

	if (call)
	{
		call->sample.is_example = call->sample.may_look_up = true;
		call->sample.parameters = queryDesc->params;
		bingo_timing_call_record(call, BINGO_ERROR_NONE);
	}
	if (prev_ExecutorEnd)
		prev_ExecutorEnd(queryDesc);
	else
		standard_ExecutorEnd(queryDesc);
}

/* --- planner: only failures --- */

/* Apart from the hook, which is called for each statement: what this keeps on the stack is not made for those that are not tracked. */
static pg_noinline PlannedStmt *
plan_timed(BINGO_PLANNER_PARAMETERS)
{
	PlannedStmt *result;
	BingoTimedCall call = {0};

	INSTR_TIME_SET_CURRENT(call.entered);
	call.context = CurrentMemoryContext;
	init_sample(&call.sample, parse->queryId, nesting_level, true, query_string,
				parse->stmt_location, parse->stmt_len);
	nesting_level++;
	PG_TRY();
	{
		if (prev_planner)
			result = prev_planner(BINGO_PLANNER_ARGUMENTS);
		else
			result = standard_planner(BINGO_PLANNER_ARGUMENTS);
	}
	PG_CATCH();
	{
		nesting_level--;
		if (!draw_sample(nesting_level))
			PG_RE_THROW();
		INSTR_TIME_SET_CURRENT(call.sample.ended);
		INSTR_TIME_ACCUM_DIFF(call.elapsed, call.sample.ended, call.entered);
		ReThrowError(bingo_timing_call_fail(&call));
	}
	PG_END_TRY();
	nesting_level--;
	return result;
}

static PlannedStmt *
bingo_planner(BINGO_PLANNER_PARAMETERS)
{
	if (is_tracked(parse->queryId, nesting_level) && query_string != NULL)
		return plan_timed(BINGO_PLANNER_ARGUMENTS);
	if (prev_planner)
		return prev_planner(BINGO_PLANNER_ARGUMENTS);
	return standard_planner(BINGO_PLANNER_ARGUMENTS);
}

/* --- utility statements --- */

static void
run_utility(PlannedStmt *pstmt, const char *queryString, bool readOnlyTree,
			ProcessUtilityContext context, ParamListInfo params, QueryEnvironment *queryEnv,
			DestReceiver *dest, QueryCompletion *qc)
{
	if (prev_ProcessUtility)
		prev_ProcessUtility(pstmt, queryString, readOnlyTree, context, params, queryEnv,
							dest, qc);
	else
		standard_ProcessUtility(pstmt, queryString, readOnlyTree, context, params, queryEnv,
								dest, qc);
}

/* EXECUTE and PREPARE are about another statement, which is the one to time. */
static inline bool
is_timed_utility(Node *statement)
{
	return !IsA(statement, ExecuteStmt) && !IsA(statement, PrepareStmt) &&
		!IsA(statement, DeallocateStmt);
}

static void
bingo_ProcessUtility(PlannedStmt *pstmt, const char *queryString, bool readOnlyTree,
					 ProcessUtilityContext context, ParamListInfo params,
					 QueryEnvironment *queryEnv, DestReceiver *dest, QueryCompletion *qc)
{
	Node	   *statement = pstmt->utilityStmt;
	BingoTimedCall call = {0};
	bool		timed;
	int			levels;

	timed = bingo_track_utility && is_timed_utility(statement) &&
		is_tracked(pstmt->queryId, nesting_level) && draw_sample(nesting_level);
	levels = timed || IsA(statement, CallStmt) || IsA(statement, DoStmt);
	if (!timed && levels == 0)
	{
		run_utility(pstmt, queryString, readOnlyTree, context, params, queryEnv, dest, qc);
		return;
	}

	/* COMMIT and the like may free *pstmt: everything is copied now. */
	bingo_timing_failure_recorded = false;
	init_sample(&call.sample, pstmt->queryId, nesting_level, false, queryString,
				pstmt->stmt_location, pstmt->stmt_len);
	if (timed)
	{
		bingo_timing_call_link(&call);
		bingo_timing_call_enter(&call);
	}
	nesting_level += levels;
	PG_TRY();
	{
		run_utility(pstmt, queryString, readOnlyTree, context, params, queryEnv, dest, qc);
	}
	PG_CATCH();
	{
		nesting_level -= levels;
		if (timed)
		{
			bingo_timing_call_unlink(&call);
			ReThrowError(bingo_timing_call_fail(&call));
		}
		PG_RE_THROW();
	}
	PG_END_TRY();
	nesting_level -= levels;
	if (timed)
	{
		bingo_timing_call_unlink(&call);
		if (qc && (qc->commandTag == CMDTAG_COPY || qc->commandTag == CMDTAG_FETCH ||
				   qc->commandTag == CMDTAG_SELECT ||
				   qc->commandTag == CMDTAG_REFRESH_MATERIALIZED_VIEW))
			call.sample.rows = qc->nprocessed;
		bingo_timing_call_record(&call, BINGO_ERROR_NONE);
	}
}

/* --- errors that reach the log --- */

static void
bingo_emit_log(ErrorData *edata)
{
	if (edata->elevel == FATAL)
		bingo_timing_fatal_error = bingo_timing_error_class(edata->sqlerrcode);
	else if (edata->elevel == ERROR && bingo_track != BINGO_TRACK_NONE &&
			 bingo_timing_available() && MyBackendType == B_BACKEND && !is_our_tool())
	{
		/* Syntax, unknown names, parameters, commit: no statement to charge. */
		if (!bingo_timing_failure_recorded && sampled)
			bingo_timing_count_other_error(bingo_timing_error_class(edata->sqlerrcode));
		bingo_timing_failure_recorded = false;
	}
	if (prev_emit_log)
		prev_emit_log(edata);
}

/* --- start --- */

static void
bingo_shmem_request(void)
{
	if (prev_shmem_request)
		prev_shmem_request();
	bingo_timing_store_request();
	RequestAddinShmemSpace(bingo_timing_running_size());
}

static void
save_at_exit(int code, Datum arg)
{
	/* Not after a crash: whatever crashed may have damaged shared memory. */
	if (code == 0)
		bingo_timing_file_save();
}

static void
bingo_shmem_startup(void)
{
	bool		empty;

	if (prev_shmem_startup)
		prev_shmem_startup();
	empty = bingo_timing_store_startup();
	bingo_timing_running_startup();
	if (!IsUnderPostmaster)
	{
		on_shmem_exit(save_at_exit, 0);
		if (empty)
			bingo_timing_file_load();
	}
}

/*
 * Without shared memory, that is, loaded later than at the server's start,
 * nothing is timed and no hook is needed.
 */
void
bingo_timing_init(void)
{
	if (!process_shared_preload_libraries_in_progress)
		return;

	EnableQueryId();

	prev_shmem_request = shmem_request_hook;
	shmem_request_hook = bingo_shmem_request;
	prev_shmem_startup = shmem_startup_hook;
	shmem_startup_hook = bingo_shmem_startup;
	prev_planner = planner_hook;
	planner_hook = bingo_planner;
	prev_ExecutorStart = ExecutorStart_hook;
	ExecutorStart_hook = bingo_ExecutorStart;
	prev_ExecutorRun = ExecutorRun_hook;
	ExecutorRun_hook = bingo_ExecutorRun;
	prev_ExecutorFinish = ExecutorFinish_hook;
	ExecutorFinish_hook = bingo_ExecutorFinish;
	prev_ExecutorEnd = ExecutorEnd_hook;
	ExecutorEnd_hook = bingo_ExecutorEnd;
	prev_ProcessUtility = ProcessUtility_hook;
	ProcessUtility_hook = bingo_ProcessUtility;
	prev_emit_log = emit_log_hook;
	emit_log_hook = bingo_emit_log;
}
