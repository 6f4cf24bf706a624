/*
 * read/exec.c
 *	  BingoOrderedScan: rows of the window, then those of the plan behind it.
 *
 * The node's rows are the rows of the plan behind, its only child, in the same
 * order.  Whatever the snapshot sees in the window is a prefix of them
 * (read/open.c), so the node gives the window's rows through its index, N of
 * them, then starts the child, throws away N rows of it and gives the rest.
 * The order is total: the N rows thrown away are the N rows given.
 *
 * Whether the window may be used is decided once, when the executor starts,
 * under the snapshot of the execution; a snapshot does not change, so the
 * decision holds for every rescan and every fetch of a cursor.
 *
 * The child is always initialised, as it keeps the tables open, and never
 * asked for a row before it is needed.  It then gets the bound that Limit
 * would have given it: Limit cannot pass one through a custom scan.
 *
 * Scanning backwards works as far as the child can.  A scan that has come to
 * the child stays there, also when it goes back to rows that the window has
 * given: they are the same rows.
 *
 * Memory: a row lives in the window's slot, the projection's or the child's;
 * nothing is allocated for each row but by the target list's expressions, in
 * the per-tuple context.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/tableam.h"
#include "common/int.h"
#include "executor/executor.h"
#include "nodes/extensible.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "store/stats.h"
#include "read/scan.h"

static Node *bingo_scan_create(CustomScan *cscan);
static void bingo_scan_begin(CustomScanState *node, EState *estate, int eflags);
static TupleTableSlot *bingo_scan_next(CustomScanState *node);
static void bingo_scan_end(CustomScanState *node);
static void bingo_scan_rescan(CustomScanState *node);

const CustomScanMethods bingo_scan_methods = {
	.CustomName = BINGO_SCAN_NAME,
	.CreateCustomScanState = bingo_scan_create,
};

static const CustomExecMethods exec_methods = {
	.CustomName = BINGO_SCAN_NAME,
	.BeginCustomScan = bingo_scan_begin,
	.ExecCustomScan = bingo_scan_next,
	.EndCustomScan = bingo_scan_end,
	.ReScanCustomScan = bingo_scan_rescan,
	.ExplainCustomScan = bingo_scan_explain,
};

static Node *
bingo_scan_create(CustomScan *cscan)
{
	BingoScanState *state = palloc0(sizeof(BingoScanState));

	NodeSetTag(state, T_CustomScanState);
	state->css.methods = &exec_methods;
	bingo_set_scan_slot_ops(&state->css, &TTSOpsBufferHeapTuple);
	return (Node *) state;
}

/* Prepares the expressions of the bound; both are evaluated again for each rescan. */
static void
begin_bound(BingoScanState *state, CustomScan *cscan, List *numbers)
{
	List	   *exprs = cscan->custom_exprs;

	if (list_nth_int(numbers, BINGO_PRIVATE_HAS_OFFSET))
		state->offset = ExecInitExpr((Expr *) linitial(exprs), &state->css.ss.ps);
	if (list_nth_int(numbers, BINGO_PRIVATE_HAS_LIMIT))
		state->limit = ExecInitExpr((Expr *) llast(exprs), &state->css.ss.ps);
}

static void
bingo_scan_begin(CustomScanState *node, EState *estate, int eflags)
{
	BingoScanState *state = (BingoScanState *) node;
	CustomScan *cscan = (CustomScan *) node->ss.ps.plan;
	List	   *numbers = (List *) linitial(cscan->custom_private);
	const BingoOrdering *ordering;

	state->id = list_nth_int(numbers, BINGO_PRIVATE_ORDERING);
	state->name = strVal(lsecond(cscan->custom_private));
	state->behind = ExecInitNode((Plan *) linitial(cscan->custom_plans), estate, eflags);
	node->custom_ps = list_make1(state->behind);
	begin_bound(state, cscan, numbers);
	bingo_redo_scan_projection(&state->css, &TTSOpsBufferHeapTuple);

	/* rows come from the window's slot, from the projection and from the child */
	node->ss.ps.resultops = &TTSOpsBufferHeapTuple;
	node->ss.ps.resultopsset = true;
	node->ss.ps.resultopsfixed = false;

	state->phase = BINGO_PHASE_BEHIND;
	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	state->reason = bingo_scan_open(state->id, (Oid) list_nth_int(numbers, BINGO_PRIVATE_WINDOW),
									estate->es_snapshot, &ordering, &state->heap, &state->index);
	if (state->reason != NULL)
	{
		state->heap = state->index = NULL;
		return;
	}
	state->ordering = ordering;
	state->slot = table_slot_create(state->heap, NULL);
	state->scan = bingo_index_beginscan(state->heap, state->index, estate->es_snapshot, 0);
	index_rescan(state->scan, NULL, 0, NULL, 0);
	bingo_page_begin(&state->pages, state->scan);
	state->phase = BINGO_PHASE_WINDOW;
}

/* The next row of the window, NULL when it ran off either end. */
static TupleTableSlot *
next_of_window(BingoScanState *state, ScanDirection direction)
{
	ProjectionInfo *projection = state->css.ss.ps.ps_ProjInfo;

	if (!bingo_page_next(&state->pages, direction, state->slot))
	{
		if (ScanDirectionIsForward(direction))
			state->window_at_end = true;
		else
			state->window_position = 0;
		return NULL;
	}

	if (ScanDirectionIsForward(direction))
		state->window_position++;
	else if (state->window_at_end)
		state->window_at_end = false;	/* from behind the last row onto it */
	else
		state->window_position--;
	state->rows_served++;

	if (projection == NULL)
		return state->slot;
	ResetExprContext(projection->pi_exprContext);
	projection->pi_exprContext->ecxt_scantuple = state->slot;
	return ExecProject(projection);
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

static TupleTableSlot *
bingo_scan_next(CustomScanState *node)
{
	BingoScanState *state = (BingoScanState *) node;
	ScanDirection direction = node->ss.ps.state->es_direction;
	TupleTableSlot *slot;

	if (state->phase == BINGO_PHASE_WINDOW)
	{
		slot = next_of_window(state, direction);
		if (slot != NULL)
			return slot;
		if (ScanDirectionIsBackward(direction) ||
			bingo_scan_is_complete(state->heap, state->ordering, node->ss.ps.state->es_snapshot))
			return NULL;
		state->phase = BINGO_PHASE_BEHIND;
		state->reason = "the window ended";
	}

	if (!state->behind_started)
		start_behind(state);
	slot = ExecProcNode(state->behind);
	if (!TupIsNull(slot))
		state->rows_behind++;
	return slot;
}

/* Starts from the first row again; the child only when it is needed again. */
static void
bingo_scan_rescan(CustomScanState *node)
{
	BingoScanState *state = (BingoScanState *) node;

	/* the executor tells only the node itself which parameters changed */
	if (node->ss.ps.chgParam != NULL)
		UpdateChangedParamSet(state->behind, node->ss.ps.chgParam);
	state->behind_started = false;
	state->window_at_end = false;
	state->window_position = 0;
	if (state->scan == NULL)
		return;
	ExecClearTuple(state->slot);
	bingo_page_release(&state->pages);
	index_rescan(state->scan, NULL, 0, NULL, 0);
	state->phase = BINGO_PHASE_WINDOW;
}

static void
bingo_scan_end(CustomScanState *node)
{
	BingoScanState *state = (BingoScanState *) node;

	if (state->scan != NULL)
	{
		bingo_page_release(&state->pages);
		index_endscan(state->scan);
		ExecDropSingleTupleTableSlot(state->slot);
		bingo_scan_close(state->heap, state->index);
	}
	ExecEndNode(state->behind);

	if (state->rows_served > 0 || state->window_at_end || state->behind_used)
		bingo_stats_add(state->id, BINGO_COUNT_SCANS, 1);
	bingo_stats_add(state->id, BINGO_COUNT_ROWS_SERVED, state->rows_served);
	bingo_stats_add(state->id, BINGO_COUNT_ROWS_BEHIND, state->rows_behind);
}
