/*
 * read/match.h
 *	  Does an ordering answer the query level that is being planned?
 */
#ifndef BINGO_SCAN_MATCH_H
#define BINGO_SCAN_MATCH_H

#include "nodes/pathnodes.h"

#include "read/match_result.h"

/*
 * Compares the query level with the ordering; "explain" asks for a reason in
 * words, which costs catalog look-ups and memory that planning need not pay.
 */
extern bool bingo_match_ordering(PlannerInfo *root, RelOptInfo *input_rel,
								 const BingoOrdering *ordering, bool explain, BingoMatch *match);

extern Var *bingo_match_stand_in(PlannerInfo *root, const BingoDefinition *definition, const BingoMatch *match,
								 const TargetEntry *entry);

#endif							/* BINGO_SCAN_MATCH_H */
