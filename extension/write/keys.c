/*
 * write/keys.c
 *	  The images of a transaction's changes, and the locks on the keys in them.
 *
 * Which locks the work needs, and why they suffice, is told in
 * write/maintain.c; how they are had, in store/lock.c.  Here is from where
 * the keys come: from the remembered images, and below the first level of a
 * snowflake from the rows that these lead to.
 *
 * A table that has several roles in an ordering (author and editor, a comment and what it answers) is as many tables: its change
 * is remembered for each, with the columns of that role, and each role's keys are locked apart from the others'.  So whoever changes it is
 * an M with rows of several dimensions, and if it is the driving table D as well.  One driving row may be found by several
 * of its roles: after the first there is nothing left to do, as what was written is seen.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "write/work.h"

#define MOST_HASHED			4096	/* images beyond which nobody counts their keys */

/* --- counting --- */

void
bingo_keys_count(BingoWork *work)
{
	BingoChangePlan *plan = work->fetch.plan;

	work->ndriving = bingo_pending_count(work->pending, 0);
	for (int i = 1; i < work->ordering->definition->ntables; i++)
	{
		int64		count = bingo_pending_count(work->pending, i);

		work->ndimension += count;
		if (count > 0 && plan->leading[i])
			work->leading_changed = true;
	}
}

static int
compare_hashes(const void *a, const void *b)
{
	uint32		x = *(const uint32 *) a;
	uint32		y = *(const uint32 *) b;

	return x < y ? -1 : x > y;
}

/* Sorts and makes unique; returns how many are left. */
static int
unique_hashes(uint32 *hashes, int nhashes)
{
	int			n = 0;

	if (nhashes <= 1)
		return nhashes;
	qsort(hashes, nhashes, sizeof(uint32), compare_hashes);
	for (int i = 0; i < nhashes; i++)
	{
		if (n == 0 || hashes[n - 1] != hashes[i])
			hashes[n++] = hashes[i];
	}
	return n;
}

void
bingo_keys_begin_pass(BingoWork *work, BingoDrivingPass *pass, bool only_affected)
{
	pass->all = !only_affected || work->all_affected;
	pass->place = -1;
	pass->next = 0;
	bingo_pending_rewind(work->pending);
}

bool
bingo_keys_next_driving(BingoWork *work, BingoDrivingPass *pass, BingoImage *image)
{
	while (bingo_pending_next(work->pending, image))
	{
		if (image->table != 0)
			continue;
		pass->place++;
		if (pass->all)
			return true;
		if (pass->next == work->naffected)
			return false;
		if (work->affected[pass->next] == pass->place)
		{
			pass->next++;
			return true;
		}
	}
	return false;
}

/* The different keys by which driving images join a dimension. */
static int
collect_join_hashes(BingoWork *work, int table, bool only_affected, uint32 *hashes)
{
	BingoDrivingPass pass;
	int			nhashes = 0;
	BingoImage	image;

	bingo_keys_begin_pass(work, &pass, only_affected);
	while (bingo_keys_next_driving(work, &pass, &image))
	{
		bingo_fetch_set_image(&work->fetch, &image);
		if (bingo_fetch_join_hash(&work->fetch, table, &hashes[nhashes]))
			nhashes++;
	}
	return unique_hashes(hashes, nhashes);
}

/*
 * Would the keys be too many?  An upper limit: each key of the first level leads
 * to one key of each level below at most.
 */
static bool
too_many_keys(BingoWork *work)
{
	BingoDefinition *definition = work->ordering->definition;
	BingoChangePlan *plan = work->fetch.plan;
	int			most = bingo_lock_most_keys() / list_length(bingo_pending_all());	/* NOLINT(clang-analyzer-core.DivideZero): something changed */
	int			nkeys[BINGO_MAX_TABLES] = {0};
	int			total = 0;
	uint32	   *hashes;

	if (work->ndimension > 0)
		return work->ndimension > most;
	if (work->ndriving * plan->nranked <= most)
		return false;
	if (work->ndriving > MOST_HASHED)
		return true;

	hashes = palloc(work->ndriving * sizeof(uint32));
	for (int i = 0; i < plan->nranked && total <= most; i++)
	{
		int			table = plan->ranked[i];
		int			parent = definition->tables[table].parent;

		nkeys[table] = parent == 0 ?
			collect_join_hashes(work, table, false, hashes) : nkeys[parent];
		total += nkeys[table];
	}
	return total > most;
}

LOCKMODE
bingo_keys_gate_mode(BingoWork *work)
{
	work->escalated = too_many_keys(work);
	work->light &= !work->escalated;
	if (work->escalated)
		return work->ndimension > 0 ? ExclusiveLock : ShareLock;
	if (work->ndimension > 0)
		return work->light ? RowExclusiveLock : ShareRowExclusiveLock;
	return RowShareLock;
}

/* --- locking --- */

static bool
lock_keys(BingoWork *work, int table, uint32 *hashes, int nhashes, LOCKMODE mode)
{
	for (int i = 0; i < nhashes; i++)
	{
		if (!bingo_lock_key(work->ordering->id, table, hashes[i], mode, work->patience))
			return false;
	}
	return true;
}

int
bingo_keys_own_hashes(BingoWork *work, int table, uint32 *hashes)
{
	BingoImage	image;
	int			nhashes = 0;

	bingo_pending_rewind(work->pending);
	while (bingo_pending_next(work->pending, &image))
	{
		if (image.table == table &&
			bingo_fetch_own_hash(&work->fetch, &image, &hashes[nhashes]))
			nhashes++;
	}
	return unique_hashes(hashes, nhashes);
}

bool
bingo_keys_lock_changed(BingoWork *work)
{
	BingoChangePlan *plan = work->fetch.plan;
	uint32	   *hashes = palloc(work->ndimension * sizeof(uint32));

	for (int i = 0; i < plan->nranked; i++)
	{
		int			nhashes = bingo_keys_own_hashes(work, plan->ranked[i], hashes);

		if (!lock_keys(work, plan->ranked[i], hashes, nhashes, ExclusiveLock))
			return false;
	}
	return true;
}

/*
 * Below the first level the keys are read from the parents' rows, hence under a
 * snapshot taken after those were locked.
 */
bool
bingo_keys_lock_used(BingoWork *work, int from, int to, bool only_affected)
{
	BingoDefinition *definition = work->ordering->definition;
	BingoChangePlan *plan = work->fetch.plan;
	uint32		one;
	uint32	   *hashes;

	/* without tables to lock keys of the images may be any number */
	if (from == to)
		return true;
	hashes = work->ndriving <= 1 ? &one : palloc(work->ndriving * sizeof(uint32));
	for (int i = from; i < to; i++)
	{
		int			table = plan->ranked[i];
		int			nhashes;

		if (definition->tables[table].parent != 0)
			bingo_fetch_snapshot(&work->fetch);
		nhashes = collect_join_hashes(work, table, only_affected, hashes);
		if (!lock_keys(work, table, hashes, nhashes, ShareLock))
			return false;
	}
	return true;
}

const char *
bingo_keys_find_affected(BingoWork *work)
{
	BingoDrivingPass pass;
	BingoImage	image;
	int64		room = 0;

	/* that a window that counts the rows of keys has too many changes is told later (write/give_up.c) */
	work->all_affected = work->leading_changed ||
		(bingo_fetch_all_inside(&work->fetch) &&
		 (work->ndriving <= work->most_changes || work->ordering->definition->nkeys > 0));
	if (work->all_affected)
	{
		work->naffected = work->ndriving;
		return NULL;
	}

	bingo_keys_begin_pass(work, &pass, false);
	while (bingo_keys_next_driving(work, &pass, &image))
	{
		bingo_fetch_set_image(&work->fetch, &image);
		if (bingo_fetch_verdict(&work->fetch, true) != BINGO_VERDICT_UNDECIDED)
			continue;
		/* an UPDATE has two images; and a key may be given up, instead of all */
		if (work->naffected == 2 * work->most_changes && work->ordering->definition->nkeys == 0)
			return bingo_too_many_changes;
		/* too many to be listed: they count as all of them */
		if (work->naffected == room && room * 2 * sizeof(int64) > Min(work_mem * (Size) 1024, MaxAllocSize))
		{
			work->all_affected = true;
			work->naffected = work->ndriving;
			return NULL;
		}
		if (work->naffected == room)
		{
			room = Max(room * 2, 16);
			if (work->affected == NULL)
				work->affected = palloc(room * sizeof(int64));
			else
				work->affected = repalloc(work->affected, room * sizeof(int64));
		}
		work->affected[work->naffected++] = pass.place;
	}
	return work->fetch.failure;	/* some verdict could not be given */
}
