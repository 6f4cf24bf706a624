/*
 * read/count_group.c
 *	  Offers counters to the planner for what it groups and counts.
 *
 * create_upper_paths_hook at UPPERREL_GROUP_AGG, where the plain ways to group are there
 * -> the counters that match (read/count_match.c) -> a CustomPath whose child is the
 * cheapest plain path, the plan behind, instead of all paths without an order if it is
 * cheaper (read/count_path.c) -> the node (read/count_exec.c).  At UPPERREL_WINDOW
 * read/count_window.c does the same for counts beside rows.
 */
#include "postgres.h"

#include "optimizer/optimizer.h"
#include "parser/parsetree.h"

#include "base/compat.h"
#include "read/count_step.h"
#include "read/seen.h"

/* What takes the place of the plain paths, or NULL. */
static CustomPath *
make_path(RelOptInfo *grouped, const BingoCountMatch *match, Path *behind)
{
	Cost		cost = bingo_count_cost(match) + behind->rows * cpu_tuple_cost;
	CustomPath *path;

	if (cost >= behind->total_cost)
		return NULL;
	path = makeNode(CustomPath);
	path->path.pathtype = T_CustomScan;
	path->path.parent = grouped;
	path->path.pathtarget = grouped->reltarget;
	path->path.rows = behind->rows;
	path->path.startup_cost = match->groups == NIL || match->scattered ? cost : 0;
	path->path.total_cost = cost;
	path->custom_paths = list_make1(behind);
	bingo_count_finish_path(path, match);
	return path;
}

/* The node of a path that groups in order; NULL if it is of another kind. */
static Path *
copy_node(const Path *path)
{
	Size		size = IsA(path, AggPath) ? sizeof(AggPath) : IsA(path, GroupPath) ? sizeof(GroupPath) : 0;

	return size == 0 ? NULL : memcpy(palloc(size), path, size);
}

/*
 * Of these the ones in some order, which may be cheaper for who wants the first groups only.  add_path()
 * frees what it rejects higher up: of our path's child there is a copy here, or nothing.
 */
static List *
list_ordered(List *paths, const Path *child)
{
	List	   *ordered = NIL;
	ListCell   *cell;

	foreach(cell, paths)
	{
		Path	   *path = lfirst(cell);

		if (path->pathkeys != NIL && path == child)
			path = copy_node(path);
		if (path != NULL && path->pathkeys != NIL)
			ordered = lappend(ordered, path);
	}
	return ordered;
}

static void
find_and_offer(PlannerInfo *root, RelOptInfo *input, RelOptInfo *grouped)
{
	bool		collecting = bingo_count_is_collecting();
	PlannerInfo *below = root;
	RelOptInfo *table = collecting || bingo_count_may_be_given(root) ? bingo_count_find_table(input, &below) : NULL;
	List	   *parts = table ? bingo_count_list_parts(below, table) : NIL;
	Path	   *behind = parts ? bingo_count_find_behind(grouped) : NULL;
	CustomPath *best = NULL;
	ListCell   *cell;

	foreach(cell, behind ? bingo_seen_list() : NIL)
	{
		List	   *others;
		const char *reason;
		const BingoOrdering *counter = bingo_count_take(lfirst(cell), parts, below, table, &others, &reason);
		BingoCountMatch match;
		bool		matches;
		CustomPath *path;

		if (counter == NULL || (!collecting && !bingo_count_may_match(table, counter)))
			continue;
		if (reason == NULL)
			reason = bingo_count_match(root, input, grouped, behind->rows, counter, &match);
		match.others = others;
		matches = reason == NULL;
		path = reason ? NULL : make_path(grouped, &match, behind);
		if (reason == NULL && path == NULL)
			reason = "the plain plan is cheaper";
		bingo_count_note_all(counter, others, reason, matches && root->query_level == 1, false);
		if (path != NULL && (best == NULL || path->path.total_cost < best->path.total_cost))
			best = path;
	}
	if (best != NULL)
	{
		grouped->pathlist = lcons(best, list_ordered(grouped->pathlist, behind));
		grouped->partial_pathlist = NIL;
	}
}

/*
 * The topmost level alone: what another one's count takes of the whole nobody knows.
 */
static void
propose(PlannerInfo *root, RelOptInfo *input, RelOptInfo *grouped)
{
	Path	   *behind = bingo_count_is_collecting() ? bingo_count_find_behind(grouped) : NULL;
	BingoCountMatch match;
	BingoCountProposal *proposal;

	if (root->query_level != 1 || behind == NULL || IS_OTHER_REL(input) || IS_DUMMY_REL(input))
		return;
	proposal = bingo_count_propose(root, input, grouped, behind->rows, &match);
	if (proposal != NULL && proposal->obstacle == NULL &&
		bingo_count_cost_of(&match, proposal->rows) + behind->rows * cpu_tuple_cost >= behind->total_cost)
		proposal->obstacle = "the plain plan is cheaper";
	bingo_count_note_proposal(proposal);
}

void
bingo_count_offer_groups(PlannerInfo *root, RelOptInfo *input, RelOptInfo *grouped)
{
	propose(root, input, grouped);
	if (bingo_count_is_wanted())
		find_and_offer(root, input, grouped);
}

void
bingo_count_init(void)
{
	RegisterCustomScanMethods(&bingo_count_methods);
}
