/*
 * read/exec_behind.c
 *	  BingoOrderedScan's child, the plan behind the window: its bound, its start, its rows.
 *
 * See read/exec.c, which is the only caller.
 */
#include "postgres.h"

#include "common/int.h"
#include "executor/executor.h"

#include "base/compat.h"
#include "read/plan.h"
#include "read/scan.h"

/* Prepares the expressions of the bound; both are evaluated again for each rescan. */
static void
begin_bound(BingoScanState *state, CustomScan *cscan)
{
	List	   *numbers = BINGO_PLAN_NUMBERS(cscan);
	List	   *exprs = cscan->custom_exprs;
	int			next = 0;

	if (list_nth_int(numbers, BINGO_PRIVATE_HAS_OFFSET))
		state->offset = ExecInitExpr(list_nth(exprs, next++), &state->css.ss.ps);
	if (list_nth_int(numbers, BINGO_PRIVATE_HAS_LIMIT))
		state->limit = ExecInitExpr(list_nth(exprs, next++), &state->css.ss.ps);
}

/* Where the child has the window's columns. */
static void
begin_layout(BingoScanState *state, CustomScan *cscan)
{
	List	   *columns = BINGO_PLAN_COLUMNS(cscan);
	ListCell   *lc;

	state->ncolumns = list_length(columns);
	state->columns = palloc(state->ncolumns * sizeof(AttrNumber));
	state->same_layout = state->css.ss.ps.ps_ProjInfo == NULL &&
		list_length(((Plan *) linitial(cscan->custom_plans))->targetlist) == state->ncolumns;
	foreach(lc, columns)
	{
		int			i = foreach_current_index(lc);

		state->columns[i] = (AttrNumber) lfirst_int(lc);
		if (state->columns[i] != i + 1)
			state->same_layout = false;
	}
}

void
bingo_exec_behind_begin(BingoScanState *state, CustomScan *cscan)
{
	begin_bound(state, cscan);
	begin_layout(state, cscan);
}

/* Tells the child how many rows are wanted of it at most. */
static void
set_bound(BingoScanState *state)
{
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;
	int64		offset = 0;
	int64		limit = 0;
	int64		bound = -1;
	bool		isnull = true;

	if (state->limit != NULL)
		limit = DatumGetInt64(ExecEvalExprSwitchContext(state->limit, econtext, &isnull));
	if (!isnull)
	{
		if (state->offset != NULL)
			offset = DatumGetInt64(ExecEvalExprSwitchContext(state->offset, econtext, &isnull));
		if (isnull)
			offset = 0;
		/* Limit itself complains about negative numbers */
		if (limit < 0 || offset < 0 || pg_add_s64_overflow(limit, offset, &bound))
			bound = -1;
	}
	ExecSetTupleBound(bound, state->behind);
}

/* Starts the child and throws away the rows that the window has given. */
static void
start_behind(BingoScanState *state)
{
	int64		i;

	set_bound(state);
	if (state->behind_used && state->behind->chgParam == NULL)
		ExecReScan(state->behind);
	state->behind_used = true;
	state->behind_started = true;

	for (i = 0; i < state->window_position; i++)
	{
		TupleTableSlot *slot = ExecProcNode(state->behind);

		if (TupIsNull(slot))
			break;
	}
}

/* A row of the child in the node's layout. */
static TupleTableSlot *
convert_layout(BingoScanState *state, TupleTableSlot *row)
{
	TupleTableSlot *slot = state->css.ss.ss_ScanTupleSlot;
	int			natts = slot->tts_tupleDescriptor->natts;
	int			i;

	if (state->same_layout)
		return row;
	slot_getallattrs(row);
	ExecClearTuple(slot);
	for (i = 0; i < natts; i++)
	{
		int			column = i < state->ncolumns ? state->columns[i] : 0;

		slot->tts_isnull[i] = column == 0 || row->tts_isnull[column - 1];
		slot->tts_values[i] = column == 0 ? (Datum) 0 : row->tts_values[column - 1];
	}
	return ExecStoreVirtualTuple(slot);
}

TupleTableSlot *
bingo_exec_behind_next(BingoScanState *state)
{
	TupleTableSlot *row;

	if (!state->behind_started)
		start_behind(state);
	row = ExecProcNode(state->behind);
	if (TupIsNull(row))
		return NULL;
	state->rows_behind++;
	return convert_layout(state, row);
}
