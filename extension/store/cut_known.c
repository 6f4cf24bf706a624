/*
 * store/cut_known.c
 *	  The boundary of the key of a changed row.
 *
 * Each commit that changes a row of an ordering whose rows are counted for each key asks for it once or twice.  Two locks,
 * an index scan and all versions of that boundary which an old snapshot may see are spared him who has asked for the
 * same key before, or knows that no key has one: most windows that were made to be complete are like that.  For how long that is
 * so is told in store/cut_moves.c.
 *
 * Memory: with the cached ordering.
 */
#include "postgres.h"

#include "utils/snapmgr.h"

#include "store/cut_known.h"
#include "store/cut_memo.h"
#include "store/cut_moves.h"

#define PLACES 1024				/* about half a megabyte, if so many keys are written to */

/*
 * Whether no key has one is asked for by so many look-ups of keys that are not known once.  It reads the first page of
 * the index, two hundred entries of it, which costs as much as all else that such an INSERT
 * takes more for the window.  Where one key has a boundary the next one mostly has it, too.
 */
#define LOOKUPS 64

typedef struct BingoKnownCuts
{
	uint64		moves;			/* when it was read */
	bool		none;			/* no key has one */
	uint32		lookups;		/* of keys that were not known */
	BingoCutMemo *memo;
} BingoKnownCuts;

/* What is known and is so still; empty if it was not. */
static BingoKnownCuts *
get_known(BingoOrdering *ordering, uint64 moves)
{
	BingoKnownCuts *known = ordering->known_cuts;

	if (known == NULL)
	{
		known = MemoryContextAllocZero(ordering->context, sizeof(BingoKnownCuts));
		known->memo = bingo_cut_memo_create(ordering->definition, ordering->context, PLACES);
		known->moves = moves;
		ordering->known_cuts = known;
	}
	else if (known->moves != moves)
	{
		if (known->none)
			known->lookups = 0;	/* it may be so again, and is told by an empty index */
		known->none = false;
		bingo_cut_memo_clear(known->memo);
		known->moves = moves;
	}
	return known;
}

bool
bingo_cut_know_none(const BingoOrdering *ordering)
{
	const BingoKnownCuts *known = ordering->known_cuts;
	uint64		moves;

	return known != NULL && known->none && bingo_cut_count_moves(ordering->boundary, &moves) && known->moves == moves;
}

bool
bingo_cut_know(BingoOrdering *ordering, BingoCuts *cuts, const Datum *values, const bool *nulls, BingoPatience *patience,
			   BingoBoundary *cut, bool *found)
{
	uint64		moves;
	BingoKnownCuts *known = bingo_cut_count_moves(ordering->boundary, &moves) ? get_known(ordering, moves) : NULL;
	const BingoKnownCut *before;

	*found = false;
	if (known && known->none)
		return true;
	before = known ? bingo_cut_memo_find(known->memo, values, nulls) : NULL;
	if (before)
	{
		*found = before->cut;
		if (before->cut)
			*cut = before->boundary;
		return true;
	}
	if (cuts->relation == NULL)
	{
		if (!bingo_cut_open(cuts, ordering, SnapshotSelf, patience))
			return false;
		if (known && known->lookups++ % LOOKUPS == 0 && (known->none = bingo_cut_has_none(cuts)))
			return true;
	}
	*found = bingo_cut_find(cuts, values, nulls, cut);
	if (known)
		bingo_cut_memo_keep(known->memo, values, nulls, *found ? cut : NULL, cuts->marked);
	return true;
}
