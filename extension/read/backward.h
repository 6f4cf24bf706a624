/*
 * read/backward.h
 *	  A window that is read from its end to its beginning.
 */
#ifndef BINGO_BACKWARD_H
#define BINGO_BACKWARD_H

#include "nodes/pathnodes.h"

#include "read/cost.h"
#include "read/end.h"
#include "read/match_result.h"
#include "read/search.h"

/* May the window be supposed to have all rows that are wanted?  Notes why not. */
extern bool bingo_backward_may_serve(PlannerInfo *root, const BingoMatch *match, const BingoWindowShare *share);

/* The search has started: goes to the last range that it has.  The reason if not all of its rows are in the window, else NULL. */
extern const char *bingo_backward_start(BingoEnd *end, BingoSearch *search);

#endif							/* BINGO_BACKWARD_H */
