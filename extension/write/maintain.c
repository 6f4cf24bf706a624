/*
 * write/maintain.c
 *	  The work at commit: from changed keys to the window.
 *
 * What holds for every MVCC snapshot that sees no mark of an invalidation (store/valid.c),
 * while the fingerprint is intact (store/fingerprint.c)
 *
 *	(P) The window rows that it sees are the rows of the join, as it sees the
 *		tables, up to the boundary that it would read.
 *
 * A transaction changes tables and window together, so only what others do
 * between its reading and its commit can break (P).  Let D be a transaction that
 * changed driving rows only, M one that changed a dimension, U upkeep.  Each holds
 * its locks from the moment it reads until its commit is visible, but for those on tables that it has only read.
 *
 *	Boundary.	Moves by U only, under the gate EXCLUSIVE; D and M hold the gate
 *				ROW SHARE at least.  So it stands still, and U, whose snapshot
 *				comes after the gate, has seen every D and M that has worked;
 *				those that have not will work with U's boundary.
 *	Keys.		Where the rows of each key are counted, a key's boundary is its own, or that of all
 *				(store/cut.c).  Both move as above, and are read, or known to be as they were (store/cut_moves.c), under the
 *				gate, so that a key has none of its own stands still, too.  Whose key s has is a fact of its image or of leading or
 *				locked rows, as its place is.  If s goes from one key to another the window's row of it is found by the driving
 *				key, and goes, whatever either boundary says.  regress/keyed_model.c goes
 *				through the interleavings of D, U and a reader.
 *	Given up.	Where too many rows come to a key, D or M leaves them out, and a mark of the key in the same transaction
 *				(write/give_up.c).  So (P) has an exception: of a key of which the snapshot sees a mark, (P') the window
 *				rows that it sees are rows of the join, as they are, up to the boundary, perhaps not all.  Marks don't
 *				change what is inside, nor which locks are needed: all that is said here of a window row
 *				holds of each one that is there, whether others are missing or not, and a missing one is put in by whoever
 *				finds it inside, or not.  Nobody leaves out one because of another's mark: U may be about to take
 *				that away.  U does, with the gate EXCLUSIVE, after the end of all who have left one, in the
 *				transaction that puts the key's first rows in.
 *	M and M'.	Both could rebuild one window row, each with the other's old
 *				values.  The gate SHARE ROW EXCLUSIVE (conflicts with itself)
 *				lets only one of them past this point until it has committed.  Those who lock
 *				all that their window rows are made of go side by side (write/light.c).
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
 *				locked.  An inner dimension without a row of the key likewise: it can't get
 *				one before D ends.  An optional one puts s where its NULLs sort it, which is as well
 *				inside as outside.
 *	Snowflake.	The key of a second-level dimension is read from the first level's
 *				row, which is locked by then.  An M that changes which key that is
 *				has locked the first level's key.
 *	Left join.	That an optional dimension has no row of K, so that s has NULLs, is a fact about the key, as is what a
 *				row of K has, and the lock is the key's. D holds K shared, so none comes, and none goes, before D
 *				ends. M, who brings or takes a row of K, or gives one another key, holds both keys exclusive and finds
 *				by the parent's index every s that has one of them, whether it had a partner or was an orphan. If s's
 *				own column is NULL no key is K: a fact of the image. Of a second level likewise: the first level's row
 *				is locked, and that it is missing is, too; then there is no second key to be locked. So each verdict,
 *				and each NULL that is written, rests on facts of s itself or of locked keys. Nothing is joined to an
 *				optional dimension but by LEFT JOIN again (definition/outer.c), so s is never taken away by what it
 *				lacks, and stands in the window once. Of two rows that differ only in having a partner of NULLs, or
 *				none, the window tells which: it has a column that is joined by (bingo_definition_presence()).
 *	Images.		A row that this transaction has not changed (an image of a rolled
 *				back subtransaction) is looked at as well, perhaps without the keys
 *				that it has by now.  For such a row window and tables agree in any
 *				one snapshot, so nothing is written.  One snapshot is used for both.
 *	Several.	Of another ordering on the same tables, which this commit has worked for, nothing is believed but
 *				where it saw a dimension's row: that is read there under this one's snapshot (write/seen.c).
 *	Filter.		"The join" has the rows that pass the filter, each condition of which reads columns of one row only,
 *				and gives the same for it always. Whoever changes such a column of a driving row is a D; the row that
 *				is read again is asked, and one that does not pass is treated as one that is gone. Verdicts made
 *				without it, from images, only take locks that were not needed. Of an inner dimension, a row that does
 *				not pass is none: what K has is then that there is no row, a fact about the key like any other, and
 *				whoever changes such a column is an M that holds K exclusive.
 *	Expressions. A sort key, or condition, that is computed reads columns of one row and gives the same for it always
 *				(definition/expression.c): it stands for these columns.  An error is a mark.  What is sorted by and might
 *				raise one is computed of rows that pass the filter, as the fill does; neither is of images then.
 *	Invalid.	If the snapshot sees a mark nothing is done.  U removes
 *				that mark under the gate EXCLUSIVE, after our end.  If the gate was
 *				not had, a mark of our own is written: U does not
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
 * Too much, too big, or not as expected: a mark, never an error.
 *
 * The life of the catalogs, C being any DDL or maintenance
 *
 *	Layout.		What columns, images and hashes mean is stored with the ordering's id and
 *				never changes (definition/layout.c).  Images are kept by id, so they are
 *				read under the layout under which they were taken, or not at all: an
 *				ordering that is made again has another id and other triggers, and was
 *				made under locks that have waited for every writer of its tables.
 *	Tables.		D and M hold ROW EXCLUSIVE on what they changed, since before the change,
 *				and ACCESS SHARE on what they read at commit, while they read it (write/borrow.c);
 *				then columns are compared one by one with the layout.  A C that changes columns needs ACCESS EXCLUSIVE, so
 *				it has committed before (and is seen) or comes after our reading: write/borrow.c has what then.
 *	Indexes.	Any valid index of the right shape finds the same rows.  One that is gone
 *				when we come to open it is looked for once more.
 *	Uniqueness.	C that ends it (DROP INDEX and the like) needs ACCESS EXCLUSIVE or, CONCURRENTLY,
 *				waits for whoever has the table locked: nobody who still believes in the
 *				key meets rows that break it.  Whoever comes later finds no such index, and the
 *				ordering not usable.
 *	Triggers.	DISABLE and DROP TRIGGER wait for writers, and leave the fingerprint broken
 *				or, through the event trigger, intact at once.
 *	Files.		Not MVCC: TRUNCATE, rewriting ALTER TABLE, REFRESH.  They give a table or the
 *				window another file, which everybody sees who opens it afterwards, older
 *				snapshots too; the file is part of the fingerprint.  U records it anew
 *				only after it has emptied the window by TRUNCATE as well: for an older
 *				snapshot that is an empty beginning, which is always right.
 *	Not known.	What is locked away by C, and stays so for the time that we may wait - definitions,
 *				boundary, window, an index, a table, long values - is never taken for
 *				"there is none".  The trigger's arguments name the window, and that is enough
 *				to mark it, in a system catalog, without any relation of ours.
 *	Waiting.	Every lock is asked for conditionally, and again for at most a second in all, but not
 *				while the ordering is invalid; the mark's own for five seconds more, if a superuser
 *				has locked two system catalogs against writers at once: only then does a commit
 *				fail (55P03), since the window would be wrong.  What remains is what every statement
 *				does: a system catalog that the relation cache reads.
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/reserve.h"
#include "write/index.h"
#include "write/maintain.h"
#include "store/stats.h"
#include "store/valid.h"
#include "store/want.h"
#include "write/work.h"

/*
 * A third of the window: changing a row in place costs about as much as filling
 * in three, and renaming 300 titles of /api/session's ordering stays below.
 */
#define REFILL_SHARE		3
#define BULK				64		/* images from which dimension rows are kept */

static MemoryContext work_context = NULL;

/* While that can't be told the answer is no: the work is done, which is never wrong. */
static bool
is_invalid_now(void *argument)
{
	BingoWork  *work = argument;
	bool		invalid;

	PushActiveSnapshot(GetLatestSnapshot());
	invalid = bingo_valid_sees_invalidation(bingo_pending_window(work->pending), GetActiveSnapshot());
	PopActiveSnapshot();
	return invalid;
}

/* While the ordering is invalid, wait for a chunk of upkeep at most. */
static bool
lock_gate(BingoWork *work, LOCKMODE mode)
{
	int32		id = bingo_pending_ordering(work->pending);
	BingoPatience brief;

	if (bingo_lock_gate(id, mode, NULL))
		return true;
	if (!is_invalid_now(work))
		return bingo_lock_gate(id, mode, work->patience);
	bingo_lock_start_within(&brief, BINGO_PATIENCE_INVALID, work->patience);
	return bingo_lock_gate(id, mode, &brief);
}

static bool
open_ranked(BingoWork *work, int from, int to)
{
	for (int i = from; i < to; i++)
	{
		if (!bingo_fetch_open(&work->fetch, work->fetch.plan->ranked[i], false))
			return false;
	}
	return true;
}

/* --- from driving images --- */

static const char *
apply_driving(BingoWork *work)
{
	BingoFetch *fetch = &work->fetch;
	BingoDrivingPass pass;
	BingoImage	image;
	const char *failure = NULL;

	bingo_keys_begin_pass(work, &pass, true);
	while (failure == NULL && bingo_keys_next_driving(work, &pass, &image))
	{
		bool		exists = bingo_fetch_last_seen(fetch, &image);

		if (!exists)
			exists = bingo_fetch_driving(fetch, &image);
		work->fresh = exists && image.fresh && work->ndriving == 1 && work->ndimension == 0;
		failure = bingo_maintain_row(work, exists);
	}
	work->fresh = false;
	return failure;
}

/* --- the whole --- */

/*
 * Locks, opens, and takes the snapshot under which the rows are read.  Returns why the ordering must
 * be invalidated, or NULL; the window is not open if nothing is to be done.
 */
static const char *
prepare(BingoWork *work)
{
	BingoFetch *fetch = &work->fetch;
	BingoChangePlan *plan = fetch->plan;
	const char *failure;

	if (!open_ranked(work, 0, plan->nleading))
		return fetch->failure;
	if (work->escalated)
		 /* the gate excludes whom the keys would */ ;
	else if (work->ndimension > 0 ? !bingo_keys_lock_changed(work) :
			 !bingo_keys_lock_used(work, 0, plan->nleading, false))
		return "another transaction held a key for too long";

	if (work->ndimension == 0)
		bingo_fetch_expect_locked(fetch);
	CommandCounterIncrement();
	if (!bingo_fetch_all_inside(fetch))
		bingo_fetch_snapshot(fetch);	/* the leading rows are looked at */
	if (work->ndriving > 0)
	{
		failure = bingo_keys_find_affected(work);
		if (failure)
			return failure;
	}
	if (work->naffected == 0 && work->ndimension == 0)
		return NULL;

	if (!bingo_dependents_open(work))
		return fetch->failure;
	if (work->ndimension == 0 && !work->escalated &&
		!bingo_keys_lock_used(work, plan->nleading, plan->nranked, true))
		return "another transaction held a key for too long";
	if (!bingo_window_open(&work->window, work->ordering, work->patience))
		return work->window.failure;
	bingo_fetch_snapshot(fetch);
	return NULL;
}

/* What one image brings is one change at most. */
static void
limit_changes(BingoWork *work)
{
	const BingoOrdering *ordering = work->ordering;

	work->most_changes = BINGO_FEWEST_CHANGES;
	if (work->ndimension == 0 && work->ndriving <= BINGO_FEWEST_CHANGES)
		return;
	work->most_changes = Max(bingo_window_estimate_rows(ordering) / REFILL_SHARE, BINGO_FEWEST_CHANGES);
	if (ordering->definition->nkeys > 0)
		work->most_changes = Max(work->most_changes, BINGO_FEWEST_OF_KEY * ordering->window_rows);
}

/*
 * The gate is held.  Returns why the ordering must be invalidated, or NULL when
 * the window is right.
 */
static const char *
maintain_under_gate(BingoWork *work)
{
	BingoFetch *fetch = &work->fetch;
	const char *failure;

	limit_changes(work);
	fetch->boundary = bingo_window_boundary(work->ordering, work->patience);
	if (fetch->boundary == NULL)
		return "the boundary of the window was locked";
	if (fetch->boundary->state == BINGO_BOUNDARY_NOTHING)
	{
		/* What ended the fill at the first row may be gone. */
		bingo_want_for_changes(work->ordering, false, work->ndriving + work->ndimension);
		return NULL;
	}

	failure = work->light ? bingo_light_prepare(work) : prepare(work);
	if (failure || work->window.relation == NULL ||
		bingo_valid_sees_invalidation(work->ordering->window, fetch->snapshot))
		return failure;

	failure = work->naffected > 0 ? apply_driving(work) : NULL;
	if (failure == NULL && work->ndimension > 0)
		failure = bingo_window_expect_old(&work->window) ? bingo_dependents_apply(work) :
			work->window.failure;
	return failure ? failure : fetch->failure;
}

/* What became of the ordering that the changes are for. */
typedef enum Lookup
{
	LOOKUP_GOOD,				/* work->ordering is it, and the batch has begun */
	LOOKUP_DROPPED,				/* there is nothing to maintain */
	LOOKUP_FAILED				/* *failure says why the window must be marked */
} Lookup;

/*
 * Looks the ordering up, again after the gate was had: it may have been dropped
 * or changed until then.
 */
static Lookup
load_ordering(BingoWork *work, const char **failure)
{
	BingoOrdering *ordering;

	if (!bingo_catalog_find(bingo_pending_ordering(work->pending), work->patience, &ordering))
	{
		*failure = "the definitions of the orderings were locked";
		return LOOKUP_FAILED;
	}
	if (ordering != NULL && ordering == work->ordering)
		return LOOKUP_GOOD;
	work->ordering = NULL;
	if (ordering == NULL || ordering->window != bingo_pending_window(work->pending))
	{
		if (!bingo_window_exists(bingo_pending_window(work->pending)))
			return LOOKUP_DROPPED;
		*failure = "the ordering was not found";
		return LOOKUP_FAILED;
	}
	if (ordering->usable && ordering->definition->counts)
	{
		*failure = "a change of its table was not counted";	/* only that is ever remembered here */
		return LOOKUP_FAILED;
	}
	if (!ordering->usable || bingo_plan_get(ordering) == NULL)
	{
		*failure = ordering->reason;
		return LOOKUP_FAILED;
	}
	work->ordering = ordering;
	bingo_fetch_begin(&work->fetch, ordering, work->patience, NULL);
	return LOOKUP_GOOD;
}

/* The gate is had in a mode that depends on what has changed. */
static const char *
maintain_now(BingoWork *work)
{
	const char *failure = NULL;
	Lookup		lookup = load_ordering(work, &failure);

	if (lookup != LOOKUP_GOOD)
		return failure;
	if (bingo_pending_is_lost(work->pending))
		return "more rows were changed than could be remembered";

	bingo_keys_count(work);
	if (work->ndriving + work->ndimension >= BULK)
		bingo_fetch_expect_bulk(&work->fetch);
	work->light = bingo_light_may_be(work);
	work->gate = lock_gate(work, bingo_keys_gate_mode(work));
	if (!work->gate)
		return "the ordering was locked for too long";
	work->light_gates += work->light;
	lookup = load_ordering(work, &failure);
	if (lookup != LOOKUP_GOOD)
		return failure;

	/* A mark that is there now stays as long as we hold the gate: then no lock is worth a wait. */
	bingo_lock_ask(work->patience, is_invalid_now, work);
	failure = maintain_under_gate(work);
	if (work->window.relation)
		bingo_window_close(&work->window);
	bingo_fetch_end(&work->fetch);
	return failure;
}

static const char *
maintain_again(BingoWork *work)
{
	work->ordering = NULL;
	work->naffected = 0;
	work->affected = NULL;
	work->ndimension = 0;
	work->give_up = NULL;		/* its marks are there */
	return maintain_now(work);
}

/*
 * Returns why the window must be marked, or NULL.  An index that is gone has perhaps
 * only got another OID (REINDEX CONCURRENTLY): then once more, with what is there now.
 * Doing work twice is right, see above.  Who can't be a light writer lets go of the gate, which stands for nothing yet
 * unless the work was interrupted, and is a heavy one.
 */
static const char *
maintain(BingoWork *work)
{
	const char *failure = maintain_now(work);
	bool		looked = false;

	while (failure == bingo_light_refused || (failure == bingo_index_is_gone && !looked))
	{
		if (failure == bingo_light_refused)
		{
			for (; work->changes == 0 && work->light_gates > 0; work->light_gates--)
				bingo_lock_release_gate(bingo_pending_ordering(work->pending), RowExclusiveLock);
			work->gate = work->light_gates > 0;
			work->refused_light = true;
		}
		else
		{
			bingo_catalog_reload();
			looked = true;
		}
		failure = maintain_again(work);
	}
	return failure;
}

/*
 * The mark may be left out if there is one already that can't go before we end,
 * since we hold the gate.
 */
static void
invalidate(BingoWork *work, const char *reason)
{
	if (!work->gate)
		work->gate = bingo_lock_gate(bingo_pending_ordering(work->pending), RowShareLock, NULL);
	if (!work->gate || bingo_reserve_is_tight() || !is_invalid_now(work))
		bingo_valid_invalidate(bingo_pending_window(work->pending), reason);
}

static void
note_changes(BingoWork *work, bool done)
{
	const BingoBoundary *boundary = work->fetch.boundary;	/* stands: the gate is held */

	bingo_stats_add(work->ordering->id, BINGO_COUNT_CHANGES, work->changes);
	if (done)
		bingo_want_for_changes(work->ordering,
								 boundary != NULL && boundary->state == BINGO_BOUNDARY_EVERYTHING,
								 work->changes);
}

/* What an error in the midst of the work has left. */
void
bingo_maintain_forget(void)
{
	if (work_context)
		MemoryContextReset(work_context);
}

void
bingo_maintain(BingoPending *pending, BingoPatience *patience)
{
	BingoWork	work;
	MemoryContext old;
	const char *failure;

	if (work_context == NULL)
		work_context = AllocSetContextCreate(TopMemoryContext, "bingo_tune maintenance",
											 ALLOCSET_DEFAULT_SIZES);
	MemoryContextReset(work_context);
	old = MemoryContextSwitchTo(work_context);
	memset(&work, 0, offsetof(BingoWork, window));
	work.window.relation = NULL;
	work.pending = pending;
	work.patience = patience;
	failure = bingo_reserve_is_tight() || bingo_contain_errors(&work) ? bingo_contain(&work, maintain) : maintain(&work);
	bingo_lock_ask(patience, NULL, NULL);
	if (failure)
		invalidate(&work, failure);
	if (work.changes > 0 && work.ordering)
		note_changes(&work, failure == NULL);
	MemoryContextSwitchTo(old);
	MemoryContextReset(work_context);
	bingo_pending_clear(pending);
}
