/*
 * write/fold.c
 *	  The changes of one key of a counter become one.
 *
 * Each transaction leaves a row for each key that it has changed, and a reader sums them.
 * So that there are never many, now and then (one commit in FOLD_EVERY, drawn by chance) a
 * writer deletes the rows of the keys that it writes itself and inserts their sum.  No
 * worker is needed, and what is written much is folded much.
 *
 * It waits for nobody.  A row is deleted only if that can be done at once, and only what
 * was deleted is summed; the first row that somebody else is folding ends the fold.  The
 * gate, asked for conditionally, keeps out upkeep that counts again, and the other way
 * round.
 *
 * Which rows: those that the latest snapshot sees at the beginning.  All readers are
 * served as before: see (S) in write/delta.c.  If it was all of them, none was busy, and
 * they were not too many, the sum is a base, and neither readers nor the next fold look at
 * what is behind it: see (A) in store/age.c.  Not in a SERIALIZABLE transaction, where
 * our own deletions could become its conflicts, and not before PREPARE, which would keep
 * the rows deleted for long.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "common/pg_prng.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "store/lock.h"
#include "write/fold.h"

/*
 * Of 4,000 keys with 100 changes each 16 rows a key stayed (64: 50), all of which GROUP BY reads; a commit took
 * 0.3 us more of 10.
 */
#define FOLD_EVERY 16
#define MOST_FOLDED 1000		/* rows of a key at a time */

/* NULL if the index is not what it was. */
static Relation
find_index(const BingoWindow *window, Oid indexid)
{
	for (int i = 0; i < window->nindexes; i++)
	{
		if (RelationGetRelid(window->indexes[i]) == indexid && window->indexes[i]->rd_index->indisvalid)
			return window->indexes[i];
	}
	return NULL;
}

/* The search keys but for their values; false if there is no operator for one. */
static bool
prepare_keys(BingoFold *fold, Relation index)
{
	fold->nkeys = fold->counter->definition->noutput;
	for (int i = 0; i < fold->nkeys; i++)
	{
		Oid			type = index->rd_opcintype[i];
		Oid			operator = get_opfamily_member(index->rd_opfamily[i], type, type, BTEqualStrategyNumber);

		if (!OidIsValid(operator))
			return false;
		ScanKeyEntryInitialize(&fold->keys[i], 0, i + 1, BTEqualStrategyNumber, type,
							   index->rd_indcollation[i], get_opcode(operator), (Datum) 0);
	}
	return true;
}

bool
bingo_fold_begin(BingoFold *fold, BingoOrdering *counter, BingoWindow *window)
{
	Relation	index;

	if (IsolationIsSerializable() || pg_prng_uint32(&pg_global_prng_state) % FOLD_EVERY != 0)
		return false;
	memset(fold, 0, sizeof(BingoFold));
	fold->counter = counter;
	index = find_index(window, counter->window_order);
	if (index == NULL || !prepare_keys(fold, index) ||
		!bingo_lock_gate(counter->id, RowShareLock, NULL))
		return false;
	fold->snapshot = RegisterSnapshot(GetLatestSnapshot());
	fold->rows.row = table_slot_create(window->relation, NULL);
	fold->rows.scan = bingo_index_beginscan(window->relation, index, fold->snapshot, fold->nkeys);
	fold->rows.scan->xs_want_itup = true;
	return true;
}

static void
set_key(ScanKey key, Datum value, bool isnull)
{
	key->sk_flags = isnull ? SK_ISNULL | SK_SEARCHNULL : 0;
	key->sk_argument = isnull ? (Datum) 0 : value;
}

/* The sum of the rows that could be deleted; their number goes to *deleted.  *complete: they are all. */
static int64
delete_rows(BingoFold *fold, BingoWindow *window, int *deleted, bool *complete)
{
	TupleTableSlot *row = fold->rows.row;
	int64		sum = 0;

	*deleted = 0;
	*complete = false;
	while (*deleted < MOST_FOLDED)
	{
		TM_FailureData failure;
		bool		isnull;

		if (!bingo_age_next(&fold->rows))
		{
			*complete = true;
			break;
		}
		if (bingo_tuple_delete(window->relation, &row->tts_tid, &failure) != TM_Ok)
			break;
		sum += DatumGetInt64(slot_getattr(row, BINGO_COLUMN_N(fold->nkeys), &isnull));
		(*deleted)++;
	}
	return sum;
}

void
bingo_fold_key(BingoFold *fold, BingoWindow *window, const Datum *values, const bool *nulls)
{
	TupleTableSlot *slot = window->new_slot;
	Datum	   *n = &slot->tts_values[BINGO_COLUMN_N(fold->nkeys) - 1];
	Datum	   *age = &slot->tts_values[BINGO_COLUMN_AGE(fold->nkeys) - 1];
	bool		complete;
	int			deleted;
	int64		sum;

	for (int i = 0; i < fold->nkeys; i++)
		set_key(&fold->keys[i], values[i], nulls[i]);
	index_rescan(fold->rows.scan, fold->keys, fold->nkeys, NULL, 0);
	bingo_age_start(&fold->rows, fold->rows.scan, fold->nkeys, true, fold->rows.row);
	sum = delete_rows(fold, window, &deleted, &complete);
	ExecClearTuple(fold->rows.row);
	if (deleted == 0)
		return;
	*n = Int64GetDatum(DatumGetInt64(*n) + sum);
	if (complete)
		*age = Int64GetDatum(bingo_age_base(fold->snapshot));
}

void
bingo_fold_end(BingoFold *fold)
{
	index_endscan(fold->rows.scan);
	ExecDropSingleTupleTableSlot(fold->rows.row);
	UnregisterSnapshot(fold->snapshot);
}
