/*
 * advise/ordering_joins.c
 *	  The joins of a query that an ordering for it needs.
 *
 * A LEFT JOIN neither adds nor takes rows where its right side is unique, and the query can do it behind
 * the ordering: unless it sorts by that side, or another LEFT JOIN that stays has its
 * ON from there.  So can it join what is no table (a subquery, also with LATERAL, a function, VALUES) to the ordering's rows.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"

#include "advise/page.h"

/* The range table indexes in a join tree, but for joins' own. */
Relids
bingo_advise_tables(Node *node)
{
	Relids		tables = NULL;
	ListCell   *cell;

	if (IsA(node, RangeTblRef))
		return bms_make_singleton(((RangeTblRef *) node)->rtindex);
	if (IsA(node, JoinExpr))
		return bms_union(bingo_advise_tables(((JoinExpr *) node)->larg), bingo_advise_tables(((JoinExpr *) node)->rarg));
	foreach(cell, castNode(FromExpr, node)->fromlist)
		tables = bms_add_members(tables, bingo_advise_tables(lfirst(cell)));
	return tables;
}

typedef struct Pulled
{
	List	   *columns;
	Index		depth;			/* levels between the node and the query whose columns are wanted */
} Pulled;

static bool
pull_column(Node *node, void *context)
{
	Pulled	   *pulled = context;
	bool		result;

	if (node == NULL)
		return false;
	if (IsA(node, Var))
	{
		if (((Var *) node)->varlevelsup != pulled->depth)
			return false;
		node = copyObject(node);
		((Var *) node)->varlevelsup = 0;
		pulled->columns = lappend(pulled->columns, node);
		return false;
	}
	if (!IsA(node, Query))
		return expression_tree_walker(node, pull_column, context);
	check_stack_depth();
	pulled->depth++;
	result = query_tree_walker((Query *) node, pull_column, context, 0);
	pulled->depth--;
	return result;
}

/* As pull_var_clause(), which wants none of an outer query's; also those that a subquery in it reads. */
List *
bingo_advise_columns(Node *node)
{
	Pulled		pulled = {0};

	(void) pull_column(node, &pulled);
	return pulled.columns;
}

/* Writing a query as SQL wants every join of the range table to be in the join tree. */
static void
forget_joins(const Query *core, Node *node)
{
	JoinExpr   *join = (JoinExpr *) node;
	RangeTblEntry *rte;

	if (!IsA(node, JoinExpr))
		return;
	forget_joins(core, join->larg);
	forget_joins(core, join->rarg);
	if (join->rtindex == 0)
		return;
	rte = rt_fetch(join->rtindex, core->rtable);
	rte->rtekind = RTE_RESULT;	/* has no columns */
	rte->eref->colnames = NIL;
}

/*
 * The tables that the ON of outer joins refers to which stay: a LEFT JOIN only does for what is "needed"
 * already.  What else refers to them stays with the query: a definition has no such condition.
 */
static Relids
find_needed(Node *node, Relids needed)
{
	JoinExpr   *join = (JoinExpr *) node;
	ListCell   *cell;

	if (IsA(node, FromExpr))
	{
		foreach(cell, ((FromExpr *) node)->fromlist)
			needed = find_needed(lfirst(cell), needed);
	}
	if (!IsA(node, JoinExpr))
		return needed;
	if (join->jointype == JOIN_LEFT && !bms_overlap(bingo_advise_tables(join->rarg), needed))
		return find_needed(join->larg, needed);
	if (join->jointype != JOIN_INNER)
		needed = bms_add_members(needed, pull_varnos(NULL, join->quals));
	return find_needed(join->rarg, find_needed(join->larg, needed));
}

/* The tables that are sorted by, and what joins need that stay for them. */
static Relids
find_all_needed(Node *node, Relids sorted)
{
	Relids		needed = sorted;
	int			before;

	do
	{
		before = bms_num_members(needed);
		needed = find_needed(node, needed);
	} while (bms_num_members(needed) > before);
	return needed;
}

/* What a subquery that is left out reads of the tables beside it (LATERAL). */
static List *
lateral_columns(const Query *core, Node *node)
{
	return IsA(node, RangeTblRef) ? bingo_advise_columns((Node *) rt_fetch(((RangeTblRef *) node)->rtindex, core->rtable)->subquery) : NIL;
}

/* Is it something else than a table, and not needed?  Its rows are joined to the ordering's. */
static bool
is_left_out(const Query *core, Node *node, Relids needed)
{
	return IsA(node, RangeTblRef) && !bms_is_member(((RangeTblRef *) node)->rtindex, needed) &&
		rt_fetch(((RangeTblRef *) node)->rtindex, core->rtable)->rtekind != RTE_RELATION;
}

/* Without LEFT JOINs of what is not needed, and without subqueries and the like ("needed": range table indexes). */
static Node *
leave_joins(const Query *core, Node *node, Relids needed, List **columns)
{
	ListCell   *cell;

	if (IsA(node, FromExpr))
	{
		List	  **from = &((FromExpr *) node)->fromlist;

		foreach(cell, *from)
		{
			if (is_left_out(core, lfirst(cell), needed))
			{
				*columns = list_concat(*columns, lateral_columns(core, lfirst(cell)));
				*from = foreach_delete_current(*from, cell);
			}
			else
				lfirst(cell) = leave_joins(core, lfirst(cell), needed, columns);
		}
	}
	else if (IsA(node, JoinExpr))
	{
		JoinExpr   *join = (JoinExpr *) node;

		join->larg = leave_joins(core, join->larg, needed, columns);
		join->rarg = leave_joins(core, join->rarg, needed, columns);
		if ((join->jointype == JOIN_LEFT && !bms_overlap(bingo_advise_tables(join->rarg), needed)) ||
			(join->jointype == JOIN_INNER && is_left_out(core, join->rarg, needed)))
		{
			*columns = list_concat(list_concat(*columns, bingo_advise_columns(join->quals)), lateral_columns(core, join->rarg));
			node = join->larg;
			join->larg = join->rarg;	/* that of the core goes on without it */
			forget_joins(core, (Node *) join);
		}
	}
	return node;
}

/* What has a join's name, or a column's in it, by those of its table. */
static bool
forget_names(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (!IsA(node, Var))
		return expression_tree_walker(node, forget_names, context);
	if (((Var *) node)->varlevelsup == 0)
	{
		((Var *) node)->varnosyn = ((Var *) node)->varno;
		((Var *) node)->varattnosyn = ((Var *) node)->varattno;
	}
	return false;
}

/* The columns of a table or join, by number; their names are added. */
static List *
number_columns(const Query *core, Node *node, List **names)
{
	JoinExpr   *join = (JoinExpr *) node;
	List	   *numbers = NIL;
	List	   *all = NIL;
	RangeTblEntry *rte;
	ListCell   *cell;

	if (IsA(node, RangeTblRef))
	{
		foreach(cell, rt_fetch(((RangeTblRef *) node)->rtindex, core->rtable)->eref->colnames)
		{
			if (strVal(lfirst(cell))[0] == '\0')
				continue;		/* dropped */
			numbers = lappend_int(numbers, foreach_current_index(cell) + 1);
			*names = lappend(*names, lfirst(cell));
		}
		return numbers;
	}
	if (IsA(node, FromExpr))
	{
		foreach(cell, ((FromExpr *) node)->fromlist) /* of a view, which is not written from here */
			numbers = list_concat(numbers, number_columns(core, lfirst(cell), names));
		return numbers;
	}
	rte = rt_fetch(join->rtindex, core->rtable);
	rte->joinleftcols = number_columns(core, join->larg, &all);
	rte->joinrightcols = number_columns(core, join->rarg, &all);
	rte->joinmergedcols = 0;
	rte->joinaliasvars = NIL;
	foreach(cell, all)
	{
		numbers = lappend_int(numbers, foreach_current_index(cell) + 1);
		rte->joinaliasvars = lappend(rte->joinaliasvars, NULL);
	}
	rte->eref = makeAlias(rte->eref->aliasname, all);
	rte->alias = rte->join_using_alias = NULL;
	join->alias = join->join_using_alias = NULL;
	join->usingClause = NIL;
	*names = list_concat(*names, all);
	return numbers;
}

/*
 * The core without LEFT JOINs of what it does not sort by ("sorted": range table indexes), whose conditions'
 * columns are added.  The joins that stay are not named any more, and have ON for USING: numbers of their columns,
 * and names, would mean what they were with all of them.
 */
void
bingo_advise_leave_joins(Query *core, Relids sorted, List **columns)
{
	List	   *names = NIL;
	Relids		needed = find_all_needed((Node *) core->jointree, sorted);

	core->jointree = (FromExpr *) leave_joins(core, (Node *) core->jointree, needed, columns);
	(void) number_columns(core, (Node *) core->jointree, &names);
	(void) forget_names((Node *) core->jointree, NULL);
	(void) forget_names((Node *) core->targetList, NULL);
}
