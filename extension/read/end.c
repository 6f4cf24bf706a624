/*
 * read/end.c
 *	  Where a scan of a window has to stop, and what that says.
 *
 * Read under the snapshot of the execution, once, when first needed: the boundary, here F,
 * and whether the window's file is the one that this snapshot's pg_class has.
 *
 * The tie rule.  Let the claimed order be that of the first m sort keys, constant
 * ones included, and g the group of rows that have the boundary's values of these m.
 * If m is less than all, the window gives only rows of groups before g.
 * Proof: the snapshot's window has every joined row up to the boundary, so every row
 * of a group before g; of g itself perhaps only some.  The plan behind, under the
 * same conditions and sorted by the claimed keys, has exactly the rows of the groups
 * before g that satisfy the conditions as its first N, in some order of the ties; so
 * skipping N of its rows leaves each row once, in a legal order.  With m all keys the
 * order is total, and any prefix that the window has is the plan behind's own.
 *
 * The end of a search.  All rows that a search can find are in the window if it ends
 * strictly before the boundary: its constants, in the order of the sort keys, stand
 * before the boundary's values.  The boundary is changed in the same transactions as
 * the rows.  The one change that is not of any snapshot is TRUNCATE, which gives the
 * window a new file and leaves an older snapshot without rows but perhaps with a
 * boundary: hence the look at the file, before anything is called complete.  The same holds for a boundary that says
 * "everything".  Rows that are given need no such look: who sees a row in the file sees its file.  Proof: the row came there by the transaction
 * that made the file, or by one that began to write there when that was committed, and a snapshot that sees the later one sees the earlier
 * one.  (A rewrite that keeps older rows, VACUUM FULL, keeps them for every snapshot; and it makes the ordering unusable until it is filled again.)
 * So the look is spared whoever has been given a row.
 *
 * Where the rows of each key are counted (store/cut.c) the boundary is the one of the key that is
 * searched for, if it has one; that is looked up at every start, under the same snapshot.  A search that has not
 * one key, or one after the other, goes over the end of those that are cut: then there must be none.  If it can't be
 * told what is cut the window gives nothing; nor does it of a key that the snapshot sees a mark of, of which rows may
 * be missing anywhere.
 *
 * That no mark is seen says something only of a boundary's relation in which the snapshot sees F: one that was emptied (REFRESH MATERIALIZED VIEW)
 * has lost its marks, and what refills the window afterwards writes F anew.  Nor is F looked for if the key has a cut that is seen: whoever wrote that
 * had the gate, and saw F there before, or wrote both, so who sees the cut sees F.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/nbtree.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "store/want.h"
#include "read/end.h"

void
bingo_end_init(BingoEnd *end, Relation heap, Relation index, const BingoOrdering *ordering,
			   Snapshot snapshot, int covered)
{
	end->heap = heap;
	end->index = index;
	end->ordering = ordering;
	end->snapshot = snapshot;
	end->context = CurrentMemoryContext;
	end->covered = covered;
	end->current = &end->boundary;
}

/* Does the snapshot see F?  Then it is read. */
static bool
sees_boundary(BingoEnd *end)
{
	MemoryContext old;

	if (end->looked)
		return end->seen;
	old = MemoryContextSwitchTo(end->context);
	if (end->cuts.relation != NULL)
		end->seen = bingo_boundary_read(end->cuts.relation, end->cuts.index, end->ordering, end->snapshot, end->cuts.other,
										&end->boundary);
	else
		end->seen = bingo_window_read_boundary(end->ordering, end->snapshot, &end->boundary);
	MemoryContextSwitchTo(old);
	end->looked = true;
	return end->seen;
}

static bool
sees_file(BingoEnd *end)
{
	if (!end->looked_at_file)
		end->same_file = bingo_window_same_file(end->heap, end->snapshot);
	end->looked_at_file = true;
	return end->same_file;
}

void
bingo_end_note_row(BingoEnd *end)
{
	end->looked_at_file = end->same_file = true;
}

bool
bingo_end_is_known(BingoEnd *end)
{
	return sees_boundary(end) && sees_file(end);
}

/* Has the search one value of each column of the key? */
static bool
is_of_one_key(const BingoEnd *end, const BingoSearch *search)
{
	for (int i = 0; i < end->ordering->definition->nkeys; i++)
		if (i >= search->nfixed || search->keys[i].sk_attno != i + 1 ||
			search->keys[i].sk_strategy != BTEqualStrategyNumber)
			return false;
	return true;
}

static bool
has_cut_key(BingoEnd *end)
{
	bingo_cut_start(&end->cuts);
	return bingo_cut_next(&end->cuts, &end->cut);
}

/* The boundary that counts for the search; false: none does, as the key is marked. */
static bool
choose_boundary(BingoEnd *end, const BingoSearch *search)
{
	end->current = bingo_cut_find_searched(&end->cuts, search->keys, &end->cut) ? &end->cut : &end->boundary;
	if (end->cuts.marked)
		bingo_want_upkeep();
	return !end->cuts.marked;
}

bool
bingo_end_lacks_rows(const BingoEnd *end)
{
	return end->cuts.marked;
}

static bool
open_cuts(BingoEnd *end)
{
	MemoryContext old;
	bool		open;

	if (end->cuts.relation != NULL)
		return true;
	old = MemoryContextSwitchTo(end->context);
	open = bingo_cut_open(&end->cuts, end->ordering, end->snapshot, NULL);
	MemoryContextSwitchTo(old);
	return open;
}

const char *
bingo_end_start_keys(BingoEnd *end)
{
	if (end->ordering->definition->nkeys == 0)
		return NULL;
	return open_cuts(end) && sees_boundary(end) ? NULL : BINGO_END_NOT_KNOWN;
}

/* The search is of one key, the same until it is started again: its boundary is chosen once.  NULL, or the reason if there is none. */
static const char *
start_key(BingoEnd *end, const BingoSearch *search)
{
	if (!open_cuts(end))
		return BINGO_END_NOT_KNOWN;
	if (!choose_boundary(end, search))
		return BINGO_END_LACKS_ROWS;
	return end->current == &end->cut || sees_boundary(end) ? NULL : BINGO_END_NOT_KNOWN;
}

/* Do the values of a list make several keys of it, one after the other? */
static bool
is_of_several_keys(const BingoEnd *end, const BingoSearch *search)
{
	return search->list >= 0 && search->list < end->ordering->definition->nkeys;
}

const char *
bingo_end_start(BingoEnd *end, const BingoSearch *search)
{
	const char *reason;

	if (end->ordering->definition->nkeys == 0)
		return NULL;
	if (is_of_one_key(end, search) && !is_of_several_keys(end, search))
		return start_key(end, search);
	reason = bingo_end_start_keys(end);
	if (reason == NULL && !is_of_one_key(end, search) && has_cut_key(end))
		reason = "of some values the window has only the first rows";
	return reason;
}

void
bingo_end_finish(BingoEnd *end)
{
	if (end->cuts.relation != NULL)
		bingo_cut_close(&end->cuts);
}

static bool
has_ties(const BingoEnd *end)
{
	return end->covered < end->ordering->definition->nsort;
}

bool
bingo_end_allows_start(BingoEnd *end)
{
	if (!has_ties(end))
		return true;
	return sees_boundary(end) && end->boundary.state != BINGO_BOUNDARY_NOTHING;
}

bool
bingo_end_is_reached(BingoEnd *end, TupleTableSlot *slot)
{
	const BingoDefinition *definition = end->ordering->definition;
	int			i;

	if (!has_ties(end) || end->current->state != BINGO_BOUNDARY_KEY)
		return false;
	for (i = 0; i < end->covered; i++)
	{
		bool		isnull;
		Datum		value = slot_getattr(slot, definition->sort[i].output + 1, &isnull);

		if (isnull != end->current->nulls[i])
			return false;
		if (!isnull &&
			DatumGetInt32(FunctionCall2Coll(index_getprocinfo(end->index, i + 1, BTORDER_PROC),
											definition->sort[i].collation, value, end->current->values[i])) != 0)
			return false;
	}
	return true;
}

/*
 * Where does the boundary stand, seen from the value of a search key, in the order of
 * the window: before it (negative), behind it (positive)?  False: there is no telling.
 */
static bool
compare_boundary(const BingoEnd *end, const ScanKey key, int *result)
{
	int			i = key->sk_attno - 1;
	const BingoSortKey *sort = &end->ordering->definition->sort[i];
	Oid			compare;

	if (end->current->nulls[i])
	{
		*result = sort->nulls_first ? -1 : 1;
		return true;
	}
	compare = get_opfamily_proc(end->index->rd_opfamily[i], end->index->rd_opcintype[i], key->sk_subtype, BTORDER_PROC);
	if (!OidIsValid(compare))
		return false;
	*result = DatumGetInt32(OidFunctionCall2Coll(compare, sort->collation, end->current->values[i], key->sk_argument));
	if (sort->descending)
		*result = *result > 0 ? -1 : (*result < 0 ? 1 : 0);
	return true;
}

/* Is the key one that the search ends at, as the window goes forward?  "strict": it is not reached itself. */
static bool
is_upper(const BingoEnd *end, const ScanKey key, bool *strict)
{
	bool		descending = end->ordering->definition->sort[key->sk_attno - 1].descending;

	*strict = key->sk_strategy == BTLessStrategyNumber || key->sk_strategy == BTGreaterStrategyNumber;
	if (descending)
		return key->sk_strategy == BTGreaterStrategyNumber || key->sk_strategy == BTGreaterEqualStrategyNumber;
	return key->sk_strategy == BTLessStrategyNumber || key->sk_strategy == BTLessEqualStrategyNumber;
}

/* Do all rows that the search can find stand before the boundary? */
static bool
ends_before_boundary(const BingoEnd *end, const BingoSearch *search)
{
	int			i;

	/* equality on the first keys, then ranges of the next one */
	for (i = 0; i < search->nkeys; i++)
	{
		ScanKey		key = &search->keys[i];
		bool		strict;
		int			result;

		if (key->sk_strategy == BTEqualStrategyNumber)
		{
			if (!compare_boundary(end, key, &result))
				return false;
			if (result != 0)
				return result > 0;
		}
		else if (is_upper(end, key, &strict) && compare_boundary(end, key, &result) &&
				 (result > 0 || (result == 0 && strict)))
			return true;
	}
	return false;
}

bool
bingo_end_is_everything(BingoEnd *end)
{
	return bingo_end_is_known(end) && end->boundary.state == BINGO_BOUNDARY_EVERYTHING;
}

bool
bingo_end_is_final(BingoEnd *end, const BingoSearch *search)
{
	if (!sees_file(end))
		return false;
	if (is_of_several_keys(end, search) && is_of_one_key(end, search) && !choose_boundary(end, search))
		return false;
	if (end->current == &end->boundary && !sees_boundary(end))
		return false;
	return end->current->state == BINGO_BOUNDARY_EVERYTHING ||
		(end->current->state == BINGO_BOUNDARY_KEY && ends_before_boundary(end, search));
}
