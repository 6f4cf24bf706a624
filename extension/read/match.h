/*
 * read/match.h
 *	  Can an ordering's window give the rows of a relation that is being planned?
 */
#ifndef BINGO_SCAN_MATCH_H
#define BINGO_SCAN_MATCH_H

#include "read/match_result.h"

/*
 * Can the window's rows be rows of the relation that is joined from "relids"?
 * "target": the columns that are wanted of it.  Fills the match; false if not.
 * "explain" collects all obstacles in words, which costs catalog look-ups and
 * memory that planning need not pay.
 */
extern bool bingo_match_core(PlannerInfo *root, Relids relids, const PathTarget *target,
							 const BingoOrdering *ordering, bool explain, BingoMatch *match);

/* Has one of the relations an IN list, whatever its column is? */
extern bool bingo_match_has_list(PlannerInfo *root, Relids relids);

/* The same with one search for each value of an IN list; false if there is no such list. */
extern bool bingo_match_lists(PlannerInfo *root, Relids relids, const PathTarget *target,
							  const BingoOrdering *ordering, BingoMatch *match);

/* Is the relation all that the query level reads, and nothing but Limit above it? */
extern bool bingo_match_is_whole_level(PlannerInfo *root, const BingoMatch *match);

#endif							/* BINGO_SCAN_MATCH_H */
