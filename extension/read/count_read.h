/*
 * read/count_read.h
 *	  The window of a counter, read cell by cell.
 */
#ifndef BINGO_READ_COUNT_READ_H
#define BINGO_READ_COUNT_READ_H

#include "access/genam.h"
#include "access/relscan.h"
#include "nodes/execnodes.h"
#include "nodes/plannodes.h"

#include "read/own.h"
#include "store/age.h"
#include "store/catalog.h"

typedef struct BingoCountReader
{
	struct BingoCountReader *next;	/* of another partition, or NULL */
	Relation	heap;
	Relation	index;
	BingoAged	rows;			/* of the window, the one at hand in rows.row */
	int			nkeys;			/* of the window */
	List	   *cell_keys;		/* numbers of keys; rows that agree in them are one cell */
	BingoOwn   *own;			/* what the transaction has changed itself, or NULL */
	TupleTableSlot *row;		/* the one at hand: of both; NULL: none yet */
	TupleTableSlot *cell;		/* the first row of the cell at hand: its keys */
	int64		n;				/* of the cell at hand */
	bool		started;
	bool		done;			/* no row is left */
	bool		ahead;			/* row is the first of the next cell */
	uint64		rows_read;

	int			nsearch;
	ScanKeyData *keys;			/* one more: no newer rows than the snapshot sees */
	bool		one_key;		/* each key has one value in all that is searched for */
	ExprState **values;			/* NULL: IS NULL */
	ExprContext *context;
} BingoCountReader;

/*
 * Opens the windows of the node's plan, one for each partition; NULL, or why one of them can't be read now.
 * Cells have all keys, or what is grouped by only; the values are evaluated as the node's.
 */
extern const char *bingo_count_read_open(CustomScanState *node, bool all_keys, BingoCountReader **readers);

/* The next cell, of which n may be 0; false behind the last. */
extern bool bingo_count_read_cell(BingoCountReader *reader);

/* All of them from the beginning, with what the values are then. */
extern void bingo_count_read_again(BingoCountReader *readers);
extern void bingo_count_read_end(BingoCountReader *readers);

/* So many rows were read of all windows, and keys were changed by this transaction. */
extern void bingo_count_read_numbers(const BingoCountReader *readers, uint64 *rows_read, int *own);

/* Have two rows of the window the same values of these keys? */
extern bool bingo_count_same_keys(TupleTableSlot *row, TupleTableSlot *other, List *keys);

#endif							/* BINGO_READ_COUNT_READ_H */
