/*
 * read/extreme.h
 *	  min() and max() from the first row of a window.
 */
#ifndef BINGO_SCAN_EXTREME_H
#define BINGO_SCAN_EXTREME_H

#include "nodes/pathnodes.h"

/* A query level's rows are to be aggregated: offers the first one of a window, where that is all that is wanted of them. */
extern void bingo_extreme_offer(PlannerInfo *root, RelOptInfo *input, RelOptInfo *output);

#endif							/* BINGO_SCAN_EXTREME_H */
