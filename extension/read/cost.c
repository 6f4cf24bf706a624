/*
 * read/cost.c
 *	  What rows of a window cost, and how many of a query's rows it will have.
 *
 * Planning does not look at the state of the window, which a cached plan outlives;
 * the cost supposes a window of window_rows rows, kept as it was built.
 *
 * The joined rows are rel->rows without the conditions; the window has the first
 * window_rows of them, or of those of each key that is searched for.  The conditions are supposed to choose alike from all of these,
 * except those that the window is searched by: equality of the first sort keys, and a range
 * of the next one, want rows from one place of the order to another (find_places()), and
 * the window has of these what stands before its end.  What stands before a value that is
 * not known yet, or of which there are no statistics, can't be told: then equality is supposed to
 * choose alike from all rows, too; and a range, or a keyset page, that begins behind such a value is supposed to
 * begin at the window's first row, as a LIMIT that is not known is supposed to end in it.  If that is wrong the search
 * finds nothing, and that is all it costs.
 *
 * An IN list is as many searches as it has values, each with a descent, a page of
 * index and heap that it begins on, and a row that the merge looks at (read/merge.c).
 *
 * Rows that are read in vain, since the filter does not let them pass, are charged more than they
 * cost: up to what some looked-up rows do.  The plan behind looks up just the rows that
 * are wanted if an index has the filter's column, too.  Each of these is charged random_page_cost, as if
 * it came from a disk; mostly it does not, and takes about as long as ten rows of the window.
 * Where the plan behind costs more than that, the window's rows are compared as they are.
 *
 * What the estimates rest on may be wrong all the same, above all where the values are
 * not known (a generic plan supposes ten for each IN list, of average frequency).  So the
 * scan has patience for twice the rows that it was supposed to read (none should be given meanwhile: for
 * what should have given some), or for a quarter of the plan behind's cost (in memory, as above) if that
 * is more: then it is that plan's turn (read/vain.c).
 *
 * Who reads all rows of a join without an order, to group them, has the planner's hash join to compare the window with.  It
 * charges a row of that a few operators, a fifth of what it charges one of a scan; measured it took ten times
 * as long as one of a scan, and four times as long as one of the window.  So a window that has all the rows is
 * charged less for each that it gives, by the work for a row of each table that need not be joined (bingo_cost_joins()).
 * Its pages are charged in full, and so is what it reads in vain.
 *
 * The core knows the selectivity of the first column of a row comparison only.  In a
 * keyset (flag, rank, id) < (false, 0.5, 17) that one says nothing of the rows; they are
 * estimated here column by column.  Of a keyset that is searched by its first columns only (read/match_keyset.c)
 * half of the rows that are equal in these are supposed to be read before the first one that is wanted.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "access/itup.h"
#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"

#include "base/compat.h"
#include "read/cost.h"
#include "read/leaves.h"
#include "read/match_step.h"
#include "read/merge.h"

/* A row that is read in vain is charged as so many, all of them as so many random pages at most. */
#define VAIN_ROW 10
#define MOST_VAIN_PAGES 250

/* If none of these is given the filter lets fewer pass than was estimated, but for 2 %. */
#define ROWS_THAT_TELL 4

static double
column_width(const BingoDefinition *definition, const BingoColumn *column)
{
	int32		width = column->attno == InvalidAttrNumber ? 0 :
		get_attavgwidth(definition->tables[column->table].relid, column->attno);

	return width > 0 ? width : get_typavgwidth(column->type, column->typmod);
}

static void
measure_row(const BingoDefinition *definition, BingoWindowShare *share)
{
	int			i;

	share->heap_width = MAXALIGN(SizeofHeapTupleHeader) + sizeof(ItemIdData);
	share->index_width = sizeof(IndexTupleData) + sizeof(ItemIdData);
	for (i = 0; i < definition->noutput; i++)
		share->heap_width += column_width(definition, &definition->output[i]);
	for (i = 0; i < definition->nsort; i++)
		share->index_width += column_width(definition, &definition->sort[i].column);
}

/*
 * The cost of "rows" rows that are read from the window one after the other.  It is
 * filled in the order of its index, so heap and leaf pages come in sequence and each
 * once (seq_page_cost); the descent and the work for a row are charged as
 * btcostestimate() and cost_index() do.
 */
static void
cost_read(const BingoMatch *match, const BingoWindowShare *share, double searches, double rows, Cost *startup, Cost *run)
{
	double		page = BLCKSZ - SizeOfPageHeaderData;
	double		pages = ceil(rows * share->heap_width / page) + ceil(rows * share->index_width / (page * 0.9));

	*startup = searches * (ceil(log2(Max(match->ordering->window_rows, 2))) + 50.0 * 3) * cpu_operator_cost;
	*startup += (searches - 1) * (2 * random_page_cost + cpu_index_tuple_cost + cpu_tuple_cost);
	if (searches > BINGO_MOST_WITH_PAGES)
		rows *= BINGO_ROW_WITHOUT_PAGE;
	*run = pages * seq_page_cost + rows * (cpu_index_tuple_cost + cpu_tuple_cost);
}

/* The core's estimate, which rel->rows was made with. */
static Selectivity
estimate_as_core(PlannerInfo *root, List *conditions)
{
	return conditions == NIL ? 1.0 : clauselist_selectivity(root, conditions, 0, JOIN_INNER, NULL);
}

/* Of the column "i" of a row comparison, but by that strategy. */
static Selectivity
estimate_column(PlannerInfo *root, const RowCompareExpr *row, int i, int strategy)
{
	Oid			opfamily = list_nth_oid(row->opfamilies, i);
	Oid			left;
	Oid			right;
	Oid			operator;

	op_input_types(list_nth_oid(row->opnos, i), &left, &right);
	operator = get_opfamily_member(opfamily, left, right, strategy);
	/* two collations that conflict are an error only where this column is compared at all */
	if (!OidIsValid(operator) || (!OidIsValid(list_nth_oid(row->inputcollids, i)) && OidIsValid(get_typcollation(left))))
		return strategy == BTEqualStrategyNumber ? DEFAULT_EQ_SEL : DEFAULT_INEQ_SEL;
	return clause_selectivity(root, (Node *) make_opclause(operator, BOOLOID, false, list_nth(row->largs, i),
														   list_nth(row->rargs, i), InvalidOid,
														   list_nth_oid(row->inputcollids, i)),
							  0, JOIN_INNER, NULL);
}

/* (a, b) < (x, y) is a < x, or a = x and b < y. */
static Selectivity
estimate_row(PlannerInfo *root, const RowCompareExpr *row)
{
	int			i = list_length(row->opnos) - 1;
	int			strategy = get_op_opfamily_strategy(list_nth_oid(row->opnos, i), list_nth_oid(row->opfamilies, i));
	Selectivity result = estimate_column(root, row, i, strategy);

	if (strategy == BTLessEqualStrategyNumber)
		strategy = BTLessStrategyNumber;
	else if (strategy == BTGreaterEqualStrategyNumber)
		strategy = BTGreaterStrategyNumber;
	while (--i >= 0)
		result = estimate_column(root, row, i, strategy) + estimate_column(root, row, i, BTEqualStrategyNumber) * result;
	return Min(result, 1.0);
}

static Selectivity
estimate_conditions(PlannerInfo *root, List *conditions)
{
	Selectivity result = 1.0;
	List	   *others = NIL;
	ListCell   *lc;

	foreach(lc, conditions)
	{
		RestrictInfo *condition = lfirst_node(RestrictInfo, lc);

		RowCompareExpr *row = bingo_match_row((Node *) condition->clause);

		if (row != NULL)
			result *= estimate_row(root, row);
		else
			others = lappend(others, condition);
	}
	return result * estimate_as_core(root, others);
}

/* Does the search key bound a range, at its beginning or (not "start") at its end, as the window goes? */
static bool
is_bound(const BingoMatch *match, const BingoSearchKey *search, bool start)
{
	return search->strategy != BTEqualStrategyNumber && bingo_match_is_start(match, search) == start;
}

static Expr *
make_kept(const BingoMatch *match, const BingoColumn *column)
{
	return column->attno == InvalidAttrNumber ? (Expr *) bingo_match_make_kept(match, column) :
		(Expr *) makeVar(match->varnos[column->table], column->attno, column->type, column->typmod, column->collation, 0);
}

/* The share of all rows whose sort key stands before the value; false if there is no telling. */
static bool
estimate_before(PlannerInfo *root, const BingoMatch *match, const BingoSearchKey *search, Selectivity *share)
{
	const BingoSortKey *key = &match->ordering->definition->sort[search->key];
	const BingoColumn *column = &key->column;
	Oid			operator = get_opfamily_member(key->opfamily, search->left_type, search->type,
											   key->descending ? BTGreaterStrategyNumber : BTLessStrategyNumber);
	Node	   *value = estimate_expression_value(root, (Node *) search->value);

	if (!OidIsValid(operator) || !IsA(value, Const))
		return false;
	*share = clause_selectivity(root, (Node *) make_opclause(operator, BOOLOID, false, make_kept(match, column), (Expr *) value,
															 InvalidOid, key->collation),
								0, JOIN_INNER, NULL);
	return *share != DEFAULT_INEQ_SEL;
}

/* Of "sort key OP value", by that strategy. */
static Selectivity
estimate_level(PlannerInfo *root, const BingoMatch *match, const BingoSearchKey *level, int strategy)
{
	const BingoSortKey *key = &match->ordering->definition->sort[level->key];
	const BingoColumn *column = &key->column;
	Oid			operator = get_opfamily_member(key->opfamily, level->left_type, level->type, strategy);

	if (!OidIsValid(operator))
		return strategy == BTEqualStrategyNumber ? DEFAULT_EQ_SEL : DEFAULT_INEQ_SEL;
	return clause_selectivity(root, (Node *) make_opclause(operator, BOOLOID, false, make_kept(match, column), level->value, InvalidOid,
														   key->collation),
							  0, JOIN_INNER, NULL);
}

/* A group of equal rows that is a smaller share than this is supposed to be wanted by half. */
#define SMALL_GROUP 0.01

/*
 * The share of rows that stand behind the start of a range or keyset, as far as its first values are known: of
 * those that are equal in these nothing is said.
 */
static Selectivity
estimate_behind_start(PlannerInfo *root, const BingoMatch *match, const BingoSearchKey *search)
{
	const BingoSearchKey *level = search;
	ListCell   *next = list_head(search->rest);
	Selectivity equal = 1.0;
	Selectivity result = 0.0;

	while (IsA(estimate_expression_value(root, (Node *) level->value), Const))
	{
		result += equal * estimate_level(root, match, level, level->strategy);
		if (next == NULL)
			return Min(result, 1.0);
		equal *= estimate_level(root, match, level, BTEqualStrategyNumber);
		if (equal < SMALL_GROUP)
			return Min(result + equal / 2, 1.0);
		level = lfirst(next);
		next = lnext(search->rest, next);
	}
	return Min(result + equal, 1.0);
}

/* The share of rows that are equal to a search key's value, and to those of a keyset's further levels. */
static Selectivity
estimate_equal(PlannerInfo *root, const BingoMatch *match, const BingoSearchKey *search)
{
	Selectivity result = estimate_level(root, match, search, BTEqualStrategyNumber);
	ListCell   *lc;

	foreach(lc, search->rest)
		result *= estimate_level(root, match, lfirst(lc), BTEqualStrategyNumber);
	return result;
}

/* From where to where in the order stand the rows that a search wants?  As shares of all rows. */
typedef struct Places
{
	List	   *starts;			/* the conditions that "behind_start" stands for */
	Selectivity behind_start;
	bool		known;
	Selectivity first;
	Selectivity last;
	Selectivity tied;			/* rows that the search finds before the first one, in its first column's group */
} Places;

static void
find_places(PlannerInfo *root, const BingoMatch *match, Places *places)
{
	Selectivity before = 0.0;
	Selectivity equal = 1.0;
	List	   *ends = NIL;
	ListCell   *lc;

	places->known = true;
	places->tied = 0.0;
	places->behind_start = 1.0;
	places->starts = NIL;
	foreach(lc, match->search)
	{
		BingoSearchKey *search = lfirst(lc);

		if (search->strategy == BTEqualStrategyNumber)
		{
			Selectivity share = 0.0;

			places->known = places->known && !search->list && estimate_before(root, match, search, &share);
			before += equal * share;
			equal *= estimate_conditions(root, list_make1(search->condition));
		}
		if (is_bound(match, search, true))
		{
			places->starts = list_append_unique_ptr(places->starts, search->condition);
			places->behind_start = Min(places->behind_start, estimate_behind_start(root, match, search));
		}
		if (is_bound(match, search, false))
			ends = list_append_unique_ptr(ends, search->condition);
		if (!search->whole)
			places->tied += equal * estimate_equal(root, match, search);
	}
	places->first = before + equal * (1.0 - places->behind_start);
	places->last = before + equal * estimate_conditions(root, ends);
}

/* The driving table, with all its partitions. */
typedef struct Driving
{
	double		tuples;
	double		pages;
	double		most;			/* of the largest partition */
} Driving;

static Driving
measure(PlannerInfo *root, const BingoMatch *match)
{
	Driving		driving = {0};

	bingo_leaves_measure(root, find_base_rel(root, match->varnos[0]), &driving.tuples, &driving.pages, &driving.most);
	return driving;
}

static double
count_elements(PlannerInfo *root, const BingoMatch *match)
{
	ListCell   *lc;

	foreach(lc, match->search)
	{
		BingoSearchKey *search = lfirst(lc);

		if (search->list)
			return Max(bingo_estimate_array_length(root, (Node *) search->value), 1);
	}
	return 1;
}

void
bingo_cost_share(PlannerInfo *root, const RelOptInfo *rel, const BingoMatch *match, BingoWindowShare *share)
{
	Driving		driving = measure(root, match);
	double		most = Max(driving.tuples, rel->rows);	/* each driving row is joined at most once */
	double		joined;
	double		window;
	double		passing = 1.0;
	List	   *searched = NIL;
	List	   *beside = NIL;
	Selectivity searched_part;
	Places		places;
	ListCell   *lc;

	foreach(lc, match->search)
	{
		const BingoSearchKey *search = lfirst(lc);

		searched = list_append_unique_ptr(searched, search->condition);
		if (search->beside != NULL)
			beside = lappend(beside, search->beside);
	}
	find_places(root, match, &places);
	measure_row(match->ordering->definition, share);

	joined = estimate_as_core(root, list_union_ptr(list_union_ptr(searched, beside), list_concat_copy(match->filter, match->late)));
	joined = clamp_row_est(Min(rel->rows / Max(joined, 1.0 / most), most));
	if (match->present != NIL)
	{
		passing = joined / most;
		joined = most;			/* the window has those without a partner, too */
	}
	/* of several windows at least what the smallest has */
	window = match->ordering->definition->nkeys > 0 || match->ordering->window_rows >= driving.most ? joined :
		Min((double) match->ordering->window_rows, joined);

	/* a row comparison is searched by and filtered: it counts once */
	share->late = estimate_conditions(root, match->late);
	share->filtered = estimate_conditions(root, list_difference_ptr(list_difference_ptr(match->filter, searched), beside)) * passing * share->late;
	searched_part = places.behind_start * estimate_conditions(root, list_difference_ptr(searched, places.starts));
	share->relation = Max(joined * searched_part * share->filtered, rel->rows);
	share->scanned = clamp_row_est(joined * searched_part);
	if (places.known)
		share->scanned = Min(share->scanned, Max(window - joined * places.first, 0.0));
	else
		share->scanned *= window / joined;
	share->complete = match->ordering->window_rows >= driving.most ||
		(places.known && joined * places.last < window);
	if (match->ordering->definition->nkeys > 0)
	{
		double		kept = match->ordering->window_rows * count_elements(root, match);

		/* a merge stops at the end of the first key that is cut */
		share->complete = share->scanned <= kept;
		if (!share->complete)
			share->scanned = match->ordering->window_rows;
	}
	share->rows = Min(share->scanned * share->filtered, share->relation);
	share->tied = Min(joined * places.tied, window);
}

double
bingo_cost_searches(PlannerInfo *root, const BingoMatch *match)
{
	return count_elements(root, match) * Max(list_length(match->leaves), 1);
}

/*
 * The cost of looking up the driving rows of so many rows of the window: pages by
 * Mackert and Lohman's formula, as cost_index() has them, and a descent for each row.
 */
static Cost
cost_fetch(PlannerInfo *root, const BingoMatch *match, double rows)
{
	Driving		driving = measure(root, match);
	double		pages = index_pages_fetched(Max(rows, 1.0), (BlockNumber) driving.pages, driving.pages, root);
	Cost		descent = (ceil(log2(Max(driving.tuples, 2))) + 50.0 * 3) * cpu_operator_cost;

	return pages * random_page_cost + rows * (descent + cpu_index_tuple_cost + cpu_tuple_cost);
}

Cost
bingo_cost_joins(PlannerInfo *root, const BingoMatch *match, double rows)
{
	int			njoins = bms_num_members(bingo_table_relids(root, match->relids)) - 1;

	return rows * Min(njoins * cpu_tuple_cost, cpu_index_tuple_cost + cpu_tuple_cost);
}

/* How many rows of the window are read so that so many are given. */
static double
count_scanned(const BingoWindowShare *share, double rows)
{
	return share->filtered > 0 ? Min(rows / share->filtered, share->scanned) : share->scanned;
}

static Cost
cost_vain(double rows)
{
	return Min(Max(rows, 0) * (VAIN_ROW - 1) * (cpu_index_tuple_cost + cpu_tuple_cost),
			   MOST_VAIN_PAGES * random_page_cost);
}

/* What the plan behind costs if the first pages that it looks up are in memory. */
static Cost
cost_in_memory(Cost cost)
{
	return Max(cost / VAIN_ROW, cost - MOST_VAIN_PAGES * random_page_cost);
}

BingoScanPatience
bingo_cost_patience(PlannerInfo *root, const BingoMatch *match, const BingoWindowShare *share, double rows,
					Cost cost_behind)
{
	double		weight = bingo_cost_searches(root, match) > BINGO_MOST_WITH_PAGES ? BINGO_ROW_WITHOUT_PAGE : 1;
	double		scanned = Max(count_scanned(share, rows), 1.0);
	double		sure = share->filtered > 0 ? ROWS_THAT_TELL / share->filtered : scanned;
	double		affordable;
	BingoScanPatience patience;
	Cost		startup;
	Cost		run;

	cost_read(match, share, 1, scanned, &startup, &run);
	if (match->late != NIL)
		run += cost_fetch(root, match, scanned * share->filtered / share->late);
	affordable = cost_in_memory(cost_behind) / 4 * scanned / run;
	patience.most = Max(2 * (scanned + share->tied) * weight, affordable);
	patience.most_of_none = Max((Min(2 * scanned, sure) + 2 * share->tied) * weight, affordable);
	return patience;
}

void
bingo_cost_window(PlannerInfo *root, const BingoMatch *match, const BingoWindowShare *share, double rows,
				  Cost *startup, Cost *run)
{
	double		scanned = count_scanned(share, rows) + share->tied / 2;
	QualCost	filter;

	cost_read(match, share, bingo_cost_searches(root, match), scanned, startup, run);
	cost_qual_eval(&filter, list_concat_copy(match->filter, match->late), root);
	*startup += filter.startup;
	*run += scanned * filter.per_tuple + cost_vain(scanned - rows);
	if (match->fetched != NIL)
		*run += cost_fetch(root, match, Min(rows, share->rows) / Max(share->late, 1.0 / Max(scanned, 1.0)));
}
