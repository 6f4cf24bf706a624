/*
 * upkeep/hottest.c
 *	  bingo_tune.hottest_keys(): the keys that have most rows, of an ordering that keeps the first ones of each.
 *
 *	  rows of the query, counted by key (as the tables' owner) -> the first n -> of each: rows in the window, cut, mark
 *
 * The window does not tell which they are, as it has no more than 2 K rows of any; nor do statistics (upkeep/forecast.c).  So the rows are
 * counted, in one pass with a hash table that may go to disk, and the n largest groups are all that is kept in memory.  That is too much for a view that is
 * read every few seconds: hence a function.
 *
 * A key is a value of the tables, and how many rows it has says something of rows.  Row security is off, so only who may read every row of all the
 * tables may call it.  Nobody is waited for: what somebody holds away is shown as NULL.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relation.h"
#include "access/tableam.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "base/argument.h"
#include "base/compat.h"
#include "base/relations.h"
#include "store/cut.h"
#include "store/rights.h"
#include "store/store.h"
#include "upkeep/build.h"
#include "upkeep/fill_query.h"
#include "upkeep/parts.h"
#include "upkeep/role.h"

PG_FUNCTION_INFO_V1(bingo_tune_hottest_keys);

#define MOST_KEYS 10000

enum
{
	COLUMN_KEY,
	COLUMN_ROWS,
	COLUMN_KEPT_ROWS,
	COLUMN_CUT,
	COLUMN_MARKED,
	NCOLUMNS
};

/* What the window, or those of partitions together, has of a key. */
typedef struct Kept
{
	bool		known;
	int64		rows;
	bool		cut;
	bool		marked;
} Kept;

/* The orderings that the name stands for; an error if there is none, or the caller may not see their keys. */
static List *
find_orderings(const char *name)
{
	List	   *orderings = NIL;
	ListCell   *cell;

	bingo_catalog_require();
	foreach(cell, bingo_parts_named(name, false))
	{
		BingoOrdering *ordering = bingo_catalog_by_name(lfirst(cell));
		const BingoStoredDefinition *definition = bingo_build_find_definition(lfirst(cell));

		if (definition == NULL || definition->counts)
			bingo_build_raise_missing(name, false);
		if (ordering == NULL || ordering->definition == NULL || ordering->repair == BINGO_REPAIR_REBUILD)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("ordering \"%s\" has no window: %s", definition->name, ordering ? ordering->reason : "not built yet"),
					 errhint("SELECT bingo_tune.refresh_ordering(%s);", quote_literal_cstr(definition->name))));
		if (ordering->definition->nkeys == 0)
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("ordering \"%s\" does not keep rows of each value", definition->name),
					 errhint("An ordering does whose query compares a column with a parameter, as in WHERE customer_id = $1.")));
		if (!bingo_rights_may_read(ordering->definition, GetUserId()))
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("permission denied for the keys of ordering \"%s\"", definition->name),
					 errhint("They are shown to those who may select from all its tables and are under no policy of them.")));
		orderings = lappend(orderings, ordering);
	}
	return orderings;
}

/* The keys' columns, then how many rows: those of all orderings, which are alike. */
static char *
format_query(List *orderings, int n)
{
	const BingoDefinition *definition = ((const BingoOrdering *) linitial(orderings))->definition;
	StringInfoData sql;
	StringInfoData keys;
	ListCell   *cell;

	initStringInfo(&sql);
	initStringInfo(&keys);
	for (int i = 0; i < definition->nkeys; i++)
		appendStringInfo(&keys, "%sc%d", i > 0 ? ", " : "", definition->sort[i].output);
	appendStringInfo(&sql, "SELECT %s, count(*) AS n FROM (", keys.data);
	foreach(cell, orderings)
		appendStringInfo(&sql, "%s%s", foreach_current_index(cell) > 0 ? " UNION ALL " : "",
						 bingo_fill_query(((const BingoOrdering *) lfirst(cell))->definition, BINGO_ROWS_ALL, NULL));
	appendStringInfoString(&sql, ") w (");
	for (int i = 0; i < definition->noutput; i++)
		appendStringInfo(&sql, "%sc%d", i > 0 ? ", " : "", i);
	appendStringInfo(&sql, ") GROUP BY %s ORDER BY n DESC LIMIT %d", keys.data, n);
	return sql.data;
}

/* --- the window --- */

/* What a window has of the key, under the snapshot that the rows were counted under. */
static void
add_kept(const BingoOrdering *ordering, const Datum *values, const bool *nulls, Kept *kept)
{
	int			nkeys = ordering->definition->nkeys;
	Relation	window = bingo_relations_open_now(ordering->window);
	Relation	index = window != NULL ? bingo_relations_open_now(ordering->window_order) : NULL;
	ScanKeyData keys[BINGO_MAX_KEYS];
	BingoCuts	cuts = {0};
	BingoBoundary cut;

	kept->known = kept->known && index != NULL && bingo_window_same_file(window, GetActiveSnapshot()) &&
		bingo_cut_open(&cuts, ordering, GetActiveSnapshot(), NULL);
	for (int i = 0; i < nkeys && kept->known; i++)
		kept->known = bingo_cut_prepare(&keys[i], index, i, values[i], nulls[i]);
	if (kept->known)
	{
		IndexScanDesc scan = bingo_index_beginscan(window, index, GetActiveSnapshot(), nkeys);
		TupleTableSlot *slot = table_slot_create(window, NULL);

		index_rescan(scan, keys, nkeys, NULL, 0);
		for (; index_getnext_slot(scan, ForwardScanDirection, slot); kept->rows++)
			CHECK_FOR_INTERRUPTS();
		ExecDropSingleTupleTableSlot(slot);
		index_endscan(scan);
		kept->cut = bingo_cut_find(&cuts, values, nulls, &cut) || kept->cut;
		kept->marked = kept->marked || cuts.marked;
	}
	bingo_cut_release(&cuts);
	if (index != NULL)
		relation_close(index, AccessShareLock);
	if (window != NULL)
		relation_close(window, AccessShareLock);
}

/* --- the rows --- */

static Datum
format_key(const BingoDefinition *definition, TupleDesc desc, const Datum *values, bool *nulls)
{
	Datum		texts[BINGO_MAX_KEYS];
	int			dimension = definition->nkeys;
	int			lower = 1;

	for (int i = 0; i < definition->nkeys; i++)
	{
		Oid			output;
		bool		is_varlena;

		getTypeOutputInfo(TupleDescAttr(desc, i)->atttypid, &output, &is_varlena);
		texts[i] = nulls[i] ? (Datum) 0 : CStringGetTextDatum(OidOutputFunctionCall(output, values[i]));
	}
	return PointerGetDatum(construct_md_array(texts, nulls, 1, &dimension, &lower, TEXTOID, -1, false, TYPALIGN_INT));
}

static void
put_row(ReturnSetInfo *result, List *orderings, HeapTuple tuple, TupleDesc desc)
{
	const BingoDefinition *definition = ((const BingoOrdering *) linitial(orderings))->definition;
	Kept		kept = {.known = true};
	Datum		key[BINGO_MAX_KEYS];
	bool		key_nulls[BINGO_MAX_KEYS];
	Datum		values[NCOLUMNS];
	bool		nulls[NCOLUMNS] = {false};
	ListCell   *cell;

	for (int i = 0; i < definition->nkeys; i++)
		key[i] = SPI_getbinval(tuple, desc, i + 1, &key_nulls[i]);
	foreach(cell, orderings)
		add_kept(lfirst(cell), key, key_nulls, &kept);
	values[COLUMN_KEY] = format_key(definition, desc, key, key_nulls);
	values[COLUMN_ROWS] = SPI_getbinval(tuple, desc, definition->nkeys + 1, &nulls[COLUMN_ROWS]);
	values[COLUMN_KEPT_ROWS] = Int64GetDatum(kept.rows);
	values[COLUMN_CUT] = BoolGetDatum(kept.cut);
	values[COLUMN_MARKED] = BoolGetDatum(kept.marked);
	nulls[COLUMN_KEPT_ROWS] = nulls[COLUMN_CUT] = nulls[COLUMN_MARKED] = !kept.known;
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static void
put_rows(ReturnSetInfo *result, const char *name, List *orderings, int n)
{
	SPIExecuteOptions options = {.read_only = true};
	BingoScope	scope;

	SPI_connect();
	bingo_store_enter(&scope, bingo_role_reading(linitial(orderings)));
	(void) set_config_option("row_security", "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	(void) set_config_option("bingo_tune.enable_ordered_scan", "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	if (SPI_execute_extended(format_query(orderings, n), &options) != SPI_OK_SELECT)
		elog(ERROR, "could not count the rows of ordering \"%s\"", name);
	/* still as their owner: a key's type may compare by a function of somebody's */
	for (uint64 i = 0; i < SPI_processed; i++)
		put_row(result, orderings, SPI_tuptable->vals[i], SPI_tuptable->tupdesc);
	bingo_store_leave(&scope);
	SPI_finish();
}

/*
 * bingo_tune.hottest_keys(name text, n int)
 */
Datum
bingo_tune_hottest_keys(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	char	   *name = bingo_build_name_argument(fcinfo, false, "hottest_keys()");
	int			n;

	bingo_require_argument(fcinfo, 1, "n", "hottest_keys()", "Give a number, or leave it out for 10.");
	n = PG_GETARG_INT32(1);
	if (n < 1 || n > MOST_KEYS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("n must be between 1 and %d", MOST_KEYS),
				 errhint("SELECT * FROM bingo_tune.hottest_keys(%s, 10);", quote_literal_cstr(name))));
	InitMaterializedSRF(fcinfo, 0);
	put_rows(result, name, find_orderings(name), n);
	PG_RETURN_NULL();
}
