/*
 * write/fetch_cut.c
 *	  The boundary of the key of the row at hand, where the rows of each key are counted.
 *
 * Asked for an image, then for its row, and now and then for how many rows the key has: of one key, mostly, so the last
 * answer is kept.  It stands still, since the gate is had from before the cuts are opened until the batch ends.
 */
#include "postgres.h"

#include "write/fetch.h"

/* What is by reference may be another value at the same place: that is looked for each time. */
const BingoBoundary *
bingo_fetch_find_cut(BingoFetch *fetch, const Datum *values, const bool *nulls)
{
	int			nkeys = fetch->ordering->definition->nkeys;
	bool		same = fetch->cut_known;

	for (int i = 0; i < nkeys && same; i++)
		same = nulls[i] == fetch->cut_nulls[i] && (nulls[i] || values[i] == fetch->cut_values[i]);
	if (!same)
	{
		fetch->cut_found = bingo_cut_find(&fetch->cuts, values, nulls, &fetch->cut);
		fetch->cut_known = fetch->plan->cut_by_value;
		memcpy(fetch->cut_values, values, nkeys * sizeof(Datum));
		memcpy(fetch->cut_nulls, nulls, nkeys * sizeof(bool));
	}
	return fetch->cut_found ? &fetch->cut : NULL;
}
