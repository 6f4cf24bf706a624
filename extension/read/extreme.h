/*
 * read/extreme.h
 *	  min() and max() from the first row of a window.
 */
#ifndef BINGO_SCAN_EXTREME_H
#define BINGO_SCAN_EXTREME_H

#include "nodes/pathnodes.h"

/* For the aggregates of a query level, offers an Agg over one row if that will do. */
extern void bingo_extreme_offer(PlannerInfo *root, RelOptInfo *input, RelOptInfo *output);

#endif							/* BINGO_SCAN_EXTREME_H */
