/*
 * read/extreme.c
 *	  min() and max() from the first row of a window.
 *
 * The core takes the first row of an index for max() of one table only.  A query level whose
 * aggregates are all one min() or max() of a column, without GROUP BY, over nothing but an
 * ordering's join, needs no more than the first row in the order of that column: what
 * aggregates over one row gives over all.  So an Agg over LIMIT 1 over the window is offered
 * beside the plain paths; cost decides.
 *
 * NULLs count for neither.  If they come last and the first row has NULL, so have all, and NULL is the answer.  Without any row
 * Agg gives NULL as well.  If they come first in the window its rows that have NULL are left out, as the core does it with
 * those of an index, and the plan behind is sorted with NULLs last.  So the first row that the window gives is the first one that is not NULL; and where it
 * gives none there is nothing for the plan behind to throw away, whose first row is the first one of its own order.  That needs no
 * word of the catalogs': a snapshot that is older than a column's NOT NULL may see NULLs.  But only where the column is declared so
 * is it worth it, as all NULLs are read in vain.
 * Of values that are equal, but not the same, it is the one that comes first, as with an index.
 *
 * That nothing but the ordering's join is read is a matter of the match: the level's input has
 * all its relations, the ordering as many.
 *
 * query_pathkeys stand for the order that read/match.c looks for; there are none at a level
 * without ORDER BY, so the column's are put there for the time of the search.  What is found may be all rows of a value in no
 * order (read/match_order.c), of which the first one says nothing.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_aggregate.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/prep.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/compat_plan.h"
#include "read/declared.h"
#include "read/extreme.h"
#include "read/find.h"
#include "read/match_step.h"
#include "read/path.h"
#include "read/plan.h"
#include "read/verdict.h"
#include "read/worth.h"

/* Nothing but one aggregate of the rows of a join?  The planner has put those together that are equal. */
static bool
is_plain_aggregate(PlannerInfo *root, const RelOptInfo *input)
{
	const Query *parse = root->parse;

	return list_length(root->agginfos) == 1 && list_length(bingo_first_aggref((const AggInfo *) linitial(root->agginfos))->args) == 1 &&
		parse->groupClause == NIL && parse->groupingSets == NIL && parse->havingQual == NULL &&
		!parse->hasWindowFuncs && !parse->hasTargetSRFs && parse->setOperations == NULL && parse->distinctClause == NIL &&
		root->join_info_list == NIL && (input->reloptkind == RELOPT_BASEREL || input->reloptkind == RELOPT_JOINREL) &&
		bms_is_empty(input->lateral_relids);
}

/* The one that all aggregates of the level are, or NULL. */
static const Aggref *
find_aggregate(PlannerInfo *root)
{
	List	   *found = pull_var_clause((Node *) root->processed_tlist, PVC_INCLUDE_AGGREGATES | PVC_INCLUDE_PLACEHOLDERS);
	const Aggref *first = NULL;
	ListCell   *lc;

	foreach(lc, found)
	{
		const Aggref *aggregate = lfirst(lc);

		if (!IsA(aggregate, Aggref))
			return NULL;
		if (first != NULL && (aggregate->aggfnoid != first->aggfnoid || !equal(aggregate->args, first->args)))
			return NULL;
		if (aggregate->aggfilter != NULL || aggregate->aggorder != NIL || list_length(aggregate->args) != 1 ||
			aggregate->agglevelsup != 0)
			return NULL;
		first = aggregate;
	}
	return first;
}

/* The operator in whose order the aggregate is the first value, or InvalidOid. */
static Oid
find_sort_operator(const Aggref *aggregate)
{
	HeapTuple	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggregate->aggfnoid));
	Oid			operator;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	operator = ((Form_pg_aggregate) GETSTRUCT(tuple))->aggsortop;
	ReleaseSysCache(tuple);
	return operator;
}

static List *
make_pathkeys(PlannerInfo *root, Expr *expr, Oid operator, bool nulls_first)
{
	TargetEntry *entry = makeTargetEntry(expr, 1, NULL, true);
	SortGroupClause *clause = makeNode(SortGroupClause);
	bool		reverse = false;

	entry->ressortgroupref = 1;
	clause->tleSortGroupRef = 1;
	clause->eqop = get_equality_op_for_ordering_op(operator, &reverse);
	clause->sortop = operator;
	clause->nulls_first = nulls_first;
	bingo_sort_clause_reverse(clause, reverse);
	if (!OidIsValid(clause->eqop))
		return NIL;
	return make_pathkeys_for_sortclauses(root, list_make1(clause), list_make1(entry));
}

/* That the sort key which is of the pathkey's class is not NULL; NULL if it is no column. */
static NullTest *
make_test(const BingoMatch *match, const PathKey *pathkey)
{
	const BingoDefinition *definition = match->ordering->definition;

	for (int i = 0; i < match->covered; i++)
	{
		const BingoSortKey *key = &definition->sort[i];
		NullTest   *test;

		if (key->column.attno == InvalidAttrNumber || !bingo_match_has_kept(match, pathkey->pk_eclass, &key->column))
			continue;
		test = makeNode(NullTest);
		test->arg = (Expr *) bingo_match_make_var(match, key->output);
		test->nulltesttype = IS_NOT_NULL;
		test->argisrow = false;
		test->location = -1;
		return test;
	}
	return NULL;
}

static void
offer(PlannerInfo *root, RelOptInfo *input, RelOptInfo *output, BingoMatch *match, List *nulls_last)
{
	AggClauseCosts costs = {0};
	NullTest   *test = NULL;
	CustomPath *path;
	Path	   *one;

	if (!pathkeys_contained_in(root->query_pathkeys, match->pathkeys))
		return;
	if (root->query_pathkeys != nulls_last)
	{
		test = make_test(match, linitial(root->query_pathkeys));
		if (test == NULL)
			return;
		match->pathkeys = nulls_last;
	}
	match->first_only = true;
	path = bingo_path_create(root, input, input, match);
	if (path == NULL)
		return;
	/* now, as no row is supposed to be left out by it */
	if (test != NULL)
		match->present = lappend(match->present, test);
	one = (Path *) create_limit_path(root, input, &path->path, NULL, (Node *) bingo_plan_make_one(),
									 LIMIT_OPTION_COUNT, 0, 1);
	/* the window's whole cost is that of one row already */
	one->startup_cost = path->path.startup_cost;
	one->total_cost = path->path.total_cost;
	get_agg_clause_costs(root, AGGSPLIT_SIMPLE, &costs);
	add_path(output, (Path *) create_agg_path(root, output, one, output->reltarget, AGG_PLAIN, AGGSPLIT_SIMPLE,
											  NIL, NIL, &costs, 1));
}

void
bingo_extreme_offer(PlannerInfo *root, RelOptInfo *input, RelOptInfo *output)
{
	List	   *saved = root->query_pathkeys;
	const Aggref *aggregate;
	Expr	   *expr;
	Var		   *var;
	Oid			operator;
	List	   *nulls_last;

	if (!is_plain_aggregate(root, input) || !bingo_worth_looking(root, input))
		return;
	aggregate = find_aggregate(root);
	if (aggregate == NULL)
		return;
	expr = linitial_node(TargetEntry, aggregate->args)->expr;
	var = bingo_match_var(expr);
	operator = find_sort_operator(aggregate);
	if (var == NULL || !OidIsValid(operator))
		return;
	nulls_last = make_pathkeys(root, expr, operator, false);
	for (int nulls_first = 0; nulls_first <= 1; nulls_first++)
	{
		ListCell   *lc;

		if (nulls_first && !bingo_declared_not_null(planner_rt_fetch(var->varno, root)->relid, var->varattno, false))
			continue;
		root->query_pathkeys = nulls_first ? make_pathkeys(root, expr, operator, true) : nulls_last;
		if (root->query_pathkeys != NIL)
		{
			bingo_verdict_look(root);
			foreach(lc, bingo_find_matches(root, input))
				offer(root, input, output, lfirst(lc), nulls_last);
		}
	}
	root->query_pathkeys = saved;
}
