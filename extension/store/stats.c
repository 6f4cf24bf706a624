/*
 * store/stats.c
 *	  Counters of each ordering's use, kept in shared memory.
 *
 * A fixed array of slots, one for each ordering of each database that was used
 * since the server's start.  A slot belongs to whoever's key it holds; it is
 * given and taken under the lock, counted in and shown without it: an atomic add into a
 * slot that changes hands meanwhile costs a wrong number, nothing else.  An
 * ordering that finds no slot is not counted.  Those of a database that is dropped
 * are free again.
 *
 * Shared memory is only there when the library is in
 * shared_preload_libraries; without it nothing is counted and the SQL function
 * returns no row.
 */
#include "postgres.h"

#include "catalog/objectaccess.h"
#include "catalog/pg_database.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "port/atomics.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/tuplestore.h"

#include "base/compat.h"
#include "store/stats.h"

#define STATS_SLOTS 256
#define STATS_NAME "bingo_tune ordering counters"

typedef struct StatsSlot
{
	pg_atomic_uint64 key;		/* database and ordering, 0 when free */
	pg_atomic_uint64 counts[BINGO_COUNTERS];
} StatsSlot;

typedef struct StatsShared
{
	LWLock	   *lock;
	StatsSlot	slots[STATS_SLOTS];
} StatsShared;

static StatsShared *shared = NULL;
static shmem_request_hook_type prev_shmem_request_hook = NULL;
static shmem_startup_hook_type prev_shmem_startup_hook = NULL;
static object_access_hook_type prev_object_access_hook = NULL;

PG_FUNCTION_INFO_V1(bingo_tune_ordering_counters);

static uint64
make_key(Oid database, int32 ordering_id)
{
	return ((uint64) database << 32) | (uint32) ordering_id;
}

/* The slot that holds the key (0 finds a free one), NULL if none does. */
static StatsSlot *
find_slot(uint64 key)
{
	int			i;

	for (i = 0; i < STATS_SLOTS; i++)
	{
		if (pg_atomic_read_u64(&shared->slots[i].key) == key)
			return &shared->slots[i];
	}
	return NULL;
}

static StatsSlot *
claim_slot(uint64 key)
{
	StatsSlot  *slot;
	int			i;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	slot = find_slot(key);
	if (slot == NULL && (slot = find_slot(0)) != NULL)
	{
		for (i = 0; i < BINGO_COUNTERS; i++)
			pg_atomic_write_u64(&slot->counts[i], 0);
		pg_write_barrier();
		pg_atomic_write_u64(&slot->key, key);
	}
	LWLockRelease(shared->lock);
	return slot;
}

void
bingo_stats_add(int32 ordering_id, BingoCounter counter, uint64 amount)
{
	uint64		key = make_key(MyDatabaseId, ordering_id);
	StatsSlot  *slot;

	if (shared == NULL || amount == 0)
		return;
	slot = find_slot(key);
	if (slot == NULL)
		slot = claim_slot(key);
	if (slot != NULL)
		pg_atomic_fetch_add_u64(&slot->counts[counter], amount);
}

void
bingo_stats_forget(int32 ordering_id)
{
	StatsSlot  *slot;

	if (shared == NULL)
		return;
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	slot = find_slot(make_key(MyDatabaseId, ordering_id));
	if (slot != NULL)
		pg_atomic_write_u64(&slot->key, 0);
	LWLockRelease(shared->lock);
}

static void
forget_database(Oid database)
{
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	for (int i = 0; i < STATS_SLOTS; i++)
		if ((Oid) (pg_atomic_read_u64(&shared->slots[i].key) >> 32) == database)
			pg_atomic_write_u64(&shared->slots[i].key, 0);
	LWLockRelease(shared->lock);
}

/* If DROP DATABASE fails after this, its counters begin anew. */
static void
bingo_object_access(ObjectAccessType access, Oid class, Oid object, int subid, void *argument)
{
	if (prev_object_access_hook)
		prev_object_access_hook(access, class, object, subid, argument);
	if (access == OAT_DROP && class == DatabaseRelationId && shared != NULL)
		forget_database(object);
}

/* The counters of this database's orderings, one row for each that was used. */
Datum
bingo_tune_ordering_counters(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	int			i;

	InitMaterializedSRF(fcinfo, 0);
	if (shared == NULL)
		return (Datum) 0;

	/* without the lock: a row may go to disk, or find no memory */
	for (i = 0; i < STATS_SLOTS; i++)
	{
		uint64		key = pg_atomic_read_u64(&shared->slots[i].key);
		Datum		values[1 + BINGO_COUNTERS];
		bool		nulls[1 + BINGO_COUNTERS] = {false};
		int			c;

		if (key == 0 || (Oid) (key >> 32) != MyDatabaseId)
			continue;
		values[0] = Int32GetDatum((int32) key);
		for (c = 0; c < BINGO_COUNTERS; c++)
			values[1 + c] = Int64GetDatum((int64) pg_atomic_read_u64(&shared->slots[i].counts[c]));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

static void
bingo_shmem_request(void)
{
	if (prev_shmem_request_hook)
		prev_shmem_request_hook();
	RequestAddinShmemSpace(sizeof(StatsShared));
	RequestNamedLWLockTranche(STATS_NAME, 1);
}

static void
bingo_shmem_startup(void)
{
	bool		found;
	int			i;

	if (prev_shmem_startup_hook)
		prev_shmem_startup_hook();

	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	shared = ShmemInitStruct(STATS_NAME, sizeof(StatsShared), &found);
	if (!found)
	{
		shared->lock = &GetNamedLWLockTranche(STATS_NAME)->lock;
		for (i = 0; i < STATS_SLOTS; i++)
		{
			int			c;

			pg_atomic_init_u64(&shared->slots[i].key, 0);
			for (c = 0; c < BINGO_COUNTERS; c++)
				pg_atomic_init_u64(&shared->slots[i].counts[c], 0);
		}
	}
	LWLockRelease(AddinShmemInitLock);
}

void
bingo_stats_init(void)
{
	if (!process_shared_preload_libraries_in_progress)
		return;
	prev_shmem_request_hook = shmem_request_hook;
	shmem_request_hook = bingo_shmem_request;
	prev_shmem_startup_hook = shmem_startup_hook;
	shmem_startup_hook = bingo_shmem_startup;
	prev_object_access_hook = object_access_hook;
	object_access_hook = bingo_object_access;
}
