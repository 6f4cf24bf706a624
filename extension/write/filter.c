/*
 * write/filter.c
 *	  Does a row pass the filter of an ordering or a counter?
 *
 * Asked in somebody else's statement: what a counter's filter is made of (definition/filter.c) can't fail, in
 * a trigger; where an ordering's may, the work at commit is contained (write/contain.c).
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"

#include "base/compat.h"
#include "definition/filter.h"
#include "write/filter.h"

/* Made by and for this file when first needed; lives with the ordering's cache entry. */
struct BingoFilterPlan
{
	ExprState  *filter[BINGO_MAX_TABLES];	/* NULL: no condition on the table */
	ExprContext *context;
};

static struct BingoFilterPlan *
get_plan(BingoOrdering *ordering)
{
	struct BingoFilterPlan *plan;
	MemoryContext old;
	Oid			user;
	int			security;

	if (ordering->filter_plan)
		return ordering->filter_plan;
	old = MemoryContextSwitchTo(ordering->context);
	plan = palloc0(sizeof(struct BingoFilterPlan));
	/* somebody may have taken away the right to call PostgreSQL's own functions, which plain tables don't need */
	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(BOOTSTRAP_SUPERUSERID, security | SECURITY_LOCAL_USERID_CHANGE);
	plan->context = CreateStandaloneExprContext();
	for (int i = 0; i < ordering->definition->ntables; i++)
		plan->filter[i] = ExecInitQual(bingo_filter_of(ordering->definition, i, 1), NULL);
	SetUserIdAndSecContext(user, security);
	/* not before it is complete: what fails half way would pass every row from then on */
	ordering->filter_plan = plan;
	MemoryContextSwitchTo(old);
	return plan;
}

bool
bingo_filter_passes(BingoOrdering *ordering, int table, TupleTableSlot *row)
{
	struct BingoFilterPlan *plan;
	bool		passes;

	if (ordering->definition->filter == NIL)
		return true;
	plan = get_plan(ordering);
	if (plan->filter[table] == NULL)
		return true;
	plan->context->ecxt_scantuple = row;
	passes = ExecQual(plan->filter[table], plan->context);
	ResetExprContext(plan->context);
	return passes;
}
