/*
 * read/exec_row.c
 *	  A row of the window on its way to the node's rows: its columns that are looked up, and the filter.
 *
 * See read/exec.c, which is the only caller.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "executor/instrument.h"

#include "base/compat.h"
#include "read/scan.h"

BingoLeaf *
bingo_exec_row_leaf(const BingoScanState *state)
{
	return state->merged ? bingo_merge_leaf(&state->merge) : &state->leaves[0];
}

/* NULL: there is no such driving row. */
TupleTableSlot *
bingo_exec_row_complete(BingoScanState *state)
{
	TupleTableSlot *slot = state->css.ss.ss_ScanTupleSlot;
	BingoJoinBack *fetch = &bingo_exec_row_leaf(state)->fetch;
	int			nwindow = state->ncolumns - fetch->ncolumns;

	if (fetch->ncolumns == 0)
		return state->row;
	ExecClearTuple(slot);
	if (!bingo_join_back_row(fetch, state->row, state->css.ss.ps.ps_ExprContext,
							 slot->tts_values + nwindow, slot->tts_isnull + nwindow))
		return NULL;
	slot_getallattrs(state->row);
	memcpy(slot->tts_values, state->row->tts_values, nwindow * sizeof(Datum));
	memcpy(slot->tts_isnull, state->row->tts_isnull, nwindow * sizeof(bool));
	return ExecStoreVirtualTuple(slot);
}

bool
bingo_exec_row_passes(BingoScanState *state, ExprState *filter, TupleTableSlot *row)
{
	PlanState  *ps = &state->css.ss.ps;

	if (filter == NULL)
		return true;
	ps->ps_ExprContext->ecxt_scantuple = row;
	if (ExecQual(filter, ps->ps_ExprContext))
		return true;
	InstrCountFiltered1(ps, 1);
	ResetExprContext(ps->ps_ExprContext);
	return false;
}
