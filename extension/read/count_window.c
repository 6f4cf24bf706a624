/*
 * read/count_window.c
 *	  Offers counters beside rows: SELECT ..., count(*) OVER () FROM table ... ORDER BY ... LIMIT 20.
 *
 * The plain plan reads all rows before it gives the first one, for the number.  With a
 * counter it need not: each way to the rows gets a CustomPath over it that adds the number,
 * and keeps its order, so LIMIT stops it early; an ordering's window can be below.  The
 * plain paths are taken away: they have all of this path's work before them, which the
 * core's cost for their first rows did not say before 16.
 *
 * The count is of the rows of one table.  It may be joined to others (read/count_join.c).
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "parser/parsetree.h"

#include "base/compat.h"
#include "read/count_step.h"
#include "read/seen.h"
#include "read/wanted.h"

/* --- paths --- */

/*
 * The node's own expressions find their columns among those of the rows, too, which are not
 * there when cells are looked at; setrefs.c would take an equal expression from them.  The
 * planner gives windows that are the whole of the rows nothing but columns.
 */
static bool
has_columns_only(const PathTarget *rows)
{
	ListCell   *cell;

	foreach(cell, rows->exprs)
		if (!IsA(lfirst(cell), Var) && !IsA(lfirst(cell), PlaceHolderVar))
			return false;
	return true;
}

/* For a sort in this order: so many rows are wanted; -1: all, or nobody knows. */
static double
get_bound(PlannerInfo *root, List *pathkeys)
{
	int			limit = pathkeys_contained_in(root->sort_pathkeys, pathkeys) ? bingo_wanted_limit(root->parse) : 0;

	return limit > 0 ? limit : -1;
}

/* The plain path in the order of these rows. */
static Path *
sort_behind(PlannerInfo *root, RelOptInfo *windowed, Path *behind, const Path *rows)
{
	if (pathkeys_contained_in(rows->pathkeys, behind->pathkeys))
		return behind;
	return (Path *) create_sort_path(root, windowed, behind, rows->pathkeys, get_bound(root, rows->pathkeys));
}

static CustomPath *
make_path(PlannerInfo *root, RelOptInfo *windowed, const BingoCountMatch *match, Path *behind, Path *rows)
{
	CustomPath *path = makeNode(CustomPath);
	Cost		cost = bingo_count_cost(match);

	path->path.pathtype = T_CustomScan;
	path->path.parent = windowed;
	path->path.pathtarget = behind->pathtarget;	/* the relation has none of its own */
	path->path.rows = rows->rows;
	path->path.startup_cost = rows->startup_cost + cost;
	path->path.total_cost = rows->total_cost + cost + rows->rows * cpu_tuple_cost;
	path->path.pathkeys = rows->pathkeys;
	path->custom_paths = list_make2(sort_behind(root, windowed, behind, rows), rows);
	bingo_count_finish_path(path, match);
	return path;
}

/* Are the rows not in the order that is wanted, but could be before the counts are there? */
static bool
can_be_sorted(PlannerInfo *root, RelOptInfo *input)
{
	ListCell   *cell;

	foreach(cell, root->sort_pathkeys)
		if (!relation_can_be_sorted_early(root, input, lfirst_node(PathKey, cell)->pk_eclass, false))
			return false;
	return root->sort_pathkeys != NIL && !pathkeys_contained_in(root->sort_pathkeys, input->cheapest_total_path->pathkeys);
}

static List *
make_paths(PlannerInfo *root, RelOptInfo *input, RelOptInfo *windowed, const BingoCountMatch *match, Path *behind)
{
	List	   *paths = NIL;
	ListCell   *cell;

	foreach(cell, input->pathlist)
	{
		Path	   *rows = lfirst(cell);

		if (rows->param_info == NULL)
			paths = lappend(paths, make_path(root, windowed, match, behind, rows));
	}
	if (can_be_sorted(root, input))
		paths = lappend(paths, make_path(root, windowed, match, behind,
										 (Path *) create_sort_path(root, input, input->cheapest_total_path,
																   root->sort_pathkeys, get_bound(root, root->sort_pathkeys))));
	return paths;
}

void
bingo_count_offer_window(PlannerInfo *root, RelOptInfo *input, RelOptInfo *windowed)
{
	RelOptInfo *table = bingo_count_is_wanted() ? bingo_count_find_rows(input, true) : NULL;
	List	   *parts = table ? bingo_count_list_parts(root, table) : NIL;
	Path	   *behind = parts ? bingo_count_find_behind(windowed) : NULL;
	BingoCountMatch best;
	Cost		best_cost = 0;
	bool		found = false;
	ListCell   *cell;

	foreach(cell, behind ? bingo_seen_list() : NIL)
	{
		List	   *others;
		const char *reason;
		const BingoOrdering *counter = bingo_count_take(lfirst(cell), parts, root, table, &others, &reason);
		BingoCountMatch match;

		if (counter == NULL || (!bingo_count_is_collecting() && !bingo_count_may_match(table, counter)))
			continue;
		if (reason == NULL)
			reason = bingo_count_match_window(root, table, behind->pathtarget, counter, &match);
		match.others = others;
		if (reason == NULL && !has_columns_only(input->reltarget))
			reason = "it computes something before it counts";
		if (reason == NULL && bingo_count_cost(&match) >= behind->total_cost)
			reason = "the plain plan is cheaper";
		bingo_count_note_all(counter, others, reason, false, false);
		if (reason == NULL && (!found || bingo_count_cost(&match) < best_cost))
		{
			best = match;
			best_cost = bingo_count_cost(&match);
			found = true;
		}
	}
	if (!found)
		return;
	windowed->pathlist = make_paths(root, input, windowed, &best, behind);
	windowed->partial_pathlist = NIL;
}
