/*
 * write/give_up.c
 *	  A key to which too many rows come in one transaction is given up, not the whole window.
 *
 * A complete key that somebody fills, or rows that move to the front of one: upkeep would cut nearly all of them again.  So
 * beyond a number of them the key gets a mark (store/cut.c), and what comes to it is left out.  What leaves it, or
 * changes in it, is followed as ever: the key's rows in the window stay right, though some are missing, and the locks
 * are those of any other change.  The same if it is not one key's number that is too high but that of all changes; but
 * where the whole window has a limit (max_rows) so many keys may not have room in it, and the whole is filled again.
 *
 * The numbers are kept by a hash of the keys' images: two of one hash are counted as one, and each of them gets its own mark.
 *
 * Memory: the work's.
 */
#include "postgres.h"

#include "access/xact.h"
#include "common/hashfn.h"
#include "utils/datum.h"
#include "utils/hsearch.h"

#include "write/work.h"

#define FEWEST_COMING	100
#define COMING_OF_KEY	8		/* times the rows of a key, and these */
#define MOST_MARKED		1000	/* keys, of one transaction */

const char *const bingo_too_many_changes =
"more rows were changed in one transaction than a refill costs";

typedef struct Coming
{
	uint32		hash;			/* hash key: first */
	int64		count;
} Coming;

typedef struct BingoGiveUp
{
	HTAB	   *coming;
	int			nmarked;
} BingoGiveUp;

static BingoGiveUp *
create(void)
{
	BingoGiveUp *give_up = palloc0(sizeof(BingoGiveUp));
	HASHCTL		control = {.keysize = sizeof(uint32), .entrysize = sizeof(Coming), .hcxt = CurrentMemoryContext};

	give_up->coming = hash_create("bingo_tune keys that rows come to", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	return give_up;
}

/* The key of the new row. */
static void
get_key(BingoWork *work, Datum *values, bool *nulls)
{
	const BingoDefinition *definition = work->ordering->definition;

	for (int i = 0; i < definition->nkeys; i++)
		values[i] = slot_getattr(work->window.new_slot, definition->sort[i].output + 1, &nulls[i]);
}

static int64
most_coming(const BingoWork *work)
{
	return FEWEST_COMING + COMING_OF_KEY * work->ordering->window_rows;
}

static bool
is_too_many(BingoWork *work, const Datum *values, const bool *nulls)
{
	const BingoDefinition *definition = work->ordering->definition;
	Coming	   *coming;
	uint32		hash = 0;
	bool		found;

	if (work->changes >= work->most_changes)
		return work->ordering->max_rows == 0;
	for (int i = 0; i < definition->nkeys; i++)
	{
		Form_pg_attribute column = TupleDescAttr(work->window.new_slot->tts_tupleDescriptor, definition->sort[i].output);

		hash = hash_combine(hash, nulls[i] ? 0 : datum_image_hash(values[i], column->attbyval, column->attlen));
	}
	coming = hash_search(work->give_up->coming, &hash, HASH_ENTER, &found);
	coming->count = found ? coming->count + 1 : 1;
	return coming->count > most_coming(work);
}

bool
bingo_give_up_key(BingoWork *work, const char **failure)
{
	Datum		values[BINGO_MAX_KEYS];
	bool		nulls[BINGO_MAX_KEYS];

	/* nobody else's: whoever left that did not promise that ours would be missing, too */
	if (work->fetch.cuts.marked_by_us)
		return true;
	/* an image lets one row come at most */
	if (work->ndimension == 0 && work->ndriving <= Min(most_coming(work), work->most_changes))
		return false;
	if (work->give_up == NULL)
		work->give_up = create();
	get_key(work, values, nulls);
	if (!is_too_many(work, values, nulls))
		return false;
	if (++work->give_up->nmarked > MOST_MARKED)
		*failure = bingo_too_many_changes;
	else if (!bingo_cut_mark(work->ordering, values, nulls, work->patience))
		*failure = "the boundary of the window was locked";
	else
	{
		CommandCounterIncrement();
		work->fetch.cut_known = false;	/* whoever looks again sees the mark */
	}
	return true;
}
