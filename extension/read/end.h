/*
 * read/end.h
 *	  Where a scan of a window has to stop, and what that says.
 */
#ifndef BINGO_SCAN_END_H
#define BINGO_SCAN_END_H

#include "executor/tuptable.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

#include "read/search.h"
#include "store/cut.h"
#include "store/window.h"

typedef struct BingoEnd
{
	Relation	heap;
	Relation	index;
	const BingoOrdering *ordering;
	Snapshot	snapshot;
	MemoryContext context;		/* of the execution */
	int			covered;		/* sort keys that are the claimed order */
	bool		looked;			/* for the boundary */
	bool		seen;			/* the snapshot sees one */
	BingoBoundary boundary;
	bool		looked_at_file;
	bool		same_file;		/* the window's is the one that the snapshot sees */
	BingoCuts	cuts;			/* if keys have boundaries of their own */
	BingoBoundary cut;
	const BingoBoundary *current;	/* that counts for the search: of its key, or of all */
} BingoEnd;

/* The current memory context must be that of the execution. */
extern void bingo_end_init(BingoEnd *end, Relation heap, Relation index, const BingoOrdering *ordering,
						   Snapshot snapshot, int covered);

/*
 * The search has its values: before each start, and before it is another one of a list.  The reason if
 * nothing can be told of what the window has of it, else NULL.
 */
extern const char *bingo_end_start(BingoEnd *end, const BingoSearch *search);

/* The same for a scan over all keys, which looks at all their boundaries (read/first.c): they are open then. */
extern const char *bingo_end_start_keys(BingoEnd *end);

/* Is the reason that the key which was searched for last is marked? */
#define BINGO_END_LACKS_ROWS "the window perhaps does not have all rows of this value, until upkeep has looked"
extern bool bingo_end_lacks_rows(const BingoEnd *end);

#define BINGO_END_NOT_KNOWN "it can't be told how many rows of each value the window has"

/* The snapshot has seen a row of the window, so it sees the file. */
extern void bingo_end_note_row(BingoEnd *end);

/* Does the snapshot see the boundary, and the file that it is of? */
extern bool bingo_end_is_known(BingoEnd *end);

/* Is all that there is inside? */
extern bool bingo_end_is_everything(BingoEnd *end);

/* May rows be given at all, before the end of the first group is met? */
extern bool bingo_end_allows_start(BingoEnd *end);

/* Does the row belong to the group of the boundary, where the window stops to be in a legal order? */
extern bool bingo_end_is_reached(BingoEnd *end, TupleTableSlot *slot);

/* The window gave its last row: did the whole relation, too? */
extern bool bingo_end_is_final(BingoEnd *end, const BingoSearch *search);

extern void bingo_end_finish(BingoEnd *end);

#endif							/* BINGO_SCAN_END_H */
