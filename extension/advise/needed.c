/*
 * advise/needed.c
 *	  Which indexes do orderings need?
 *
 * Those on unique keys, and those that find the rows which wait for another table's
 * (definition/definition.h).  Counters need none.
 */
#include "postgres.h"

#include "advise/advise.h"
#include "store/catalog.h"

static bool
needs(const BingoOrdering *ordering, Oid index, Oid relid)
{
	for (int i = 0; ordering->definition != NULL && i < ordering->definition->ntables; i++)
	{
		const BingoTable *table = &ordering->definition->tables[i];

		if (table->unique_index == index || table->parent_index == index || (!ordering->usable && table->relid == relid))
			return true;
	}
	return false;
}

/*
 * The name of an ordering that needs the index; or that has this table (InvalidOid: none) and
 * may be needing any index of it to become valid again.  NULL: there is none.
 */
const char *
bingo_advise_needing(Oid index, Oid relid)
{
	ListCell   *cell;

	bingo_catalog_require();
	foreach(cell, bingo_catalog_list())
	{
		if (needs(lfirst(cell), index, relid))
			return ((const BingoOrdering *) lfirst(cell))->name;
	}
	return NULL;
}

/* False: an ordering can't be read. */
bool
bingo_advise_knows_needed(void)
{
	ListCell   *cell;

	bingo_catalog_require();
	foreach(cell, bingo_catalog_list())
	{
		if (((const BingoOrdering *) lfirst(cell))->definition == NULL)
			return false;
	}
	return true;
}
