/*
 * read/scan.h
 *	  BingoOrderedScan: what planning, execution and explanation share.
 */
#ifndef BINGO_SCAN_H
#define BINGO_SCAN_H

#include "access/genam.h"
#include "nodes/execnodes.h"
#include "nodes/extensible.h"
#include "nodes/pathnodes.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

#include "store/catalog.h"
#include "read/match.h"
#include "read/page.h"

#define BINGO_SCAN_NAME "BingoOrderedScan"

/* The plan node's custom_private: a list of numbers, then the ordering's name. */
typedef enum BingoScanPrivate
{
	BINGO_PRIVATE_ORDERING,		/* BingoOrdering.id */
	BINGO_PRIVATE_WINDOW,		/* the window that the plan was made for */
	BINGO_PRIVATE_HAS_OFFSET,	/* custom_exprs begins with OFFSET's expression */
	BINGO_PRIVATE_HAS_LIMIT,	/* custom_exprs ends with LIMIT's expression */
	BINGO_PRIVATE_NUMBERS
} BingoScanPrivate;

/* Which rows the scan stands in. */
typedef enum BingoScanPhase
{
	BINGO_PHASE_WINDOW,
	BINGO_PHASE_BEHIND
} BingoScanPhase;

typedef struct BingoScanState
{
	CustomScanState css;		/* first */
	const char *name;			/* the ordering's */
	int32		id;
	PlanState  *behind;			/* the plan behind the window */

	/* the window, NULL when it is not used */
	Relation	heap;
	Relation	index;
	const BingoOrdering *ordering;	/* of the transaction, as the scan */
	IndexScanDesc scan;
	BingoPageScan pages;
	TupleTableSlot *slot;
	const char *reason;			/* why the plan behind was used, NULL if it was not */

	/* position; rows are numbered from 1 */
	BingoScanPhase phase;
	bool		window_at_end;	/* ran off the window's last row */
	int64		window_position;	/* row of the window that the scan stands on */
	bool		behind_started;	/* the plan behind stands behind the window's rows */
	bool		behind_used;	/* it was started before the last rescan */

	/* bound on the rows that are wanted of the plan behind */
	ExprState  *offset;
	ExprState  *limit;

	/* counters, over all rescans */
	uint64		rows_served;
	uint64		rows_behind;
} BingoScanState;

/* read/path.c */
extern void bingo_scan_init(void);
extern List *bingo_scan_collect(struct Query *query, const char *query_string, PlannedStmt **plan);

/* What planning decided about an ordering; a list of these comes from bingo_scan_collect(). */
typedef struct BingoScanVerdict
{
	const BingoOrdering *ordering;
	BingoMatchStep step;
	bool		chosen;			/* the plan has a scan of it */
	const char *reason;			/* why not chosen */
} BingoScanVerdict;

/* read/exec.c */
extern const CustomScanMethods bingo_scan_methods;

/* read/open.c */
extern const char *bingo_scan_open(int32 id, Oid window, Snapshot snapshot, const BingoOrdering **ordering,
								   Relation *heap, Relation *index);
extern void bingo_scan_close(Relation heap, Relation index);
extern bool bingo_scan_is_complete(Relation heap, const BingoOrdering *ordering, Snapshot snapshot);

/* read/explain.c */
extern void bingo_scan_explain(CustomScanState *node, List *ancestors, struct ExplainState *es);

#endif							/* BINGO_SCAN_H */
