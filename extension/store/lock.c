/*
 * store/lock.c
 *	  Locks of the writers of an ordering: the gate, the tables, the join keys.
 *
 * Which locks there are
 *
 *	gate		One tag for each ordering, of the advisory type, with a fourth field
 *				that no SQL function makes (they make 1 and 2).  No relation: nobody
 *				else can lock it, by LOCK, VACUUM FULL, DROP EXTENSION or whatever.
 *				ROW SHARE				a transaction that changed driving rows
 *				SHARE					... and more keys than the limit
 *				ROW EXCLUSIVE			a transaction that changed a few rows of dimensions (write/light.c)
 *				SHARE ROW EXCLUSIVE		... other rows of dimensions
 *				EXCLUSIVE				... and more keys than the limit; upkeep
 *	key			The value by which a dimension is joined, whether the dimension
 *				has such a row or not.  Driving writers hold it shared, writers
 *				of that dimension exclusive.  Such a tag as well: it shows in
 *				pg_locks, survives PREPARE TRANSACTION, is not
 *				touched by pg_advisory_unlock_all(), and ends with the
 *				transaction.  It holds a hash: two keys with one hash only make
 *				two writers wait for each other without need.
 *	table		ROW EXCLUSIVE on the window, held to the end like any statement's, and
 *				ACCESS SHARE on the base tables that are read, until the work is done
 *				(write/borrow.c); the same on where they keep long values if one is
 *				read or written.
 *
 * Deadlock.  A transaction takes these locks at its commit only, when it will
 * not wait for anything else any more; orderings by id, in an ordering the gate
 * first, then keys by rank of the table and by hash.  Yet another transaction
 * may hold the table locks since its beginning and wait for our rows (TRUNCATE
 * of a dimension, then UPDATE of a row that we hold), so order alone does not
 * do.  Therefore nothing here ever sleeps in the lock manager: the lock is asked
 * for conditionally, again and again, for a bounded time.  The deadlock detector
 * can not see such a wait, so no other transaction is ever its victim, and the
 * bound ends every circle.
 *
 * A full lock table is no error either: the lock counts as not had.
 *
 * Fairness.  Shared requests that overlap for ever could keep an exclusive one
 * out for its whole second.  With the library preloaded the one who waits for
 * an exclusive key puts up a barrier, a time in shared memory until which others
 * don't take that key; it expires by itself, so nobody has to take it down.  Likewise
 * the one who waits for a gate, for whom those stand back who want it ROW EXCLUSIVE.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "common/hashfn.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "port/atomics.h"
#include "storage/lock.h"
#include "storage/lmgr.h"
#include "storage/proc.h"
#include "utils/inval.h"
#include "utils/rel.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/lock_now.h"
#include "base/shared.h"
#include "store/lock.h"

#define GATE_TAG		0xB0FF	/* fourth field of a gate's tag */
#define KEY_TAG			0xB100	/* of a key's; plus the table */

#define FIRST_SLEEP		50		/* microseconds; doubled */
#define LONGEST_SLEEP	1600

#define BARRIERS		1024	/* locks share the places by hash; a barrier is for one of them */
#define BARRIER_AFTER	(2 * 1000)	/* microseconds of waiting before it goes up */
#define BARRIER_LASTS	20		/* milliseconds */
#define BARRIER_TIME_BITS	42		/* milliseconds since 2000; above them stands for which lock it is */

/* Until when those who want a lock stand back for one who waits for it; NULL if not preloaded. */
static pg_atomic_uint64 *barriers = NULL;

static void
start_barriers(void *piece)
{
	pg_atomic_uint64 *starting = piece;

	for (int i = 0; i < BARRIERS; i++)
		pg_atomic_init_u64(&starting[i], 0);
}

void
bingo_lock_init(void)
{
	bingo_shared_add("bingo_tune key barriers", BARRIERS * sizeof(pg_atomic_uint64), (void **) &barriers, start_barriers);
}

/* Half of what is left of a timeout: COMMIT in a procedure is part of a statement that has one. */
static int
limit_by_timeout(int limit, TimeoutId timeout)
{
	long		left;

	if (!get_timeout_active(timeout))
		return limit;
	left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), get_timeout_finish_time(timeout));
	return (int) Min(limit, left / 2);
}

void
bingo_lock_start(BingoPatience *patience, int limit)
{
	patience->until = 0;
	bingo_lock_ask(patience, NULL, NULL);
	if (LockTimeout > 0)
		limit = Min(limit, LockTimeout);
	limit = limit_by_timeout(limit, STATEMENT_TIMEOUT);
	patience->limit = limit_by_timeout(limit, bingo_transaction_timeout);
}

void
bingo_lock_ask(BingoPatience *patience, bool (*is_vain) (void *), void *of)
{
	patience->is_vain = is_vain;
	patience->of = of;
	patience->vain = false;
}

static bool
wait_is_vain(BingoPatience *patience)
{
	bool		(*is_vain) (void *) = patience->is_vain;

	patience->is_vain = NULL;	/* it may come here itself */
	if (is_vain)
		patience->vain = is_vain(patience->of);
	return patience->vain;
}

/* The patience begins to run out with the first wait. */
static void
start_waiting(BingoPatience *patience, TimestampTz now)
{
	if (patience->until == 0)
		patience->until = TimestampTzPlusMilliseconds(now, patience->limit);
}

void
bingo_lock_start_within(BingoPatience *patience, int limit, BingoPatience *all)
{
	TimestampTz now = GetCurrentTimestamp();

	bingo_lock_start(patience, limit);
	start_waiting(all, now);
	patience->limit = Min(patience->limit, (int) TimestampDifferenceMilliseconds(now, all->until));
}

/*
 * Sleeps a little before the lock is asked for again, instead of waiting in the
 * lock manager: whoever queues there can be part of a deadlock, and makes others
 * queue behind him.  Cancelling the transaction works as in any other wait, as
 * late as one sleep at most (LONGEST_SLEEP).
 */
bool
bingo_lock_pause(BingoPatience *patience, int *sleep)
{
	TimestampTz now;

	if (patience == NULL || wait_is_vain(patience))
		return false;
	*sleep = Max(*sleep, FIRST_SLEEP);
	now = GetCurrentTimestamp();
	start_waiting(patience, now);
	if (now >= patience->until)
		return false;

	CHECK_FOR_INTERRUPTS();
	pg_usleep(*sleep);
	CHECK_FOR_INTERRUPTS();
	if (*sleep < LONGEST_SLEEP)
		*sleep *= 2;
	return true;
}

static bool
lock_tag(const LOCKTAG *tag, LOCKMODE mode, BingoPatience *patience)
{
	int			sleep = 0;

	while (!bingo_lock_tag_now(tag, mode))
	{
		if (!bingo_lock_pause(patience, &sleep))
			return false;
	}
	return true;
}

bool
bingo_lock_relation(Oid relid, LOCKMODE mode, BingoPatience *patience)
{
	LOCKTAG		tag;

	SET_LOCKTAG_RELATION(tag, MyDatabaseId, relid);
	return lock_tag(&tag, mode, patience);
}

void
bingo_lock_set_gate(LOCKTAG *tag, int32 ordering_id)
{
	SET_LOCKTAG_ADVISORY(*tag, MyDatabaseId, (uint32) ordering_id, 0, GATE_TAG);
}

void
bingo_lock_close_gate(int32 ordering_id)
{
	LOCKTAG		tag;

	bingo_lock_set_gate(&tag, ordering_id);
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
	AcceptInvalidationMessages();
}

bool
bingo_lock_gate_is_closed(int32 ordering_id)
{
	LOCKTAG		tag;

	bingo_lock_set_gate(&tag, ordering_id);
	return bingo_lock_is_mine(&tag, ExclusiveLock);
}

/*
 * What try_relation_open() does for a table that is not temporary, without its
 * look into pg_class's cache first: the lock is there and the invalidations are
 * processed, so the relation cache's entry is gone if the relation is.
 */
Relation
bingo_lock_open(Oid relid)
{
	Relation	relation = RelationIdGetRelation(relid);

	if (RelationIsValid(relation))
		pgstat_init_relation(relation);
	return relation;
}

bool
bingo_lock_wants_toast(TupleTableSlot *slot)
{
	if (TTS_IS_HEAPTUPLE(slot) || TTS_IS_BUFFERTUPLE(slot))
		return ((HeapTupleTableSlot *) slot)->tuple != NULL &&
			HeapTupleHasExternal(((HeapTupleTableSlot *) slot)->tuple);
	if (TTS_IS_MINIMALTUPLE(slot))
		return (((MinimalTupleTableSlot *) slot)->mintuple->t_infomask & HEAP_HASEXTERNAL) != 0;
	return true;
}

/* Whoever reads or writes a long value would wait for these locks. */
bool
bingo_lock_toast(Relation relation, LOCKMODE mode, BingoPatience *patience,
				 bool (*lock) (Oid relid, LOCKMODE mode, BingoPatience *patience))
{
	Oid			toast = relation->rd_rel->reltoastrelid;
	Relation	table;
	ListCell   *cell;
	bool		locked = true;

	if (!OidIsValid(toast))
		return true;
	if (!lock(toast, mode, patience))
		return false;
	table = bingo_lock_open(toast);
	if (table == NULL)
		return false;
	foreach(cell, RelationGetIndexList(table))
		locked = locked && lock(lfirst_oid(cell), mode, patience);
	RelationClose(table);
	return locked;
}

/* --- barriers --- */

typedef struct Barrier
{
	pg_atomic_uint64 *place;	/* NULL: the library is not preloaded */
	uint64		of;				/* the lock, above the time */
} Barrier;

static Barrier
find_barrier(const LOCKTAG *tag)
{
	uint64		hash = hash_bytes_extended((const unsigned char *) tag, sizeof(LOCKTAG), 0);

	return (Barrier) {barriers ? &barriers[hash % BARRIERS] : NULL, hash >> BARRIER_TIME_BITS << BARRIER_TIME_BITS};
}

static uint64
in_milliseconds(TimestampTz time)
{
	return (uint64) time / 1000 & ((UINT64CONST(1) << BARRIER_TIME_BITS) - 1);
}

static bool
is_up(const Barrier *barrier)
{
	uint64		value = barrier->place ? pg_atomic_read_u64(barrier->place) : 0;
	uint64		until = value & ((UINT64CONST(1) << BARRIER_TIME_BITS) - 1);

	return until != 0 && value - until == barrier->of && until > in_milliseconds(GetCurrentTimestamp());
}

/* Whoever's it replaces puts up his own again, as long as he waits. */
static void
put_up(const Barrier *barrier, TimestampTz now)
{
	if (barrier->place)
		pg_atomic_write_u64(barrier->place, barrier->of | (in_milliseconds(now) + BARRIER_LASTS));
}

static void
take_down(const Barrier *barrier)
{
	if (is_up(barrier))
		pg_atomic_write_u64(barrier->place, 0);
}

bool
bingo_lock_is_fair(void)
{
	return barriers != NULL;
}

/*
 * Stands back while a barrier is up, unless the lock is ours already: who put
 * up the barrier may be waiting for this very transaction.
 */
static bool
lock_before_barrier(const LOCKTAG *tag, LOCKMODE mode, BingoPatience *patience)
{
	Barrier		barrier = find_barrier(tag);
	LOCALLOCK  *local;
	int			sleep = 0;

	for (;;)
	{
		if ((!is_up(&barrier) || bingo_lock_is_mine(tag, mode)) &&
			bingo_lock_try(tag, mode, &local) != LOCKACQUIRE_NOT_AVAIL)
			return true;
		if (!bingo_lock_pause(patience, &sleep))
			return false;
	}
}

/* Puts up the barrier when it has waited for a while. */
static bool
lock_behind_barrier(const LOCKTAG *tag, LOCKMODE mode, BingoPatience *patience)
{
	Barrier		barrier = find_barrier(tag);
	LOCALLOCK  *local;
	int			sleep = 0;
	TimestampTz start = 0;
	bool		up = false;
	bool		had;

	while (!(had = (bingo_lock_try(tag, mode, &local) != LOCKACQUIRE_NOT_AVAIL)))
	{
		TimestampTz now = GetCurrentTimestamp();

		if (start == 0)
			start = now;
		if (now - start >= BARRIER_AFTER)
		{
			put_up(&barrier, now);
			up = true;
		}
		if (!bingo_lock_pause(patience, &sleep))
			break;
	}
	if (up)
		take_down(&barrier);
	return had;
}

bool
bingo_lock_gate(int32 ordering_id, LOCKMODE mode, BingoPatience *patience)
{
	LOCKTAG		tag;
	bool		had;

	bingo_lock_set_gate(&tag, ordering_id);
	if (mode == RowShareLock)
		return lock_tag(&tag, mode, patience);
	had = mode == RowExclusiveLock ? lock_before_barrier(&tag, mode, patience) :
		lock_behind_barrier(&tag, mode, patience);
	if (had)
		AcceptInvalidationMessages();
	return had;
}

void
bingo_lock_release_gate(int32 ordering_id, LOCKMODE mode)
{
	LOCKTAG		tag;

	bingo_lock_set_gate(&tag, ordering_id);
	(void) LockRelease(&tag, mode, false);
}

static void
set_key(LOCKTAG *tag, int32 ordering_id, int table, uint32 hash)
{
	SET_LOCKTAG_ADVISORY(*tag, MyDatabaseId, (uint32) ordering_id, hash, KEY_TAG + table);
}

/* mode: ShareLock or ExclusiveLock. */
bool
bingo_lock_key(int32 ordering_id, int table, uint32 hash, LOCKMODE mode, BingoPatience *patience)
{
	LOCKTAG		tag;

	set_key(&tag, ordering_id, table, hash);
	if (mode == ShareLock)
		return lock_before_barrier(&tag, mode, patience);
	return lock_behind_barrier(&tag, mode, patience);
}

void
bingo_lock_release_key(int32 ordering_id, int table, uint32 hash, LOCKMODE mode)
{
	LOCKTAG		tag;

	set_key(&tag, ordering_id, table, hash);
	(void) LockRelease(&tag, mode, false);
}

/*
 * The lock table has room for max_locks_per_transaction locks of each
 * transaction on average: half of that leaves room for the tables'.
 */
int
bingo_lock_most_keys(void)
{
	return max_locks_per_xact / 2;
}
