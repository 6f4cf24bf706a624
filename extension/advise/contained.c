/*
 * advise/contained.c
 *	  Orderings that every writer pays for and nobody would miss: kind drop_ordering.
 *
 * One whose window another ordering's has wholly (definition/contained.c): of two that have the
 * same the older stays.  Only orderings that could be used now are compared, and those whose
 * tables the caller may read.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "advise/advise.h"
#include "definition/contained.h"
#include "store/catalog.h"
#include "store/rights.h"

static bool
contains(const BingoOrdering *all, const BingoOrdering *part)
{
	return all->max_rows == 0 &&
		bingo_definition_contains(all->definition, all->window_rows, part->definition, part->window_rows);
}

static bool
is_known(const BingoAdvise *advise, const BingoOrdering *ordering)
{
	return ordering->usable && OidIsValid(ordering->definition_server) && !bingo_is_counter(ordering) &&
		bingo_rights_may_read(ordering->definition, advise->user);
}

/* Does the second one stay if the first one goes? */
static bool
makes_superfluous(const BingoOrdering *ordering, const BingoOrdering *other)
{
	return other != ordering && contains(other, ordering) &&
		(other->id < ordering->id || !contains(ordering, other));
}

/* The one that has most of those that have it all: that is not superfluous itself. */
static const BingoOrdering *
find_cover(const BingoAdvise *advise, const BingoOrdering *ordering)
{
	const BingoOrdering *cover = NULL;
	ListCell   *cell;

	foreach(cell, bingo_catalog_list())
	{
		const BingoOrdering *other = lfirst(cell);

		if (is_known(advise, other) && makes_superfluous(ordering, other) &&
			(cover == NULL || makes_superfluous(cover, other)))
			cover = other;
	}
	return cover;
}

void
bingo_advise_find_contained(BingoAdvise *advise)
{
	ListCell   *cell;

	bingo_catalog_require();
	foreach(cell, bingo_catalog_list())
	{
		const BingoOrdering *ordering = lfirst(cell);
		const BingoOrdering *cover = is_known(advise, ordering) ? find_cover(advise, ordering) : NULL;
		MemoryContext caller;
		BingoAdviseSurplus *surplus;

		if (cover == NULL)
			continue;
		caller = MemoryContextSwitchTo(advise->context);
		surplus = palloc0(sizeof(BingoAdviseSurplus));
		surplus->ordering = true;
		surplus->name = pstrdup(ordering->name);
		surplus->cover = pstrdup(cover->name);
		advise->surplus = lappend(advise->surplus, surplus);
		MemoryContextSwitchTo(caller);
	}
}
