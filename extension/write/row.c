/*
 * write/row.c
 *	  One driving row brought into the window: the last step of the work at commit.
 *
 * Why that is right is told at the head of write/maintain.c.
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "write/work.h"

const char *const bingo_too_many_changes =
"more rows were changed in one transaction than a refill costs";

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
	const char *failure;

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
	return NULL;
}
