/*
 * store/age.h
 *	  The rows of a counter's window, the newest of a key first, without those that are folded.
 */
#ifndef BINGO_STORE_AGE_H
#define BINGO_STORE_AGE_H

#include "access/genam.h"
#include "executor/tuptable.h"
#include "utils/snapshot.h"

/* Columns of the window, behind the keys. */
#define BINGO_COLUMN_N(nkeys) ((nkeys) + 1)
#define BINGO_COLUMN_AGE(nkeys) ((nkeys) + 2)

/* What this transaction writes. */
extern int64 bingo_age_own(void);

/* A sum that takes the place of all older rows of its key that the snapshot sees. */
extern int64 bingo_age_base(Snapshot snapshot);

/* No row that the snapshot sees of other transactions is newer. */
extern int64 bingo_age_newest(Snapshot snapshot);

/* A scan of the window's index; nothing in it is to be freed. */
typedef struct BingoAged
{
	IndexScanDesc scan;
	int			nkeys;			/* of the window */
	bool		one_key;		/* each key has one value in all of the scan */
	TupleTableSlot *row;		/* of the window: the one at hand; empty: there is none */
	int64		floor;			/* older ones of its key are folded; 0: nothing is known */
	bool		done;
} BingoAged;

/* Takes over scan and slot; after each index_rescan(). */
extern void bingo_age_start(BingoAged *aged, IndexScanDesc scan, int nkeys, bool one_key, TupleTableSlot *row);

/* The next row that the scan's snapshot sees; false, and an empty slot, behind the last. */
extern bool bingo_age_next(BingoAged *aged);

#endif							/* BINGO_STORE_AGE_H */
