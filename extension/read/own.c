/*
 * read/own.c
 *	  What this transaction has itself changed of a counter's table, for its own reads.
 *
 * The window has changes that were committed.  Those of the transaction that asks are sums
 * in memory, copied when the execution begins (store/sums.c, where (O) is proved) and merged
 * with the window's rows in their order, as if they had been inserted.
 *
 * For (O) it is to be known that the trigger of every change that the snapshot sees has been
 * called.  An immediate trigger is called at the end of its statement, so it has been if
 *
 *	- no statement on the table is in progress.  Each has the table open from its first
 *	  change, before the trigger's event is queued even (an index expression, and WHEN of
 *	  another trigger, run in between), until it has called the triggers.  So nobody but
 *	  this execution must have the table open; a cursor on it is taken for one.
 *	- no referential action is, of a statement on another table: the events of what it has
 *	  changed wait for the end of that.  Actions are triggers; so outside of
 *	  all triggers there is none, and within one no event of the table may wait.  (Outside
 *	  those that wait are deferred ones, of others.)
 *
 * This statement's own changes the snapshot does not see.  Whoever holds more than ROW
 * EXCLUSIVE on the table may have altered or truncated it, which the core does without
 * triggers, or made the counter just now: the plan behind.
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "executor/executor.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/sortsupport.h"

#include "base/compat.h"
#include "read/own.h"

/* --- are they known? --- */

/* How often the execution has the table open. */
static int
count_references(const EState *estate, Oid relid)
{
	int			count = 0;

	for (Index i = 0; estate && estate->es_relations && i < estate->es_range_table_size; i++)
		if (estate->es_relations[i] && RelationGetRelid(estate->es_relations[i]) == relid)
			count++;
	return count;
}

static int
get_trigger_depth(void)
{
	LOCAL_FCINFO(fcinfo, 0);

	InitFunctionCallInfoData(*fcinfo, NULL, 0, InvalidOid, NULL, NULL);
	return DatumGetInt32(pg_trigger_depth(fcinfo));
}

static const char *
refuse_changed(const BingoOrdering *counter, Relation rel, Snapshot snapshot, const EState *estate)
{
	Oid			relid = RelationGetRelid(rel);

	if (CheckRelationLockedByMe(rel, ShareUpdateExclusiveLock, true))
		return "this transaction has altered its table, or locked it against changes";
	/* one reference is our own */
	if (rel->rd_refcnt > 1 + count_references(estate, relid))
		return "this transaction has changed its table, which another of its statements has open";
	if (get_trigger_depth() > 0 && AfterTriggerPendingOnRel(relid))
		return "this transaction has changed its table, and triggers are still to be called for it";
	return bingo_sums_refusal(counter->id, counter->window, snapshot);
}

const char *
bingo_own_refuse(const BingoOrdering *counter, Snapshot snapshot, const EState *estate, bool *changed)
{
	Relation	rel = RelationIdGetRelation(counter->definition->tables[0].relid);
	const char *reason = NULL;

	if (rel == NULL)
		return "its table is gone";
	*changed = CheckRelationLockedByMe(rel, RowExclusiveLock, true);
	if (*changed)
		reason = refuse_changed(counter, rel, snapshot, estate);
	RelationClose(rel);
	return reason;
}

/* --- the copy --- */

static int
compare_sums(const void *a, const void *b, void *arg)
{
	const BingoOwn *own = arg;
	const BingoSumKey *this = ((const BingoSum *) a)->key;
	const BingoSumKey *other = ((const BingoSum *) b)->key;

	for (int i = 0; i < own->nkeys; i++)
	{
		int			order = ApplySortComparator(this->values[i], this->nulls[i], other->values[i], other->nulls[i], &own->order[i]);

		if (order != 0)
			return order;
	}
	return 0;
}

/* The window's index has all keys, ascending, NULLs last; it is read backwards. */
static void
prepare_order(BingoOwn *own, const BingoDefinition *definition)
{
	own->nkeys = definition->nsort;
	own->order = palloc0(Max(own->nkeys, 1) * sizeof(SortSupportData));
	for (int i = 0; i < own->nkeys; i++)
	{
		own->order[i].ssup_cxt = CurrentMemoryContext;
		own->order[i].ssup_collation = definition->sort[i].collation;
		own->order[i].ssup_attno = i + 1;
		PrepareSortSupportFromOrderingOp(definition->sort[i].sort_operator, &own->order[i]);
		own->order[i].ssup_nulls_first = true;
		own->order[i].ssup_reverse = true;
	}
}

BingoOwn *
bingo_own_copy(const BingoOrdering *counter, Relation window)
{
	int			count;
	BingoSum   *sums = bingo_sums_copy(counter->id, counter->window, &count);
	BingoOwn   *own;

	if (count == 0)
		return NULL;
	own = palloc0(sizeof(BingoOwn));
	own->sums = sums;
	own->count = count;
	own->row = MakeSingleTupleTableSlot(RelationGetDescr(window), &TTSOpsVirtual);
	prepare_order(own, counter->definition);
	qsort_arg(own->sums, own->count, sizeof(BingoSum), compare_sums, own);
	return own;
}

void
bingo_own_end(BingoOwn *own)
{
	ExecDropSingleTupleTableSlot(own->row);
}

/* --- searching --- */

static bool
equals_one_of(const ScanKeyData *search, Datum value)
{
	ArrayType  *array = DatumGetArrayTypeP(search->sk_argument);
	ArrayIterator iterator = array_create_iterator(array, 0, NULL);
	Datum		element;
	bool		isnull;
	bool		found = false;

	while (!found && array_iterate(iterator, &element, &isnull))
		found = !isnull && DatumGetBool(FunctionCall2Coll(unconstify(FmgrInfo *, &search->sk_func), search->sk_collation, value, element));
	array_free_iterator(iterator);
	return found;
}

static bool
is_searched_for(const BingoOwn *own, const BingoSumKey *key)
{
	for (int i = 0; i < own->nsearch; i++)
	{
		const ScanKeyData *search = &own->search[i];
		Datum		value = key->values[search->sk_attno - 1];
		bool		isnull = key->nulls[search->sk_attno - 1];

		if (search->sk_flags & SK_SEARCHNULL)
		{
			if (!isnull)
				return false;
		}
		else if (isnull)
			return false;
		else if (search->sk_flags & SK_SEARCHARRAY)
		{
			if (!equals_one_of(search, value))
				return false;
		}
		else if (!DatumGetBool(FunctionCall2Coll(unconstify(FmgrInfo *, &search->sk_func), search->sk_collation, value, search->sk_argument)))
			return false;
	}
	return true;
}

/* The row at hand is the next one from here on that is searched for. */
static void
settle(BingoOwn *own)
{
	const BingoSum *sum;

	ExecClearTuple(own->row);
	while (own->next < own->count && !is_searched_for(own, own->sums[own->next].key))
		own->next++;
	if (own->next == own->count)
		return;
	sum = &own->sums[own->next];
	memset(own->row->tts_isnull, true, own->row->tts_tupleDescriptor->natts);
	memcpy(own->row->tts_values, sum->key->values, own->nkeys * sizeof(Datum));
	memcpy(own->row->tts_isnull, sum->key->nulls, own->nkeys * sizeof(bool));
	own->row->tts_values[own->nkeys] = Int64GetDatum(sum->n);
	own->row->tts_isnull[own->nkeys] = false;
	ExecStoreVirtualTuple(own->row);
}

void
bingo_own_search(BingoOwn *own, const ScanKeyData *search, int nsearch)
{
	own->search = search;
	own->nsearch = nsearch;
	own->next = 0;
	settle(own);
}

void
bingo_own_next(BingoOwn *own)
{
	own->next++;
	settle(own);
}

bool
bingo_own_is_before(BingoOwn *own, TupleTableSlot *row)
{
	for (int i = 0; i < own->nkeys; i++)
	{
		bool		isnull;
		Datum		value = slot_getattr(row, i + 1, &isnull);
		int			order = ApplySortComparator(own->row->tts_values[i], own->row->tts_isnull[i], value, isnull, &own->order[i]);

		if (order != 0)
			return order < 0;
	}
	return true;
}
