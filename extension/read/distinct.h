/*
 * read/distinct.h
 *	  DISTINCT ON from the first row of each key of a window.
 */
#ifndef BINGO_SCAN_DISTINCT_H
#define BINGO_SCAN_DISTINCT_H

#include "nodes/pathnodes.h"

/* The rows of a query level are to be made distinct, or numbered by a window function: offers the first ones of each key. */
extern void bingo_distinct_offer(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input, RelOptInfo *output);

#endif							/* BINGO_SCAN_DISTINCT_H */
