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
 * served as before: see (S) in write/delta.c.  Not in a SERIALIZABLE transaction, where
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
#include "store/visible.h"
#include "write/fold.h"

#define FOLD_EVERY 64
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
	fold->slot = table_slot_create(window->relation, NULL);
	fold->scan = bingo_index_beginscan(window->relation, index, fold->snapshot, fold->nkeys);
	return true;
}

static void
set_key(ScanKey key, Datum value, bool isnull)
{
	key->sk_flags = isnull ? SK_ISNULL | SK_SEARCHNULL : 0;
	key->sk_argument = isnull ? (Datum) 0 : value;
}

/* The sum of the rows that could be deleted; their number goes to *deleted. */
static int64
delete_rows(BingoFold *fold, BingoWindow *window, int *deleted)
{
	int			column = fold->counter->definition->noutput + 1;
	int64		sum = 0;

	*deleted = 0;
	while (*deleted < MOST_FOLDED && index_getnext_slot(fold->scan, ForwardScanDirection, fold->slot))
	{
		TM_FailureData failure;
		bool		isnull;
		int64		n = DatumGetInt64(slot_getattr(fold->slot, column, &isnull));

		CHECK_FOR_INTERRUPTS();
		if (isnull || bingo_tuple_delete(window->relation, &fold->slot->tts_tid, &failure) != TM_Ok)
			break;
		sum += n;
		(*deleted)++;
	}
	return sum;
}

void
bingo_fold_key(BingoFold *fold, BingoWindow *window, const Datum *values, const bool *nulls)
{
	TupleTableSlot *slot = window->new_slot;
	int			column = fold->counter->definition->noutput;
	int			deleted;
	int64		sum;

	for (int i = 0; i < fold->nkeys; i++)
		set_key(&fold->keys[i], values[i], nulls[i]);
	index_rescan(fold->scan, fold->keys, fold->nkeys, NULL, 0);
	sum = delete_rows(fold, window, &deleted);
	ExecClearTuple(fold->slot);
	if (deleted > 0)
		slot->tts_values[column] = Int64GetDatum(DatumGetInt64(slot->tts_values[column]) + sum);
}

void
bingo_fold_end(BingoFold *fold)
{
	index_endscan(fold->scan);
	ExecDropSingleTupleTableSlot(fold->slot);
	UnregisterSnapshot(fold->snapshot);
}
