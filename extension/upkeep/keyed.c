/*
 * upkeep/keyed.c
 *	  Keys of a window that have too many rows, or too few, or perhaps not the right ones: cut, extended, filled again.
 *
 * A key keeps window_rows rows, K, after a fill.  Writers put in what comes before its boundary, or all if it has none, so
 * from 2 K rows on it is cut to K; and take out what goes, so a cut key that has less than half of K
 * is extended to K.  One that they have given up is marked (store/cut.c), and filled again.
 *
 *	find	takes the keys that writers have asked for (store/want_keys.c), and counts the rows of each: what a cut costs depends
 *			on the rows of its key, not of the window.  Only where it is not known which they are, as after a restart, it
 *			reads the window in its order, a key after the other, and counts the rows of those that are cut.
 *			No lock: what it finds is where to look.
 *	step	looks again at one key after the other, with the gate EXCLUSIVE, and cuts, extends or fills it.
 *			Each is a change of rows and boundary in one transaction, as the proof at the head of
 *			write/maintain.c wants it.  Where no index gives the order that may mean to read a key of millions of rows,
 *			while every writer of the tables waits: what takes longer than GATE_MS is undone, and done in
 *			two parts (upkeep/slow_key.c).
 *
 * How long a step has the gate must not depend on how many rows too many the key has: if they are a great many they are counted when it
 * is found, without the gate.  Meanwhile they have become more or fewer, so that it is cut to a few more than K, or fewer: its boundary is the
 * last row that is left, whichever that is.  From the first cut on it goes on to K, not to 2 K; but if a step is put off,
 * and it has less than that when it is looked for again, it is left so.
 *
 * A key that was found is settled when the transaction that has put it right has committed.  Those that are not, since a lock was not to
 * be had, are given back before anything else is looked for.
 *
 * Memory: what was found lives in a context of its own, for one ordering, until all is settled or looked for again.
 * Whose it is is told by id and window, as in store/want_keys.c: the values are read by that one's types.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/latch.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/sortsupport.h"
#include "utils/timeout.h"

#include "base/attempt.h"
#include "base/compat.h"
#include "store/cut.h"
#include "store/store.h"
#include "store/valid.h"
#include "store/want_keys.h"
#include "upkeep/fill.h"
#include "upkeep/key_rows.h"
#include "upkeep/keyed.h"
#include "upkeep/slow_key.h"

#define MOST_FOUND 100000		/* keys */
#define AS_ROWS 100				/* what a query for one key counts as */
#define GATE_MS 50				/* for one key */
#define MOST_TRIES 5			/* of one that takes longer, and is given up by somebody each time */
#define MOST_COUNTED 10000		/* rows of a key, with the gate, if they are more */

typedef struct Found
{
	BingoBoundary *key;			/* of which only the key counts */
	int64		rows;			/* when it was found too long; else 0 */
} Found;

static MemoryContext found_context = NULL;
static int32 found_of = 0;		/* no ordering's id */
static Oid	found_window = InvalidOid;
static List *found = NIL;		/* of Found * */
static int	settled = 0;		/* so many of them are, for good */
static int	next = 0;			/* ... if this transaction commits */
static int	tries = 0;			/* of the next one */
static int64 gone = 0;			/* rows of it that were cut off, for good */
static int64 going = 0;			/* ... if this transaction commits */

static void
forget_found(void)
{
	if (found_context == NULL)
		found_context = AllocSetContextCreate(TopMemoryContext, "bingo_tune keys", ALLOCSET_DEFAULT_SIZES);
	MemoryContextReset(found_context);
	found = NIL;
	settled = next = tries = 0;
	gone = going = 0;
	found_of = 0;
	found_window = InvalidOid;
	bingo_slow_forget();
}

static bool
is_found_of(const BingoOrdering *ordering)
{
	return ordering != NULL && found_of == ordering->id && found_window == ordering->window;
}

/* What was put off, of this ordering or another one: somebody else may settle it. */
static void
give_back(void)
{
	BingoOrdering *ordering = NULL;

	if (found_of != 0 && bingo_catalog_find(found_of, NULL, &ordering) && is_found_of(ordering) && ordering->definition != NULL)
	{
		for (int i = settled; i < list_length(found); i++)
			bingo_want_keys_give_back(ordering, ((Found *) list_nth(found, i))->key);
		bingo_want_keys_done(found_of, found_window);
	}
	forget_found();
}

void
bingo_keyed_end(bool committed)
{
	if (found_of == 0)
		return;
	if (committed)
	{
		settled = next;
		gone = going;
	}
	next = settled;
	going = gone;
	if (committed && settled == list_length(found))
	{
		bingo_want_keys_done(found_of, found_window);
		forget_found();
	}
}

static Found *
append_found(BingoBoundary *key, int64 rows)
{
	Found	   *one = palloc(sizeof(Found));

	*one = (Found) {key, rows};
	found = lappend(found, one);
	return one;
}

static Found *
remember(const BingoOrdering *ordering, TupleTableSlot *slot)
{
	MemoryContext old = MemoryContextSwitchTo(found_context);
	BingoBoundary *key = palloc(sizeof(BingoBoundary));
	Found	   *one;

	bingo_key_rows_copy(ordering->definition, slot, key);
	one = append_found(key, 0);
	MemoryContextSwitchTo(old);
	return one;
}

static void
remember_boundary(const BingoOrdering *ordering, Relation relation, const BingoBoundary *key, int64 rows)
{
	MemoryContext old = MemoryContextSwitchTo(found_context);

	(void) append_found(bingo_key_rows_copy_boundary(relation, ordering->definition, key), rows);
	MemoryContextSwitchTo(old);
}

/* Keys with more than twice the rows. */
static void
find_long(const BingoOrdering *ordering, Relation window, Snapshot snapshot)
{
	Relation	index = index_open(ordering->window_order, AccessShareLock);
	IndexScanDesc scan = bingo_index_beginscan(window, index, snapshot, 0);
	TupleTableSlot *slot = table_slot_create(window, NULL);
	TupleTableSlot *last = MakeSingleTupleTableSlot(RelationGetDescr(window), &TTSOpsHeapTuple);
	struct SortSupportData *sort = bingo_key_rows_sort(ordering->definition);
	int64		count = 0;
	Found	   *one = NULL;

	index_rescan(scan, NULL, 0, NULL, 0);
	while (list_length(found) < MOST_FOUND && index_getnext_slot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		if (count == 0 || !bingo_key_rows_same_key(ordering->definition, sort, slot, last))
		{
			ExecCopySlot(last, slot);
			count = 0;
		}
		if (++count == 2 * ordering->window_rows + 1)
			one = remember(ordering, slot);
		if (count > 2 * ordering->window_rows)
			one->rows = count;
	}
	ExecDropSingleTupleTableSlot(last);
	ExecDropSingleTupleTableSlot(slot);
	index_endscan(scan);
	index_close(index, AccessShareLock);
}

static int64
fewest(const BingoOrdering *ordering)
{
	return (ordering->window_rows + 1) / 2;
}

/* Cut keys with less than half of the rows, and marked ones.  False if they could not be looked at. */
static bool
find_short(const BingoOrdering *ordering, Snapshot snapshot)
{
	BingoCuts	cuts;
	BingoBoundary cut;

	if (!bingo_cut_open(&cuts, ordering, snapshot, NULL))
		return false;
	bingo_cut_start(&cuts);
	while (list_length(found) < MOST_FOUND && bingo_cut_next(&cuts, &cut))
	{
		CHECK_FOR_INTERRUPTS();
		if (bingo_cut_is_mark(ordering, &cut) || bingo_key_rows_count(ordering, &cut, fewest(ordering)) < fewest(ordering))
			remember_boundary(ordering, cuts.relation, &cut, 0);
	}
	bingo_cut_close(&cuts);
	return true;
}

/* Of these keys those with too many rows, or too few, or a mark.  False as above. */
static bool
find_among(const BingoOrdering *ordering, Snapshot snapshot, const List *keys)
{
	BingoCuts	cuts;
	BingoBoundary cut;
	ListCell   *cell;

	if (keys == NIL)
		return true;
	if (!bingo_cut_open(&cuts, ordering, snapshot, NULL))
		return false;
	foreach(cell, keys)
	{
		const BingoBoundary *key = lfirst(cell);
		int64		rows = bingo_key_rows_count(ordering, key, PG_INT64_MAX);
		bool		is_cut = bingo_cut_find(&cuts, key->values, key->nulls, &cut);

		CHECK_FOR_INTERRUPTS();
		if (cuts.marked || rows > 2 * ordering->window_rows || (is_cut && rows < fewest(ordering)))
			remember_boundary(ordering, cuts.relation, key, rows > 2 * ordering->window_rows ? rows : 0);
	}
	bingo_cut_close(&cuts);
	return true;
}

/* An error on the way leaves what was taken with nobody, and all keys will be looked at. */
bool
bingo_keyed_find(const BingoOrdering *ordering)
{
	Relation	window = try_table_open(ordering->window, AccessShareLock);
	Snapshot	snapshot;
	List	   *keys;
	bool		known;
	bool		all_seen;

	give_back();
	if (window == NULL)
		return false;
	known = bingo_want_keys_take(ordering, &keys);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	PushActiveSnapshot(snapshot);
	if (known)
		all_seen = find_among(ordering, snapshot, keys);
	else
	{
		find_long(ordering, window, snapshot);
		all_seen = find_short(ordering, snapshot) && list_length(found) < MOST_FOUND;
	}
	PopActiveSnapshot();
	UnregisterSnapshot(snapshot);
	table_close(window, AccessShareLock);
	if (!all_seen)
		bingo_want_all_keys(ordering);
	found_of = ordering->id;
	found_window = ordering->window;
	return found != NIL;
}

/* --- filling --- */

typedef struct Filling
{
	BingoOrdering *ordering;
	const BingoBoundary *key;	/* or its cut, to read on behind that */
	bool		marked;
	int64		limit;
} Filling;

static void
fill(void *argument)
{
	const Filling *filling = argument;
	BingoOrdering *ordering = filling->ordering;
	BingoScope	scope;
	bool		done;

	if (filling->marked)
	{
		bingo_key_rows_delete_behind(ordering, filling->key, NULL);
		bingo_cut_remove(ordering, filling->key);
	}
	bingo_store_enter(&scope, InvalidOid);
	SPI_connect();
	done = bingo_fill_key(ordering, filling->key, filling->marked, filling->limit);
	SPI_finish();
	bingo_store_leave(&scope);
	/* a refill ends in front of such a row, too, and the plan behind goes on */
	if (filling->marked && !done)
		bingo_valid_invalidate(ordering->window, "a row is too long for the window or its index");
	else if (filling->marked)
		bingo_cut_remove_marks(ordering, filling->key);
}

static TimeoutId time_limit = MAX_TIMEOUTS;
static volatile sig_atomic_t timed_out = false;

/* Somebody's cancel that is there already comes first. */
static void
note_time_out(void)
{
	if (QueryCancelPending)
		return;
	timed_out = true;
	QueryCancelPending = true;
	InterruptPending = true;
	SetLatch(MyLatch);
}

/* False, with nothing done, if it takes too long. */
static bool
fill_in_time(Filling *filling)
{
	ErrorData  *error;
	bool		cancelled;

	if (time_limit == MAX_TIMEOUTS)
		time_limit = RegisterTimeout(USER_TIMEOUT, note_time_out);
	timed_out = false;
	enable_timeout_after(time_limit, GATE_MS);
	error = bingo_attempt(fill, filling);
	disable_timeout(time_limit, false);
	/* what has ended the attempt is not pending any more: what is now is somebody's, unless the time was up without that */
	cancelled = error != NULL && error->sqlerrcode == ERRCODE_QUERY_CANCELED;
	if (timed_out && !cancelled)
		QueryCancelPending = false;
	if (error != NULL && !(timed_out && cancelled))
		ReThrowError(error);
	return error == NULL;
}

/* The cut of a key, copied; NULL if it has none. */
static BingoBoundary *
copy_cut(const BingoOrdering *ordering, const BingoBoundary *key)
{
	BingoCuts	cuts;
	BingoBoundary cut;
	BingoBoundary *copy = NULL;

	bingo_cut_require(&cuts, ordering);
	if (bingo_cut_find(&cuts, key->values, key->nulls, &cut))
		copy = bingo_key_rows_copy_boundary(cuts.relation, ordering->definition, &cut);
	bingo_cut_close(&cuts);
	return copy;
}

typedef enum Outcome
{
	OUTCOME_SETTLED,
	OUTCOME_MORE,				/* with the gate, as it is had */
	OUTCOME_SLOW				/* in other transactions */
} Outcome;

/*
 * How many rows the key has.  A great many were counted without the gate, and what was cut off since is gone; so are perhaps
 * others, but there are more than a chunk.
 */
static int64
count_rows(const BingoOrdering *ordering, const Found *one, int64 chunk)
{
	int64		most = Max(MOST_COUNTED, chunk);

	if (one->rows - going > most && bingo_key_rows_count(ordering, one->key, most + 1) > most)
		return one->rows - going;
	return bingo_key_rows_count(ordering, one->key, Max(2 * ordering->window_rows, ordering->window_rows + chunk) + 1);
}

/* Cuts, extends or fills a key, or does a part of that; counts what it has cost. */
static Outcome
settle(BingoOrdering *ordering, const Found *one, int64 chunk, int64 *cost)
{
	const BingoBoundary *key = one->key;
	int64		rows = ordering->window_rows;
	int64		there = count_rows(ordering, one, chunk);
	int64		surplus = Min(there - rows, chunk);
	bool		marked = bingo_cut_has_mark(ordering, key);
	Filling		filling = {.ordering = ordering, .key = key, .marked = marked, .limit = marked ? rows : rows - there};

	*cost += AS_ROWS;
	if (there > 2 * rows || (going > 0 && there > rows))
	{
		bingo_key_rows_delete_last(ordering, key, surplus);
		going += surplus;
		*cost += surplus;
		return there - surplus <= rows && !marked ? OUTCOME_SETTLED : OUTCOME_MORE;
	}
	if (!marked && (there >= fewest(ordering) || (filling.key = copy_cut(ordering, key)) == NULL))
		return OUTCOME_SETTLED;
	*cost += filling.limit;
	if (bingo_key_rows_has_end(ordering, key))
		fill(&filling);
	else if (!fill_in_time(&filling))
	{
		bingo_slow_open(ordering, key);
		return OUTCOME_SLOW;
	}
	return OUTCOME_SETTLED;
}

static void
go_on(void)
{
	next++;
	tries = 0;
	going = 0;
}

/* The next time, perhaps. */
static void
give_up(const BingoOrdering *ordering)
{
	const BingoBoundary *key = ((Found *) list_nth(found, next))->key;

	bingo_want_key(ordering, key->values, key->nulls);
	go_on();
}

bool
bingo_keyed_step(BingoOrdering *ordering, int64 chunk)
{
	int64		cost = 0;

	if (!is_found_of(ordering))
		return false;
	if (bingo_slow_wants_close(ordering->id))
	{
		if (bingo_slow_close(ordering))
			go_on();
		else if (++tries >= MOST_TRIES)
			give_up(ordering);
		return next < list_length(found);
	}
	while (next < list_length(found) && cost < chunk)
	{
		Outcome		outcome;

		CHECK_FOR_INTERRUPTS();
		outcome = settle(ordering, list_nth(found, next), chunk, &cost);
		if (outcome == OUTCOME_SLOW)
			return true;
		if (outcome == OUTCOME_SETTLED)
			go_on();
	}
	return next < list_length(found);
}
