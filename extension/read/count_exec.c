/*
 * read/count_exec.c
 *	  BingoCounter: counts summed from counters' windows, or those of the plan behind it.
 *
 * There is one window, or one for each partition.  Whether they may be used is decided once, when the
 * executor starts (bingo_count_open() in read/open.c).  Then either all rows of the node come from them or
 * all come from the first child, the plain plan, whose rows are the node's own.
 *
 * They are read cell by cell (read/count_read.c).  A cell whose sum is 0 is none: no
 * row has its keys, and nothing is evaluated for it.  The others that pass the residual
 * conditions are added up: in all, and in each filtered count whose condition they pass.
 * The cells of a group stand one after the other, or else, of partitions always, all groups are collected
 * before the first one is given (read/count_hash.c).  Without GROUP BY there is one row.
 *
 * Beside rows (count(*) OVER ()) the second child gives the rows, in its order, and the one
 * count is added to each; it is made when there is a first row.
 *
 * The rows are not kept in an order that a plan rests on, but for those of the second
 * child, and the node can't go backwards: the core puts a Material node above it where
 * somebody wants that.
 *
 * Memory: the keys of the cell and of the group at hand are in slots of their own.
 */
#include "postgres.h"

#include "access/tableam.h"
#include "commands/explain.h"
#include "executor/executor.h"
#include "nodes/extensible.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "read/count.h"
#include "read/count_explain.h"
#include "read/count_hash.h"
#include "read/count_read.h"
#include "read/open.h"
#include "store/stats.h"

typedef struct CountState
{
	CustomScanState css;		/* first */
	PlanState  *behind;
	PlanState  *rows;			/* beside which the count is; or NULL */
	bool		rows_used;
	bool		started;
	bool		behind_used;
	const char *reason;			/* why the plan behind is used; NULL: it is not */

	BingoCountReader *readers;	/* of all partitions; NULL if the plan behind is used */
	BingoCountReader *reader;	/* the one at hand */
	ExprState  *residual;
	int			nfilters;
	ExprState **filters;
	ExprState  *limit;			/* of a subquery whose rows are counted; NULL: none */
	ExprState  *offset;

	BingoCountGroups *groups;	/* all of them, if they are scattered; else NULL */
	TupleTableSlot *group;		/* the first cell of the group at hand, or its keys only */
	int64		all;			/* rows of the group at hand */
	int64	   *filtered;		/* of these, those that pass each filter */
	bool		done;			/* all groups are given, or the one count is made */
	bool		ahead;			/* the reader's cell is the first of the next group */
	uint64		rows_given;
} CountState;

/* --- the beginning --- */

static const char *
open_windows(CountState *state, CustomScan *cscan, EState *estate)
{
	Oid			unique_index = (Oid) BINGO_COUNT_NUMBER(cscan, BINGO_COUNT_PRIVATE_UNIQUE_INDEX);

	if (estate->es_epq_active != NULL)
		return "a changed row is checked again";
	if (OidIsValid(unique_index) && !bingo_count_is_unique_to(unique_index, estate->es_snapshot))
		return "the primary key is younger than the snapshot";
	return bingo_count_read_open(&state->css, BINGO_COUNT_FILTERS(cscan) != NIL || BINGO_COUNT_RESIDUAL(cscan) != NIL,
								 &state->readers);
}

static ExprState *
prepare_number(CountState *state, Expr *number)
{
	return IsA(number, Const) && ((Const *) number)->constisnull ? NULL : ExecInitExpr(number, &state->css.ss.ps);
}

static void
prepare(CountState *state, CustomScan *cscan)
{
	List	   *filters = BINGO_COUNT_FILTERS(cscan);
	Relation	heap = state->readers->heap;
	ListCell   *cell;

	state->reader = state->readers;
	state->group = MakeSingleTupleTableSlot(RelationGetDescr(heap), BINGO_COUNT_NUMBER(cscan, BINGO_COUNT_PRIVATE_SCATTERED) ?
											&TTSOpsVirtual : table_slot_callbacks(heap));
	state->residual = ExecInitQual(BINGO_COUNT_RESIDUAL(cscan), &state->css.ss.ps);
	state->filters = palloc0(Max(list_length(filters), 1) * sizeof(ExprState *));
	state->filtered = palloc0(Max(list_length(filters), 1) * sizeof(int64));
	foreach(cell, filters)
		state->filters[state->nfilters++] = ExecInitQual(list_make1(lfirst(cell)), &state->css.ss.ps);
	if (BINGO_COUNT_NUMBER(cscan, BINGO_COUNT_PRIVATE_SCATTERED))
		state->groups = bingo_count_groups_make(BINGO_COUNT_GROUPS(cscan), RelationGetDescr(heap), state->nfilters);
	state->limit = prepare_number(state, linitial(BINGO_COUNT_PAGE(cscan)));
	state->offset = prepare_number(state, lsecond(BINGO_COUNT_PAGE(cscan)));
}

static void
begin(CustomScanState *node, EState *estate, int eflags)
{
	CountState *state = (CountState *) node;
	CustomScan *cscan = (CustomScan *) node->ss.ps.plan;
	int			bound = BINGO_COUNT_NUMBER(cscan, BINGO_COUNT_PRIVATE_BOUND);

	state->behind = ExecInitNode((Plan *) linitial(cscan->custom_plans), estate, eflags);
	node->custom_ps = list_make1(state->behind);
	if (list_length(cscan->custom_plans) > 1)
	{
		state->rows = ExecInitNode((Plan *) lsecond(cscan->custom_plans), estate, eflags);
		node->custom_ps = lappend(node->custom_ps, state->rows);
	}
	if (bound > 0)
	{
		ExecSetTupleBound(bound, state->behind);
		ExecSetTupleBound(bound, state->rows);
	}

	/* its own rows are projected; the child's are given as they come */
	node->ss.ps.resultopsset = true;
	node->ss.ps.resultopsfixed = false;
	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	state->reason = open_windows(state, cscan, estate);
	if (state->reason == NULL)
		prepare(state, cscan);
}

/* --- groups --- */

/*
 * What conditions look at: the keys that a row of the window has, in all columns that are
 * keys.  The others are nobody's business then.
 */
static TupleTableSlot *
show_keys(CountState *state, CustomScan *cscan, TupleTableSlot *row)
{
	TupleTableSlot *slot = state->css.ss.ss_ScanTupleSlot;
	ListCell   *cell;

	ExecClearTuple(slot);
	foreach(cell, BINGO_COUNT_COLUMNS(cscan))
	{
		int			i = foreach_current_index(cell);
		int			key = lfirst_int(cell);

		slot->tts_isnull[i] = true;
		if (key >= 0 && !TTS_EMPTY(row))
			slot->tts_values[i] = slot_getattr(row, key + 1, &slot->tts_isnull[i]);
	}
	return slot;
}

/* Conditions and filters are evaluated on this next. */
static void
look_at(CountState *state, CustomScan *cscan, TupleTableSlot *cell)
{
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;

	ResetExprContext(econtext);
	econtext->ecxt_scantuple = ExecStoreVirtualTuple(show_keys(state, cscan, cell));
}

static int64
get_count(const CountState *state, int number)
{
	return number == BINGO_COUNT_ALL ? state->all : state->filtered[BINGO_COUNT_FILTERED(number)];
}

static void
show_counts(CountState *state, CustomScan *cscan, TupleTableSlot *slot)
{
	ListCell   *cell;
	ListCell   *present;

	forboth(cell, BINGO_COUNT_COLUMNS(cscan), present, BINGO_COUNT_PRESENT(cscan))
	{
		int			i = foreach_current_index(cell);

		if (lfirst_int(cell) >= 0 || lfirst_int(cell) == BINGO_COUNT_OTHER)
			continue;
		slot->tts_values[i] = Int64GetDatum(get_count(state, lfirst_int(cell)));
		slot->tts_isnull[i] = lfirst_int(present) != BINGO_COUNT_OTHER && get_count(state, lfirst_int(present)) == 0;
	}
}

/* The next cell, of the next window behind the last one of the one at hand. */
static bool
read_cell(CountState *state)
{
	while (!bingo_count_read_cell(state->reader))
	{
		if (state->reader->next == NULL)
			return false;
		state->reader = state->reader->next;
	}
	return true;
}

/* The next cell that has rows which pass; false behind the last. */
static bool
next_cell(CountState *state, CustomScan *cscan)
{
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;

	while (read_cell(state))
	{
		if (state->reader->n == 0)
			continue;
		if (state->residual == NULL)
			return true;
		look_at(state, cscan, state->reader->cell);
		if (ExecQual(state->residual, econtext))
			return true;
	}
	return false;
}

/* The cell at hand may have been read before the row of the last group was made. */
static void
add_cell(CountState *state, CustomScan *cscan, int64 *all, int64 *filtered)
{
	*all += state->reader->n;
	if (state->nfilters > 0)
		look_at(state, cscan, state->reader->cell);
	for (int i = 0; i < state->nfilters; i++)
		if (ExecQual(state->filters[i], state->css.ss.ps.ps_ExprContext))
			filtered[i] += state->reader->n;
}

/* Adds up all groups; false, with the reason: they are too many. */
static bool
collect_groups(CountState *state, CustomScan *cscan)
{
	while (next_cell(state, cscan))
	{
		BingoCountGroup *group = bingo_count_groups_find(state->groups, state->reader->cell);

		if (group == NULL)
		{
			state->reason = "its groups take more memory than hash_mem_multiplier and work_mem allow";
			return false;
		}
		add_cell(state, cscan, &group->all, group->filtered);
	}
	return true;
}

/* One of those that were collected. */
static bool
next_collected(CountState *state)
{
	BingoCountGroup *group = bingo_count_groups_next(state->groups, state->group);

	if (group == NULL)
		return false;
	state->all = group->all;
	memcpy(state->filtered, group->filtered, state->nfilters * sizeof(int64));
	return true;
}

/* Adds up the next group, of which "group" then has the keys; false if there is none. */
static bool
next_group(CountState *state, CustomScan *cscan)
{
	List	   *keys = BINGO_COUNT_GROUPS(cscan);

	state->all = 0;
	memset(state->filtered, 0, state->nfilters * sizeof(int64));
	if (state->done || (!state->ahead && !next_cell(state, cscan)))
	{
		state->done = true;
		return false;
	}
	state->ahead = false;
	ExecCopySlot(state->group, state->reader->cell);
	do
	{
		if (!bingo_count_same_keys(state->reader->cell, state->group, keys))
		{
			state->ahead = true;
			return true;
		}
		add_cell(state, cscan, &state->all, state->filtered);
	} while (next_cell(state, cscan));
	state->done = true;
	return true;
}

/* --- rows --- */

static int64
get_number(ExprState *number, ExprContext *econtext, int64 missing)
{
	bool		isnull;
	Datum		value;

	if (number == NULL)
		return missing;
	value = ExecEvalExprSwitchContext(number, econtext, &isnull);
	return isnull ? missing : DatumGetInt64(value);
}

/* As many of the rows as LIMIT and OFFSET leave; false if they are wrong, which the plan behind says. */
static bool
cut_page(CountState *state, ExprContext *econtext)
{
	int64		limit = get_number(state->limit, econtext, PG_INT64_MAX);
	int64		offset = get_number(state->offset, econtext, 0);

	if (limit < 0 || offset < 0)
		return false;
	state->all = Min(Max(state->all - offset, 0), limit);
	return true;
}

/* The next group, or without GROUP BY the one row; NULL behind the last. */
static TupleTableSlot *
next_count(CountState *state, CustomScan *cscan)
{
	TupleTableSlot *slot;
	bool		first = !state->started;

	state->started = true;
	if (state->groups)
	{
		if ((first && !collect_groups(state, cscan)) || !next_collected(state))
			return NULL;
	}
	else if (!next_group(state, cscan) && (BINGO_COUNT_GROUPS(cscan) != NIL || !first))
		return NULL;
	if (!cut_page(state, state->css.ss.ps.ps_ExprContext))
	{
		state->reason = "LIMIT or OFFSET is negative";
		return NULL;
	}
	slot = show_keys(state, cscan, state->group);
	show_counts(state, cscan, slot);
	return ExecStoreVirtualTuple(slot);
}

/* The next row of the second child with the count beside it. */
static TupleTableSlot *
next_row(CountState *state, CustomScan *cscan)
{
	TupleTableSlot *slot = state->css.ss.ss_ScanTupleSlot;
	int			columns = BINGO_COUNT_NUMBER(cscan, BINGO_COUNT_PRIVATE_BESIDE);
	TupleTableSlot *row;

	state->rows_used = true;
	row = ExecProcNode(state->rows);
	if (TupIsNull(row))
		return NULL;
	if (!state->started)
	{
		state->started = true;
		(void) next_group(state, cscan);
	}
	slot_getallattrs(row);
	ExecClearTuple(slot);
	memset(slot->tts_isnull, true, slot->tts_tupleDescriptor->natts);
	memcpy(slot->tts_values, row->tts_values, columns * sizeof(Datum));
	memcpy(slot->tts_isnull, row->tts_isnull, columns * sizeof(bool));
	show_counts(state, cscan, slot);
	return ExecStoreVirtualTuple(slot);
}

static TupleTableSlot *
next(CustomScanState *node)
{
	CountState *state = (CountState *) node;
	CustomScan *cscan = (CustomScan *) node->ss.ps.plan;
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	TupleTableSlot *slot;

	while (state->reason == NULL)
	{
		ResetExprContext(econtext);
		slot = state->rows ? next_row(state, cscan) : next_count(state, cscan);
		if (slot == NULL)
			break;
		econtext->ecxt_scantuple = slot;
		if (node->ss.ps.qual == NULL || ExecQual(node->ss.ps.qual, econtext))
		{
			state->rows_given++;
			return node->ss.ps.ps_ProjInfo ? ExecProject(node->ss.ps.ps_ProjInfo) : slot;
		}
		InstrCountFiltered1(node, 1);
	}
	if (state->reason == NULL)
		return NULL;
	state->behind_used = true;
	return ExecProcNode(state->behind);
}

/* The executor tells only the node itself which parameters changed. */
static void
rescan_child(PlanState *child, Bitmapset *changed, bool used)
{
	if (changed != NULL)
		UpdateChangedParamSet(child, changed);
	if (used && child->chgParam == NULL)
		ExecReScan(child);
}

static void
rescan(CustomScanState *node)
{
	CountState *state = (CountState *) node;

	rescan_child(state->behind, node->ss.ps.chgParam, state->behind_used);
	if (state->rows)
		rescan_child(state->rows, node->ss.ps.chgParam, state->rows_used);
	if (state->group == NULL)
		return;
	bingo_count_read_again(state->readers);
	state->reader = state->readers;
	ExecClearTuple(state->group);
	if (state->groups)
		bingo_count_groups_clear(state->groups);
	state->started = state->done = state->ahead = false;
}

static void
end(CustomScanState *node)
{
	CountState *state = (CountState *) node;
	ListCell   *cell;

	if (state->group != NULL)
	{
		bingo_count_read_end(state->readers);
		ExecDropSingleTupleTableSlot(state->group);
	}
	ExecEndNode(state->behind);
	if (state->rows)
		ExecEndNode(state->rows);
	foreach(cell, BINGO_COUNT_IDS((CustomScan *) node->ss.ps.plan))
	{
		if (state->started || state->rows_used || state->behind_used)
			bingo_stats_add(lfirst_int(cell), BINGO_COUNT_SCANS, 1);
		bingo_stats_add(lfirst_int(cell), BINGO_COUNT_ROWS_SERVED, state->rows_given);
		bingo_stats_add(lfirst_int(cell), BINGO_COUNT_ROWS_BEHIND, state->behind_used);
	}
}

static void
explain(CustomScanState *node, List *ancestors, ExplainState *es)
{
	CountState *state = (CountState *) node;

	uint64		read;
	int			own;

	bingo_count_explain((CustomScan *) node->ss.ps.plan, ancestors, es);
	if (!es->analyze)
		return;
	bingo_count_read_numbers(state->readers, &read, &own);
	ExplainPropertyInteger("Changes Read", NULL, read, es);
	if (own > 0)
		ExplainPropertyInteger("Own Changes", NULL, own, es);
	if (state->reason != NULL)
		ExplainPropertyText("Plan Behind Used", state->reason, es);
}

static const CustomExecMethods exec_methods = {
	.CustomName = BINGO_COUNT_NAME,
	.BeginCustomScan = begin,
	.ExecCustomScan = next,
	.EndCustomScan = end,
	.ReScanCustomScan = rescan,
	.ExplainCustomScan = explain,
};

static Node *
create_state(CustomScan *cscan)
{
	CountState *state = palloc0(sizeof(CountState));

	bingo_count_forget_windows(cscan);
	NodeSetTag(state, T_CustomScanState);
	state->css.methods = &exec_methods;
	return (Node *) state;
}

const CustomScanMethods bingo_count_methods = {
	.CustomName = BINGO_COUNT_NAME,
	.CreateCustomScanState = create_state,
};
