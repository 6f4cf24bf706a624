/*
 * read/count_join.c
 *	  The table whose rows a join keeps.
 *
 * A table on the outer side of LEFT JOINs, without a condition above them, has each of its rows
 * among the join's: once, if the planner has found that each has one partner or
 * none (the inner sides are unique), else at least once.  Then the values of its primary
 * key are counted, distinct ones only.  Any path of the relation tells which joins there are.
 *
 * The other tables are not read then: neither must reading them do anything, such as lock rows or draw numbers.
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/restrictinfo.h"

#include "base/compat.h"
#include "base/compat_plan.h"
#include "read/count_step.h"

/* What gives the same rows below. */
static Path *
look_through(Path *path)
{
	for (;;)
	{
		if (IsA(path, ProjectionPath))
			path = ((ProjectionPath *) path)->subpath;
		else if (IsA(path, SortPath) || IsA(path, IncrementalSortPath))
			path = ((SortPath *) path)->subpath;
		else if (IsA(path, MaterialPath))
			path = ((MaterialPath *) path)->subpath;
		else if (IsA(path, GatherPath))
			path = ((GatherPath *) path)->subpath;
		else if (IsA(path, GatherMergePath))
			path = ((GatherMergePath *) path)->subpath;
		else
			return path;
	}
}

static bool
is_join(const Path *path)
{
	return IsA(path, NestPath) || IsA(path, MergePath) || IsA(path, HashPath);
}

static bool
is_filtered(const JoinPath *join)
{
	ListCell   *cell;

	foreach(cell, join->joinrestrictinfo)
		if (RINFO_IS_PUSHED_DOWN(lfirst_node(RestrictInfo, cell), join->path.parent->relids))
			return true;
	return false;
}

static bool
locks_rows(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return ((Query *) node)->rowMarks != NIL || query_tree_walker((Query *) node, locks_rows, context, 0);
	/* what is in one is planned already */
	return IsA(node, SubPlan) || IsA(node, AlternativeSubPlan) || expression_tree_walker(node, locks_rows, context);
}

bool
bingo_count_has_effects(const Query *query)
{
	Query		rows = *query;

	rows.targetList = NIL;		/* is looked at elsewhere */
	return contain_volatile_functions((Node *) &rows) || locks_rows((Node *) &rows, NULL);
}

/* The side whose rows all stay, or NULL. */
static Path *
find_kept_side(const JoinPath *join, bool once)
{
	if (is_filtered(join))
		return NULL;
	if (join->jointype == JOIN_LEFT && (join->inner_unique || !once))
		return join->outerjoinpath;
	return join->jointype == JOIN_RIGHT && !once ? join->innerjoinpath : NULL;
}

/* The one relation whose rows the path's are, or NULL. */
static RelOptInfo *
find_rows(Path *path, bool once)
{
	path = look_through(path);
	while (is_join(path))
	{
		path = find_kept_side((JoinPath *) path, once);
		if (path == NULL)
			return NULL;
		path = look_through(path);
	}
	return path->parent->reloptkind == RELOPT_BASEREL && path->parent->rtekind == RTE_RELATION ? path->parent : NULL;
}

RelOptInfo *
bingo_count_find_rows(RelOptInfo *input, bool once)
{
	ListCell   *cell;

	if (IS_DUMMY_REL(input) || (input->reloptkind != RELOPT_BASEREL && input->reloptkind != RELOPT_JOINREL))
		return NULL;
	foreach(cell, input->pathlist)
	{
		RelOptInfo *table = find_rows(lfirst(cell), once);

		if (table != NULL)
			return table;
	}
	return NULL;
}

/* What a subquery does to the rows of its join, down to that. */
static Path *
look_through_query(Path *path)
{
	for (;;)
	{
		path = look_through(path);
		if (IsA(path, SubqueryScanPath))
			path = ((SubqueryScanPath *) path)->subpath;
		else if (IsA(path, LimitPath))
			path = ((LimitPath *) path)->subpath;
		else if (IsA(path, AggPath))
			path = ((AggPath *) path)->subpath;
		else if (IsA(path, GroupPath))
			path = ((GroupPath *) path)->subpath;
		else if (bingo_is_distinct_path(path))
			path = bingo_below_distinct(path);
		else
			return path;
	}
}

/*
 * The subqueries are planned: of their relations' paths some are freed, which were of no use
 * higher up.  Those that the input's have below them are there.
 */
RelOptInfo *
bingo_count_find_rows_below(RelOptInfo *input, PlannerInfo *root)
{
	ListCell   *cell;

	foreach(cell, input->pathlist)
	{
		Path	   *path = look_through_query(lfirst(cell));
		RelOptInfo *table = is_join(path) ? find_rows(path, false) : NULL;

		if (table != NULL && (int) table->relid < root->simple_rel_array_size && root->simple_rel_array[table->relid] == table)
			return table;
	}
	return NULL;
}
