/*
 * write/fold.h
 *	  The changes of one key of a counter become one.
 */
#ifndef BINGO_WRITE_FOLD_H
#define BINGO_WRITE_FOLD_H

#include "store/age.h"
#include "store/window.h"

typedef struct BingoFold
{
	BingoOrdering *counter;
	Snapshot	snapshot;
	BingoAged	rows;
	int			nkeys;
	ScanKeyData keys[BINGO_MAX_KEYS];
} BingoFold;

/*
 * False: not now.  Called before the transaction has written changes of its own, which
 * are not folded.  Anything that was begun is to be ended.
 */
extern bool bingo_fold_begin(BingoFold *fold, BingoOrdering *counter, BingoWindow *window);

/* Adds what the key has by now to the row in new_slot, which is about to be inserted. */
extern void bingo_fold_key(BingoFold *fold, BingoWindow *window, const Datum *values, const bool *nulls);

extern void bingo_fold_end(BingoFold *fold);

#endif							/* BINGO_WRITE_FOLD_H */
