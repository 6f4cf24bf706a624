/*
 * upkeep/over.c
 *	  What was made for a partition under the name of a whole goes with the partition.
 *
 * Which of an ordering's tables that was is told by the others: no other one is a partition, and none else is gone (definition/partition.c).
 */
#include "postgres.h"

#include "store/catalog.h"
#include "store/definition.h"
#include "upkeep/build.h"
#include "upkeep/over.h"
#include "upkeep/parts.h"

/* Those that are over, if it is known which are built: one that is not found is not taken for one that is none. */
static List *
list_over(void)
{
	List	   *definitions = bingo_definition_list();
	List	   *over = NIL;
	ListCell   *cell;

	foreach(cell, definitions)
	{
		const BingoStoredDefinition *stored = lfirst(cell);
		const BingoOrdering *built;

		if (stored->whole == NULL)
			continue;
		built = bingo_catalog_find_named(stored->name);
		if (!bingo_catalog_load(NULL))
			return NIL;
		if (bingo_definition_is_over(stored, built))
			over = lappend(over, stored->name);
	}
	return over;
}

bool
bingo_over_is_any(void)
{
	return list_over() != NIL;
}

void
bingo_over_give_up(void)
{
	ListCell   *cell;

	foreach(cell, list_over())
		bingo_build_give_up(lfirst(cell), bingo_catalog_find_named(lfirst(cell)));
}
