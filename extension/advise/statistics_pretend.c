/*
 * advise/statistics_pretend.c
 *	  Statistics that are not there, which the planner is shown.
 *
 * It looks for those of an expression at the table's indexes first, and asks a hook for each.  So an index
 * is put into the list that has the expression and is good for nothing else: its predicate is false, so that none of its rows is ever
 * wanted.  (To have no key is not enough: an index-only scan that reads no column needs none.)
 * It stands behind the others: what one of them has, or an object of CREATE STATISTICS, it is not told.
 *
 * The list is that of one call of advise(), in its memory, and is looked at for OIDs alone that this call has given.
 */
#include "postgres.h"

#include "access/amapi.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "catalog/pg_statistic_ext.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/pathnode.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "statistics/statistics.h"
#include "utils/acl.h"
#include "utils/index_selfuncs.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"

#include "advise/expression.h"

/* Theirs, above those of GIN indexes that are pretended; no relation has one so high, or it is passed over. */
#define FIRST_OID			((Oid) 0xFFFFFF01)

static List *shown = NIL;		/* of BingoAdviseExpression * */
static const BingoAdviseExpression *hidden = NULL;
static get_index_stats_hook_type prev_get_index_stats_hook = NULL;
static bool hooked = false;

static BingoAdviseExpression *
find(Oid oid)
{
	ListCell   *cell;

	foreach(cell, shown)
	{
		BingoAdviseExpression *expression = lfirst(cell);

		if (expression->oid == oid)
			return expression;
	}
	return NULL;
}

/* Of the expression of that number. */
Oid
bingo_advise_expression_oid(int number)
{
	Oid			oid = FIRST_OID + number;

	return SearchSysCacheExists1(RELOID, ObjectIdGetDatum(oid)) ? InvalidOid : oid;
}

/*
 * The planner does without them where they could tell somebody of rows that he may not see, unless the operator tells nothing:
 * as with those that are stored.
 */
static bool
give_statistics(PlannerInfo *root, Oid index, AttrNumber column, VariableStatData *variable)
{
	const BingoAdviseExpression *expression = index >= FIRST_OID ? find(index) : NULL;

	if (expression == NULL)
		return prev_get_index_stats_hook != NULL && prev_get_index_stats_hook(root, index, column, variable);
	variable->statsTuple = heap_copytuple(expression->statistics);
	variable->freefunc = heap_freetuple;
	variable->acl_ok = variable->rel != NULL && planner_rt_fetch(variable->rel->relid, root)->securityQuals == NIL &&
		pg_class_aclcheck(expression->relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK;
	return true;
}

void
bingo_advise_show_expressions(List *expressions)
{
	if (!hooked)
	{
		prev_get_index_stats_hook = get_index_stats_hook;
		get_index_stats_hook = give_statistics;
		hooked = true;
	}
	shown = expressions;
	hidden = NULL;
}

void
bingo_advise_hide_expression(const BingoAdviseExpression *expression)
{
	hidden = expression;
}

/* --- what is there --- */

static bool
index_knows(const IndexOptInfo *index, Node *expression)
{
	ListCell   *next = list_head(index->indexprs);

	for (int i = 0; i < index->ncolumns; i++)
	{
		if (index->indexkeys[i] != 0)
			continue;
		if (next == NULL)
			return false;
		if (equal(lfirst(next), expression) && index->indpred == NIL &&
			SearchSysCacheExists3(STATRELATTINH, ObjectIdGetDatum(index->indexoid), Int16GetDatum(i + 1), BoolGetDatum(false)))
			return true;
		next = lnext(index->indexprs, next);
	}
	return false;
}

static bool
is_known(const RelOptInfo *rel, Node *expression)
{
	ListCell   *cell;

	foreach(cell, rel->indexlist)
	{
		const IndexOptInfo *index = lfirst_node(IndexOptInfo, cell);

		if (!index->hypothetical && index_knows(index, expression))
			return true;
	}
	foreach(cell, rel->statlist)
	{
		const StatisticExtInfo *statistics = lfirst_node(StatisticExtInfo, cell);

		if (statistics->kind == STATS_EXT_EXPRESSIONS && list_member(statistics->exprs, expression))
			return true;
	}
	return false;
}

/* --- what is shown --- */

static IndexOptInfo *
make_index(const BingoAdviseExpression *expression, Node *node, RelOptInfo *rel)
{
	IndexOptInfo *index = makeNode(IndexOptInfo);

	index->indexoid = expression->oid;
	index->rel = rel;
	index->reltablespace = rel->reltablespace;
	index->relam = BTREE_AM_OID;
	index->tuples = rel->tuples;
	index->ncolumns = 1;
	index->indexkeys = palloc0(sizeof(int));
	index->canreturn = palloc0(sizeof(bool));
	index->indexprs = list_make1(node);
	index->indextlist = list_make1(makeTargetEntry((Expr *) copyObject(node), 1, NULL, false));
	index->indpred = list_make1(makeBoolConst(false, false));
	index->amcostestimate = btcostestimate;
	index->hypothetical = true;
	return index;
}

void
bingo_advise_expressions_inject(Oid relid, RelOptInfo *rel)
{
	ListCell   *cell;

	foreach(cell, shown)
	{
		BingoAdviseExpression *expression = lfirst(cell);
		ListCell   *place;

		foreach(place, expression->userid == GetUserId() ? expression->places : NIL)
		{
			Node	   *node = ((BingoAdvisePlace *) lfirst(place))->expression;

			if (((BingoAdvisePlace *) lfirst(place))->relid != relid)
				continue;
			node = copyObject(node);
			ChangeVarNodes(node, 1, rel->relid, 0);
			if (is_known(rel, node))
				continue;
			expression->lacking = true;
			if (expression->statistics != NULL && expression != hidden && OidIsValid(expression->oid))
				rel->indexlist = lappend(rel->indexlist, make_index(expression, node, rel));
		}
	}
}
