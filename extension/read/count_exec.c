/*
 * read/count_exec.c
 *	  BingoCounter: counts summed from a counter's window, or those of the plan behind it.
 *
 * Whether the window may be used is decided once, when the executor starts
 * (bingo_count_open() in read/open.c).  Then either all rows of the node come from it or
 * all come from the child, the plain plan, whose rows are the node's own.
 *
 * The window's rows that the snapshot sees are read through the index on the keys, and the
 * n of those of one group, which stand one after the other, are summed.  By (S) in
 * write/delta.c the sum is the count.  Without GROUP BY there is one row, also if there is
 * nothing to sum.  Equal keys have equal images, so any row of a group shows its keys.
 *
 * The rows are not kept in an order that a plan rests on, and the node can't go backwards:
 * the core puts a Material node above it where somebody wants that.
 *
 * Memory: the keys of the group at hand are in a slot of their own.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/tableam.h"
#include "commands/explain.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/extensible.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "base/compat.h"
#include "read/count.h"
#include "read/open.h"
#include "store/stats.h"

typedef struct CountState
{
	CustomScanState css;		/* first */
	PlanState  *behind;
	bool		behind_used;
	const char *reason;			/* why the plan behind is used; NULL: it is not */

	int			id;
	int			nkeys;			/* of the window */
	Relation	heap;			/* NULL: the window is not used */
	Relation	index;
	IndexScanDesc scan;
	TupleTableSlot *row;		/* as it was read */
	TupleTableSlot *group;		/* the first row of the group at hand */

	int			nsearch;
	ScanKeyData *keys;
	ExprState **values;			/* NULL: IS NULL */
	ExprContext *context;

	bool		started;
	bool		done;			/* all groups are given */
	bool		ahead;			/* row is the first of the next group */
	uint64		rows_read;
	uint64		groups_given;
} CountState;

static Node *create_state(CustomScan *cscan);
static void begin(CustomScanState *node, EState *estate, int eflags);
static TupleTableSlot *next(CustomScanState *node);
static void end(CustomScanState *node);
static void rescan(CustomScanState *node);
static void explain(CustomScanState *node, List *ancestors, ExplainState *es);

const CustomScanMethods bingo_count_methods = {
	.CustomName = BINGO_COUNT_NAME,
	.CreateCustomScanState = create_state,
};

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

	NodeSetTag(state, T_CustomScanState);
	state->css.methods = &exec_methods;
	return (Node *) state;
}

/* The search keys but for their values. */
static void
prepare_search(CountState *state, CustomScan *cscan, const BingoOrdering *counter)
{
	List	   *search = BINGO_COUNT_SEARCH(cscan);
	List	   *oids = BINGO_COUNT_OIDS(cscan);
	int			value = 0;

	state->keys = palloc0(Max(state->nsearch, 1) * sizeof(ScanKeyData));
	state->values = palloc0(Max(state->nsearch, 1) * sizeof(ExprState *));
	state->context = CreateExprContext(state->css.ss.ps.state);
	for (int i = 0; i < state->nsearch; i++)
	{
		int			key = list_nth_int(search, 3 * i);
		bool		has_value = list_nth_int(search, 3 * i + 1) != 0;
		int			flags = !has_value ? SK_ISNULL | SK_SEARCHNULL : list_nth_int(search, 3 * i + 2) ? SK_SEARCHARRAY : 0;

		ScanKeyEntryInitialize(&state->keys[i], flags, (AttrNumber) (key + 1),
							   has_value ? BTEqualStrategyNumber : InvalidStrategy,
							   list_nth_oid(oids, 2 * i), counter->definition->sort[key].collation,
							   list_nth_oid(oids, 2 * i + 1), (Datum) 0);
		if (has_value)
			state->values[i] = ExecInitExpr(list_nth(cscan->custom_exprs, value++), &state->css.ss.ps);
	}
}

static void
begin(CustomScanState *node, EState *estate, int eflags)
{
	CountState *state = (CountState *) node;
	CustomScan *cscan = (CustomScan *) node->ss.ps.plan;
	List	   *numbers = BINGO_COUNT_NUMBERS(cscan);
	const BingoOrdering *counter;

	state->id = list_nth_int(numbers, BINGO_COUNT_PRIVATE_ID);
	state->nsearch = list_nth_int(numbers, BINGO_COUNT_PRIVATE_KEYS);
	state->behind = ExecInitNode((Plan *) linitial(cscan->custom_plans), estate, eflags);
	node->custom_ps = list_make1(state->behind);

	/* its own rows are projected; the child's are given as they come */
	node->ss.ps.resultopsset = true;
	node->ss.ps.resultopsfixed = false;
	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	state->reason = estate->es_epq_active != NULL ? "a changed row is checked again" :
		bingo_count_open(state->id, (Oid) list_nth_int(numbers, BINGO_COUNT_PRIVATE_WINDOW),
						 estate->es_snapshot, &counter, &state->heap, &state->index);
	if (state->reason != NULL)
	{
		state->heap = NULL;
		return;
	}
	state->nkeys = counter->definition->noutput;
	state->row = table_slot_create(state->heap, NULL);
	state->group = table_slot_create(state->heap, NULL);
	state->scan = bingo_index_beginscan(state->heap, state->index, estate->es_snapshot, state->nsearch);
	prepare_search(state, cscan, counter);
}

/* Positions the scan; false if a value is NULL, which no key equals. */
static bool
start(CountState *state)
{
	ResetExprContext(state->context);
	for (int i = 0; i < state->nsearch; i++)
	{
		bool		isnull;

		if (state->values[i] == NULL)
			continue;
		state->keys[i].sk_argument = ExecEvalExprSwitchContext(state->values[i], state->context, &isnull);
		if (isnull)
			return false;
	}
	index_rescan(state->scan, state->keys, state->nsearch, NULL, 0);
	return true;
}

/* The next row; false behind the last. */
static bool
read_row(CountState *state)
{
	CHECK_FOR_INTERRUPTS();
	if (!index_getnext_slot(state->scan, ForwardScanDirection, state->row))
		return false;
	state->rows_read++;
	return true;
}

static int64
get_n(const CountState *state)
{
	bool		isnull;

	return DatumGetInt64(slot_getattr(state->row, state->nkeys + 1, &isnull));
}

/* Is the row of the group at hand? */
static bool
is_same_group(const CountState *state, List *groups)
{
	ListCell   *cell;

	foreach(cell, groups)
	{
		int			attno = lfirst_int(cell) + 1;
		Form_pg_attribute column = TupleDescAttr(state->row->tts_tupleDescriptor, attno - 1);
		bool		is_null;
		bool		was_null;
		Datum		is = slot_getattr(state->row, attno, &is_null);
		Datum		was = slot_getattr(state->group, attno, &was_null);

		if (is_null != was_null ||
			(!is_null && !datum_image_eq(is, was, column->attbyval, column->attlen)))
			return false;
	}
	return true;
}

/* Sums the next group, of which group then has the keys; false if there is none. */
static bool
sum_group(CountState *state, List *groups, int64 *sum)
{
	*sum = 0;
	if (!state->ahead && !read_row(state))
		return false;
	state->ahead = false;
	ExecCopySlot(state->group, state->row);
	do
	{
		if (!is_same_group(state, groups))
		{
			state->ahead = true;
			return true;
		}
		*sum += get_n(state);
	} while (read_row(state));
	state->done = true;
	return true;
}

/* A row of the node. */
static TupleTableSlot *
make_row(CountState *state, CustomScan *cscan, int64 sum)
{
	TupleTableSlot *slot = state->css.ss.ss_ScanTupleSlot;
	ListCell   *cell;

	ExecClearTuple(slot);
	foreach(cell, BINGO_COUNT_COLUMNS(cscan))
	{
		int			i = foreach_current_index(cell);
		int			key = lfirst_int(cell);

		if (key < 0)
		{
			slot->tts_values[i] = Int64GetDatum(sum);
			slot->tts_isnull[i] = false;
		}
		else
			slot->tts_values[i] = slot_getattr(state->group, key + 1, &slot->tts_isnull[i]);
	}
	return ExecStoreVirtualTuple(slot);
}

/* The next group, or without GROUP BY the one row; NULL behind the last. */
static TupleTableSlot *
next_group(CountState *state, CustomScan *cscan)
{
	List	   *groups = BINGO_COUNT_GROUPS(cscan);
	int64		sum;

	while (!state->done)
	{
		if (!state->started)
		{
			state->started = true;
			state->done = !start(state);
			if (state->done && groups != NIL)
				return NULL;
			if (state->done)
				return make_row(state, cscan, 0);
		}
		if (!sum_group(state, groups, &sum))
		{
			state->done = true;
			return groups == NIL ? make_row(state, cscan, 0) : NULL;
		}
		if (sum != 0 || groups == NIL)
			return make_row(state, cscan, sum);
	}
	return NULL;
}

static TupleTableSlot *
next(CustomScanState *node)
{
	CountState *state = (CountState *) node;
	CustomScan *cscan = (CustomScan *) node->ss.ps.plan;
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	TupleTableSlot *slot;

	if (state->heap == NULL)
	{
		state->behind_used = true;
		return ExecProcNode(state->behind);
	}
	ResetExprContext(econtext);
	while ((slot = next_group(state, cscan)) != NULL)
	{
		econtext->ecxt_scantuple = slot;
		if (node->ss.ps.qual == NULL || ExecQual(node->ss.ps.qual, econtext))
		{
			state->groups_given++;
			return node->ss.ps.ps_ProjInfo ? ExecProject(node->ss.ps.ps_ProjInfo) : slot;
		}
		InstrCountFiltered1(node, 1);
		ResetExprContext(econtext);
	}
	return NULL;
}

static void
rescan(CustomScanState *node)
{
	CountState *state = (CountState *) node;

	/* the executor tells only the node itself which parameters changed */
	if (node->ss.ps.chgParam != NULL)
		UpdateChangedParamSet(state->behind, node->ss.ps.chgParam);
	if (state->heap == NULL)
	{
		if (state->behind->chgParam == NULL)
			ExecReScan(state->behind);
		return;
	}
	ExecClearTuple(state->row);
	ExecClearTuple(state->group);
	state->started = state->done = state->ahead = false;
}

static void
end(CustomScanState *node)
{
	CountState *state = (CountState *) node;

	if (state->heap != NULL)
	{
		index_endscan(state->scan);
		ExecDropSingleTupleTableSlot(state->row);
		ExecDropSingleTupleTableSlot(state->group);
		bingo_scan_close(state->heap, state->index);
	}
	ExecEndNode(state->behind);
	if (state->started || state->behind_used)
		bingo_stats_add(state->id, BINGO_COUNT_SCANS, 1);
	bingo_stats_add(state->id, BINGO_COUNT_ROWS_SERVED, state->groups_given);
	bingo_stats_add(state->id, BINGO_COUNT_ROWS_BEHIND, state->behind_used);
}

/* "key = value", ... */
static char *
format_search(const CustomScan *cscan, List *names)
{
	StringInfoData text;
	ListCell   *cell;
	int			value = 0;

	initStringInfo(&text);
	foreach(cell, BINGO_COUNT_NAMES(cscan))
	{
		int			i = foreach_current_index(cell);
		bool		has_value = list_nth_int(BINGO_COUNT_SEARCH(cscan), 3 * i + 1) != 0;
		bool		list = list_nth_int(BINGO_COUNT_SEARCH(cscan), 3 * i + 2) != 0;

		appendStringInfo(&text, "%s%s%s", i > 0 ? ", " : "", quote_identifier(strVal(lfirst(cell))),
						 !has_value ? " IS NULL" : list ? " = ANY (" : " = ");
		if (has_value)
			appendStringInfo(&text, "%s%s", deparse_expression(list_nth(cscan->custom_exprs, value++), names, false, false),
							 list ? ")" : "");
	}
	return text.data;
}

static void
explain(CustomScanState *node, List *ancestors, ExplainState *es)
{
	CountState *state = (CountState *) node;
	CustomScan *cscan = (CustomScan *) node->ss.ps.plan;

	ExplainPropertyText("Counter", BINGO_COUNT_PLAN_NAME(cscan), es);
	if (state->nsearch > 0)
		ExplainPropertyText("Count Keys",
							format_search(cscan, set_deparse_context_plan(es->deparse_cxt, node->ss.ps.plan, ancestors)), es);
	if (!es->analyze)
		return;
	ExplainPropertyInteger("Changes Read", NULL, state->rows_read, es);
	if (state->reason != NULL)
		ExplainPropertyText("Plan Behind Used", state->reason, es);
}
