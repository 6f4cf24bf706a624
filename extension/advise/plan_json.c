/*
 * advise/plan_json.c
 *	  A query's plan as JSON, by EXPLAIN without ANALYZE, which is when HypoPG lets the planner see its
 *	  indexes; and what it leaves out of them.
 *
 * Through ProcessUtility() with the analysed query, so that neither names nor values go through text again.  The
 * planner is told of indexes that are not there by a hook, in which HypoPG's comes first: what is
 * completed here is each planning's own, and nothing of HypoPG's own lists is changed.
 */
#include "postgres.h"

#include <math.h>

#include "commands/explain.h"
#include "executor/tstoreReceiver.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/plancat.h"
#include "optimizer/prep.h"
#include "rewrite/rewriteManip.h"
#include "tcop/dest.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "advise/gin.h"
#include "advise/expression.h"
#include "base/compat.h"
#include "base/relations.h"
#include "read/planned.h"

/* Pages of a btree that a page of the level above points to, about. */
#define FAN_OUT		300

static get_relation_info_hook_type prev_get_relation_info_hook = NULL;
static explain_get_index_name_hook_type prev_explain_get_index_name_hook = NULL;
static bool hooked = false;		/* for good: others may have chained theirs meanwhile */
static const char *estimated = NULL;	/* the text of the statement whose plan is asked for */

/*
 * HypoPG gives expressions and predicates with the number of the first table of a query, and shares them between
 * plans: of any other table, and of a partition, they would be of no use, and neither would the index.  And it gives
 * them as they were written, where the relation cache has computed what is constant in them (a list of varchars that is
 * compared as text, say), as the planner has in the query: so they would not be found equal.
 */
static void
complete_expressions(IndexOptInfo *index, Index varno)
{
	index->indexprs = (List *) eval_const_expressions(NULL, copyObject((Node *) index->indexprs));
	index->indextlist = (List *) eval_const_expressions(NULL, copyObject((Node *) index->indextlist));
	if (index->indpred != NIL)
		index->indpred = make_ands_implicit(canonicalize_qual((Expr *) eval_const_expressions(NULL, (Node *) make_ands_explicit(copyObject(index->indpred))), false));
	ChangeVarNodes((Node *) index->indexprs, 1, varno, 0);
	ChangeVarNodes((Node *) index->indpred, 1, varno, 0);
	ChangeVarNodes((Node *) index->indextlist, 1, varno, 0);
}

/* What is planned meanwhile is a function's, which then executes it, and keeps the plan. */
static void
leave_hypothetical(RelOptInfo *rel)
{
	ListCell   *cell;

	foreach(cell, rel->indexlist)
		if (lfirst_node(IndexOptInfo, cell)->hypothetical)
			rel->indexlist = foreach_delete_current(rel->indexlist, cell);
}

/*
 * HypoPG does not know how high its indexes are, and a search in them costs nothing but comparisons
 * then: they would be taken for better than an index that is there, even one with the same keys.
 */
static void
complete_indexes(PlannerInfo *root, Oid relid, bool inhparent, RelOptInfo *rel)
{
	ListCell   *cell;

	if (prev_get_relation_info_hook)
		prev_get_relation_info_hook(root, relid, inhparent, rel);
	if (estimated == NULL)
		return;
	if (!bingo_planned_is(estimated))
	{
		leave_hypothetical(rel);
		return;
	}
	bingo_advise_gin_inject(relid, rel);
	bingo_advise_expressions_inject(relid, rel);
	foreach(cell, rel->indexlist)
	{
		IndexOptInfo *index = lfirst_node(IndexOptInfo, cell);

		if (index->hypothetical && (index->indexprs != NIL || index->indpred != NIL))
			complete_expressions(index, rel->relid);
		if (index->hypothetical && index->tree_height < 0)
			index->tree_height = index->pages > 1 ? (int) ceil(log(index->pages) / log(FAN_OUT)) : 0;
	}
}

static const char *
name_index(Oid index)
{
	const char *name = estimated != NULL ? bingo_advise_gin_name(index) : NULL;

	if (name == NULL && prev_explain_get_index_name_hook != NULL)
		name = prev_explain_get_index_name_hook(index);
	/* HypoPG takes the end of a function's statement for that of EXPLAIN, and knows it no more */
	if (name == NULL && estimated != NULL && bingo_relations_find_label(index) == NULL)
		name = psprintf("<%u>", index);
	return name;
}

/* The plan as JSON. */
static char *
explain_so(Query *query, const char *source, ParamListInfo params)
{
	ExplainStmt *explain = makeNode(ExplainStmt);
	PlannedStmt *statement = makeNode(PlannedStmt);
	Tuplestorestate *store = tuplestore_begin_heap(false, false, work_mem);
	DestReceiver *receiver = CreateDestReceiver(DestTuplestore);
	TupleTableSlot *slot;
	char	   *plan;
	bool		isnull;

	explain->query = (Node *) copyObject(query);
	explain->options = list_make1(makeDefElem("format", (Node *) makeString("json"), -1));
	statement->commandType = CMD_UTILITY;
	statement->utilityStmt = (Node *) explain;
	statement->stmt_location = -1;
	SetTuplestoreDestReceiverParams(receiver, store, CurrentMemoryContext, false, NULL, NULL);
	slot = MakeSingleTupleTableSlot(ExplainResultDesc(explain), &TTSOpsMinimalTuple);
	ProcessUtility(statement, source, false, PROCESS_UTILITY_QUERY, params, NULL, receiver, NULL);
	if (!tuplestore_gettupleslot(store, true, false, slot))
		elog(ERROR, "EXPLAIN returned nothing");
	plan = TextDatumGetCString(slot_getattr(slot, 1, &isnull));
	ExecDropSingleTupleTableSlot(slot);
	tuplestore_end(store);
	receiver->rDestroy(receiver);
	return plan;
}

char *
bingo_advise_plan_json(Query *query, const char *source, ParamListInfo params)
{
	const char *outer = estimated;
	char	   *volatile plan = NULL;

	if (!hooked)
	{
		prev_get_relation_info_hook = get_relation_info_hook;	/* with HypoPG's, whose functions were called before */
		get_relation_info_hook = complete_indexes;
		prev_explain_get_index_name_hook = explain_get_index_name_hook;
		explain_get_index_name_hook = name_index;
		hooked = true;
	}
	estimated = source;
	bingo_planned_follow();
	PG_TRY();
	{
		plan = explain_so(query, source, params);
	}
	PG_FINALLY();
	{
		bingo_planned_leave();
		estimated = outer;
	}
	PG_END_TRY();
	return plan;
}
