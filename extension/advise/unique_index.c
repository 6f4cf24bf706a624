/*
 * advise/unique_index.c
 *	  The unique keys that orderings lack (advise/unique.c), as indexes that are proposed with them.
 *
 * An index on the same column that was chosen for a statement becomes unique itself.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "advise/advise.h"
#include "base/relations.h"
#include "definition/definition.h"

static bool
is_on_key(const BingoAdviseIndex *index, const BingoSupposedKey *key, const char *name)
{
	return index->relid == key->relid && !index->gin && index->nkeys == 1 && index->predicate == NULL && !index->keys[0].is_expression &&
		!OidIsValid(index->keys[0].collation) && index->keys[0].opclass == NULL && strcmp(index->keys[0].name, name) == 0;
}

/* The chosen index that has the key, or NULL. */
static BingoAdviseIndex *
find_chosen(const BingoAdvise *advise, const BingoSupposedKey *key)
{
	const char *name = quote_identifier(bingo_relations_column(key->relid, key->attno));
	ListCell   *cell;

	foreach(cell, advise->chosen)
	{
		if (lfirst(cell) != NULL && is_on_key(lfirst(cell), key, name))
			return lfirst(cell);
	}
	return NULL;
}

static BingoAdviseIndex *
find_index(BingoAdvise *advise, const BingoSupposedKey *key)
{
	BingoAdviseIndex *index = find_chosen(advise, key);
	BingoAdviseKey column = {.relid = key->relid};

	if (index != NULL)
		return index;
	if (!bingo_relations_find_type(key->relid, key->attno, &column.type, &(int32) {0}, &column.own_collation))
		return NULL;
	column.name = pstrdup(quote_identifier(bingo_relations_column(key->relid, key->attno)));
	column.role = "unique key";
	return bingo_advise_unique_index(advise, &column);
}

/* Do the unique indexes that it needs fit the budget?  "*write_ms": what those cost writers which no statement needs. */
bool
bingo_advise_unique_fit(BingoAdvise *advise, const BingoAdviseOrdering *ordering, double *write_ms)
{
	int64		size = 0;
	ListCell   *cell;

	*write_ms = 0;
	foreach(cell, ordering->unique)
	{
		BingoAdviseIndex *index = find_index(advise, lfirst(cell));

		if (index == NULL)
			return false;
		if (index->chosen)
			continue;
		bingo_advise_pretend(advise, index);
		bingo_advise_ask_costs(advise, index);
		bingo_advise_forget(advise, index);
		size += index->size;
		*write_ms += index->write_ms;
	}
	return size == 0 || bingo_advise_fits(advise, size, NULL);
}

/* In the end: the chosen indexes become unique that orderings need so, and those that are missing are chosen. */
void
bingo_advise_take_unique(BingoAdvise *advise)
{
	ListCell   *cell;

	foreach(cell, advise->orderings)
	{
		BingoAdviseOrdering *ordering = lfirst(cell);
		ListCell   *place;

		foreach(place, ordering->unique)
		{
			BingoAdviseIndex *index = find_index(advise, lfirst(place));

			if (index == NULL)
				continue;
			if (!index->chosen)
				advise->chosen = lappend(advise->chosen, index);
			index->chosen = index->unique = true;
			index->needing = list_append_unique_ptr(index->needing, ordering);
		}
	}
}
