/*
 * read/path.h
 *	  Offers windows to the planner: the hooks and the path.
 */
#ifndef BINGO_SCAN_PATH_H
#define BINGO_SCAN_PATH_H

#include "nodes/extensible.h"
#include "nodes/pathnodes.h"

#include "read/match_result.h"

/* The path of a match; "plain" has the relation's plain paths.  NULL if it is not worth it. */
extern CustomPath *bingo_path_create(PlannerInfo *root, RelOptInfo *rel, RelOptInfo *plain, BingoMatch *match);

/* The query level is in its order: what was forgotten of a partitioned table is offered again, for the columns that are wanted now. */
extern void bingo_path_offer_again(PlannerInfo *root, const RelOptInfo *input, RelOptInfo *ordered);

/* The node of that path, without its costs. */
extern CustomPath *bingo_path_make(RelOptInfo *rel, BingoMatch *match, Path *behind);

#endif							/* BINGO_SCAN_PATH_H */
