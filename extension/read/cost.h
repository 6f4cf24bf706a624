/*
 * read/cost.h
 *	  What rows of a window cost, and how many of a query's rows it will have.
 */
#ifndef BINGO_SCAN_COST_H
#define BINGO_SCAN_COST_H

#include "read/match_result.h"

/* What the window is supposed to have of a relation's rows. */
typedef struct BingoWindowShare
{
	double		scanned;		/* rows of the window that the search reads, if it reads to the end */
	double		filtered;		/* fraction of them that satisfies the other conditions */
	double		late;			/* fraction of the rows whose columns are looked up that satisfies the conditions on these */
	double		rows;			/* that it gives so */
	double		relation;		/* rows that satisfy all conditions, in the window or not */
	double		tied;			/* rows of the window that the search may have to read before the first one */
	bool		complete;		/* all of these are in the window */
	double		heap_width;		/* bytes of a row of the window, and of its index */
	double		index_width;
} BingoWindowShare;

extern void bingo_cost_share(PlannerInfo *root, const RelOptInfo *rel, const BingoMatch *match,
							 BingoWindowShare *share);

/* How many searches of the window is it: as many as its IN list has values, as far as that is known, in each partition. */
extern double bingo_cost_searches(PlannerInfo *root, const BingoMatch *match);

/* The cost of the first "rows" rows that the window gives. */
extern void bingo_cost_window(PlannerInfo *root, const BingoMatch *match, const BingoWindowShare *share,
							  double rows, Cost *startup, Cost *run);

/* What so many rows of a complete window cost less than that, if all are read: they need no joining. */
extern Cost bingo_cost_joins(PlannerInfo *root, const BingoMatch *match, double rows);

/* If "rows" are wanted and the plan behind costs so much.  A row without a page is BINGO_ROW_WITHOUT_PAGE. */
extern BingoScanPatience bingo_cost_patience(PlannerInfo *root, const BingoMatch *match, const BingoWindowShare *share,
								  double rows, Cost cost_behind);

#endif							/* BINGO_SCAN_COST_H */
