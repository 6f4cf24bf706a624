/*
 * upkeep/forecast.c
 *	  How large will an ordering be of which the first rows of each key are kept?
 *
 * That grows with the number of keys, which nobody sees in a query, so create_ordering() says it before it
 * locks the tables and fills the window: who finds it too much cancels.
 *
 * It is counted.  Statistics do not tell it: they have the most common values of a column, and of the others only a number, which is
 * far too small where keys are many and uneven (of 20,000 by Zipf's law in 10,000,000 rows a sample of 30,000 finds
 * 7,000), and say nothing of keys of two columns, or below conditions and joins.  A sample that were large enough to tell keys that are cut from
 * those that are not would have to read every page of the tables.  One pass with a hash table of the keys, in parallel,
 * is a small part of what the fill takes, which sorts the same rows.
 *
 * Bytes are reckoned from the columns' average widths, with window and indexes as a fill leaves them.
 *
 * The query is the fill's own, read with the rights and settings of the fill.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "access/itup.h"
#include "access/tupmacs.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "definition/types.h"
#include "store/store.h"
#include "upkeep/fill_query.h"
#include "upkeep/forecast.h"
#include "upkeep/role.h"

#define LEAF_FILL 0.9			/* of an index's pages, when it is built */
#define MEGABYTE (1024 * 1024)

/* keys, those that are cut, rows, rows at most */
static char *
format_query(const BingoDefinition *definition, int64 window_rows)
{
	StringInfoData columns;
	StringInfoData keys;

	initStringInfo(&columns);
	initStringInfo(&keys);
	for (int i = 0; i < definition->noutput; i++)
		appendStringInfo(&columns, "%sc%d", i > 0 ? ", " : "", i);
	for (int i = 0; i < definition->nkeys; i++)
		appendStringInfo(&keys, "%sc%d", i > 0 ? ", " : "", definition->sort[i].output);
	return psprintf("SELECT count(*), count(*) FILTER (WHERE n > %lld), sum(least(n, %lld))::int8, sum(least(n, %lld))::int8"
					" FROM (SELECT count(*) AS n FROM (%s) w (%s) GROUP BY %s) k",
					(long long) window_rows, (long long) window_rows, 2 * (long long) window_rows,
					bingo_fill_query(definition, BINGO_ROWS_ALL, NULL), columns.data, keys.data);
}

/* The tuple's width with a further column of that kind. */
static double
add_column(double width, const BingoDefinition *definition, const BingoColumn *column)
{
	int32		typmod;
	Oid			type = bingo_types_kept(column->type, &typmod);
	int32		own = column->attno == InvalidAttrNumber ? 0 :
		get_attavgwidth(definition->tables[column->table].relid, column->attno);
	int16		length;
	bool		by_value;
	char		align;

	if (!OidIsValid(type))
		type = column->type;
	get_typlenbyvalalign(type, &length, &by_value, &align);
	/* a short one of variable width is not aligned */
	return (length > 0 ? att_align_nominal((int64) width, align) : width) + (own > 0 ? own : get_typavgwidth(type, typmod));
}

static double
page_share(double width, double fill)
{
	double		room = (BLCKSZ - SizeOfPageHeaderData) * fill;

	return BLCKSZ / Max(floor(room / (MAXALIGN((int64) width) + sizeof(ItemIdData))), 1.0);
}

/* What a row takes in the window, and a key's boundary beside it. */
static void
reckon_widths(const BingoDefinition *definition, double *of_row, double *of_cut)
{
	double		row = MAXALIGN(SizeofHeapTupleHeader);
	double		order = sizeof(IndexTupleData);
	double		driving = sizeof(IndexTupleData);
	double		cut = MAXALIGN(SizeofHeapTupleHeader) + sizeof(char);
	double		cut_key = sizeof(IndexTupleData) + sizeof(char);

	for (int i = 0; i < definition->noutput; i++)
		row = add_column(row, definition, &definition->output[i]);
	for (int i = 0; i < definition->nsort; i++)
	{
		order = add_column(order, definition, &definition->sort[i].column);
		cut = add_column(cut, definition, &definition->sort[i].column);
		if (i < definition->nkeys)
			cut_key = add_column(cut_key, definition, &definition->sort[i].column);
	}
	for (int i = 0; i < definition->ndriving; i++)
		driving = add_column(driving, definition, &definition->output[definition->driving[i].output]);
	*of_row = page_share(row, 1.0) + page_share(order, LEAF_FILL) + page_share(driving, LEAF_FILL);
	*of_cut = page_share(cut, 1.0) + page_share(cut_key, LEAF_FILL);
}

static int64
read_number(int column)
{
	bool		isnull;
	Datum		value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, &isnull);

	return isnull ? 0 : DatumGetInt64(value);
}

void
bingo_forecast(const char *name, const BingoDefinition *definition, int64 window_rows, BingoForecast *forecast)
{
	BingoOrdering ordering = {.name = pstrdup(name), .owner = GetUserId(), .definition = unconstify(BingoDefinition *, definition)};
	SPIExecuteOptions options = {.read_only = true};
	double		of_row;
	double		of_cut;
	BingoScope	scope;
	int64		ncut;

	bingo_store_enter(&scope, bingo_role_reading(&ordering));
	SPI_connect();
	(void) set_config_option("bingo_tune.enable_ordered_scan", "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	(void) set_config_option("row_security", "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	PushActiveSnapshot(GetLatestSnapshot());
	if (SPI_execute_extended(format_query(definition, window_rows), &options) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "could not count the rows of ordering \"%s\"", name);
	PopActiveSnapshot();
	forecast->keys = read_number(1);
	ncut = read_number(2);
	forecast->rows = read_number(3);
	forecast->most_rows = read_number(4);
	SPI_finish();
	bingo_store_leave(&scope);

	reckon_widths(definition, &of_row, &of_cut);
	forecast->bytes = (int64) (forecast->rows * of_row + ncut * of_cut);
	forecast->most_bytes = (int64) (forecast->most_rows * of_row + ncut * of_cut);
}

static long long
megabytes(int64 bytes)
{
	return (bytes + MEGABYTE - 1) / MEGABYTE;
}

void
bingo_forecast_tell(const char *name, const BingoDefinition *definition, int64 window_rows)
{
	BingoForecast forecast;

	if (definition->nkeys == 0 || !message_level_is_interesting(NOTICE))
		return;
	bingo_forecast(name, definition, window_rows, &forecast);
	ereport(NOTICE,
			(errmsg("ordering \"%s\" is going to keep %lld rows of %lld values, about %lld MB, and at most %lld of the rows there are, about %lld MB",
					name, (long long) forecast.rows, (long long) forecast.keys, megabytes(forecast.bytes),
					(long long) forecast.most_rows, megabytes(forecast.most_bytes))));
}
