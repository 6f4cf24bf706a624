/*
 * write/kept.h
 *	  Rows of one table kept by key, while many are looked up.
 */
#ifndef BINGO_ORDERING_KEPT_H
#define BINGO_ORDERING_KEPT_H

#include "executor/tuptable.h"

#define BINGO_KEPT_KEYS		4	/* columns of the longest key that is kept by */

/* A row, or that there is none, of a key; good in its generation only. */
typedef struct BingoKeptRow
{
	uint32		generation;		/* 0: nothing was ever kept here */
	Datum		key[BINGO_KEPT_KEYS];
	TupleTableSlot *slot;		/* empty: the key has no row */
	Size		bytes;			/* about what the slot takes */
} BingoKeptRow;

typedef struct BingoKept BingoKept;

/* Makes room for the rows of a table, in the current memory context. */
extern BingoKept *bingo_kept_create(void);

/* Drops the slots of all places; the memory stays until its context goes. */
extern void bingo_kept_drop(BingoKept *kept);

/* The place of a key, whatever is kept there now. */
extern BingoKeptRow *bingo_kept_place(BingoKept *kept, const Datum *key, int nkeys);

/*
 * Keeps a copy of a row at its key's place; an empty slot says that there is no row.
 * False if there is no memory left for it: nothing is kept there then.
 */
extern bool bingo_kept_replace(BingoKept *kept, BingoKeptRow *place, uint32 generation,
							   const Datum *key, int nkeys, TupleTableSlot *row);

/* Keys are compared bitwise, hence only those of values not by reference. */
static inline bool
bingo_kept_same_key(const Datum *a, const Datum *b, int nkeys)
{
	for (int i = 0; i < nkeys; i++)
	{
		if (a[i] != b[i])
			return false;
	}
	return true;
}

/* Is the key's row, or that it has none, kept at its place? */
static inline bool
bingo_kept_holds(const BingoKeptRow *place, uint32 generation, const Datum *key, int nkeys)
{
	return place->generation == generation && bingo_kept_same_key(place->key, key, nkeys);
}

#endif							/* BINGO_ORDERING_KEPT_H */
