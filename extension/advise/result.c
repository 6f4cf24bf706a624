/*
 * advise/result.c
 *	  bingo_tune.advise(): what would make the slow statements fast, as commands.
 *
 * It may be called in a read-only transaction, and on a standby.  Rights: those of the
 * caller.  See advise/analyse.c for what is trusted, and advise/statements.c for whose
 * statements are seen.
 */
#include "postgres.h"

#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "advise/advise.h"
#include "base/compat.h"

PG_FUNCTION_INFO_V1(bingo_tune_advise);

/* Columns of bingo_tune.advise(), in their order. */
enum
{
	COLUMN_RANK,
	COLUMN_KIND,
	COLUMN_COMMAND,
	COLUMN_SERVES,
	COLUMN_REASON,
	COLUMN_CALLS,
	COLUMN_TOTAL_MS,
	COLUMN_MEAN_MS,
	COLUMN_COST_BEFORE,
	COLUMN_COST_AFTER,
	COLUMN_EXPECTED_MS,
	COLUMN_GAIN,
	COLUMN_SIZE,
	COLUMN_WRITE_COST,
	COLUMN_NOTE,
	COLUMN_STATEMENT,
	COLUMNS
};

static Datum
put_queryids(List *statements)
{
	Datum	   *queryids = palloc(Max(list_length(statements), 1) * sizeof(Datum));
	int			count = 0;
	ListCell   *cell;

	foreach(cell, statements)
		queryids[count++] = Int64GetDatum(((BingoAdviseStatement *) lfirst(cell))->queryid);
	return PointerGetDatum(construct_array(queryids, count, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* The one that takes most of what it serves; without an example what it does, as in query_timing. */
static char *
find_statement(List *statements)
{
	const BingoAdviseStatement *slowest = NULL;
	ListCell   *cell;

	foreach(cell, statements)
	{
		const BingoAdviseStatement *statement = lfirst(cell);

		if (slowest == NULL || statement->total_ms > slowest->total_ms)
			slowest = statement;
	}
	if (slowest == NULL)
		return NULL;
	return slowest->text ? slowest->text : slowest->action;
}

/* What is estimated by costs has no more than these, and sums in binary end in nines. */
static double
six_digits(double figure)
{
	char		text[32];

	snprintf(text, sizeof(text), "%.6g", figure);
	return strtod(text, NULL);
}

/* Times and costs of a call, over all calls of the statements that it serves. */
static void
put_times(const BingoAdviseRow *row, Datum *values, bool *nulls)
{
	double		calls = 0;
	double		total = 0;
	double		before = 0;
	double		after = 0;
	double		expected = 0;
	ListCell   *cell;

	foreach(cell, row->serves)
	{
		const BingoAdviseStatement *statement = lfirst(cell);
		double		weight = Max(statement->calls, 1);

		calls += statement->calls;
		total += statement->total_ms;
		before += weight * statement->cost_before;
		after += weight * statement->cost_now;
		expected += statement->total_ms - bingo_advise_saved_ms(row, statement);
	}
	nulls[COLUMN_CALLS] = nulls[COLUMN_TOTAL_MS] = nulls[COLUMN_MEAN_MS] = nulls[COLUMN_EXPECTED_MS] = calls == 0;
	values[COLUMN_CALLS] = Int64GetDatum((int64) calls);
	values[COLUMN_TOTAL_MS] = Float8GetDatum(total);
	values[COLUMN_MEAN_MS] = Float8GetDatum(six_digits(total / Max(calls, 1)));
	values[COLUMN_EXPECTED_MS] = Float8GetDatum(six_digits(expected / Max(calls, 1)));
	nulls[COLUMN_COST_BEFORE] = before == 0;
	values[COLUMN_COST_BEFORE] = Float8GetDatum(before / Max(calls, 1));
	nulls[COLUMN_COST_AFTER] = before == 0;
	values[COLUMN_COST_AFTER] = Float8GetDatum(after / Max(calls, 1));
	nulls[COLUMN_GAIN] = calls == 0;
	values[COLUMN_GAIN] = Float8GetDatum(six_digits(row->gain));
	/* No plan tells what a count from a counter costs: it takes what it took elsewhere. */
	if (row->surplus != NULL || row->table != InvalidOid || (row->ordering != NULL && row->ordering->counts))
		nulls[COLUMN_COST_AFTER] = true;
	if (row->surplus != NULL || row->table != InvalidOid)
		nulls[COLUMN_EXPECTED_MS] = nulls[COLUMN_GAIN] = true;
}

/* Of the longest time that a statement which it serves is counted for. */
static double
write_cost(const BingoAdviseRow *row)
{
	double		seconds = 0;
	ListCell   *cell;

	foreach(cell, row->serves)
		seconds = Max(seconds, ((BingoAdviseStatement *) lfirst(cell))->seconds);
	return (row->index ? row->index->write_ms : row->ordering->write_ms) * seconds;
}

static void
put_row(ReturnSetInfo *result, const BingoAdvise *advise, const BingoAdviseRow *row, int rank)
{
	Datum		values[COLUMNS] = {0};
	bool		nulls[COLUMNS] = {false};
	char	   *statement = advise->one ? NULL : find_statement(row->serves);

	values[COLUMN_RANK] = Int32GetDatum(rank);
	values[COLUMN_KIND] = CStringGetTextDatum(row->kind);
	nulls[COLUMN_COMMAND] = row->command == NULL;
	if (row->command)
		values[COLUMN_COMMAND] = CStringGetTextDatum(row->command);
	nulls[COLUMN_SERVES] = advise->one || row->surplus != NULL;
	values[COLUMN_SERVES] = put_queryids(row->serves);
	values[COLUMN_REASON] = CStringGetTextDatum(row->reason);
	put_times(row, values, nulls);
	nulls[COLUMN_SIZE] = row->index == NULL && (row->surplus == NULL || row->surplus->ordering);
	nulls[COLUMN_WRITE_COST] = (row->index == NULL && row->ordering == NULL) || advise->one || RecoveryInProgress();
	if (!nulls[COLUMN_WRITE_COST])
		values[COLUMN_WRITE_COST] = Float8GetDatum(six_digits(write_cost(row)));
	if (row->index)
	{
		nulls[COLUMN_SIZE] = row->index->size < 0;
		values[COLUMN_SIZE] = Int64GetDatum(row->index->size);
	}
	if (row->surplus)
		values[COLUMN_SIZE] = Int64GetDatum(row->surplus->size);
	nulls[COLUMN_NOTE] = row->note == NULL;
	if (row->note)
		values[COLUMN_NOTE] = CStringGetTextDatum(row->note);
	nulls[COLUMN_STATEMENT] = statement == NULL;
	if (statement)
		values[COLUMN_STATEMENT] = CStringGetTextDatum(statement);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* bingo_tune.advise(query, min_share, budget, max_rows) */
Datum
bingo_tune_advise(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	BingoAdviseCall call = {0};
	int			rank = 0;
	ListCell   *cell;

	InitMaterializedSRF(fcinfo, 0);
	if (result->setDesc->natts != COLUMNS)
		elog(ERROR, "advise has %d columns, not %d", result->setDesc->natts, COLUMNS);
	bingo_advise_arguments(fcinfo, 0, &call);
	SPI_connect();
	bingo_advise_work(&call);
	foreach(cell, bingo_advise_rows(&call.advise))
		put_row(result, &call.advise, lfirst(cell), ++rank);
	SPI_finish();
	return (Datum) 0;
}
