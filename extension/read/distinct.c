/*
 * read/distinct.c
 *	  DISTINCT ON, and row_number() up to a constant, from the first rows of each key of a window.
 *
 * The core reads all rows of a relation, in order, and lets Unique drop all but the first of each group.  Where the rows of
 * each key are kept in a window, cut or not, the first one of each is there, and an index finds the next key: a scan
 * that skips (read/first.c) is offered below a Unique of its own, beside the plain paths; cost decides.
 *
 * Such a scan gives fewer rows than its relation has, so it stands nowhere else: it is made here, for the relation that
 * DISTINCT is computed of, and never added to that one's paths.
 *
 * When: the query level joins the ordering's tables and nothing else; DISTINCT's keys, in the order of ORDER BY, but in either direction, are
 * the first sort keys of the window, and no more than those for each of which rows are kept; the whole ORDER BY is the window's, so that the
 * first row is the one that is meant.  The window must have rows of all keys: one for each key, or all rows that there are.
 *
 * The directions of DISTINCT's own keys say in which order its groups come, not which row of each: where they are descending, the same groups are
 * made in the window's order, of the same first rows, and the core sorts what Unique gives.
 *
 * "row_number() OVER (PARTITION BY key ORDER BY ...) AS n", of which the query around the level wants n <= 3, or up to a parameter, is the same with three rows of each key,
 * if the level computes nothing else over windows: WindowAgg (or what is around it) drops the rows behind these, and their numbers are what they were.
 * The order must be total, as which of equal rows come first would be another thing with the plan behind, in the middle of a group.  Where one row is wanted of
 * each there is no such middle, and it may be any of those that are equal.  In a total order rank() and dense_rank() are the rows' numbers, too; where there are ties
 * nobody knows how many rows share a rank.  The core's WindowAgg is taken for one of our own, above the scan.
 *
 * Costs.  Each group is a descent and a page of index and heap, which come in their order, so they are charged as
 * pages in sequence.  If a condition lets pass so few rows that of some key that is cut none will be among those kept, the plan behind would be
 * needed for all the rest: then nothing is offered.
 */
#include "postgres.h"

#include <math.h>

#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/planner.h"
#include "optimizer/tlist.h"
#include "utils/selfuncs.h"

#include "base/compat.h"
#include "definition/types.h"
#include "read/behind.h"
#include "read/cost.h"
#include "read/distinct.h"
#include "read/find.h"
#include "read/match_step.h"
#include "read/path.h"
#include "read/plan.h"
#include "read/verdict.h"
#include "read/wanted.h"
#include "read/worth.h"

/* What rows are wanted of each of. */
typedef struct Keys
{
	List	   *pathkeys;
	List	   *exprs;
	int			rows;
	Expr	   *limit;			/* if that is only supposed */
} Keys;

/* Nothing but the rows of a join? */
static bool
is_plain(PlannerInfo *root, const RelOptInfo *input)
{
	const Query *parse = root->parse;
	ListCell   *lc;

	if (parse->hasAggs || parse->groupClause != NIL || parse->groupingSets != NIL ||
		parse->havingQual != NULL || parse->hasTargetSRFs || parse->setOperations != NULL ||
		(input->reloptkind != RELOPT_BASEREL && input->reloptkind != RELOPT_JOINREL) || !bms_is_empty(input->lateral_relids))
		return false;
	foreach(lc, input->reltarget->exprs)
		if (!IsA(lfirst(lc), Var))
			return false;
	return true;
}

/* Does the plan behind give the sort key in the window's own column? */
static bool
has_column(const RelOptInfo *input, const BingoMatch *match, int output)
{
	ListCell   *lc;

	foreach(lc, input->reltarget->exprs)
		if (bingo_match_output(match, lfirst_node(Var, lc)) == output)
			return true;
	foreach(lc, match->stand_ins)
		if (((BingoStandIn *) lfirst(lc))->output == output &&
			list_member(input->reltarget->exprs, ((BingoStandIn *) lfirst(lc))->var))
			return true;
	return false;
}

/* So many of the first sort keys are what rows are wanted of each of; 0: they are not. */
static int
count_keys(PlannerInfo *root, const RelOptInfo *input, const BingoMatch *match, const Keys *keys)
{
	const BingoDefinition *definition = match->ordering->definition;
	int			nkeys = list_length(keys->pathkeys);
	ListCell   *lc;

	if (match->lists || match->backward || match->late != NIL || !pathkeys_contained_in(keys->pathkeys, match->pathkeys) ||
		list_length(match->pathkeys) < list_length(root->query_pathkeys) ||
		nkeys > (definition->nkeys > 0 ? definition->nkeys : definition->nsort))
		return 0;
	foreach(lc, keys->pathkeys)
	{
		const BingoSortKey *key = &definition->sort[foreach_current_index(lc)];

		if (!bingo_match_has_kept(match, ((PathKey *) lfirst(lc))->pk_eclass, &key->column) ||
			key->descending || key->nulls_first || !has_column(input, match, key->output))
			return 0;
	}
	return nkeys;
}

/* What the window would be searched by is left to the filter, which then has all: the search is for the next key. */
static void
filter_by_search(BingoMatch *match)
{
	match->filter = match->conditions;
	match->search = NIL;
}

/* Do values of the key that are equal look alike?  0.0 and 0.00 do not, nor do two spellings that a collation takes for one. */
static bool
has_equal_images(const BingoSortKey *key)
{
	Oid			compared;
	Oid			family = bingo_types_image_family(key->column.type, key->collation, &compared);

	return OidIsValid(family) && family == key->opfamily;
}

/* Do the conditions look at columns of these sort keys only, and so at what is the same for all rows of a group? */
static bool
is_by_key(const BingoMatch *match)
{
	const BingoDefinition *definition = match->ordering->definition;
	ListCell   *lc;

	if (match->present != NIL)
		return false;
	foreach(lc, match->filter)
	{
		ListCell   *other;

		foreach(other, pull_var_clause((Node *) lfirst_node(RestrictInfo, lc)->clause, PVC_RECURSE_PLACEHOLDERS))
		{
			int			output = bingo_match_output(match, lfirst_node(Var, other));
			int			i;

			for (i = 0; i < match->first_of && definition->sort[i].output != output; i++)
				;
			if (i == match->first_of || !has_equal_images(&definition->sort[i]))
				return false;
		}
	}
	return true;
}

/* Of several rows three times as many are supposed to be there. */
#define TIMES_THE_ROWS 3

/* Has the window the rows of each key, or most likely? */
static bool
has_all_keys(PlannerInfo *root, const BingoMatch *match, double ngroups, double passing)
{
	const BingoOrdering *ordering = match->ordering;

	if (ordering->definition->nkeys == 0)
		return ordering->window_rows >= find_base_rel(root, match->varnos[0])->tuples;
	if (ordering->window_rows < match->first_rows)
		return false;
	if (match->first_rows > 1)
		return match->by_key || ordering->window_rows * passing >= TIMES_THE_ROWS * match->first_rows;
	return match->by_key || ngroups * pow(1.0 - passing, (double) ordering->window_rows) < 0.5;
}

/* How many keys are there, whatever the conditions are? */
static double
estimate_keys(PlannerInfo *root, List *keys)
{
	double		result = 1;
	ListCell   *lc;

	foreach(lc, keys)
	{
		VariableStatData data;
		bool		is_default;

		examine_variable(root, lfirst(lc), 0, &data);
		result *= get_variable_numdistinct(&data, &is_default);
		ReleaseVariableStats(data);
	}
	return result;
}

/* The costs of the path, from the first row of each of so many groups. */
static void
price(PlannerInfo *root, const BingoMatch *match, List *keys, double ngroups, double passing, Path *path)
{
	double		read = ngroups * match->first_rows / Max(passing, 1e-6);
	double		searches = match->by_key ? Min(read, Max(estimate_keys(root, keys), ngroups)) : ngroups;
	Cost		descent = (ceil(log2(Max(find_base_rel(root, match->varnos[0])->tuples, 2))) + 50.0 * 3) * cpu_operator_cost;
	QualCost	filter;

	if (match->by_key)
		read = searches * match->first_rows;
	cost_qual_eval(&filter, match->filter, root);
	path->startup_cost = descent + filter.startup;
	path->total_cost = path->startup_cost + searches * (descent + 2 * seq_page_cost) +
		read * (cpu_index_tuple_cost + cpu_tuple_cost + filter.per_tuple);
	/* a row of the table that it lacks columns of, of each */
	if (match->fetched != NIL)
		path->total_cost += ngroups * match->first_rows * (descent + random_page_cost);
	path->rows = clamp_row_est(Min(ngroups * match->first_rows, Max(path->rows, ngroups)));
}

/* The scan, or NULL. */
static CustomPath *
make_scan(PlannerInfo *root, RelOptInfo *input, BingoMatch *match, const Keys *keys, double *groups)
{
	BingoWindowShare share;
	CustomPath *path;
	Path	   *behind;
	double		ngroups;

	if (match->leaves != NIL)
		return NULL;			/* each partition would give a first row of its own */
	match->first_of = count_keys(root, input, match, keys);
	if (match->first_of == 0)
		return NULL;
	match->first_limit = keys->limit;
	match->first_rows = keys->rows;
	if (keys->limit != NULL && match->ordering->definition->nkeys > 0)
		match->first_rows = (int) Min(keys->rows, match->ordering->window_rows);
	filter_by_search(match);
	match->by_key = is_by_key(match);
	*groups = ngroups = estimate_num_groups(root, keys->exprs, input->rows, NULL, NULL);
	bingo_cost_share(root, input, match, &share);
	if (!has_all_keys(root, match, ngroups, share.filtered))
	{
		bingo_verdict_note(match->ordering, match->first_rows > 1 ? "of some values too few rows among those kept satisfy its conditions" :
						   "of some values no row among those kept satisfies its conditions");
		return NULL;
	}
	behind = bingo_behind_find(root, input, match->pathkeys, input->rows, -1.0);
	if (behind == NULL)
		return NULL;
	share.scanned = ngroups * match->first_rows / Max(share.filtered, 1e-6);
	match->patience = bingo_cost_patience(root, match, &share, ngroups * match->first_rows, behind->total_cost);
	path = bingo_path_make(input, match, behind);
	price(root, match, keys->exprs, ngroups, share.filtered, &path->path);
	bingo_verdict_rows(match->ordering, path->path.rows);
	return path;
}

/* The pathkeys, the first ones as the keys of a window are sorted. */
static List *
make_ascending(PlannerInfo *root, const List *pathkeys, int nfirst)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, pathkeys)
	{
		PathKey    *pathkey = lfirst(lc);

		if (foreach_current_index(lc) < nfirst)
			pathkey = make_canonical_pathkey(root, pathkey->pk_eclass, pathkey->pk_opfamily, BINGO_COMPARE_LESS, false);
		result = lappend(result, pathkey);
	}
	return result;
}

static void
offer_distinct(PlannerInfo *root, RelOptInfo *input, RelOptInfo *output)
{
	List	   *wanted = root->query_pathkeys;
	int			ndistinct = list_length(root->distinct_pathkeys);
	Keys		keys = {.rows = 1};
	ListCell   *lc;

	if (ndistinct == 0 || root->parse->hasWindowFuncs || !pathkeys_contained_in(root->distinct_pathkeys, wanted))
		return;
	root->query_pathkeys = make_ascending(root, wanted, ndistinct);
	keys.pathkeys = list_truncate(list_copy(root->query_pathkeys), ndistinct);
	keys.exprs = get_sortgrouplist_exprs(root->parse->distinctClause, root->processed_tlist);
	foreach(lc, bingo_find_matches(root, input))
	{
		BingoMatch *match = lfirst(lc);
		double		ngroups;
		CustomPath *path = make_scan(root, input, match, &keys, &ngroups);

		if (path != NULL)
			add_path(output, (Path *) bingo_unique_path(root, output, &path->path, match->first_of, ngroups));
	}
	root->query_pathkeys = wanted;
}

/* --- row_number() --- */

static const WindowAggPath *
find_window_agg(const RelOptInfo *output)
{
	ListCell   *lc;

	foreach(lc, output->pathlist)
		if (IsA(lfirst(lc), WindowAggPath))
			return lfirst(lc);
	return NULL;
}

/* The same above the scan; what it costs itself is by its rows. */
static Path *
make_window_agg(const WindowAggPath *plain, Path *scan)
{
	WindowAggPath *path = memcpy(makeNode(WindowAggPath), plain, sizeof(WindowAggPath));
	Cost		own = plain->path.total_cost - plain->subpath->total_cost;

	path->subpath = scan;
	path->path.rows = Min(plain->path.rows, scan->rows);
	path->path.pathkeys = scan->pathkeys;
	path->path.parallel_safe = false;
	path->path.startup_cost = scan->startup_cost;
	path->path.total_cost = scan->total_cost + own * scan->rows / Max(plain->subpath->rows, 1.0);
	return &path->path;
}

/* May rows of equal rank come in any order, or are there none? */
static bool
allows_ties(PlannerInfo *root, const BingoMatch *match, const WindowClause *window, const BingoWantedOfEach *wanted)
{
	List	   *clauses = list_concat_copy(window->partitionClause, window->orderClause);

	if (match->covered < match->ordering->definition->nsort)
		return wanted->rows == 1 && wanted->limit == NULL && !wanted->has_ranks;
	return !wanted->has_ranks || pathkeys_contained_in(match->pathkeys, make_pathkeys_for_sortclauses(root, clauses, root->processed_tlist));
}

static void
refuse_ties(const BingoMatch *match, const BingoWantedOfEach *wanted)
{
	const BingoDefinition *definition = match->ordering->definition;

	if (!bingo_verdict_is_asked())
		return;
	bingo_verdict_note(match->ordering, wanted->has_ranks ? "rows of one rank may be more than the first ones of each value" :
					   psprintf("which rows are the first ones of each value is not told by its ORDER BY, as it would be with %s at its end",
								bingo_match_kept_name(definition, &definition->sort[Min(match->covered, definition->nsort - 1)].column)));
}

static void
offer_row_number(PlannerInfo *root, RelOptInfo *input, RelOptInfo *output)
{
	BingoWantedOfEach wanted;
	Keys		keys = {0};
	const WindowAggPath *found = find_window_agg(output);
	WindowAggPath plain;
	const WindowClause *window;
	ListCell   *lc;

	if (found == NULL || root->parse->distinctClause != NIL || !bingo_wanted_of_each(root->parse, &wanted))
		return;
	keys.rows = wanted.rows;
	keys.limit = wanted.limit;
	plain = *found;				/* add_path() may free it */
	window = linitial_node(WindowClause, root->parse->windowClause);
	keys.pathkeys = make_pathkeys_for_sortclauses(root, window->partitionClause, root->processed_tlist);
	if (keys.pathkeys == NIL)
		return;
	keys.exprs = get_sortgrouplist_exprs(window->partitionClause, root->processed_tlist);
	foreach(lc, bingo_find_matches(root, input))
	{
		BingoMatch *match = lfirst(lc);
		double		ngroups;
		CustomPath *path;

		if (!allows_ties(root, match, window, &wanted))
		{
			refuse_ties(match, &wanted);
			continue;
		}
		path = make_scan(root, input, match, &keys, &ngroups);
		if (path != NULL)
			add_path(output, make_window_agg(&plain, &path->path));
	}
}

void
bingo_distinct_offer(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input, RelOptInfo *output)
{
	if (!is_plain(root, input) || !bingo_worth_looking(root, input))
		return;
	if (stage == UPPERREL_DISTINCT)
		offer_distinct(root, input, output);
	else
		offer_row_number(root, input, output);
}
