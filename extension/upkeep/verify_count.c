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
#include "access/tableam.h"
#include "executor/spi.h"
#include "executor/tstoreReceiver.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/queryenvironment.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "base/compat.h"
#include "store/store.h"
#include "store/valid.h"
#include "upkeep/build.h"
#include "upkeep/recount.h"

PG_FUNCTION_INFO_V1(bingo_tune_verify_counter);

#define CHANGES "changes"		/* the tuplestores' names in the comparison */
#define COUNTS "counts"

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
	bingo_recount_read(counter, snapshot, dest);
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
