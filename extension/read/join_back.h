/*
 * read/join_back.h
 *	  Columns of the driving table that a window lacks, looked up row by row.
 */
#ifndef BINGO_SCAN_JOIN_BACK_H
#define BINGO_SCAN_JOIN_BACK_H

#include "access/genam.h"
#include "access/skey.h"
#include "executor/tuptable.h"
#include "nodes/execnodes.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

#include "store/ordering.h"

typedef struct BingoJoinBack
{
	int			ncolumns;		/* 0: nothing is looked up */
	AttrNumber *columns;		/* of the driving table; 0: its whole row */
	Relation	table;
	Relation	index;
	IndexScanDesc scan;
	int			nkeys;
	ScanKeyData keys[INDEX_MAX_KEYS];
	int			key_from[INDEX_MAX_KEYS];	/* which column of the window is the key's */
	TupleTableSlot *slot;
	ExprState  *whole_row;		/* evaluated on that slot */
} BingoJoinBack;

/* "columns": attribute numbers.  NULL, or the reason why it can't be done now. */
extern const char *bingo_join_back_begin(BingoJoinBack *fetch, List *columns, const BingoOrdering *ordering,
									 Snapshot snapshot);

/*
 * Looks for the driving row of a row of the window and puts its columns into values
 * and nulls.  False if the snapshot does not see it.
 */
extern bool bingo_join_back_row(BingoJoinBack *fetch, TupleTableSlot *window_row, ExprContext *econtext,
							Datum *values, bool *nulls);

/* Lets go of the row and its page, until the next look. */
extern void bingo_join_back_release(BingoJoinBack *fetch);

extern void bingo_join_back_end(BingoJoinBack *fetch);

#endif							/* BINGO_SCAN_JOIN_BACK_H */
