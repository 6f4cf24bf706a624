/*
 * read/exec_behind.c
 *	  BingoOrderedScan's child, the plan behind the window: its start, its layout, its rows.
 *
 * See read/exec.c, which is the only caller, and read/late.c for why it may be initialised when it is first needed.
 */
#include "postgres.h"

#include "executor/executor.h"

#include "base/compat.h"
#include "read/plan.h"
#include "read/scan.h"

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
	begin_layout(state, cscan);
}

void
bingo_exec_behind_init(BingoScanState *state, int eflags)
{
	CustomScan *cscan = (CustomScan *) state->css.ss.ps.plan;
	Plan	   *plan = linitial(cscan->custom_plans);
	EState	   *estate = state->css.ss.ps.state;

	if (list_nth_int(BINGO_PLAN_NUMBERS(cscan), BINGO_PRIVATE_MAY_WAIT) &&
		bingo_late_begin(&state->waiting, plan, estate, eflags))
		return;
	state->behind = ExecInitNode(plan, estate, eflags);
	state->css.custom_ps = list_make1(state->behind);
}

static void
init_late(BingoScanState *state)
{
	EState	   *estate = state->css.ss.ps.state;
	MemoryContext old = MemoryContextSwitchTo(estate->es_query_cxt);

	state->behind = bingo_late_start(&state->waiting, estate);
	state->css.custom_ps = list_make1(state->behind);
	MemoryContextSwitchTo(old);
}

/* The executor tells only the node itself which parameters changed. */
void
bingo_exec_behind_rescan(BingoScanState *state)
{
	if (state->css.ss.ps.chgParam != NULL && state->behind != NULL)
		UpdateChangedParamSet(state->behind, state->css.ss.ps.chgParam);
	state->behind_started = false;
}

/* Starts the child and throws away the rows that the window has given; where it has only the first ones of each key they are told by that. */
static void
start_behind(BingoScanState *state)
{
	int64		i;

	if (state->behind == NULL)
		init_late(state);
	bingo_bound_set(&state->bound, &state->css, state->behind);
	if (state->behind_used && state->behind->chgParam == NULL)
		ExecReScan(state->behind);
	state->behind_used = true;
	state->behind_started = true;

	state->first.dropped = 0;
	for (i = 0; i < (state->first.nkeys > 0 ? 0 : state->window_position); i++)
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
	do
	{
		row = ExecProcNode(state->behind);
		if (TupIsNull(row))
			return NULL;
		row = convert_layout(state, row);
	} while (state->first.nkeys > 0 && bingo_first_is_given(&state->first, row));
	return row;
}
