/*
 * upkeep/circle.c
 *	  Circles of waits that the deadlock detector does not see.
 *
 * Who asks for a lock again and again (upkeep/tables.c), or waits for a worker that does
 * (upkeep/awaited.c), waits for nothing that the lock manager knows of.  If whoever has that
 * lock waits for us, the detector finds no circle, and everybody in it, and behind it, waits
 * until somebody's time is up.  So we look for that circle ourselves, and don't wait any longer if there is one.
 *
 * The graph is that of pg_locks: A waits for B if B has a lock, or is before A in its queue,
 * that conflicts with what A waits for.  Who reaches us by such edges is blocked by us; the circle is closed
 * if one of the blocked has what we want, or waits for it, as then we come after him.  All edges are of one moment, as GetLockStatusData()
 * holds every partition of the lock table; in a circle nothing moves, so one look suffices.
 * Parallel workers count as their leader; a prepared transaction waits for nobody.  Who has
 * just begun to wait does not count, as he may soon give up: workers of upkeep do, our own one too,
 * with what they have locked.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "upkeep/circle.h"

#define SHORTEST_WAIT_MS 100	/* twice what upkeep waits for a lock */

static int
find_session(const LockInstanceData *instance)
{
	return instance->leaderPid != 0 ? instance->leaderPid : instance->pid;
}

static bool
have_same_tag(const LOCKTAG *one, const LOCKTAG *other)
{
	return memcmp(one, other, sizeof(LOCKTAG)) == 0;
}

static bool
holds_against(const LockInstanceData *instance, LOCKMODE mode)
{
	for (LOCKMODE held = 1; held <= MaxLockMode; held++)
		if ((instance->holdMask & LOCKBIT_ON(held)) && DoLockModesConflict(held, mode))
			return true;
	return false;
}

static bool
waits(const LockInstanceData *instance)
{
	return instance->waitLockMode != NoLock && instance->waitStart != 0 &&
		TimestampDifferenceExceeds(instance->waitStart, GetCurrentTimestamp(), Max(DeadlockTimeout / 2, SHORTEST_WAIT_MS));
}

static bool
waits_against(const LockInstanceData *instance, LOCKMODE mode)
{
	return waits(instance) && DoLockModesConflict(instance->waitLockMode, mode);
}

static bool
queues_before(const LockInstanceData *instance, const LockInstanceData *waiter)
{
	return waits_against(instance, waiter->waitLockMode) && instance->waitStart < waiter->waitStart;
}

static bool
waits_for_one_of(const LockInstanceData *waiter, const LockData *data, const List *sessions)
{
	for (int i = 0; i < data->nelements; i++)
	{
		const LockInstanceData *instance = &data->locks[i];

		if (have_same_tag(&instance->locktag, &waiter->locktag) && find_session(instance) != find_session(waiter) &&
			list_member_int(sessions, find_session(instance)) &&
			(holds_against(instance, waiter->waitLockMode) || queues_before(instance, waiter)))
			return true;
	}
	return false;
}

/* This session, and all that wait for it. */
static List *
list_blocked(const LockData *data, int self)
{
	List	   *sessions = list_make1_int(self);
	int			before;

	do
	{
		before = list_length(sessions);
		for (int i = 0; i < data->nelements; i++)
		{
			const LockInstanceData *instance = &data->locks[i];

			if (waits(instance) && !list_member_int(sessions, find_session(instance)) &&
				waits_for_one_of(instance, data, sessions))
				sessions = lappend_int(sessions, find_session(instance));
		}
	} while (list_length(sessions) > before);
	return sessions;
}

BingoCircle
bingo_circle_find(const BingoWanted *wanted, int n)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "bingo_tune circle", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	const LockData *data = GetLockStatusData();
	int			self = MyProc->lockGroupLeader ? MyProc->lockGroupLeader->pid : MyProcPid;
	List	   *blocked = list_blocked(data, self);
	BingoCircle circle = BINGO_CIRCLE_NONE;

	for (int i = 0; i < data->nelements; i++)
	{
		const LockInstanceData *instance = &data->locks[i];

		if (find_session(instance) == self || !list_member_int(blocked, find_session(instance)))
			continue;
		for (int j = 0; j < n; j++)
		{
			if (!have_same_tag(&instance->locktag, &wanted[j].tag))
				continue;
			if (holds_against(instance, wanted[j].mode))
				circle = BINGO_CIRCLE_HELD;
			else if (waits_against(instance, wanted[j].mode))
				circle = Max(circle, BINGO_CIRCLE_QUEUED);
		}
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
	return circle;
}
