/*
 * read/path.h
 *	  The path of a window.
 */
#ifndef BINGO_SCAN_PATH_H
#define BINGO_SCAN_PATH_H

#include "nodes/extensible.h"
#include "nodes/pathnodes.h"

#include "read/match_result.h"

/* The path of a match; "plain" has the relation's plain paths.  NULL if it is not worth it. */
extern CustomPath *bingo_path_create(PlannerInfo *root, RelOptInfo *rel, RelOptInfo *plain, BingoMatch *match);

/* The node of that path, without its costs. */
extern CustomPath *bingo_path_make(RelOptInfo *rel, BingoMatch *match, Path *behind);

/* Is it such a path? */
extern bool bingo_path_is_window(const Path *path);

#endif							/* BINGO_SCAN_PATH_H */
