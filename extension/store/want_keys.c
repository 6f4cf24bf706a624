/*
 * store/want_keys.c
 *	  Which keys upkeep is asked to look at, where the rows of each key are counted.
 *
 * A window by keys may have millions of rows of which a commit makes one key too long.  So upkeep does not look for such keys,
 * but is told: whoever finds that a key has too many rows or too few (write/row.c), or marks one (store/cut.c), notes it.
 *
 *	note	in this session's memory, while the transaction is at work
 *	post	right after its commit, into the ordering's place in shared memory; after a rollback nothing is to be looked at
 *	take	by upkeep: the place is empty then, and taken, until all that it had was looked at (done)
 *
 * An ordering has a place from the first take on; which gives all keys, as there was none.  So it is again after a crash
 * or a restart, if the place was given to another ordering meanwhile, if it is taken still (whoever took it has failed or
 * left), and if it has said "all": there was no room, or a key was too long for it, or a prepared transaction has brought what nobody knows.
 *
 *	What was posted before a take is given by it, or "all" is.  Who posts has committed before, so a snapshot taken afterwards
 *	sees what he found.  What is posted later is in the place for the next take.
 *
 * So no key is forgotten that somebody has noted, however little fits.  Nothing rests on that but the size of the window: what is
 * inside is told by the boundaries (store/cut.c), and readers of a key that is too short go on with the plan behind.
 *
 * Keys are bytes, read by the types of the layout that they were noted under.  Whose they are is told by the ordering's id and
 * its window's OID together, as in write/pending.c: ids begin anew with a new extension, and with another database that gets the OID of
 * one that was dropped, perhaps with other types.  An ordering that is made again (ALTER TABLE ... TYPE, or by hand) has another id,
 * and a window of its own, whose OID comes from the one counter of the server: the same two come again only after 2^32
 * more OIDs.  A copy of a database has the layout with them.  After a crash, a restart or pg_upgrade nothing is left.
 *
 * When a worker looks is another matter (upkeep/pace.c).  Until it begins a session remembers which keys it has posted: these it
 * notes again without counting their rows.  So whatever a commit has added to a key that was too long before it is posted after that
 * commit, and asked for, whether the worker has looked meanwhile or not.  Then it counts again, or it would ask for ever.
 *
 * Memory: fixed.  Without the library in shared_preload_libraries all keys are looked at.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/lwlock.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "base/shared.h"
#include "store/want_keys.h"

#define PLACES 256
#define PLACE_BYTES 2000
#define NOTED_BYTES 2000
#define LONGEST_KEY 500

/* Keys stand one behind the other, each as its length and its values. */
typedef struct Place
{
	Oid			database;
	int32		id;				/* of the ordering; 0: free */
	Oid			window;
	uint64		used;			/* when it was taken last, in takes */
	bool		all;
	bool		taken;
	int			filled;
	char		bytes[PLACE_BYTES];
} Place;

typedef struct Places
{
	uint64		takes;
	Place		places[PLACES];
} Places;

static Places *shared = NULL;	/* NULL: not preloaded */

/* Of this session, each as its head and its values; those behind "posted" are of this transaction. */
static char noted[NOTED_BYTES];
static int	filled = 0;
static int	posted = 0;
static bool too_many = false;	/* some were not noted for want of room */
static TimestampTz remembered_until = 0;

typedef struct EntryHead
{
	int32		id;
	Oid			window;
	uint16		length;			/* of the values; 0: they were too long */
} EntryHead;

/* The key's values as bytes; 0 if they are too many. */
static uint16
serialize(const BingoDefinition *definition, const Datum *values, const bool *nulls, char *bytes)
{
	char	   *end = bytes;

	for (int i = 0; i < definition->nkeys; i++)
	{
		Datum		value = values[i];
		int16		length;
		bool		by_value;

		get_typlenbyval(definition->sort[i].column.type, &length, &by_value);
		if (!nulls[i] && length == -1)
			value = PointerGetDatum(PG_DETOAST_DATUM_PACKED(value));
		if (end - bytes + datumEstimateSpace(value, nulls[i], by_value, length) > LONGEST_KEY)
			return 0;
		datumSerialize(value, nulls[i], by_value, length, &end);
	}
	return (uint16) (end - bytes);
}

/* --- notes --- */

static void
forget_old(void)
{
	if (filled > 0 && posted == filled && remembered_until <= GetCurrentTimestamp())
		filled = posted = 0;
}

/* From that byte on? */
static bool
is_noted(int from, const BingoOrdering *ordering, const char *bytes, uint16 length)
{
	for (int at = from; at < filled;)
	{
		EntryHead	other;

		memcpy(&other, noted + at, sizeof(other));
		at += sizeof(other);
		if (other.id == ordering->id && other.window == ordering->window && other.length == length &&
			memcmp(noted + at, bytes, length) == 0)
			return true;
		at += other.length;
	}
	return false;
}

bool
bingo_want_key_is_known(const BingoOrdering *ordering, const Datum *values, const bool *nulls)
{
	char		bytes[LONGEST_KEY];

	forget_old();
	return filled > 0 && is_noted(0, ordering, bytes, serialize(ordering->definition, values, nulls, bytes));
}

void
bingo_want_key(const BingoOrdering *ordering, const Datum *values, const bool *nulls)
{
	char		bytes[LONGEST_KEY];
	EntryHead	head = {.id = ordering->id, .window = ordering->window,
	.length = serialize(ordering->definition, values, nulls, bytes)};
	int			size = sizeof(head) + head.length;

	if (shared == NULL)
		return;
	if (is_noted(posted, ordering, bytes, head.length))
		return;
	forget_old();
	/* what is of earlier transactions is only remembered */
	if (filled + size > NOTED_BYTES && posted == filled)
		filled = posted = 0;
	too_many = too_many || filled + size > NOTED_BYTES;
	if (too_many)
		return;
	memcpy(noted + filled, &head, sizeof(head));
	memcpy(noted + filled + sizeof(head), bytes, head.length);
	filled += size;
}

/* --- places; with the lock --- */

static Place *
find_place(int32 id, Oid window)
{
	for (int i = 0; i < PLACES; i++)
		if (shared->places[i].id == id && shared->places[i].window == window && shared->places[i].database == MyDatabaseId)
			return &shared->places[i];
	return NULL;
}

static bool
has_key(const Place *place, const char *bytes, uint16 length)
{
	for (int at = 0; at < place->filled;)
	{
		uint16		other_length;

		memcpy(&other_length, place->bytes + at, sizeof(uint16));
		at += sizeof(uint16);
		if (other_length == length && memcmp(place->bytes + at, bytes, length) == 0)
			return true;
		at += other_length;
	}
	return false;
}

/* Without a length: one that was too long. */
static void
post(int32 id, Oid window, const char *bytes, uint16 length)
{
	Place	   *place = find_place(id, window);

	if (place == NULL || place->all || (length > 0 && has_key(place, bytes, length)))
		return;
	place->all = length == 0 || place->filled + sizeof(uint16) + length > PLACE_BYTES;
	if (place->all)
		return;
	memcpy(place->bytes + place->filled, &length, sizeof(uint16));
	memcpy(place->bytes + place->filled + sizeof(uint16), bytes, length);
	place->filled += sizeof(uint16) + length;
}

/* A free one, or that of the ordering which has not been looked at for longest. */
static Place *
make_place(const BingoOrdering *ordering)
{
	Place	   *place = &shared->places[0];

	for (int i = 1; i < PLACES && place->id != 0; i++)
		if (shared->places[i].id == 0 || shared->places[i].used < place->used)
			place = &shared->places[i];
	place->database = MyDatabaseId;
	place->id = ordering->id;
	place->window = ordering->window;
	place->all = true;
	return place;
}

/* --- transactions --- */

/* After a commit nothing here may fail. */
void
bingo_want_keys_end(bool committed)
{
	if (posted == filled && !too_many)
		return;
	if (committed && shared != NULL)
	{
		LWLockAcquire(bingo_shared_lock(), LW_EXCLUSIVE);
		while (posted < filled)
		{
			EntryHead	head;

			memcpy(&head, noted + posted, sizeof(head));
			post(head.id, head.window, noted + posted + sizeof(head), head.length);
			posted += sizeof(head) + head.length;
		}
		for (int i = 0; too_many && i < PLACES; i++)
			if (shared->places[i].database == MyDatabaseId)
				shared->places[i].all = true;
		LWLockRelease(bingo_shared_lock());
	}
	/* what was rolled back is nothing to remember, either */
	if (!committed)
		filled = posted;
	too_many = false;
}

void
bingo_want_keys_remember(TimestampTz until)
{
	remembered_until = until;
}

void
bingo_want_all_keys(const BingoOrdering *ordering)
{
	if (shared == NULL)
		return;
	LWLockAcquire(bingo_shared_lock(), LW_EXCLUSIVE);
	post(ordering->id, ordering->window, NULL, 0);
	LWLockRelease(bingo_shared_lock());
}

/* --- upkeep --- */

bool
bingo_want_keys_take(const BingoOrdering *ordering, List **keys)
{
	char		bytes[PLACE_BYTES];
	int			end;
	Place	   *place;
	bool		all;

	*keys = NIL;
	if (shared == NULL)
		return false;
	LWLockAcquire(bingo_shared_lock(), LW_EXCLUSIVE);
	place = find_place(ordering->id, ordering->window);
	if (place == NULL)
		place = make_place(ordering);
	all = place->all || place->taken;
	end = place->filled;
	memcpy(bytes, place->bytes, end);
	place->used = ++shared->takes;
	place->taken = true;
	place->all = false;
	place->filled = 0;
	LWLockRelease(bingo_shared_lock());

	for (char *at = bytes; !all && at < bytes + end;)
	{
		BingoBoundary *key = palloc0(sizeof(BingoBoundary));

		at += sizeof(uint16);
		for (int i = 0; i < ordering->definition->nsort; i++)
		{
			key->nulls[i] = i >= ordering->definition->nkeys;
			if (!key->nulls[i])
				key->values[i] = datumRestore(&at, &key->nulls[i]);
		}
		*keys = lappend(*keys, key);
	}
	return !all;
}

void
bingo_want_keys_give_back(const BingoOrdering *ordering, const BingoBoundary *key)
{
	char		bytes[LONGEST_KEY];
	uint16		length = serialize(ordering->definition, key->values, key->nulls, bytes);

	if (shared == NULL)
		return;
	LWLockAcquire(bingo_shared_lock(), LW_EXCLUSIVE);
	post(ordering->id, ordering->window, bytes, length);
	LWLockRelease(bingo_shared_lock());
}

void
bingo_want_keys_done(int32 id, Oid window)
{
	Place	   *place;

	if (shared == NULL)
		return;
	LWLockAcquire(bingo_shared_lock(), LW_EXCLUSIVE);
	place = find_place(id, window);
	if (place != NULL)
		place->taken = false;
	LWLockRelease(bingo_shared_lock());
}

void
bingo_want_keys_init(void)
{
	bingo_shared_add("bingo_tune keys for upkeep", sizeof(Places), (void **) &shared, NULL);
}
