/*
 * write/pending.h
 *	  What this transaction has changed, remembered until its commit.
 */
#ifndef BINGO_ORDERING_PENDING_H
#define BINGO_ORDERING_PENDING_H

#include "access/tupdesc.h"
#include "storage/itemptr.h"

/* Changes of one ordering's tables. */
typedef struct BingoPending BingoPending;

/* A remembered image of a row: the columns that its table's descriptor names. */
typedef struct BingoImage
{
	int			table;			/* index into BingoDefinition.tables */
	bool		fresh;			/* the row was inserted when no row had its key */
	ItemPointerData tid;		/* where the row may still be, or invalid */
	Datum	   *values;
	bool	   *isnull;
} BingoImage;

/* The changes of the ordering with that window; if there are none NULL, or made empty. */
extern BingoPending *bingo_pending_find(int32 ordering_id, Oid window, bool create);

/* The columns remembered of a table; NULL until described, by what lasts until the transaction ends. */
extern TupleDesc bingo_pending_desc(BingoPending *pending, int table);
extern void bingo_pending_describe(BingoPending *pending, int table, TupleDesc desc);

/*
 * tid: the row's place, or NULL; fresh: it has just been inserted.  Both only of
 * a row that is there until this transaction itself removes it: not in a
 * subtransaction.
 */
extern void bingo_pending_add(BingoPending *pending, int table, Datum *values, bool *isnull,
							  ItemPointer tid, bool fresh);

/* A row of a dimension came, went, or changed what places others in the order. */
extern void bingo_pending_note_placing(BingoPending *pending, int table);
extern bool bingo_pending_has_placing(BingoPending *pending, int table);

/*
 * The window was filled in this transaction: it may have rows that count as fresh,
 * and was perhaps filled because a table had been truncated.
 */
extern void bingo_pending_note_fill(int32 ordering_id, Oid window);

/* What is changed from now on can't be remembered, unless this subtransaction is rolled back. */
extern void bingo_pending_lose(BingoPending *pending);

extern int32 bingo_pending_ordering(BingoPending *pending);
extern Oid	bingo_pending_window(BingoPending *pending);
extern int64 bingo_pending_count(BingoPending *pending, int table);
extern bool bingo_pending_is_lost(BingoPending *pending);

/* Nothing was remembered, nor lost, but for what was rolled back with its loss. */
extern bool bingo_pending_is_empty(BingoPending *pending);

/* Reads the images, again and again if need be.  An image is good until the next call. */
extern void bingo_pending_rewind(BingoPending *pending);
extern bool bingo_pending_next(BingoPending *pending, BingoImage *image);

/* All orderings with changes, by id (a List of BingoPending *). */
extern List *bingo_pending_all(void);

/* The work is done: forgets what was remembered so far. */
extern void bingo_pending_clear(BingoPending *pending);

/* The transaction is over, and its memory with it. */
extern void bingo_pending_reset(void);

extern void bingo_pending_init(void);

#endif							/* BINGO_ORDERING_PENDING_H */
