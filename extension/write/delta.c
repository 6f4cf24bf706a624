/*
 * write/delta.c
 *	  Counters: what a transaction changes of counts, from the row triggers to the window.
 *
 *	  row change -> filter of the old and the new image -> key's sum + 1 or - 1, in memory
 *		-> commit: a row (keys, n) in the window for each key whose sum is not 0
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
 * commits; whoever sees its rows sees these, and nobody else.  A rolled back
 * subtransaction takes its rows back, so its sums are dropped with it: that is why they
 * are kept for each level.  What folds rows (write/fold.c) deletes some and inserts their
 * sum in one transaction: a snapshot sees the ones or the other.
 *
 * Nothing is updated, so nobody waits for anybody: no gate, no key locks, no row locks.
 * Changes are written once, at commit, so the rows are few; a level with more than
 * MOST_KEYS keys is written early, at its own level, which rolls back with it.
 *
 * What can't be written (the counter is not usable, its window is locked for too long, a key is too
 * long) leaves a mark instead.  One that the trigger itself can't tell is marked by
 * write/change.c.
 *
 * Own changes are nobody's business until then: a transaction that holds ROW EXCLUSIVE on
 * the table counts by the plan behind (read/open.c).
 *
 * Memory: TopTransactionContext, because the triggers may run in subtransactions.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_authid.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "port/pg_bitutils.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "store/catalog.h"
#include "store/stats.h"
#include "store/valid.h"
#include "store/window.h"
#include "write/delta.h"
#include "write/filter.h"
#include "write/fold.h"

#define MOST_KEYS 10000			/* of a level, in memory */

/* A key's values; the hash is of their images. */
typedef struct DeltaKey
{
	uint32		hash;
	Datum	   *values;
	bool	   *nulls;
} DeltaKey;

typedef struct Delta
{
	const DeltaKey *key;
	int64		n;
	uint32		status;			/* the hash table's */
} Delta;

/* Of one counter in one (sub)transaction. */
typedef struct Deltas
{
	int32		id;
	Oid			window;
	int			level;			/* GetCurrentTransactionNestLevel() */
	int			nkeys;
	int16		lengths[BINGO_MAX_KEYS];	/* of each key's type */
	bool		by_value[BINGO_MAX_KEYS];
	MemoryContext context;
	struct deltas_hash *hash;
} Deltas;

static bool
same_key(const Deltas *deltas, const DeltaKey *a, const DeltaKey *b)
{
	if (a->hash != b->hash)
		return false;
	for (int i = 0; i < deltas->nkeys; i++)
	{
		if (a->nulls[i] != b->nulls[i])
			return false;
		if (!a->nulls[i] && !datum_image_eq(a->values[i], b->values[i], deltas->by_value[i], deltas->lengths[i]))
			return false;
	}
	return true;
}

#define SH_PREFIX deltas
#define SH_ELEMENT_TYPE Delta
#define SH_KEY_TYPE const DeltaKey *
#define SH_KEY key
#define SH_HASH_KEY(table, a) ((a)->hash)
#define SH_EQUAL(table, a, b) same_key((const Deltas *) (table)->private_data, a, b)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static List *all_deltas = NIL;	/* of Deltas *, the innermost level first */

/* --- what a row is --- */

/* Points into the row. */
static void
read_key(const Deltas *deltas, const BingoOrdering *counter, TupleTableSlot *row, DeltaKey *key)
{
	key->hash = 0;
	for (int i = 0; i < deltas->nkeys; i++)
	{
		key->values[i] = slot_getattr(row, counter->definition->output[i].attno, &key->nulls[i]);
		if (counter->definition->sort[i].null_test)
		{
			key->values[i] = BoolGetDatum(key->nulls[i]);
			key->nulls[i] = false;
		}
		key->hash = pg_rotate_left32(key->hash, 1);
		if (!key->nulls[i])
			key->hash ^= datum_image_hash(key->values[i], deltas->by_value[i], deltas->lengths[i]);
	}
}

/* --- remembering --- */

static Deltas *
find_deltas(int32 id, Oid window, int level)
{
	ListCell   *cell;

	foreach(cell, all_deltas)
	{
		Deltas	   *deltas = lfirst(cell);

		if (deltas->id == id && deltas->window == window && deltas->level == level)
			return deltas;
	}
	return NULL;
}

static void
make_hash(Deltas *deltas)
{
	deltas->context = AllocSetContextCreate(TopTransactionContext, "bingo_tune counts", ALLOCSET_SMALL_SIZES);
	deltas->hash = deltas_create(deltas->context, 8, deltas);
}

static Deltas *
make_deltas(const BingoOrdering *counter, int level)
{
	MemoryContext old = MemoryContextSwitchTo(TopTransactionContext);
	Deltas	   *deltas = palloc0(sizeof(Deltas));

	deltas->id = counter->id;
	deltas->window = counter->window;
	deltas->level = level;
	deltas->nkeys = counter->definition->noutput;
	for (int i = 0; i < deltas->nkeys; i++)
		get_typlenbyval(bingo_definition_window_column(counter->definition, i)->type, &deltas->lengths[i], &deltas->by_value[i]);
	make_hash(deltas);
	all_deltas = lcons(deltas, all_deltas);
	MemoryContextSwitchTo(old);
	return deltas;
}

/* The key as it is kept: out of line and compressed values are fetched now. */
static DeltaKey *
copy_key(const Deltas *deltas, const DeltaKey *key)
{
	MemoryContext old = MemoryContextSwitchTo(deltas->context);
	DeltaKey   *copy = palloc(sizeof(DeltaKey));

	copy->hash = key->hash;
	copy->values = palloc(Max(deltas->nkeys, 1) * sizeof(Datum));
	copy->nulls = palloc(Max(deltas->nkeys, 1) * sizeof(bool));
	for (int i = 0; i < deltas->nkeys; i++)
	{
		copy->nulls[i] = key->nulls[i];
		if (key->nulls[i])
			copy->values[i] = (Datum) 0;
		else if (deltas->lengths[i] == -1)
			copy->values[i] = PointerGetDatum(PG_DETOAST_DATUM_COPY(key->values[i]));
		else
			copy->values[i] = datumCopy(key->values[i], deltas->by_value[i], deltas->lengths[i]);
	}
	MemoryContextSwitchTo(old);
	return copy;
}

static void
add(Deltas *deltas, const DeltaKey *key, int64 n)
{
	Delta	   *delta = deltas_lookup(deltas->hash, key);
	bool		found;

	if (delta == NULL)
	{
		delta = deltas_insert(deltas->hash, copy_key(deltas, key), &found);
		delta->n = 0;
	}
	delta->n += n;
}

static void
add_row(Deltas *deltas, const BingoOrdering *counter, TupleTableSlot *row, int64 n)
{
	Datum		values[BINGO_MAX_KEYS];
	bool		nulls[BINGO_MAX_KEYS];
	DeltaKey	key = {.values = values, .nulls = nulls};

	read_key(deltas, counter, row, &key);
	add(deltas, &key, n);
}

/* --- writing --- */

/* Returns why the rows could not be written; what was written until then is marked with the rest. */
static const char *
write_rows(Deltas *deltas, BingoWindow *window, BingoFold *fold)
{
	TupleTableSlot *slot = window->new_slot;
	deltas_iterator iterator;
	Delta	   *delta;

	deltas_start_iterate(deltas->hash, &iterator);
	while ((delta = deltas_iterate(deltas->hash, &iterator)) != NULL)
	{
		if (delta->n == 0)
			continue;
		ExecClearTuple(slot);
		for (int i = 0; i < deltas->nkeys; i++)
		{
			slot->tts_values[i] = delta->key->values[i];
			slot->tts_isnull[i] = delta->key->nulls[i];
		}
		slot->tts_values[deltas->nkeys] = Int64GetDatum(delta->n);
		slot->tts_isnull[deltas->nkeys] = false;
		ExecStoreVirtualTuple(slot);
		if (!bingo_window_fits(window, slot))
			return "a key is too long for an index";
		if (fold)
			bingo_fold_key(fold, window, delta->key->values, delta->key->nulls);
		if (DatumGetInt64(slot->tts_values[deltas->nkeys]) == 0)
			continue;
		if (!bingo_window_insert(window))
			return window->failure;
		bingo_stats_add(deltas->id, BINGO_COUNT_CHANGES, 1);
		CHECK_FOR_INTERRUPTS();
	}
	return NULL;
}

static const char *
write_deltas(Deltas *deltas, BingoPatience *patience, bool lasting)
{
	BingoOrdering *counter;
	BingoWindow window;
	BingoFold	fold;
	const char *failure;
	bool		folds;

	if (!bingo_catalog_find(deltas->id, patience, &counter))
		return "the definitions of the orderings were locked";
	if (counter == NULL || counter->window != deltas->window)
		return bingo_window_exists(deltas->window) ? "the counter was not found" : NULL;
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
	failure = write_rows(deltas, &window, folds ? &fold : NULL);
	if (folds)
		bingo_fold_end(&fold);
	PopActiveSnapshot();
	bingo_window_close(&window);
	CommandCounterIncrement();
	return failure;
}

/* Writes what a level has of a counter, and forgets it. */
static void
flush(Deltas *deltas, BingoPatience *patience, bool lasting)
{
	const char *failure = deltas->hash->members == 0 ? NULL : write_deltas(deltas, patience, lasting);

	if (failure)
		bingo_valid_invalidate(deltas->window, failure);
	MemoryContextDelete(deltas->context);
	make_hash(deltas);
}

void
bingo_delta_write_all(BingoPatience *patience, bool lasting)
{
	int			level = GetCurrentTransactionNestLevel();
	ListCell   *cell;

	foreach(cell, all_deltas)
	{
		Deltas	   *deltas = lfirst(cell);

		if (deltas->level == level)
			flush(deltas, patience, lasting);
	}
}

void
bingo_delta_add(BingoOrdering *counter, TupleTableSlot *old, TupleTableSlot *new)
{
	int			level = GetCurrentTransactionNestLevel();
	bool		was = old != NULL && bingo_filter_passes(counter, 0, old);
	bool		is = new != NULL && bingo_filter_passes(counter, 0, new);
	Deltas	   *deltas;

	if (!was && !is)
		return;
	deltas = find_deltas(counter->id, counter->window, level);
	if (deltas == NULL)
		deltas = make_deltas(counter, level);
	if (was)
		add_row(deltas, counter, old, -1);
	if (is)
		add_row(deltas, counter, new, 1);
	if (deltas->hash->members > MOST_KEYS)
	{
		BingoPatience patience;

		bingo_lock_start(&patience, BINGO_PATIENCE_LIMIT);
		flush(deltas, &patience, false);
	}
}

bool
bingo_delta_is_pending(int32 id, Oid window)
{
	ListCell   *cell;

	foreach(cell, all_deltas)
	{
		const Deltas *deltas = lfirst(cell);

		if (deltas->id == id && deltas->window == window && deltas->hash->members > 0)
			return true;
	}
	return false;
}

/* --- the ends of subtransactions --- */

static void
forget(Deltas *deltas)
{
	all_deltas = list_delete_ptr(all_deltas, deltas);
	MemoryContextDelete(deltas->context);
	pfree(deltas);
}

/* To the level above: its own, or it becomes that one's. */
static void
pass_on(Deltas *deltas)
{
	Deltas	   *above = find_deltas(deltas->id, deltas->window, deltas->level - 1);
	deltas_iterator iterator;
	Delta	   *delta;

	if (above == NULL)
	{
		deltas->level--;
		return;
	}
	/* What may fail for want of memory comes first: then nothing has been added yet. */
	deltas_start_iterate(deltas->hash, &iterator);
	while ((delta = deltas_iterate(deltas->hash, &iterator)) != NULL)
		add(above, delta->key, 0);
	deltas_start_iterate(deltas->hash, &iterator);
	while ((delta = deltas_iterate(deltas->hash, &iterator)) != NULL)
		add(above, delta->key, delta->n);
	forget(deltas);
}

static void
end_level(SubXactEvent event, SubTransactionId this, SubTransactionId parent, void *arg)
{
	int			level = GetCurrentTransactionNestLevel();
	ListCell   *cell;

	if (all_deltas == NIL || (event != SUBXACT_EVENT_COMMIT_SUB && event != SUBXACT_EVENT_ABORT_SUB))
		return;
	foreach(cell, list_copy(all_deltas))
	{
		Deltas	   *deltas = lfirst(cell);

		if (deltas->level < level)
			continue;
		if (event == SUBXACT_EVENT_ABORT_SUB)
			forget(deltas);
		else
			pass_on(deltas);
	}
}

void
bingo_delta_reset(void)
{
	all_deltas = NIL;
}

void
bingo_delta_init(void)
{
	RegisterSubXactCallback(end_level, NULL);
}
