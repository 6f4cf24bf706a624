/*
 * read/first.h
 *	  The first rows of each key of a window, for DISTINCT ON and row_number(): the scan skips to the next key.
 */
#ifndef BINGO_SCAN_FIRST_H
#define BINGO_SCAN_FIRST_H

#include "access/genam.h"
#include "executor/tuptable.h"
#include "nodes/execnodes.h"

#include "read/end.h"

typedef struct BingoFirst
{
	int			nkeys;			/* so many sort keys make a key; 0: all rows are wanted, not the first ones */
	int			wanted;			/* so many rows of each */
	ExprState  *limit;			/* which says how many; NULL: it was known before */
	Oid			limit_type;
	ExprContext *limit_context;
	bool		by_key;			/* the filter looks at these only: a key that it does not let pass is done with */
	BingoEnd   *end;
	IndexScanDesc whole;		/* the window from its first row */
	IndexScanDesc behind;		/* ... from behind a key: as many search keys */
	IndexScanDesc current;		/* one of the two */
	int			level;			/* of "behind": so many of the first sort keys are the key's own */
	bool		of_null;		/* ... and the next one is NULL, not greater */
	bool		given;			/* there is a key of which a row was given last, or none passes: */
	Datum		values[BINGO_MAX_KEYS];
	bool		nulls[BINGO_MAX_KEYS];
	int			count;			/* so many rows of it were given; all that are wanted: it is done with */
	int			dropped;		/* ... and again by the plan behind */
	int			near;			/* rows of it read since it is done with; -1: it is not, or another one was read */
	MemoryContext value_context;	/* where that is, and what the search keys have of it */
	MemoryContext search_context;
	bool		has_cut;		/* end->cut is one of a key that is not given */
	bool		own;			/* the key of the last row given has this cut: */
	Datum		own_values[BINGO_MAX_KEYS];
	bool		own_nulls[BINGO_MAX_KEYS];
	MemoryContext own_context;
	const char *reason;			/* why the window can't tell, once it can't */
	uint64		skips;			/* for EXPLAIN, over all rescans */
} BingoFirst;

/* The current memory context must be that of the execution.  "wanted" may be 0 if a limit is given then. */
extern void bingo_first_init(BingoFirst *first, BingoEnd *end, IndexScanDesc whole, int nkeys, int wanted, bool by_key);
/* So many rows of each are wanted as the expression says at each start; NULL, or less than one: none is, and one does no harm. */
extern void bingo_first_limit(BingoFirst *first, Expr *limit, PlanState *parent);

extern void bingo_first_end(BingoFirst *first);

/* From the first row again; the reason if the window can give nothing, else NULL. */
extern const char *bingo_first_start(BingoFirst *first);

/* The next row of the window that is none of a key given; false at its end, with an empty slot. */
extern bool bingo_first_next(BingoFirst *first, TupleTableSlot *slot);

/*
 * The row, which passes the filter, is to be given.  False: keys before it may have rows that the window lacks.
 */
extern bool bingo_first_take(BingoFirst *first, TupleTableSlot *row);

/* The same of a row that does not pass, where that holds for all rows of its key. */
extern bool bingo_first_leave_out(BingoFirst *first, TupleTableSlot *row);

/* The window has ended: does no key but those given have a row? */
extern bool bingo_first_is_final(BingoFirst *first);

/*
 * A row of the plan behind, in the window's columns: was it given, or is it of a key that is done with, or of one before that?
 * To be asked of all its rows, in its order.
 */
extern bool bingo_first_is_given(BingoFirst *first, TupleTableSlot *row);

#endif							/* BINGO_SCAN_FIRST_H */
