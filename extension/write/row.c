/*
 * write/row.c
 *	  One driving row brought into the window: the last step of the work at commit.
 *
 * Why that is right is told at the head of write/maintain.c.
 */
#include "postgres.h"

#include "access/tableam.h"
#include "access/xact.h"
#include "common/pg_prng.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "store/cut.h"
#include "store/visible.h"
#include "store/want.h"
#include "store/want_keys.h"
#include "write/work.h"

#define CHANGES_BETWEEN_LOOKS 8	/* part of the rows of a key */
#define MOST_COUNTED	1000	/* of more rows of a key upkeep counts, not a commit */

bool
bingo_maintain_count(BingoWork *work, const char **failure)
{
	if (++work->changes <= work->most_changes)
		return true;
	*failure = bingo_too_many_changes;
	return false;
}

void
bingo_maintain_advance(void)
{
	CommandCounterIncrement();
	UpdateActiveSnapshotCommandId();
	/* whoever wants to stop us may have waited while a page was locked */
	CHECK_FOR_INTERRUPTS();
}

/* The window's index in its order; NULL if it has just got another OID. */
static Relation
find_order(const BingoWindow *window)
{
	for (int i = 0; i < window->nindexes; i++)
		if (RelationGetRelid(window->indexes[i]) == window->ordering->window_order)
			return window->indexes[i];
	return NULL;
}

static void
get_key(BingoWork *work, TupleTableSlot *row, Datum *values, bool *nulls)
{
	const BingoDefinition *definition = work->ordering->definition;

	for (int i = 0; i < definition->nkeys; i++)
		values[i] = slot_getattr(row, definition->sort[i].output + 1, &nulls[i]);
}

/*
 * How many rows the window has of a key, at most so many.  Rough: entries of the index, of
 * which some may be of rows that are gone, so rather too many; but ten of them are read in the time of one row.
 */
static int64
count_key(BingoWork *work, Relation order, const Datum *values, const bool *nulls, int64 most, bool rough)
{
	const BingoDefinition *definition = work->ordering->definition;
	ScanKeyData keys[BINGO_MAX_KEYS];
	IndexScanDesc scan;
	TupleTableSlot *slot = NULL;
	int64		count = 0;

	for (int i = 0; i < definition->nkeys; i++)
		if (!bingo_cut_prepare(&keys[i], order, i, values[i], nulls[i]))
			return 0;
	if (!rough)
		slot = table_slot_create(work->window.relation, NULL);
	scan = bingo_visible_begin(work->window.relation, order, work->fetch.snapshot, definition->nkeys);
	index_rescan(scan, keys, definition->nkeys, NULL, 0);
	while (count < most && (rough ? index_getnext_tid(scan, ForwardScanDirection) != NULL :
							bingo_visible_next(scan, work->fetch.snapshot, slot)))
		count++;
	index_endscan(scan);
	if (slot)
		ExecDropSingleTupleTableSlot(slot);
	return count;
}

/*
 * Has upkeep to cut or extend the key?  A row that was inserted can't have made them too few, and if the entries are few enough
 * the rows are.  What would take long to count it looks at itself.
 */
static bool
is_wrong(BingoWork *work, Relation order, const Datum *values, const bool *nulls, bool inserted)
{
	int64		rows = work->ordering->window_rows;
	int64		count;

	if (rows > MOST_COUNTED)
		return true;
	if (inserted && count_key(work, order, values, nulls, 2 * rows + 1, true) <= 2 * rows)
		return false;
	count = count_key(work, order, values, nulls, 2 * rows + 1, false);
	return count > 2 * rows || (count < (rows + 1) / 2 && bingo_fetch_find_cut(&work->fetch, values, nulls));
}

/*
 * Of one change in so many it is found out, so that a key can't get far without; of which is
 * left to chance, as of changes that take turns the same would always be looked at.
 */
static void
look_at_key(BingoWork *work, TupleTableSlot *row, bool inserted)
{
	int64		rows = work->ordering->window_rows;
	Relation	order = find_order(&work->window);
	Datum		values[BINGO_MAX_KEYS];
	bool		nulls[BINGO_MAX_KEYS];

	if (order == NULL || pg_prng_uint64_range(&pg_global_prng_state, 1, Max(rows / CHANGES_BETWEEN_LOOKS, 1)) > 1)
		return;
	get_key(work, row, values, nulls);
	if (!bingo_want_key_is_known(work->ordering, values, nulls) && !is_wrong(work, order, values, nulls, inserted))
		return;
	bingo_want_key(work->ordering, values, nulls);
	bingo_want_upkeep();
}

/* The row at hand is wanted: does it come to a key that the window did not have it in? */
static bool
comes_to_key(BingoWork *work, int found)
{
	const BingoDefinition *definition = work->ordering->definition;

	if (definition->nkeys == 0)
		return false;
	for (int i = 0; found > 0 && i < definition->nkeys; i++)
	{
		int			column = definition->sort[i].output + 1;
		bool		old_null;
		bool		new_null;
		Datum		old = slot_getattr(work->window.old_slot, column, &old_null);
		Datum		new = slot_getattr(work->window.new_slot, column, &new_null);

		if (ApplySortComparator(old, old_null, new, new_null, &work->fetch.plan->sort[i]) != 0)
			return true;
	}
	return found == 0;
}

const char *
bingo_maintain_row(BingoWork *work, bool exists)
{
	BingoFetch *fetch = &work->fetch;
	BingoWindow *window = &work->window;
	TupleTableSlot *slot = window->new_slot;
	Datum		key[BINGO_MAX_KEYS];
	bool		isnull[BINGO_MAX_KEYS];
	bool		wanted = exists && bingo_fetch_passes(fetch, 0, fetch->driving) &&
		bingo_fetch_verdict(fetch, false) == BINGO_VERDICT_INSIDE;
	int			found = 0;
	bool		done;
	const char *failure = NULL;

	CHECK_FOR_INTERRUPTS();
	if (fetch->failure)
		return fetch->failure;
	if (!work->fresh)
	{
		if (!bingo_window_expect_old(window))
			return window->failure;
		bingo_fetch_key(fetch, key, isnull);
		found = bingo_window_probe(window, key, fetch->snapshot);
	}
	if (found > 1)
		return "the window has several rows of one key";
	if (!wanted && !found)
		return NULL;

	if (wanted)
	{
		if (!bingo_fetch_lock_toast(fetch))
			return fetch->failure;
		ExecClearTuple(slot);
		bingo_fetch_output(fetch, slot->tts_values, slot->tts_isnull);
		ExecStoreVirtualTuple(slot);
		if (fetch->failure)
			return fetch->failure;
		if (found && bingo_window_is_same(window))
			return NULL;
		if (!bingo_window_fits(window, slot))
			return "a row is too long for the window or its index";
		if (comes_to_key(work, found))
			wanted = !bingo_give_up_key(work, &failure);
		if (failure || (!wanted && !found))
			return failure;
	}
	if (!bingo_maintain_count(work, &failure))
		return failure;

	if (!found)
		done = bingo_window_insert(window);
	else if (wanted)
		done = bingo_window_update(window);
	else
		done = bingo_window_delete(window);
	if (!done)
		return window->failure;
	bingo_maintain_advance();
	if (work->ordering->definition->nkeys > 0)
		look_at_key(work, wanted ? slot : window->old_slot, !found);
	return NULL;
}
