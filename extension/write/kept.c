/*
 * write/kept.c
 *	  Rows of one table kept by key, while many are looked up.
 *
 * A commit that changed thousands of driving rows looks up the same rows of a
 * dimension again and again.  They are kept in an array of fixed size, so that
 * its memory is bounded: each key has one place, by its hash, and a new row takes
 * the place of an old one.  That a key has no row is kept as well.
 *
 * A row is good in the generation in which it was put only: who looks rows up
 * (write/fetch.c) begins a new generation when kept rows may have changed.
 *
 * Takes no locks and reads no table.  Memory: the array goes to the context that
 * is current when it is made, its slots to the one that is current when they are
 * first used; both must last as long as the look-ups.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "executor/tuptable.h"

#include "write/kept.h"

#define KEPT_ROWS		4096

BingoKeptRow *
bingo_kept_create(void)
{
	return palloc0(KEPT_ROWS * sizeof(BingoKeptRow));
}

void
bingo_kept_drop(BingoKeptRow *rows)
{
	for (int i = 0; i < KEPT_ROWS; i++)
	{
		if (rows[i].slot)
			ExecDropSingleTupleTableSlot(rows[i].slot);
	}
}

BingoKeptRow *
bingo_kept_place(BingoKeptRow *rows, const Datum *key, int nkeys)
{
	uint64		hash = 0;

	for (int i = 0; i < nkeys; i++)
		hash = hash_combine64(hash, hash_bytes_uint32_extended((uint32) key[i],
															   (uint64) key[i] >> 32));
	return &rows[hash % KEPT_ROWS];
}

void
bingo_kept_replace(BingoKeptRow *place, uint32 generation,
				   const Datum *key, int nkeys, TupleTableSlot *row)
{
	if (place->slot == NULL)
		place->slot = MakeSingleTupleTableSlot(row->tts_tupleDescriptor, &TTSOpsMinimalTuple);
	if (TTS_EMPTY(row))
		ExecClearTuple(place->slot);
	else
		ExecCopySlot(place->slot, row);
	place->generation = generation;
	memcpy(place->key, key, nkeys * sizeof(Datum));
}
