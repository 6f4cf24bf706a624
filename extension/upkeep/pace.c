/*
 * upkeep/pace.c
 *	  When a database's next worker for upkeep may begin to look.
 *
 * Sixteen sessions that write to one board find it too long at about the same time, and each of them asks for upkeep; or one of them
 * leaves a window invalid with each of its commits.  To start a worker takes as much as hundreds of INSERTs, so workers are started
 * once a second for each database, not for each session or commit.
 *
 *	Kept is when the last worker begins, or is to begin, that was started here.  Who asks
 *		while that is to come		has nothing to do: it will see what he has committed, and what he has posted (store/want_keys.c);
 *		within a second after it	starts one that begins at the end of that second;
 *		later						starts one that begins at once.
 *
 * So of all who ask within a second one starts a worker, and whoever asks is followed by one that looks: nothing waits for
 * another commit, or for longer than that second.  If that worker can't be had the wish is left (upkeep/wish.c), as ever.
 *
 * Two databases that share a place make each other's sessions start one more.  A clock that was put back would let everybody wait:
 * a time that lies further ahead than a worker ever waits is none.  Without the library in shared_preload_libraries each session keeps
 * its own.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/lwlock.h"
#include "utils/timestamp.h"

#include "base/shared.h"
#include "upkeep/pace.h"

#define PLACES 64
#define PAUSE USECS_PER_SEC

typedef struct Pace
{
	Oid			database;
	TimestampTz begins;
} Pace;

static Pace own;
static Pace *shared = NULL;		/* NULL: not preloaded */

/* To be given back. */
static Pace *
take_place(void)
{
	Pace	   *place = &own;

	if (shared != NULL)
	{
		LWLockAcquire(bingo_shared_lock(), LW_EXCLUSIVE);
		place = &shared[MyDatabaseId % PLACES];
	}
	if (place->database != MyDatabaseId)
		*place = (Pace) {.database = MyDatabaseId};
	return place;
}

static void
give_back(void)
{
	if (shared != NULL)
		LWLockRelease(bingo_shared_lock());
}

/* Is it a time for which somebody may wait?  Else it was the clock of before. */
static bool
is_ahead(TimestampTz begins, TimestampTz now)
{
	return begins > now && begins <= now + PAUSE;
}

bool
bingo_pace_take(TimestampTz *begins)
{
	TimestampTz now = GetCurrentTimestamp();
	Pace	   *place = take_place();
	bool		is_to_come = is_ahead(place->begins, now);

	if (!is_to_come)
		place->begins = is_ahead(place->begins + PAUSE, now) ? place->begins + PAUSE : now;
	*begins = place->begins;
	give_back();
	return !is_to_come;
}

long
bingo_pace_left(TimestampTz begins)
{
	TimestampTz now = GetCurrentTimestamp();

	return is_ahead(begins, now) ? TimestampDifferenceMilliseconds(now, begins) : 0;
}

void
bingo_pace_init(void)
{
	bingo_shared_add("bingo_tune pace of upkeep", PLACES * sizeof(Pace), (void **) &shared, NULL);
}
