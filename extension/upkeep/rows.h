/*
 * upkeep/rows.h
 *	  The rows of a query, put into a window as they come.
 */
#ifndef BINGO_UPKEEP_ROWS_H
#define BINGO_UPKEEP_ROWS_H

#include "access/heapam.h"
#include "tcop/dest.h"
#include "utils/rel.h"
#include "utils/sortsupport.h"

#include "store/window.h"

typedef struct BingoRowReceiver
{
	DestReceiver pub;
	Relation	window;
	List	   *indexes;		/* of Relation */
	List	   *index_infos;	/* of IndexInfo *, parallel */
	TupleTableSlot *slot;		/* of the window; the last row stays in it */
	BulkInsertState bulk;
	CommandId	cid;
	MemoryContext row_context;
	const BingoDefinition *definition;
	int64		nrows;			/* put in */
	int64		nread;
	int64		most;			/* so many are read; 0: all */
	bool		more;			/* ... and there was another one */
	bool		ended;			/* before a row that the window can't hold */
	int64		room;			/* ... or because so many were put in; -1: as many as there are */

	/* where the rows of each key are counted, else not set */
	int64		per_key;		/* so many are put in, and the key is cut behind them */
	int64		in_key;			/* so many of this key's are there, at most one more than that */
	const BingoOrdering *ordering;
	const BingoBoundary *after; /* the last row's key until one is put in; or NULL */
	Relation	boundary;
	SortSupport sort;			/* of the key's columns */
} BingoRowReceiver;

/* The window is opened for writing, and stays locked; the query has its columns in their order. */
extern void bingo_rows_open(BingoRowReceiver *receiver, const BingoDefinition *definition, Oid window);
/* The sort keys of the last row that was put in; there is one. */
extern void bingo_rows_last(BingoRowReceiver *receiver, BingoBoundary *boundary);

/*
 * From now on the rows of each key are counted, of which the first has "in_key" already if it
 * is that of the boundary "after" (or NULL).
 */
extern void bingo_rows_count_keys(BingoRowReceiver *receiver, const BingoOrdering *ordering, const BingoBoundary *after, int64 in_key);

extern void bingo_rows_close(BingoRowReceiver *receiver);

#endif							/* BINGO_UPKEEP_ROWS_H */
