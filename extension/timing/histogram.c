/*
 * timing/histogram.c
 *	  The SQL type bingo_tune.histogram and its functions.
 *
 * A value holds only the buckets that are not empty, so that of a typical query
 * takes one to two kB.  Functions unpack it into the flat BingoHistogram of
 * base/histogram.h, which has the arithmetic.  SQL sees milliseconds, the type's text
 * the microseconds that are stored:
 *
 *		sum=1205 min=5 max=900 5:3 64:1 overflow:1
 *
 * where 64:1 is one time in the bucket whose lowest value is 64 us.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "base/argument.h"
#include "base/compat.h"
#include "timing/timing.h"

#define MICROSECONDS	1000.0	/* in a millisecond */

typedef struct HistogramCell
{
	uint32		index;
	uint32		unused;
	uint64		count;
} HistogramCell;

typedef struct HistogramValue
{
	int32		vl_len_;
	uint32		used;
	uint64		sum;
	uint64		min;
	uint64		max;
	HistogramCell cells[FLEXIBLE_ARRAY_MEMBER];
} HistogramValue;

PG_FUNCTION_INFO_V1(bingo_histogram_in);
PG_FUNCTION_INFO_V1(bingo_histogram_out);
PG_FUNCTION_INFO_V1(bingo_histogram_sql_calls);
PG_FUNCTION_INFO_V1(bingo_histogram_sql_mean);
PG_FUNCTION_INFO_V1(bingo_histogram_sql_quantile);
PG_FUNCTION_INFO_V1(bingo_histogram_sql_within);
PG_FUNCTION_INFO_V1(bingo_histogram_sql_cumulative);
PG_FUNCTION_INFO_V1(bingo_histogram_sql_merge);
PG_FUNCTION_INFO_V1(bingo_histogram_sql_difference);
PG_FUNCTION_INFO_V1(bingo_timing_require_snapshot);
PG_FUNCTION_INFO_V1(bingo_histogram_merge_step);
PG_FUNCTION_INFO_V1(bingo_histogram_record_step);
PG_FUNCTION_INFO_V1(bingo_histogram_final);
PG_FUNCTION_INFO_V1(bingo_histogram_buckets);

Datum
bingo_timing_histogram_datum(const BingoHistogram *histogram)
{
	HistogramValue *value;
	uint32		used = 0;
	Size		size;
	int			i;

	for (i = 0; i < BINGO_HISTOGRAM_BUCKETS; i++)
		used += histogram->counts[i] != 0;
	size = offsetof(HistogramValue, cells) + used * sizeof(HistogramCell);
	value = palloc0(size);
	SET_VARSIZE(value, size);
	value->used = used;
	value->sum = histogram->sum;
	value->min = histogram->min;
	value->max = histogram->max;
	used = 0;
	for (i = 0; i < BINGO_HISTOGRAM_BUCKETS; i++)
	{
		if (histogram->counts[i] == 0)
			continue;
		value->cells[used].index = i;
		value->cells[used++].count = histogram->counts[i];
	}
	return PointerGetDatum(value);
}

static void
unpack(Datum datum, BingoHistogram *histogram)
{
	HistogramValue *value = (HistogramValue *) PG_DETOAST_DATUM(datum);
	uint32		i;

	bingo_histogram_init(histogram);
	histogram->sum = value->sum;
	histogram->min = value->min;
	histogram->max = value->max;
	for (i = 0; i < value->used; i++)
	{
		histogram->counts[value->cells[i].index] = value->cells[i].count;
		histogram->total += value->cells[i].count;
	}
	if ((Pointer) value != DatumGetPointer(datum))
		pfree(value);
}

/* --- text --- */

static void
fail_input(const char *text)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s: \"%s\"", "bingo_tune.histogram", text),
			 errhint("Write what the type's output gives, such as \"sum=69 min=5 max=64 5:1 64:1\".")));
}

/* Reads digits and the character after them; the end of the text does for a space. */
static uint64
read_number(const char **cursor, char follow, const char *text)
{
	char	   *end;
	uint64		number;

	if (**cursor < '0' || **cursor > '9')
		fail_input(text);
	errno = 0;
	number = strtoull(*cursor, &end, 10);
	if (errno != 0 || (*end != follow && !(follow == ' ' && *end == '\0')))
		fail_input(text);
	*cursor = *end == '\0' ? end : end + 1;
	return number;
}

static uint64
read_field(const char **cursor, const char *name, const char *text)
{
	size_t		length = strlen(name);

	if (strncmp(*cursor, name, length) != 0)
		fail_input(text);
	*cursor += length;
	return read_number(cursor, ' ', text);
}

/* A bucket: "lowest value:count"; returns its index, always above "after". */
static int
read_bucket(const char **cursor, int after, BingoHistogram *histogram, const char *text)
{
	int			index;
	uint64		count;

	if (strncmp(*cursor, "overflow:", 9) == 0)
	{
		index = BINGO_HISTOGRAM_OVERFLOW;
		*cursor += 9;
	}
	else
	{
		uint64		lower = read_number(cursor, ':', text);

		index = bingo_histogram_index(lower);
		if (index == BINGO_HISTOGRAM_OVERFLOW || lower != bingo_histogram_lower(index))
			fail_input(text);
	}
	count = read_number(cursor, ' ', text);
	if (index <= after || count == 0 ||
		__builtin_add_overflow(histogram->total, count, &histogram->total))
		fail_input(text);
	histogram->counts[index] = count;
	return index;
}

Datum
bingo_histogram_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	const char *cursor = text;
	BingoHistogram histogram;
	int			first = -1;
	int			last = -1;

	bingo_histogram_init(&histogram);
	histogram.sum = read_field(&cursor, "sum=", text);
	if (*cursor != '\0')
	{
		histogram.min = read_field(&cursor, "min=", text);
		histogram.max = read_field(&cursor, "max=", text);
		do
		{
			last = read_bucket(&cursor, last, &histogram, text);
			if (first < 0)
				first = last;
		} while (*cursor != '\0');
	}
	if (last < 0 ? histogram.sum != 0 :
		(bingo_histogram_index(histogram.min) != first ||
		 bingo_histogram_index(histogram.max) != last || histogram.min > histogram.max))
		fail_input(text);
	PG_RETURN_DATUM(bingo_timing_histogram_datum(&histogram));
}

Datum
bingo_histogram_out(PG_FUNCTION_ARGS)
{
	BingoHistogram histogram;
	StringInfoData text;
	int			i;

	unpack(PG_GETARG_DATUM(0), &histogram);
	initStringInfo(&text);
	appendStringInfo(&text, "sum=" UINT64_FORMAT, histogram.sum);
	if (histogram.total > 0)
		appendStringInfo(&text, " min=" UINT64_FORMAT " max=" UINT64_FORMAT,
						 histogram.min, histogram.max);
	for (i = 0; i < BINGO_HISTOGRAM_BUCKETS; i++)
	{
		if (histogram.counts[i] == 0)
			continue;
		if (i == BINGO_HISTOGRAM_OVERFLOW)
			appendStringInfoString(&text, " overflow");
		else
			appendStringInfo(&text, " " UINT64_FORMAT, bingo_histogram_lower(i));
		appendStringInfo(&text, ":" UINT64_FORMAT, histogram.counts[i]);
	}
	PG_RETURN_CSTRING(text.data);
}

/* --- questions to one histogram --- */

Datum
bingo_histogram_sql_calls(PG_FUNCTION_ARGS)
{
	BingoHistogram histogram;

	unpack(PG_GETARG_DATUM(0), &histogram);
	PG_RETURN_INT64((int64) histogram.total);
}

Datum
bingo_histogram_sql_mean(PG_FUNCTION_ARGS)
{
	BingoHistogram histogram;

	unpack(PG_GETARG_DATUM(0), &histogram);
	if (histogram.total == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(bingo_histogram_mean(&histogram) / MICROSECONDS);
}

Datum
bingo_histogram_sql_quantile(PG_FUNCTION_ARGS)
{
	double		fraction = PG_GETARG_FLOAT8(1);
	BingoHistogram histogram;
	double		value;

	if (!(fraction >= 0.0 && fraction <= 1.0))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("fraction %g is not between 0 and 1", fraction),
				 errhint("For the 99th percentile give 0.99.")));
	unpack(PG_GETARG_DATUM(0), &histogram);
	if (bingo_histogram_quantile(&histogram, fraction, &value) == BINGO_QUANTILE_NONE)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(value / MICROSECONDS);
}

/* Counts the times up to a limit: a bucket belongs to the side its middle is on. */
static uint64
count_within(const BingoHistogram *histogram, double milliseconds)
{
	double		limit = milliseconds * MICROSECONDS;
	uint64		count = 0;
	int			i;

	if (limit >= (double) histogram->max)
		return histogram->total;
	for (i = 0; i < BINGO_HISTOGRAM_FINITE && bingo_histogram_middle(i) <= limit; i++)
		count += histogram->counts[i];
	return count;
}

Datum
bingo_histogram_sql_within(PG_FUNCTION_ARGS)
{
	BingoHistogram histogram;

	unpack(PG_GETARG_DATUM(0), &histogram);
	PG_RETURN_INT64((int64) count_within(&histogram, PG_GETARG_FLOAT8(1)));
}

Datum
bingo_histogram_sql_cumulative(PG_FUNCTION_ARGS)
{
	ArrayType  *bounds = PG_GETARG_ARRAYTYPE_P(1);
	BingoHistogram histogram;
	Datum	   *elements;
	bool	   *nulls;
	int			count;
	int			i;

	unpack(PG_GETARG_DATUM(0), &histogram);
	deconstruct_array(bounds, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
					  &elements, &nulls, &count);
	for (i = 0; i < count; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("a bound of a histogram must not be null"),
					 errhint("Leave the null out of the array.")));
		elements[i] = Int64GetDatum((int64) count_within(&histogram, DatumGetFloat8(elements[i])));
	}
	PG_RETURN_ARRAYTYPE_P(construct_array(elements, count, INT8OID, sizeof(int64),
										  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* --- several histograms --- */

static void
merge_or_fail(BingoHistogram *into, const BingoHistogram *from)
{
	if (!bingo_histogram_merge(into, from))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the merged histogram's counts do not fit in 64 bits"),
				 errhint("Merge fewer histograms.")));
}

Datum
bingo_histogram_sql_merge(PG_FUNCTION_ARGS)
{
	BingoHistogram into;
	BingoHistogram from;

	unpack(PG_GETARG_DATUM(0), &into);
	unpack(PG_GETARG_DATUM(1), &from);
	merge_or_fail(&into, &from);
	PG_RETURN_DATUM(bingo_timing_histogram_datum(&into));
}

Datum
bingo_histogram_sql_difference(PG_FUNCTION_ARGS)
{
	BingoHistogram later;
	BingoHistogram earlier;

	unpack(PG_GETARG_DATUM(0), &later);
	unpack(PG_GETARG_DATUM(1), &earlier);
	if (!bingo_histogram_subtract(&later, &earlier))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the second histogram is not an earlier state of the first one"),
				 errhint("Give the later histogram first; after a reset there is no difference.")));
	PG_RETURN_DATUM(bingo_timing_histogram_datum(&later));
}

/*
 * bingo_tune.require_snapshot(snapshot timing_snapshot[], name text): the snapshot.
 * A subquery on a table without a row gives NULL, and the difference to that would be
 * all that was ever counted.
 */
Datum
bingo_timing_require_snapshot(PG_FUNCTION_ARGS)
{
	bingo_require_argument(fcinfo, 0, PG_ARGISNULL(1) ? "snapshot" : text_to_cstring(PG_GETARG_TEXT_PP(1)), "difference()",
						   "Take both with bingo_tune.snapshot(), the earlier one into a table: CREATE TABLE before AS SELECT bingo_tune.snapshot() AS taken;");
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* The aggregates' state: a flat histogram, made at the first row. */
static BingoHistogram *
aggregate_state(FunctionCallInfo fcinfo)
{
	MemoryContext context;
	BingoHistogram *state;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "called outside an aggregate");
	if (!PG_ARGISNULL(0))
		return (BingoHistogram *) PG_GETARG_POINTER(0);
	state = MemoryContextAlloc(context, sizeof(BingoHistogram));
	bingo_histogram_init(state);
	return state;
}

Datum
bingo_histogram_merge_step(PG_FUNCTION_ARGS)
{
	BingoHistogram *state = aggregate_state(fcinfo);

	if (!PG_ARGISNULL(1))
	{
		BingoHistogram from;

		unpack(PG_GETARG_DATUM(1), &from);
		merge_or_fail(state, &from);
	}
	PG_RETURN_POINTER(state);
}

Datum
bingo_histogram_record_step(PG_FUNCTION_ARGS)
{
	BingoHistogram *state = aggregate_state(fcinfo);

	if (!PG_ARGISNULL(1))
	{
		double		microseconds = PG_GETARG_FLOAT8(1) * MICROSECONDS;

		/* Written so that NaN fails too; 2^62 us are 146,000 years. */
		if (!(microseconds >= 0 && microseconds < 4611686018427387904.0))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("%g milliseconds are no time that a histogram can hold",
							PG_GETARG_FLOAT8(1)),
					 errhint("Leave out negative, infinite and NaN values.")));
		bingo_histogram_record(state, (uint64) (microseconds + 0.5));
	}
	PG_RETURN_POINTER(state);
}

Datum
bingo_histogram_final(PG_FUNCTION_ARGS)
{
	BingoHistogram empty;

	if (!PG_ARGISNULL(0))
		PG_RETURN_DATUM(bingo_timing_histogram_datum((BingoHistogram *) PG_GETARG_POINTER(0)));
	bingo_histogram_init(&empty);
	PG_RETURN_DATUM(bingo_timing_histogram_datum(&empty));
}

/* One row for each bucket that is not empty. */
Datum
bingo_histogram_buckets(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	BingoHistogram histogram;
	int			i;

	unpack(PG_GETARG_DATUM(0), &histogram);
	InitMaterializedSRF(fcinfo, 0);
	for (i = 0; i < BINGO_HISTOGRAM_BUCKETS; i++)
	{
		Datum		values[3];
		bool		nulls[3] = {false};

		if (histogram.counts[i] == 0)
			continue;
		values[0] = Float8GetDatum(bingo_histogram_lower(i) / MICROSECONDS);
		values[1] = Float8GetDatum(bingo_histogram_upper(i) / MICROSECONDS);
		nulls[1] = i == BINGO_HISTOGRAM_OVERFLOW;
		values[2] = Int64GetDatum((int64) histogram.counts[i]);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
