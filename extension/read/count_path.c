/*
 * read/count_path.c
 *	  Offers counters to the planner: the hook, the path and the plan.
 *
 * create_upper_paths_hook at UPPERREL_GROUP_AGG, where the plain ways to group are there
 * -> the counters that match (read/count_match.c) -> a CustomPath whose child is the
 * cheapest plain path, the plan behind, instead of all paths without an order if it is cheaper -> the node
 * (read/count_exec.c).
 *
 * As with orderings (read/path.c) the counter's state is no matter of planning, rights
 * are checked by the core for the tables that the child reads, and the plan depends on
 * the window through relationOids.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "nodes/makefuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "optimizer/planner.h"
#include "parser/parsetree.h"
#include "tcop/tcopprot.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/guc.h"
#include "base/relations.h"
#include "read/count.h"

#define UNFOLDED 32				/* rows of a key beside its sum: half of what write/fold.c leaves on average */
#define ROWS_OF_PAGE 100
#define UNKNOWN_ROWS 1000

static create_upper_paths_hook_type prev_create_upper_paths_hook = NULL;

static List *collected = NIL;	/* of BingoCountVerdict * */
static BingoCountProposal *proposed = NULL;
static bool collecting = false;

static Plan *make_plan(PlannerInfo *root, RelOptInfo *rel, CustomPath *best_path,
					   List *tlist, List *clauses, List *custom_plans);

static const CustomPathMethods path_methods = {
	.CustomName = BINGO_COUNT_NAME,
	.PlanCustomPath = make_plan,
};

/* --- the path --- */

/* How many rows the window has beside those that are not folded yet, as VACUUM has seen it. */
static double
estimate_rows(const BingoOrdering *counter)
{
	HeapTuple	tuple;
	double		rows;

	if (counter->definition->nsort == 0)
		return 1;
	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(counter->window));
	if (!HeapTupleIsValid(tuple))
		return UNKNOWN_ROWS;
	rows = ((Form_pg_class) GETSTRUCT(tuple))->reltuples;
	ReleaseSysCache(tuple);
	return rows >= 0 ? rows : UNKNOWN_ROWS;
}

static Cost
estimate_cost(PlannerInfo *root, const BingoCountMatch *match, double rows, const Path *behind)
{
	List	   *conditions = NIL;
	ListCell   *cell;
	int			next = 0;

	/* the index is searched by the first keys; what the later ones say is only looked at */
	foreach(cell, match->search)
	{
		const BingoCountSearch *search = lfirst(cell);

		if (search->key > next)
			break;
		conditions = lappend(conditions, search->condition);
		next = search->key + 1;
	}
	rows = UNFOLDED + rows *
		clauselist_selectivity(root, conditions, match->varno, JOIN_INNER, NULL);
	return rows * (cpu_index_tuple_cost + cpu_tuple_cost + 2 * cpu_operator_cost) +
		ceil(rows / ROWS_OF_PAGE) * seq_page_cost + behind->rows * cpu_tuple_cost;
}

/* What takes the place of the plain paths, or NULL. */
static CustomPath *
make_path(PlannerInfo *root, RelOptInfo *grouped, const BingoCountMatch *match, Path *behind)
{
	Cost		cost = estimate_cost(root, match, estimate_rows(match->counter), behind);
	CustomPath *path;

	if (cost >= behind->total_cost)
		return NULL;
	path = makeNode(CustomPath);
	path->path.pathtype = T_CustomScan;
	path->path.parent = grouped;
	path->path.pathtarget = grouped->reltarget;
	path->path.rows = behind->rows;
	path->path.startup_cost = match->groups == NIL ? cost : 0;
	path->path.total_cost = cost;
	path->custom_paths = list_make1(behind);
	path->custom_private = list_make1(memcpy(palloc(sizeof(BingoCountMatch)), match, sizeof(BingoCountMatch)));
	path->methods = &path_methods;
	return path;
}

static Path *
find_behind(const RelOptInfo *grouped)
{
	Path	   *cheapest = NULL;
	ListCell   *cell;

	foreach(cell, grouped->pathlist)
	{
		Path	   *path = lfirst(cell);

		if (path->param_info == NULL && (cheapest == NULL || path->total_cost < cheapest->total_cost))
			cheapest = path;
	}
	return cheapest;
}

/* explain_counter() wants to know; of several levels the one that would serve counts. */
static void
note(const BingoOrdering *counter, const char *reason, bool matches, bool chosen)
{
	BingoCountVerdict *verdict;
	ListCell   *cell;

	if (!collecting)
		return;
	foreach(cell, collected)
	{
		verdict = lfirst(cell);
		if (verdict->counter->id != counter->id)
			continue;
		if (reason == NULL)
			verdict->reason = NULL;
		verdict->matches = verdict->matches || matches;
		verdict->chosen = verdict->chosen || chosen;
		return;
	}
	verdict = palloc0(sizeof(BingoCountVerdict));
	verdict->counter = counter;
	verdict->reason = reason;
	verdict->matches = matches;
	verdict->chosen = chosen;
	collected = lappend(collected, verdict);
}

/* Of these the ones in some order, which may be cheaper for who wants the first groups only. */
static List *
list_ordered(List *paths)
{
	List	   *ordered = NIL;
	ListCell   *cell;

	foreach(cell, paths)
	{
		if (((Path *) lfirst(cell))->pathkeys != NIL)
			ordered = lappend(ordered, lfirst(cell));
	}
	return ordered;
}

static void
find_and_offer(PlannerInfo *root, RelOptInfo *input, RelOptInfo *grouped)
{
	Oid			relid = planner_rt_fetch(input->relid, root)->relid;
	Path	   *behind = find_behind(grouped);
	CustomPath *best = NULL;
	ListCell   *cell;

	foreach(cell, behind ? bingo_catalog_list() : NIL)
	{
		const BingoOrdering *counter = lfirst(cell);
		BingoCountMatch match;
		const char *reason;
		bool		matches;
		CustomPath *path;

		if (!bingo_is_counter(counter) || counter->definition->tables[0].relid != relid)
			continue;
		reason = bingo_count_match(root, input, grouped, counter, &match);
		matches = reason == NULL;
		path = reason ? NULL : make_path(root, grouped, &match, behind);
		if (reason == NULL && path == NULL)
			reason = "the plain plan is cheaper";
		note(counter, reason, matches && root->query_level == 1, false);
		if (path != NULL && (best == NULL || path->path.total_cost < best->path.total_cost))
			best = path;
	}
	if (best != NULL)
	{
		grouped->pathlist = lcons(best, list_ordered(grouped->pathlist));
		grouped->partial_pathlist = NIL;
	}
}

/*
 * The topmost level alone: what another one's count takes of the whole nobody knows.  The
 * last one is the query's, after those of functions that planning has called.
 */
static void
propose(PlannerInfo *root, RelOptInfo *input, RelOptInfo *grouped)
{
	Path	   *behind = find_behind(grouped);
	BingoCountMatch match;

	if (collecting && root->query_level == 1 && behind != NULL && !IS_OTHER_REL(input) && !IS_DUMMY_REL(input))
	{
		proposed = bingo_count_propose(root, input, grouped, behind->rows, &match);
		if (proposed != NULL && proposed->obstacle == NULL &&
			estimate_cost(root, &match, proposed->rows, behind) >= behind->total_cost)
			proposed->obstacle = "the plain plan is cheaper";
	}
}

static void
offer_counters(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input_rel,
			   RelOptInfo *output_rel, void *extra)
{
	if (prev_create_upper_paths_hook)
		prev_create_upper_paths_hook(root, stage, input_rel, output_rel, extra);
	if (stage == UPPERREL_GROUP_AGG)
		propose(root, input_rel, output_rel);
	if (stage == UPPERREL_GROUP_AGG && (bingo_enable_counter_scan || collecting) &&
		input_rel->reloptkind == RELOPT_BASEREL && input_rel->rtekind == RTE_RELATION && !IS_DUMMY_REL(input_rel) &&
		bingo_catalog_covers(planner_rt_fetch(input_rel->relid, root)->relid))
		find_and_offer(root, input_rel, output_rel);
}

/* --- the plan --- */

/* For each column of the node the key that it is, or -1 for the count. */
static List *
number_columns(const BingoCountMatch *match)
{
	const BingoDefinition *definition = match->counter->definition;
	List	   *numbers = NIL;
	ListCell   *cell;

	foreach(cell, match->columns)
	{
		const Var  *var = lfirst(cell);
		int			key = definition->nsort - 1;

		while (key >= 0 && (!IsA(var, Var) || definition->output[key].attno != var->varattno))
			key--;
		numbers = lappend_int(numbers, key);
	}
	return numbers;
}

static List *
make_layout(const BingoCountMatch *match)
{
	List	   *layout = NIL;
	ListCell   *cell;

	foreach(cell, match->columns)
		layout = lappend(layout, makeTargetEntry(copyObject((Expr *) lfirst(cell)), list_length(layout) + 1, NULL, false));
	return layout;
}

static Plan *
make_plan(PlannerInfo *root, RelOptInfo *rel, CustomPath *best_path,
		  List *tlist, List *clauses, List *custom_plans)
{
	const BingoCountMatch *match = linitial(best_path->custom_private);
	const BingoOrdering *counter = match->counter;
	CustomScan *cscan = makeNode(CustomScan);
	List	   *names = NIL;
	List	   *search = NIL;
	List	   *oids = NIL;
	ListCell   *cell;

	foreach(cell, match->search)
	{
		const BingoCountSearch *this = lfirst(cell);

		if (this->value)
			cscan->custom_exprs = lappend(cscan->custom_exprs, copyObject(this->value));
		search = lappend_int(lappend_int(lappend_int(search, this->key), this->value != NULL), this->list);
		oids = lappend_oid(lappend_oid(oids, this->type), this->function);
		names = lappend(names, makeString(bingo_relations_column(counter->definition->tables[0].relid,
																 counter->definition->output[this->key].attno)));
	}
	cscan->scan.plan.targetlist = tlist;
	cscan->scan.plan.qual = copyObject(match->having);
	cscan->flags = best_path->flags;
	cscan->custom_plans = custom_plans;
	cscan->custom_scan_tlist = make_layout(match);
	cscan->custom_private = list_make5(list_make3_int(counter->id, (int) counter->window, list_length(match->search)),
									   makeString(pstrdup(counter->name)), number_columns(match),
									   list_copy(match->groups), search);
	cscan->custom_private = lappend(lappend(cscan->custom_private, oids), names);
	cscan->methods = &bingo_count_methods;
	note(counter, NULL, false, true);

	/* dropping or renaming the window makes the plan stale */
	root->glob->relationOids = lappend_oid(root->glob->relationOids, counter->window);
	return (Plan *) cscan;
}

List *
bingo_count_collect(Query *query, const char *query_string, PlannedStmt **plan, BingoCountProposal **proposal)
{
	List	   *verdicts;

	collected = NIL;
	proposed = NULL;
	collecting = true;
	PG_TRY();
	{
		*plan = bingo_plan_query(query, query_string, CURSOR_OPT_PARALLEL_OK, NULL);
		verdicts = collected;
		*proposal = proposed;
	}
	PG_FINALLY();
	{
		collecting = false;
		collected = NIL;
		proposed = NULL;
	}
	PG_END_TRY();
	return verdicts;
}

void
bingo_count_init(void)
{
	RegisterCustomScanMethods(&bingo_count_methods);
	prev_create_upper_paths_hook = create_upper_paths_hook;
	create_upper_paths_hook = offer_counters;
}
