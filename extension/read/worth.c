/*
 * read/worth.c
 *	  Is it worth looking for orderings of a relation that is being planned?
 *
 * What every query pays, also one that no ordering can serve: tests from the cheapest on, before any
 * ordering is looked at.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "parser/parsetree.h"

#include "base/compat.h"
#include "base/guc.h"
#include "read/behind.h"
#include "read/hint.h"
#include "read/leaves.h"
#include "read/match.h"
#include "read/planned.h"
#include "read/verdict.h"
#include "read/worth.h"
#include "store/catalog.h"

/* Is there an ordering of the table?  Of a partitioned one the first partition tells that. */
static bool
is_table_covered(PlannerInfo *root, int varno)
{
	const RangeTblEntry *rte = planner_rt_fetch(varno, root);

	if (rte->rtekind != RTE_RELATION)
		return false;
	return bingo_verdict_pretends() ||
		bingo_catalog_covers(rte->relkind != RELKIND_PARTITIONED_TABLE ? rte->relid :
							 bingo_leaves_find_first(root, root->simple_rel_array[varno]));
}

/* ... of the relation's first table? */
static bool
is_covered(PlannerInfo *root, const RelOptInfo *rel)
{
	int			first = -1;

	if (rel->relid > 0)
		return is_table_covered(root, rel->relid);
	do
		first = bms_next_member(rel->relids, first);
	while (planner_rt_fetch(first, root)->rtekind == RTE_JOIN);
	return is_table_covered(root, first);
}

bool
bingo_worth_is_table_without(PlannerInfo *root, const RelOptInfo *rel)
{
	const RangeTblEntry *rte = rel->relid > 0 ? planner_rt_fetch(rel->relid, root) : NULL;

	return rte != NULL && rte->rtekind == RTE_RELATION && rte->relkind != RELKIND_PARTITIONED_TABLE &&
		!bingo_catalog_covers(rte->relid);
}

static bool
may_look(PlannerInfo *root, const RelOptInfo *rel)
{
	return (bingo_enable_ordered_scan || bingo_verdict_pretends()) && root->rowMarks == NIL && root->parse->commandType == CMD_SELECT &&
		(rel->relid > 0 || bms_num_members(rel->relids) < 2 * BINGO_MAX_TABLES) && is_covered(root, rel);
}

bool
bingo_worth_looking(PlannerInfo *root, const RelOptInfo *rel)
{
	return may_look(root, rel) && !bingo_hint_names_scan(root, rel->relids);
}

/* Is a column of the relation equal to a constant, or to one of a list, so that a window may have its rows side by side? */
static bool
is_searched(PlannerInfo *root, const RelOptInfo *rel)
{
	ListCell   *lc;

	foreach(lc, root->eq_classes)
	{
		const EquivalenceClass *ec = (const EquivalenceClass *) lfirst(lc);

		if (EC_MUST_BE_REDUNDANT(ec) && bms_overlap(ec->ec_relids, rel->relids))
			return true;
	}
	return bingo_match_has_list(root, rel->relids);
}

bool
bingo_worth_may_serve(PlannerInfo *root, const RelOptInfo *rel)
{
	return bingo_worth_looking(root, rel) && (root->query_pathkeys != NIL || is_searched(root, rel));
}

bool
bingo_worth_gives_each_row(const Query *parse)
{
	return !parse->hasAggs && parse->groupClause == NIL && parse->groupingSets == NIL && parse->havingQual == NULL &&
		parse->distinctClause == NIL && !parse->hasWindowFuncs;
}

/* So many rows of one of the relation's paths in the order of the query, for no more than these pages and the work for each row? */
static bool
takes_no_more(PlannerInfo *root, const RelOptInfo *rel, double rows, Cost pages)
{
	ListCell   *lc;

	foreach(lc, rel->pathlist)
	{
		const Path *path = (Path *) lfirst(lc);

		if (path->param_info == NULL && (root->query_pathkeys == NIL || pathkeys_contained_in(root->query_pathkeys, path->pathkeys)) &&
			bingo_behind_cost(path, rows) <= pages + rows * (cpu_index_tuple_cost + cpu_tuple_cost))
			return true;
	}
	return false;
}

/* The work of a descent of an index, which is charged 50 operators for each level, and some for the search in its pages. */
#define DESCENT 200

/*
 * Of a page two pages of a table.  Of all rows, without an order, what an index takes that finds them side by side: a page of
 * its own and one of the table, for each table.
 */
bool
bingo_worth_is_hopeless(PlannerInfo *root, const RelOptInfo *rel)
{
	if (bingo_verdict_is_asked())
		return false;
	if (root->query_pathkeys == NIL)
		return takes_no_more(root, rel, rel->rows, (rel->relid > 0 ? 1 : bms_num_members(rel->relids)) * (2 * random_page_cost + DESCENT * cpu_operator_cost));
	return root->limit_tuples > 0 && root->join_info_list == NIL && bms_equal(rel->relids, root->all_baserels) &&
		bingo_worth_gives_each_row(root->parse) &&
		takes_no_more(root, rel, Min(root->limit_tuples, rel->rows), 2 * seq_page_cost);
}

/* May UPDATE ... WHERE CURRENT OF want to know where the scan stands in the table (read/hint.c)? */
static bool
is_updatable(PlannerInfo *root, const RelOptInfo *rel)
{
	return bingo_planned_is_cursor() && root->parse->sortClause == NIL && bms_equal(root->all_baserels, rel->relids) &&
		bingo_worth_gives_each_row(root->parse);
}

bool
bingo_worth_of_table(PlannerInfo *root, const RelOptInfo *rel)
{
	/* nearly all tables have none: that ends here, as does a look-up by an index, whose paths are looked at */
	return may_look(root, rel) && (root->query_pathkeys != NIL || is_searched(root, rel)) &&
		!bingo_worth_is_hopeless(root, rel) && !bingo_hint_names_scan(root, rel->relids) && !is_updatable(root, rel);
}
