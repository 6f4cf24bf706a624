/*
 * read/exec.c
 *	  BingoOrderedScan: rows of the window, then those of the plan behind it.
 *
 * The node's rows are the rows of the plan behind, its only child, in the same
 * order.  What the snapshot sees in the window is a prefix of the joined rows in
 * the window's order (read/open.c).  So the node gives those of the window's rows,
 * found through its index by the search keys, that satisfy the filter, as far as
 * their order is legal (read/end.c), or of all searches for the values of an IN list and of the windows of
 * several partitions, merged (read/merge.c); N of them.  Then it starts the child, throws
 * away N rows of it and gives the rest, unless it is known that there is no rest.
 * The child has the same conditions and order: the N rows thrown away are the N rows
 * given, or, where the order leaves ties, as many of the same groups.
 *
 * The same where the filter lets too few of the window's rows pass (read/vain.c).
 *
 * Where only the first row of each key is wanted (read/first.c) the rows of the child that are not thrown away are those
 * of later keys.
 *
 * Whether the window may be used is decided once, when the executor starts,
 * under the snapshot of the execution; a snapshot does not change, so the
 * decision holds for every rescan and every fetch of a cursor.  The search keys are
 * evaluated anew for each rescan.
 *
 * The child keeps the tables open, and is never asked for a row, mostly not even initialised (read/late.c), before it is
 * needed.  It then gets the bound that Limit would have given it (read/bound.c).  When a changed
 * row is checked again (EvalPlanQual) only the child is right.
 *
 * Rows have the columns of the window, then those that are looked up in the driving
 * table (read/join_back.c); those of the child are put into that layout, without a copy
 * of the values, before the projection.  Neither kind of slot is fixed, so
 * the node's expressions are compiled for any.
 *
 * A window that is read backwards (read/backward.c) gives all rows or none.
 *
 * Scanning backwards works as far as the child can.  A scan that has come to
 * the child stays there, also when it goes back to rows that the window has
 * given: they are the same rows.
 *
 * Memory: a row lives in the window's slot, the projection's or the child's;
 * nothing is allocated for each row but by expressions, in the per-tuple context.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/tableam.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/extensible.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "store/stats.h"
#include "store/window.h"
#include "read/backward.h"
#include "read/open.h"
#include "read/plan.h"
#include "read/scan.h"

#define READ_IN_VAIN "too many rows of the window were read in vain"

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

uint64
bingo_scan_rows_served(const BingoScanState *state)
{
	uint64		rows = 0;

	for (int i = 0; i < state->nleaves; i++)
		rows += state->leaves[i].rows_served;
	return rows;
}

uint64
bingo_scan_rows_behind(const BingoScanState *state)
{
	uint64		rows = 0;

	for (int i = 0; i < state->nleaves; i++)
		rows += state->leaves[i].rows_behind;
	return rows;
}

static Node *
bingo_scan_create(CustomScan *cscan)
{
	BingoScanState *state = palloc0(sizeof(BingoScanState));

	NodeSetTag(state, T_CustomScanState);
	state->css.methods = &exec_methods;
	return (Node *) state;
}

/*
 * Target list and filter are compiled again for rows of any kind of slot: the core
 * has taken them for one kind, and forgot here what it had made.
 */
static void
compile_expressions(BingoScanState *state, CustomScan *cscan)
{
	CustomScanState *node = &state->css;
	List	   *filter = cscan->scan.plan.qual;
	int			nearly = list_length(filter) - list_nth_int(BINGO_PLAN_NUMBERS(cscan), BINGO_PRIVATE_LATE);

	node->ss.ps.subPlan = NIL;
	node->ss.ps.scanopsset = true;
	node->ss.ps.scanopsfixed = false;
	node->ss.ps.resultopsset = true;
	node->ss.ps.resultopsfixed = false;
	ExecAssignScanProjectionInfoWithVarno(&node->ss, INDEX_VAR);
	state->early = node->ss.ps.qual = ExecInitQual(list_copy_head(filter, nearly), &node->ss.ps);
	state->late = ExecInitQual(list_copy_tail(filter, nearly), &node->ss.ps);
}

/* Is only the first row of each key wanted? */
static bool
is_of_first(const BingoScanState *state)
{
	return state->first.nkeys > 0;
}

/* Opens what the node reads of the windows; NULL, or the reason why that can't be done now. */
static const char *
open_windows(BingoScanState *state, CustomScan *cscan, EState *estate)
{
	int			covered = list_nth_int(BINGO_PLAN_NUMBERS(cscan), BINGO_PRIVATE_COVERED);
	BingoLeaf  *first = &state->leaves[0];
	const char *reason;

	if (estate->es_epq_active != NULL)
		return "a changed row is checked again";
	reason = bingo_leaf_open(state->leaves, state->nleaves, BINGO_PLAN_PARTITIONS(cscan), estate->es_snapshot, &state->refusing);
	if (reason != NULL)
		return reason;
	for (int i = 0; i < state->nleaves; i++)
		bingo_end_init(&state->leaves[i].end, state->leaves[i].heap, state->leaves[i].index, state->leaves[i].ordering,
					   estate->es_snapshot, covered);
	if (!bingo_search_prepare(&state->search, cscan, first->ordering, first->index) ||
		(state->merged && !bingo_merge_init(&state->merge, state->leaves, state->nleaves, estate->es_snapshot, covered,
											list_nth_int(BINGO_PLAN_NUMBERS(cscan), BINGO_PRIVATE_MERGED_KEY))))
		reason = "an operator or function that the search compares by has left its operator family";
	else
		reason = bingo_leaf_begin_fetch(state->leaves, state->nleaves, estate->es_snapshot);
	if (reason != NULL)
		bingo_leaf_close(state->leaves, state->nleaves);
	return reason;
}

/* What the node reads of the windows, if it may. */
static void
begin_windows(BingoScanState *state, CustomScan *cscan, EState *estate)
{
	List	   *numbers = BINGO_PLAN_NUMBERS(cscan);
	BingoLeaf  *first = &state->leaves[0];

	state->reason = open_windows(state, cscan, estate);
	if (state->reason != NULL)
		return;
	state->slot = MakeSingleTupleTableSlot(bingo_window_describe(first->heap, first->ordering->definition),
										   table_slot_callbacks(first->heap));
	state->scan = bingo_index_beginscan(first->heap, first->index, estate->es_snapshot, state->search.nkeys);
	bingo_vain_init(&state->vain, &first->end, list_nth_int(numbers, BINGO_PRIVATE_VAIN),
					list_nth_int(numbers, BINGO_PRIVATE_VAIN_OF_NONE), list_nth_int(numbers, BINGO_PRIVATE_MERGED_KEY),
					state->nleaves == 1);
	bingo_first_init(&state->first, &first->end, state->scan, list_nth_int(numbers, BINGO_PRIVATE_FIRST),
					 list_nth_int(numbers, BINGO_PRIVATE_FIRST_ROWS), list_nth_int(numbers, BINGO_PRIVATE_BY_KEY) != 0);
	if (is_of_first(state) && state->first.wanted == 0)
		bingo_first_limit(&state->first, linitial(cscan->custom_exprs), &state->css.ss.ps);
	state->vain.total = state->vain.total || is_of_first(state);
	state->phase = BINGO_PHASE_START;
}

static void
bingo_scan_begin(CustomScanState *node, EState *estate, int eflags)
{
	BingoScanState *state = (BingoScanState *) node;
	CustomScan *cscan = (CustomScan *) node->ss.ps.plan;

	state->name = BINGO_PLAN_NAME(cscan);
	state->leaves = bingo_leaf_list(cscan, &state->nleaves);
	state->refusing = &state->leaves[0];
	bingo_exec_behind_init(state, eflags);
	compile_expressions(state, cscan);
	bingo_exec_behind_begin(state, cscan);
	bingo_search_init(&state->search, cscan, &node->ss.ps);
	state->merged = state->search.list >= 0 || state->nleaves > 1;
	state->backward = list_nth_int(BINGO_PLAN_NUMBERS(cscan), BINGO_PRIVATE_BACKWARD) != 0;

	state->phase = BINGO_PHASE_BEHIND;
	if ((eflags & EXEC_FLAG_EXPLAIN_ONLY) == 0)
		begin_windows(state, cscan, estate);
}

static void
start_scan(BingoScanState *state)
{
	index_rescan(state->scan, state->search.keys, state->search.nkeys, NULL, 0);
	bingo_page_begin(&state->pages, state->scan);
}

/* Positions the window's scan; the reason if it can give nothing, else NULL. */
static const char *
start_window(BingoScanState *state)
{
	const char *reason = NULL;

	if (!bingo_search_start(&state->search))
		return "a value that it searches by is NULL";
	if (is_of_first(state))
		return bingo_first_start(&state->first);
	for (int i = 0; i < state->nleaves && reason == NULL; i++)
	{
		reason = bingo_end_start(&state->leaves[i].end, &state->search);
		state->refusing = &state->leaves[reason != NULL ? i : 0];
	}
	if (reason != NULL)
		return reason;
	if (state->merged)
		return bingo_merge_start(&state->merge, &state->search);
	if (state->backward)
		reason = bingo_backward_start(&state->leaves[0].end, &state->search);
	else if (!bingo_end_allows_start(&state->leaves[0].end))
		reason = "the window is empty";
	if (reason == NULL)
		start_scan(state);
	return reason;
}

/* Lets go of the window's pages, and of the rows in them. */
static void
release_window(BingoScanState *state)
{
	ExecClearTuple(state->slot);
	bingo_page_release(&state->pages);
	bingo_merge_release(&state->merge);
	for (int i = 0; i < state->nleaves; i++)
		bingo_join_back_release(&state->leaves[i].fetch);
}

/* The next row of the window that the search finds; false at either end. */
static bool
fetch_row(BingoScanState *state, ScanDirection direction)
{
	if (state->merged)
	{
		Assert(ScanDirectionIsForward(direction));
		state->row = bingo_merge_next(&state->merge);
		state->cut = state->cut || state->merge.stopped;
		return state->row != NULL;
	}
	state->row = state->slot;
	if (is_of_first(state))
		return bingo_first_next(&state->first, state->slot);
	if (state->backward)
		direction = BackwardScanDirection;	/* the node itself goes forward only */
	while (!bingo_page_next(&state->pages, direction, state->slot))
	{
		if (!bingo_search_step(&state->search, direction))
			return false;
		start_scan(state);
	}
	return true;
}

/* The filter has not let the row pass: should the plan behind take over? */
static bool
loses_patience(BingoScanState *state, ScanDirection direction)
{
	int			weight = state->merged && !state->merge.keeps_pages ? BINGO_ROW_WITHOUT_PAGE : 1;

	return ScanDirectionIsForward(direction) && !state->window_at_end &&
		bingo_vain_count(&state->vain, state->row, weight, state->window_position);
}

static bool
leave_window(BingoScanState *state, const char *reason)
{
	state->cut = true;
	state->reason = reason;
	return false;
}

/* Only the first rows of each key are wanted: this is one, or none of the key passes the filter. */
static bool
pass_key(BingoScanState *state, bool passes)
{
	return (passes ? bingo_first_take(&state->first, state->row) : bingo_first_leave_out(&state->first, state->row)) ||
		leave_window(state, state->first.reason);
}

/* The row has not passed the filter: does the window's turn go on? */
static bool
goes_on(BingoScanState *state, ScanDirection direction)
{
	if (state->first.by_key && !pass_key(state, false))
		return false;
	if (loses_patience(state, direction))
		return leave_window(state, READ_IN_VAIN);
	CHECK_FOR_INTERRUPTS();
	return true;
}

/* The next row of the window that the search finds and the filter lets pass, with all columns; NULL when it ran off either end. */
static TupleTableSlot *
fetch_of_window(BingoScanState *state, ScanDirection direction)
{
	TupleTableSlot *row;

	while (fetch_row(state, direction))
	{
		if (!state->merged && !state->backward && !is_of_first(state) && bingo_end_is_reached(&state->leaves[0].end, state->row))
		{
			state->cut = true;
			return NULL;
		}
		if ((state->early != NULL || state->late != NULL) && bingo_vain_is_over(&state->vain, state->row))
		{
			(void) leave_window(state, READ_IN_VAIN);
			return NULL;
		}
		if (bingo_exec_row_passes(state, state->early, state->row))
		{
			row = bingo_exec_row_complete(state);
			if (row == NULL)
				state->cut = true;
			if (row == NULL || bingo_exec_row_passes(state, state->late, row))
				return row;
		}
		if (!goes_on(state, direction))
			return NULL;
	}
	return NULL;
}

/* A row in the node's layout as the node gives it. */
static TupleTableSlot *
project(BingoScanState *state, TupleTableSlot *slot)
{
	ProjectionInfo *projection = state->css.ss.ps.ps_ProjInfo;

	if (projection == NULL)
		return slot;
	projection->pi_exprContext->ecxt_scantuple = slot;
	return ExecProject(projection);
}

/* The next row of the window, NULL when it ran off either end. */
static TupleTableSlot *
next_of_window(BingoScanState *state, ScanDirection direction)
{
	TupleTableSlot *row;

	row = fetch_of_window(state, direction);
	if (row == NULL)
	{
		if (ScanDirectionIsForward(direction))
			state->window_at_end = true;
		else
			state->window_position = 0;
		return NULL;
	}
	if (is_of_first(state) && !pass_key(state, true))
		return NULL;

	if (ScanDirectionIsForward(direction))
		state->window_position++;
	else if (state->window_at_end)
		state->window_at_end = false;	/* from behind the last row onto it */
	else
		state->window_position--;
	bingo_exec_row_leaf(state)->rows_served++;
	return project(state, row);
}

/* The window whose rows did not do: of several the one that ended first. */
static BingoLeaf *
find_ended(const BingoScanState *state)
{
	return state->merge.limiter ? state->merge.limiter : state->refusing;
}

/* The window ran off its last row: did that give all that is wanted? */
static bool
is_final(BingoScanState *state)
{
	if (state->cut)
		return false;
	if (is_of_first(state))
		return bingo_first_is_final(&state->first);
	if (state->merged)
		return true;
	if (state->leaves[0].rows_served > 0)
		bingo_end_note_row(&state->leaves[0].end);
	return bingo_end_is_final(&state->leaves[0].end, &state->search);
}

static TupleTableSlot *
bingo_scan_next(CustomScanState *node)
{
	BingoScanState *state = (BingoScanState *) node;
	ScanDirection direction = node->ss.ps.state->es_direction;
	TupleTableSlot *slot;

	ResetExprContext(node->ss.ps.ps_ExprContext);
	if (state->phase == BINGO_PHASE_START)
	{
		const char *reason = start_window(state);

		state->phase = reason == NULL ? BINGO_PHASE_WINDOW : BINGO_PHASE_BEHIND;
		if (state->reason == NULL)
			state->reason = reason;
	}
	if (state->phase == BINGO_PHASE_WINDOW)
	{
		slot = next_of_window(state, direction);
		if (slot != NULL)
			return slot;
		if (ScanDirectionIsBackward(direction) || is_final(state))
			return NULL;
		release_window(state);
		state->phase = BINGO_PHASE_BEHIND;
		if (state->reason == NULL)
			state->reason = state->first.reason != NULL ? state->first.reason : "the window ended";
	}

	slot = bingo_exec_behind_next(state);
	if (slot == NULL)
		return NULL;
	find_ended(state)->rows_behind++;
	return project(state, slot);
}

/* Starts from the first row again; the child only when it is needed again. */
static void
bingo_scan_rescan(CustomScanState *node)
{
	BingoScanState *state = (BingoScanState *) node;

	bingo_exec_behind_rescan(state);
	state->window_at_end = false;
	state->cut = false;
	bingo_vain_start(&state->vain);
	state->window_position = 0;
	if (state->scan == NULL)
		return;
	release_window(state);
	state->phase = BINGO_PHASE_START;
}

static void
bingo_scan_end(CustomScanState *node)
{
	BingoScanState *state = (BingoScanState *) node;

	if (state->scan != NULL)
	{
		bingo_page_release(&state->pages);
		bingo_merge_end(&state->merge);
		bingo_vain_end(&state->vain);
		bingo_first_end(&state->first);
		index_endscan(state->scan);
		ExecDropSingleTupleTableSlot(state->slot);
		bingo_leaf_close(state->leaves, state->nleaves);
	}
	ExecEndNode(state->behind);
	bingo_late_end(&state->waiting);

	for (int i = 0; i < state->nleaves; i++)
	{
		const BingoLeaf *leaf = &state->leaves[i];

		if (bingo_scan_rows_served(state) > 0 || state->window_at_end || state->behind_used)
			bingo_stats_add(leaf->id, BINGO_COUNT_SCANS, 1);
		bingo_stats_add(leaf->id, BINGO_COUNT_ROWS_SERVED, leaf->rows_served);
		bingo_stats_add(leaf->id, BINGO_COUNT_ROWS_BEHIND, leaf->rows_behind);
	}
}
