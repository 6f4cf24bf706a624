/*
 * write/light.c
 *	  Writers of a few rows of dimensions, side by side: of votes or statistics, a row for each driving row.
 *
 * Let M be a transaction that has changed a few rows of dimensions of the first level, to which a few driving
 * rows lead, and perhaps a few driving rows itself.  It is light if it has, at once but for the first,
 *
 *	the gate ROW EXCLUSIVE,
 *	the keys that it has changed, exclusive,
 *	every other key by which its own driving images, and the driving rows that join with what it has changed, are
 *		joined, shared; all of them before the snapshot under which it reads these rows again.
 *
 * Else it lets go all of that, before it has written anything, and is heavy (write/maintain.c).
 *
 * Why (P) at the head of write/maintain.c holds, with light M beside
 *
 *	upkeep		The gate EXCLUSIVE excludes M.
 *	bulk D		So does SHARE.
 *	heavy M'	So does SHARE ROW EXCLUSIVE.  No key would do: s may be outside by a leading row, as M sees it;
 *				D, that lets s join with another one, outside as well, need not lock what M has changed; and then M'
 *				takes that other row inside, and with it s, with what M's row was.
 *	D			They meet at a driving row s with a changed key of M, as with heavy M: at that key, or s is outside
 *				by leading rows that D has locked, as the old and as the new image.  Then M finds it outside, too, by
 *				whichever of both it sees, and nothing is written of it.
 *	light M'	Both lead to s.  Each wants shared what the other one has exclusive, and the second does not get it.  If
 *				s joins with what M' has changed only since M has looked, it does by a D that has not locked M's key:
 *				s is outside for M, and M' wants M's key.
 *	own D		Every key of an image of own driving rows is locked, leading or not, so they are as D's.
 *
 * regress/light_model.c goes through the interleavings of three of them.
 *
 * Below the first level keys are read from rows, which may have changed until these are locked: hence the
 * same again under a new snapshot, until nothing is found that was not locked before it.
 *
 * Waiting.  Only the first key is waited for, with nothing held but the gate; so nobody whom M waits for waits for M.
 * A heavy M' who waits for the gate is given way to (store/lock.c); where that can't be, nobody is light.
 */
#include "postgres.h"

#include "access/xact.h"

#include "write/work.h"

#define MOST_CHANGED	16		/* images, of dimensions and of driving rows each */
#define MOST_DEPENDENTS 16		/* driving rows that join with them; those of an UPDATE count twice */
#define MOST_KEYS		64
#define MOST_LOOKS		4

const char *const bingo_light_refused = "not as a light writer";

typedef struct Light
{
	BingoWork  *work;
	int			nkeys;
	int			most_keys;
	int			dependents;		/* of one look */
	bool		grown;			/* keys were locked since the snapshot */
	struct
	{
		int			table;
		uint32		hash;
		LOCKMODE	mode;
	}			keys[MOST_KEYS];
} Light;

bool
bingo_light_may_be(BingoWork *work)
{
	const BingoDefinition *definition = work->ordering->definition;

	if (work->refused_light || work->ndimension == 0 || work->ndimension > MOST_CHANGED ||
		work->ndriving > MOST_CHANGED || !bingo_lock_is_fair())
		return false;
	for (int i = 1; i < definition->ntables; i++)
		if (definition->tables[i].parent != 0 && bingo_pending_count(work->pending, i) > 0)
			return false;
	return true;
}

/* As the statistics say; else that is found out. */
static bool
has_few_dependents(BingoWork *work)
{
	double		driving = work->fetch.relation[0]->rd_rel->reltuples;

	for (int i = 1; i < work->ordering->definition->ntables; i++)
		if (bingo_pending_count(work->pending, i) > 0 &&
			driving > MOST_DEPENDENTS * Max(work->fetch.relation[i]->rd_rel->reltuples, 1))
			return false;
	return true;
}

static bool
lock_key(Light *light, int table, uint32 hash, LOCKMODE mode, BingoPatience *patience)
{
	for (int i = 0; i < light->nkeys; i++)
		if (light->keys[i].table == table && light->keys[i].hash == hash)
			return true;
	if (light->nkeys == light->most_keys ||
		!bingo_lock_key(light->work->ordering->id, table, hash, mode, patience))
		return false;
	light->keys[light->nkeys].table = table;
	light->keys[light->nkeys].hash = hash;
	light->keys[light->nkeys++].mode = mode;
	light->grown = true;
	return true;
}

static void
release(Light *light)
{
	while (light->nkeys > 0)
	{
		light->nkeys--;
		bingo_lock_release_key(light->work->ordering->id, light->keys[light->nkeys].table,
							   light->keys[light->nkeys].hash, light->keys[light->nkeys].mode);
	}
}

/* In the order in which all others lock them, too. */
static const char *
lock_changed(Light *light)
{
	BingoWork  *work = light->work;
	const BingoChangePlan *plan = work->fetch.plan;
	uint32	   *hashes = palloc(work->ndimension * sizeof(uint32));

	for (int i = 0; i < plan->nranked; i++)
	{
		int			nhashes = bingo_keys_own_hashes(work, plan->ranked[i], hashes);

		for (int j = 0; j < nhashes; j++)
		{
			bool		first = light->nkeys == 0;

			if (!lock_key(light, plan->ranked[i], hashes[j], ExclusiveLock, first ? work->patience : NULL))
				return first ? "another transaction held a key for too long" : bingo_light_refused;
		}
	}
	return NULL;
}

/* What the row at hand is joined by. */
static const char *
lock_joined(Light *light)
{
	BingoFetch *fetch = &light->work->fetch;

	for (int i = 0; i < fetch->plan->nranked; i++)
	{
		int			table = fetch->plan->ranked[i];
		uint32		hash;

		if (bingo_fetch_join_hash(fetch, table, &hash) && !lock_key(light, table, hash, ShareLock, NULL))
			return bingo_light_refused;
		if (fetch->failure)
			return fetch->failure;
	}
	return NULL;
}

static const char *
lock_dependents(Light *light, const BingoImage *image)
{
	BingoFetch *fetch = &light->work->fetch;
	TupleTableSlot *slot;
	const char *failure = NULL;

	for (int i = 0; i < fetch->ordering->definition->tables[image->table].njoin; i++)
		if (image->isnull[i])
			return NULL;
	bingo_fetch_parents(fetch, image->table, image->values);
	while (failure == NULL && (slot = bingo_fetch_next_parent(fetch, image->table)) != NULL)
	{
		if (++light->dependents > MOST_DEPENDENTS)
			return bingo_light_refused;
		bingo_fetch_set_driving(fetch, slot);
		failure = lock_joined(light);
	}
	return failure;
}

static const char *
lock_used(Light *light)
{
	BingoImage	image;
	const char *failure = NULL;

	light->grown = false;
	light->dependents = 0;
	bingo_pending_rewind(light->work->pending);
	while (failure == NULL && bingo_pending_next(light->work->pending, &image))
	{
		if (image.table != 0)
		{
			failure = lock_dependents(light, &image);
			continue;
		}
		bingo_fetch_set_image(&light->work->fetch, &image);
		failure = lock_joined(light);
	}
	return failure;
}

const char *
bingo_light_prepare(BingoWork *work)
{
	Light		light = {.work = work, .grown = true};
	const char *failure;

	if (!bingo_dependents_open(work))
		return work->fetch.failure;
	if (!bingo_window_open(&work->window, work->ordering, work->patience))
		return work->window.failure;
	work->all_affected = true;
	work->naffected = work->ndriving;

	light.most_keys = Min(MOST_KEYS, bingo_lock_most_keys() / list_length(bingo_pending_all())); /* NOLINT(clang-analyzer-core.DivideZero): something changed */
	failure = has_few_dependents(work) ? lock_changed(&light) : bingo_light_refused;
	CommandCounterIncrement();
	for (int looks = 0; failure == NULL && light.grown; looks++)
	{
		bingo_fetch_snapshot(&work->fetch);
		failure = looks < MOST_LOOKS ? lock_used(&light) : bingo_light_refused;
	}
	if (failure == bingo_light_refused)
		release(&light);
	return failure;
}
