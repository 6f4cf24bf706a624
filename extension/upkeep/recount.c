/*
 * upkeep/recount.c
 *	  The counts of a counter, read from its table: fill, repair and verify.
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

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "executor/tstoreReceiver.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/queryenvironment.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "base/compat.h"
#include "base/relations.h"
#include "store/definition.h"
#include "store/rights.h"
#include "store/store.h"
#include "store/valid.h"
#include "store/window.h"
#include "upkeep/build.h"
#include "upkeep/recount.h"
#include "upkeep/role.h"
#include "upkeep/rows.h"
#include "write/delta.h"
#include "write/pending.h"

PG_FUNCTION_INFO_V1(bingo_tune_verify_counter);

#define CHANGES "changes"		/* the tuplestores' names in the comparison */
#define COUNTS "counts"

static void
delete_seen(BingoOrdering *counter, Relation window, Snapshot snapshot)
{
	TupleTableSlot *slot = table_slot_create(window, NULL);
	TableScanDesc scan = bingo_table_beginscan(window, snapshot);

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		TM_FailureData failure;

		CHECK_FOR_INTERRUPTS();
		if (bingo_tuple_delete(window, &slot->tts_tid, &failure) != TM_Ok)
			elog(ERROR, "a row of the window of counter \"%s\" was changed by somebody else", counter->name);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
}

/* As the table's owner, under the snapshot; "dest" NULL leaves the rows to SPI. */
static void
read_counts(const BingoOrdering *counter, Snapshot snapshot, DestReceiver *dest)
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
	return bingo_delta_is_pending(counter->id, counter->window) ||
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
	delete_seen(counter, receiver.window, snapshot);
	read_counts(counter, snapshot, &receiver.pub);
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

/* --- verify_counter() --- */

/* What the snapshot sees in the window, as a table of SPI's; no SQL can read it. */
static EphemeralNamedRelation
register_changes(const BingoOrdering *counter, Snapshot snapshot, Tuplestorestate *store)
{
	Relation	window = try_table_open(counter->window, AccessShareLock);
	EphemeralNamedRelation rows = palloc0(sizeof(EphemeralNamedRelationData));
	TupleTableSlot *slot;
	TableScanDesc scan;

	if (window == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("the window of counter \"%s\" is being dropped", counter->name),
				 errhint("Try again.")));
	slot = table_slot_create(window, NULL);
	scan = bingo_table_beginscan(window, snapshot);
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		tuplestore_puttupleslot(store, slot);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);

	rows->md.name = pstrdup(CHANGES);
	rows->md.tupdesc = CreateTupleDescCopy(RelationGetDescr(window));
	for (int i = 0; i < rows->md.tupdesc->natts; i++)	/* somebody may have renamed them */
		namestrcpy(&TupleDescAttr(rows->md.tupdesc, i)->attname, psprintf("c%d", i + 1));
	rows->md.enrtype = ENR_NAMED_TUPLESTORE;
	rows->md.enrtuples = tuplestore_tuple_count(store);
	rows->reldata = store;
	if (SPI_register_relation(rows) != SPI_OK_REL_REGISTER)
		elog(ERROR, "could not register the changes of a counter");
	table_close(window, AccessShareLock);
	return rows;
}

/* The same of what the table says. */
static void
register_counts(const BingoOrdering *counter, Snapshot snapshot, TupleDesc desc, Tuplestorestate *store)
{
	DestReceiver *dest = CreateDestReceiver(DestTuplestore);
	EphemeralNamedRelation rows = palloc0(sizeof(EphemeralNamedRelationData));

	SetTuplestoreDestReceiverParams(dest, store, CurrentMemoryContext, false, desc,
									"the table of the counter has just been altered");
	read_counts(counter, snapshot, dest);
	dest->rDestroy(dest);
	rows->md.name = pstrdup(COUNTS);
	rows->md.tupdesc = desc;
	rows->md.enrtype = ENR_NAMED_TUPLESTORE;
	rows->md.enrtuples = tuplestore_tuple_count(store);
	rows->reldata = store;
	if (SPI_register_relation(rows) != SPI_OK_REL_REGISTER)
		elog(ERROR, "could not register the counts of a counter");
}

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

/* A transaction writes its changes at its end: before, they would be differences. */
static void
require_no_changes(const BingoOrdering *counter)
{
	Relation	relation = RelationIdGetRelation(counter->definition->tables[0].relid);
	bool		changed = relation != NULL && CheckRelationLockedByMe(relation, RowExclusiveLock, true);

	if (relation != NULL)
		RelationClose(relation);
	if (changed)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("cannot verify counter \"%s\" in a transaction that has changed or locked its table",
						counter->name),
				 errhint("COMMIT, then call the function again.")));
}

/* For how many keys the window's sum is not what the table has. */
static int64
compare(const BingoOrdering *counter, Snapshot snapshot)
{
	Tuplestorestate *changes = tuplestore_begin_heap(false, false, work_mem);
	Tuplestorestate *counts = tuplestore_begin_heap(false, false, work_mem);
	SPIExecuteOptions options = {.read_only = true};
	BingoScope	scope;
	EphemeralNamedRelation kept;
	int64		differing;
	bool		isnull;

	SPI_connect();
	bingo_store_enter(&scope, InvalidOid);
	PushActiveSnapshot(snapshot);
	kept = register_changes(counter, snapshot, changes);
	register_counts(counter, snapshot, kept->md.tupdesc, counts);
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

/*
 * bingo_tune.verify_counter(name text)
 */
Datum
bingo_tune_verify_counter(PG_FUNCTION_ARGS)
{
	char	   *name = bingo_build_name_argument(fcinfo, true, "verify_counter()");
	BingoOrdering *counter = bingo_build_find(name, true);
	Snapshot	snapshot;
	int64		differing;

	if (counter == NULL || counter->definition == NULL || counter->repair == BINGO_REPAIR_REBUILD)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("counter \"%s\" has nothing to verify: %s", name,
						counter ? counter->reason : "not built yet"),
				 errhint("SELECT bingo_tune.refresh_counter(%s);", quote_literal_cstr(name))));
	require_no_changes(counter);
	snapshot = RegisterSnapshot(GetTransactionSnapshot());
	if (!counter->usable || bingo_valid_is_invalidated(counter->window, snapshot))
		ereport(NOTICE,
				(errmsg("counter \"%s\" is invalid: no query reads it", name),
				 errhint("SELECT bingo_tune.refresh_counter(%s);", quote_literal_cstr(name))));
	differing = compare(counter, snapshot);
	UnregisterSnapshot(snapshot);
	PG_RETURN_INT64(differing);
}
