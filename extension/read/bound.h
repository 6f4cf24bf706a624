/*
 * read/bound.h
 *	  How many rows are wanted of the plan behind at most.
 */
#ifndef BINGO_SCAN_BOUND_H
#define BINGO_SCAN_BOUND_H

#include "nodes/execnodes.h"

typedef struct BingoBound
{
	bool		looked;			/* for the Limit whose expressions these are */
	ExprState  *offset;
	ExprState  *limit;			/* NULL: nothing bounds it */
} BingoBound;

/* Tells the child, before it is started, with the values that LIMIT and OFFSET have now. */
extern void bingo_bound_set(BingoBound *bound, CustomScanState *node, PlanState *child);

#endif							/* BINGO_SCAN_BOUND_H */
