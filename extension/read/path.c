/*
 * read/path.c
 *	  Plans BingoOrderedScan: the planner's hook, the path, its cost, the plan.
 *
 * The data's way: create_upper_paths_hook at UPPERREL_ORDERED, where the
 * planner has every path that gives the query level's rows in order -> the
 * ordering that matches (read/match.c) -> a CustomPath whose child is the best
 * of those paths, the plan behind -> PlanCustomPath -> CustomScan.  The
 * planner puts Limit on top by itself.
 *
 * The path replaces the others if it is cheaper than the best of them for the
 * rows that will be fetched.  It must replace them: add_path() would free its
 * own child when it finds it dominated.
 *
 * The decision does not look at the state of the window, which a cached plan
 * outlives; the executor does (read/open.c).  So the cost supposes a window of
 * window_rows rows, kept as it was built.
 *
 * Invariant: the range table keeps the tables with the rights they need, for
 * the core to check, because the child reads them.  The window has no range
 * table entry; the plan depends on it through relationOids.
 *
 * A query that matches nothing pays for one comparison at each upper stage
 * and, if it sorts, one look-up of its first table.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "access/itup.h"
#include "executor/executor.h"
#include "nodes/makefuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "optimizer/planner.h"
#include "optimizer/restrictinfo.h"
#include "parser/parsetree.h"
#include "tcop/tcopprot.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/guc.h"
#include "read/scan.h"

/* The rows that are wanted of the query level, as far as planning knows. */
typedef struct WantedRows
{
	double		rows;			/* that will be fetched */
	bool		certain;		/* false: LIMIT or OFFSET is only known at execution */
} WantedRows;

/* While explain_ordering() plans a query: its verdicts, one for each ordering. */
static List *collected = NIL;
static bool collecting = false;

static create_upper_paths_hook_type prev_create_upper_paths_hook = NULL;

static Plan *bingo_scan_plan(PlannerInfo *root, RelOptInfo *rel, CustomPath *best_path,
							 List *tlist, List *clauses, List *custom_plans);

static const CustomPathMethods path_methods = {
	.CustomName = BINGO_SCAN_NAME,
	.PlanCustomPath = bingo_scan_plan,
};

static BingoScanVerdict *
find_verdict(const BingoOrdering *ordering)
{
	ListCell   *lc;

	foreach(lc, collected)
	{
		BingoScanVerdict *verdict = (BingoScanVerdict *) lfirst(lc);

		if (verdict->ordering->id == ordering->id)
			return verdict;
	}
	return NULL;
}

/* Keeps the reason of the query level that came nearest. */
static void
collect_refusal(const BingoOrdering *ordering, BingoMatchStep step, const char *reason)
{
	BingoScanVerdict *verdict = find_verdict(ordering);

	if (verdict != NULL && (verdict->reason == NULL || step > verdict->step))
	{
		verdict->step = step;
		verdict->reason = reason;
	}
}

/*
 * How many of "rows" will be fetched.  An unknown LIMIT is supposed to end
 * inside the window, whatever the planner's usual tenth would be: if that is
 * wrong the window's scan is lost, if the contrary is wrong the plan behind.
 */
static WantedRows
estimate_wanted(PlannerInfo *root, double rows)
{
	WantedRows	wanted = {rows, true};

	if (root->limit_tuples >= 0)
		wanted.rows = root->limit_tuples;
	else if (limit_needed(root->parse) && root->parse->limitCount != NULL &&
			 !(IsA(root->parse->limitCount, Const) && ((Const *) root->parse->limitCount)->constisnull))
		wanted.certain = false;

	if (root->tuple_fraction >= 1.0)
		wanted.rows = Min(wanted.rows, root->tuple_fraction);
	else if (root->tuple_fraction > 0.0)
		wanted.rows = Min(wanted.rows, root->tuple_fraction * rows);
	wanted.rows = clamp_row_est(Min(wanted.rows, rows));
	return wanted;
}

/* What the first "wanted" rows of a path cost, as Limit reckons. */
static Cost
cost_of_rows(const Path *path, double wanted)
{
	double		fraction = path->rows > 0 ? Min(wanted / path->rows, 1.0) : 1.0;

	return path->startup_cost + (path->total_cost - path->startup_cost) * fraction;
}

static Path *
find_cheapest(const RelOptInfo *rel, double wanted)
{
	Path	   *best = NULL;
	ListCell   *lc;

	foreach(lc, rel->pathlist)
	{
		Path	   *path = (Path *) lfirst(lc);

		if (best == NULL || cost_of_rows(path, wanted) < cost_of_rows(best, wanted))
			best = path;
	}
	return best;
}

static double
column_width(const BingoDefinition *definition, const BingoColumn *column)
{
	int32		width = get_attavgwidth(definition->tables[column->table].relid, column->attno);

	return width > 0 ? width : get_typavgwidth(column->type, column->typmod);
}

/*
 * The cost of the first "rows" rows of the window.  It is filled in the order
 * of its index and read from its start, so heap and leaf pages come in
 * sequence and each once (seq_page_cost); the descent and the work for a row
 * are charged as btcostestimate() and cost_index() do.
 */
static void
cost_window(const BingoOrdering *ordering, double rows, Cost *startup, Cost *run)
{
	const BingoDefinition *definition = ordering->definition;
	double		page = BLCKSZ - SizeOfPageHeaderData;
	double		heap_width = MAXALIGN(SizeofHeapTupleHeader) + sizeof(ItemIdData);
	double		index_width = sizeof(IndexTupleData) + sizeof(ItemIdData);
	double		pages;
	int			i;

	for (i = 0; i < definition->noutput; i++)
		heap_width += column_width(definition, &definition->output[i]);
	for (i = 0; i < definition->nsort; i++)
		index_width += column_width(definition, &definition->sort[i].column);
	pages = ceil(rows * heap_width / page) + ceil(rows * index_width / (page * 0.9));

	*startup = (ceil(log2(Max(ordering->window_rows, 2))) + 50.0 * 3) * cpu_operator_cost;
	*run = pages * seq_page_cost + rows * (cpu_index_tuple_cost + cpu_tuple_cost);
}

/*
 * Makes the path, or returns NULL if the plan behind alone is cheaper.
 *
 * Its costs are such that Limit, which takes them for linear, finds the cost of
 * the rows that are wanted.
 */
static CustomPath *
create_path(PlannerInfo *root, RelOptInfo *ordered_rel, const BingoOrdering *ordering,
			const BingoMatch *match, Cost *cost, Cost *cost_behind)
{
	PathTarget *target = root->upper_targets[UPPERREL_ORDERED];
	double		rows = ((Path *) linitial(ordered_rel->pathlist))->rows;
	WantedRows	wanted = estimate_wanted(root, rows);
	Path	   *behind = find_cheapest(ordered_rel, wanted.rows);
	double		in_window = Min(wanted.rows, ordering->window_rows);
	double		reckoned = wanted.certain ? wanted.rows : in_window;
	CustomPath *path;
	BingoMatch *kept;
	Cost		startup;
	Cost		run;

	cost_window(ordering, in_window, &startup, &run);
	startup += target->cost.startup;
	run += target->cost.per_tuple * in_window;
	*cost = startup + run;
	*cost_behind = cost_of_rows(behind, reckoned);
	if (reckoned > in_window)
		*cost += *cost_behind;	/* all of it: the rows given are skipped, not spared */
	if (*cost > *cost_behind)
		return NULL;

	kept = palloc(sizeof(BingoMatch));
	*kept = *match;

	path = makeNode(CustomPath);
	path->path.pathtype = T_CustomScan;
	path->path.parent = ordered_rel;
	path->path.pathtarget = target;
	path->path.parallel_safe = false;
	path->path.rows = rows;
	path->path.startup_cost = startup;
	path->path.total_cost = startup + (*cost - startup) * Max(rows / reckoned, 1.0);
	path->path.pathkeys = root->sort_pathkeys;
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	path->custom_paths = list_make1(behind);
	path->custom_private = list_make2((void *) ordering, kept);
	path->methods = &path_methods;
	return path;
}

/* An expression of LIMIT or OFFSET that gives the same when evaluated twice. */
static bool
is_repeatable(Node *expr)
{
	return expr != NULL && !contain_volatile_functions(expr) && !contain_subplans(expr);
}

/* Converts the path to a plan node. */
static Plan *
bingo_scan_plan(PlannerInfo *root, RelOptInfo *rel, CustomPath *best_path,
				List *tlist, List *clauses, List *custom_plans)
{
	const BingoOrdering *ordering = linitial(best_path->custom_private);
	const BingoDefinition *definition = ordering->definition;
	const BingoMatch *match = lsecond(best_path->custom_private);
	CustomScan *cscan = makeNode(CustomScan);
	BingoScanVerdict *verdict;
	Query	   *parse = root->parse;
	bool		bounded = is_repeatable(parse->limitCount) &&
		(parse->limitOffset == NULL || is_repeatable(parse->limitOffset));
	bool		has_offset = bounded && parse->limitOffset != NULL;
	ListCell   *lc;
	int			i;

	foreach(lc, tlist)
	{
		TargetEntry *entry = flatCopyTargetEntry((TargetEntry *) lfirst(lc));
		Var		   *stand_in = bingo_match_stand_in(root, definition, match,
													list_nth(root->processed_tlist, entry->resno - 1));

		if (stand_in != NULL)
			entry->expr = (Expr *) stand_in;
		cscan->scan.plan.targetlist = lappend(cscan->scan.plan.targetlist, entry);
	}
	cscan->scan.scanrelid = 0;
	cscan->flags = best_path->flags;
	/* a cursor may go back where it could with the plan behind */
	if (ExecSupportsBackwardScan(linitial(custom_plans)))
		cscan->flags |= CUSTOMPATH_SUPPORT_BACKWARD_SCAN;
	cscan->custom_plans = custom_plans;
	if (has_offset)
		cscan->custom_exprs = lappend(cscan->custom_exprs, copyObject(parse->limitOffset));
	if (bounded)
		cscan->custom_exprs = lappend(cscan->custom_exprs, copyObject(parse->limitCount));

	for (i = 0; i < definition->noutput; i++)
	{
		const BingoColumn *column = &definition->output[i];
		Var		   *var = makeVar(match->varnos[column->table], column->attno, column->type,
								  column->typmod, column->collation, 0);

		cscan->custom_scan_tlist = lappend(cscan->custom_scan_tlist,
										   makeTargetEntry((Expr *) var, i + 1, NULL, false));
	}

	cscan->custom_private = list_make2(NIL, makeString(pstrdup(ordering->name)));
	linitial(cscan->custom_private) = list_make4_int(ordering->id, (int) ordering->window, has_offset, bounded);
	cscan->methods = &bingo_scan_methods;

	verdict = find_verdict(ordering);
	if (verdict != NULL)
		verdict->chosen = true;

	/* dropping or renaming the window makes the plan stale */
	root->glob->relationOids = lappend_oid(root->glob->relationOids, ordering->window);
	return (Plan *) cscan;
}

/* Looks for the ordering that answers the query level cheapest, and takes it. */
static void
consider_orderings(PlannerInfo *root, RelOptInfo *input_rel, RelOptInfo *ordered_rel)
{
	CustomPath *best = NULL;
	Cost		best_cost = 0;
	ListCell   *lc;

	foreach(lc, bingo_catalog_list())
	{
		const BingoOrdering *ordering = (const BingoOrdering *) lfirst(lc);
		BingoMatch	match;
		CustomPath *path;
		Cost		cost;
		Cost		cost_behind;

		if (!bingo_match_ordering(root, input_rel, ordering, collecting, &match))
		{
			collect_refusal(ordering, match.step, match.reason);
			continue;
		}
		path = create_path(root, ordered_rel, ordering, &match, &cost, &cost_behind);
		if (path == NULL)
			collect_refusal(ordering, match.step, collecting ?
							psprintf("its cost, %.2f, is higher than the plain plan's, %.2f", cost, cost_behind) : NULL);
		else
		{
			collect_refusal(ordering, match.step, "another ordering is cheaper");
			if (best != NULL && best_cost <= cost)
				continue;
			best = path;
			best_cost = cost;
		}
	}

	if (best != NULL)
		ordered_rel->pathlist = list_make1(best);
}

static void
bingo_create_upper_paths(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input_rel,
						 RelOptInfo *output_rel, void *extra)
{
	int			first;

	if (prev_create_upper_paths_hook)
		prev_create_upper_paths_hook(root, stage, input_rel, output_rel, extra);
	if (stage != UPPERREL_ORDERED || !bingo_enable_ordered_scan || output_rel->pathlist == NIL)
		return;

	first = bms_next_member(root->all_baserels, -1);
	if (collecting ||
		(first >= 0 && planner_rt_fetch(first, root)->rtekind == RTE_RELATION &&
		 bingo_catalog_covers(planner_rt_fetch(first, root)->relid)))
		consider_orderings(root, input_rel, output_rel);
}

/*
 * Plans a query as usual and tells what became of each ordering.  The verdicts
 * live in the current memory context.
 */
List *
bingo_scan_collect(Query *query, const char *query_string, PlannedStmt **plan)
{
	List	   *verdicts = NIL;
	ListCell   *lc;

	foreach(lc, bingo_catalog_list())
	{
		BingoScanVerdict *verdict = palloc0(sizeof(BingoScanVerdict));

		verdict->ordering = (const BingoOrdering *) lfirst(lc);
		verdicts = lappend(verdicts, verdict);
	}

	collected = verdicts;
	collecting = true;
	PG_TRY();
	{
		*plan = bingo_plan_query(query, query_string, CURSOR_OPT_PARALLEL_OK, NULL);
	}
	PG_FINALLY();
	{
		collecting = false;
		collected = NIL;
	}
	PG_END_TRY();
	return verdicts;
}

void
bingo_scan_init(void)
{
	RegisterCustomScanMethods(&bingo_scan_methods);
	prev_create_upper_paths_hook = create_upper_paths_hook;
	create_upper_paths_hook = bingo_create_upper_paths;
}
