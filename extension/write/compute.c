/*
 * write/compute.c
 *	  Values of the expressions that an ordering sorts by (definition/expression.c).
 *
 * Computed at commit, in the writer's transaction, never in a trigger: an image has the columns
 * that the expressions of the driving table read, not their values.  An error is raised like any
 * other: the work is contained where an expression might raise one (write/contain.c).
 *
 * A row is computed from where it is.  An image is put into a slot of its own, with the columns
 * numbered as the image has them; so are the columns of the expression.
 *
 * Memory: values live in the expression context until bingo_compute_forget(), which whoever puts
 * another row at hand calls.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/pg_authid.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "definition/expression.h"
#include "write/compute.h"

/* Made by and for this file when first needed; lives with the change plan. */
struct BingoComputePlan
{
	ExprContext *context;
	ExprState **of_row;			/* [expressions]; NULL until needed */
	ExprState **of_image;
	TupleTableSlot *image;
};

static struct BingoComputePlan *
get_plan(BingoOrdering *ordering)
{
	BingoChangePlan *plan = ordering->change_plan;
	struct BingoComputePlan *compute;
	int			n = list_length(ordering->definition->expressions);
	MemoryContext old;

	if (plan->compute)
		return plan->compute;
	old = MemoryContextSwitchTo(ordering->context);
	compute = palloc0(sizeof(struct BingoComputePlan));
	compute->context = CreateStandaloneExprContext();
	compute->of_row = palloc0(n * sizeof(ExprState *));
	compute->of_image = palloc0(n * sizeof(ExprState *));
	compute->image = MakeSingleTupleTableSlot(plan->image_desc[0], &TTSOpsVirtual);
	plan->compute = compute;
	MemoryContextSwitchTo(old);
	return compute;
}

/* Columns of the table become those of its image. */
static Node *
renumber(Node *node, void *context)
{
	BingoChangePlan *plan = context;
	Var		   *var;

	if (node == NULL)
		return NULL;
	if (!IsA(node, Var))
		return expression_tree_mutator(node, renumber, context);
	var = copyObject((Var *) node);
	for (int i = 0; i < plan->image_desc[0]->natts; i++)
	{
		if (plan->image_attnos[0][i] != var->varattno)
			continue;
		var->varattno = i + 1;
		return (Node *) var;
	}
	elog(ERROR, "an image lacks column %d of its table", var->varattno);
}

/* Somebody may have taken away the right to call PostgreSQL's own functions, which plain tables don't need. */
static void
prepare(BingoOrdering *ordering, ExprState **state, Node *expression)
{
	MemoryContext old;
	Oid			user;
	int			security;

	if (*state)
		return;
	old = MemoryContextSwitchTo(ordering->context);
	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(BOOTSTRAP_SUPERUSERID, security | SECURITY_LOCAL_USERID_CHANGE);
	*state = ExecInitExpr((Expr *) expression, NULL);
	SetUserIdAndSecContext(user, security);
	MemoryContextSwitchTo(old);
}

static Datum
evaluate(struct BingoComputePlan *plan, ExprState *state, TupleTableSlot *row, bool *isnull)
{
	plan->context->ecxt_scantuple = row;
	return ExecEvalExprSwitchContext(state, plan->context, isnull);
}

Datum
bingo_compute(BingoOrdering *ordering, const BingoColumn *column, TupleTableSlot *row, bool *isnull)
{
	struct BingoComputePlan *plan = get_plan(ordering);
	ExprState **state = &plan->of_row[column->expression];

	prepare(ordering, state, list_nth(ordering->definition->expressions, column->expression));
	return evaluate(plan, *state, row, isnull);
}

Datum
bingo_compute_image(BingoOrdering *ordering, const BingoColumn *column, const BingoImage *image, bool *isnull)
{
	struct BingoComputePlan *plan = get_plan(ordering);
	ExprState **state = &plan->of_image[column->expression];
	int			natts = ordering->change_plan->image_desc[0]->natts;

	if (*state == NULL)
		prepare(ordering, state, renumber(list_nth(ordering->definition->expressions, column->expression), ordering->change_plan));
	ExecClearTuple(plan->image);
	memcpy(plan->image->tts_values, image->values, natts * sizeof(Datum));
	memcpy(plan->image->tts_isnull, image->isnull, natts * sizeof(bool));
	ExecStoreVirtualTuple(plan->image);
	return evaluate(plan, *state, plan->image, isnull);
}

void
bingo_compute_forget(BingoOrdering *ordering)
{
	if (ordering->change_plan->compute)
		ResetExprContext(ordering->change_plan->compute->context);
}
