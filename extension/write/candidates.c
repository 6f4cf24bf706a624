/*
 * write/candidates.c
 *	  Driving rows that nobody has changed, brought into the window as if somebody had: for upkeep, which has noted
 *	  their keys without a lock (upkeep/slow_key.c).
 *
 * What stands at the head of write/maintain.c holds: the gate EXCLUSIVE stands for all locks, and the snapshot is taken
 * under it.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/snapmgr.h"

#include "write/candidates.h"
#include "write/work.h"

static const char *
open_all(BingoWork *work)
{
	BingoFetch *fetch = &work->fetch;

	for (int i = 0; i < work->ordering->definition->ntables; i++)
		if (!bingo_fetch_open(fetch, i, false))
			return fetch->failure;
	fetch->boundary = bingo_window_boundary(work->ordering, work->patience);
	if (fetch->boundary == NULL)
		return "the boundary of the window was locked";
	return bingo_window_open(&work->window, work->ordering, work->patience) ? NULL : work->window.failure;
}

static const char *
apply(BingoWork *work, List *keys)
{
	const BingoDefinition *definition = work->ordering->definition;
	Datum		values[BINGO_MAX_IMAGE] = {0};
	bool		nulls[BINGO_MAX_IMAGE] = {false};
	BingoImage	image = {.values = values, .isnull = nulls};
	const char *failure = NULL;
	ListCell   *cell;

	foreach(cell, keys)
	{
		const Datum *key = lfirst(cell);

		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < definition->ndriving; i++)
			values[work->fetch.plan->image_driving[i]] = key[i];
		failure = bingo_maintain_row(work, bingo_fetch_driving(&work->fetch, &image));
		if (failure)
			break;
	}
	return failure ? failure : work->fetch.failure;
}

const char *
bingo_candidates_apply(BingoOrdering *ordering, List *keys)
{
	BingoPatience patience;
	BingoWork	work;
	const char *failure;

	Assert(bingo_lock_gate_is_closed(ordering->id));
	if (bingo_plan_get(ordering) == NULL)
		return ordering->reason;
	bingo_lock_start(&patience, BINGO_PATIENCE_LIMIT);
	memset(&work, 0, offsetof(BingoWork, window));
	work.window.relation = NULL;
	work.ordering = ordering;
	work.patience = &patience;
	work.gate = work.escalated = true;
	work.most_changes = PG_INT64_MAX;
	bingo_fetch_begin(&work.fetch, ordering, &patience, NULL);
	failure = open_all(&work);
	if (failure == NULL)
	{
		CommandCounterIncrement();
		bingo_fetch_snapshot(&work.fetch);
		failure = apply(&work, keys);
	}
	if (work.window.relation)
		bingo_window_close(&work.window);
	bingo_fetch_end(&work.fetch);
	return failure;
}
