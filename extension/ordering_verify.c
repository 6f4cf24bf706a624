/*
 * ordering_verify.c
 *	  bingo_tune.verify_ordering(): is the window what the tables say?
 *
 * Boundary, window and tables are read under one snapshot: the rows of the query
 * up to the boundary and the rows of the window must be the same, to the byte.
 * Both are read as the owner of the extension's tables, with row security off,
 * since a row hidden from the caller would look like a difference; so only who
 * may manage the ordering may call it.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/snapmgr.h"

#include "ordering_build.h"
#include "ordering_fill.h"
#include "ordering_store.h"
#include "ordering_valid.h"

PG_FUNCTION_INFO_V1(bingo_tune_verify_ordering);

#define SHOWN_ROWS 10

/* A transaction maintains the window at its end: before, its own changes would be differences. */
static void
require_no_changes(const BingoOrdering *ordering)
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
					 errmsg("cannot verify ordering \"%s\" in a transaction that has changed or locked its tables",
							ordering->name),
					 errhint("COMMIT, then call the function again.")));
	}
}

/* The boundary that the snapshot sees; false if it sees none. */
static bool
read_boundary(const BingoOrdering *ordering, Snapshot snapshot, BingoBoundary *boundary)
{
	Relation	relation = table_open(ordering->boundary, AccessShareLock);
	TupleTableSlot *slot = table_slot_create(relation, NULL);
	TableScanDesc scan = table_beginscan(relation, snapshot, 0, NULL);
	bool		found = table_scan_getnextslot(scan, ForwardScanDirection, slot);
	bool		isnull;

	if (found)
	{
		boundary->state = DatumGetChar(slot_getattr(slot, 1, &isnull));
		for (int i = 0; i < ordering->definition->nsort; i++)
		{
			Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(relation), i + 1);
			Datum		value = slot_getattr(slot, i + 2, &boundary->nulls[i]);

			if (!boundary->nulls[i])
				boundary->values[i] = datumCopy(value, attribute->attbyval, attribute->attlen);
		}
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	table_close(relation, AccessShareLock);
	return found;
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

/* Equality of the driving keys of "base" and "kept". */
static char *
format_key_equality(const BingoDefinition *definition)
{
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; i < definition->ndriving; i++)
		appendStringInfo(&sql, "%sbase.c%d = kept.c%d", i > 0 ? " AND " : "",
						 definition->driving_output[i] + 1, definition->driving_output[i] + 1);
	return sql.data;
}

static char *
format_key(const BingoDefinition *definition)
{
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; i < definition->ndriving; i++)
		appendStringInfo(&sql, "%sc%d", i > 0 ? ", " : "", definition->driving_output[i] + 1);
	return sql.data;
}

/*
 * One row: how many rows are missing, extra and different, and some of them.  A
 * second copy of a row in the window is extra.
 */
static char *
format_comparison(const BingoOrdering *ordering, const BingoBoundary *boundary)
{
	const BingoDefinition *definition = ordering->definition;
	BingoRows	rows = boundary->state == BINGO_BOUNDARY_KEY ? BINGO_ROWS_INSIDE : BINGO_ROWS_ALL;
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql,
					 "WITH difference AS MATERIALIZED ("
					 "SELECT CASE WHEN kept.copy IS NULL THEN 'missing'"
					 " WHEN base.copy IS NULL THEN 'extra' ELSE 'differing' END AS kind,"
					 " CASE WHEN base.copy IS NOT NULL THEN ROW(%s)::text END AS expected,"
					 " CASE WHEN kept.copy IS NOT NULL THEN ROW(%s)::text END AS found",
					 format_columns(definition, "base."), format_columns(definition, "kept."));
	appendStringInfo(&sql, " FROM (SELECT *, 1 AS copy FROM (%s%s) AS q (%s)) AS base",
					 bingo_fill_query(definition, rows, boundary),
					 boundary->state == BINGO_BOUNDARY_NOTHING ? " LIMIT 0" : "",
					 format_columns(definition, ""));
	appendStringInfo(&sql, " FULL JOIN (SELECT *, row_number() OVER (PARTITION BY %s) AS copy"
					 " FROM bingo_tune.window_%d) AS kept ON %s AND base.copy = kept.copy",
					 format_key(definition), ordering->id, format_key_equality(definition));
	appendStringInfo(&sql, " WHERE base.copy IS NULL OR kept.copy IS NULL OR record_image_ne(ROW(%s), ROW(%s)))",
					 format_columns(definition, "base."), format_columns(definition, "kept."));
	appendStringInfo(&sql, " SELECT count(*) FILTER (WHERE kind = 'missing'),"
					 " count(*) FILTER (WHERE kind = 'extra'),"
					 " count(*) FILTER (WHERE kind = 'differing'),"
					 " (SELECT array_agg(kind || ': ' || left(concat_ws(' in the window: ', expected, found), 1000))"
					 " FROM (SELECT * FROM difference ORDER BY kind, expected, found LIMIT %d) AS first)"
					 " FROM difference", SHOWN_ROWS);
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

static void
compare(const BingoOrdering *ordering, Snapshot snapshot, Datum *values, bool *nulls)
{
	BingoBoundary boundary = {0};
	SPIExecuteOptions options = {0};
	BingoScope	scope;

	if (!read_boundary(ordering, snapshot, &boundary))
		elog(ERROR, "could not find the boundary of ordering \"%s\"", ordering->name);

	bingo_store_enter(&scope, InvalidOid);
	(void) set_config_option("row_security", "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	(void) set_config_option("bingo_tune.enable_ordered_scan", "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	SPI_connect();
	PushActiveSnapshot(snapshot);
	if (boundary.state == BINGO_BOUNDARY_KEY)
		options.params = bingo_fill_parameters(ordering->definition, &boundary);
	options.read_only = true;
	if (SPI_execute_extended(format_comparison(ordering, &boundary), &options) != SPI_OK_SELECT)
		elog(ERROR, "could not compare ordering \"%s\" with its tables", ordering->name);
	copy_result(values, nulls);
	PopActiveSnapshot();
	SPI_finish();
	bingo_store_leave(&scope);
}

/*
 * bingo_tune.verify_ordering(name text)
 */
Datum
bingo_tune_verify_ordering(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	BingoOrdering *ordering = bingo_build_find(name);
	TupleDesc	desc;
	Snapshot	snapshot;
	Datum		values[4];
	bool		nulls[4];

	if (ordering == NULL || ordering->definition == NULL || ordering->repair == BINGO_REPAIR_REBUILD)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("ordering \"%s\" has no window to verify: %s", name,
						ordering ? ordering->reason : "restored, not built yet"),
				 errhint("SELECT bingo_tune.refresh_ordering(%s);", quote_literal_cstr(name))));
	require_no_changes(ordering);
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");

	snapshot = RegisterSnapshot(GetTransactionSnapshot());
	if (!ordering->usable || bingo_valid_is_invalidated(ordering->id, snapshot))
		ereport(NOTICE,
				(errmsg("ordering \"%s\" is invalid: no query reads its window", name),
				 errhint("SELECT bingo_tune.refresh_ordering(%s);", quote_literal_cstr(name))));
	compare(ordering, snapshot, values, nulls);
	UnregisterSnapshot(snapshot);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
