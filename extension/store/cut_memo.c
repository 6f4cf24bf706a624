/*
 * store/cut_memo.c
 *	  Boundaries of single keys that were looked up, to be looked at again.
 *
 * To look one up goes through all versions of it that some snapshot may still see, so who asks for each of
 * many rows asks once for each key.  This is only where the answers are kept; for how long they are right is the
 * matter of whoever keeps them (store/cut_known.c, upkeep/inside.c).
 *
 * Keys are told apart by their images: two that compare as equal are looked up twice.  Each has one place, by its
 * hash; a new one takes the place of an old one.  What stands out of line is not kept, since what its image points to may go.
 *
 * Memory: a context of its own.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "store/cut_memo.h"

typedef struct Place
{
	bool		known;
	char	   *bytes;			/* what the values point to */
	Datum		values[BINGO_MAX_KEYS];
	bool		nulls[BINGO_MAX_KEYS];
	BingoKnownCut found;
} Place;

struct BingoCutMemo
{
	MemoryContext context;
	int			nkeys;
	int			nsort;
	int16		lengths[BINGO_MAX_KEYS];
	bool		by_value[BINGO_MAX_KEYS];
	int			nplaces;
	Place	  **places;			/* NULL until used */
};

BingoCutMemo *
bingo_cut_memo_create(const BingoDefinition *definition, MemoryContext parent, int places)
{
	MemoryContext context = AllocSetContextCreate(parent, "bingo_tune boundaries of keys", ALLOCSET_SMALL_SIZES);
	BingoCutMemo *memo = MemoryContextAllocZero(context, sizeof(BingoCutMemo));

	Assert((places & (places - 1)) == 0);
	memo->context = context;
	memo->nkeys = definition->nkeys;
	memo->nsort = definition->nsort;
	for (int i = 0; i < definition->nsort; i++)
		get_typlenbyval(definition->sort[i].column.type, &memo->lengths[i], &memo->by_value[i]);
	memo->nplaces = places;
	memo->places = MemoryContextAllocZero(context, places * sizeof(Place *));
	return memo;
}

/* Stands a value out of line? */
static bool
is_elsewhere(const BingoCutMemo *memo, int n, const Datum *values, const bool *nulls)
{
	for (int i = 0; i < n; i++)
		if (!nulls[i] && memo->lengths[i] == -1 && VARATT_IS_EXTERNAL(DatumGetPointer(values[i])))
			return true;
	return false;
}

/* -1: the key is not kept. */
static int
find_place(const BingoCutMemo *memo, const Datum *values, const bool *nulls)
{
	uint32		hash = 0;

	if (is_elsewhere(memo, memo->nkeys, values, nulls))
		return -1;
	for (int i = 0; i < memo->nkeys; i++)
		hash = hash_combine(hash, nulls[i] ? 0 : datum_image_hash(values[i], memo->by_value[i], memo->lengths[i]));
	return (int) (hash & (uint32) (memo->nplaces - 1));
}

static bool
is_of_key(const BingoCutMemo *memo, const Place *place, const Datum *values, const bool *nulls)
{
	for (int i = 0; i < memo->nkeys; i++)
		if (place->nulls[i] != nulls[i] ||
			(!nulls[i] && !datum_image_eq(place->values[i], values[i], memo->by_value[i], memo->lengths[i])))
			return false;
	return true;
}

const BingoKnownCut *
bingo_cut_memo_find(const BingoCutMemo *memo, const Datum *values, const bool *nulls)
{
	int			at = find_place(memo, values, nulls);
	Place	   *place = at < 0 ? NULL : memo->places[at];

	return place != NULL && place->known && is_of_key(memo, place, values, nulls) ? &place->found : NULL;
}

/* What values by reference take. */
static Size
count_bytes(const BingoCutMemo *memo, int n, const Datum *values, const bool *nulls)
{
	Size		bytes = 0;

	for (int i = 0; i < n; i++)
		if (!nulls[i] && !memo->by_value[i])
			bytes += MAXALIGN(datumGetSize(values[i], false, memo->lengths[i]));
	return bytes;
}

/* Copies them; those by reference to "bytes", of which the rest is returned. */
static char *
copy(const BingoCutMemo *memo, int n, const Datum *values, const bool *nulls, Datum *to_values, bool *to_nulls, char *bytes)
{
	for (int i = 0; i < n; i++)
	{
		Size		size;

		to_nulls[i] = nulls[i];
		to_values[i] = nulls[i] ? (Datum) 0 : values[i];
		if (nulls[i] || memo->by_value[i])
			continue;
		size = datumGetSize(values[i], false, memo->lengths[i]);
		to_values[i] = PointerGetDatum(memcpy(bytes, DatumGetPointer(values[i]), size));
		bytes += MAXALIGN(size);
	}
	return bytes;
}

/* Room for the copies. */
static char *
make_room(const BingoCutMemo *memo, Place *place, Size bytes)
{
	if (place->bytes)
		pfree(place->bytes);
	place->bytes = NULL;
	if (bytes > 0)
		place->bytes = MemoryContextAlloc(memo->context, bytes);
	return place->bytes;
}

void
bingo_cut_memo_keep(BingoCutMemo *memo, const Datum *values, const bool *nulls, const BingoBoundary *boundary, bool marked)
{
	int			at = find_place(memo, values, nulls);
	Place	   *place;
	char	   *bytes;

	if (at < 0 || (boundary && is_elsewhere(memo, memo->nsort, boundary->values, boundary->nulls)))
		return;
	if (memo->places[at] == NULL)
		memo->places[at] = MemoryContextAllocZero(memo->context, sizeof(Place));
	place = memo->places[at];
	place->known = false;		/* should there be an error */
	bytes = make_room(memo, place, count_bytes(memo, memo->nkeys, values, nulls) +
					  (boundary ? count_bytes(memo, memo->nsort, boundary->values, boundary->nulls) : 0));
	bytes = copy(memo, memo->nkeys, values, nulls, place->values, place->nulls, bytes);
	place->found.marked = marked;
	place->found.cut = boundary != NULL;
	if (boundary)
	{
		place->found.boundary.state = boundary->state;
		(void) copy(memo, memo->nsort, boundary->values, boundary->nulls, place->found.boundary.values,
					place->found.boundary.nulls, bytes);
	}
	place->known = true;
}

void
bingo_cut_memo_clear(BingoCutMemo *memo)
{
	for (int i = 0; i < memo->nplaces; i++)
		if (memo->places[i])
			memo->places[i]->known = false;
}
