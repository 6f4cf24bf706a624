/*
 * read/offer.c
 *	  Offers windows to the planner: the hooks.
 *
 * The data's way: set_rel_pathlist_hook (an ordering of one table) or
 * set_join_pathlist_hook (the join relation of the ordering's tables), where the
 * plain paths of the relation are there -> the orderings that match (read/match.c)
 * -> a CustomPath (read/path.c) whose child is the best plain path in the same order, the plan
 * behind (read/behind.c) -> add_path(), which decides by cost and order -> the plan
 * (read/plan.c).  What is grouped by a key and sorted by another column goes a way of its own beside it (read/group.c).
 *
 * The join hook runs once for each pair of inputs, with more plain paths each time:
 * our path is taken away and offered again (read/behind.c says when).
 *
 * A query that no ordering can serve pays for the tests of read/worth.c in each call of the hooks.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "parser/parsetree.h"

#include "base/compat.h"
#include "read/behind.h"
#include "read/find.h"
#include "read/group.h"
#include "read/hint.h"
#include "read/match.h"
#include "read/offer.h"
#include "read/path.h"
#include "read/plan.h"
#include "read/scan.h"
#include "read/worth.h"

static set_rel_pathlist_hook_type prev_set_rel_pathlist_hook = NULL;
static set_join_pathlist_hook_type prev_set_join_pathlist_hook = NULL;

/*
 * Takes away what was offered at an earlier call of the hook: its plan behind may be gone.  The plain
 * paths come back that were not worth keeping beside it; perhaps it is not offered again.
 */
static void
withdraw(RelOptInfo *rel, const RelOptInfo *plain)
{
	bool		found = false;
	ListCell   *lc;

	foreach(lc, rel->pathlist)
	{
		if (bingo_path_is_window(lfirst(lc)))
		{
			rel->pathlist = foreach_delete_current(rel->pathlist, lc);
			found = true;
		}
	}
	if (found && plain != rel)
		bingo_behind_restore(rel, plain);
}

/*
 * Of a partitioned table that is all that the query level reads the planner makes the paths anew, from those of partitions, once it
 * knows the columns that are wanted.  Ours is kept beside the relation until then.
 */
static bool
may_be_forgotten(PlannerInfo *root, const RelOptInfo *rel, const CustomPath *path)
{
	return rel->reloptkind == RELOPT_BASEREL && planner_rt_fetch(rel->relid, root)->relkind == RELKIND_PARTITIONED_TABLE &&
		bingo_match_is_whole_level(root, bingo_plan_path_match(path));
}

/* Adds the paths of these to the relation; "plain" has its plain paths. */
static void
offer_windows(PlannerInfo *root, RelOptInfo *rel, RelOptInfo *plain, List *matches)
{
	List	   *paths = NIL;
	ListCell   *lc;

	withdraw(rel, plain);
	foreach(lc, matches)
	{
		CustomPath *path = bingo_path_create(root, rel, plain, lfirst(lc));

		if (path != NULL)
			paths = lappend(paths, path);
	}
	foreach(lc, paths)
	{
		/* add_path() may free what is dominated */
		if (may_be_forgotten(root, rel, lfirst(lc)))
		{
			BingoKept  *kept = bingo_behind_look(rel);

			kept->forgotten = lappend(kept->forgotten, memcpy(makeNode(CustomPath), lfirst(lc), sizeof(CustomPath)));
		}
		add_path(rel, lfirst(lc));
	}
}

void
bingo_offer_again(PlannerInfo *root, const RelOptInfo *input, RelOptInfo *ordered)
{
	const BingoKept *kept;
	ListCell   *lc;

	if (input->reloptkind != RELOPT_BASEREL || planner_rt_fetch(input->relid, root)->relkind != RELKIND_PARTITIONED_TABLE)
		return;
	kept = bingo_behind_known(input);
	foreach(lc, kept != NULL ? kept->forgotten : NIL)
		add_path(ordered, (Path *) create_projection_path(root, ordered, lfirst(lc), root->upper_targets[UPPERREL_ORDERED]));
}

static void
bingo_set_rel_pathlist(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	if (prev_set_rel_pathlist_hook)
		prev_set_rel_pathlist_hook(root, rel, rti, rte);
	if (rel->reloptkind == RELOPT_BASEREL && rte->rtekind == RTE_RELATION && bingo_worth_of_table(root, rel))
	{
		/* first, as add_path() may free plain paths that it needs */
		bingo_group_offer_windows(root, rel, rel, bingo_group_find(root, rel));
		offer_windows(root, rel, rel, bingo_find_matches(root, rel));
	}
}

/* The matches once for each join relation. */
static const BingoKept *
look_at_join(PlannerInfo *root, RelOptInfo *joinrel)
{
	BingoKept  *join = bingo_behind_look(joinrel);

	if (!join->looked)
	{
		join->matches = bingo_find_matches(root, joinrel);
		join->group_matches = bingo_group_find(root, joinrel);
	}
	join->looked = true;
	return join;
}

static void
bingo_set_join_pathlist(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outerrel, RelOptInfo *innerrel,
						JoinType jointype, JoinPathExtraData *extra)
{
	const BingoKept *join;
	RelOptInfo *plain;

	if (prev_set_join_pathlist_hook)
		prev_set_join_pathlist_hook(root, joinrel, outerrel, innerrel, jointype, extra);
	if (joinrel->reloptkind != RELOPT_JOINREL || joinrel->fdwroutine != NULL ||
		!bms_is_empty(joinrel->lateral_relids) || bingo_behind_is_plain(joinrel))
		return;
	bingo_group_join(root, joinrel, outerrel, innerrel, jointype, extra);
	if ((jointype != JOIN_INNER && jointype != JOIN_LEFT && jointype != JOIN_RIGHT) || !bingo_worth_may_serve(root, joinrel))
		return;
	join = look_at_join(root, joinrel);
	if (bms_num_members(joinrel->relids) > 2 && join->matches == NIL && join->group_matches == NIL)
		return;
	plain = bingo_behind_join(root, joinrel, outerrel, innerrel, jointype, extra);
	if (plain == NULL || bingo_worth_is_hopeless(root, plain))
		return;
	bingo_group_offer_windows(root, joinrel, plain, join->group_matches);
	offer_windows(root, joinrel, plain, join->matches);
}

void
bingo_scan_init(void)
{
	RegisterCustomScanMethods(&bingo_scan_methods);
	bingo_hint_init();
	prev_set_rel_pathlist_hook = set_rel_pathlist_hook;
	set_rel_pathlist_hook = bingo_set_rel_pathlist;
	prev_set_join_pathlist_hook = set_join_pathlist_hook;
	set_join_pathlist_hook = bingo_set_join_pathlist;
}
