/*
 * store/view.c
 *	  bingo_tune.ordering_states(): the rows of the views bingo_tune.orderings and
 *	  bingo_tune.counters.
 *
 * Everybody may see which orderings there are and how they fare.  The boundary
 * is a value out of the tables, so only who may read all rows of them sees it.  No
 * lock is waited for: what somebody holds away is shown as NULL.
 */
#include "postgres.h"

#include <math.h>

#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/smgr.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "base/argument.h"
#include "base/compat.h"
#include "base/relations.h"
#include "base/server.h"
#include "store/catalog.h"
#include "store/cut.h"
#include "store/definition.h"
#include "store/rights.h"
#include "store/state.h"
#include "store/store.h"
#include "store/valid.h"
#include "store/window.h"

#define MOST_PAGES_READ 8192	/* 64 MB */

PG_FUNCTION_INFO_V1(bingo_tune_ordering_states);
PG_FUNCTION_INFO_V1(bingo_tune_ordering_state);

/*
 * Exactly, but for what would take long, as the view is read every few seconds where it is
 * monitored: of a larger one as many as there were if its pages were all like the first ones.
 */
static bool
count_rows(Oid relid, int64 *count)
{
	Relation	relation = bingo_relations_open_now(relid);
	BlockNumber pages;
	TupleTableSlot *slot;
	TableScanDesc scan;

	if (relation == NULL)
		return false;
	pages = RelationGetNumberOfBlocks(relation);
	slot = table_slot_create(relation, NULL);
	/* from its beginning, not from where another scan is just now */
	scan = table_beginscan_strat(relation, GetActiveSnapshot(), 0, NULL, true, false);
	*count = 0;
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot) &&
		   ItemPointerGetBlockNumber(&slot->tts_tid) < MOST_PAGES_READ)
		(*count)++;
	if (pages > MOST_PAGES_READ)
		*count = (int64) rint((double) *count * pages / MOST_PAGES_READ);
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	table_close(relation, AccessShareLock);
	return true;
}

/*
 * What the relation takes on disk, with its indexes and what is out of line.  Not
 * pg_total_relation_size(), which waits for a lock on each of them.  False while
 * somebody holds one.
 */
static bool
add_bytes(Oid relid, int64 *bytes)
{
	Relation	relation = bingo_relations_open_now(relid);
	List	   *parts;
	ListCell   *cell;
	bool		complete = true;

	if (relation == NULL)
		return false;
	for (ForkNumber fork = MAIN_FORKNUM; fork <= MAX_FORKNUM; fork++)
	{
		if (smgrexists(RelationGetSmgr(relation), fork))
			*bytes += (int64) BLCKSZ * smgrnblocks(RelationGetSmgr(relation), fork);
	}
	parts = relation->rd_rel->relkind == RELKIND_INDEX ? NIL : RelationGetIndexList(relation);
	if (OidIsValid(relation->rd_rel->reltoastrelid))
		parts = lappend_oid(parts, relation->rd_rel->reltoastrelid);
	foreach(cell, parts)
		complete = complete && add_bytes(lfirst_oid(cell), bytes);
	relation_close(relation, AccessShareLock);
	return complete;
}

static char *
format_key(const BingoDefinition *definition, const BingoBoundary *boundary)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < definition->nsort; i++)
	{
		Oid			output;
		bool		is_varlena;

		getTypeOutputInfo(definition->sort[i].column.type, &output, &is_varlena);
		appendStringInfo(&text, "%s%s", i > 0 ? ", " : "",
						 boundary->nulls[i] ? "NULL" : OidOutputFunctionCall(output, boundary->values[i]));
	}
	return text.data;
}

static char *
describe_boundary(const BingoOrdering *ordering)
{
	BingoBoundary boundary;

	if (!bingo_window_read_boundary(ordering, GetActiveSnapshot(), &boundary))
		return NULL;
	switch (boundary.state)
	{
		case BINGO_BOUNDARY_NOTHING:
			return "nothing";
		case BINGO_BOUNDARY_EVERYTHING:
			return "everything";
		case BINGO_BOUNDARY_KEY:
			break;
	}
	return format_key(ordering->definition, &boundary);
}

static ArrayType *
list_tables(const BingoDefinition *definition)
{
	Datum		tables[BINGO_MAX_TABLES];

	for (int i = 0; i < definition->ntables; i++)
		tables[i] = ObjectIdGetDatum(definition->tables[i].relid);
	return construct_array(tables, definition->ntables, REGCLASSOID, sizeof(Oid), true, TYPALIGN_INT);
}

/* --- the rows --- */

/* Columns of ordering_states(), as the script has them. */
enum
{
	COLUMN_NAME,
	COLUMN_QUERY,
	COLUMN_STATE,
	COLUMN_REASON,
	COLUMN_INVALID_SINCE,
	COLUMN_INVALIDATIONS,
	COLUMN_TABLES,
	COLUMN_WINDOW_ROWS,
	COLUMN_KEPT_ROWS,
	COLUMN_CUT_KEYS,
	COLUMN_MARKED_KEYS,
	COLUMN_BYTES,
	COLUMN_BOUNDARY,
	COLUMN_LAST_BUILD,
	COLUMN_LAST_BUILD_MS,
	COLUMN_ID,
	NCOLUMNS
};

typedef struct Row
{
	Datum		values[NCOLUMNS];
	bool		nulls[NCOLUMNS];
} Row;

static void
set(Row *row, int column, Datum value)
{
	row->values[column] = value;
	row->nulls[column] = false;
}

static void
set_text(Row *row, int column, const char *text)
{
	if (text != NULL)
		set(row, column, CStringGetTextDatum(text));
}

static bool
has_reason(List *reasons, const char *reason)
{
	ListCell   *cell;

	foreach(cell, reasons)
		if (strcmp(lfirst(cell), reason) == 0)
			return true;
	return false;
}

/* The marks: time and reason of each; each reason once beside that of now. */
static void
set_marks(Row *row, const char *reason, List *marks)
{
	List	   *reasons = reason ? list_make1(unconstify(char *, reason)) : NIL;
	Datum	   *history = palloc(list_length(marks) * sizeof(Datum));
	StringInfoData text;
	ListCell   *cell;

	foreach(cell, marks)
	{
		const BingoMark *mark = lfirst(cell);

		history[foreach_current_index(cell)] =
			CStringGetTextDatum(psprintf("%s %s", timestamptz_to_str(mark->at), mark->reason));
		if (!has_reason(reasons, mark->reason))
			reasons = lappend(reasons, mark->reason);
	}
	if (marks != NIL)
	{
		set(row, COLUMN_INVALID_SINCE, TimestampTzGetDatum(((BingoMark *) linitial(marks))->at));
		set(row, COLUMN_INVALIDATIONS,
			PointerGetDatum(construct_array(history, list_length(marks), TEXTOID, -1, false, TYPALIGN_INT)));
	}
	if (reasons == NIL)
		return;
	initStringInfo(&text);
	foreach(cell, reasons)
		appendStringInfo(&text, "%s%s", text.len > 0 ? "; " : "", (char *) lfirst(cell));
	set_text(row, COLUMN_REASON, text.data);
}

/* Does its window end before the rows do? */
static bool
is_limited(const BingoOrdering *ordering)
{
	BingoBoundary boundary;

	return bingo_window_read_boundary(ordering, GetActiveSnapshot(), &boundary) && boundary.state == BINGO_BOUNDARY_KEY;
}

static void
set_keys(Row *row, const BingoOrdering *ordering)
{
	BingoCuts	cuts;
	int64		cut_keys;
	int64		marked_keys;

	if (!bingo_cut_open(&cuts, ordering, GetActiveSnapshot(), NULL))
		return;
	if (RelationGetNumberOfBlocks(cuts.relation) > MOST_PAGES_READ)
	{
		bingo_cut_release(&cuts);
		/* beside one row for the window's end */
		if (count_rows(ordering->boundary, &cut_keys))
			set(row, COLUMN_CUT_KEYS, Int64GetDatum(Max(cut_keys - 1, 0)));
		return;
	}
	bingo_cut_count(&cuts, &cut_keys, &marked_keys);
	bingo_cut_release(&cuts);
	set(row, COLUMN_CUT_KEYS, Int64GetDatum(cut_keys));
	set(row, COLUMN_MARKED_KEYS, Int64GetDatum(marked_keys));
}

static void
describe_built(Row *row, const BingoOrdering *ordering)
{
	List	   *marks = bingo_valid_list(ordering->window, GetActiveSnapshot());
	bool		valid = ordering->usable && marks == NIL &&
		!bingo_valid_is_invalidated(ordering->window, GetActiveSnapshot());
	int64		count = 0;
	int64		bytes = 0;

	set_text(row, COLUMN_STATE, valid ? "valid" : "invalid");
	set_marks(row, ordering->reason, marks);
	set(row, COLUMN_ID, Int32GetDatum(ordering->id));
	if (ordering->definition != NULL)
		set(row, COLUMN_TABLES, PointerGetDatum(list_tables(ordering->definition)));
	if (count_rows(ordering->window, &count))
		set(row, COLUMN_KEPT_ROWS, Int64GetDatum(count));
	if (ordering->definition != NULL && ordering->definition->nkeys > 0)
		set_keys(row, ordering);
	if (add_bytes(ordering->window, &bytes) && add_bytes(ordering->boundary, &bytes))
		set(row, COLUMN_BYTES, Int64GetDatum(bytes));
	if (valid && ordering->max_rows > 0 && is_limited(ordering))
		set_text(row, COLUMN_REASON, "it has as many rows as max_rows allows: of values behind the boundary it has none");
	if (ordering->definition != NULL && bingo_rights_may_read(ordering->definition, GetUserId()))
		set_text(row, COLUMN_BOUNDARY, describe_boundary(ordering));
}

static const BingoOrdering *
find_built(const char *name)
{
	ListCell   *cell;

	foreach(cell, bingo_catalog_list())
	{
		const BingoOrdering *ordering = lfirst(cell);

		if (strcmp(ordering->name, name) == 0)
			return ordering;
	}
	return NULL;
}

static void
describe(Row *row, const BingoStoredDefinition *definition)
{
	const BingoOrdering *ordering = find_built(definition->name);
	BingoServer *state = bingo_server_find(BINGO_TYPE_WINDOW, definition->name, NULL);
	const char *built_at = state ? bingo_server_option(state, BINGO_OPTION_BUILT_AT) : NULL;
	const char *build_ms = state ? bingo_server_option(state, BINGO_OPTION_BUILD_MS) : NULL;
	const char *reason = state ? bingo_server_option(state, BINGO_OPTION_REASON) : NULL;

	memset(row->nulls, true, sizeof(row->nulls));
	set_text(row, COLUMN_NAME, definition->name);
	set_text(row, COLUMN_QUERY, definition->renamed ? definition->renamed : definition->query);
	set(row, COLUMN_WINDOW_ROWS, Int64GetDatum(definition->window_rows));
	if (built_at)
		set(row, COLUMN_LAST_BUILD, TimestampTzGetDatum(strtoll(built_at, NULL, 10)));
	if (build_ms)
		set(row, COLUMN_LAST_BUILD_MS, Float8GetDatum(strtod(build_ms, NULL)));
	if (ordering)
		describe_built(row, ordering);
	else
	{
		set_text(row, COLUMN_STATE, "invalid");
		set_text(row, COLUMN_REASON, reason ? reason : "not built yet");
	}
}

/* bingo_tune.ordering_states(counts): orderings, or counters */
Datum
bingo_tune_ordering_states(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ListCell   *cell;

	bingo_require_argument(fcinfo, 0, "counts", "ordering_states()", "Give true for counters, or leave it out for orderings.");
	InitMaterializedSRF(fcinfo, 0);
	bingo_catalog_require();
	foreach(cell, bingo_definition_list())
	{
		const BingoStoredDefinition *definition = lfirst(cell);
		Row			row;

		if (definition->counts != PG_GETARG_BOOL(0))
			continue;
		describe(&row, definition);
		tuplestore_putvalues(result->setResult, result->setDesc, row.values, row.nulls);
	}
	PG_RETURN_NULL();
}

/*
 * What version 1.0's view of that name calls, should the extension's objects still be of
 * that version: its orderings are not used any more.
 */
Datum
bingo_tune_ordering_state(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	if (SPI_execute("SELECT id FROM bingo_tune.ordering", true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the orderings of version 1.0");
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		Datum		values[7] = {0};
		bool		nulls[7] = {false, false, false, true, true, true, true};

		values[0] = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &nulls[0]);
		values[1] = BoolGetDatum(false);
		values[2] = CStringGetTextDatum("version 1.0 of the extension has made it: ALTER EXTENSION bingo_tune UPDATE");
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	SPI_finish();
	PG_RETURN_NULL();
}
