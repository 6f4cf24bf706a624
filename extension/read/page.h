/*
 * read/page.h
 *	  Rows of the window in the order of its index, many from a page at a time.
 */
#ifndef BINGO_SCAN_PAGE_H
#define BINGO_SCAN_PAGE_H

#include "access/relscan.h"
#include "executor/tuptable.h"
#include "storage/buf.h"

typedef struct BingoPageScan
{
	IndexScanDesc scan;
	BlockNumber last_block;		/* of the row fetched last */
	int			in_a_row;		/* rows fetched from it one after the other */
	int			known_rows;		/* rows given from the known page since */
	Buffer		buffer;			/* the page that is known, pinned; InvalidBuffer if none is */
	BlockNumber block;			/* its number */
	OffsetNumber nitems;
	ItemIdData *items;			/* its visible rows; length 0: not known */
} BingoPageScan;

/* Starts over the rows of an index scan that has been rescanned; allocates in the current context. */
extern void bingo_page_begin(BingoPageScan *pages, IndexScanDesc scan);

/* index_getnext_slot() of the same scan; false at its end, with an empty slot. */
extern bool bingo_page_next(BingoPageScan *pages, ScanDirection direction, TupleTableSlot *slot);

/* Lets go of the pages, but for the slot's; the scan may go on, be rescanned or ended then. */
extern void bingo_page_release(BingoPageScan *pages);

#endif							/* BINGO_SCAN_PAGE_H */
