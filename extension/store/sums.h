/*
 * store/sums.h
 *	  What this transaction has changed of counts, in memory until its commit.
 */
#ifndef BINGO_STORE_SUMS_H
#define BINGO_STORE_SUMS_H

#include "executor/tuptable.h"
#include "utils/snapshot.h"

#include "store/ordering.h"

/* A key's values; the hash is of their images. */
typedef struct BingoSumKey
{
	uint32		hash;
	Datum	   *values;
	bool	   *nulls;
} BingoSumKey;

typedef struct BingoSum
{
	const BingoSumKey *key;
	int64		n;
	uint32		status;			/* the hash table's */
} BingoSum;

/* Of one counter in one (sub)transaction. */
typedef struct BingoSums
{
	int32		id;
	Oid			window;
	int			level;			/* GetCurrentTransactionNestLevel() */
	int			nkeys;
	int16		lengths[BINGO_MAX_KEYS];	/* of each key's type */
	bool		by_value[BINGO_MAX_KEYS];
	MemoryContext context;
	struct sums_hash *hash;
	struct BingoSumsPosition *position;
} BingoSums;

extern void bingo_sums_init(void);

/* --- for who writes --- */

/* Of the current level, made if there are none. */
extern BingoSums *bingo_sums_get(const BingoOrdering *counter);

/* The sum of the row's key changes by n. */
extern void bingo_sums_add(BingoSums *sums, const BingoOrdering *counter, TupleTableSlot *row, int64 n);

extern uint32 bingo_sums_count(const BingoSums *sums);

/* All of them, one after the other, then NULL. */
extern void bingo_sums_rewind(BingoSums *sums);
extern const BingoSum *bingo_sums_next(BingoSums *sums);

/* They are written: to the window, or a mark instead. */
extern void bingo_sums_clear(BingoSums *sums);

/* Of BingoSums *, of the current level. */
extern List *bingo_sums_of_level(void);

/* The transaction is over, and its memory with it. */
extern void bingo_sums_reset(void);

/* Is anything remembered of the counter with that window? */
extern bool bingo_sums_are_pending(int32 id, Oid window);

/* --- for who reads --- */

/*
 * A row that counts was changed; what it was (NULL: it was none that counts), what it is (likewise).  Called
 * after its trigger has added it to the sums.
 */
extern void bingo_sums_note(const BingoOrdering *counter, TupleTableSlot *old, TupleTableSlot *new);

/* Some change is not in the sums, or not only there: nobody reads them any more. */
extern void bingo_sums_spoil(int32 id, Oid window);

/* Why the sums are not what the snapshot sees of this transaction, or NULL: see the head of store/sums.c. */
extern const char *bingo_sums_refusal(int32 id, Oid window, Snapshot snapshot);

/* All levels', in the current memory context; keys may come more than once. */
extern BingoSum *bingo_sums_copy(int32 id, Oid window, int *count);

#endif							/* BINGO_STORE_SUMS_H */
