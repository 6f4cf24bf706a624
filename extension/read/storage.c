/*
 * read/storage.c
 *	  Does a query look at how a value is stored?
 *
 * A window may have a value compressed, or in its row, where the table has not: it is toasted by what
 * else is in the window's rows.  pg_column_size() and its kind tell these apart, all else sees the value.
 *
 * The value goes through subqueries, LIMIT and joins as it is, so that the look may be at any level around the
 * one that reads the window, or in a subquery's plan to which it is a parameter.  All of the statement is looked at,
 * but for functions that keep their expressions to themselves.
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "read/storage.h"

bool
bingo_storage_is_read_by(const Node *node)
{
	const FuncExpr *call = (const FuncExpr *) node;

	if (!IsA(node, FuncExpr))
		return false;
	if (call->funcid != F_PG_COLUMN_SIZE && call->funcid != F_PG_COLUMN_COMPRESSION && !bingo_is_chunk_function(call->funcid))
		return false;
	return get_typlen(exprType(linitial(call->args))) < 0;
}

static bool
find_look(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (bingo_storage_is_read_by(node))
		return true;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, find_look, context, 0);
	return expression_tree_walker(node, find_look, context);
}

bool
bingo_storage_is_read(PlannerInfo *root)
{
	ListCell   *lc;

	for (PlannerInfo *level = root; level != NULL; level = level->parent_root)
		if (find_look((Node *) level->parse, NULL))
			return true;
	foreach(lc, root->glob->subroots)
		if (find_look((Node *) ((PlannerInfo *) lfirst(lc))->parse, NULL))
			return true;
	return false;
}
