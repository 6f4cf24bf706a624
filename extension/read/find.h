/*
 * read/find.h
 *	  The orderings that match a relation which is being planned.
 */
#ifndef BINGO_READ_FIND_H
#define BINGO_READ_FIND_H

#include "read/match_result.h"

/* Those whose windows can give the relation's rows in the order of query_pathkeys, as BingoMatch *. */
extern List *bingo_find_matches(PlannerInfo *root, const RelOptInfo *rel);

#endif							/* BINGO_READ_FIND_H */
