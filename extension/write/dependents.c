/*
 * write/dependents.c
 *	  From changed rows of dimensions to the window rows that depend on them.
 *
 * Two ways lead there.
 *
 *	Upwards		from a changed row's key through the parents' indexes to the
 *				driving rows, each of which is then looked at like one that has
 *				changed itself.  Works for every change, and is the shorter way
 *				for a few rows.
 *	Through		the whole window is read, and what a changed row has given to a
 *	the window	window row is replaced in place.  Only for changes that can't
 *				bring rows into the window, take them out or move them: rows
 *				of one dimension were updated, none came or went, and no column
 *				that joins or sorts is another ("placing" in write/pending.h).
 *				And the window must show by which key each row was joined.
 *
 * The window is read if the way upwards can be expected to lead over more rows than
 * a PATIENCE-th of its own, or has in fact: a popular row may have many times more
 * dependents than the window has rows.  What was done until then is not done
 * again, as nothing is found to differ.  If it can't be read the ordering turns
 * invalid.  Rows of every level count: a country may have a million customers, and
 * these not one order.
 *
 * Why the other columns of such a window row need no look: its key is locked
 * exclusive (or the gate stands for it), so whoever changed the driving row, or
 * another dimension's row that it joins with, has committed before our snapshot
 * was taken or will work after us, on the row that we leave; and we ourselves
 * have changed nothing else.
 *
 * A window row without a row of an optional table, be its key NULL or not, has nothing to be
 * replaced: no row came or went.
 */
#include "postgres.h"

#include "access/tableam.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "write/compute.h"
#include "write/work.h"

#define PATIENCE	16			/* part of the window's rows */
#define FEWEST_BETWEEN	10000	/* rows between the changed and the driving ones that are always looked at */

/* Returned by the way upwards when the other one is better. */
static const char *const change_way = "another way is shorter";

static const char *const too_many_rows =
"a changed row leads to more rows than a refill costs";

typedef struct Upwards
{
	BingoWork  *work;
	int64		visited;		/* driving rows */
	int64		most_visited;
	int64		between;		/* rows of the dimensions on the way */
	int64		most_between;
	const char *too_many;		/* what to return beyond either */
} Upwards;

/*
 * Every driving row that joins, perhaps over other dimensions, with a key of a
 * dimension.
 */
static const char *
apply_upwards(Upwards *upwards, int table, Datum *own_key)
{
	BingoWork  *work = upwards->work;
	BingoDefinition *definition = work->ordering->definition;
	int			parent = definition->tables[table].parent;
	TupleTableSlot *slot;
	const char *failure;

	bingo_fetch_parents(&work->fetch, table, own_key);
	while ((slot = bingo_fetch_next_parent(&work->fetch, table)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (parent != 0 && ++upwards->between > upwards->most_between)
			failure = upwards->too_many;
		else if (parent != 0)
		{
			BingoTable *t = &definition->tables[parent];
			Datum		parent_key[BINGO_MAX_KEYS];
			bool		isnull = false;

			for (int i = 0; i < t->njoin && !isnull; i++)
				parent_key[i] = slot_getattr(slot, t->join[i].attno, &isnull);
			failure = isnull ? NULL : apply_upwards(upwards, parent, parent_key);
		}
		else if (++upwards->visited > upwards->most_visited)
			failure = upwards->too_many;
		else
		{
			bingo_fetch_set_driving(&work->fetch, slot);
			if (!bingo_fetch_passes(&work->fetch, 0, slot))
				failure = work->fetch.failure; /* or NULL: not in the window, unless we have changed it, and that is an image's matter */
			else if (!work->leading_changed &&
				bingo_fetch_verdict(&work->fetch, true) != BINGO_VERDICT_UNDECIDED)
				failure = work->fetch.failure;	/* or NULL: outside before and after */
			else
				failure = bingo_maintain_row(work, true);
		}
		if (failure)
			return failure;
	}
	return NULL;
}

static const char *
apply_images(Upwards *upwards)
{
	BingoWork  *work = upwards->work;
	BingoImage	image;
	const char *failure = NULL;

	bingo_pending_rewind(work->pending);
	while (failure == NULL && bingo_pending_next(work->pending, &image))
	{
		bool		isnull = false;

		if (image.table == 0)
			continue;
		for (int i = 0; i < work->ordering->definition->tables[image.table].njoin; i++)
			isnull |= image.isnull[i];
		if (!isnull)
			failure = apply_upwards(upwards, image.table, image.values);
	}
	return failure;
}

/* --- through the window --- */

/* The only dimension whose rows have changed, if the window shows its key and no row has moved; else 0. */
static int
find_payload_table(BingoWork *work)
{
	int			found = 0;

	if (work->ndriving > 0)
		return 0;
	for (int i = 1; i < work->ordering->definition->ntables; i++)
	{
		if (bingo_pending_count(work->pending, i) == 0)
			continue;
		if (found || bingo_pending_has_placing(work->pending, i) ||
			work->fetch.plan->window_join[i] == NULL)
			return 0;
		found = i;
	}
	return found;
}

/* Is it one of the keys?  By hash: a row too many is found not to differ. */
static bool
contains(const uint32 *hashes, int nhashes, uint32 hash)
{
	int			low = 0;
	int			high = nhashes;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (hashes[middle] < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low < nhashes && hashes[low] == hash;
}

/* The window row in old_slot with what the dimension's row has now. */
static const char *
replace_payload(BingoWork *work, int table, TupleTableSlot *row)
{
	BingoDefinition *definition = work->ordering->definition;
	BingoWindow *window = &work->window;
	TupleTableSlot *slot = window->new_slot;
	const char *failure;

	slot_getallattrs(window->old_slot);
	ExecClearTuple(slot);
	bingo_compute_forget(work->ordering);
	for (int i = 0; i < definition->noutput; i++)
	{
		BingoColumn *column = &definition->output[i];

		slot->tts_values[i] = window->old_slot->tts_values[i];
		slot->tts_isnull[i] = window->old_slot->tts_isnull[i];
		if (column->table == table)
			slot->tts_values[i] = bingo_fetch_value(&work->fetch, column, row, &slot->tts_isnull[i]);
	}
	ExecStoreVirtualTuple(slot);
	if (bingo_window_is_same(window))
		return NULL;
	if (!bingo_window_fits(window, slot))
		return "a row is too long for the window or its index";
	if (!bingo_maintain_count(work, &failure))
		return failure;
	return bingo_window_update(window) ? NULL : window->failure;
}

static const char *
apply_window_row(BingoWork *work, int table, const uint32 *hashes, int nhashes)
{
	TupleTableSlot *slot = work->window.old_slot;
	int		   *places = work->fetch.plan->window_join[table];
	int			njoin = work->ordering->definition->tables[table].njoin;
	bool		may_lack = work->ordering->definition->tables[table].optional;
	Datum		key[BINGO_MAX_KEYS];
	TupleTableSlot *row;

	for (int i = 0; i < njoin; i++)
	{
		bool		isnull;

		key[i] = slot_getattr(slot, places[i] + 1, &isnull);
		if (isnull)
			return may_lack ? NULL : "the window has a row without a key";
	}
	if (hashes && !contains(hashes, nhashes, bingo_fetch_parent_hash(&work->fetch, table, key)))
		return NULL;
	row = bingo_fetch_by_key(&work->fetch, table, key);
	if (row == NULL)
		return may_lack ? NULL : "a row of the window joins with nothing";
	return replace_payload(work, table, row);
}

static const char *
apply_through_window(BingoWork *work, int table)
{
	BingoWindow *window = &work->window;
	Snapshot	snapshot = work->fetch.snapshot;
	int64		count = bingo_pending_count(work->pending, table);
	uint32	   *hashes = NULL;	/* NULL: as if of all keys */
	int			nhashes = 0;
	bool		serializable = IsolationIsSerializable();	/* see store/visible.c */
	TableScanDesc scan = bingo_table_beginscan(window->relation, serializable ? SnapshotAny : snapshot);
	const char *failure = NULL;

	if (count <= bingo_window_estimate_rows(work->ordering) && count * sizeof(uint32) <= Min(work_mem * (Size) 1024, MaxAllocSize))
	{
		hashes = palloc(count * sizeof(uint32));
		nhashes = bingo_keys_own_hashes(work, table, hashes);
	}
	/* What is written meanwhile is of a command that the snapshot does not see. */
	while (failure == NULL && table_scan_getnextslot(scan, ForwardScanDirection, window->old_slot))
	{
		CHECK_FOR_INTERRUPTS();
		if (!serializable ||
			table_tuple_satisfies_snapshot(window->relation, window->old_slot, snapshot))
			failure = apply_window_row(work, table, hashes, nhashes);
	}
	table_endscan(scan);
	bingo_maintain_advance();
	return failure;
}

bool
bingo_dependents_open(BingoWork *work)
{
	BingoDefinition *definition = work->ordering->definition;
	bool		parents[BINGO_MAX_TABLES] = {false};

	for (int i = definition->ntables - 1; i > 0; i--)
	{
		if (bingo_pending_count(work->pending, i) > 0)
		{
			for (int table = i; table > 0; table = definition->tables[table].parent)
				parents[table] = true;
		}
	}
	for (int i = 1; i < definition->ntables; i++)
	{
		if (!bingo_fetch_open(&work->fetch, i, parents[i]))
			return false;
	}
	return bingo_fetch_open_driving(&work->fetch);
}

/* How many rows, of all levels, the way upwards from the changed rows of a table may lead to. */
static double
estimate_visits(BingoWork *work, int table)
{
	double		own = work->fetch.relation[table]->rd_rel->reltuples;
	double		visits = 0;

	for (int i = table; i > 0;)
	{
		i = work->ordering->definition->tables[i].parent;
		visits += Max(work->fetch.relation[i]->rd_rel->reltuples, 1);
	}
	return bingo_pending_count(work->pending, table) * visits / Max(own, 1);
}

const char *
bingo_dependents_apply(BingoWork *work)
{
	int			payload = work->light ? 0 : find_payload_table(work);
	int64		window_rows = bingo_window_estimate_rows(work->ordering);
	Upwards		upwards = {
		.work = work,
		.most_visited = payload ? window_rows / PATIENCE : window_rows + BINGO_FEWEST_CHANGES,
		.most_between = payload ? window_rows / PATIENCE : window_rows + FEWEST_BETWEEN,
		.too_many = payload ? change_way : too_many_rows,
	};
	const char *failure;

	if (payload && estimate_visits(work, payload) > upwards.most_visited)
		failure = change_way;
	else
		failure = apply_images(&upwards);
	return failure == change_way ? apply_through_window(work, payload) : failure;
}
