/*
 * store/sums.c
 *	  What this transaction has changed of counts, in memory until its commit.
 *
 * The triggers add (write/delta.c), a sum for each key of a counter in each subtransaction: a rolled back one takes its
 * rows back, and its sums are dropped with it; a released one's become the level above's, of all counters or none.
 *
 * Readers of the own transaction add them to what the window has (read/own.c):
 *
 *	(O) Under a snapshot X that bingo_sums_refusal() and read/own.c let pass, the sums of
 *		all levels are what the rows that X sees are more, by key, than those that it would
 *		see if this transaction had changed nothing.
 *
 * Proof.  X sees of this transaction what a command before X->curcid has done, if it is not rolled back; what the
 * transaction wrote to the window (of more keys than are kept here) refuses all readers, so by (S) in write/delta.c
 * the window's rows that X sees are the rows of the table that it would see without this transaction.  Three things
 * are to be shown.
 *
 *	1. Every change in the sums is seen: each was made by a command up to last_command, which
 *	   is the row's own cmin or cmax, and X->curcid is greater.
 *	2. Every change that is seen is in the sums, which is to say that its trigger has been
 *	   called: read/own.c.  One that could not add it has called bingo_sums_spoil(), and so has
 *	   who has written a level's sums to the window early.  The level's rollback takes back the
 *	   change and what was written, and nothing is spoiled any more.
 *	3. A sum's - 1 is for a row version that X would see otherwise, or one that this transaction has made, whose + 1 is
 *	   there, too.  An UPDATE or DELETE may have met a version that is younger than its statement's snapshot (READ
 *	   COMMITTED), and X can be that snapshot with a later curcid: of another statement that a rule adds.  Then the
 *	   plain plan sees both the version before that one and our new one.  So the transactions whose versions were met
 *	   are remembered, and X must see them.  Of those older than all snapshots that this backend has by then
 *	   (TransactionXmin) nothing is to be remembered.  Nobody else has deleted such a version: it was there to be
 *	   changed.
 *
 * A reader takes a copy when it starts, because later changes are not X's.  No execution outlives the subtransaction
 * that it was begun in, so what it copied is not rolled back before it ends.
 *
 * All is in TopTransactionContext: the triggers may run in subtransactions.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "access/xact.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "port/pg_bitutils.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "store/sums.h"

#define MOST_OTHERS 32			/* transactions remembered one by one */

/* Of one counter in all of the transaction; stays when a subtransaction is rolled back. */
typedef struct OwnChanges
{
	int32		id;
	Oid			window;
	CommandId	last_command;
	int			spoiled;		/* the outermost level that could not keep something, or 0 */
	int			nothers;
	TransactionId others[MOST_OTHERS];	/* whose row versions were changed */
	TransactionId newest_other; /* of those beyond, or invalid */
} OwnChanges;

static bool
same_key(const BingoSums *sums, const BingoSumKey *a, const BingoSumKey *b)
{
	if (a->hash != b->hash)
		return false;
	for (int i = 0; i < sums->nkeys; i++)
	{
		if (a->nulls[i] != b->nulls[i])
			return false;
		if (!a->nulls[i] && !datum_image_eq(a->values[i], b->values[i], sums->by_value[i], sums->lengths[i]))
			return false;
	}
	return true;
}

#define SH_PREFIX sums
#define SH_ELEMENT_TYPE BingoSum
#define SH_KEY_TYPE const BingoSumKey *
#define SH_KEY key
#define SH_HASH_KEY(table, a) ((a)->hash)
#define SH_EQUAL(table, a, b) same_key((const BingoSums *) (table)->private_data, a, b)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct BingoSumsPosition
{
	sums_iterator iterator;
};

static List *all_sums = NIL;	/* of BingoSums *, inner levels before outer ones */
static List *all_changes = NIL; /* of OwnChanges * */

/* --- what a row is --- */

/* Points into the row. */
static void
read_key(const BingoSums *sums, const BingoOrdering *counter, TupleTableSlot *row, BingoSumKey *key)
{
	key->hash = 0;
	for (int i = 0; i < sums->nkeys; i++)
	{
		key->values[i] = slot_getattr(row, counter->definition->output[i].attno, &key->nulls[i]);
		if (counter->definition->sort[i].null_test)
		{
			key->values[i] = BoolGetDatum(key->nulls[i]);
			key->nulls[i] = false;
		}
		key->hash = pg_rotate_left32(key->hash, 1);
		if (!key->nulls[i])
			key->hash ^= datum_image_hash(key->values[i], sums->by_value[i], sums->lengths[i]);
	}
}

/* --- remembering --- */

static BingoSums *
find_sums(int32 id, Oid window, int level)
{
	ListCell   *cell;

	foreach(cell, all_sums)
	{
		BingoSums  *sums = lfirst(cell);

		if (sums->level < level)
			break;
		if (sums->id == id && sums->window == window && sums->level == level)
			return sums;
	}
	return NULL;
}

static void
make_hash(BingoSums *sums)
{
	sums->context = AllocSetContextCreate(TopTransactionContext, "bingo_tune counts", ALLOCSET_SMALL_SIZES);
	sums->position = MemoryContextAlloc(sums->context, sizeof(*sums->position));
	sums->hash = sums_create(sums->context, 8, sums);
}

BingoSums *
bingo_sums_get(const BingoOrdering *counter)
{
	int			level = GetCurrentTransactionNestLevel();
	BingoSums  *sums = find_sums(counter->id, counter->window, level);
	MemoryContext old;

	if (sums != NULL)
		return sums;
	old = MemoryContextSwitchTo(TopTransactionContext);
	sums = palloc0(sizeof(BingoSums));
	sums->id = counter->id;
	sums->window = counter->window;
	sums->level = level;
	sums->nkeys = counter->definition->noutput;
	for (int i = 0; i < sums->nkeys; i++)
		get_typlenbyval(bingo_definition_window_column(counter->definition, i)->type, &sums->lengths[i], &sums->by_value[i]);
	make_hash(sums);
	all_sums = lcons(sums, all_sums);
	MemoryContextSwitchTo(old);
	return sums;
}

/* The key as it is kept, in the current context: out of line and compressed values are fetched now. */
static BingoSumKey *
copy_key(const BingoSums *sums, const BingoSumKey *key)
{
	BingoSumKey *copy = palloc(sizeof(BingoSumKey));

	copy->hash = key->hash;
	copy->values = palloc(Max(sums->nkeys, 1) * sizeof(Datum));
	copy->nulls = palloc(Max(sums->nkeys, 1) * sizeof(bool));
	for (int i = 0; i < sums->nkeys; i++)
	{
		copy->nulls[i] = key->nulls[i];
		if (key->nulls[i])
			copy->values[i] = (Datum) 0;
		else if (sums->lengths[i] == -1)
			copy->values[i] = PointerGetDatum(PG_DETOAST_DATUM_COPY(key->values[i]));
		else
			copy->values[i] = datumCopy(key->values[i], sums->by_value[i], sums->lengths[i]);
	}
	return copy;
}

static void
add(BingoSums *sums, const BingoSumKey *key, int64 n)
{
	BingoSum   *sum = sums_lookup(sums->hash, key);

	if (sum == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(sums->context);
		bool		found;

		sum = sums_insert(sums->hash, copy_key(sums, key), &found);
		sum->n = 0;
		MemoryContextSwitchTo(old);
	}
	sum->n += n;
}

void
bingo_sums_add(BingoSums *sums, const BingoOrdering *counter, TupleTableSlot *row, int64 n)
{
	Datum		values[BINGO_MAX_KEYS];
	bool		nulls[BINGO_MAX_KEYS];
	BingoSumKey key = {.values = values, .nulls = nulls};

	read_key(sums, counter, row, &key);
	add(sums, &key, n);
}

/* --- all of them --- */

uint32
bingo_sums_count(const BingoSums *sums)
{
	return sums->hash->members;
}

void
bingo_sums_rewind(BingoSums *sums)
{
	sums_start_iterate(sums->hash, &sums->position->iterator);
}

const BingoSum *
bingo_sums_next(BingoSums *sums)
{
	return sums_iterate(sums->hash, &sums->position->iterator);
}

void
bingo_sums_clear(BingoSums *sums)
{
	if (sums->hash->members > 0)
		bingo_sums_spoil(sums->id, sums->window);
	MemoryContextDelete(sums->context);
	make_hash(sums);
}

List *
bingo_sums_of_level(void)
{
	int			level = GetCurrentTransactionNestLevel();
	List	   *found = NIL;
	ListCell   *cell;

	foreach(cell, all_sums)
	{
		BingoSums  *sums = lfirst(cell);

		if (sums->level == level)
			found = lappend(found, sums);
	}
	return found;
}

bool
bingo_sums_are_pending(int32 id, Oid window)
{
	ListCell   *cell;

	foreach(cell, all_sums)
	{
		const BingoSums *sums = lfirst(cell);

		if (sums->id == id && sums->window == window && sums->hash->members > 0)
			return true;
	}
	return false;
}

/* --- reading --- */

static OwnChanges *
find_changes(int32 id, Oid window, bool create)
{
	OwnChanges *changes;
	MemoryContext old;
	ListCell   *cell;

	foreach(cell, all_changes)
	{
		changes = lfirst(cell);
		if (changes->id == id && changes->window == window)
			return changes;
	}
	if (!create)
		return NULL;
	old = MemoryContextSwitchTo(TopTransactionContext);
	changes = palloc0(sizeof(OwnChanges));
	changes->id = id;
	changes->window = window;
	all_changes = lappend(all_changes, changes);
	MemoryContextSwitchTo(old);
	return changes;
}

/* NULL of a row that is not as heap's are. */
static HeapTupleHeader
get_header(TupleTableSlot *row)
{
	HeapTuple	tuple = TTS_IS_BUFFERTUPLE(row) ? ((HeapTupleTableSlot *) row)->tuple : NULL;

	return tuple ? tuple->t_data : NULL;
}

/* Whose version it was that was changed. */
static void
note_other(OwnChanges *changes, HeapTupleHeader old)
{
	TransactionId other = HeapTupleHeaderGetRawXmin(old);

	if (HeapTupleHeaderXminFrozen(old) || TransactionIdPrecedes(other, TransactionXmin) ||
		TransactionIdIsCurrentTransactionId(other))
		return;
	for (int i = 0; i < changes->nothers; i++)
		if (changes->others[i] == other)
			return;
	if (changes->nothers < MOST_OTHERS)
		changes->others[changes->nothers++] = other;
	else if (!TransactionIdIsValid(changes->newest_other) || TransactionIdFollows(other, changes->newest_other))
		changes->newest_other = other;
}

void
bingo_sums_note(const BingoOrdering *counter, TupleTableSlot *old, TupleTableSlot *new)
{
	OwnChanges *changes = find_changes(counter->id, counter->window, true);
	HeapTupleHeader was = old ? get_header(old) : NULL;
	HeapTupleHeader is = new ? get_header(new) : NULL;
	CommandId	command;

	/* COPY FREEZE leaves no command behind */
	if ((old && !was) || (new && !is) || (is && HeapTupleHeaderXminFrozen(is)))
	{
		bingo_sums_spoil(counter->id, counter->window);
		return;
	}
	command = is ? HeapTupleHeaderGetCmin(is) : HeapTupleHeaderGetCmax(was);
	changes->last_command = Max(changes->last_command, command);
	if (was)
		note_other(changes, was);
}

void
bingo_sums_spoil(int32 id, Oid window)
{
	OwnChanges *changes = find_changes(id, window, true);

	/* if it is already: by this level, or by one above */
	if (changes->spoiled == 0)
		changes->spoiled = GetCurrentTransactionNestLevel();
}

/* Does the snapshot see all versions that were changed? */
static bool
sees_others(const OwnChanges *changes, Snapshot snapshot)
{
	if (TransactionIdIsValid(changes->newest_other) && !TransactionIdPrecedes(changes->newest_other, snapshot->xmin))
		return false;
	for (int i = 0; i < changes->nothers; i++)
		if (XidInMVCCSnapshot(changes->others[i], snapshot))
			return false;
	return true;
}

const char *
bingo_sums_refusal(int32 id, Oid window, Snapshot snapshot)
{
	const OwnChanges *changes = find_changes(id, window, false);

	if (changes == NULL)
		return NULL;
	if (changes->spoiled > 0)
		return "this transaction has changed more than is kept in memory, or what could not be counted at once";
	if (snapshot->curcid <= changes->last_command)
		return "this transaction has changed its table since the snapshot was taken";
	if (!sees_others(changes, snapshot))
		return "this transaction has changed rows that are younger than the snapshot";
	return NULL;
}

BingoSum *
bingo_sums_copy(int32 id, Oid window, int *count)
{
	BingoSum   *copy = NULL;
	ListCell   *cell;
	int			size = 0;

	*count = 0;
	foreach(cell, all_sums)
	{
		BingoSums  *sums = lfirst(cell);
		const BingoSum *sum;

		if (sums->id != id || sums->window != window || sums->hash->members == 0)
			continue;
		size += sums->hash->members;
		copy = copy ? repalloc(copy, size * sizeof(BingoSum)) : palloc(size * sizeof(BingoSum));
		bingo_sums_rewind(sums);
		while ((sum = bingo_sums_next(sums)) != NULL)
			if (sum->n != 0)
				copy[(*count)++] = (BingoSum) {.key = copy_key(sums, sum->key), .n = sum->n};
	}
	return copy;
}

/* --- the ends of subtransactions --- */

static void
forget(BingoSums *sums)
{
	all_sums = list_delete_ptr(all_sums, sums);
	MemoryContextDelete(sums->context);
	pfree(sums);
}

/* Whatever may fail for want of memory, of all counters, before the first is the level above's. */
static void
make_room_above(BingoSums *sums)
{
	BingoSums  *above = find_sums(sums->id, sums->window, sums->level - 1);
	const BingoSum *sum;

	bingo_sums_rewind(sums);
	while (above != NULL && (sum = bingo_sums_next(sums)) != NULL)
		add(above, sum->key, 0);
}

/* Is it the level above's now?  Else it has been added to that one's. */
static bool
becomes_outer(BingoSums *sums)
{
	BingoSums  *above = find_sums(sums->id, sums->window, sums->level - 1);
	const BingoSum *sum;

	if (above == NULL)
	{
		sums->level--;
		return true;
	}
	bingo_sums_rewind(sums);
	while ((sum = bingo_sums_next(sums)) != NULL)
		add(above, sum->key, sum->n);
	return false;
}

static void
end_level(SubXactEvent event, SubTransactionId this, SubTransactionId parent, void *arg)
{
	int			level = GetCurrentTransactionNestLevel();
	ListCell   *cell;

	foreach(cell, all_changes)
	{
		OwnChanges *changes = lfirst(cell);

		if (changes->spoiled >= level && (event == SUBXACT_EVENT_COMMIT_SUB || event == SUBXACT_EVENT_ABORT_SUB))
			changes->spoiled = event == SUBXACT_EVENT_ABORT_SUB ? 0 : level - 1;
	}
	/* Nothing is allocated here: the context of a subtransaction that is released would stay with it, until the end. */
	for (int i = 0; i < list_length(all_sums);)
	{
		BingoSums  *sums = list_nth(all_sums, i);

		if (sums->level < level)
			break;
		if (event == SUBXACT_EVENT_PRE_COMMIT_SUB)
			make_room_above(sums);
		if (event == SUBXACT_EVENT_ABORT_SUB || (event == SUBXACT_EVENT_COMMIT_SUB && !becomes_outer(sums)))
			forget(sums);
		else
			i++;
	}
}

void
bingo_sums_reset(void)
{
	all_sums = NIL;
	all_changes = NIL;
}

void
bingo_sums_init(void)
{
	RegisterSubXactCallback(end_level, NULL);
}
