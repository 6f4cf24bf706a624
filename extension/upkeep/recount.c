/*
 * upkeep/recount.c
 *	  The counts of a counter, read from its table.
 *
 *	  one snapshot S:  the window's rows that S sees are deleted,
 *	  SELECT keys, count(*) FROM table WHERE filter GROUP BY keys  is inserted
 *
 * Why that needs no lock against writers.  A transaction's rows and the changes of counts
 * that it leaves in the window (write/delta.c) are seen by the same snapshots.  So what S
 * sees of others is in the table's count and not in the window any more; what S does not
 * see of them is in neither, and comes with its own changes.  The triggers were there
 * before S, and whoever could not leave changes has left a mark instead, which S sees or
 * which stays.
 *
 * Of this transaction S sees the rows, but what their triggers have remembered is
 * written at its end only, or not even remembered yet: it would count twice.  Then the counter
 * is marked at commit, and upkeep counts again.
 *
 * The gate keeps others from folding (write/fold.c) or counting at the same time: they
 * delete the same rows.
 *
 * The table is read with the rights of its owner, as a window is filled (upkeep/fill.c).
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "store/definition.h"
#include "store/fingerprint.h"
#include "store/store.h"
#include "store/sums.h"
#include "store/write_state.h"
#include "store/valid.h"
#include "store/window.h"
#include "upkeep/empty.h"
#include "upkeep/recount.h"
#include "upkeep/role.h"
#include "upkeep/rows.h"
#include "write/pending.h"

void
bingo_recount_read(const BingoOrdering *counter, Snapshot snapshot, DestReceiver *dest)
{
	SPIExecuteOptions options = {.read_only = true, .dest = dest};
	BingoScope	scope;
	char	   *query;

	bingo_store_enter(&scope, bingo_role_reading(counter));
	(void) set_config_option("bingo_tune.enable_counter_scan", "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	(void) set_config_option("row_security", "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	query = bingo_definition_format_counter(counter->definition, true);
	if (query == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("the table of counter \"%s\" has just been dropped", counter->name),
				 errhint("SELECT state, reason FROM bingo_tune.counters;")));
	PushActiveSnapshot(snapshot);
	if (SPI_execute_extended(query, &options) != SPI_OK_SELECT)
		elog(ERROR, "could not read the counts of counter \"%s\"", counter->name);
	PopActiveSnapshot();
	bingo_store_leave(&scope);
}

/* Has this transaction changes of the table that are not in the window, but that its snapshot sees? */
static bool
has_own_changes(const BingoOrdering *counter)
{
	return bingo_sums_are_pending(counter->id, counter->window) ||
		AfterTriggerPendingOnRel(counter->definition->tables[0].relid);
}

void
bingo_recount(BingoOrdering *counter, Snapshot snapshot)
{
	BingoBoundary everything = {.state = BINGO_BOUNDARY_EVERYTHING};
	BingoRowReceiver receiver;
	bool		ended;

	if (has_own_changes(counter))
		bingo_pending_lose(bingo_pending_find(counter->id, counter->window, true));
	CommandCounterIncrement();
	/* While a parallel plan runs none can be assigned. */
	(void) GetCurrentTransactionId();
	snapshot = RegisterSnapshot(snapshot ? snapshot : GetLatestSnapshot());
	bingo_rows_open(&receiver, counter->definition, counter->window);
	bingo_empty_delete(counter, receiver.window, snapshot);
	bingo_recount_read(counter, snapshot, &receiver.pub);
	ended = receiver.ended;
	bingo_rows_close(&receiver);
	UnregisterSnapshot(snapshot);
	CommandCounterIncrement();
	if (ended)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a key of counter \"%s\" is too long for an index", counter->name),
				 errhint("Count by a shorter column.")));
	bingo_window_set_boundary(counter, &everything);
}

/*
 * A counter is filled in one step; it keeps writers from nothing.  Its window is truncated only where
 * a snapshot older than that might see rows in it that the table doesn't have (see
 * read/count_exec.c on such snapshots).
 */
bool
bingo_recount_step(BingoOrdering *counter)
{
	BingoScope	scope;
	BingoFill	fill;
	Snapshot	snapshot;
	bool		done = true;

	bingo_store_enter(&scope, InvalidOid);
	if (counter->repair == BINGO_REPAIR_REFILL && !bingo_empty_truncate(counter))
		done = false;
	else
	{
		bingo_fingerprint_take(counter, &fill);
		SPI_connect();
		snapshot = RegisterSnapshot(GetLatestSnapshot());
		bingo_valid_clear(counter->window, snapshot);
		bingo_recount(counter, snapshot);
		UnregisterSnapshot(snapshot);
		SPI_finish();
		bingo_state_write(counter, &fill, -1);
	}
	bingo_store_leave(&scope);
	return done;
}
