/*
 * upkeep/verify_count.c
 *	  bingo_tune.verify_counter(): is the sum of each key what the table says?
 *
 * Window and table are read under one snapshot, into two tuplestores that are compared
 * by SQL, as verify_ordering() does (upkeep/verify.c).  Only who may manage the counter
 * may call it, and it shows a number only.
 */
#include "postgres.h"

#include "access/table.h"
#include "executor/spi.h"
#include "executor/tstoreReceiver.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "store/store.h"
#include "store/valid.h"
#include "store/window.h"
#include "upkeep/build.h"
#include "upkeep/parts.h"
#include "upkeep/recount.h"
#include "upkeep/verify.h"

PG_FUNCTION_INFO_V1(bingo_tune_verify_counter);

#define CHANGES "changes"		/* the tuplestores' names in the comparison */
#define COUNTS "counts"

/* Keys by image: two spellings of one are two. */
static char *
format_comparison(const BingoDefinition *definition)
{
	StringInfoData keys;
	StringInfoData sql;

	initStringInfo(&keys);
	for (int i = 1; i <= definition->noutput; i++)
		appendStringInfo(&keys, "c%d, ", i);
	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT pg_catalog.count(*) FROM (SELECT FROM (SELECT %sc%d AS n FROM " COUNTS
					 " UNION ALL SELECT %s-c%d FROM " CHANGES ") AS both_sides",
					 keys.data, definition->noutput + 1, keys.data, definition->noutput + 1);
	if (definition->noutput > 0)
	{
		keys.data[keys.len - 2] = '\0';
		appendStringInfo(&sql, " GROUP BY %s", keys.data);
	}
	appendStringInfoString(&sql, " HAVING pg_catalog.sum(n) <> 0) AS differing");
	return sql.data;
}

/* For how many keys the window's sum is not what the table has. */
static int64
compare(const BingoOrdering *counter, Relation window, Snapshot snapshot)
{
	Tuplestorestate *changes = tuplestore_begin_heap(false, false, work_mem);
	Tuplestorestate *counts = tuplestore_begin_heap(false, false, work_mem);
	DestReceiver *dest = CreateDestReceiver(DestTuplestore);
	SPIExecuteOptions options = {.read_only = true};
	BingoScope	scope;
	int64		differing;
	bool		isnull;

	SPI_connect();
	bingo_store_enter(&scope, InvalidOid);
	PushActiveSnapshot(snapshot);
	bingo_verify_read_kept(window, snapshot, changes);
	SetTuplestoreDestReceiverParams(dest, counts, CurrentMemoryContext, false, RelationGetDescr(window),
									"the table of the counter has just been altered");
	bingo_recount_read(counter, snapshot, dest);
	dest->rDestroy(dest);
	bingo_verify_register(CHANGES, window, changes);
	bingo_verify_register(COUNTS, window, counts);
	if (SPI_execute_extended(format_comparison(counter->definition), &options) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "could not compare counter \"%s\" with its table", counter->name);
	differing = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	PopActiveSnapshot();
	bingo_store_leave(&scope);
	SPI_finish();
	tuplestore_end(changes);
	tuplestore_end(counts);
	return differing;
}

/* False: its window is not to be had now. */
static bool
verify(const char *name, BingoPatience *patience, int *sleep, int64 *differing)
{
	BingoOrdering *counter = bingo_build_find(name, true);
	Snapshot	snapshot;
	Relation	window;
	bool		found;

	if (counter == NULL || counter->definition == NULL || counter->repair == BINGO_REPAIR_REBUILD)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("counter \"%s\" has nothing to verify: %s", name,
						counter ? counter->reason : "not built yet"),
				 errhint("SELECT bingo_tune.refresh_counter(%s);", quote_literal_cstr(name))));
	bingo_verify_require_no_changes(counter);
	snapshot = RegisterSnapshot(GetTransactionSnapshot());
	window = try_table_open(counter->window, AccessShareLock);
	found = window != NULL && bingo_window_same_file(window, snapshot);
	if (found && (!counter->usable || bingo_valid_is_invalidated(counter->window, snapshot)))
		ereport(NOTICE,
				(errmsg("counter \"%s\" is invalid: no query reads it", name),
				 errhint("SELECT bingo_tune.refresh_counter(%s);", quote_literal_cstr(name))));
	if (found)
		*differing += compare(counter, window, snapshot);
	if (window != NULL)
		table_close(window, AccessShareLock);
	UnregisterSnapshot(snapshot);
	if (!found)
		bingo_verify_wait(counter, patience, sleep);
	return found;
}

/*
 * bingo_tune.verify_counter(name text)
 */
Datum
bingo_tune_verify_counter(PG_FUNCTION_ARGS)
{
	BingoPatience patience;
	int64		differing = 0;
	int			sleep = 0;
	ListCell   *cell;

	bingo_lock_start(&patience, BINGO_VERIFY_PATIENCE_MS);
	foreach(cell, bingo_parts_named(bingo_build_name_argument(fcinfo, true, "verify_counter()"), true))
		while (!verify(lfirst(cell), &patience, &sleep, &differing))
			;
	PG_RETURN_INT64(differing);
}
