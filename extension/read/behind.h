/*
 * read/behind.h
 *	  The plan behind a window: the plain paths of the same relation, in order.
 */
#ifndef BINGO_SCAN_BEHIND_H
#define BINGO_SCAN_BEHIND_H

#include "nodes/pathnodes.h"

/*
 * The plain paths of a join relation, kept apart from those that the planner chooses
 * from: called by the hook for each pair of inputs.
 */
extern RelOptInfo *bingo_behind_join(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outerrel,
									 RelOptInfo *innerrel, JoinType jointype, JoinPathExtraData *extra);

/* Adds the plain paths of a join relation again: ours, which is taken away, may have driven out all of them. */
extern void bingo_behind_restore(RelOptInfo *rel, const RelOptInfo *plain);

/* Is it what bingo_behind_join() keeps? */
extern bool bingo_behind_is_plain(const RelOptInfo *rel);

/*
 * The cheapest path of the relation in the order of the pathkeys for the first
 * "wanted" rows; "bound": the most that will be asked for, or -1.  NULL: there is none.
 */
extern Path *bingo_behind_find(PlannerInfo *root, RelOptInfo *rel, List *pathkeys,
							   double wanted, double bound);

/* What the first "wanted" rows of a path cost, as Limit reckons. */
extern Cost bingo_behind_cost(const Path *path, double wanted);

#endif							/* BINGO_SCAN_BEHIND_H */
