/*
 * read/scan.h
 *	  BingoOrderedScan: what planning, execution and explanation share.
 */
#ifndef BINGO_SCAN_H
#define BINGO_SCAN_H

#include "access/genam.h"
#include "nodes/execnodes.h"
#include "nodes/extensible.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

#include "store/catalog.h"
#include "read/bound.h"
#include "read/first.h"
#include "read/late.h"
#include "read/leaf.h"
#include "read/merge.h"
#include "read/page.h"
#include "read/search.h"
#include "read/vain.h"

/* Which rows the scan stands in. */
typedef enum BingoScanPhase
{
	BINGO_PHASE_START,			/* before the window's first row: its search keys are not known yet */
	BINGO_PHASE_WINDOW,
	BINGO_PHASE_BEHIND
} BingoScanPhase;

typedef struct BingoScanState
{
	CustomScanState css;		/* first */
	const char *name;			/* the ordering's, or those of partitions */
	PlanState  *behind;			/* the plan behind the window; NULL until it is needed, perhaps */
	BingoLate	waiting;		/* ... then it is this */

	/* the windows, mostly one; not open when they are not used */
	BingoLeaf  *leaves;
	int			nleaves;
	BingoLeaf  *refusing;		/* the one that can't be used; the first, if that can't be told */
	bool		merged;			/* several searches, or several windows */
	bool		backward;		/* the window is read backwards */
	IndexScanDesc scan;			/* of the only one */
	BingoPageScan pages;
	TupleTableSlot *slot;
	TupleTableSlot *row;		/* of the window: "slot", or one of the merge */
	ExprState  *early;			/* the filter, but for ... */
	ExprState  *late;			/* ... the conditions on columns that are looked up; NULL: none */
	BingoSearch search;
	BingoMerge	merge;			/* "scan" is not used then */
	BingoFirst	first;			/* if only the first row of each key is wanted; "pages" are not used then */
	BingoVain	vain;
	const char *reason;			/* why the plan behind was used, NULL if it was not */

	/* position; rows are numbered from 1 */
	BingoScanPhase phase;
	bool		window_at_end;	/* ran off the window's last row */
	bool		cut;			/* ... or came to where it can't be used, before that */
	int64		window_position;	/* row of the window that the scan stands on */
	bool		behind_started;	/* the plan behind stands behind the window's rows */
	bool		behind_used;	/* it was started before the last rescan */

	/* the layout of the plan behind: its column for each of the node's, or 0 */
	int			ncolumns;		/* those of the window, then those that are looked up */
	AttrNumber *columns;
	bool		same_layout;	/* its rows can be given as they are */

	BingoBound	bound;			/* on the rows that are wanted of the plan behind */
} BingoScanState;

/* read/offer.c */
extern void bingo_scan_init(void);

/* read/exec.c: the windows' rows that were given, and those of the plan behind, over all rescans */
extern uint64 bingo_scan_rows_served(const BingoScanState *state);
extern uint64 bingo_scan_rows_behind(const BingoScanState *state);

/*
 * read/exec_behind.c: prepares the child's layout; initialises it, now or later; what changed for a rescan; its next row in the node's
 * layout, or NULL
 */
extern void bingo_exec_behind_begin(BingoScanState *state, CustomScan *cscan);
extern void bingo_exec_behind_init(BingoScanState *state, int eflags);
extern void bingo_exec_behind_rescan(BingoScanState *state);
extern TupleTableSlot *bingo_exec_behind_next(BingoScanState *state);

/* read/exec_row.c: the window that the row is of; the row with the columns that are looked up, or NULL; does it pass? */
extern BingoLeaf *bingo_exec_row_leaf(const BingoScanState *state);
extern TupleTableSlot *bingo_exec_row_complete(BingoScanState *state);
extern bool bingo_exec_row_passes(BingoScanState *state, ExprState *filter, TupleTableSlot *row);

/* read/explain.c */
extern void bingo_scan_explain(CustomScanState *node, List *ancestors, struct ExplainState *es);

#endif							/* BINGO_SCAN_H */
