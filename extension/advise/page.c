/*
 * advise/page.c
 *	  The parts of a query that an ordering could give the rows of.
 *
 * Each level of a query may want the first rows of an order, or all of them in it: ORDER BY with
 * LIMIT; ORDER BY for one value or a few of many; min() and max(), which are the first row;
 * DISTINCT, DISTINCT ON and GROUP BY, which take rows in the order that follows them; and
 * the order of a window function.  Such a level becomes a page here: its FROM and WHERE, what
 * it reads, and its order, without all that is done with the rows above them.  Whether the
 * planner would then read the window is not for this file to say (advise/ordering.c).
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "advise/page.h"
#include "base/compat.h"
#include "base/compat_plan.h"

/* --- rows --- */

/* Of a window that is read without conditions: times the rows that are asked for, as apply()'s; and bounds of any. */
#define TIMES_THE_ROWS_ALONE	3
#define LEAST_ROWS		10000
#define MOST_ROWS		1000000

/* LIMIT and OFFSET as they were given; -1: not known. */
static int64
known_rows(Node *node, ParamListInfo params)
{
	if (node == NULL)
		return 0;
	if (IsA(node, FuncExpr) && list_length(((FuncExpr *) node)->args) == 1)
		node = linitial(((FuncExpr *) node)->args);
	if (IsA(node, Const) && !((Const *) node)->constisnull)
	{
		if (((Const *) node)->consttype == INT4OID)
			return DatumGetInt32(((Const *) node)->constvalue);
		if (((Const *) node)->consttype == INT8OID)
			return DatumGetInt64(((Const *) node)->constvalue);
	}
	if (IsA(node, Param) && params != NULL && ((Param *) node)->paramid <= params->numParams)
	{
		const ParamExternData *value = &params->params[((Param *) node)->paramid - 1];

		if (!value->isnull && value->ptype == INT4OID)
			return DatumGetInt32(value->value);
		if (!value->isnull && value->ptype == INT8OID)
			return DatumGetInt64(value->value);
	}
	return -1;
}

/* "times" the rows that are asked for. */
static int64
window_rows(const Query *level, ParamListInfo params, int times)
{
	int64		limit = known_rows(level->limitCount, params);
	int64		offset = known_rows(level->limitOffset, params);

	if (limit < 0 || offset < 0 || limit > MOST_ROWS || offset > MOST_ROWS)
		return MOST_ROWS / BINGO_ADVISE_TIMES_THE_ROWS;
	return Min(Max((limit + offset) * times, LEAST_ROWS), MOST_ROWS);
}

/* --- what takes rows in an order --- */

static bool
is_not_null(const Query *level, const Var *column)
{
	RangeTblEntry *rte;
	HeapTuple	tuple;
	bool		result;

	if (!IsA(column, Var) || column->varlevelsup > 0)
		return false;
	rte = rt_fetch(column->varno, level->rtable);
	if (rte->rtekind != RTE_RELATION)
		return false;
	tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(rte->relid), Int16GetDatum(column->varattno));
	if (!HeapTupleIsValid(tuple))
		return false;
	result = bingo_is_not_null((Form_pg_attribute) GETSTRUCT(tuple));
	ReleaseSysCache(tuple);
	return result;
}

/* The only aggregate, if it is min() or max(): the order whose first row has it. */
static bool
sort_by_extreme(Query *page)
{
	Aggref	   *aggregate = NULL;
	TargetEntry *entry;
	SortGroupClause *clause;
	HeapTuple	tuple;
	Oid			operator = InvalidOid;
	bool		reverse;
	ListCell   *cell;

	foreach(cell, page->targetList)
	{
		Node	   *node = (Node *) lfirst_node(TargetEntry, cell)->expr;

		if (!IsA(node, Aggref) || list_length(((Aggref *) node)->args) != 1 || (aggregate != NULL && !equal(aggregate, node)))
			return false;
		aggregate = (Aggref *) node;
	}
	if (aggregate == NULL || page->havingQual != NULL)
		return false;
	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggregate->aggfnoid));
	if (HeapTupleIsValid(tuple))
	{
		operator = ((Form_pg_aggregate) GETSTRUCT(tuple))->aggsortop;
		ReleaseSysCache(tuple);
	}
	if (!OidIsValid(operator))
		return false;
	entry = makeTargetEntry(linitial_node(TargetEntry, aggregate->args)->expr, 1, pstrdup("extreme"), false);
	entry->ressortgroupref = 1;
	clause = makeNode(SortGroupClause);
	clause->tleSortGroupRef = 1;
	clause->sortop = operator;
	clause->eqop = get_equality_op_for_ordering_op(operator, &reverse);
	clause->nulls_first = reverse && is_not_null(page, (Var *) entry->expr);
	bingo_sort_clause_reverse(clause, reverse);
	page->targetList = list_make1(entry);
	page->sortClause = list_make1(clause);
	return OidIsValid(clause->eqop);
}

/* Where its only window function is computed. */
static bool
sort_by_window(Query *page, bool *all)
{
	WindowClause *window = linitial_node(WindowClause, page->windowClause);

	if (list_length(page->windowClause) != 1 || page->hasAggs || page->groupClause != NIL || window->orderClause == NIL)
		return false;
	page->sortClause = list_concat_copy(window->partitionClause, window->orderClause);
	*all = window->partitionClause != NIL;
	return true;
}

/*
 * The page's order, and whether all of its rows are read; false: it is none.  LIMIT of what
 * it selects says nothing of the rows that DISTINCT ON and GROUP BY read.
 */
static bool
find_order(Query *page, bool *all)
{
	if (page->hasWindowFuncs)
		return sort_by_window(page, all);
	if (page->hasAggs && page->groupClause == NIL)
		return sort_by_extreme(page);
	if (page->hasDistinctOn && page->sortClause == NIL)
		page->sortClause = page->distinctClause;
	*all = page->hasDistinctOn;
	return page->sortClause != NIL && (*all || page->limitCount != NULL ||
									   (page->groupClause == NIL && page->distinctClause == NIL && page->jointree->quals != NULL));
}

static bool
sorts_by_columns(const Query *page)
{
	ListCell   *cell;

	foreach(cell, page->sortClause)
	{
		Node	   *node = (Node *) get_sortgroupclause_tle(lfirst(cell), page->targetList)->expr;

		if (contain_aggs_of_level(node, 0) || contain_windowfuncs(node))
			return false;
	}
	return true;
}

static bool
reads_from_list(const Query *level)
{
	ListCell   *cell;

	foreach(cell, level->rtable)
	{
		if (lfirst_node(RangeTblEntry, cell)->rtekind == RTE_CTE)
			return true;
	}
	return false;
}

/* --- levels --- */

typedef struct Search
{
	ParamListInfo params;
	List	   *pages;			/* of BingoAdvisePage * */
	int			depth;
} Search;

static void
look_at(Query *level, Search *search)
{
	BingoAdvisePage *page;
	bool		all = false;

	if (level->commandType != CMD_SELECT || level->groupingSets != NIL || level->setOperations != NULL || level->hasTargetSRFs ||
		level->rowMarks != NIL || reads_from_list(level) || level->jointree->fromlist == NIL)
		return;
	page = palloc0(sizeof(BingoAdvisePage));
	page->query = copyObject(level);
	page->depth = search->depth;
	page->limited = level->limitCount != NULL || level->hasAggs || level->hasWindowFuncs || level->hasDistinctOn;
	page->query->targetList = (List *) bingo_flatten_group(page->query, (Node *) page->query->targetList);
	if (!find_order(page->query, &all) || !sorts_by_columns(page->query))
		return;
	page->rows = all ? BINGO_MOST_WINDOW_ROWS : window_rows(level, search->params, BINGO_ADVISE_TIMES_THE_ROWS);
	/* what is grouped or counted has more rows below it */
	page->rows_unfiltered = all || level->hasAggs || level->hasWindowFuncs || level->groupClause != NIL || level->distinctClause != NIL ?
		page->rows : window_rows(level, search->params, TIMES_THE_ROWS_ALONE);
	bingo_forget_group(page->query);
	page->query->hasAggs = page->query->hasWindowFuncs = page->query->hasDistinctOn = false;
	page->query->groupClause = page->query->windowClause = page->query->distinctClause = page->query->cteList = NIL;
	page->query->havingQual = page->query->limitCount = page->query->limitOffset = NULL;
	search->pages = lappend(search->pages, page);
}

static bool
look_below(Node *node, void *context)
{
	Search	   *search = context;
	bool		result;

	if (node == NULL)
		return false;
	if (!IsA(node, Query))
		return expression_tree_walker(node, look_below, context);
	check_stack_depth();
	look_at((Query *) node, search);
	search->depth++;
	result = query_tree_walker((Query *) node, look_below, context, 0);
	search->depth--;
	return result;
}

List *
bingo_advise_pages(Query *query, ParamListInfo params)
{
	Search		search = {.params = params};

	(void) look_below((Node *) query, &search);
	return search.pages;
}
