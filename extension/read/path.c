/*
 * read/path.c
 *	  The path of a window, and what it costs.
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
 */
#include "postgres.h"

#include "nodes/extensible.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "utils/selfuncs.h"

#include "base/compat.h"
#include "read/backward.h"
#include "read/behind.h"
#include "read/cost.h"
#include "read/match.h"
#include "read/match_step.h"
#include "read/merge.h"
#include "read/path.h"
#include "read/plan.h"
#include "read/verdict.h"
#include "read/wanted.h"
#include "read/worth.h"

static const CustomPathMethods path_methods = {
	.CustomName = BINGO_SCAN_NAME,
	.PlanCustomPath = bingo_scan_plan,
};

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

bool
bingo_path_is_window(const Path *path)
{
	return IsA(path, CustomPath) && ((const CustomPath *) path)->methods == &path_methods;
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
		wanted = bingo_wanted_estimate(root, share.relation, is_alone(root, match), match->grouped);
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
