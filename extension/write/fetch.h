/*
 * write/fetch.h
 *	  The current rows of an ordering's tables, found by key, and where they
 *	  stand in the order.
 */
#ifndef BINGO_ORDERING_FETCH_H
#define BINGO_ORDERING_FETCH_H

#include "access/genam.h"
#include "utils/rel.h"

#include "write/kept.h"
#include "store/cut.h"
#include "store/lock.h"
#include "write/pending.h"
#include "write/plan.h"
#include "store/window.h"

typedef enum BingoVerdict
{
	BINGO_VERDICT_NOTHING,		/* the row joins with nothing where it must join */
	BINGO_VERDICT_OUTSIDE,
	BINGO_VERDICT_INSIDE,
	BINGO_VERDICT_UNDECIDED		/* not by the leading dimensions alone */
} BingoVerdict;

/* A batch of look-ups: one ordering, one snapshot at a time. */
typedef struct BingoFetch
{
	BingoOrdering *ordering;
	BingoChangePlan *plan;
	BingoPatience *patience;
	const char *failure;		/* why bingo_fetch_...() returned false */
	const BingoBoundary *boundary;
	BingoCuts	cuts;			/* if keys have their own, opened when one is to be read */
	bool		cut_known;		/* and that of the key with cut_values was looked for, as were its marks: */
	bool		cut_found;
	BingoBoundary cut;
	Snapshot	snapshot;		/* the active one */

	Relation	relation[BINGO_MAX_TABLES];
	Relation	unique[BINGO_MAX_TABLES];
	Relation	parent_index[BINGO_MAX_TABLES];
	IndexScanDesc unique_scan[BINGO_MAX_TABLES];
	IndexScanDesc parent_scan[BINGO_MAX_TABLES];
	TupleTableSlot *parent_slot[BINGO_MAX_TABLES];

	/* the driving row at hand, and the rows that it joins with */
	BingoImage *image;			/* an image, or else */
	TupleTableSlot *driving;	/* the row */
	TupleTableSlot *row[BINGO_MAX_TABLES];	/* empty: there is none */
	bool		known[BINGO_MAX_TABLES];	/* row[i] is this driving row's */

	/* rows found by unique keys; of dimensions the last one, or many */
	TupleTableSlot *slot[BINGO_MAX_TABLES];
	TupleTableSlot *nulls[BINGO_MAX_TABLES];	/* of optional tables; NULL until used */
	bool		repeatable[BINGO_MAX_TABLES];	/* row[i] belongs to last_key[i] */
	bool		locked;			/* no dimension row looked up changes any more */
	bool		bulk;			/* keep many */
	bool		toast_locked[BINGO_MAX_TABLES];
	uint32		generation;		/* of kept rows: they are good in one only */
	BingoKept  *kept[BINGO_MAX_TABLES];

	/* from here on not initialized */
	Datum		last_key[BINGO_MAX_TABLES][BINGO_MAX_KEYS];
	Datum		cut_values[BINGO_MAX_KEYS];
	bool		cut_nulls[BINGO_MAX_KEYS];
} BingoFetch;

/* --- write/fetch_open.c --- */

/* Begins a batch: nothing is opened yet, no snapshot is taken. */
extern void bingo_fetch_begin(BingoFetch *fetch, BingoOrdering *ordering, BingoPatience *patience,
							  const BingoBoundary *boundary);

/* Closes all that the batch has opened (the locks stay), and takes its snapshot away. */
extern void bingo_fetch_end(BingoFetch *fetch);

/* Opens the driving table alone.  This and the next: false, with a failure, if it can't be had. */
extern bool bingo_fetch_open_driving(BingoFetch *fetch);

/* Opens a table, and with "parents" also the way to the parent's rows. */
extern bool bingo_fetch_open(BingoFetch *fetch, int table, bool parents);

/* Takes a new snapshot: from now on rows as of now, own changes included. */
extern void bingo_fetch_snapshot(BingoFetch *fetch);

/*
 * Whoever else would change a dimension row that is looked up is kept out by now,
 * and so are our own changes: such rows outlast a new snapshot.
 */
extern void bingo_fetch_expect_locked(BingoFetch *fetch);

/* Many driving rows will come: dimension rows are worth keeping. */
extern void bingo_fetch_expect_bulk(BingoFetch *fetch);

/* --- write/fetch.c --- */

/*
 * Makes a driving row the one at hand: an image, a row, or the current row of an
 * image's key, looked up by the unique index, or where the image was last seen (false:
 * it is not there, look it up).
 */
extern void bingo_fetch_set_image(BingoFetch *fetch, BingoImage *image);
extern void bingo_fetch_set_driving(BingoFetch *fetch, TupleTableSlot *slot);
extern bool bingo_fetch_driving(BingoFetch *fetch, BingoImage *image);
extern bool bingo_fetch_last_seen(BingoFetch *fetch, BingoImage *image);

/*
 * The row of a dimension that the row at hand joins with; its table is open.  That there is none is, here and in all that
 * follows, only true if there is no failure afterwards: its index could not be had.
 */
extern bool bingo_fetch_dimension(BingoFetch *fetch, int table);

/* The row of a dimension by the parent's values of the join columns; NULL if there is none. */
extern TupleTableSlot *bingo_fetch_by_key(BingoFetch *fetch, int table, Datum *values);

/* The hash of the parent's values of a dimension's join columns. */
extern uint32 bingo_fetch_parent_hash(BingoFetch *fetch, int table, Datum *values);

/* The hash of the key by which the row at hand joins a dimension; false if it is NULL or the parent has no row. */
extern bool bingo_fetch_join_hash(BingoFetch *fetch, int table, uint32 *hash);

/* The same of the dimension's own key, as an image has it. */
extern bool bingo_fetch_own_hash(BingoFetch *fetch, BingoImage *image, uint32 *hash);

/* The boundary of the single key with these values, or NULL, perhaps with a failure; good until the next call. */
extern const BingoBoundary *bingo_fetch_find_cut(BingoFetch *fetch, const Datum *values, const bool *nulls);

/* Where the row at hand stands; and whether that is told without looking at any: whatever joins is inside. */
extern BingoVerdict bingo_fetch_verdict(BingoFetch *fetch, bool leading_only);
extern bool bingo_fetch_all_inside(BingoFetch *fetch);

/* Locks where a row keeps long values that are out of line; false, with a failure, if that can't be had. */
extern bool bingo_fetch_lock_toast_of(BingoFetch *fetch, int table, TupleTableSlot *row);

/* Does the row pass the ordering's filter?  As with bingo_fetch_value() there may be a failure afterwards. */
extern bool bingo_fetch_passes(BingoFetch *fetch, int table, TupleTableSlot *row);

/* Values of the row at hand: the driving key. */
extern void bingo_fetch_key(BingoFetch *fetch, Datum *values, bool *isnull);

/*
 * A window's column of a row of the column's table, or what is computed from it.  Of this, as of
 * verdict and output, nothing is true if there is a failure afterwards: long values were locked.
 */
extern Datum bingo_fetch_value(BingoFetch *fetch, const BingoColumn *column, TupleTableSlot *row, bool *isnull);

/* --- write/fetch_output.c --- */

/* Locks the long values of all rows at hand. */
extern bool bingo_fetch_lock_toast(BingoFetch *fetch);

/* The window's columns of the row at hand. */
extern void bingo_fetch_output(BingoFetch *fetch, Datum *values, bool *isnull);

/* --- write/fetch_parents.c --- */

/* The rows of a dimension's parent that join with a key of its own. */
extern void bingo_fetch_parents(BingoFetch *fetch, int table, Datum *own_key);
extern TupleTableSlot *bingo_fetch_next_parent(BingoFetch *fetch, int table);

#endif							/* BINGO_ORDERING_FETCH_H */
