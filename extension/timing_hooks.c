/*
 * timing_hooks.c
 *	  Times statements: executor, utility and planner hooks.
 *
 * A planned statement is timed while it is in ExecutorStart, ExecutorRun or
 * ExecutorFinish; what passes between them (a client that reads a portal in
 * steps) is not its time.  Planning is not counted either, as
 * pg_stat_statements' execution times don't, but a statement that fails while it
 * is planned is recorded with the time until then.  A utility statement is timed
 * as a whole.
 *
 * TimedCall is the state of one statement that has begun, linked into
 * open_calls, innermost first.  That of a planned statement lives in the
 * executor's per-query memory and hangs on a reset callback of it, so whatever
 * way the statement ends, it ends there at the latest:
 *
 *		ExecutorEnd			ended in order: recorded as it is
 *		PG_CATCH			failed: recorded with the SQLSTATE's class
 *		reset callback		dropped after it had run (a portal whose transaction
 *							failed later): recorded as it is
 *		before_shmem_exit	the backend was told to end, or its client has gone:
 *							nothing unwinds, so what is active is recorded here
 *							with the class that emit_log_hook saw
 *
 * Time to first row: the top node's ExecProcNode is replaced until it is called
 * for the first time, so rows after the first cost nothing, and the receiver is
 * left alone.
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
#include "storage/ipc.h"
#include "tcop/utility.h"

#include "compat.h"
#include "guc.h"
#include "timing.h"

typedef struct TimedCall
{
	struct TimedCall *outer;	/* next in open_calls */
	QueryDesc  *query;			/* NULL for a utility statement */
	PlanState  *top_node;		/* set while its ExecProcNode is ours */
	ExecProcNodeMtd top_function;	/* what it was */
	MemoryContextCallback callback;
	bool		recorded;
	bool		active;			/* in the executor or the utility */
	int			running_depth;
	MemoryContext context;		/* of who entered: errors are copied there */
	instr_time	entered;		/* if active */
	instr_time	elapsed;		/* before that */
	BingoTimingSample sample;
} TimedCall;

static ExecutorStart_hook_type prev_ExecutorStart = NULL;
static ExecutorRun_hook_type prev_ExecutorRun = NULL;
static ExecutorFinish_hook_type prev_ExecutorFinish = NULL;
static ExecutorEnd_hook_type prev_ExecutorEnd = NULL;
static ProcessUtility_hook_type prev_ProcessUtility = NULL;
static planner_hook_type prev_planner = NULL;
static emit_log_hook_type prev_emit_log = NULL;
static shmem_request_hook_type prev_shmem_request = NULL;
static shmem_startup_hook_type prev_shmem_startup = NULL;

static TimedCall *open_calls = NULL;
static int	nesting_level = 0;
static bool sampled = true;		/* the top-level statement, and what it runs */
static bool failure_recorded = false;	/* the error on its way has been counted */
static bool exit_registered = false;
static BingoErrorClass fatal_error = BINGO_ERROR_CONNECTION;

/*
 * Classes: timeouts and cancels are operator intervention (57: query_canceled,
 * admin_shutdown, ...), lock_timeout and NOWAIT (55P03) and transaction_timeout
 * (25P04); broken connections are class 08; serialization failures and
 * deadlocks are class 40.
 */
BingoErrorClass
bingo_timing_error_class(int sqlerrcode)
{
	switch (ERRCODE_TO_CATEGORY(sqlerrcode))
	{
		case MAKE_SQLSTATE('5', '7', '0', '0', '0'):
			return BINGO_ERROR_TIMEOUT;
		case MAKE_SQLSTATE('0', '8', '0', '0', '0'):
			return BINGO_ERROR_CONNECTION;
		case MAKE_SQLSTATE('4', '0', '0', '0', '0'):
			return BINGO_ERROR_SERIALIZATION;
		default:
			if (sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE ||
				sqlerrcode == MAKE_SQLSTATE('2', '5', 'P', '0', '4'))
				return BINGO_ERROR_TIMEOUT;
			return BINGO_ERROR_OTHER;
	}
}

static inline bool
is_tracked(uint64 queryid, int level)
{
	return bingo_track != BINGO_TRACK_NONE && queryid != 0 && bingo_timing_available() &&
		!IsParallelWorker() && (level == 0 || bingo_track == BINGO_TRACK_ALL);
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

/* --- one call --- */

static void
enter_call(TimedCall *call)
{
	INSTR_TIME_SET_CURRENT(call->entered);
	call->context = CurrentMemoryContext;
	call->active = true;
	call->running_depth = bingo_timing_running_push(&call->sample.key, call->entered);
}

static void
leave_call(TimedCall *call)
{
	INSTR_TIME_SET_CURRENT(call->sample.ended);
	INSTR_TIME_ACCUM_DIFF(call->elapsed, call->sample.ended, call->entered);
	call->active = false;
	bingo_timing_running_pop(call->running_depth);
}

static void
record_call(TimedCall *call, BingoErrorClass error)
{
	if (call->active)
		leave_call(call);
	call->recorded = true;
	call->sample.error = error;
	call->sample.elapsed = bingo_timing_microseconds(call->elapsed);
	bingo_timing_record(&call->sample);
}

/*
 * Records a failed call.  For PG_CATCH: the error is taken off the stack
 * meanwhile, because recording a new query parses it; rethrow what is returned.
 */
static ErrorData *
record_failure(TimedCall *call)
{
	ErrorData  *error;

	MemoryContextSwitchTo(call->context);
	error = CopyErrorData();
	FlushErrorState();
	failure_recorded = true;
	record_call(call, bingo_timing_error_class(error->sqlerrcode));
	return error;
}

static void
unlink_call(TimedCall *call)
{
	TimedCall **link = &open_calls;

	while (*link && *link != call)
		link = &(*link)->outer;
	if (*link)
		*link = call->outer;
}

/* The backend ends without unwinding: see the head. */
static void
record_at_exit(int code, Datum arg)
{
	TimedCall  *call;

	for (call = open_calls; call; call = call->outer)
	{
		if (call->active && !call->recorded)
			record_call(call, fatal_error);
	}
}

static void
link_call(TimedCall *call)
{
	if (!exit_registered)
	{
		/* Runs before the transaction is aborted: that was registered earlier. */
		before_shmem_exit(record_at_exit, 0);
		exit_registered = true;
	}
	call->outer = open_calls;
	open_calls = call;
}

/* Reset callback of the executor's per-query memory. */
static void
drop_call(void *arg)
{
	TimedCall  *call = arg;

	if (!call->recorded)
		record_call(call, BINGO_ERROR_NONE);
	unlink_call(call);
}

static TimedCall *
find_call(const QueryDesc *query)
{
	TimedCall  *call;

	for (call = open_calls; call; call = call->outer)
	{
		if (call->query == query && !call->recorded)
			return call;
	}
	return NULL;
}

/* Stands in for the top node's ExecProcNode until it returned once. */
static TupleTableSlot *
bingo_first_row(PlanState *node)
{
	TimedCall  *call = open_calls;
	TupleTableSlot *slot;

	while (call->top_node != node)
		call = call->outer;
	call->top_node = NULL;
	node->ExecProcNode = call->top_function;
	slot = node->ExecProcNode(node);
	if (!TupIsNull(slot) && call->active)
	{
		instr_time	time;

		INSTR_TIME_SET_CURRENT(time);
		INSTR_TIME_SUBTRACT(time, call->entered);
		INSTR_TIME_ADD(time, call->elapsed);
		call->sample.gave_row = true;
		call->sample.first_row = bingo_timing_microseconds(time);
	}
	return slot;
}

static void
await_first_row(TimedCall *call)
{
	QueryDesc  *query = call->query;

	if (query->operation != CMD_SELECT && !query->plannedstmt->hasReturning)
		return;
	call->top_node = query->planstate;
	call->top_function = query->planstate->ExecProcNode;
	query->planstate->ExecProcNode = bingo_first_row;
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
time_executor_start(QueryDesc *queryDesc, int eflags, TimedCall *call)
{
	PlannedStmt *planned = queryDesc->plannedstmt;

	failure_recorded = false;
	init_sample(&call->sample, planned->queryId, nesting_level, true, queryDesc->sourceText,
				planned->stmt_location, planned->stmt_len);
	link_call(call);
	enter_call(call);
	PG_TRY();
	{
		run_executor_start(queryDesc, eflags);
	}
	PG_CATCH();
	{
		unlink_call(call);
		ReThrowError(record_failure(call));
	}
	PG_END_TRY();
	leave_call(call);
	unlink_call(call);
}

static void
bingo_ExecutorStart(QueryDesc *queryDesc, int eflags)
{
	TimedCall	starting = {0};
	TimedCall  *call;

	if ((eflags & EXEC_FLAG_EXPLAIN_ONLY) ||
		!is_tracked(queryDesc->plannedstmt->queryId, nesting_level) ||
		!draw_sample(nesting_level))
	{
		run_executor_start(queryDesc, eflags);
		return;
	}
	time_executor_start(queryDesc, eflags, &starting);

	/* From here on the call lives and dies with the executor's memory. */
	call = MemoryContextAlloc(queryDesc->estate->es_query_cxt, sizeof(TimedCall));
	*call = starting;
	call->query = queryDesc;
	call->callback.func = drop_call;
	call->callback.arg = call;
	link_call(call);
	MemoryContextRegisterResetCallback(queryDesc->estate->es_query_cxt, &call->callback);
	await_first_row(call);
}

static void
bingo_ExecutorRun(BINGO_EXECUTOR_RUN_PARAMETERS)
{
	TimedCall  *volatile call = find_call(queryDesc);

	if (call)
		enter_call(call);
	nesting_level++;
	PG_TRY();
	{
		if (prev_ExecutorRun)
			prev_ExecutorRun(BINGO_EXECUTOR_RUN_ARGUMENTS);
		else
			standard_ExecutorRun(BINGO_EXECUTOR_RUN_ARGUMENTS);
	}
	PG_CATCH();
	{
		nesting_level--;
		if (call)
			ReThrowError(record_failure(call));
		PG_RE_THROW();
	}
	PG_END_TRY();
	nesting_level--;
	if (call)
	{
		leave_call(call);
		call->sample.rows += queryDesc->estate->es_processed;
	}
}

static void
bingo_ExecutorFinish(QueryDesc *queryDesc)
{
	/* Without triggers to fire there is nothing to time. */
	bool		fires = !(queryDesc->estate->es_top_eflags & EXEC_FLAG_SKIP_TRIGGERS);
	TimedCall  *volatile call = fires ? find_call(queryDesc) : NULL;

	if (call)
		enter_call(call);
	nesting_level++;
	PG_TRY();
	{
		if (prev_ExecutorFinish)
			prev_ExecutorFinish(queryDesc);
		else
			standard_ExecutorFinish(queryDesc);
	}
	PG_CATCH();
	{
		nesting_level--;
		if (call)
			ReThrowError(record_failure(call));
		PG_RE_THROW();
	}
	PG_END_TRY();
	nesting_level--;
	if (call)
		leave_call(call);
}

static void
bingo_ExecutorEnd(QueryDesc *queryDesc)
{
	TimedCall  *call = find_call(queryDesc);

	if (call)
		record_call(call, BINGO_ERROR_NONE);
	if (prev_ExecutorEnd)
		prev_ExecutorEnd(queryDesc);
	else
		standard_ExecutorEnd(queryDesc);
}

/* --- planner: only failures --- */

static PlannedStmt *
bingo_planner(BINGO_PLANNER_PARAMETERS)
{
	PlannedStmt *result;
	TimedCall	call = {0};

	if (!is_tracked(parse->queryId, nesting_level) || query_string == NULL)
	{
		if (prev_planner)
			return prev_planner(BINGO_PLANNER_ARGUMENTS);
		return standard_planner(BINGO_PLANNER_ARGUMENTS);
	}

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
		ReThrowError(record_failure(&call));
	}
	PG_END_TRY();
	nesting_level--;
	return result;
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
	TimedCall	call = {0};
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
	failure_recorded = false;
	init_sample(&call.sample, pstmt->queryId, nesting_level, false, queryString,
				pstmt->stmt_location, pstmt->stmt_len);
	if (timed)
	{
		link_call(&call);
		enter_call(&call);
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
			unlink_call(&call);
			ReThrowError(record_failure(&call));
		}
		PG_RE_THROW();
	}
	PG_END_TRY();
	nesting_level -= levels;
	if (timed)
	{
		unlink_call(&call);
		if (qc && (qc->commandTag == CMDTAG_COPY || qc->commandTag == CMDTAG_FETCH ||
				   qc->commandTag == CMDTAG_SELECT ||
				   qc->commandTag == CMDTAG_REFRESH_MATERIALIZED_VIEW))
			call.sample.rows = qc->nprocessed;
		record_call(&call, BINGO_ERROR_NONE);
	}
}

/* --- errors that reach the log --- */

static void
bingo_emit_log(ErrorData *edata)
{
	if (edata->elevel == FATAL)
		fatal_error = bingo_timing_error_class(edata->sqlerrcode);
	else if (edata->elevel == ERROR && bingo_track != BINGO_TRACK_NONE &&
			 bingo_timing_available() && MyBackendType == B_BACKEND)
	{
		/* Syntax, unknown names, parameters, commit: no statement to charge. */
		if (!failure_recorded && sampled)
			bingo_timing_count_other_error(bingo_timing_error_class(edata->sqlerrcode));
		failure_recorded = false;
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
