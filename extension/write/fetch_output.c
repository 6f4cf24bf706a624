/*
 * write/fetch_output.c
 *	  The window's row of the rows at hand.
 */
#include "postgres.h"

#include "write/fetch.h"

bool
bingo_fetch_lock_toast(BingoFetch *fetch)
{
	for (int i = 0; i < fetch->ordering->definition->ntables; i++)
		if (!bingo_fetch_lock_toast_of(fetch, i, i == 0 ? fetch->driving : fetch->row[i]))
			return false;
	return true;
}

/* The values point into the slots: good until the next row is at hand. */
void
bingo_fetch_output(BingoFetch *fetch, Datum *values, bool *isnull)
{
	BingoDefinition *definition = fetch->ordering->definition;

	Assert(fetch->driving);
	for (int i = 0; i < definition->noutput; i++)
	{
		BingoColumn *column = &definition->output[i];
		TupleTableSlot *slot = column->table == 0 ? fetch->driving : fetch->row[column->table];

		values[i] = bingo_fetch_value(fetch, column, slot, &isnull[i]);
	}
}
