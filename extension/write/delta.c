/*
 * write/delta.c
 *	  Counters: what a transaction changes of counts, from the row triggers to the window.
 *
 *	  row change -> filter of the old and the new image -> key's sum + 1 or - 1, in memory
 *		-> commit: a row (keys, n, age) in the window for each key whose sum is not 0
 *
 * The window of a counter is a heap of such changes.  The count of a key under a snapshot
 * is the sum of n over the rows of that key which it sees:
 *
 *	(S) At each snapshot that sees the window complete (read/count_exec.c), and for each key,
 *		the sum of n over the rows seen is the number of the table's rows seen that pass the
 *		filter and have that key.
 *
 * Proof.  upkeep/recount.c makes (S) true for its own snapshot and says why for all later
 * ones as far as it goes.  A transaction changes both sides by the same: its triggers see
 * each row that it inserts, deletes or changes, once, and it inserts the sums before it
 * commits; whoever sees its rows sees these, and nobody else.  What folds rows (write/fold.c) deletes some and inserts their
 * sum in one transaction: a snapshot sees the ones or the other.
 *
 * Nothing is updated, so nobody waits for anybody: no gate, no key locks, no row locks.
 * Changes are kept in memory (store/sums.c) and written once, at commit, so the rows are
 * few; a level with more than MOST_KEYS keys is written early, at its own level, which
 * rolls back with it.  Until then the transaction itself reads them from memory.
 *
 * What can't be written (the counter is not usable, its window is locked for too long, a key is too
 * long) leaves a mark instead.  One that the trigger itself can't tell is marked by
 * write/change.c.
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/snapmgr.h"

#include "base/attempt.h"
#include "base/compat.h"
#include "base/reserve.h"
#include "store/age.h"
#include "store/catalog.h"
#include "store/stats.h"
#include "store/sums.h"
#include "store/valid.h"
#include "store/window.h"
#include "write/borrow.h"
#include "write/delta.h"
#include "write/filter.h"
#include "write/fold.h"

#define MOST_KEYS 10000			/* of a level, in memory */

/* --- writing --- */

/* Returns why the rows could not be written; what was written until then is marked with the rest. */
static const char *
write_rows(BingoSums *sums, BingoWindow *window, BingoFold *fold)
{
	TupleTableSlot *slot = window->new_slot;
	const BingoSum *sum;

	bingo_sums_rewind(sums);
	while ((sum = bingo_sums_next(sums)) != NULL)
	{
		if (sum->n == 0)
			continue;
		ExecClearTuple(slot);
		for (int i = 0; i < sums->nkeys; i++)
		{
			slot->tts_values[i] = sum->key->values[i];
			slot->tts_isnull[i] = sum->key->nulls[i];
		}
		slot->tts_values[sums->nkeys] = Int64GetDatum(sum->n);
		slot->tts_isnull[sums->nkeys] = false;
		slot->tts_values[sums->nkeys + 1] = Int64GetDatum(bingo_age_own());
		slot->tts_isnull[sums->nkeys + 1] = false;
		ExecStoreVirtualTuple(slot);
		if (!bingo_window_fits(window, slot))
			return "a key is too long for an index";
		if (fold)
			bingo_fold_key(fold, window, sum->key->values, sum->key->nulls);
		if (DatumGetInt64(slot->tts_values[sums->nkeys]) == 0)
			continue;
		if (!bingo_window_insert(window))
			return window->failure;
		bingo_stats_add(sums->id, BINGO_COUNT_CHANGES, 1);
		CHECK_FOR_INTERRUPTS();
	}
	return NULL;
}

static const char *
write_sums(BingoSums *sums, BingoPatience *patience, bool lasting)
{
	BingoOrdering *counter;
	BingoWindow window;
	BingoFold	fold;
	const char *failure;
	bool		folds;

	if (!bingo_catalog_find(sums->id, patience, &counter))
		return "the definitions of the orderings were locked";
	if (counter == NULL || counter->window != sums->window)
		return bingo_window_exists(sums->window) ? "the counter was not found" : NULL;
	if (!counter->usable)
		return counter->reason;
	if (!bingo_window_open(&window, counter, patience))
	{
		failure = window.failure;
		bingo_window_close(&window);
		return failure;
	}
	/* at commit there is none any more, and the heap may have to toast */
	PushActiveSnapshot(GetLatestSnapshot());
	folds = lasting && bingo_fold_begin(&fold, counter, &window);
	failure = write_rows(sums, &window, folds ? &fold : NULL);
	if (folds)
		bingo_fold_end(&fold);
	PopActiveSnapshot();
	bingo_window_close(&window);
	CommandCounterIncrement();
	return failure;
}

typedef struct Flush
{
	BingoSums  *sums;
	BingoPatience *patience;
	const char *failure;
} Flush;

static void
write_contained(void *argument)
{
	Flush	   *flush = argument;

	flush->failure = write_sums(flush->sums, flush->patience, false);
}

/* Where the lock table may be full an error is a reason to mark the window, as in write/contain.c; nothing is folded then. */
static const char *
contain(BingoSums *sums, BingoPatience *patience)
{
	Flush		flush = {sums, patience, NULL};
	int			borrowed = bingo_borrow_count();
	ErrorData  *error = bingo_attempt_at_end(write_contained, &flush);

	if (error == NULL)
		return flush.failure;
	bingo_borrow_forget(borrowed);
	if (error->sqlerrcode != ERRCODE_OUT_OF_MEMORY)
		ReThrowError(error);
	return "there was no room in the lock table";
}

/* Writes what a level has of a counter, and forgets it. */
static void
flush(BingoSums *sums, BingoPatience *patience, bool lasting)
{
	const char *failure = bingo_sums_count(sums) == 0 ? NULL :
		bingo_reserve_is_tight() ? contain(sums, patience) : write_sums(sums, patience, lasting);

	if (failure)
		bingo_valid_invalidate(sums->window, failure);
	bingo_sums_clear(sums);
}

void
bingo_delta_write_all(BingoPatience *patience, bool lasting)
{
	ListCell   *cell;

	foreach(cell, bingo_sums_of_level())
		flush(lfirst(cell), patience, lasting);
}

void
bingo_delta_add(BingoOrdering *counter, TupleTableSlot *old, TupleTableSlot *new)
{
	BingoSums  *sums;

	if (old != NULL && !bingo_filter_passes(counter, 0, old))
		old = NULL;
	if (new != NULL && !bingo_filter_passes(counter, 0, new))
		new = NULL;
	if (old == NULL && new == NULL)
		return;
	sums = bingo_sums_get(counter);
	if (old)
		bingo_sums_add(sums, counter, old, -1);
	if (new)
		bingo_sums_add(sums, counter, new, 1);
	bingo_sums_note(counter, old, new);
	if (bingo_sums_count(sums) > MOST_KEYS)
	{
		BingoPatience patience;

		bingo_lock_start(&patience, BINGO_PATIENCE_LIMIT);
		flush(sums, &patience, false);
	}
}
