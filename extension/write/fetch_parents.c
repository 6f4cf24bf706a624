/*
 * write/fetch_parents.c
 *	  From a dimension's row to the parent's rows that are joined to it.
 */
#include "postgres.h"

#include "access/genam.h"

#include "store/visible.h"
#include "write/fetch.h"

void
bingo_fetch_parents(BingoFetch *fetch, int table, Datum *own_key)
{
	BingoTable *t = &fetch->ordering->definition->tables[table];
	ScanKey		keys = fetch->plan->parent_keys[table];

	if (fetch->parent_scan[table] == NULL)
		fetch->parent_scan[table] = bingo_visible_begin(fetch->relation[t->parent],
														fetch->parent_index[table],
														fetch->snapshot, t->njoin);
	for (int i = 0; i < t->njoin; i++)
		keys[i].sk_argument = own_key[fetch->plan->parent_from[table][i]];
	index_rescan(fetch->parent_scan[table], keys, t->njoin, NULL, 0);
}

TupleTableSlot *
bingo_fetch_next_parent(BingoFetch *fetch, int table)
{
	TupleTableSlot *slot = fetch->parent_slot[table];

	return bingo_visible_next(fetch->parent_scan[table], fetch->snapshot, slot) ? slot : NULL;
}
