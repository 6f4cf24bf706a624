/*
 * upkeep/wish.c
 *	  Upkeep that was asked for when no background worker was to be had, or one had to leave.
 *
 * All slots of max_worker_processes may be taken at the moment of a commit that leaves a
 * window invalid, and its session may end right after it.  A worker that was had may find no room in the lock
 * table, not even to connect.  So the wish is left in shared memory, for whoever commits next in the same database, if
 * only a query.  Whoever starts a worker takes it, and that worker leaves it again if it can't begin.  Who may not start
 * one yet (upkeep/pace.c) leaves it where it is.
 *
 * An array of databases, 0 where free, read and written by atomic operations only: this
 * happens after a commit, where nothing may fail or wait.  With more databases than places,
 * some of which may have been dropped since, the newest wish takes the place of another,
 * which stays with its session only, as without shared memory (the library is not in
 * shared_preload_libraries).
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/atomics.h"

#include "base/shared.h"
#include "upkeep/wish.h"

#define PLACES 32
#define SHARED_NAME "bingo_tune upkeep wishes"

typedef struct Wishes
{
	pg_atomic_uint32 number;	/* so that a commit looks at one word; never less than there are */
	pg_atomic_uint32 databases[PLACES];
} Wishes;

static Wishes *wishes = NULL;

/* Puts one in the place of the other, once. */
static bool
replace(Oid old, Oid new)
{
	for (int i = 0; i < PLACES; i++)
	{
		uint32		expected = old;

		if (pg_atomic_read_u32(&wishes->databases[i]) == old &&
			pg_atomic_compare_exchange_u32(&wishes->databases[i], &expected, new))
			return true;
	}
	return false;
}

void
bingo_wish_leave(Oid database)
{
	pg_atomic_uint32 *place;
	uint32		other;

	if (wishes == NULL)
		return;
	place = &wishes->databases[database % PLACES];
	pg_atomic_fetch_add_u32(&wishes->number, 1);
	if (replace(InvalidOid, database))
		return;
	pg_atomic_fetch_sub_u32(&wishes->number, 1);
	if (replace(database, database))
		return;
	/* one for one, so that the number stays right; lost if the place is freed just now */
	other = pg_atomic_read_u32(place);
	if (other != InvalidOid)
		(void) pg_atomic_compare_exchange_u32(place, &other, database);
}

bool
bingo_wish_is_there(void)
{
	if (wishes == NULL || pg_atomic_read_u32(&wishes->number) == 0)
		return false;
	for (int i = 0; i < PLACES; i++)
		if (pg_atomic_read_u32(&wishes->databases[i]) == MyDatabaseId)
			return true;
	return false;
}

void
bingo_wish_take(void)
{
	if (!bingo_wish_is_there())
		return;
	/* several sessions may have left one */
	while (replace(MyDatabaseId, InvalidOid))
		pg_atomic_fetch_sub_u32(&wishes->number, 1);
}

static void
start_wishes(void *piece)
{
	Wishes	   *starting = piece;

	pg_atomic_init_u32(&starting->number, 0);
	for (int i = 0; i < PLACES; i++)
		pg_atomic_init_u32(&starting->databases[i], InvalidOid);
}

void
bingo_wish_init(void)
{
	bingo_shared_add(SHARED_NAME, sizeof(Wishes), (void **) &wishes, start_wishes);
}
