/*
 * upkeep/verify.c
 *	  bingo_tune.verify_ordering(): is the window what the tables say?
 *
 *	  rows of the query up to the boundary (as the tables' owner) -> tuplestore
 *		-> compared with the rows of the window, in another one
 *
 * Boundary, window and tables are read under one snapshot, and the rows must be
 * the same, to the byte.  Row security is off, since a row hidden from the caller
 * would look like a difference; so only who may manage the ordering may call it,
 * and rows are shown only to who may read the tables.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/transam.h"
#include "access/xact.h"
#include "executor/spi.h"
#include "executor/tstoreReceiver.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/inval.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/queryenvironment.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"

#include "upkeep/build.h"
#include "upkeep/fill_query.h"
#include "upkeep/inside.h"
#include "upkeep/parts.h"
#include "upkeep/role.h"
#include "upkeep/verify.h"
#include "store/rights.h"
#include "store/store.h"
#include "store/valid.h"

PG_FUNCTION_INFO_V1(bingo_tune_verify_ordering);

#define SHOWN_ROWS 10
#define BASE_ROWS "base_rows"		/* the tuplestores' names in the comparison */
#define KEPT_ROWS "kept_rows"

/* A transaction maintains the window at its end: before, its own changes would be differences. */
void
bingo_verify_require_no_changes(const BingoOrdering *ordering)
{
	for (int i = 0; i < ordering->definition->ntables; i++)
	{
		Relation	relation = RelationIdGetRelation(ordering->definition->tables[i].relid);
		bool		changed = relation != NULL &&
			CheckRelationLockedByMe(relation, RowExclusiveLock, true);

		if (relation != NULL)
			RelationClose(relation);
		if (changed)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_IN_USE),
					 errmsg(ordering->definition->counts ?
							"cannot verify counter \"%s\" in a transaction that has changed or locked its table" :
							"cannot verify ordering \"%s\" in a transaction that has changed or locked its tables",
							ordering->name),
					 errhint("COMMIT, then call the function again.")));
	}
}

void
bingo_verify_wait(const BingoOrdering *ordering, BingoPatience *patience, int *sleep)
{
	if (IsolationUsesXactSnapshot() || !bingo_lock_pause(patience, sleep))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("the window of %s \"%s\" was emptied after the snapshot was taken, or is being dropped or locked",
						bingo_is_counter(ordering) ? "counter" : "ordering", ordering->name),
				 errhint("Try again in another transaction.")));
	AcceptInvalidationMessages();
}

static char *
format_columns(const BingoDefinition *definition, const char *prefix)
{
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; i < definition->noutput; i++)
		appendStringInfo(&sql, "%s%sc%d", i > 0 ? ", " : "", prefix, i + 1);
	return sql.data;
}

/*
 * Equality of the driving keys of "base" and "kept".  The search_path has the
 * operators of PostgreSQL's own types only.  Another type's may be neither
 * hashable nor mergeable, which FULL JOIN needs: its values are compared as
 * images.  Two spellings of one key are then a missing and an extra row.
 */
static char *
format_key_equality(const BingoOrdering *ordering)
{
	const BingoDefinition *definition = ordering->definition;
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; i < definition->ndriving; i++)
	{
		int			column = definition->driving[i].output + 1;
		Oid			type = definition->output[column - 1].type;
		Oid			equality = lookup_type_cache(type, TYPECACHE_EQ_OPR)->eq_opr;
		const char *form = equality < FirstUnpinnedObjectId ? "%sbase.c%d = kept.c%d" :
			"%sROW(base.c%d)::record OPERATOR(pg_catalog.*=) ROW(kept.c%d)::record";

		appendStringInfo(&sql, form, i > 0 ? " AND " : "", column, column);
	}
	return sql.data;
}

/*
 * One row: how many rows are missing, extra and different, and some of them.  A
 * second copy of a row in the window is extra.
 */
static char *
format_comparison(const BingoOrdering *ordering, bool shows_rows)
{
	const BingoDefinition *definition = ordering->definition;
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql,
					 "WITH difference AS MATERIALIZED ("
					 "SELECT CASE WHEN kept.copy IS NULL THEN 'missing'"
					 " WHEN base.copy IS NULL THEN 'extra' ELSE 'differing' END AS kind,"
					 " CASE WHEN base.copy IS NOT NULL THEN ROW(%s)::text END AS expected,"
					 " CASE WHEN kept.copy IS NOT NULL THEN ROW(%s)::text END AS found",
					 format_columns(definition, "base."), format_columns(definition, "kept."));
	appendStringInfoString(&sql, " FROM (SELECT *, 1 AS copy FROM " BASE_ROWS ") AS base");
	appendStringInfo(&sql, " FULL JOIN (SELECT *, row_number() OVER (PARTITION BY %s) AS copy"
					 " FROM " KEPT_ROWS ") AS kept ON %s AND base.copy = kept.copy",
					 bingo_store_format_key(definition), format_key_equality(ordering));
	appendStringInfo(&sql, " WHERE base.copy IS NULL OR kept.copy IS NULL OR record_image_ne(ROW(%s), ROW(%s)))",
					 format_columns(definition, "base."), format_columns(definition, "kept."));
	appendStringInfo(&sql, " SELECT count(*) FILTER (WHERE kind = 'missing'),"
					 " count(*) FILTER (WHERE kind = 'extra'),"
					 " count(*) FILTER (WHERE kind = 'differing'),"
					 " (SELECT array_agg(kind || ': ' || left(concat_ws(' in the window: ', expected, found), 1000))"
					 " FROM (SELECT * FROM difference ORDER BY kind, expected, found LIMIT %d) AS first)"
					 " FROM difference", shows_rows ? SHOWN_ROWS : 0);
	return sql.data;
}

static void
copy_result(Datum *values, bool *nulls)
{
	if (SPI_processed != 1)
		elog(ERROR, "comparison of a window returned %llu rows", (unsigned long long) SPI_processed);
	for (int i = 0; i < 4; i++)
		values[i] = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, i + 1, &nulls[i]);
	if (!nulls[3])
		values[3] = SPI_datumTransfer(values[3], false, -1);
}

/* What the query's rows must be: the window's, but that of a domain no typmod is given. */
static TupleDesc
describe_base_rows(const BingoDefinition *definition, TupleDesc kept)
{
	TupleDesc	desc = CreateTupleDescCopy(kept);

	for (int i = 0; i < definition->noutput; i++)
		if (TupleDescAttr(desc, i)->atttypid != definition->output[i].type)
			TupleDescAttr(desc, i)->atttypmod = -1;
	return desc;
}

/* The rows of the query up to the boundary; the caller is connected to SPI. */
static void
read_base_rows(const BingoOrdering *ordering, const BingoBoundary *boundary, Snapshot snapshot, TupleDesc kept, Tuplestorestate *store)
{
	bool		keyed = ordering->definition->nkeys > 0;
	BingoRows	rows = boundary->state != BINGO_BOUNDARY_KEY ? BINGO_ROWS_ALL : keyed ? BINGO_ROWS_UP_TO_KEY : BINGO_ROWS_INSIDE;
	DestReceiver *put;
	SPIExecuteOptions options = {0};
	BingoScope	scope;

	bingo_store_enter(&scope, bingo_role_reading(ordering));
	(void) set_config_option("row_security", "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	(void) set_config_option("bingo_tune.enable_ordered_scan", "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	if (boundary->state == BINGO_BOUNDARY_KEY)
		options.params = bingo_fill_parameters(ordering->definition, boundary);
	options.read_only = true;
	options.dest = put = CreateDestReceiver(DestTuplestore);
	/* a column may have got another type since the ordering was looked at */
	SetTuplestoreDestReceiverParams(put, store, CurrentMemoryContext, false,
									describe_base_rows(ordering->definition, kept),
									"a table of the ordering has just been altered");
	if (keyed)
		options.dest = bingo_inside_create(ordering, boundary, snapshot, put);
	if (SPI_execute_extended(psprintf("%s%s", bingo_fill_query(ordering->definition, rows, boundary),
									  boundary->state == BINGO_BOUNDARY_NOTHING ? " LIMIT 0" : ""),
							 &options) != SPI_OK_SELECT)
		elog(ERROR, "could not read the rows of ordering \"%s\"", ordering->name);
	if (keyed)
		options.dest->rDestroy(options.dest);
	put->rDestroy(put);
	bingo_store_leave(&scope);
}

/* The rows of the window; no SQL can read them. */
void
bingo_verify_read_kept(Relation window, Snapshot snapshot, Tuplestorestate *store)
{
	TupleTableSlot *slot = table_slot_create(window, NULL);
	TableScanDesc scan = bingo_table_beginscan(window, snapshot);

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		tuplestore_puttupleslot(store, slot);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
}

/* The same, but for rows of keys that are marked. */
static void
read_kept_of_keys(const BingoOrdering *ordering, Relation window, Snapshot snapshot, Tuplestorestate *store)
{
	DestReceiver *put = CreateDestReceiver(DestTuplestore);
	DestReceiver *choose;
	TupleTableSlot *slot = table_slot_create(window, NULL);
	TableScanDesc scan = bingo_table_beginscan(window, snapshot);

	SetTuplestoreDestReceiverParams(put, store, CurrentMemoryContext, false, NULL, NULL);
	choose = bingo_inside_create(ordering, NULL, snapshot, put);
	choose->rStartup(choose, CMD_SELECT, RelationGetDescr(window));
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		(void) choose->receiveSlot(slot, choose);
	}
	choose->rShutdown(choose);
	choose->rDestroy(choose);
	put->rDestroy(put);
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
}

/* Makes the rows a table of that name, with the columns of the window as c1, c2, ... */
void
bingo_verify_register(const char *name, Relation window, Tuplestorestate *store)
{
	EphemeralNamedRelation rows = palloc0(sizeof(EphemeralNamedRelationData));

	rows->md.name = unconstify(char *, name);
	rows->md.tupdesc = CreateTupleDescCopy(RelationGetDescr(window));
	for (int i = 0; i < rows->md.tupdesc->natts; i++)	/* somebody may have renamed them */
		namestrcpy(&TupleDescAttr(rows->md.tupdesc, i)->attname, psprintf("c%d", i + 1));
	rows->md.enrtype = ENR_NAMED_TUPLESTORE;
	rows->md.enrtuples = tuplestore_tuple_count(store);
	rows->reldata = store;
	if (SPI_register_relation(rows) != SPI_OK_REL_REGISTER)
		elog(ERROR, "could not register the rows of an ordering");
}

static void
compare(const BingoOrdering *ordering, Relation window, const BingoBoundary *boundary, Snapshot snapshot, Datum *values, bool *nulls)
{
	bool		shows_rows = bingo_rights_may_read(ordering->definition, GetUserId());
	Tuplestorestate *base = tuplestore_begin_heap(false, false, work_mem);
	Tuplestorestate *kept = tuplestore_begin_heap(false, false, work_mem);
	SPIExecuteOptions options = {0};
	BingoScope	scope;

	SPI_connect();
	PushActiveSnapshot(snapshot);
	read_base_rows(ordering, boundary, snapshot, RelationGetDescr(window), base);
	if (ordering->definition->nkeys > 0)
		read_kept_of_keys(ordering, window, snapshot, kept);
	else
		bingo_verify_read_kept(window, snapshot, kept);
	bingo_store_enter(&scope, InvalidOid);
	bingo_verify_register(BASE_ROWS, window, base);
	bingo_verify_register(KEPT_ROWS, window, kept);
	options.read_only = true;
	if (SPI_execute_extended(format_comparison(ordering, shows_rows), &options) != SPI_OK_SELECT)
		elog(ERROR, "could not compare ordering \"%s\" with its tables", ordering->name);
	copy_result(values, nulls);
	bingo_store_leave(&scope);
	PopActiveSnapshot();
	SPI_finish();
	tuplestore_end(base);
	tuplestore_end(kept);
}

/* What is wrong with one is added.  False: its window is not to be had now. */
static bool
verify(const char *name, BingoPatience *patience, int *sleep, Datum *values, bool *nulls)
{
	BingoOrdering *ordering = bingo_build_find(name, false);
	Snapshot	snapshot;
	Relation	window;
	BingoBoundary boundary;
	Datum		these[4];
	bool		these_nulls[4];
	bool		found;

	if (ordering == NULL || ordering->definition == NULL || ordering->repair == BINGO_REPAIR_REBUILD)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("ordering \"%s\" has no window to verify: %s", name,
						ordering ? ordering->reason : "not built yet"),
				 errhint("SELECT bingo_tune.refresh_ordering(%s);", quote_literal_cstr(name))));
	bingo_verify_require_no_changes(ordering);
	snapshot = RegisterSnapshot(GetTransactionSnapshot());
	window = try_table_open(ordering->window, AccessShareLock);
	found = window != NULL && bingo_window_same_file(window, snapshot) && bingo_window_read_boundary(ordering, snapshot, &boundary);
	if (found && (!ordering->usable || bingo_valid_is_invalidated(ordering->window, snapshot)))
		ereport(NOTICE,
				(errmsg("ordering \"%s\" is invalid: no query reads its window", name),
				 errhint("SELECT bingo_tune.refresh_ordering(%s);", quote_literal_cstr(name))));
	if (found)
		compare(ordering, window, &boundary, snapshot, these, these_nulls);
	if (window != NULL)
		table_close(window, AccessShareLock);
	UnregisterSnapshot(snapshot);
	if (!found)
	{
		bingo_verify_wait(ordering, patience, sleep);
		return false;
	}
	for (int i = 0; i < 3; i++)
		values[i] = Int64GetDatum(DatumGetInt64(values[i]) + DatumGetInt64(these[i]));
	if (nulls[3])
		values[3] = these[3];
	nulls[3] = nulls[3] && these_nulls[3];
	return true;
}

/*
 * bingo_tune.verify_ordering(name text)
 */
Datum
bingo_tune_verify_ordering(PG_FUNCTION_ARGS)
{
	char	   *name = bingo_build_name_argument(fcinfo, false, "verify_ordering()");
	BingoPatience patience;
	int			sleep = 0;
	TupleDesc	desc;
	Datum		values[4] = {Int64GetDatum(0), Int64GetDatum(0), Int64GetDatum(0), (Datum) 0};
	bool		nulls[4] = {false, false, false, true};
	ListCell   *cell;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	bingo_lock_start(&patience, BINGO_VERIFY_PATIENCE_MS);
	foreach(cell, bingo_parts_named(name, false))
		while (!verify(lfirst(cell), &patience, &sleep, values, nulls))
			;
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
