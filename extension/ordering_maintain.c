/*
 * ordering_maintain.c
 *	  The work at commit: from changed keys to the window.
 *
 * What holds for every MVCC snapshot that sees no invalidation row
 *
 *	(P) The window rows that it sees are the rows of the join, as it sees the
 *		tables, up to the boundary that it would read.
 *
 * A transaction changes tables and window together, so only what others do
 * between its reading and its commit can break (P).  Let D be a transaction that
 * changed driving rows only, M one that changed a dimension, U upkeep.  Each holds
 * its locks from the moment it reads until its commit is visible.
 *
 *	Boundary.	Moves by U only, under the gate EXCLUSIVE; D and M hold the gate
 *				ROW SHARE at least.  So it stands still, and U, whose snapshot
 *				comes after the gate, has seen every D and M that has worked;
 *				those that have not will work with U's boundary.
 *	M and M'.	Both could rebuild one window row, each with the other's old
 *				values.  The gate SHARE UPDATE EXCLUSIVE (conflicts with itself)
 *				lets only one of them past this point until it has committed.
 *	D and M.	A driving row s and a dimension row of key K meet if an image of s
 *				has K, old or new, and M changed a row of key K, from or to.  D
 *				holds K shared, M exclusive: the second reads what the first has
 *				committed.  M, second, finds s by K in the parent's index; D,
 *				second, finds K's row by its key.  It does not matter whether K has
 *				a row at all: the key is locked, not the row.  That is why
 *				no foreign key is needed.
 *	D and D'.	Share no driving key: PostgreSQL's row and unique-key locks, held
 *				to the end, have put them in order.
 *	Less locks.	D needs only the leading dimensions' keys if those rows alone put s
 *				outside, as the old and as the new image: an M on another key finds s
 *				outside too, whatever it sees of D, because the leading rows are
 *				locked.  A dimension without a row of the key likewise: it can't get
 *				one before D ends.
 *	Snowflake.	The key of a second-level dimension is read from the first level's
 *				row, which is locked by then.  An M that changes which key that is
 *				has locked the first level's key.
 *	Images.		A row that this transaction has not changed (an image of a rolled
 *				back subtransaction) is looked at as well, perhaps without the keys
 *				that it has by now.  For such a row window and tables agree in any
 *				one snapshot, so nothing is written.  One snapshot is used for both.
 *	Invalid.	If the snapshot sees an invalidation row nothing is done.  U removes
 *				that row under the gate EXCLUSIVE, after our end.  If the gate was
 *				not had, an invalidation row of our own is written: U does not
 *				remove it unless its snapshot sees it, and so our changes.
 *
 * Escalation: more keys than fit the lock table's share are replaced by the gate
 * SHARE (D: excludes M) or EXCLUSIVE (M: excludes D and M).
 *
 * State-based: for each driving key concerned the current row is read and joined,
 * the window's row is found by the key, and the difference is applied.  After
 * each change the command counter goes on and the snapshot with it, so a key that
 * comes twice finds nothing left to do.  Doing it again is always right.
 *
 * Too much, too big, or not as expected: an invalidation row, never an error.
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/tuptable.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "compat.h"
#include "ordering_change.h"
#include "ordering_fetch.h"
#include "ordering_stats.h"
#include "ordering_valid.h"
#include "ordering_window.h"

/*
 * A third of the window: changing a row in place costs about as much as filling
 * in three, and renaming 300 titles of /api/session's ordering stays below.
 */
#define REFILL_SHARE		3
#define FEWEST_CHANGES		1000	/* that are always worked off, however small the window */
#define MOST_HASHED			4096	/* images beyond which nobody counts their keys */
#define BULK				64		/* images from which dimension rows are kept */

typedef struct Work
{
	BingoPending *pending;
	BingoOrdering *ordering;
	BingoPatience *patience;
	BingoFetch	fetch;
	BingoWindow window;

	int64		ndriving;		/* images */
	int64		ndimension;
	bool		leading_changed;	/* among them: of a leading dimension */
	bool		escalated;		/* the gate stands for the keys */

	int64		most_changes;
	int64		changes;		/* of window rows */
	int64		visited;		/* driving rows reached from dimensions */

	/* driving images that may be, or have been, inside */
	bool		all_affected;
	int64		naffected;
	int64	   *affected;		/* else: their places among the driving images, ascending */
} Work;

/* Driving images one after the other: all of them, or the affected ones. */
typedef struct DrivingPass
{
	bool		all;
	int64		place;			/* of the image returned last */
	int64		next;			/* index into affected */
} DrivingPass;

static const char *const too_many_changes =
"more rows were changed in one transaction than a refill costs";

static MemoryContext work_context = NULL;

/* --- counting and locking --- */

static void
count_images(Work *work)
{
	BingoChangePlan *plan = work->fetch.plan;

	work->ndriving = bingo_pending_count(work->pending, 0);
	for (int i = 1; i < work->ordering->definition->ntables; i++)
	{
		int64		count = bingo_pending_count(work->pending, i);

		work->ndimension += count;
		if (count > 0 && plan->leading[i])
			work->leading_changed = true;
	}
}

static int
compare_hashes(const void *a, const void *b)
{
	uint32		x = *(const uint32 *) a;
	uint32		y = *(const uint32 *) b;

	return x < y ? -1 : x > y;
}

/* Sorts and makes unique; returns how many are left. */
static int
unique_hashes(uint32 *hashes, int nhashes)
{
	int			n = 0;

	if (nhashes <= 1)
		return nhashes;
	qsort(hashes, nhashes, sizeof(uint32), compare_hashes);
	for (int i = 0; i < nhashes; i++)
	{
		if (n == 0 || hashes[n - 1] != hashes[i])
			hashes[n++] = hashes[i];
	}
	return n;
}

static void
begin_pass(Work *work, DrivingPass *pass, bool only_affected)
{
	pass->all = !only_affected || work->all_affected;
	pass->place = -1;
	pass->next = 0;
	bingo_pending_rewind(work->pending);
}

static bool
next_driving(Work *work, DrivingPass *pass, BingoImage *image)
{
	while (bingo_pending_next(work->pending, image))
	{
		if (image->table != 0)
			continue;
		pass->place++;
		if (pass->all)
			return true;
		if (pass->next == work->naffected)
			return false;
		if (work->affected[pass->next] == pass->place)
		{
			pass->next++;
			return true;
		}
	}
	return false;
}

/* The different keys by which driving images join a dimension. */
static int
collect_join_hashes(Work *work, int table, bool only_affected, uint32 *hashes)
{
	DrivingPass pass;
	int			nhashes = 0;
	BingoImage	image;

	begin_pass(work, &pass, only_affected);
	while (next_driving(work, &pass, &image))
	{
		bingo_fetch_set_image(&work->fetch, &image);
		if (bingo_fetch_join_hash(&work->fetch, table, &hashes[nhashes]))
			nhashes++;
	}
	return unique_hashes(hashes, nhashes);
}

/*
 * Would the keys be too many?  An upper limit: each key of the first level leads
 * to one key of each level below at most.
 */
static bool
too_many_keys(Work *work)
{
	BingoDefinition *definition = work->ordering->definition;
	BingoChangePlan *plan = work->fetch.plan;
	int			most = bingo_lock_most_keys() / list_length(bingo_pending_all());	/* NOLINT(clang-analyzer-core.DivideZero): something changed */
	int			nkeys[BINGO_MAX_TABLES] = {0};
	int			total = 0;
	uint32	   *hashes;

	if (work->ndimension > 0)
		return work->ndimension > most;
	if (work->ndriving * plan->nranked <= most)
		return false;
	if (work->ndriving > MOST_HASHED)
		return true;

	hashes = palloc(work->ndriving * sizeof(uint32));
	for (int i = 0; i < plan->nranked && total <= most; i++)
	{
		int			table = plan->ranked[i];
		int			parent = definition->tables[table].parent;

		nkeys[table] = parent == 0 ?
			collect_join_hashes(work, table, false, hashes) : nkeys[parent];
		total += nkeys[table];
	}
	return total > most;
}

static LOCKMODE
gate_mode(Work *work)
{
	work->escalated = too_many_keys(work);
	if (work->ndimension > 0)
		return work->escalated ? ExclusiveLock : ShareUpdateExclusiveLock;
	return work->escalated ? ShareLock : RowShareLock;
}

/* While the table can't be read the answer is no: the work is done, which is never wrong. */
static bool
sees_invalidation(Work *work, Snapshot snapshot)
{
	return bingo_lock_relation(bingo_catalog_invalidation_relid(), AccessShareLock, NULL) &&
		bingo_valid_is_invalidated(work->ordering->id, snapshot);
}

static bool
is_invalid_now(Work *work)
{
	bool		invalid;

	PushActiveSnapshot(GetLatestSnapshot());
	invalid = sees_invalidation(work, GetActiveSnapshot());
	PopActiveSnapshot();
	return invalid;
}

/* While the ordering is invalid, wait for a chunk of upkeep at most. */
static bool
lock_gate(Work *work, LOCKMODE mode)
{
	BingoPatience brief;

	if (bingo_lock_relation(work->ordering->gate, mode, NULL))
		return true;
	if (!is_invalid_now(work))
		return bingo_lock_relation(work->ordering->gate, mode, work->patience);
	bingo_lock_start(&brief, BINGO_PATIENCE_INVALID);
	return bingo_lock_relation(work->ordering->gate, mode, &brief);
}

static bool
lock_keys(Work *work, int table, uint32 *hashes, int nhashes, LOCKMODE mode)
{
	for (int i = 0; i < nhashes; i++)
	{
		if (!bingo_lock_key(work->ordering->id, table, hashes[i], mode, work->patience))
			return false;
	}
	return true;
}

/* M: the keys of the changed dimension rows, exclusive. */
static bool
lock_changed_keys(Work *work)
{
	BingoChangePlan *plan = work->fetch.plan;
	uint32	   *hashes = palloc(work->ndimension * sizeof(uint32));

	for (int i = 0; i < plan->nranked; i++)
	{
		int			nhashes = 0;
		BingoImage	image;

		bingo_pending_rewind(work->pending);
		while (bingo_pending_next(work->pending, &image))
		{
			if (image.table == plan->ranked[i] &&
				bingo_fetch_own_hash(&work->fetch, &image, &hashes[nhashes]))
				nhashes++;
		}
		nhashes = unique_hashes(hashes, nhashes);
		if (!lock_keys(work, plan->ranked[i], hashes, nhashes, ExclusiveLock))
			return false;
	}
	return true;
}

/*
 * D: the keys by which driving images (all, or the affected) join the dimensions
 * ranked from .. to - 1, shared.  Below the first level they are read from the parents' rows, hence
 * under a snapshot taken after those were locked.
 */
static bool
lock_used_keys(Work *work, int from, int to, bool only_affected)
{
	BingoDefinition *definition = work->ordering->definition;
	BingoChangePlan *plan = work->fetch.plan;
	uint32		one;
	uint32	   *hashes = work->ndriving <= 1 ? &one : palloc(work->ndriving * sizeof(uint32));

	for (int i = from; i < to; i++)
	{
		int			table = plan->ranked[i];
		int			nhashes;

		if (definition->tables[table].parent != 0)
			bingo_fetch_snapshot(&work->fetch);
		nhashes = collect_join_hashes(work, table, only_affected, hashes);
		if (!lock_keys(work, table, hashes, nhashes, ShareLock))
			return false;
	}
	return true;
}

static bool
open_ranked(Work *work, int from, int to)
{
	for (int i = from; i < to; i++)
	{
		if (!bingo_fetch_open(&work->fetch, work->fetch.plan->ranked[i], false))
			return false;
	}
	return true;
}

/* --- one driving row --- */

/* Applies the difference between the row at hand, if it exists, and the window. */
static const char *
apply_row(Work *work, bool exists)
{
	BingoFetch *fetch = &work->fetch;
	BingoWindow *window = &work->window;
	TupleTableSlot *slot = window->new_slot;
	Datum		key[BINGO_MAX_KEYS];
	bool		isnull[BINGO_MAX_KEYS];
	bool		wanted = exists && bingo_fetch_verdict(fetch, false) == BINGO_VERDICT_INSIDE;
	int			found;
	bool		done = true;

	bingo_fetch_key(fetch, key, isnull);
	found = bingo_window_probe(window, key, fetch->snapshot);
	if (found > 1)
		return "the window has several rows of one key";
	if (!wanted && !found)
		return NULL;

	if (wanted)
	{
		ExecClearTuple(slot);
		bingo_fetch_output(fetch, slot->tts_values, slot->tts_isnull);
		ExecStoreVirtualTuple(slot);
		if (found && bingo_window_is_same(window))
			return NULL;
		if (!bingo_window_fits(window, slot))
			return "a row is too long for the window or its index";
	}
	if (++work->changes > work->most_changes)
		return too_many_changes;

	if (!found)
		bingo_window_insert(window);
	else if (wanted)
		done = bingo_window_update(window);
	else
		done = bingo_window_delete(window);
	if (!done)
		return "a row of the window was changed by somebody else";

	/* the next look at this key finds the work done */
	CommandCounterIncrement();
	UpdateActiveSnapshotCommandId();
	return NULL;
}

/* --- from driving images --- */

/*
 * Finds the images whose rows may be inside, or have been.  Where the leading
 * dimensions put one outside nothing is to be done: neither is it in the window
 * now, nor must it be.  That can't be told of old images if this transaction has
 * changed the leading dimensions itself.
 */
static const char *
find_affected(Work *work)
{
	DrivingPass pass;
	BingoImage	image;
	int64		room = 0;

	work->all_affected = work->leading_changed;
	if (work->all_affected)
	{
		work->naffected = work->ndriving;
		return NULL;
	}

	begin_pass(work, &pass, false);
	while (next_driving(work, &pass, &image))
	{
		bingo_fetch_set_image(&work->fetch, &image);
		if (bingo_fetch_verdict(&work->fetch, true) != BINGO_VERDICT_UNDECIDED)
			continue;
		/* an UPDATE has two images */
		if (work->naffected == 2 * work->most_changes)
			return too_many_changes;
		if (work->naffected == room)
		{
			room = Max(room * 2, 16);
			if (work->affected == NULL)
				work->affected = palloc(room * sizeof(int64));
			else
				work->affected = repalloc(work->affected, room * sizeof(int64));
		}
		work->affected[work->naffected++] = pass.place;
	}
	return NULL;
}

static const char *
apply_driving(Work *work)
{
	DrivingPass pass;
	BingoImage	image;
	const char *failure = NULL;

	begin_pass(work, &pass, true);
	while (failure == NULL && next_driving(work, &pass, &image))
		failure = apply_row(work, bingo_fetch_driving(&work->fetch, &image));
	return failure;
}

/* --- from dimension images --- */

/*
 * Every driving row that joins, perhaps over other dimensions, with a key of a
 * dimension.
 */
static const char *
apply_dependents(Work *work, int table, Datum *own_key)
{
	BingoDefinition *definition = work->ordering->definition;
	int			parent = definition->tables[table].parent;
	TupleTableSlot *slot;
	const char *failure;

	bingo_fetch_parents(&work->fetch, table, own_key);
	while ((slot = bingo_fetch_next_parent(&work->fetch, table)) != NULL)
	{
		if (parent != 0)
		{
			BingoTable *t = &definition->tables[parent];
			Datum		parent_key[BINGO_MAX_KEYS];
			bool		isnull = false;

			for (int i = 0; i < t->njoin && !isnull; i++)
				parent_key[i] = slot_getattr(slot, t->join[i].attno, &isnull);
			failure = isnull ? NULL : apply_dependents(work, parent, parent_key);
		}
		else if (++work->visited > work->ordering->window_rows + FEWEST_CHANGES)
			failure = too_many_changes;
		else
		{
			bingo_fetch_set_driving(&work->fetch, slot);
			if (!work->leading_changed &&
				bingo_fetch_verdict(&work->fetch, true) != BINGO_VERDICT_UNDECIDED)
				failure = NULL; /* outside before and after */
			else
				failure = apply_row(work, true);
		}
		if (failure)
			return failure;
	}
	return NULL;
}

static const char *
apply_dimensions(Work *work)
{
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
			failure = apply_dependents(work, image.table, image.values);
	}
	return failure;
}

/* Opens everything that a change may need: from each changed dimension up to the driving table. */
static bool
open_all(Work *work)
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
	for (int i = 0; i < definition->ntables; i++)
	{
		if (!bingo_fetch_open(&work->fetch, i, parents[i]))
			return false;
	}
	return true;
}

/* --- the whole --- */

/*
 * The gate is held.  Returns why the ordering must be invalidated, or NULL when
 * the window is right.
 */
static const char *
maintain_under_gate(Work *work)
{
	BingoFetch *fetch = &work->fetch;
	BingoChangePlan *plan = fetch->plan;
	const char *failure;

	fetch->boundary = bingo_window_boundary(work->ordering);
	if (fetch->boundary->state == BINGO_BOUNDARY_NOTHING)
		return NULL;

	if (!open_ranked(work, 0, plan->nleading))
		return fetch->failure;
	if (work->escalated)
		 /* the gate excludes whom the keys would */ ;
	else if (work->ndimension > 0 ? !lock_changed_keys(work) :
			 !lock_used_keys(work, 0, plan->nleading, false))
		return "another transaction held a key for too long";

	CommandCounterIncrement();
	bingo_fetch_snapshot(fetch);
	if (work->ndriving > 0)
	{
		failure = find_affected(work);
		if (failure)
			return failure;
	}
	if (work->naffected == 0 && work->ndimension == 0)
		return NULL;

	if (!open_all(work))
		return fetch->failure;
	if (work->ndimension == 0 && !work->escalated &&
		!lock_used_keys(work, plan->nleading, plan->nranked, true))
		return "another transaction held a key for too long";
	if (!bingo_window_open(&work->window, work->ordering, work->patience))
		return work->window.failure;
	bingo_fetch_snapshot(fetch);
	if (sees_invalidation(work, fetch->snapshot))
		return NULL;

	failure = work->naffected > 0 ? apply_driving(work) : NULL;
	return failure ? failure : apply_dimensions(work);
}

/*
 * Looks the ordering up, again after the gate was had: it may have been dropped
 * or changed until then.  False: there is nothing to maintain, or no way to.
 */
static bool
load_ordering(Work *work)
{
	BingoOrdering *ordering = bingo_catalog_by_id(bingo_pending_ordering(work->pending));

	if (ordering != NULL && ordering == work->ordering)
		return true;
	work->ordering = ordering;
	if (ordering == NULL || !ordering->usable || bingo_plan_get(ordering) == NULL)
		return false;
	work->most_changes = Max(ordering->window_rows / REFILL_SHARE, FEWEST_CHANGES);
	bingo_fetch_begin(&work->fetch, ordering, work->patience, NULL);
	return true;
}

/* Returns why the ordering must be invalidated, or NULL. */
static const char *
maintain(Work *work, bool *gate)
{
	const char *failure;
	Oid			locked;

	*gate = false;
	if (!load_ordering(work))
		return work->ordering ? work->ordering->reason : NULL;
	if (bingo_pending_is_lost(work->pending))
		return "more rows were changed than could be remembered";

	count_images(work);
	if (work->ndriving + work->ndimension >= BULK)
		bingo_fetch_expect_bulk(&work->fetch);
	locked = work->ordering->gate;
	*gate = lock_gate(work, gate_mode(work));
	if (!*gate)
		return "the ordering was locked for too long";
	if (!load_ordering(work))
		return work->ordering ? work->ordering->reason : NULL;
	if (work->ordering->gate != locked)
	{
		*gate = false;
		return "the ordering was changed";
	}

	failure = maintain_under_gate(work);
	if (work->window.relation)
		bingo_window_close(&work->window);
	bingo_fetch_end(&work->fetch);
	return failure;
}

/*
 * The row may be left out if there is one already that can't go before we end,
 * since we hold the gate.
 */
static void
invalidate(Work *work, bool gate, const char *reason)
{
	if (!gate)
		gate = bingo_lock_relation(work->ordering->gate, RowShareLock, NULL);
	if (!gate || !is_invalid_now(work))
		bingo_valid_invalidate(work->ordering->id, reason);
}

void
bingo_maintain(BingoPending *pending, BingoPatience *patience)
{
	Work		work;
	MemoryContext old;
	const char *failure;
	bool		gate;

	if (work_context == NULL)
		work_context = AllocSetContextCreate(TopMemoryContext, "bingo_tune maintenance",
											 ALLOCSET_DEFAULT_SIZES);
	MemoryContextReset(work_context);
	old = MemoryContextSwitchTo(work_context);
	memset(&work, 0, sizeof(Work));
	work.pending = pending;
	work.patience = patience;
	failure = maintain(&work, &gate);
	if (failure && work.ordering)
		invalidate(&work, gate, failure);
	if (work.changes > 0)
	{
		bingo_stats_add(work.ordering->id, BINGO_COUNT_CHANGES, work.changes);
		if (!failure)
			bingo_valid_note_changes(work.ordering,
									 bingo_window_boundary(work.ordering)->state == BINGO_BOUNDARY_EVERYTHING,
									 work.changes);
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(work_context);
	bingo_pending_clear(pending);
}
