/*
 * timing/call.c
 *	  One statement that is timed: entered, left, recorded, however it ends.
 *
 * BingoTimedCall is the state of one statement that has begun, linked into
 * bingo_timing_open_calls, innermost first.  timing/hooks.c makes it and moves it on.
 * That of a planned statement lives in the executor's per-query memory and hangs on
 * a reset callback of it, so whatever way the statement ends, it ends there at the
 * latest:
 *
 *		ExecutorEnd			ended in order: recorded as it is
 *		PG_CATCH			failed: recorded with the SQLSTATE's class
 *		reset callback		dropped after it had run (a portal whose transaction
 *							failed later): recorded as it is
 *		before_shmem_exit	the backend was told to end, or its client has gone:
 *							nothing unwinds, so what is active is recorded here
 *							with the class that emit_log_hook saw
 *
 * That of a utility statement lives on the stack of its hook, which records it in
 * either of the first two ways; it is linked for the last one.
 *
 * Time to first row: the top node's ExecProcNode is replaced until it is called
 * for the first time, so rows after the first cost nothing, and the receiver is
 * left alone.
 *
 * Only this backend's memory is touched, but for recording (timing/store.c).
 */
#include "postgres.h"

#include "executor/executor.h"
#include "storage/ipc.h"

#include "timing/timing.h"
#include "timing/call.h"

BingoTimedCall *bingo_timing_open_calls = NULL;
bool		bingo_timing_failure_recorded = false;
BingoErrorClass bingo_timing_fatal_error = BINGO_ERROR_CONNECTION;

static bool exit_registered = false;

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

void
bingo_timing_call_record(BingoTimedCall *call, BingoErrorClass error)
{
	if (call->active)
		bingo_timing_call_leave(call);
	call->recorded = true;
	call->sample.error = error;
	call->sample.elapsed = bingo_timing_microseconds(call->elapsed);
	bingo_timing_record(&call->sample);
}

ErrorData *
bingo_timing_call_fail(BingoTimedCall *call)
{
	ErrorData  *error;

	MemoryContextSwitchTo(call->context);
	error = CopyErrorData();
	FlushErrorState();
	bingo_timing_failure_recorded = true;
	if (call->query != NULL)
	{
		call->sample.is_example = true;
		call->sample.parameters = call->query->params;
	}
	bingo_timing_call_record(call, bingo_timing_error_class(error->sqlerrcode));
	return error;
}

void
bingo_timing_call_unlink(BingoTimedCall *call)
{
	BingoTimedCall **link = &bingo_timing_open_calls;

	while (*link && *link != call)
		link = &(*link)->outer;
	if (*link)
		*link = call->outer;
}

/* The backend ends without unwinding: see the head. */
static void
record_at_exit(int code, Datum arg)
{
	BingoTimedCall *call;

	for (call = bingo_timing_open_calls; call; call = call->outer)
	{
		if (call->active && !call->recorded)
			bingo_timing_call_record(call, bingo_timing_fatal_error);
	}
}

void
bingo_timing_call_link(BingoTimedCall *call)
{
	if (!exit_registered)
	{
		/* Runs before the transaction is aborted: that was registered earlier. */
		before_shmem_exit(record_at_exit, 0);
		exit_registered = true;
	}
	call->outer = bingo_timing_open_calls;
	bingo_timing_open_calls = call;
}

/* Reset callback of the executor's per-query memory. */
static void
drop_call(void *arg)
{
	BingoTimedCall *call = arg;

	if (!call->recorded)
		bingo_timing_call_record(call, BINGO_ERROR_NONE);
	bingo_timing_call_unlink(call);
}

void
bingo_timing_call_hang(BingoTimedCall *call, MemoryContext context)
{
	call->callback.func = drop_call;
	call->callback.arg = call;
	bingo_timing_call_link(call);
	MemoryContextRegisterResetCallback(context, &call->callback);
}

/* Stands in for the top node's ExecProcNode until it returned once. */
static TupleTableSlot *
bingo_first_row(PlanState *node)
{
	BingoTimedCall *call = bingo_timing_open_calls;
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

void
bingo_timing_await_first_row(BingoTimedCall *call)
{
	QueryDesc  *query = call->query;

	if (query->operation != CMD_SELECT && !query->plannedstmt->hasReturning)
		return;
	call->top_node = query->planstate;
	call->top_function = query->planstate->ExecProcNode;
	query->planstate->ExecProcNode = bingo_first_row;
}
