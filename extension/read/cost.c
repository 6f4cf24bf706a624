/*
 * read/cost.c
 *	  What rows of a window cost, and how many of a query's rows it will have.
 *
 * Planning does not look at the state of the window, which a cached plan outlives;
 * the cost supposes a window of window_rows rows, kept as it was built.
 *
 * The joined rows are rel->rows without the conditions; the window has the first
 * window_rows of them.  The conditions are supposed to choose alike from all of these,
 * except where they say of the first sort key that rows before some value are not
 * wanted: these are then rows of the window's beginning.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "access/itup.h"
#include "access/stratnum.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "read/cost.h"

static double
column_width(const BingoDefinition *definition, const BingoColumn *column)
{
	int32		width = get_attavgwidth(definition->tables[column->table].relid, column->attno);

	return width > 0 ? width : get_typavgwidth(column->type, column->typmod);
}

/*
 * The cost of "rows" rows that are read from the window one after the other.  It is
 * filled in the order of its index, so heap and leaf pages come in sequence and each
 * once (seq_page_cost); the descent and the work for a row are charged as
 * btcostestimate() and cost_index() do.
 */
static void
cost_read(const BingoMatch *match, double rows, Cost *startup, Cost *run)
{
	const BingoDefinition *definition = match->ordering->definition;
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

	*startup = (ceil(log2(Max(match->ordering->window_rows, 2))) + 50.0 * 3) * cpu_operator_cost;
	*run = pages * seq_page_cost + rows * (cpu_index_tuple_cost + cpu_tuple_cost);
}

static Selectivity
estimate_conditions(PlannerInfo *root, List *conditions)
{
	return conditions == NIL ? 1.0 : clauselist_selectivity(root, conditions, 0, JOIN_INNER, NULL);
}

/* Does the search key bound the first sort key at the window's beginning? */
static bool
is_start(const BingoMatch *match, const BingoSearchKey *search)
{
	bool		from_above = search->strategy == BTGreaterStrategyNumber ||
		search->strategy == BTGreaterEqualStrategyNumber;

	return search->key == 0 && search->strategy != BTEqualStrategyNumber &&
		from_above != match->ordering->definition->sort[0].descending;
}

void
bingo_cost_share(PlannerInfo *root, const RelOptInfo *rel, const BingoMatch *match, BingoWindowShare *share)
{
	RelOptInfo *driving = find_base_rel(root, match->varnos[0]);
	double		most = Max(driving->tuples, rel->rows);	/* each driving row is joined at most once */
	double		joined;
	double		window;
	List	   *searched = NIL;
	List	   *starts = NIL;
	Selectivity searched_part;
	double		region;
	bool		equality = false;
	ListCell   *lc;

	foreach(lc, match->search)
	{
		BingoSearchKey *search = lfirst(lc);

		searched = list_append_unique_ptr(searched, search->condition);
		if (is_start(match, search))
			starts = list_append_unique_ptr(starts, search->condition);
		equality = equality || search->strategy == BTEqualStrategyNumber;
	}

	share->filtered = estimate_conditions(root, match->filter);
	searched_part = estimate_conditions(root, searched);
	joined = clamp_row_est(Min(rel->rows / Max(share->filtered * searched_part, 1.0 / most), most));
	window = Min((double) match->ordering->window_rows, joined);

	region = clamp_row_est(joined * searched_part);
	share->scanned = equality ? region * window / joined : Min(region, window);
	if (starts != NIL)
		share->scanned = Min(share->scanned, window - joined * (1.0 - estimate_conditions(root, starts)));
	share->scanned = Max(share->scanned, 0.0);
	share->rows = Min(share->scanned * share->filtered, rel->rows);
	share->complete = match->ordering->window_rows >= driving->tuples;
}

/*
 * The cost of looking up the driving rows of so many rows of the window: pages by
 * Mackert and Lohman's formula, as cost_index() has them, and a descent for each row.
 */
static Cost
cost_fetch(PlannerInfo *root, const BingoMatch *match, double rows)
{
	RelOptInfo *driving = find_base_rel(root, match->varnos[0]);
	double		pages = index_pages_fetched(Max(rows, 1.0), driving->pages, driving->pages, root);
	Cost		descent = (ceil(log2(Max(driving->tuples, 2))) + 50.0 * 3) * cpu_operator_cost;

	return pages * random_page_cost + rows * (descent + cpu_index_tuple_cost + cpu_tuple_cost);
}

void
bingo_cost_window(PlannerInfo *root, const BingoMatch *match, const BingoWindowShare *share, double rows,
				  Cost *startup, Cost *run)
{
	double		scanned = share->filtered > 0 ? Min(rows / share->filtered, share->scanned) : share->scanned;
	QualCost	filter;

	cost_read(match, scanned, startup, run);
	cost_qual_eval(&filter, match->filter, root);
	*startup += filter.startup;
	*run += scanned * filter.per_tuple;
	if (match->fetched != NIL)
		*run += cost_fetch(root, match, Min(rows, share->rows));
}
