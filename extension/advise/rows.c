/*
 * advise/rows.c
 *	  bingo_tune.advise(): what would make the slow statements fast, as commands.
 *
 * All the work is done in a subtransaction, so that whatever ends it, a cancel included,
 * the hypothetical indexes of the session are again what they were (advise/hypopg.c);
 * which also means that nothing can have been written.  It may be called in a read-only
 * transaction, and on a standby.
 *
 * Rights: those of the caller.  See advise/analyse.c for what is trusted, and
 * advise/statements.c for whose statements are seen.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "access/htup_details.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "advise/advise.h"
#include "base/attempt.h"
#include "base/compat.h"
#include "timing/timing.h"

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
	COLUMNS
};

/* A row, before it has its rank. */
typedef struct Row
{
	const char *kind;
	char	   *command;
	List	   *serves;			/* of BingoAdviseStatement * */
	char	   *reason;
	const BingoAdviseIndex *index;
	char	   *note;
	double		gain;
	const BingoAdviseSurplus *surplus;
} Row;

typedef struct Call
{
	BingoAdvise advise;
	double		min_share;
	char	   *text;			/* or NULL */
	List	   *had;			/* hypothetical indexes of the session */
} Call;

/*
 * From the slowest on, until one has too small a share: of the time that is left once
 * those before it are as fast as they could be, or the slowest would hide all others.
 */
static void
examine_all(BingoAdvise *advise, double min_share)
{
	double		left = advise->total_ms;
	int			examined = 0;
	ListCell   *cell;

	foreach(cell, advise->statements)
	{
		BingoAdviseStatement *statement = lfirst(cell);

		if (statement->total_ms < min_share * left)
			break;
		examined++;
		if (statement->refusal == NULL)
			bingo_advise_examine(advise, statement);
		bingo_advise_try_all(advise, statement);
		if (statement->hidden)
			left -= statement->total_ms;
		else if (statement->cost_before > 0)
			left -= statement->total_ms * (1 - statement->cost_best / statement->cost_before);
	}
	advise->statements = list_truncate(advise->statements, examined);
}

static void
work(void *argument)
{
	Call	   *call = argument;

	if (call->text)
		bingo_advise_take_text(&call->advise, call->text);
	else
		bingo_advise_collect(&call->advise);
	examine_all(&call->advise, call->min_share);
	bingo_advise_choose(&call->advise);
	if (!call->advise.one)
		bingo_advise_find_surplus(&call->advise);
}

/* --- what is said --- */

static char *
describe_index(const BingoAdviseIndex *index)
{
	StringInfoData text;
	ListCell   *cell;

	initStringInfo(&text);
	for (int i = 0; i < index->nkeys; i++)
		appendStringInfo(&text, "%s%s (%s)", i > 0 ? ", " : "", index->keys[i].name, index->keys[i].role);
	foreach(cell, index->included)
		appendStringInfo(&text, ", %s (selected)", (char *) lfirst(cell));
	if (index->predicate)
		appendStringInfo(&text, ", only where %s", index->predicate);
	return text.data;
}

static bool
has_statistics(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	bool		known = true;

	if (HeapTupleIsValid(tuple))
	{
		known = ((Form_pg_class) GETSTRUCT(tuple))->reltuples >= 0;
		ReleaseSysCache(tuple);
	}
	return known;
}

static void
append_note(char **note, char *text)
{
	*note = *note ? psprintf("%s; %s", *note, text) : text;
}

/* Why no ordering goes on where an index alone does not do it, if one of the statements says so. */
static void
append_obstacle(char **note, List *statements)
{
	ListCell   *cell;

	foreach(cell, statements)
	{
		const BingoAdviseStatement *statement = lfirst(cell);

		if (statement->obstacle == NULL || !statement->sorts)
			continue;
		append_note(note, psprintf("no ordering: %s", statement->obstacle));
		return;
	}
}

static Row *
index_row(BingoAdviseIndex *index)
{
	Row		   *row = palloc0(sizeof(Row));
	bool		partitioned = get_rel_relkind(index->relid) == RELKIND_PARTITIONED_TABLE;

	row->kind = "index";
	row->index = index;
	row->serves = index->served;
	row->command = psprintf("CREATE INDEX %sON %s", partitioned ? "" : "CONCURRENTLY ", index->definition);
	row->reason = describe_index(index);
	if (!has_statistics(index->relid))
		append_note(&row->note, psprintf("the table has no statistics: type ANALYZE %s and ask again", bingo_advise_table(index->relid)));
	if (partitioned)
		append_note(&row->note, "keeps writers out while it is built: a partitioned table's index can't be built CONCURRENTLY");
	if (index->replaces)
		append_note(&row->note, psprintf("makes index %s redundant", index->replaces));
	append_obstacle(&row->note, row->serves);
	return row;
}

static Row *
ordering_row(BingoAdviseStatement *statement)
{
	Row		   *row = palloc0(sizeof(Row));

	row->kind = "ordering";
	row->serves = list_make1(statement);
	row->command = psprintf("SELECT bingo_tune.create_ordering(%s, %s, " INT64_FORMAT ")",
							quote_literal_cstr(statement->ordering->name), quote_literal_cstr(statement->ordering->query),
							statement->ordering->rows);
	row->reason = "sorts a join for its first rows, which no index gives in their order";
	row->note = "its costs are known when it is there: explain_ordering()";
	return row;
}

static Row *
surplus_row(const BingoAdviseSurplus *surplus)
{
	Row		   *row = palloc0(sizeof(Row));

	row->kind = "drop_index";
	row->surplus = surplus;
	row->command = psprintf("DROP INDEX CONCURRENTLY %s", surplus->name);
	if (surplus->cover)
		row->reason = psprintf("redundant: index %s %s the same keys", surplus->cover, surplus->longer ? "begins with" : "has");
	else
	{
		row->reason = "not scanned once since the statistics began";
		row->note = psprintf("they count since %s, on this server alone: its standbys count for themselves",
							 timestamptz_to_str(surplus->since));
	}
	return row;
}

static Row *
nothing_row(BingoAdviseStatement *statement)
{
	Row		   *row = palloc0(sizeof(Row));

	row->kind = "nothing";
	row->serves = list_make1(statement);
	if (statement->refusal)
		row->reason = statement->refusal;
	else if (statement->candidates != NIL)
		row->reason = "no index makes its plan a tenth cheaper";
	else if (statement->covered > 0)
		row->reason = "the indexes that could help it are there";
	else
		row->reason = "it has no condition, join or order that an index could help";
	append_obstacle(&row->note, row->serves);
	return row;
}

/* How many chosen indexes share what the statement gains. */
static int
count_serving(const BingoAdvise *advise, const BingoAdviseStatement *statement)
{
	int			count = 0;
	ListCell   *cell;

	foreach(cell, advise->chosen)
		count += list_member_ptr(((BingoAdviseIndex *) lfirst(cell))->served, statement);
	return count;
}

static double
gain_of(const BingoAdviseStatement *statement)
{
	return statement->cost_before > 0 ? statement->total_ms * (1 - statement->cost_now / statement->cost_before) : 0;
}

static int
compare_rows(const ListCell *left, const ListCell *right)
{
	double		l = ((const Row *) lfirst(left))->gain;
	double		r = ((const Row *) lfirst(right))->gain;

	return (l < r) - (l > r);
}

static List *
make_rows(const BingoAdvise *advise)
{
	List	   *rows = NIL;
	List	   *nothing = NIL;
	ListCell   *cell;

	foreach(cell, advise->chosen)
	{
		Row		   *row = index_row(lfirst(cell));
		ListCell   *served;

		foreach(served, row->serves)
			row->gain += gain_of(lfirst(served)) / count_serving(advise, lfirst(served));
		rows = lappend(rows, row);
	}
	list_sort(rows, compare_rows);
	foreach(cell, advise->statements)
	{
		BingoAdviseStatement *statement = lfirst(cell);

		if (statement->hidden)
			continue;
		if (statement->ordering && statement->sorts)
			rows = lappend(rows, ordering_row(statement));
		else if (count_serving(advise, statement) == 0)
			nothing = lappend(nothing, nothing_row(statement));
	}
	foreach(cell, advise->surplus)
		rows = lappend(rows, surplus_row(lfirst(cell)));
	return list_truncate(list_concat(rows, nothing), advise->max_rows);
}

/* --- rows --- */

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

/* Times and costs of a call, over all calls of the statements that it serves. */
static void
put_times(const Row *row, Datum *values, bool *nulls)
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
		expected += statement->total_ms - gain_of(statement);
	}
	nulls[COLUMN_CALLS] = nulls[COLUMN_TOTAL_MS] = nulls[COLUMN_MEAN_MS] = nulls[COLUMN_EXPECTED_MS] = calls == 0;
	values[COLUMN_CALLS] = Int64GetDatum((int64) calls);
	values[COLUMN_TOTAL_MS] = Float8GetDatum(total);
	values[COLUMN_MEAN_MS] = Float8GetDatum(total / Max(calls, 1));
	values[COLUMN_EXPECTED_MS] = Float8GetDatum(expected / Max(calls, 1));
	nulls[COLUMN_COST_BEFORE] = before == 0;
	values[COLUMN_COST_BEFORE] = Float8GetDatum(before / Max(calls, 1));
	nulls[COLUMN_COST_AFTER] = before == 0;
	values[COLUMN_COST_AFTER] = Float8GetDatum(after / Max(calls, 1));
	nulls[COLUMN_GAIN] = calls == 0;
	values[COLUMN_GAIN] = Float8GetDatum(row->gain);
	/* What an ordering costs is known when it is there. */
	if (row->command != NULL && row->index == NULL)
		nulls[COLUMN_COST_AFTER] = nulls[COLUMN_EXPECTED_MS] = nulls[COLUMN_GAIN] = true;
}

/* Of the longest time that a statement which it serves is counted for. */
static double
write_cost(const Row *row)
{
	double		seconds = 0;
	ListCell   *cell;

	foreach(cell, row->serves)
		seconds = Max(seconds, ((BingoAdviseStatement *) lfirst(cell))->seconds);
	return row->index->write_ms * seconds;
}

static void
put_row(ReturnSetInfo *result, const BingoAdvise *advise, const Row *row, int rank)
{
	Datum		values[COLUMNS] = {0};
	bool		nulls[COLUMNS] = {false};

	values[COLUMN_RANK] = Int32GetDatum(rank);
	values[COLUMN_KIND] = CStringGetTextDatum(row->kind);
	nulls[COLUMN_COMMAND] = row->command == NULL;
	if (row->command)
		values[COLUMN_COMMAND] = CStringGetTextDatum(row->command);
	nulls[COLUMN_SERVES] = advise->one || row->surplus != NULL;
	values[COLUMN_SERVES] = put_queryids(row->serves);
	values[COLUMN_REASON] = CStringGetTextDatum(row->reason);
	put_times(row, values, nulls);
	nulls[COLUMN_SIZE] = row->index == NULL && row->surplus == NULL;
	nulls[COLUMN_WRITE_COST] = row->index == NULL || advise->one;
	if (row->index)
	{
		values[COLUMN_SIZE] = Int64GetDatum(row->index->size);
		values[COLUMN_WRITE_COST] = Float8GetDatum(write_cost(row));
	}
	if (row->surplus)
		values[COLUMN_SIZE] = Int64GetDatum(row->surplus->size);
	nulls[COLUMN_NOTE] = row->note == NULL;
	if (row->note)
		values[COLUMN_NOTE] = CStringGetTextDatum(row->note);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static void
read_arguments(FunctionCallInfo fcinfo, Call *call)
{
	call->text = PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0));
	call->min_share = PG_ARGISNULL(1) ? 0.01 : PG_GETARG_FLOAT8(1);
	call->advise.budget = PG_ARGISNULL(2) ? -1 : PG_GETARG_INT64(2);
	call->advise.max_rows = PG_ARGISNULL(3) ? 20 : PG_GETARG_INT32(3);
	if (!(call->min_share >= 0 && call->min_share <= 1) || (!PG_ARGISNULL(2) && call->advise.budget < 0) ||
		call->advise.max_rows < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("min_share must be from 0 to 1, budget and max_rows not negative"),
				 errhint("For advice on all that took a hundredth of the time, type: SELECT * FROM bingo_tune.advise(min_share => 0.01);")));
	call->advise.user = GetUserId();
	call->advise.context = CurrentMemoryContext;
}

/* bingo_tune.advise(query, min_share, budget, max_rows) */
Datum
bingo_tune_advise(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Call		call = {0};
	ErrorData  *error;
	int			rank = 0;
	ListCell   *cell;

	InitMaterializedSRF(fcinfo, 0);
	if (result->setDesc->natts != COLUMNS)
		elog(ERROR, "advise has %d columns, not %d", result->setDesc->natts, COLUMNS);
	read_arguments(fcinfo, &call);
	if (call.text == NULL)
		bingo_timing_require(false);
	SPI_connect();
	call.advise.context = AllocSetContextCreate(CurrentMemoryContext, "bingo_tune advise", ALLOCSET_DEFAULT_SIZES);
	call.advise.hypopg = bingo_advise_find_hypopg();
	call.had = bingo_advise_put_aside(&call.advise);
	error = bingo_attempt(work, &call);
	bingo_advise_put_back(&call.advise, call.had);
	if (error != NULL)
		ReThrowError(error);
	foreach(cell, make_rows(&call.advise))
		put_row(result, &call.advise, lfirst(cell), ++rank);
	SPI_finish();
	return (Datum) 0;
}
