/*
 * upkeep/fill.c
 *	  The next rows of an ordering, read from its tables and put into the window.
 *
 *	  boundary -> SELECT ... WHERE key > boundary ORDER BY key LIMIT n, as the
 *	  tables' owner -> window rows and index entries -> boundary = last key
 *
 * The caller holds the gate EXCLUSIVE (or has just made the ordering and holds
 * its tables against writers) and calls with nothing between it and the window:
 * the snapshot is taken here, after those locks, so it sees all that any writer
 * has left to others to keep.  Then what is put in together with what was there
 * is a true prefix of the order.  Moving the boundary belongs to the same
 * transaction.
 *
 * Where the rows of each key are counted (store/cut.c) a chunk is so many rows read, most of them over if
 * it is a key of many: the next one begins at the next key.
 *
 * One row more than is put in is read: a window that has as many rows as there are has all of them.
 *
 * The window by keys may have a limit (max_rows) beside.  The fill stops there, perhaps in the midst of a key, and begins again when a
 * quarter of that is free.  It is no limit of what writers put in up to there: those rows must be kept.  Its rows are counted
 * once, and then with each chunk, by the backend that fills it.
 *
 * A row that the window or an index of it can't hold ends the fill in front of
 * it: what is there is a prefix all the same, and the plan behind goes on.
 *
 * The tables are read with the rights of their owner, with row security off:
 * where a policy would hide rows from the owner the read fails instead.  Not
 * with the rights of the ordering's owner, who may be a superuser: the planner
 * computes constant parts of index expressions, so whoever owns a table has
 * functions called by whoever reads it.  The window is written directly, with no
 * rights asked.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "upkeep/fill.h"
#include "upkeep/fill_query.h"
#include "upkeep/key_rows.h"
#include "upkeep/rows.h"
#include "upkeep/role.h"
#include "write/pending.h"
#include "store/cut.h"
#include "store/store.h"

void
bingo_fill_read(DestReceiver *receiver, const BingoOrdering *ordering, BingoRows rows, const BingoBoundary *boundary, int64 limit)
{
	const BingoDefinition *definition = ordering->definition;
	SPIExecuteOptions options = {0};
	BingoScope	scope;
	Snapshot	snapshot;

	bingo_store_enter(&scope, bingo_role_reading(ordering));
	(void) set_config_option("bingo_tune.enable_ordered_scan", "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	(void) set_config_option("row_security", "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	PushActiveSnapshot(snapshot);
	if (boundary != NULL)
		options.params = bingo_fill_parameters(definition, boundary);
	options.read_only = true;
	options.dest = receiver;
	if (SPI_execute_extended(psprintf("%s ORDER BY %s LIMIT %lld",
									  bingo_fill_query(definition, rows, boundary),
									  bingo_fill_order(definition, rows), (long long) limit),
							 &options) != SPI_OK_SELECT)
		elog(ERROR, "could not read the rows of ordering \"%s\"", ordering->name);
	PopActiveSnapshot();
	UnregisterSnapshot(snapshot);
	bingo_store_leave(&scope);
}

/* Reads rows into the receiver, which is open. */
static void
read_rows(BingoRowReceiver *receiver, const BingoOrdering *ordering, BingoRows rows, const BingoBoundary *boundary)
{
	bingo_fill_read(&receiver->pub, ordering, rows, boundary, receiver->most + (receiver->most > 0));
}

static void
open_receiver(BingoRowReceiver *receiver, const BingoOrdering *ordering, int64 limit)
{
	bingo_pending_note_fill(ordering->id, ordering->window);
	CommandCounterIncrement();
	/* While a parallel plan runs, and the rows are inserted, none can be assigned. */
	(void) GetCurrentTransactionId();
	bingo_rows_open(receiver, ordering->definition, ordering->window);
	receiver->most = limit;
}

/* Rows that the window has, as far as this backend knows. */
static Oid	counted_of = InvalidOid;
static int64 counted = 0;

static void
count_rows(const BingoOrdering *ordering)
{
	Relation	window;
	TupleTableSlot *slot;
	TableScanDesc scan;
	Snapshot	snapshot;

	if (counted_of == ordering->window)
		return;
	counted_of = InvalidOid;	/* should there be an error */
	window = table_open(ordering->window, AccessShareLock);
	slot = table_slot_create(window, NULL);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	scan = bingo_table_beginscan(window, snapshot);
	counted = 0;
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		counted++;
	}
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	ExecDropSingleTupleTableSlot(slot);
	table_close(window, AccessShareLock);
	counted_of = ordering->window;
}

bool
bingo_fill_is_full(const BingoOrdering *ordering)
{
	if (ordering->max_rows == 0 || ordering->definition->nkeys == 0)
		return false;
	counted_of = InvalidOid;
	count_rows(ordering);
	return counted >= ordering->max_rows - ordering->max_rows / 4;
}

bool
bingo_fill_has_no_room(const BingoOrdering *ordering)
{
	if (ordering->max_rows == 0 || ordering->definition->nkeys == 0)
		return false;
	count_rows(ordering);
	return counted >= ordering->max_rows;
}

/* So many more rows may be put in; -1: as many as there are. */
static int64
find_room(const BingoOrdering *ordering, bool empty)
{
	if (ordering->max_rows == 0 || ordering->definition->nkeys == 0)
		return -1;
	if (empty)
	{
		counted_of = ordering->window;
		counted = 0;
	}
	count_rows(ordering);
	/* an error would leave it wrong */
	counted_of = InvalidOid;
	return Max(ordering->max_rows - counted, 0);
}

static void
note_put_in(const BingoOrdering *ordering, int64 nrows)
{
	if (ordering->max_rows == 0)
		return;
	counted_of = ordering->window;
	counted += nrows;
}

/*
 * "after" is NULL for an empty window.  Everything allocated stays in the
 * caller's context, to be reset with the chunk.
 */
int64
bingo_fill_append(BingoOrdering *ordering, const BingoBoundary *after, int64 limit)
{
	BingoRows	rows = after != NULL ? BINGO_ROWS_BEHIND : BINGO_ROWS_ALL;
	BingoRowReceiver receiver;
	BingoBoundary boundary = {0};

	open_receiver(&receiver, ordering, limit);
	receiver.room = find_room(ordering, after == NULL);
	if (ordering->definition->nkeys > 0)
	{
		if (after != NULL && bingo_key_rows_is_cut(ordering, after))
			rows = BINGO_ROWS_BEHIND_KEY;
		bingo_rows_count_keys(&receiver, ordering, after, rows == BINGO_ROWS_BEHIND ?
							  bingo_key_rows_count(ordering, after, ordering->window_rows) : 0);
	}
	read_rows(&receiver, ordering, rows, after);
	if (limit > 0 && !receiver.more && !receiver.ended)
		boundary.state = BINGO_BOUNDARY_EVERYTHING;
	else if (receiver.nrows > 0)
		bingo_rows_last(&receiver, &boundary);
	else if (after != NULL)
		boundary = *after;
	else
		boundary.state = BINGO_BOUNDARY_NOTHING;
	bingo_window_set_boundary(ordering, &boundary);
	bingo_rows_close(&receiver);
	note_put_in(ordering, receiver.nrows);
	CommandCounterIncrement();
	return ordering->definition->nkeys > 0 ? receiver.nread : receiver.nrows;
}

bool
bingo_fill_key(BingoOrdering *ordering, const BingoBoundary *cut, bool whole, int64 limit)
{
	BingoRowReceiver receiver;
	BingoBoundary boundary;

	open_receiver(&receiver, ordering, limit);
	read_rows(&receiver, ordering, whole ? BINGO_ROWS_WHOLE_KEY : BINGO_ROWS_OF_KEY, cut);
	/* where the fill stands in the key itself, no cut would mean up to there: rows behind that would not be kept right */
	if (!receiver.more && !receiver.ended && !bingo_key_rows_has_end(ordering, cut))
		bingo_cut_remove(ordering, cut);
	else if (receiver.nrows > 0)
	{
		bingo_rows_last(&receiver, &boundary);
		bingo_cut_set(ordering, &boundary);
	}
	bingo_rows_close(&receiver);
	CommandCounterIncrement();
	return receiver.nrows > 0 || !receiver.ended;
}
