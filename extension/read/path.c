/*
 * read/path.c
 *	  Offers windows to the planner: the hooks and the path.
 *
 * The data's way: set_rel_pathlist_hook (an ordering of one table) or
 * set_join_pathlist_hook (the join relation of the ordering's tables), where the
 * plain paths of the relation are there -> the orderings that match (read/match.c)
 * -> a CustomPath whose child is the best plain path in the same order, the plan
 * behind (read/behind.c) -> add_path(), which decides by cost and order -> the plan
 * (read/plan.c).
 *
 * The join hook runs once for each pair of inputs, with more plain paths each time:
 * our path is taken away and offered again (read/behind.c says when).
 *
 * The decision does not look at the state of the window, which a cached plan
 * outlives; the executor does (read/open.c).
 *
 * Costs.  Where the relation is the whole query level, only Limit stands above it, and
 * the rows that it will take are known: the path is offered only if it is cheaper
 * than the plan behind for so many rows, and its costs are such that Limit, which
 * takes them for linear, finds the cost of these rows.  A LIMIT that is unknown when
 * planning is supposed to end inside the window, whatever the planner's usual tenth
 * would be.
 *
 * Elsewhere the path's total is that of window and plan behind together, so that whoever
 * reads all of it does not take it for cheap.  Where joins stand above, LIMIT needs the
 * more rows of the relation the fewer of them pass these joins; a query level that needs
 * more rows than the window is supposed to have pays for the window in advance.  A query
 * level that stops by itself, by a condition on row_number() or rank(), is charged for what
 * it reads only, although WindowAgg is costed as if it read everything.
 *
 * Invariant: the range table keeps the tables with the rights they need, for the
 * core to check, because the child reads them.  The window has no range table entry;
 * the plan depends on it through relationOids.
 *
 * A query that no ordering can serve pays for the tests of read/worth.c in each call of the hooks.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "nodes/extensible.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/planner.h"
#include "parser/parsetree.h"
#include "utils/selfuncs.h"

#include "base/compat.h"
#include "base/guc.h"
#include "read/backward.h"
#include "read/behind.h"
#include "read/cost.h"
#include "read/find.h"
#include "read/hint.h"
#include "read/leaves.h"
#include "read/match.h"
#include "read/match_step.h"
#include "read/merge.h"
#include "read/path.h"
#include "read/plan.h"
#include "read/scan.h"
#include "read/verdict.h"
#include "read/wanted.h"
#include "read/worth.h"

static set_rel_pathlist_hook_type prev_set_rel_pathlist_hook = NULL;
static set_join_pathlist_hook_type prev_set_join_pathlist_hook = NULL;

static const CustomPathMethods path_methods = {
	.CustomName = BINGO_SCAN_NAME,
	.PlanCustomPath = bingo_scan_plan,
};

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
		CustomPath *path = (CustomPath *) lfirst(lc);

		if (IsA(path, CustomPath) && path->methods == &path_methods)
		{
			rel->pathlist = foreach_delete_current(rel->pathlist, lc);
			found = true;
		}
	}
	if (found && plain != rel)
		bingo_behind_restore(rel, plain);
}

/* The costs of a path that only Limit stands above; false if the plan behind alone is cheaper. */
static bool
price_level(PlannerInfo *root, const BingoMatch *match, const BingoWindowShare *share,
			const BingoWantedRows *wanted, const Path *behind, Path *path)
{
	double		in_window = Min(wanted->rows, share->rows);
	double		reckoned = wanted->certain ? wanted->rows : in_window;
	Cost		startup;
	Cost		run;
	Cost		cost;
	Cost		cost_behind = bingo_behind_cost(behind, reckoned);

	bingo_cost_window(root, match, share, in_window, &startup, &run);
	bingo_verdict_rows(match->ordering, in_window);
	cost = startup + run;
	if (reckoned > in_window && !share->complete)
		cost += cost_behind;	/* all of it: the rows given are skipped, not spared */
	if (cost > cost_behind)
	{
		if (share->complete || !bingo_verdict_beyond(match->ordering, reckoned, in_window))
			bingo_verdict_cost(match->ordering, cost, cost_behind);
		return false;
	}
	path->startup_cost = startup;
	path->total_cost = startup + (cost - startup) * Max(path->rows / Max(reckoned, 1.0), 1.0);
	return true;
}

/* Is a row of the relation without a row of that one given nevertheless, or only then? */
static bool
is_optional(PlannerInfo *root, int varno)
{
	ListCell   *lc;

	foreach(lc, root->join_info_list)
	{
		SpecialJoinInfo *join = (SpecialJoinInfo *) lfirst(lc);

		if (join->jointype != JOIN_SEMI && bms_is_member(varno, join->syn_righthand))
			return true;
	}
	return false;
}

/* How many values have the columns of the other table that the relation is joined by?  If nobody knows, as many as rows. */
static double
count_joined_values(PlannerInfo *root, const RelOptInfo *rel, const RelOptInfo *other)
{
	double		values = 0;
	ListCell   *lc;

	foreach(lc, root->eq_classes)
	{
		const EquivalenceClass *ec = lfirst(lc);
		VariableStatData statistics;
		bool		unknown;
		double		distinct;
		ListCell   *member;
		Node	   *column = NULL;

		foreach(member, bms_overlap(ec->ec_relids, rel->relids) && bms_is_subset(other->relids, ec->ec_relids) ? ec->ec_members : NIL)
		{
			const EquivalenceMember *em = lfirst(member);

			if (!em->em_is_child && bms_equal(em->em_relids, other->relids))
				column = (Node *) em->em_expr;
		}
		if (column == NULL)
			continue;
		examine_variable(root, column, 0, &statistics);
		distinct = get_variable_numdistinct(&statistics, &unknown);
		ReleaseVariableStats(statistics);
		if (unknown)
			return other->tuples;
		values = Max(values, 1) * distinct;
	}
	return values > 0 ? Min(values, other->tuples) : other->tuples;
}

/*
 * The part of the relation's rows that passes the joins above.  Each row is supposed to
 * find one in each other relation, as by a foreign key, unless that one's own
 * conditions have taken it away.  Of the boards that a user follows ("user_id = 7") it is not the part of all rows of that
 * table, which has some of each user, but of all boards.
 */
static double
estimate_passing(PlannerInfo *root, const RelOptInfo *rel)
{
	double		passing = 1.0;
	int			varno = -1;

	while ((varno = bms_next_member(root->all_baserels, varno)) >= 0)
	{
		RelOptInfo *other = root->simple_rel_array[varno];

		if (other != NULL && other->reloptkind == RELOPT_BASEREL && !bms_is_member(varno, rel->relids) &&
			other->tuples > 0 && other->rows < other->tuples && !is_optional(root, varno))
			passing *= Min(other->rows / count_joined_values(root, rel, other), 1.0);
	}
	return passing;
}

/* Of a level that reads no more rows than it needs, whatever stands above: WindowAgg with a run condition. */
static bool
price_stop(PlannerInfo *root, const BingoMatch *match, const BingoWindowShare *share,
		   double needed, const Path *behind, Path *path)
{
	double		in_window = Min(needed, share->rows);
	Cost		cost_behind = bingo_behind_cost(behind, needed);
	Cost		startup;
	Cost		run;

	bingo_cost_window(root, match, share, in_window, &startup, &run);
	bingo_verdict_rows(match->ordering, in_window);
	path->startup_cost = startup;
	path->total_cost = startup + run;
	if (needed > in_window && !share->complete)
		path->total_cost += cost_behind;
	if (path->total_cost <= cost_behind)
		return true;
	bingo_verdict_cost(match->ordering, path->total_cost, cost_behind);
	return false;
}

/* The costs of a path that others than Limit stand above; false if the plan behind alone is cheaper. */
static bool
price_relation(PlannerInfo *root, const BingoMatch *match, const BingoWindowShare *share,
			   const BingoWantedRows *wanted, const Path *behind, Path *path)
{
	double		needed = wanted->rows;
	Cost		startup;
	Cost		run;

	if (wanted->stops)
		return price_stop(root, match, share, needed, behind, path);
	if (wanted->certain && needed < share->relation && bingo_worth_gives_each_row(root->parse))
		needed = Min(needed / Max(estimate_passing(root, path->parent), 1.0 / share->relation), share->relation);
	if (wanted->certain && needed < share->relation && needed <= share->rows && path->rows <= wanted->rows)
	{
		/* by its own estimate the core would read the relation to its end; ours knows of more rows */
		bingo_cost_window(root, match, share, needed, &startup, &run);
		bingo_verdict_rows(match->ordering, needed);
		path->startup_cost = startup;
		path->total_cost = startup + run;
		return true;
	}
	bingo_cost_window(root, match, share, share->rows, &startup, &run);
	bingo_verdict_rows(match->ordering, Min(needed, share->rows));
	path->startup_cost = startup;
	path->total_cost = startup + run;
	if (share->complete)
	{
		path->total_cost -= bingo_cost_joins(root, match, share->rows);
		return true;
	}
	path->total_cost += behind->total_cost;
	if (wanted->certain && needed > share->rows)
	{
		(void) bingo_verdict_beyond(match->ordering, needed, share->rows);
		path->startup_cost = startup + run + behind->startup_cost;
	}
	return true;
}

/* Do only window functions stand above the relation, and do its rows come in their order? */
static bool
is_alone(PlannerInfo *root, const BingoMatch *match)
{
	const Query *parse = root->parse;

	ListCell   *lc;

	foreach(lc, root->join_info_list)
	{
		if (!bingo_match_is_inside(match, (SpecialJoinInfo *) lfirst(lc)))
			return false;
	}
	return bms_is_subset(root->all_baserels, match->relids) &&
		list_length(match->pathkeys) == list_length(root->query_pathkeys) &&
		!parse->hasAggs && parse->groupClause == NIL && parse->groupingSets == NIL && parse->distinctClause == NIL &&
		!parse->hasTargetSRFs && parse->setOperations == NULL;
}

/* May searches be merged that don't find all their rows? */
static bool
may_be_cut(const BingoMatch *match)
{
	const BingoDefinition *definition = match->ordering->definition;

	if (list_length(match->leaves) > 1)
		return match->merged_key < definition->nkeys;
	return bingo_merge_may_stop(definition, match->covered, match->merged_key);
}

/* If it is merged (read/merge.c): does its window have all rows, and are the searches few enough? */
static bool
may_merge(PlannerInfo *root, const BingoMatch *match, const BingoWindowShare *share)
{
	const char *reason = NULL;

	if (!match->lists && list_length(match->leaves) <= 1)
		return true;
	if (bingo_cost_searches(root, match) > BINGO_MOST_MERGED)
		reason = BINGO_MERGED_TOO_MANY;
	else if (match->lists && !share->complete && !may_be_cut(match))
		reason = BINGO_MERGED_PART;
	if (reason != NULL)
		bingo_verdict_note(match->ordering, reason);
	return reason == NULL;
}

CustomPath *
bingo_path_make(RelOptInfo *rel, BingoMatch *match, Path *behind)
{
	CustomPath *path = makeNode(CustomPath);

	path->path.pathtype = T_CustomScan;
	path->path.parent = rel;
	path->path.pathtarget = rel->reltarget;
	path->path.parallel_safe = false;
	path->path.rows = rel->rows;
	path->path.pathkeys = match->pathkeys;
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	path->custom_paths = list_make1(behind);
	path->custom_private = list_make1(match);
	path->methods = &path_methods;
	return path;
}

CustomPath *
bingo_path_create(PlannerInfo *root, RelOptInfo *rel, RelOptInfo *plain, BingoMatch *match)
{
	bool		whole_level = bingo_match_is_whole_level(root, match);
	BingoWantedRows wanted = {.rows = 1, .certain = true, .stops = true};
	Path	   *behind;
	BingoWindowShare share;
	CustomPath *path;

	bingo_cost_share(root, rel, match, &share);
	if (match->backward && !bingo_backward_may_serve(root, match, &share))
		return NULL;
	if (!match->first_only)
		wanted = bingo_wanted_estimate(root, share.relation, is_alone(root, match));
	behind = bingo_behind_find(root, plain, match->pathkeys, wanted.rows, match->first_only ? 1.0 : whole_level ? root->limit_tuples : -1.0);
	if (behind == NULL)
		return NULL;
	if (!may_merge(root, match, &share))
		return NULL;
	/* what is given without an order must be all there is */
	if (match->pathkeys == NIL && !share.complete)
	{
		bingo_verdict_note(match->ordering, root->query_pathkeys == NIL ? "it has no ORDER BY, and the window is not expected to have all rows that it wants" :
						   "its ORDER BY is another one, and the window is not expected to have all rows that it wants");
		return NULL;
	}
	if (share.rows <= 0)
	{
		bingo_verdict_note(match->ordering, "the rows that it wants are not among the window's");
		return NULL;
	}

	match->patience = bingo_cost_patience(root, match, &share, whole_level ? Min(wanted.rows, share.rows) : share.rows,
										  bingo_behind_cost(behind, wanted.rows));
	path = bingo_path_make(rel, match, behind);
	if (whole_level ? price_level(root, match, &share, &wanted, behind, &path->path) :
		price_relation(root, match, &share, &wanted, behind, &path->path))
		return path;
	return NULL;
}

/*
 * Of a partitioned table that is all that the query level reads the planner makes the paths anew, from those of partitions, once it
 * knows the columns that are wanted.  Ours is kept on the relation (its fdw_private, which no local table uses) until then.
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
			rel->fdw_private = lappend(rel->fdw_private, memcpy(makeNode(CustomPath), lfirst(lc), sizeof(CustomPath)));
		add_path(rel, lfirst(lc));
	}
}

void
bingo_path_offer_again(PlannerInfo *root, const RelOptInfo *input, RelOptInfo *ordered)
{
	ListCell   *lc;

	if (input->reloptkind != RELOPT_BASEREL || planner_rt_fetch(input->relid, root)->relkind != RELKIND_PARTITIONED_TABLE)
		return;
	foreach(lc, (List *) input->fdw_private)
		add_path(ordered, (Path *) create_projection_path(root, ordered, lfirst(lc), root->upper_targets[UPPERREL_ORDERED]));
}

static void
bingo_set_rel_pathlist(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	if (prev_set_rel_pathlist_hook)
		prev_set_rel_pathlist_hook(root, rel, rti, rte);
	if (rel->reloptkind == RELOPT_BASEREL && rte->rtekind == RTE_RELATION && bingo_worth_of_table(root, rel))
		offer_windows(root, rel, rel, bingo_find_matches(root, rel));
}

/* The same once for each join relation. */
static List *
find_join_matches(PlannerInfo *root, RelOptInfo *joinrel)
{
	BingoPlainJoin *join = bingo_behind_look(joinrel);

	if (!join->looked)
		join->matches = bingo_find_matches(root, joinrel);
	join->looked = true;
	return join->matches;
}

static void
bingo_set_join_pathlist(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outerrel, RelOptInfo *innerrel,
						JoinType jointype, JoinPathExtraData *extra)
{
	RelOptInfo *plain;

	if (prev_set_join_pathlist_hook)
		prev_set_join_pathlist_hook(root, joinrel, outerrel, innerrel, jointype, extra);
	if ((jointype != JOIN_INNER && jointype != JOIN_LEFT && jointype != JOIN_RIGHT) || joinrel->reloptkind != RELOPT_JOINREL || joinrel->fdwroutine != NULL ||
		!bms_is_empty(joinrel->lateral_relids) || bingo_behind_is_plain(joinrel) || !bingo_worth_may_serve(root, joinrel))
		return;
	if (bms_num_members(joinrel->relids) > 2 && find_join_matches(root, joinrel) == NIL)
		return;
	plain = bingo_behind_join(root, joinrel, outerrel, innerrel, jointype, extra);
	if (plain != NULL && !bingo_worth_is_hopeless(root, plain))
		offer_windows(root, joinrel, plain, find_join_matches(root, joinrel));
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
