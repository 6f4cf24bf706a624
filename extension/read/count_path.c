/*
 * read/count_path.c
 *	  The path of a counter, what it costs, and the plan made of it.
 *
 * Of two kinds: read/count_group.c for what is grouped and counted, read/count_window.c for
 * counts beside rows.
 *
 * As with orderings (read/path.c) the counter's state is no matter of planning, rights
 * are checked by the core for the tables that the child reads, and the plan depends on
 * the window through relationOids.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "optimizer/plancat.h"
#include "optimizer/restrictinfo.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/guc.h"
#include "base/relations.h"
#include "read/count_step.h"
#include "read/planned.h"
#include "read/wanted.h"
#include "store/lock.h"

#define UNFOLDED 8				/* rows of a key beside its sum: half of what write/fold.c leaves on average */
#define ROWS_OF_PAGE 100
#define UNKNOWN_ROWS 1000

/*
 * Of many keys a row that is found by the index, fetched, and told from the one before it took
 * eight times as long as one of a sequential scan, which the core charges half as much; those
 * of one key that are not folded yet stand together.
 */
#define WEIGHT 4
#define DESCENT 150				/* as btcostestimate() has for a tree of two levels or three */
#define MOST_KNOWN_CELLS 100

/* What explain_counter() plans, and what is found; of no other statement that is planned meanwhile (read/planned.c). */
typedef struct Collection
{
	const char *text;			/* NULL: nothing is */
	List	   *verdicts;		/* of BingoCountVerdict * */
	BingoCountProposal *proposal;
} Collection;

static Collection collection = {0};

static Plan *make_plan(PlannerInfo *root, RelOptInfo *rel, CustomPath *best_path,
					   List *tlist, List *clauses, List *custom_plans);

static const CustomPathMethods path_methods = {
	.CustomName = BINGO_COUNT_NAME,
	.PlanCustomPath = make_plan,
};

/* --- the path --- */

/*
 * By its size, as planning does of any table that has not been counted: a window that was emptied has not, and from 18 on,
 * without autovacuum, one that was built has not.  The lock is not kept: a transaction that has only planned must not
 * keep the window from being emptied.
 */
static double
estimate_unseen(Oid window)
{
	Relation	relation = bingo_lock_relation(window, AccessShareLock, NULL) ? bingo_lock_open(window) : NULL;
	BlockNumber pages;
	double		rows;
	double		visible;

	if (relation == NULL)
		return UNKNOWN_ROWS;
	estimate_rel_size(relation, NULL, &pages, &rows, &visible);
	table_close(relation, AccessShareLock);
	return rows;
}

/* How many rows the window has beside those that are not folded yet, as VACUUM, or the build, has seen it. */
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
	return rows >= 0 ? rows : estimate_unseen(counter->window);
}

/* How many values a key has, as planning estimates: many, where it knows nothing. */
static double
estimate_values(const BingoCountMatch *match, int key)
{
	const BingoDefinition *definition = match->counter->definition;
	AttrNumber	attno = definition->output[key].attno;
	VariableStatData statistics;
	Oid			type;
	int32		typmod;
	Oid			collation;
	bool		isdefault;
	double		values;

	if (definition->sort[key].null_test)
		return 2;
	if (!bingo_relations_find_type(definition->tables[0].relid, attno, &type, &typmod, &collation))
		return get_float8_infinity();
	examine_variable(match->root, (Node *) makeVar(match->varno, attno, type, typmod, collation, 0), 0, &statistics);
	values = get_variable_numdistinct(&statistics, &isdefault);
	ReleaseVariableStats(statistics);
	return values + 1;			/* and NULL */
}

/*
 * The most cells that one search meets, if planning knows: none of the keys from the next one on has many values.
 * More values than some are an estimate that may be far too low.
 */
static double
estimate_most_cells(const BingoCountMatch *match, int next)
{
	double		cells = 1;

	for (int key = next; key < match->counter->definition->nsort; key++)
		cells *= estimate_values(match, key);
	return cells > MOST_KNOWN_CELLS ? get_float8_infinity() : cells;
}

/* What the search conditions leave of the rows, charged as those that stand together. */
static double
estimate_rows_read(const BingoCountMatch *match, double rows, double *searches)
{
	List	   *conditions = NIL;
	ListCell   *cell;
	double		scans = 1;
	int			next = 0;

	/* the index is searched by the first keys; what the later ones say is only looked at, of a list once for each value */
	*searches = 1;
	foreach(cell, match->search)
	{
		const BingoCountSearch *search = lfirst(cell);
		double		values = search->list ? Max(bingo_estimate_array_length(match->root, (Node *) search->value), 1) : 1;

		*searches *= values;
		if (search->key > next)
		{
			scans *= values;
			continue;
		}
		conditions = lappend(conditions, search->condition);
		next = search->key + 1;
	}
	rows = scans * (WEIGHT * rows * clauselist_selectivity(match->root, conditions, match->varno, JOIN_INNER, NULL) + UNFOLDED);

	/* however many rows of the table a key has, it is one cell */
	return Min(rows, *searches * estimate_most_cells(match, next) * (WEIGHT + UNFOLDED));
}

Cost
bingo_count_cost_of(const BingoCountMatch *match, double rows)
{
	QualCost	looks;
	double		searches;

	rows = estimate_rows_read(match, rows, &searches);
	if (match->scattered)
		rows *= 1.5;			/* each is looked up */
	cost_qual_eval(&looks, list_concat_copy(match->residual, match->filters), match->root);
	return looks.startup + rows * (cpu_index_tuple_cost + cpu_tuple_cost + 2 * cpu_operator_cost + looks.per_tuple) +
		ceil(rows / ROWS_OF_PAGE) * seq_page_cost + searches * (seq_page_cost + DESCENT * cpu_operator_cost);
}

Cost
bingo_count_cost(const BingoCountMatch *match)
{
	Cost		cost = bingo_count_cost_of(match, estimate_rows(match->counter));
	ListCell   *cell;

	foreach(cell, match->others)
		cost += bingo_count_cost_of(match, estimate_rows(lfirst(cell)));
	return cost;
}

void
bingo_count_finish_path(CustomPath *path, const BingoCountMatch *match)
{
	path->custom_private = list_make1(memcpy(palloc(sizeof(BingoCountMatch)), match, sizeof(BingoCountMatch)));
	path->methods = &path_methods;
}

Path *
bingo_count_find_behind(const RelOptInfo *rel)
{
	Path	   *cheapest = NULL;
	ListCell   *cell;

	foreach(cell, rel->pathlist)
	{
		Path	   *path = lfirst(cell);

		if (path->param_info == NULL && (cheapest == NULL || path->total_cost < cheapest->total_cost))
			cheapest = path;
	}
	return cheapest;
}

void
bingo_count_note_proposal(BingoCountProposal *proposal)
{
	collection.proposal = proposal;
}

bool
bingo_count_is_collecting(void)
{
	return bingo_planned_is(collection.text);
}

bool
bingo_count_is_wanted(void)
{
	return bingo_enable_counter_scan || bingo_count_is_collecting();
}

/* explain_counter() wants to know; of several levels the one that would serve counts. */
void
bingo_count_note(const BingoOrdering *counter, const char *reason, bool matches, bool chosen)
{
	BingoCountVerdict *verdict;
	ListCell   *cell;

	if (!bingo_count_is_collecting())
		return;
	foreach(cell, collection.verdicts)
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
	collection.verdicts = lappend(collection.verdicts, verdict);
}

void
bingo_count_note_all(const BingoOrdering *counter, List *others, const char *reason, bool matches, bool chosen)
{
	ListCell   *cell;

	bingo_count_note(counter, reason, matches, chosen);
	foreach(cell, others)
		bingo_count_note(lfirst(cell), reason, matches, chosen);
}

/* --- the plan --- */

/* The columns of the other plan's rows, if there is one, and the node's own; with what these are. */
static List *
list_columns(const CustomPath *path, const BingoCountMatch *match, List **numbers, List **present)
{
	List	   *columns = NIL;
	ListCell   *cell;

	*numbers = *present = NIL;
	foreach(cell, list_length(path->custom_paths) > 1 ? ((Path *) lsecond(path->custom_paths))->pathtarget->exprs : NIL)
	{
		int			key = IsA(lfirst(cell), Var) ? bingo_count_find_key(match, lfirst(cell)) : -1;

		columns = lappend(columns, lfirst(cell));
		*numbers = lappend_int(*numbers, key >= 0 ? key : BINGO_COUNT_OTHER);
		*present = lappend_int(*present, BINGO_COUNT_OTHER);
	}
	columns = list_concat(columns, match->columns);
	*numbers = list_concat(*numbers, match->numbers);
	*present = list_concat(*present, match->present);
	return columns;
}

/* For EXPLAIN. */
static char *
name_key(const BingoDefinition *definition, int key)
{
	const char *column = quote_identifier(bingo_relations_column(definition->tables[0].relid, definition->output[key].attno));

	return definition->sort[key].null_test ? psprintf("(%s IS NULL)", column) : pstrdup(column);
}

static List *
make_layout(List *columns)
{
	List	   *layout = NIL;
	ListCell   *cell;

	foreach(cell, columns)
		layout = lappend(layout, makeTargetEntry(copyObject((Expr *) lfirst(cell)), list_length(layout) + 1, NULL, false));
	return layout;
}

static List *
make_numbers(PlannerInfo *root, const CustomPath *path, const BingoCountMatch *match)
{
	bool		beside = list_length(path->custom_paths) > 1;
	bool		sorted = pathkeys_contained_in(root->sort_pathkeys, path->path.pathkeys);	/* no sort above reads all */
	List	   *numbers = list_make1_int((int) match->unique_index);

	numbers = lappend_int(numbers, beside ? list_length(((Path *) lsecond(path->custom_paths))->pathtarget->exprs) : -1);
	numbers = lappend_int(numbers, beside && sorted ? bingo_wanted_limit(root->parse) : 0);
	return lappend_int(numbers, match->scattered);
}

static void
list_counters(const BingoCountMatch *match, List **ids, List **windows, char **names)
{
	ListCell   *cell;

	*ids = list_make1_int(match->counter->id);
	*windows = list_make1_oid(match->counter->window);
	*names = pstrdup(match->counter->name);
	foreach(cell, match->others)
	{
		const BingoOrdering *counter = lfirst(cell);

		*ids = lappend_int(*ids, counter->id);
		*windows = lappend_oid(*windows, counter->window);
		*names = psprintf("%s, %s", *names, counter->name);
	}
}

/* NULL is none. */
static Node *
make_number(Node *number)
{
	return number ? copyObject(number) : (Node *) makeNullConst(INT8OID, -1, InvalidOid);
}

static Plan *
make_plan(PlannerInfo *root, RelOptInfo *rel, CustomPath *best_path,
		  List *tlist, List *clauses, List *custom_plans)
{
	const BingoCountMatch *match = linitial(best_path->custom_private);
	const BingoOrdering *counter = match->counter;
	CustomScan *cscan = makeNode(CustomScan);
	List	   *values = NIL;
	List	   *names = NIL;
	List	   *search = NIL;
	List	   *oids = NIL;
	List	   *numbers;
	List	   *present;
	List	   *ids;
	List	   *windows;
	char	   *counters;
	ListCell   *cell;

	foreach(cell, match->search)
	{
		const BingoCountSearch *this = lfirst(cell);

		if (this->value)
			values = lappend(values, copyObject(this->value));
		search = lappend_int(lappend_int(lappend_int(search, this->key), this->value != NULL), this->list);
		oids = lappend_oid(lappend_oid(oids, this->type), this->function);
		names = lappend(names, makeString(name_key(counter->definition, this->key)));
	}
	cscan->scan.plan.targetlist = tlist;
	cscan->scan.plan.qual = copyObject(match->having);
	cscan->flags = best_path->flags;
	cscan->custom_plans = custom_plans;
	cscan->custom_scan_tlist = make_layout(list_columns(best_path, match, &numbers, &present));
	cscan->custom_exprs = list_make4(values, bingo_count_speak_of_keys(match, (Node *) extract_actual_clauses(match->residual, false)),
									 copyObject(match->filters),
									 list_make2(make_number(match->page.limit), make_number(match->page.offset)));
	list_counters(match, &ids, &windows, &counters);
	cscan->custom_private = list_make5(make_numbers(root, best_path, match), makeString(counters), numbers,
									   list_copy(match->groups), search);
	cscan->custom_private = lappend(lappend(lappend(lappend(lappend(cscan->custom_private, oids), names), ids), windows), present);
	cscan->methods = &bingo_count_methods;
	bingo_count_note_all(counter, match->others, NULL, false, true);

	/* dropping or renaming a window makes the plan stale */
	root->glob->relationOids = list_concat_copy(root->glob->relationOids, windows);
	return (Plan *) cscan;
}

List *
bingo_count_collect(Query *query, const char *query_string, PlannedStmt **plan, BingoCountProposal **proposal)
{
	Collection	outer = collection;
	List	   *volatile verdicts = NIL;

	collection = (Collection) {query_string, NIL, NULL};
	bingo_planned_follow();
	PG_TRY();
	{
		*plan = bingo_plan_query(query, query_string, CURSOR_OPT_PARALLEL_OK, NULL);
		verdicts = collection.verdicts;
		*proposal = collection.proposal;
	}
	PG_FINALLY();
	{
		bingo_planned_leave();
		collection = outer;
	}
	PG_END_TRY();
	return verdicts;
}
