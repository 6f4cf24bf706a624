/*
 * write/kept.c
 *	  Rows of one table kept by key, while many are looked up.
 *
 * A commit that changed thousands of driving rows looks up the same rows of a
 * dimension again and again.  They are kept in an array of fixed size: each key has
 * one place, by its hash, and a new row takes the place of an old one.  That a key
 * has no row is kept as well.  Rows may be long, so all of a table together take no
 * more than work_mem; beyond that the rows that are kept stay, and no other is.
 *
 * A row is good in the generation in which it was put only: who looks rows up
 * (write/fetch.c) begins a new generation when kept rows may have changed.
 *
 * Takes no locks and reads no table.  Memory: the array goes to the context that
 * is current when it is made, its slots to the one that is current when they are
 * first used; both must last as long as the look-ups.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "common/hashfn.h"
#include "executor/tuptable.h"
#include "miscadmin.h"

#include "write/kept.h"

#define KEPT_ROWS		4096

struct BingoKept
{
	Size		bytes;			/* about what all slots take */
	BingoKeptRow rows[KEPT_ROWS];
};

BingoKept *
bingo_kept_create(void)
{
	return palloc0(sizeof(BingoKept));
}

void
bingo_kept_drop(BingoKept *kept)
{
	for (int i = 0; i < KEPT_ROWS; i++)
	{
		if (kept->rows[i].slot)
			ExecDropSingleTupleTableSlot(kept->rows[i].slot);
	}
}

BingoKeptRow *
bingo_kept_place(BingoKept *kept, const Datum *key, int nkeys)
{
	uint64		hash = 0;

	for (int i = 0; i < nkeys; i++)
		hash = hash_combine64(hash, hash_bytes_uint32_extended((uint32) key[i],
															   (uint64) key[i] >> 32));
	return &kept->rows[hash % KEPT_ROWS];
}

/* The slot with its arrays, and the copy of the row; memory comes in powers of two. */
static Size
slot_bytes(TupleTableSlot *row)
{
	Size		bytes = sizeof(MinimalTupleTableSlot) +
		row->tts_tupleDescriptor->natts * (sizeof(Datum) + sizeof(bool));
	HeapTuple	tuple;
	bool		copied;

	if (TTS_EMPTY(row))
		return bytes;
	tuple = ExecFetchSlotHeapTuple(row, false, &copied);
	bytes += 2 * tuple->t_len;
	if (copied)
		heap_freetuple(tuple);
	return bytes;
}

bool
bingo_kept_replace(BingoKept *kept, BingoKeptRow *place, uint32 generation,
				   const Datum *key, int nkeys, TupleTableSlot *row)
{
	Size		bytes = slot_bytes(row);

	if (kept->bytes - place->bytes + bytes > (Size) work_mem * 1024)
		return false;
	if (place->slot == NULL)
		place->slot = MakeSingleTupleTableSlot(row->tts_tupleDescriptor, &TTSOpsMinimalTuple);
	if (TTS_EMPTY(row))
		ExecClearTuple(place->slot);
	else
		ExecCopySlot(place->slot, row);
	kept->bytes = kept->bytes - place->bytes + bytes;
	place->bytes = bytes;
	place->generation = generation;
	memcpy(place->key, key, nkeys * sizeof(Datum));
	return true;
}
