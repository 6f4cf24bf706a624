/*
 * read/seen.c
 *	  The orderings and counters that planning may use: all but those whose window is hidden from this session.
 */
#include "postgres.h"

#include "base/hidden.h"
#include "read/seen.h"
#include "store/catalog.h"
#include "store/ordering.h"

List *
bingo_seen_list(void)
{
	List	   *orderings = bingo_catalog_list();
	ListCell   *cell;

	foreach(cell, bingo_hidden_any() ? orderings : NIL)
	{
		if (bingo_hidden_is(((const BingoOrdering *) lfirst(cell))->window))
			orderings = foreach_delete_current(orderings, cell);
	}
	return orderings;
}
