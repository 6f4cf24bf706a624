/*
 * advise/needs.c
 *	  The indexes that orderings need and that are not there, as advice of its own.
 *
 * Unique ones of keys (advise/unique.c), and those that find the rows which a row of another table is joined to: create_ordering()
 * would make the latter itself, but with writers kept out, and nobody would have weighed them.  An index that an ordering
 * brings along serves statements, too.  So all of them are chosen with the ordering, beside what was chosen for statements, and then
 * all is planned once more: none is advised twice, and what is of no use beside them is left (advise/choose.c).
 *
 * An index on the same columns that was chosen for a statement is taken; of one column it becomes unique itself.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "advise/advise.h"
#include "base/relations.h"

/* False: a column is gone. */
static bool
draft_index(const BingoAdviseNeed *need, BingoAdviseIndex *draft)
{
	draft->relid = need->relid;
	draft->part = 1;
	draft->nkeys = need->nkeys;
	draft->unique = need->unique;
	for (int i = 0; i < need->nkeys; i++)
	{
		BingoAdviseKey *key = &draft->keys[i];
		char	   *name = bingo_relations_find_column(need->relid, need->attnos[i]);

		if (name == NULL || !bingo_relations_find_type(need->relid, need->attnos[i], &key->type, &(int32) {0}, &key->own_collation))
			return false;
		key->relid = need->relid;
		key->attno = need->attnos[i];
		key->collation = need->collations[i];
		key->name = pstrdup(quote_identifier(name));
		key->role = need->unique ? "unique key" : "join";
	}
	return true;
}

/* Does the chosen index do that, or will it once it is unique? */
static bool
does(const BingoAdviseIndex *index, const BingoAdviseIndex *draft)
{
	if (index->relid != draft->relid || index->gin || index->predicate != NULL ||
		(draft->unique ? index->nkeys != draft->nkeys : index->nkeys < draft->nkeys))
		return false;
	for (int i = 0; i < draft->nkeys; i++)
	{
		const BingoAdviseKey *key = &index->keys[i];

		if (key->is_expression || key->collation != draft->keys[i].collation || key->opclass != NULL ||
			strcmp(key->name, draft->keys[i].name) != 0)
			return false;
	}
	return true;
}

/* NULL: there is one by now, or a column of it is gone. */
static BingoAdviseIndex *
find_index(BingoAdvise *advise, const BingoAdviseNeed *need)
{
	BingoAdviseIndex draft = {0};
	ListCell   *cell;

	if (!draft_index(need, &draft))
		return NULL;
	foreach(cell, advise->chosen)
	{
		if (does(lfirst(cell), &draft))
			return lfirst(cell);
	}
	return bingo_advise_needed_index(advise, &draft);
}

/* Do the indexes that it needs fit the budget?  "*write_ms": what those cost writers which no statement needs. */
bool
bingo_advise_needs_fit(BingoAdvise *advise, const BingoAdviseOrdering *ordering, double *write_ms)
{
	int64		size = 0;
	ListCell   *cell;

	*write_ms = 0;
	foreach(cell, ordering->needs)
	{
		BingoAdviseIndex *index = find_index(advise, lfirst(cell));

		if (index == NULL && ((BingoAdviseNeed *) lfirst(cell))->unique)
			return false;
		if (index == NULL || index->chosen)
			continue;
		bingo_advise_pretend(advise, index);
		bingo_advise_ask_costs(advise, index);
		bingo_advise_forget(advise, index);
		if (index->size < 0 && advise->budget >= 0)
			return false;
		size += Max(index->size, 0);
		*write_ms += index->write_ms;
	}
	return size == 0 || bingo_advise_fits(advise, size, NULL);
}

static void
take(BingoAdvise *advise, BingoAdviseOrdering *ordering, const BingoAdviseNeed *need)
{
	BingoAdviseIndex *index = find_index(advise, need);

	if (index == NULL)
		return;
	if (!index->chosen)
		advise->chosen = lappend(advise->chosen, index);
	index->chosen = true;
	index->unique = index->unique || need->unique;
	index->needing = list_append_unique_ptr(index->needing, ordering);
	bingo_advise_pretend(advise, index);
	bingo_advise_ask_costs(advise, index);
}

/* Whatever orderings there are now: their indexes are chosen, and are there. */
void
bingo_advise_take_needs(BingoAdvise *advise)
{
	ListCell   *cell;

	foreach(cell, advise->chosen)
	{
		((BingoAdviseIndex *) lfirst(cell))->needing = NIL;
		((BingoAdviseIndex *) lfirst(cell))->unique = false;
	}
	foreach(cell, advise->orderings)
	{
		BingoAdviseOrdering *ordering = lfirst(cell);
		ListCell   *place;

		foreach(place, ordering->needs)
			take(advise, ordering, lfirst(place));
	}
}
