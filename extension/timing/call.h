/*
 * timing/call.h
 *	  One statement that is timed: entered, left, recorded, however it ends.
 *
 * Shared by timing/call.c, whose head has the protocol, and the hooks.  What every
 * statement goes through several times is inline.
 */
#ifndef BINGO_TIMING_CALL_H
#define BINGO_TIMING_CALL_H

#include "executor/execdesc.h"
#include "nodes/execnodes.h"

#include "timing/timing.h"

typedef struct BingoTimedCall
{
	struct BingoTimedCall *outer;	/* next in bingo_timing_open_calls */
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
} BingoTimedCall;

extern BingoTimedCall *bingo_timing_open_calls; /* innermost first */

/* The error on its way has been counted; whoever begins a statement takes it back. */
extern bool bingo_timing_failure_recorded;

/* Why the backend ends, if it does so without unwinding. */
extern BingoErrorClass bingo_timing_fatal_error;

/* Begins, and ends, a stretch of the call's time. */
static inline void
bingo_timing_call_enter(BingoTimedCall *call)
{
	INSTR_TIME_SET_CURRENT(call->entered);
	call->context = CurrentMemoryContext;
	call->active = true;
	call->running_depth = bingo_timing_running_push(&call->sample.key, call->entered);
}

static inline void
bingo_timing_call_leave(BingoTimedCall *call)
{
	INSTR_TIME_SET_CURRENT(call->sample.ended);
	INSTR_TIME_ACCUM_DIFF(call->elapsed, call->sample.ended, call->entered);
	call->active = false;
	bingo_timing_running_pop(call->running_depth);
}

/* The open call of a query that the executor runs, or NULL. */
static inline BingoTimedCall *
bingo_timing_call_find(const QueryDesc *query)
{
	BingoTimedCall *call;

	for (call = bingo_timing_open_calls; call; call = call->outer)
	{
		if (call->query == query && !call->recorded)
			return call;
	}
	return NULL;
}

extern void bingo_timing_call_link(BingoTimedCall *call);
extern void bingo_timing_call_unlink(BingoTimedCall *call);

/* Hands the call to the store: it has ended. */
extern void bingo_timing_call_record(BingoTimedCall *call, BingoErrorClass error);

/*
 * Records a failed call.  For PG_CATCH: the error is taken off the stack
 * meanwhile, because recording a new query parses it; rethrow what is returned.
 */
extern ErrorData *bingo_timing_call_fail(BingoTimedCall *call);

/* Links a started query's call, and hangs it on the executor's memory. */
extern void bingo_timing_call_hang(BingoTimedCall *call, MemoryContext context);

/* Has the time of the first row taken; the query has been started. */
extern void bingo_timing_await_first_row(BingoTimedCall *call);

#endif							/* BINGO_TIMING_CALL_H */
