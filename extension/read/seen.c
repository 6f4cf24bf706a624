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
	List	   *seen = NIL;
	ListCell   *cell;

	if (!bingo_hidden_any())
		return bingo_catalog_list();
	foreach(cell, bingo_catalog_list())
		if (!bingo_hidden_is(((const BingoOrdering *) lfirst(cell))->window))
			seen = lappend(seen, lfirst(cell));
	return seen;
}
