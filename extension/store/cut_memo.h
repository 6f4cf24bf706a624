/*
 * store/cut_memo.h
 *	  Boundaries of single keys that were looked up, to be looked at again.
 */
#ifndef BINGO_STORE_CUT_MEMO_H
#define BINGO_STORE_CUT_MEMO_H

#include "store/window.h"

typedef struct BingoCutMemo BingoCutMemo;

/* What was found of a key. */
typedef struct BingoKnownCut
{
	bool		cut;			/* it has a boundary of its own: this one */
	bool		marked;
	BingoBoundary boundary;
} BingoKnownCut;

/* For so many keys, a power of two; lives in a context below that one. */
extern BingoCutMemo *bingo_cut_memo_create(const BingoDefinition *definition, MemoryContext parent, int places);

/* What is known of the key with these values, of the types of the sort keys; NULL: nothing. */
extern const BingoKnownCut *bingo_cut_memo_find(const BingoCutMemo *memo, const Datum *values, const bool *nulls);

/* It has that boundary, or (NULL) none of its own.  What was known of another key may be forgotten. */
extern void bingo_cut_memo_keep(BingoCutMemo *memo, const Datum *values, const bool *nulls, const BingoBoundary *boundary, bool marked);

extern void bingo_cut_memo_clear(BingoCutMemo *memo);

#endif							/* BINGO_STORE_CUT_MEMO_H */
