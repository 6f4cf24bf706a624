/*
 * upkeep/rows.c
 *	  The rows of a query, put into a window as they come: into the heap and its indexes,
 *	  without the executor and without asking rights.
 *
 * A row that the window or an index of it can't hold ends the query in front of it.
 *
 * Where the rows of each key are counted those behind the first ones are read over, and the key
 * is cut.  It had no cut: the fill is behind all that have one.  It also ends where the window has as many rows as it may.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/index.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/relations.h"
#include "store/cut.h"
#include "store/fit.h"
#include "upkeep/key_rows.h"
#include "upkeep/rows.h"

/* Has the row the key of the last one?  There is one. */
static bool
is_same_key(BingoRowReceiver *receiver, TupleTableSlot *slot)
{
	for (int i = 0; i < receiver->definition->nkeys; i++)
	{
		int			output = receiver->definition->sort[i].output;
		bool		isnull;
		Datum		value = slot_getattr(slot, output + 1, &isnull);
		bool		last_null = receiver->nrows == 0 && receiver->after->nulls[i];
		Datum		last = receiver->nrows > 0 ? slot_getattr(receiver->slot, output + 1, &last_null) : receiver->after->values[i];

		if (ApplySortComparator(value, isnull, last, last_null, &receiver->sort[i]) != 0)
			return false;
	}
	return true;
}

/* Behind the row that was put in last, or before this query. */
static void
cut_key(BingoRowReceiver *receiver)
{
	BingoBoundary cut;

	if (receiver->nrows > 0)
		bingo_rows_last(receiver, &cut);
	else
		cut = *receiver->after;
	bingo_cut_add(receiver->ordering, receiver->boundary, &cut);
}

/* Has the row's key enough of them? */
static bool
is_surplus(BingoRowReceiver *receiver, TupleTableSlot *slot)
{
	if ((receiver->nrows == 0 && receiver->after == NULL) || !is_same_key(receiver, slot))
		receiver->in_key = 0;
	if (receiver->in_key == receiver->per_key)
		cut_key(receiver);
	if (receiver->in_key <= receiver->per_key)
		receiver->in_key++;
	return receiver->in_key > receiver->per_key;
}

static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	BingoRowReceiver *receiver = (BingoRowReceiver *) self;
	MemoryContext caller;
	ListCell   *index_cell;
	ListCell   *info_cell;

	receiver->more = receiver->most > 0 && receiver->nread == receiver->most;
	if (receiver->more)
		return false;
	MemoryContextReset(receiver->row_context);
	caller = MemoryContextSwitchTo(receiver->row_context);
	receiver->nread++;
	CHECK_FOR_INTERRUPTS();
	if (receiver->per_key > 0 && is_surplus(receiver, slot))
	{
		MemoryContextSwitchTo(caller);
		return true;
	}
	receiver->ended = receiver->nrows == receiver->room || !bingo_fit_definition(receiver->definition, slot);
	if (receiver->ended)
	{
		MemoryContextSwitchTo(caller);
		return false;
	}
	ExecCopySlot(receiver->slot, slot);
	table_tuple_insert(receiver->window, receiver->slot, receiver->cid, 0, receiver->bulk);
	forboth(index_cell, receiver->indexes, info_cell, receiver->index_infos)
	{
		Datum		values[INDEX_MAX_KEYS];
		bool		nulls[INDEX_MAX_KEYS];

		/* REINDEX CONCURRENTLY has just made it, and reads the rows itself: to look into it now would spoil it */
		if (!((IndexInfo *) lfirst(info_cell))->ii_ReadyForInserts)
			continue;
		FormIndexDatum(lfirst(info_cell), receiver->slot, NULL, values, nulls);
		index_insert(lfirst(index_cell), values, nulls, &receiver->slot->tts_tid,
					 receiver->window, UNIQUE_CHECK_NO, false, lfirst(info_cell));
	}
	MemoryContextSwitchTo(caller);
	receiver->nrows++;
	return true;
}

/*
 * The query has locked the tables only after the ordering was looked at: a column may
 * have got another type in between, and its values would be taken for those of the old one.
 */
static void
start_receiver(DestReceiver *self, int operation, TupleDesc desc)
{
	TupleDesc	kept = RelationGetDescr(((BingoRowReceiver *) self)->window);

	for (int i = 0; i < kept->natts; i++)
	{
		if (desc->natts != kept->natts || TupleDescAttr(desc, i)->atttypid != TupleDescAttr(kept, i)->atttypid)
			ereport(ERROR,
					(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
					 errmsg("a table of the ordering has just been altered"),
					 errhint("Try again.")));
	}
}

static void
do_nothing(DestReceiver *self)
{
}

/* One that came since the ordering was looked at, which would have been made again. */
pg_noreturn static void
raise_foreign(Relation index)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("the window has an index that is not its own"),
			 errhint("DROP INDEX %s;", bingo_relations_name(RelationGetRelid(index)))));
}

void
bingo_rows_open(BingoRowReceiver *receiver, const BingoDefinition *definition, Oid window)
{
	List	   *oids;
	ListCell   *cell;

	memset(receiver, 0, sizeof(*receiver));
	receiver->pub.receiveSlot = receive_row;
	receiver->pub.rStartup = start_receiver;
	receiver->pub.rShutdown = do_nothing;
	receiver->pub.rDestroy = do_nothing;
	receiver->pub.mydest = DestTransientRel;	/* SPI takes DestNone for "no result wanted" */
	receiver->definition = definition;
	receiver->room = -1;
	receiver->window = table_open(window, RowExclusiveLock);
	receiver->slot = table_slot_create(receiver->window, NULL);
	receiver->bulk = GetBulkInsertState();
	receiver->cid = GetCurrentCommandId(true);
	receiver->row_context = AllocSetContextCreate(CurrentMemoryContext, "bingo_tune fill",
												  ALLOCSET_DEFAULT_SIZES);
	oids = RelationGetIndexList(receiver->window);
	foreach(cell, oids)
	{
		Relation	index = index_open(lfirst_oid(cell), RowExclusiveLock);
		IndexInfo  *info = BuildIndexInfo(index);

		if (!bingo_window_can_keep(info))
			raise_foreign(index);
		receiver->indexes = lappend(receiver->indexes, index);
		receiver->index_infos = lappend(receiver->index_infos, info);
	}
}

void
bingo_rows_last(BingoRowReceiver *receiver, BingoBoundary *boundary)
{
	bingo_key_rows_copy(receiver->definition, receiver->slot, boundary);
}

void
bingo_rows_count_keys(BingoRowReceiver *receiver, const BingoOrdering *ordering, const BingoBoundary *after, int64 in_key)
{
	receiver->ordering = ordering;
	receiver->per_key = ordering->window_rows;
	receiver->in_key = in_key;
	receiver->after = after;
	receiver->boundary = table_open(ordering->boundary, RowExclusiveLock);
	receiver->sort = bingo_key_rows_sort(ordering->definition);
}

void
bingo_rows_close(BingoRowReceiver *receiver)
{
	ListCell   *cell;

	foreach(cell, receiver->indexes)
		index_close(lfirst(cell), NoLock);
	FreeBulkInsertState(receiver->bulk);
	ExecDropSingleTupleTableSlot(receiver->slot);
	MemoryContextDelete(receiver->row_context);
	if (receiver->boundary)
		table_close(receiver->boundary, NoLock);
	table_close(receiver->window, NoLock);
}
