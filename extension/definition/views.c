/*
 * definition/views.c
 *	  Views and subqueries in the query of an ordering.
 *
 * An ordering is one of tables.  A view, or a subquery in FROM, that only joins tables, chooses rows and names columns, the
 * kind that the planner pulls up, is put in its place in the parse tree: its range table behind
 * the query's, its FROM where the view stood, its WHERE among the conditions there, and its
 * columns' expressions in place of the columns.  A view of views goes on until there is none.
 *
 * The definition is that of the tables, so it is stored as such: a later CREATE OR REPLACE VIEW does not
 * change it, as a NOTICE says.  Who may read the view is asked as the executor would; whose the tables are
 * is asked of the definition, as ever.
 *
 * In the side of an outer join that may be NULL only a view of the columns of one table without conditions is: its
 * conditions would be in another place, and what it computes of columns that are NULL there need not be NULL.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteHandler.h"
#include "rewrite/rewriteManip.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "base/relations.h"
#include "definition/views.h"

static bool
is_plain(const Query *view)
{
	ListCell   *cell;

	if (view->commandType != CMD_SELECT || view->hasAggs || view->hasWindowFuncs || view->hasTargetSRFs || view->hasSubLinks ||
		view->cteList != NIL || view->setOperations != NULL || view->distinctClause != NIL || view->sortClause != NIL ||
		view->groupClause != NIL || view->groupingSets != NIL || view->havingQual != NULL || view->limitCount != NULL ||
		view->limitOffset != NULL || view->rowMarks != NIL || view->jointree->fromlist == NIL)
		return false;
	foreach(cell, view->targetList)
		if (lfirst_node(TargetEntry, cell)->resjunk || contain_volatile_functions((Node *) lfirst_node(TargetEntry, cell)->expr))
			return false;
	return true;
}

/* What the view is made of, numbered behind "offset" range table entries; NULL if it is not a plain one. */
static Query *
read_view(const RangeTblEntry *rte, int offset, bool error)
{
	Relation	relation;
	Query	   *view = NULL;

	if (pg_class_aclcheck(rte->relid, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
	{
		if (!error)
			return NULL;
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for view %s", bingo_relations_name(rte->relid)),
				 errhint("GRANT SELECT ON %s TO %s;", bingo_relations_name(rte->relid),
						 quote_identifier(bingo_relations_role(GetUserId())))));
	}
	relation = table_open(rte->relid, AccessShareLock);
	if (relation->rd_rel->relkind == RELKIND_VIEW && is_plain(get_view_query(relation)))
	{
		view = copyObject(get_view_query(relation));
		OffsetVarNodes((Node *) view, offset, 0);
	}
	table_close(relation, NoLock);
	return view;
}

/* The same of a subquery; one that hides rows from what is above stays one in the plan, too. */
static Query *
read_subquery(const RangeTblEntry *rte, int offset)
{
	Query	   *subquery;

	if (rte->lateral || rte->security_barrier || !is_plain(rte->subquery))
		return NULL;
	subquery = copyObject(rte->subquery);
	OffsetVarNodes((Node *) subquery, offset, 0);
	return subquery;
}

typedef struct Substitution
{
	Index		varno;			/* of the view */
	List	   *columns;		/* its target list */
	bool		whole_row;		/* met a reference to all of its row, or to a system column */
} Substitution;

static Node *
substitute(Node *node, void *context)
{
	Substitution *substitution = context;
	Var		   *var = (Var *) node;

	if (node == NULL)
		return NULL;
	if (!IsA(node, Var) || var->varno != substitution->varno || var->varlevelsup != 0)
		return expression_tree_mutator(node, substitute, context);
	if (var->varattno <= 0)
	{
		substitution->whole_row = true;
		return node;
	}
	return copyObject((Node *) get_tle_by_resno(substitution->columns, var->varattno)->expr);
}

/* Where in the join tree: the view's FROM as one item. */
static Node *
make_item(const Query *view)
{
	Node	   *item = linitial(view->jointree->fromlist);

	for (int i = 1; i < list_length(view->jointree->fromlist); i++)
	{
		JoinExpr   *join = makeNode(JoinExpr);

		join->jointype = JOIN_INNER;
		join->larg = item;
		join->rarg = list_nth(view->jointree->fromlist, i);
		item = (Node *) join;
	}
	return item;
}

/* Has it nothing but columns of one item, which are NULL where an outer join has no row of the view? */
static bool
is_one_table(const Query *view)
{
	ListCell   *cell;

	foreach(cell, view->targetList)
		if (!IsA(lfirst_node(TargetEntry, cell)->expr, Var))
			return false;
	return view->jointree->quals == NULL && list_length(view->jointree->fromlist) == 1;
}

/*
 * Puts the view where it is referred to below the node, if it may be there; its conditions go to *quals, those of
 * the nearest FROM or inner join above.
 */
static bool
put_into(Node **node, int varno, const Query *view, Node **quals, bool below_outer)
{
	ListCell   *cell;

	if (IsA(*node, RangeTblRef))
	{
		if (((RangeTblRef *) *node)->rtindex != varno ||
			(below_outer && !is_one_table(view)))
			return false;
		if (view->jointree->quals)
			*quals = (Node *) make_ands_explicit(list_concat(make_ands_implicit((Expr *) *quals),
															 make_ands_implicit((Expr *) view->jointree->quals)));
		*node = make_item(view);
		return true;
	}
	if (IsA(*node, JoinExpr))
	{
		JoinExpr   *join = (JoinExpr *) *node;
		JoinType	type = join->jointype;
		Node	  **nearest = type == JOIN_INNER ? &join->quals : quals;

		return put_into(&join->larg, varno, view, nearest, below_outer || type == JOIN_RIGHT || type == JOIN_FULL) ||
			put_into(&join->rarg, varno, view, nearest, below_outer || type == JOIN_LEFT || type == JOIN_FULL);
	}
	foreach(cell, castNode(FromExpr, *node)->fromlist)
		if (put_into((Node **) &lfirst(cell), varno, view, &((FromExpr *) *node)->quals, below_outer))
			return true;
	return false;
}

static bool
expand_one(Query *query, int varno, bool error)
{
	RangeTblEntry *rte = rt_fetch(varno, query->rtable);
	Query	   *view = NULL;
	Substitution substitution = {.varno = varno};
	Node	   *tree = (Node *) query->jointree;
	Query	   *changed;
	ListCell   *cell;

	if (rte->rtekind == RTE_SUBQUERY)
		view = read_subquery(rte, list_length(query->rtable));
	else if (rte->rtekind == RTE_RELATION && rte->relkind == RELKIND_VIEW)
		view = read_view(rte, list_length(query->rtable), error);
	if (view == NULL)
		return false;
	changed = copyObject(query);
	tree = (Node *) changed->jointree;
	if (!put_into(&tree, varno, view, &changed->jointree->quals, false))
		return false;
	substitution.columns = view->targetList;
	changed->targetList = (List *) substitute((Node *) changed->targetList, &substitution);
	changed->jointree = (FromExpr *) substitute((Node *) changed->jointree, &substitution);
	foreach(cell, changed->rtable)
	{
		RangeTblEntry *other = lfirst_node(RangeTblEntry, cell);

		if (other->rtekind == RTE_JOIN)
			other->joinaliasvars = (List *) substitute((Node *) other->joinaliasvars, &substitution);
	}
	if (substitution.whole_row)
		return false;
	changed->rtable = list_concat(changed->rtable, view->rtable);
	*query = *changed;
	return true;
}

bool
bingo_views_expand(Query *query, bool error, List **names)
{
	bool		expanded = false;

	/* what a view brings comes behind it, views of its own too */
	for (int varno = 1; query->jointree != NULL && varno <= list_length(query->rtable); varno++)
	{
		RangeTblEntry *rte = rt_fetch(varno, query->rtable);

		if (!expand_one(query, varno, error))
			continue;
		expanded = true;
		if (rte->rtekind == RTE_RELATION)
			*names = lappend(*names, bingo_relations_name(rte->relid));
	}
	return expanded;
}
