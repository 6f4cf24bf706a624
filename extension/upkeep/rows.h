/*
 * upkeep/rows.h
 *	  The rows of a query, put into a window as they come.
 */
#ifndef BINGO_UPKEEP_ROWS_H
#define BINGO_UPKEEP_ROWS_H

#include "access/heapam.h"
#include "tcop/dest.h"
#include "utils/rel.h"

#include "definition/definition.h"

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
	int64		nrows;
	int64		most;			/* so many are put in; 0: all */
	bool		more;			/* ... and there was another one */
	bool		ended;			/* before a row that the window can't hold */
} BingoRowReceiver;

/* The window is opened for writing, and stays locked; the query has its columns in their order. */
extern void bingo_rows_open(BingoRowReceiver *receiver, const BingoDefinition *definition, Oid window);
extern void bingo_rows_close(BingoRowReceiver *receiver);

#endif							/* BINGO_UPKEEP_ROWS_H */
