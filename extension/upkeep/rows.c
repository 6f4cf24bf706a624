/*
 * upkeep/rows.c
 *	  The rows of a query, put into a window as they come: into the heap and its indexes,
 *	  without the executor and without asking rights.
 *
 * A row that the window or an index of it can't hold ends the query in front of it.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "utils/memutils.h"

#include "store/fit.h"
#include "upkeep/rows.h"

static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	BingoRowReceiver *receiver = (BingoRowReceiver *) self;
	MemoryContext caller;
	ListCell   *index_cell;
	ListCell   *info_cell;

	receiver->more = receiver->most > 0 && receiver->nrows == receiver->most;
	if (receiver->more)
		return false;
	MemoryContextReset(receiver->row_context);
	caller = MemoryContextSwitchTo(receiver->row_context);
	receiver->ended = !bingo_fit_definition(receiver->definition, slot);
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

		FormIndexDatum(lfirst(info_cell), receiver->slot, NULL, values, nulls);
		index_insert(lfirst(index_cell), values, nulls, &receiver->slot->tts_tid,
					 receiver->window, UNIQUE_CHECK_NO, false, lfirst(info_cell));
	}
	MemoryContextSwitchTo(caller);
	receiver->nrows++;
	CHECK_FOR_INTERRUPTS();
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

		receiver->indexes = lappend(receiver->indexes, index);
		receiver->index_infos = lappend(receiver->index_infos, BuildIndexInfo(index));
	}
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
	table_close(receiver->window, NoLock);
}
