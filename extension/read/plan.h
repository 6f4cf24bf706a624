/*
 * read/plan.h
 *	  The plan node of a BingoOrderedScan.
 */
#ifndef BINGO_SCAN_PLAN_H
#define BINGO_SCAN_PLAN_H

#include "nodes/pathnodes.h"
#include "nodes/plannodes.h"

#include "read/match_result.h"

#define BINGO_SCAN_NAME "BingoOrderedScan"

/* The node's methods, in read/exec.c. */
extern const struct CustomScanMethods bingo_scan_methods;

/* The plan node's custom_private: a list of numbers, the orderings' names, then lists of numbers. */
typedef enum BingoScanPrivate
{
	BINGO_PRIVATE_COVERED,		/* so many sort keys are the order that is claimed */
	BINGO_PRIVATE_SEARCH_KEYS,	/* custom_exprs begins with the values of so many search keys, */
	BINGO_PRIVATE_LEVELS,		/* ... and of a keyset's so many levels, */
	BINGO_PRIVATE_TWINS,		/* ... and so many that must be the same as one of these for the keyset to be one; then come the conditions */
	BINGO_PRIVATE_LIST,			/* which search key is an IN list, or -1 */
	BINGO_PRIVATE_MERGED_KEY,	/* the sort key that has one value in each of its searches, or -1 */
	BINGO_PRIVATE_VAIN,			/* so many rows of the window may be read in vain */
	BINGO_PRIVATE_VAIN_OF_NONE,	/* ... before the first is given */
	BINGO_PRIVATE_FIRST,		/* only the first row is wanted of each value of so many sort keys; 0: all rows are */
	BINGO_PRIVATE_FIRST_ROWS,	/* ... or so many; 0: the only one of custom_exprs says how many */
	BINGO_PRIVATE_BY_KEY,		/* ... and the filter looks at these only */
	BINGO_PRIVATE_LATE,			/* so many last conditions of the filter look at columns that are looked up */
	BINGO_PRIVATE_BACKWARD,		/* the window is read backwards */
	BINGO_PRIVATE_MAY_WAIT,		/* the plan behind may be initialised late (read/late.c) */
	BINGO_PRIVATE_NUMBERS
} BingoScanPrivate;

/* The members of custom_private. */
#define BINGO_PLAN_NUMBERS(cscan) ((List *) linitial((cscan)->custom_private))
#define BINGO_PLAN_NAME(cscan) strVal(lsecond((cscan)->custom_private))
/* for each column of the node the column of the plan behind that has it, or 0 */
#define BINGO_PLAN_COLUMNS(cscan) ((List *) lthird((cscan)->custom_private))
/* for each search key, then each level: sort key, strategy, then for each twin the number of its key; and as OIDs: right-hand type, function, that of equality */
#define BINGO_PLAN_SEARCH(cscan) ((List *) lfourth((cscan)->custom_private))
#define BINGO_PLAN_SEARCH_OIDS(cscan) ((List *) list_nth((cscan)->custom_private, 4))
/*
 * for each window, mostly one: BingoOrdering.id, the window that the plan was made for, then the numbers of the driving table's columns
 * that are looked up: behind those of the window in the node's rows
 */
#define BINGO_PLAN_LEAVES(cscan) ((List *) list_nth((cscan)->custom_private, 5))
/* partitions, as OIDs: the driving table is partitioned, and these were planned with */
#define BINGO_PLAN_PARTITIONS(cscan) ((List *) list_nth((cscan)->custom_private, 6))

/* PlanCustomPath of our paths. */
extern Plan *bingo_scan_plan(PlannerInfo *root, RelOptInfo *rel, CustomPath *best_path,
							 List *tlist, List *clauses, List *custom_plans);

/* What a path of ours was made of. */
extern const BingoMatch *bingo_plan_path_match(const CustomPath *path);

/* LIMIT 1's number. */
extern Const *bingo_plan_make_one(void);

#endif							/* BINGO_SCAN_PLAN_H */
