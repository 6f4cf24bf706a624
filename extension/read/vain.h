/*
 * read/vain.h
 *	  How long a scan reads rows of a window that its filter does not let pass.
 */
#ifndef BINGO_SCAN_VAIN_H
#define BINGO_SCAN_VAIN_H

#include "executor/tuptable.h"

#include "read/end.h"

typedef struct BingoVain
{
	int64		most;			/* so many rows may be read in vain */
	int64		most_of_none;	/* ... while none is given */
	int			merged_key;		/* the sort key that has no place in the order, or -1 */
	bool		total;			/* the order that is claimed is */
	const BingoEnd *end;
	int64		rows;			/* so many were, since the start */
	TupleTableSlot *group;		/* the row at which that was too much */
	bool		waiting;		/* ... whose group is not over yet */
} BingoVain;

/* "alone": of one window; rows of several may be equal in all sort keys. */
extern void bingo_vain_init(BingoVain *vain, const BingoEnd *end, int most, int most_of_none, int merged_key, bool alone);

/* From the first row again. */
extern void bingo_vain_start(BingoVain *vain);

/*
 * A row was read in vain, which counts as so many; "given" were before it.  True: the plan behind
 * may take over.
 */
extern bool bingo_vain_count(BingoVain *vain, TupleTableSlot *row, int weight, int64 given);

/* The same before a row is looked at: does it begin another group, after too many were in vain? */
extern bool bingo_vain_is_over(const BingoVain *vain, TupleTableSlot *row);

extern void bingo_vain_end(BingoVain *vain);

#endif							/* BINGO_SCAN_VAIN_H */
