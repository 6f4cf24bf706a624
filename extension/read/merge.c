/*
 * read/merge.c
 *	  Rows of several searches of one window, or of several ones, merged into one order.
 *
 * "tenant IN (3, 5, 8) ORDER BY created DESC LIMIT 20" on a window by (tenant, created DESC,
 * id): an index gives each tenant's rows in the order that is wanted, but not those of several.
 * Here each value of the list has a search of its own, and the row that comes first of those
 * that the searches stand on is given: 20 rows cost one descent for each value and some
 * twenty rows more.
 *
 * Exactness.  The searches find disjoint rows, since their values are different
 * by the order of the index (read/search.c), and together those that satisfy the
 * condition.  Each gives its rows in the order of the sort keys behind the list's, so the merge gives
 * all of them in that order.  What the window lacks mostly can't be continued by the plan behind: rows
 * that it has of one value may stand behind rows that it lacks of another.  So the searches
 * are started only if the window, as the snapshot sees it, has all the rows that each can find
 * (read/end.c); they are all the rows, then.
 *
 * Where the query sorts by the list's column as well, it is merged by as the others are.  Where it does not,
 * rows of two searches may be equal in all others: a legal order, which read/match_order.c knows.
 * The list's column decides between them, so that one page ends where the next one begins.
 *
 * Where the rows of each key are counted (store/cut.c) the window has of a key that is cut its first rows.  If the
 * order is total - no two rows are equal in what is merged by - the merge may give rows all the same, until such a search, having given its
 * last row, would have to give another one.  All rows given stand at or before that one, and the window has all rows
 * of all searches that do: they are the first ones of the answer, and the plan behind goes on.
 *
 * Several windows are those of a partitioned table's partitions, each of which is searched for each value (read/leaves.c has the proof).
 * What is lacking then begins with the first of their boundaries, in the order that is claimed, but for searches that
 * end before theirs: the limit.  It is known before the first row is given; the first row that is not before it is
 * where the plan behind takes over.
 *
 * With a keyset beside the list (read/match_keyset.c) each search is several ranges, one after the other.
 *
 * Pins.  A few searches keep the pages that they stand on, to give many rows of each.  Of more than
 * BINGO_MOST_WITH_PAGES a search that another one goes before keeps a copy of its row, and lets go of the
 * page: a hundred pages for each such scan of each session, until its executor ends, are more than shared_buffers
 * need have.  Then each row costs what an index scan's does.
 *
 * Scans are kept until the end: a rescan starts as many as it needs.  A scan is of one window, so the part i is of
 * the same window at each start, however many values the list has then.
 */
#include "postgres.h"

#include "access/nbtree.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "store/window.h"
#include "read/merge.h"

/* Of the parts' heap, whose top is the greatest: the row that comes first. */
static int
compare_parts(Datum left, Datum right, void *arg)
{
	const BingoMerge *merge = arg;
	TupleTableSlot *a = merge->parts[DatumGetInt32(left)].slot;
	TupleTableSlot *b = merge->parts[DatumGetInt32(right)].slot;
	int			i;

	for (i = 0; i < merge->nsort; i++)
	{
		SortSupport sort = &merge->sort[i];
		bool		null_a;
		bool		null_b;
		Datum		value_a = slot_getattr(a, sort->ssup_attno, &null_a);
		Datum		value_b = slot_getattr(b, sort->ssup_attno, &null_b);
		int			order = ApplySortComparator(value_a, null_a, value_b, null_b, sort);

		if (order != 0)
			return order < 0 ? 1 : -1;
	}
	/* rows of two partitions: so that one page ends where the next one begins */
	return DatumGetInt32(right) - DatumGetInt32(left);
}

static bool
prepare_sort(SortSupport sort, const BingoSortKey *key, Relation index, int i)
{
	Oid			type = index->rd_opcintype[i];
	Oid			operator = get_opfamily_member(key->opfamily, type, type,
											   key->descending ? BTGreaterStrategyNumber : BTLessStrategyNumber);

	if (!OidIsValid(operator))
		return false;
	sort->ssup_cxt = CurrentMemoryContext;
	sort->ssup_collation = key->collation;
	sort->ssup_nulls_first = key->nulls_first;
	sort->ssup_attno = (AttrNumber) (key->output + 1);
	PrepareSortSupportFromOrderingOp(operator, sort);
	return true;
}

bool
bingo_merge_may_stop(const BingoDefinition *definition, int covered, int merged_key)
{
	if (definition->nkeys == 0 || covered < definition->nsort)
		return false;
	for (int i = 0; i < definition->ndriving; i++)
	{
		int			key = 0;

		while (key < definition->nsort &&
			   (key == merged_key || definition->sort[key].output != definition->driving[i].output))
			key++;
		if (key == definition->nsort)
			return false;
	}
	return true;
}

bool
bingo_merge_init(BingoMerge *merge, BingoLeaf *leaves, int nleaves, Snapshot snapshot, int covered, int merged_key)
{
	const BingoDefinition *definition = leaves[0].ordering->definition;
	Relation	index = leaves[0].index;
	int			i;

	merge->leaves = leaves;
	merge->nleaves = nleaves;
	merge->definition = definition;
	merge->snapshot = snapshot;
	merge->may_stop = nleaves == 1 && bingo_merge_may_stop(definition, covered, merged_key);
	merge->context = CurrentMemoryContext;
	merge->limit_context = AllocSetContextCreate(CurrentMemoryContext, "bingo_tune merge limit", ALLOCSET_SMALL_SIZES);
	merge->sort = palloc0(definition->nsort * sizeof(SortSupportData));
	for (i = 0; i < definition->nsort; i++)
	{
		if (i == merged_key)
			continue;
		merge->nclaimed += i < covered;
		if (!prepare_sort(&merge->sort[merge->nsort++], &definition->sort[i], index, i))
			return false;
	}
	if (merged_key >= 0 && !prepare_sort(&merge->sort[merge->nsort++], &definition->sort[merged_key], index, merged_key))
		return false;
	merge->merged_key = merged_key;
	merge->parts = palloc0(BINGO_MOST_MERGED * sizeof(BingoMergePart));
	merge->queue = binaryheap_allocate(BINGO_MOST_MERGED, compare_parts, merge);
	return true;
}

static void
start_scan(BingoMerge *merge, BingoMergePart *part)
{
	index_rescan(part->scan, merge->search->keys, merge->search->nkeys, NULL, 0);
	bingo_page_begin(&part->pages, part->scan);
}

static void
start_part(BingoMerge *merge, BingoMergePart *part)
{
	bingo_search_first(merge->search, part->element);
	part->range = merge->search->range;
	if (part->scan == NULL)
	{
		part->slot = MakeSingleTupleTableSlot(bingo_window_describe(part->leaf->heap, part->leaf->ordering->definition),
											  table_slot_callbacks(part->leaf->heap));
		part->scan = bingo_index_beginscan(part->leaf->heap, part->leaf->index, merge->snapshot, merge->search->nkeys);
	}
	start_scan(merge, part);
}

/* Another part comes first: this one keeps its row, but no page unless they are few. */
static void
rest_part(const BingoMerge *merge, BingoMergePart *part)
{
	if (merge->keeps_pages)
		return;
	ExecMaterializeSlot(part->slot);
	bingo_page_release(&part->pages);
}

/* Fetches the part's next row, of the keyset's next range if need be; false, without a page or a row, if there is none. */
static bool
advance_part(BingoMerge *merge, BingoMergePart *part)
{
	while (!bingo_page_next(&part->pages, ForwardScanDirection, part->slot))
	{
		bingo_search_take(merge->search, part->element);
		merge->search->range = part->range;
		if (!bingo_search_step(merge->search, ForwardScanDirection))
			return false;
		part->range = merge->search->range;
		start_scan(merge, part);
	}
	return true;
}

/* Has the window all the rows that the search for an element can find? */
static bool
has_all(BingoMerge *merge, const BingoMergePart *part)
{
	bingo_search_first(merge->search, part->element);
	bingo_search_last(merge->search);
	return bingo_end_is_final(&part->leaf->end, merge->search);
}

/* --- the limit --- */

/* In the order that is claimed, does the row stand before the limit? */
static bool
is_before_limit(const BingoMerge *merge, TupleTableSlot *row)
{
	for (int i = 0; i < merge->nclaimed; i++)
	{
		bool		isnull;
		Datum		value = slot_getattr(row, merge->sort[i].ssup_attno, &isnull);
		int			order = ApplySortComparator(value, isnull, merge->limit[i], merge->limit_nulls[i], &merge->sort[i]);

		if (order != 0)
			return order < 0;
	}
	return false;
}

/* Is it the boundary that stands first of those that were looked at? */
static bool
goes_before_limit(const BingoMerge *merge, const BingoBoundary *boundary)
{
	for (int i = 0, key = 0; i < merge->nclaimed; i++, key++)
	{
		int			order;

		key += key == merge->merged_key;
		order = ApplySortComparator(boundary->values[key], boundary->nulls[key], merge->limit[i], merge->limit_nulls[i],
									&merge->sort[i]);
		if (order != 0)
			return order < 0;
	}
	return false;
}

/* A search that does not find all its rows: none is given from where its window ends.  NULL, or the reason if that can't be told. */
static const char *
limit_by(BingoMerge *merge, BingoLeaf *leaf)
{
	BingoEnd   *end = &leaf->end;
	const BingoBoundary *boundary = end->current;
	BingoLeaf  *before = merge->limiter;
	MemoryContext old;

	merge->limiter = leaf;
	if (!bingo_end_is_known(end) || boundary->state != BINGO_BOUNDARY_KEY)
		return "the window of a partition is empty";
	/* with a list it must be that of the very value, whose place in the order is not compared */
	if (merge->merged_key >= 0 && boundary != &end->cut)
		return BINGO_MERGED_PART;
	if (merge->limited && !goes_before_limit(merge, boundary))
	{
		merge->limiter = before;
		return NULL;
	}
	MemoryContextReset(merge->limit_context);
	old = MemoryContextSwitchTo(merge->limit_context);
	for (int i = 0, key = 0; i < merge->nclaimed; i++, key++)
	{
		const BingoColumn *column;

		key += key == merge->merged_key;
		column = &merge->definition->sort[key].column;
		merge->limit_nulls[i] = boundary->nulls[key];
		merge->limit[i] = boundary->nulls[key] ? (Datum) 0 :
			datumCopy(boundary->values[key], get_typbyval(column->type), get_typlen(column->type));
	}
	MemoryContextSwitchTo(old);
	merge->limited = true;
	return NULL;
}

/* --- the parts --- */

/* Each window is searched for each element; what of that is there?  NULL, or why nothing can be given. */
static const char *
prepare_parts(BingoMerge *merge, int nelements)
{
	const char *reason = NULL;

	merge->limited = false;
	merge->limiter = NULL;
	for (int i = 0; i < merge->nleaves * nelements && reason == NULL; i++)
	{
		BingoMergePart *part = &merge->parts[i];

		part->leaf = &merge->leaves[i % merge->nleaves];
		part->element = i / merge->nleaves;
		part->ends = !has_all(merge, part);
		if (part->ends && bingo_end_lacks_rows(&part->leaf->end))
			reason = BINGO_END_LACKS_ROWS;
		else if (part->ends && merge->nleaves > 1)
			reason = limit_by(merge, part->leaf);
		else if (part->ends && !merge->may_stop)
			reason = BINGO_MERGED_PART;
	}
	return reason;
}

const char *
bingo_merge_start(BingoMerge *merge, BingoSearch *search)
{
	int			nelements = search->list >= 0 ? search->nelements : 1;
	const char *reason;
	MemoryContext old;
	int			i;

	if (nelements == 0)
		return "its list has no value";
	if (nelements * merge->nleaves > BINGO_MOST_MERGED)
		return BINGO_MERGED_TOO_MANY;
	merge->search = search;
	reason = prepare_parts(merge, nelements);
	if (reason != NULL)
		return reason;
	merge->stopped = false;
	binaryheap_reset(merge->queue);
	merge->given = false;
	merge->keeps_pages = nelements * merge->nleaves <= BINGO_MOST_WITH_PAGES;
	old = MemoryContextSwitchTo(merge->context);
	for (i = 0; i < nelements * merge->nleaves; i++)
	{
		BingoMergePart *part = &merge->parts[i];

		CHECK_FOR_INTERRUPTS();
		start_part(merge, part);
		merge->nparts = Max(merge->nparts, i + 1);
		if (!advance_part(merge, part))
		{
			merge->stopped = merge->stopped || (part->ends && !merge->limited);
			continue;
		}
		rest_part(merge, part);
		binaryheap_add_unordered(merge->queue, Int32GetDatum(i));
	}
	MemoryContextSwitchTo(old);
	binaryheap_build(merge->queue);
	return merge->stopped ? "of some value the window has no row" : NULL;
}

/* The part with the first row; there is one. */
static BingoMergePart *
first_part(const BingoMerge *merge)
{
	return &merge->parts[DatumGetInt32(binaryheap_first(merge->queue))];
}

TupleTableSlot *
bingo_merge_next(BingoMerge *merge)
{
	if (merge->given && !binaryheap_empty(merge->queue))
	{
		BingoMergePart *before = first_part(merge);

		if (!advance_part(merge, before))
		{
			(void) binaryheap_remove_first(merge->queue);
			merge->stopped = before->ends && !merge->limited;
		}
		else
		{
			binaryheap_replace_first(merge->queue, binaryheap_first(merge->queue));
			if (first_part(merge) != before)
				rest_part(merge, before);
		}
	}
	if (merge->limited && (binaryheap_empty(merge->queue) || !is_before_limit(merge, first_part(merge)->slot)))
		merge->stopped = true;
	if (merge->stopped || binaryheap_empty(merge->queue))
		return NULL;
	merge->given = true;
	return first_part(merge)->slot;
}

BingoLeaf *
bingo_merge_leaf(const BingoMerge *merge)
{
	return first_part(merge)->leaf;
}

void
bingo_merge_release(BingoMerge *merge)
{
	int			i;

	for (i = 0; i < merge->nparts; i++)
	{
		ExecClearTuple(merge->parts[i].slot);
		bingo_page_release(&merge->parts[i].pages);
	}
}

void
bingo_merge_end(BingoMerge *merge)
{
	int			i;

	bingo_merge_release(merge);
	for (i = 0; i < merge->nparts; i++)
	{
		index_endscan(merge->parts[i].scan);
		ExecDropSingleTupleTableSlot(merge->parts[i].slot);
	}
}
