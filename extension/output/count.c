/*
 * output/count.c
 *	  How many answers and rows went through the row encoder.
 *
 * Two counters in shared memory, added to atomically at the end of an answer;
 * nobody waits for anybody.  A library that is not in shared_preload_libraries
 * has no shared memory: then they count for the own session.  A restart or a
 * crash begins at zero.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "port/atomics.h"

#include "base/compat.h"
#include "base/shared.h"
#include "output/count.h"

typedef struct OutputCounters
{
	pg_atomic_uint64 answers;
	pg_atomic_uint64 rows;
} OutputCounters;

static OutputCounters *counters = NULL;

PG_FUNCTION_INFO_V1(bingo_output_statistics);

static void
start_counters(void *piece)
{
	OutputCounters *starting = piece;

	pg_atomic_init_u64(&starting->answers, 0);
	pg_atomic_init_u64(&starting->rows, 0);
}

void
bingo_output_count_init(void)
{
	static OutputCounters own_session;

	if (process_shared_preload_libraries_in_progress)
		bingo_shared_add("bingo_tune output", sizeof(OutputCounters), (void **) &counters, start_counters);
	else
	{
		pg_atomic_init_u64(&own_session.answers, 0);
		pg_atomic_init_u64(&own_session.rows, 0);
		counters = &own_session;
	}
}

void
bingo_output_count_add(uint64 rows)
{
	pg_atomic_fetch_add_u64(&counters->answers, 1);
	pg_atomic_fetch_add_u64(&counters->rows, (int64) rows);
}

/* bingo_tune.output_statistics(OUT answers bigint, OUT rows bigint) */
Datum
bingo_output_statistics(PG_FUNCTION_ARGS)
{
	TupleDesc	descriptor;
	Datum		values[2];
	bool		nulls[2] = {false, false};

	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[0] = Int64GetDatum((int64) pg_atomic_read_u64(&counters->answers));
	values[1] = Int64GetDatum((int64) pg_atomic_read_u64(&counters->rows));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(descriptor, values, nulls)));
}
