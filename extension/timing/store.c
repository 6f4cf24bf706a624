/*
 * timing/store.c
 *	  Shared memory of the per-query timing: slots, and the hash that finds them.
 *
 * A fixed number of slots (bingo_tune.max_queries) of about 13 kB: 8.8 kB, nearly all
 * of it the histogram's 64-bit counts, and two examples.  A slot's memory is first
 * touched when a query takes it, so what is tracked is what is paid for (except with
 * huge pages).
 *
 * Locks:
 * - The hash from key to slot number is partitioned.  Adding to a known query
 *   takes its partition's lock SHARED and then only atomic adds: no exclusive
 *   lock, no spinlock.
 * - A new query takes that lock EXCLUSIVE, once; so does who replaces an example.
 * - The allocation lock (the last of the tranche) guards the free list, and
 *   makes one backend at a time evict.  It is taken BEFORE a partition's lock,
 *   never while one is held.
 * - Readers of all slots hold all partition locks SHARED, in ascending order.
 *
 * Slots are never referred to beyond the partition lock, so removing one needs
 * nothing but the exclusive lock.
 *
 * A full table evicts the least used twentieth: fewest calls, where the calls
 * before each eviction count half as much as those since, and among equals the
 * longest unused.  (pg_stat_statements ages its entries likewise.)
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/guc.h"
#include "timing/timing.h"

#define TRANCHE			"bingo_tune_timing"
#define PARTITIONS		16
#define ALLOCATION_LOCK	(&locks[PARTITIONS].lock)
#define NO_SLOT			(-1)
#define EVICT_SHARE		20		/* a twentieth at a time */

typedef struct TimingShared
{
	int			first_free;		/* allocation lock: list through next_free */
	int			touched;		/* allocation lock: slots that were ever used; also read under
								 * all partition locks */
	pg_atomic_uint64 since;
	pg_atomic_uint64 tracked;
	pg_atomic_uint64 evicted_queries;
	pg_atomic_uint64 evicted_calls;
	pg_atomic_uint64 lost_calls;
	pg_atomic_uint64 other_errors[BINGO_ERROR_CLASSES];
} TimingShared;

typedef struct TimingLink
{
	BingoTimingKey key;
	int			slot;
} TimingLink;

typedef struct Candidate
{
	int			slot;
	uint64		usage;
	uint32		last_interval;
	BingoTimingKey key;
} Candidate;

static TimingShared *shared = NULL;
static BingoTimingSlot *slots = NULL;
static HTAB *links = NULL;
static LWLockPadded *locks = NULL;

Size
bingo_timing_store_size(void)
{
	Size		size = MAXALIGN(sizeof(TimingShared)) + bingo_examples_size();

	size = add_size(size, mul_size(bingo_max_queries, sizeof(BingoTimingSlot)));
	return add_size(size, hash_estimate_size(bingo_max_queries, sizeof(TimingLink)));
}

/* Called from the shmem_request hook. */
void
bingo_timing_store_request(void)
{
	RequestAddinShmemSpace(bingo_timing_store_size());
	RequestNamedLWLockTranche(TRANCHE, PARTITIONS + 1);
}

/*
 * Called from the shmem_startup hook, in the postmaster.  Returns true if the
 * store is new, that is, empty.  The slots themselves are left untouched.
 */
bool
bingo_timing_store_startup(void)
{
	bool		found;
	HASHCTL		info = {0};
	int			i;

	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	locks = GetNamedLWLockTranche(TRANCHE);
	slots = ShmemInitStruct("bingo_tune timing slots",
							mul_size(bingo_max_queries, sizeof(BingoTimingSlot)), &found);
	info.keysize = sizeof(BingoTimingKey);
	info.entrysize = sizeof(TimingLink);
	info.num_partitions = PARTITIONS;
	links = bingo_shmem_hash("bingo_tune timing hash", bingo_max_queries, &info,
							 HASH_ELEM | HASH_BLOBS | HASH_PARTITION | HASH_FIXED_SIZE);
	bingo_examples_startup();
	shared = ShmemInitStruct("bingo_tune timing", sizeof(TimingShared), &found);
	if (!found)
	{
		shared->first_free = NO_SLOT;
		shared->touched = 0;
		pg_atomic_init_u64(&shared->since, (uint64) GetCurrentTimestamp());
		pg_atomic_init_u64(&shared->tracked, 0);
		pg_atomic_init_u64(&shared->evicted_queries, 0);
		pg_atomic_init_u64(&shared->evicted_calls, 0);
		pg_atomic_init_u64(&shared->lost_calls, 0);
		for (i = 0; i < BINGO_ERROR_CLASSES; i++)
			pg_atomic_init_u64(&shared->other_errors[i], 0);
	}
	LWLockRelease(AddinShmemInitLock);
	return !found;
}

bool
bingo_timing_available(void)
{
	return shared != NULL;
}

static inline LWLock *
partition_lock(uint32 hash)
{
	return &locks[hash % PARTITIONS].lock;
}

static int
compare_candidates(const void *left, const void *right)
{
	const Candidate *l = left;
	const Candidate *r = right;

	if (l->usage != r->usage)
		return l->usage < r->usage ? -1 : 1;
	if (l->last_interval != r->last_interval)
		return l->last_interval < r->last_interval ? -1 : 1;
	return 0;
}

/* The allocation lock and the partition's exclusive lock are held. */
static void
unlink_slot(int number, uint32 hash)
{
	BingoTimingSlot *slot = &slots[number];

	hash_search_with_hash_value(links, &slot->key, hash, HASH_REMOVE, NULL);
	slot->used = false;
	slot->next_free = shared->first_free;
	shared->first_free = number;
	pg_atomic_fetch_sub_u64(&shared->tracked, 1);
}

/*
 * Frees the least used slots; the allocation lock is held.  Usage is read
 * without the partition locks: slots are only freed under the allocation lock,
 * and a call counted too few does not matter.
 */
static void
evict_slots(void)
{
	Candidate  *candidates;
	int			count = 0;
	int			victims;
	int			i;

	candidates = palloc_extended(sizeof(Candidate) * shared->touched,
								 MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
	if (candidates == NULL)
		return;
	for (i = 0; i < shared->touched; i++)
	{
		BingoTimingSlot *slot = &slots[i];
		uint64		calls;

		if (!slot->used)
			continue;
		pg_read_barrier();
		calls = bingo_timing_slot_calls(slot);
		slot->usage = slot->usage / 2 + (calls - slot->usage_calls);
		slot->usage_calls = calls;
		candidates[count].slot = i;
		candidates[count].usage = slot->usage;
		candidates[count].last_interval = bingo_timing_slot_last_interval(slot);
		candidates[count++].key = slot->key;
	}
	qsort(candidates, count, sizeof(Candidate), compare_candidates);
	victims = Min(count, Max(1, bingo_max_queries / EVICT_SHARE));
	for (i = 0; i < victims; i++)
	{
		BingoTimingSlot *slot = &slots[candidates[i].slot];
		uint32		hash = get_hash_value(links, &candidates[i].key);

		LWLockAcquire(partition_lock(hash), LW_EXCLUSIVE);
		pg_atomic_fetch_add_u64(&shared->evicted_calls, bingo_timing_slot_calls(slot));
		pg_atomic_fetch_add_u64(&shared->evicted_queries, 1);
		unlink_slot(candidates[i].slot, hash);
		LWLockRelease(partition_lock(hash));
	}
	pfree(candidates);
}

/* Takes a slot off the free list, evicting if need be; NO_SLOT only without memory. */
static int
allocate_slot(void)
{
	int			number;

	LWLockAcquire(ALLOCATION_LOCK, LW_EXCLUSIVE);
	if (shared->first_free == NO_SLOT && shared->touched >= bingo_max_queries)
		evict_slots();
	number = shared->first_free;
	if (number != NO_SLOT)
		shared->first_free = slots[number].next_free;
	else if (shared->touched < bingo_max_queries)
	{
		number = shared->touched;
		slots[number].used = false;
		pg_write_barrier();		/* readers of all slots don't hold this lock */
		shared->touched++;
	}
	LWLockRelease(ALLOCATION_LOCK);
	return number;
}

static void
free_slot(int number)
{
	LWLockAcquire(ALLOCATION_LOCK, LW_EXCLUSIVE);
	slots[number].next_free = shared->first_free;
	shared->first_free = number;
	LWLockRelease(ALLOCATION_LOCK);
}

/*
 * The slot of a key, made if there is none, with its partition locked
 * EXCLUSIVE: call bingo_timing_release_slot() afterwards.  NULL, and no lock,
 * if there is no memory to evict with.
 */
BingoTimingSlot *
bingo_timing_take_slot(const BingoTimingKey *key)
{
	uint32		hash = get_hash_value(links, key);
	TimingLink *link;
	int			number;
	bool		found;

	LWLockAcquire(partition_lock(hash), LW_EXCLUSIVE);
	link = hash_search_with_hash_value(links, key, hash, HASH_FIND, NULL);
	if (link != NULL)
		return &slots[link->slot];
	LWLockRelease(partition_lock(hash));

	/* The allocation lock comes first; so somebody else may make the slot now. */
	number = allocate_slot();
	if (number == NO_SLOT)
		return NULL;
	LWLockAcquire(partition_lock(hash), LW_EXCLUSIVE);
	link = hash_search_with_hash_value(links, key, hash, HASH_ENTER_NULL, &found);
	if (link == NULL || found)
	{
		LWLockRelease(partition_lock(hash));
		free_slot(number);
		return found && link != NULL ? bingo_timing_take_slot(key) : NULL;
	}
	link->slot = number;
	bingo_timing_slot_init(&slots[number], key);
	/* Eviction looks at used, then at the key, without the partition's lock. */
	pg_write_barrier();
	slots[number].used = true;
	pg_atomic_fetch_add_u64(&shared->tracked, 1);
	return &slots[number];
}

void
bingo_timing_release_slot(const BingoTimingKey *key)
{
	LWLockRelease(partition_lock(get_hash_value(links, key)));
}

/* A query without a slot, or whose action is not known yet. */
static void
record_first(const BingoTimingSample *sample)
{
	char		action[BINGO_ACTION_SIZE];
	BingoTimingSlot *slot;

	/* Parses the statement, so no lock may be held. */
	if (!bingo_timing_describe_action(sample->source, sample->location, sample->length,
									  sample->planned, action))
		strlcpy(action, "unknown", sizeof(action));
	slot = bingo_timing_take_slot(&sample->key);
	if (slot == NULL)
	{
		pg_atomic_fetch_add_u64(&shared->lost_calls, 1);
		return;
	}
	if (slot->action[0] == '\0')
		strlcpy(slot->action, action, BINGO_ACTION_SIZE);
	bingo_timing_slot_add(slot, sample);
	bingo_timing_release_slot(&sample->key);
}

/* The call is, or was, an example: see timing/example.c. */
static void
renew_examples(const BingoTimingSample *sample, uint32 hash)
{
	BingoExample example;
	bool		made = bingo_example_make(&example, sample);
	LWLock	   *lock = partition_lock(hash);
	TimingLink *link;

	LWLockAcquire(lock, LW_EXCLUSIVE);
	link = hash_search_with_hash_value(links, &sample->key, hash, HASH_FIND, NULL);
	if (link != NULL)
		bingo_examples_put(&slots[link->slot].examples, made ? &example : NULL, sample);
	LWLockRelease(lock);
}

/* Adds an ended statement.  Throws no error. */
void
bingo_timing_record(const BingoTimingSample *sample)
{
	uint32		hash = get_hash_value(links, &sample->key);
	LWLock	   *lock = partition_lock(hash);
	TimingLink *link;
	bool		renew = sample->is_example;

	LWLockAcquire(lock, LW_SHARED);
	link = hash_search_with_hash_value(links, &sample->key, hash, HASH_FIND, NULL);
	if (link != NULL)
	{
		bingo_timing_slot_add(&slots[link->slot], sample);
		renew = bingo_examples_wait_for(&slots[link->slot].examples, sample);
	}
	LWLockRelease(lock);
	if (link == NULL)
		record_first(sample);
	if (renew)
		renew_examples(sample, hash);
}

/*
 * Calls the visitor for each slot in use, under shared locks that keep slots
 * from coming and going (not from counting).  Stops when it returns false, and
 * returns false then.  The postmaster, which calls when it ends, is alone and
 * must not wait for locks that killed backends may have left behind.
 */
bool
bingo_timing_visit(BingoSlotVisitor visitor, void *arg)
{
	bool		more = true;
	int			i;

	for (i = 0; i < PARTITIONS && IsUnderPostmaster; i++)
		LWLockAcquire(&locks[i].lock, LW_SHARED);
	for (i = 0; i < shared->touched && more; i++)
	{
		if (slots[i].used)
			more = visitor(&slots[i], arg);
	}
	for (i = PARTITIONS; --i >= 0 && IsUnderPostmaster;)
		LWLockRelease(&locks[i].lock);
	return more;
}

/* Forgets the queries that match; 0 matches all.  Returns how many they were. */
uint64
bingo_timing_remove(Oid userid, Oid dbid, uint64 queryid)
{
	uint64		removed = 0;
	int			i;

	LWLockAcquire(ALLOCATION_LOCK, LW_EXCLUSIVE);
	for (i = 0; i < shared->touched; i++)
	{
		BingoTimingSlot *slot = &slots[i];
		uint32		hash = get_hash_value(links, &slot->key);

		/* Freeing needs the allocation lock; a slot being taken has no calls yet. */
		LWLockAcquire(partition_lock(hash), LW_EXCLUSIVE);
		if (slot->used && hash == get_hash_value(links, &slot->key) &&
			(userid == 0 || slot->key.userid == userid) &&
			(dbid == 0 || slot->key.dbid == dbid) &&
			(queryid == 0 || slot->key.queryid == queryid))
		{
			unlink_slot(i, hash);
			removed++;
		}
		LWLockRelease(partition_lock(hash));
	}
	if (userid == 0 && dbid == 0 && queryid == 0)
	{
		pg_atomic_write_u64(&shared->since, (uint64) GetCurrentTimestamp());
		pg_atomic_write_u64(&shared->evicted_queries, 0);
		pg_atomic_write_u64(&shared->evicted_calls, 0);
		pg_atomic_write_u64(&shared->lost_calls, 0);
		for (i = 0; i < BINGO_ERROR_CLASSES; i++)
			pg_atomic_write_u64(&shared->other_errors[i], 0);
	}
	LWLockRelease(ALLOCATION_LOCK);
	return removed;
}

/* An error that belongs to no timed statement. */
void
bingo_timing_count_other_error(BingoErrorClass error)
{
	pg_atomic_fetch_add_u64(&shared->other_errors[error], 1);
}

void
bingo_timing_get_status(BingoTimingStatus *status)
{
	int			i;

	status->since = (TimestampTz) pg_atomic_read_u64(&shared->since);
	status->tracked = (int) pg_atomic_read_u64(&shared->tracked);
	status->evicted_queries = pg_atomic_read_u64(&shared->evicted_queries);
	status->evicted_calls = pg_atomic_read_u64(&shared->evicted_calls);
	status->lost_calls = pg_atomic_read_u64(&shared->lost_calls);
	for (i = 0; i < BINGO_ERROR_CLASSES; i++)
		status->other_errors[i] = pg_atomic_read_u64(&shared->other_errors[i]);
	status->memory = add_size(bingo_timing_store_size(), bingo_timing_running_size());
}

/* Takes over what a file kept; only in the postmaster, before anybody counts. */
void
bingo_timing_set_status(const BingoTimingStatus *status)
{
	int			i;

	pg_atomic_write_u64(&shared->since, (uint64) status->since);
	pg_atomic_write_u64(&shared->evicted_queries, status->evicted_queries);
	pg_atomic_write_u64(&shared->evicted_calls, status->evicted_calls);
	pg_atomic_write_u64(&shared->lost_calls, status->lost_calls);
	for (i = 0; i < BINGO_ERROR_CLASSES; i++)
		pg_atomic_write_u64(&shared->other_errors[i], status->other_errors[i]);
}
