/*
 * read/group.h
 *	  Groups of the rows of a window, in its order: GROUP BY a key, sorted by another column.
 */
#ifndef BINGO_READ_GROUP_H
#define BINGO_READ_GROUP_H

#include "nodes/pathnodes.h"

/* Windows that give the relation's rows in the order of the groups, as BingoMatch *. */
extern List *bingo_group_find(PlannerInfo *root, RelOptInfo *rel);

/* Keeps their paths beside the relation; "plain" has its plain paths. */
extern void bingo_group_offer_windows(PlannerInfo *root, RelOptInfo *rel, RelOptInfo *plain, List *matches);

/* A pair of inputs has been joined: the same of what is kept beside the outer one. */
extern void bingo_group_join(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outerrel, RelOptInfo *innerrel,
							 JoinType jointype, JoinPathExtraData *extra);

/* The rows of a query level are to be grouped: offers the groups of what is kept beside them. */
extern void bingo_group_offer(PlannerInfo *root, RelOptInfo *input, RelOptInfo *grouped, const GroupPathExtraData *extra);

#endif							/* BINGO_READ_GROUP_H */
