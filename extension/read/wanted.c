/*
 * read/wanted.c
 *	  How many rows of a relation will a query level read?
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/primnodes.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/planner.h"
#include "utils/fmgroids.h"

#include "base/compat.h"
#include "base/guc.h"
#include "read/count.h"
#include "read/seen.h"
#include "read/wanted.h"

/* What people look at, so many at a time. */
#define ROWS_OF_A_PAGE 20

/* ... and of each of several things. */
#define ROWS_OF_EACH 5

/* Has a table of the query level a counter, which may know how many rows there are? */
static bool
has_counter(const PlannerInfo *root)
{
	ListCell   *lc;

	foreach(lc, bingo_enable_counter_scan ? bingo_seen_list() : NIL)
	{
		const BingoOrdering *counter = lfirst(lc);

		for (int i = 1; bingo_is_counter(counter) && i < root->simple_rel_array_size; i++)
		{
			/* there is room for children that the planner has left out: temporary ones of other sessions, or such as were just dropped */
			const RangeTblEntry *rte = root->simple_rte_array[i];

			if (rte != NULL && rte->rtekind == RTE_RELATION && rte->relid == counter->definition->tables[0].relid)
				return true;
		}
	}
	return false;
}

/* Does a window function look at rows behind the current one, so that all are read before the first is given? */
static bool
looks_ahead(const PlannerInfo *root)
{
	const Query *parse = root->parse;
	ListCell   *lc;

	/* a counter does not look at them (read/count_window.c); that it serves is not known yet */
	if (parse->windowClause != NIL && bingo_count_windows_are_whole(parse) && has_counter(root))
		return false;
	foreach(lc, parse->windowClause)
	{
		WindowClause *window = lfirst_node(WindowClause, lc);

		if (window->orderClause == NIL || !(window->frameOptions & FRAMEOPTION_END_CURRENT_ROW))
			return true;
	}
	return false;
}

/* The number that an integer constant is, or -1. */
static double
read_integer(const Expr *expr)
{
	const Const *constant = (const Const *) expr;

	if (expr == NULL || !IsA(expr, Const) || constant->constisnull)
		return -1;
	switch (constant->consttype)
	{
		case INT2OID:
			return DatumGetInt16(constant->constvalue);
		case INT4OID:
			return DatumGetInt32(constant->constvalue);
		case INT8OID:
			return (double) DatumGetInt64(constant->constvalue);
		default:
			return -1;
	}
}

int
bingo_wanted_limit(const Query *parse)
{
	double		limit = read_integer((const Expr *) parse->limitCount);
	double		offset = parse->limitOffset ? read_integer((const Expr *) parse->limitOffset) : 0;

	if (limit < 0 || offset < 0 || limit + offset > PG_INT32_MAX || parse->distinctClause != NIL ||
		parse->hasTargetSRFs || parse->limitOption == LIMIT_OPTION_WITH_TIES)
		return 0;
	return (int) (limit + offset);
}

/*
 * After how many rows does WindowAgg stop, because the query around this level wants no row
 * number or rank behind a constant?  -1: it does not, or nobody knows.  Rows that share the
 * last rank are more, by their number; of dense_rank() every rank may have any number of rows.
 */
static double
find_run_limit(const Query *parse)
{
	const WindowClause *window;
	ListCell   *lc;

	if (list_length(parse->windowClause) != 1)
		return -1;
	window = linitial_node(WindowClause, parse->windowClause);
	if (window->partitionClause != NIL)
		return -1;				/* it goes on with the next partition */
	foreach(lc, parse->targetList)
	{
		const WindowFunc *function = (const WindowFunc *) lfirst_node(TargetEntry, lc)->expr;
		double		limit;

		if (!IsA(function, WindowFunc) ||
			(function->winfnoid != F_ROW_NUMBER && function->winfnoid != F_RANK_))
			continue;
		limit = read_integer(bingo_run_condition_value(window, function));
		if (limit >= 0)
			return limit;
	}
	return -1;
}

/* Such a value is looked at when execution begins. */
static bool
is_parameter(const Expr *expr)
{
	Oid			type = expr != NULL && IsA(expr, Param) ? ((const Param *) expr)->paramtype : InvalidOid;

	return type == INT2OID || type == INT4OID || type == INT8OID;
}

/* No other one is computed, and none within an expression.  In an order without ties ranks are the rows' numbers. */
bool
bingo_wanted_of_each(const Query *parse, BingoWantedOfEach *wanted)
{
	double		least = -1;
	ListCell   *lc;

	memset(wanted, 0, sizeof(BingoWantedOfEach));
	if (list_length(parse->windowClause) != 1 || contain_volatile_functions((Node *) parse->targetList))
		return false;
	foreach(lc, parse->targetList)
	{
		const WindowFunc *function = (const WindowFunc *) lfirst_node(TargetEntry, lc)->expr;
		Expr	   *value;
		double		limit;

		if (!contain_window_function((Node *) function))
			continue;
		if (!IsA(function, WindowFunc) || (function->winfnoid != F_ROW_NUMBER &&
										   function->winfnoid != F_RANK_ && function->winfnoid != F_DENSE_RANK_))
			return false;
		wanted->has_ranks = wanted->has_ranks || function->winfnoid != F_ROW_NUMBER;
		value = bingo_run_condition_value(linitial_node(WindowClause, parse->windowClause), function);
		limit = read_integer(value);
		if (limit >= 0 && (least < 0 || limit < least))
			least = limit;
		if (is_parameter(value))
			wanted->limit = value;
	}
	wanted->rows = least >= 0 ? (int) Min(least, PG_INT32_MAX) : wanted->limit != NULL ? ROWS_OF_EACH : 0;
	if (least >= 0)
		wanted->limit = NULL;
	return wanted->rows > 0;
}

/*
 * How many of a relation's rows will be fetched.  An unknown LIMIT is supposed to
 * end inside the window: if that is wrong the window's scan is lost, if the contrary
 * is wrong the plan behind.  Where a tenth of the rows, as the planner has it, is less than a
 * page, it is a page.
 *
 * The planner does not say what LIMIT takes where groups are made below it.  Where each row makes one of them, it is that; those that make
 * several are supposed to be as few as those that HAVING drops.
 */
BingoWantedRows
bingo_wanted_estimate(PlannerInfo *root, double rows, bool alone, bool grouped)
{
	BingoWantedRows wanted = {.rows = rows, .certain = true};
	double		run_limit;

	if (looks_ahead(root))
		return wanted;
	run_limit = alone ? find_run_limit(root->parse) : -1;
	if (run_limit >= 0)
	{
		wanted.rows = clamp_row_est(Min(run_limit + 1, rows));	/* one row shows that the condition is over */
		wanted.stops = true;
		return wanted;
	}
	if (root->limit_tuples >= 0)
		wanted.rows = root->limit_tuples;
	else if (limit_needed(root->parse) && root->parse->limitCount != NULL &&
			 !(IsA(root->parse->limitCount, Const) && ((Const *) root->parse->limitCount)->constisnull))
		wanted.certain = grouped && bingo_wanted_limit(root->parse) > 0;

	if (root->tuple_fraction >= 1.0)
		wanted.rows = Min(wanted.rows, root->tuple_fraction);
	else if (root->tuple_fraction > 0.0)
		wanted.rows = Min(wanted.rows, root->tuple_fraction * rows);
	if (!wanted.certain)
		wanted.rows = Max(wanted.rows, ROWS_OF_A_PAGE);
	wanted.rows = clamp_row_est(Min(wanted.rows, rows));
	return wanted;
}
