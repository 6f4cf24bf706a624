/*
 * read/bound.c
 *	  How many rows are wanted of the plan behind at most.
 *
 * Limit tells a Sort below it how many rows it will take, so that the others are never sorted; it
 * can't tell a custom scan, nor a join.  So the scan looks in the plan for the Limit that it stands below, when the child is
 * about to start, and not before: most scans never need to know.
 *
 * It counts only if each row that the scan gives becomes at least one of those that the Limit takes, in the
 * scan's order.  Between them may stand a Result or a subquery's scan without conditions, and the outer side of a nested loop for
 * LEFT JOIN without conditions of its own (what stands in ON drops no row), as often as they like.  Anything else, a
 * hash join or a Sort, reads all rows, or other ones.
 *
 * LIMIT and OFFSET are evaluated twice, here and there, so they must give the same: no volatile functions, and no
 * subqueries that depend on something.  Those that don't are parameters, evaluated once.
 */
#include "postgres.h"

#include "common/int.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/plannodes.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"

#include "base/compat.h"
#include "read/bound.h"

static const Limit *find_limit(Plan *plan, const Plan *scan);

/* The node below whose rows are given again by this one, each at least once and in order; NULL if there is none. */
static Plan *
go_down(Plan *plan)
{
	if (plan->qual != NIL)
		return NULL;
	switch (nodeTag(plan))
	{
		case T_Result:
			return outerPlan(plan);
		case T_SubqueryScan:
			return ((SubqueryScan *) plan)->subplan;
		case T_NestLoop:
			return ((Join *) plan)->jointype == JOIN_LEFT ? outerPlan(plan) : NULL;
		default:
			return NULL;
	}
}

static const Limit *
find_in_list(List *plans, const Plan *scan)
{
	ListCell   *lc;

	foreach(lc, plans)
	{
		const Limit *limit = find_limit(lfirst(lc), scan);

		if (limit != NULL)
			return limit;
	}
	return NULL;
}

/* The plans of a node that are neither its left nor its right one. */
static List *
list_plans(Plan *plan)
{
	switch (nodeTag(plan))
	{
		case T_Append:
			return ((Append *) plan)->appendplans;
		case T_MergeAppend:
			return ((MergeAppend *) plan)->mergeplans;
		case T_SubqueryScan:
			return list_make1(((SubqueryScan *) plan)->subplan);
		case T_CustomScan:
			return ((CustomScan *) plan)->custom_plans;
		default:
			return NIL;
	}
}

/* The Limit that bounds the scan, in this plan. */
static const Limit *
find_limit(Plan *plan, const Plan *scan)
{
	const Limit *found;
	Plan	   *below;

	if (plan == NULL)
		return NULL;
	check_stack_depth();
	if (IsA(plan, Limit))
	{
		for (below = outerPlan(plan); below != NULL && below != scan; below = go_down(below))
			;
		if (below == scan)
			return (Limit *) plan;
	}
	found = find_limit(outerPlan(plan), scan);
	if (found == NULL)
		found = find_limit(innerPlan(plan), scan);
	return found != NULL ? found : find_in_list(list_plans(plan), scan);
}

/* An expression of LIMIT or OFFSET that gives the same when evaluated twice. */
static bool
is_repeatable(Node *expr)
{
	return expr == NULL || (!contain_volatile_functions(expr) && !contain_subplans(expr));
}

static void
look(BingoBound *bound, CustomScanState *node)
{
	EState	   *estate = node->ss.ps.state;
	const Limit *limit;
	MemoryContext old;

	bound->looked = true;
	if (estate->es_plannedstmt == NULL)
		return;
	limit = find_limit(estate->es_plannedstmt->planTree, node->ss.ps.plan);
	if (limit == NULL)
		limit = find_in_list(estate->es_plannedstmt->subplans, node->ss.ps.plan);
	if (limit == NULL || limit->limitOption != LIMIT_OPTION_COUNT || limit->limitCount == NULL ||
		!is_repeatable(limit->limitCount) || !is_repeatable(limit->limitOffset))
		return;
	old = MemoryContextSwitchTo(estate->es_query_cxt);
	bound->limit = ExecInitExpr((Expr *) limit->limitCount, &node->ss.ps);
	bound->offset = ExecInitExpr((Expr *) limit->limitOffset, &node->ss.ps);
	MemoryContextSwitchTo(old);
}

void
bingo_bound_set(BingoBound *bound, CustomScanState *node, PlanState *child)
{
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	int64		offset = 0;
	int64		limit = 0;
	int64		rows = -1;
	bool		isnull = true;

	if (!bound->looked)
		look(bound, node);
	if (bound->limit != NULL)
		limit = DatumGetInt64(ExecEvalExprSwitchContext(bound->limit, econtext, &isnull));
	if (!isnull)
	{
		if (bound->offset != NULL)
			offset = DatumGetInt64(ExecEvalExprSwitchContext(bound->offset, econtext, &isnull));
		if (isnull)
			offset = 0;
		/* Limit itself complains about negative numbers */
		if (limit < 0 || offset < 0 || pg_add_s64_overflow(limit, offset, &rows))
			rows = -1;
	}
	ExecSetTupleBound(rows, child);
}
