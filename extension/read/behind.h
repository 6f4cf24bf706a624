/*
 * read/behind.h
 *	  The plan behind a window: the plain paths of the same relation, in order.
 */
#ifndef BINGO_SCAN_BEHIND_H
#define BINGO_SCAN_BEHIND_H

#include "nodes/pathnodes.h"

/* What is kept of a relation that a window may give; of a join relation while the planner joins it pair by pair. */
typedef struct BingoKept
{
	RelOptInfo	rel;			/* first: a join's plain paths, apart from those that the planner chooses from */
	bool		looked;			/* the matches are known */
	List	   *matches;		/* of BingoMatch * */
	List	   *group_matches;	/* the same in the order of its groups (read/group.c) */
	RelOptInfo *in_order;		/* paths in that order, or NULL */
	List	   *forgotten;		/* of a table: windows that are offered again later (read/offer.c) */
	int			calls;			/* of the hook */
} BingoKept;

/* That of the relation; made when it is first asked for. */
extern BingoKept *bingo_behind_look(RelOptInfo *rel);

/* The same, or NULL if it was not asked for yet. */
extern BingoKept *bingo_behind_known(const RelOptInfo *rel);

/*
 * A pair of inputs has been joined.  The relation with the plain paths if a window's path should be
 * offered now; NULL if another call will follow.
 */
extern RelOptInfo *bingo_behind_join(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outerrel,
									 RelOptInfo *innerrel, JoinType jointype, JoinPathExtraData *extra);

/* Adds the plain paths of a join relation again: ours, which is taken away, may have driven out all of them. */
extern void bingo_behind_restore(RelOptInfo *rel, const RelOptInfo *plain);

/* Is it what is kept beside a relation, and no relation of the planner's? */
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
