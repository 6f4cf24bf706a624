/*
 * read/group.c
 *	  Groups of the rows of a window, in its order: GROUP BY a key, sorted by another column.
 *
 * "SELECT p.id, p.title, count(c.id) FROM post p LEFT JOIN comment c ON c.post = p.id GROUP BY p.id ORDER BY p.created DESC
 * LIMIT 20": the core joins in the order of GROUP BY, if in any, groups all rows, and sorts the groups.  Where GROUP BY has a
 * key of an ordering's driving table, the window's rows in the order of ORDER BY are the groups in that order, each with its joined rows
 * one after the other, and LIMIT stops it all.
 *
 * The data's way.  Where windows are offered (read/offer.c) those are sought, too, that give a relation's rows in the order of
 * ORDER BY.  The planner would forget that order, as GROUP BY wants another one.  So their paths are kept beside the relation, in a copy of its node, as are the
 * nested loops over them of each join relation above: the planner makes these, of the two copies, while query_pathkeys
 * are ORDER BY's.  Of the query level's last relation groups are offered: Agg, or Group, over each of these paths, beside the plain
 * ones.  add_path() and then Limit decide.  Neither the plain paths nor what they are made of is touched.
 *
 * Invariant: a path that is kept gives the rows of its relation, those of one row of the window, or of the plan behind it, one after
 * the other (I), and these come in the order of its pathkeys, which are first keys of ORDER BY (II).
 *
 * Proof.  The window's own path does so, with one row each.  A nested loop gives all rows of an outer row before it fetches the next one,
 * and only those with a kept path as the outer one are kept: inner, left, semi and anti joins.  So no row of the core is made NULL above, either.
 *
 * Groups.  A row of the core is a row of the driving table with at most one of each other table: they are joined
 * by unique keys.  GROUP BY has each column of a unique key of the driving table, or one that an equivalence class says is equal, by the operators of
 * the unique index; or the conditions fix it.  None is ever NULL.  So two rows of a group come from the same row of the core, and by (I) they are
 * neighbours, or would be if GROUP BY had nothing else.  (Mostly it is the key by which the ordering tells rows apart.  Of several keys in GROUP BY
 * the planner may leave only one, from version 18 on any of them.)
 *
 *	- What is else in GROUP BY is equal in all rows of a row of the core if its class has a column of the core.  Then the groups are the rows of the core.
 *	- Or not: of another table's column there may be several groups for a row of the core.  Then, and where the planner wants each group's rows in the
 *	  order of an aggregate's arguments, the rows are sorted by (ORDER BY's keys, GROUP BY's, those of arguments), group after group of the first ones.  As the first ones are of the
 *	  core, they are the same in all rows of a group, which are neighbours again.
 *
 * In both cases the groups come in the order of the pathkeys: they are columns of the core, equal in a group.  HAVING drops groups.
 * What the window lacks the plan behind gives, each row of the core once (read/exec.c), so no group is cut by its end.
 *
 * All of that rests on keys that are unique and not NULL for whatever snapshot reads, whether the window is read or not:
 * the planner's catalogs must say so, and have said so before the oldest one that may be in use (read/declared.c).  A key of a partition is unique in it
 * only: orderings of partitions are left out.
 *
 * Who pays: levels with GROUP BY, ORDER BY that it does not give, and LIMIT or the like, of tables with an ordering.
 */
#include "postgres.h"

#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/prep.h"
#include "optimizer/tlist.h"
#include "utils/selfuncs.h"

#include "base/compat.h"
#include "base/compat_plan.h"
#include "read/behind.h"
#include "read/declared.h"
#include "read/find.h"
#include "read/group.h"
#include "read/match_step.h"
#include "read/path.h"
#include "read/plan.h"
#include "read/verdict.h"

/* The keys of GROUP BY without those of aggregates' arguments. */
static List *
list_group_keys(const PlannerInfo *root)
{
	return list_copy_head(root->group_pathkeys, bingo_count_group_pathkeys(root));
}

/* Is there an order that the groups are wanted in, and that GROUP BY does not give? */
static bool
has_order(PlannerInfo *root)
{
	const Query *parse = root->parse;

	return parse->groupClause != NIL && parse->groupingSets == NIL && root->sort_pathkeys != NIL && root->tuple_fraction > 0 &&
		root->group_pathkeys != NIL && !parse->hasWindowFuncs && !parse->hasTargetSRFs && parse->distinctClause == NIL &&
		!pathkeys_contained_in(root->sort_pathkeys, list_group_keys(root));
}

/* --- which windows --- */

/* Is the column of the driving table the same in all rows of a group, by the operators of an index? */
static bool
is_grouped(PlannerInfo *root, const BingoMatch *match, AttrNumber attno, Oid opfamily, Oid collation)
{
	List	   *classes = NIL;
	ListCell   *lc;

	foreach(lc, list_group_keys(root))
		classes = lappend(classes, ((PathKey *) lfirst(lc))->pk_eclass);
	foreach(lc, root->eq_classes)
		if (EC_MUST_BE_REDUNDANT((EquivalenceClass *) lfirst(lc)))
			classes = lappend(classes, lfirst(lc));
	foreach(lc, classes)
	{
		const EquivalenceClass *ec = lfirst(lc);

		if (!ec->ec_has_volatile && !ec->ec_broken && list_member_oid(ec->ec_opfamilies, opfamily) &&
			ec->ec_collation == collation && bingo_match_has_column(match, ec, 0, attno))
			return true;
	}
	return false;
}

/* Is the index a key of the driving table, for whoever reads, and the same in all rows of a group? */
static bool
is_grouped_key(PlannerInfo *root, const BingoMatch *match, const RelOptInfo *driving, const IndexOptInfo *index)
{
	Oid			relid = match->ordering->definition->tables[0].relid;

	for (int i = 0; i < index->nkeycolumns; i++)
		if (index->indexkeys[i] <= 0 ||
			!is_grouped(root, match, (AttrNumber) index->indexkeys[i], index->opfamily[i], index->indexcollations[i]) ||
			!bingo_declared_not_null(relid, (AttrNumber) index->indexkeys[i], true))
			return false;
	return bingo_declared_unique(driving, index->indexoid);
}

/* Has GROUP BY a key of the driving table? */
static bool
is_grouped_by_key(PlannerInfo *root, const BingoMatch *match)
{
	const RelOptInfo *driving = find_base_rel(root, match->varnos[0]);
	ListCell   *lc;

	foreach(lc, driving->indexlist)
		if (is_grouped_key(root, match, driving, lfirst(lc)))
			return true;
	return false;
}

/* Are there no two rows of the core of the same row of the driving table, whoever reads them? */
static bool
is_unique(PlannerInfo *root, const BingoMatch *match)
{
	const BingoDefinition *definition = match->ordering->definition;

	for (int i = 1; i < definition->ntables; i++)
		if (match->varnos[i] != 0 &&
			!bingo_declared_unique(find_base_rel(root, match->varnos[i]), definition->tables[i].unique_index))
			return false;
	return true;
}

/* Why are its rows no groups?  NULL: they are. */
static const char *
find_obstacle(PlannerInfo *root, const BingoMatch *match)
{
	const BingoDefinition *definition = match->ordering->definition;

	if (match->leaves != NIL)
		return "groups are not made of the windows of partitions one by one";
	if (is_grouped_by_key(root, match))
		return is_unique(root, match) ? NULL : "its key is not known to be unique for all transactions that are running";
	for (int i = 0; i < definition->ndriving; i++)
		if (!is_grouped(root, match, definition->driving[i].attno, definition->driving[i].opfamily, definition->driving[i].collation))
			return bingo_verdict_is_asked() ? psprintf("its GROUP BY does not have %s, by which the ordering tells rows apart",
													   bingo_match_column_name(definition, 0, definition->driving[i].attno)) : "";
	return "its key is not known to be unique for all transactions that are running";
}

List *
bingo_group_find(PlannerInfo *root, RelOptInfo *rel)
{
	List	   *wanted = root->query_pathkeys;
	List	   *matches = NIL;
	ListCell   *lc;

	if (!has_order(root))
		return NIL;
	root->query_pathkeys = root->sort_pathkeys;
	foreach(lc, bingo_find_matches(root, rel))
	{
		BingoMatch *match = lfirst(lc);
		const char *obstacle = match->pathkeys == NIL ? NULL : find_obstacle(root, match);

		if (obstacle != NULL)
			bingo_verdict_note(match->ordering, obstacle);
		else if (match->pathkeys != NIL)
		{
			match->grouped = true;
			matches = lappend(matches, match);
		}
	}
	root->query_pathkeys = wanted;
	return matches;
}

/* --- paths that are kept --- */

/* The relation's copy, without paths. */
static RelOptInfo *
make_copy(const RelOptInfo *rel)
{
	RelOptInfo *copy = palloc(sizeof(RelOptInfo));

	memcpy(copy, rel, sizeof(RelOptInfo));
	copy->pathlist = copy->partial_pathlist = copy->ppilist = copy->cheapest_parameterized_paths = NIL;
	copy->cheapest_startup_path = copy->cheapest_total_path = NULL;
	copy->consider_parallel = false;
	copy->fdw_private = copy;	/* bingo_behind_is_plain() */
	return copy;
}

static RelOptInfo *
find_copy(RelOptInfo *rel)
{
	BingoKept  *kept = bingo_behind_look(rel);

	if (kept->in_order == NULL)
		kept->in_order = make_copy(rel);
	return kept->in_order;
}

/*
 * Is it nested loops over a window, and nothing else?  It is told by the path alone: add_path() frees those that it drops,
 * and the next one may lie where they lay.
 */
static bool
is_kept(const Path *path)
{
	if (path->pathkeys == NIL)
		return false;
	while (IsA(path, NestPath) && path->param_info == NULL)
		path = ((const JoinPath *) path)->outerjoinpath;
	return bingo_path_is_window(path);
}

void
bingo_group_offer_windows(PlannerInfo *root, RelOptInfo *rel, RelOptInfo *plain, List *matches)
{
	List	   *wanted = root->query_pathkeys;
	RelOptInfo *copy;
	ListCell   *lc;

	if (matches == NIL)
		return;
	copy = find_copy(rel);
	foreach(lc, copy->pathlist)
		if (bingo_path_is_window(lfirst(lc)))	/* with the plain paths of an earlier call */
			copy->pathlist = foreach_delete_current(copy->pathlist, lc);
	root->query_pathkeys = root->sort_pathkeys;
	foreach(lc, matches)
	{
		CustomPath *path = bingo_path_create(root, rel, plain, lfirst(lc));

		if (path != NULL)
			add_path(copy, &path->path);
	}
	root->query_pathkeys = wanted;
	if (copy->pathlist != NIL)
		set_cheapest(copy);
}

void
bingo_group_join(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outerrel, RelOptInfo *innerrel,
				 JoinType jointype, JoinPathExtraData *extra)
{
	const BingoKept *outer = bingo_behind_known(outerrel);
	List	   *wanted = root->query_pathkeys;
	RelOptInfo *copy;
	ListCell   *lc;

	if (outer == NULL || outer->in_order == NULL || outer->in_order->pathlist == NIL ||
		(jointype != JOIN_INNER && jointype != JOIN_LEFT && jointype != JOIN_SEMI && jointype != JOIN_ANTI))
		return;
	copy = find_copy(joinrel);
	root->query_pathkeys = root->sort_pathkeys;
	add_paths_to_joinrel(root, copy, outer->in_order, innerrel, jointype, extra->sjinfo, extra->restrictlist);
	root->query_pathkeys = wanted;
	foreach(lc, copy->pathlist)
		if (!is_kept(lfirst(lc)))
			copy->pathlist = foreach_delete_current(copy->pathlist, lc);
	if (copy->pathlist != NIL)
		set_cheapest(copy);
}

/* --- groups --- */

/* The window at the bottom of a path that is kept. */
static const BingoMatch *
find_match(const Path *path)
{
	while (!bingo_path_is_window(path))
		path = castNode(NestPath, unconstify(Path *, path))->jpath.outerjoinpath;
	return bingo_plan_path_match((const CustomPath *) path);
}

/* Have all rows of a row of the core the same value of it? */
static bool
is_of_core(const BingoMatch *match, const EquivalenceClass *ec)
{
	ListCell   *lc;

	foreach(lc, ec->ec_members)
	{
		const EquivalenceMember *member = lfirst(lc);

		if (!member->em_is_child && !ec->ec_has_volatile && !bms_is_empty(member->em_relids) &&
			bms_is_subset(member->em_relids, match->relids))
			return true;
	}
	return false;
}

/* Are the rows of each group neighbours, in the order that the planner has promised to aggregates? */
static bool
are_neighbours(const PlannerInfo *root, const BingoMatch *match)
{
	ListCell   *lc;

	foreach(lc, root->group_pathkeys)
		if (foreach_current_index(lc) >= bingo_count_group_pathkeys(root) || !is_of_core(match, ((PathKey *) lfirst(lc))->pk_eclass))
			return false;
	return true;
}

/* The path's order, then that of the groups and of aggregates' arguments. */
static List *
list_whole_order(const PlannerInfo *root, const Path *path)
{
	List	   *order = list_copy(path->pathkeys);
	ListCell   *lc;

	foreach(lc, root->group_pathkeys)
	{
		const PathKey *pathkey = lfirst(lc);
		ListCell   *other;

		foreach(other, order)
			if (((PathKey *) lfirst(other))->pk_eclass == pathkey->pk_eclass)
				break;
		if (other == NULL)
			order = lappend(order, unconstify(PathKey *, pathkey));
	}
	return order;
}

/* The rows of the path with what the groups read of them, group by group; NULL if that takes a whole sort. */
static Path *
make_input(PlannerInfo *root, RelOptInfo *input, Path *path)
{
	const BingoMatch *match = find_match(path);
	List	   *order = list_whole_order(root, path);
	Path	   *projected = (Path *) create_projection_path(root, input, path, input->reltarget);

	if (are_neighbours(root, match) || list_length(order) == list_length(path->pathkeys))
		return projected;
	if (!enable_incremental_sort)
		return NULL;
	return (Path *) create_incremental_sort_path(root, input, projected, order, list_length(path->pathkeys), -1.0);
}

static Path *
make_groups(PlannerInfo *root, RelOptInfo *grouped, Path *input, const GroupPathExtraData *extra)
{
	List	   *clause = bingo_group_clause(root);
	double		ngroups = estimate_num_groups(root, get_sortgrouplist_exprs(clause, extra->targetList), input->rows, NULL, NULL);
	AggClauseCosts costs = {0};

	if (!root->parse->hasAggs)
		return (Path *) create_group_path(root, grouped, input, clause, (List *) extra->havingQual, ngroups);
	get_agg_clause_costs(root, AGGSPLIT_SIMPLE, &costs);
	return (Path *) create_agg_path(root, grouped, input, grouped->reltarget, AGG_SORTED, AGGSPLIT_SIMPLE,
									clause, (List *) extra->havingQual, &costs, ngroups);
}

/* While it is explained: what stands in the way in that order. */
static void
look(PlannerInfo *root)
{
	List	   *wanted = root->query_pathkeys;

	root->query_pathkeys = root->sort_pathkeys;
	bingo_verdict_look(root);
	root->query_pathkeys = wanted;
}

void
bingo_group_offer(PlannerInfo *root, RelOptInfo *input, RelOptInfo *grouped, const GroupPathExtraData *extra)
{
	const BingoKept *kept = input->reloptkind == RELOPT_BASEREL || input->reloptkind == RELOPT_JOINREL ? bingo_behind_known(input) : NULL;
	ListCell   *lc;

	if (bingo_verdict_is_asked() && has_order(root))
		look(root);
	foreach(lc, kept != NULL && kept->in_order != NULL ? kept->in_order->pathlist : NIL)
	{
		Path	   *path = lfirst(lc);
		Path	   *rows = make_input(root, input, path);
		Path	   *groups = rows != NULL ? make_groups(root, grouped, rows, extra) : NULL;

		if (groups == NULL)
			continue;
		groups->pathkeys = path->pathkeys;
		add_path(grouped, groups);
	}
}
