/*
 * read/merge.h
 *	  Rows of several searches of one window, or of several ones, merged into one order.
 */
#ifndef BINGO_SCAN_MERGE_H
#define BINGO_SCAN_MERGE_H

#include "access/genam.h"
#include "lib/binaryheap.h"
#include "utils/sortsupport.h"

#include "read/leaf.h"
#include "read/page.h"
#include "read/search.h"

/* More values of a list than this are left to the plan behind: each holds a scan and a row. */
#define BINGO_MOST_MERGED 100

/* Why a list is not merged. */
#define BINGO_MERGED_TOO_MANY "its list has more than " CppAsString2(BINGO_MOST_MERGED) " values"
#define BINGO_MERGED_PART "its list needs a window that has all rows of each value"

/* So many searches keep their pages; of more each row is as dear as so many others. */
#define BINGO_MOST_WITH_PAGES 8
#define BINGO_ROW_WITHOUT_PAGE 7

/* One search of the window, and the row that it stands on. */
typedef struct BingoMergePart
{
	BingoLeaf  *leaf;			/* the window that it searches */
	IndexScanDesc scan;
	BingoPageScan pages;
	TupleTableSlot *slot;
	int			element;		/* of the list */
	int			range;			/* of the keyset, if there is one */
	bool		ends;			/* before all rows that it could find */
} BingoMergePart;

typedef struct BingoMerge
{
	BingoLeaf  *leaves;
	int			nleaves;
	const BingoDefinition *definition;	/* of each of them, but for the numbers of columns */
	Snapshot	snapshot;
	BingoSearch *search;
	MemoryContext context;		/* of the execution */
	SortSupport sort;			/* the sort keys, as they are merged by */
	int			nsort;
	int			merged_key;		/* the sort key that is merged by last, or -1 */
	int			nclaimed;		/* so many of them are the order that is claimed */
	BingoMergePart *parts;		/* made when they are first needed, and kept */
	int			nparts;
	binaryheap *queue;			/* of parts, the one with the first row on top */
	bool		keeps_pages;	/* the parts are so few that each may hold its page */
	bool		may_stop;		/* at the end of a part that ends before all its rows */
	bool		stopped;		/* there, or at the limit */
	bool		limited;		/* of several windows: rows from here on are not given */
	BingoLeaf  *limiter;		/* the window whose end that is, or that gives nothing; NULL: none is */
	MemoryContext limit_context;
	Datum		limit[BINGO_MAX_KEYS];	/* of the claimed ones in "sort" */
	bool		limit_nulls[BINGO_MAX_KEYS];
	bool		given;			/* the row on top was given: the next one is its part's next */
} BingoMerge;

/*
 * "merged_key": the sort key that has one value in each search, and is merged by last; or -1.
 * The current memory context must be that of the execution.  False if there is nothing to compare by.
 */
extern bool bingo_merge_init(BingoMerge *merge, BingoLeaf *leaves, int nleaves,
							 Snapshot snapshot, int covered, int merged_key);

/* May it give rows though some searches don't have all theirs?  The order of so many sort keys must be total without the merged one. */
extern bool bingo_merge_may_stop(const BingoDefinition *definition, int covered, int merged_key);

/* Starts the searches; the reason if that can't be done, else NULL. */
extern const char *bingo_merge_start(BingoMerge *merge, BingoSearch *search);

/* The next row, or NULL.  It stays until the next call. */
extern TupleTableSlot *bingo_merge_next(BingoMerge *merge);

/* The window that it is of. */
extern BingoLeaf *bingo_merge_leaf(const BingoMerge *merge);

/* Lets go of the pages; the searches may be started again. */
extern void bingo_merge_release(BingoMerge *merge);

extern void bingo_merge_end(BingoMerge *merge);

#endif							/* BINGO_SCAN_MERGE_H */
