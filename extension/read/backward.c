/*
 * read/backward.c
 *	  A window that is read from its end to its beginning: the page before, and the order the other way round.
 *
 * "WHERE (placed, id) > ($1, $2) ORDER BY placed, id LIMIT 20" on a window by placed DESC, id DESC is what applications send
 * to go back one page, or for what is newer than what they have: the rows next to a place in the order, towards its beginning.
 * The query's order is the window's with every direction and every place of NULLs turned round, or a beginning of that.
 *
 * Invariant: the window gives all rows that are wanted, or none.
 *
 * Proof.  The search is a range of the order.  Before the first row is given it is looked whether the window, as the snapshot sees it, has all
 * rows that the range can have (bingo_end_is_final(), which has the proof: the range ends strictly before the boundary, or the
 * boundary is "everything").  A snapshot does not change.  So the rows of the range, read from its last one on, are all rows
 * that satisfy the search keys, in the order turned round, and those of them that pass the filter are the query's.
 * Nothing is left for the plan behind, and no tie is cut: the tie rule need not be asked.  A keyset's ranges follow each
 * other in the window's order (read/search.c), so the last one ends where all of them do, and they are read from that one on.
 *
 * Where the scan leaves the window early (read/vain.c; a driving row that is not found) the plan behind throws away as many
 * rows as were given.  As the rows came in the claimed order, and all of them were there, these are its first ones,
 * or as many of the same groups.
 *
 * Whoever plans can't know where the boundary stands, nor, of a generic plan, where the range ends.  An end that is
 * known is compared with the size of the window (read/cost.c).  One that is not known is supposed to
 * stand in the window, as a beginning is: if that is wrong the look at the boundary is all that it costs.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "optimizer/optimizer.h"

#include "read/backward.h"
#include "read/match_step.h"
#include "read/verdict.h"

/* Does the range end at a value that nobody knows yet? */
static bool
has_unknown_end(PlannerInfo *root, const BingoMatch *match)
{
	ListCell   *lc;

	foreach(lc, match->search)
	{
		const BingoSearchKey *search = lfirst(lc);

		if (search->strategy != BTEqualStrategyNumber && !bingo_match_is_start(match, search) &&
			!IsA(estimate_expression_value(root, (Node *) search->value), Const))
			return true;
	}
	return false;
}

bool
bingo_backward_may_serve(PlannerInfo *root, const BingoMatch *match, const BingoWindowShare *share)
{
	/* searches that are merged go forward */
	if (list_length(match->leaves) > 1)
	{
		bingo_verdict_note(match->ordering, "it has the order the other way round, in which windows of partitions are not merged");
		return false;
	}
	if (share->complete || has_unknown_end(root, match))
		return true;
	bingo_verdict_note(match->ordering, "it has the order the other way round, and the window is not expected to have all rows that it wants");
	return false;
}

const char *
bingo_backward_start(BingoEnd *end, BingoSearch *search)
{
	bingo_search_last(search);
	return bingo_end_is_final(end, search) ? NULL : "read backwards the window has not all rows that are wanted";
}
