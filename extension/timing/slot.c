/*
 * timing/slot.c
 *	  One slot of the timing store: what a query's calls add to, and what is read
 *	  from it.
 *
 * Protocol: timing/store.c finds slots and locks them.  Who holds the key's
 * partition lock, shared or exclusive, may add and read: only atomics are
 * touched, so any number of backends do both at once, and nobody waits.  A slot
 * is set up by the one that holds that lock exclusively.  (Eviction reads without
 * it: timing/store.c says why that is enough.)
 *
 * A call is added in an order that lets readers without a lock of their own make
 * sense of a half-added one: min and max first, the bucket's count last.  So
 * whatever call is counted lies between min and max, and no bucket above max's
 * has counts.
 *
 * No memory is allocated, no error thrown: calls are added while statements fail.
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "timing/timing.h"

void
bingo_timing_slot_init(BingoTimingSlot *slot, const BingoTimingKey *key)
{
	int			i;

	slot->key = *key;
	slot->usage = 0;
	slot->usage_calls = 0;
	slot->since = GetCurrentTimestamp();
	slot->action[0] = '\0';
	pg_atomic_init_u64(&slot->sum, 0);
	pg_atomic_init_u64(&slot->min, PG_UINT64_MAX);
	pg_atomic_init_u64(&slot->max, 0);
	pg_atomic_init_u64(&slot->rows, 0);
	pg_atomic_init_u64(&slot->first_row_calls, 0);
	pg_atomic_init_u64(&slot->first_row_sum, 0);
	pg_atomic_init_u64(&slot->first_row_max, 0);
	for (i = 0; i < BINGO_ERROR_CLASSES; i++)
		pg_atomic_init_u64(&slot->errors[i], 0);
	for (i = 0; i < BINGO_RECENT_CELLS; i++)
		pg_atomic_init_u64(&slot->recent[i], 0);
	for (i = 0; i < BINGO_HISTOGRAM_BUCKETS; i++)
		pg_atomic_init_u64(&slot->counts[i], 0);
	bingo_examples_init(&slot->examples);
}

static void
raise_to(pg_atomic_uint64 *variable, uint64 value)
{
	uint64		current = pg_atomic_read_u64(variable);

	while (current < value && !pg_atomic_compare_exchange_u64(variable, &current, value))
		;
}

static void
lower_to(pg_atomic_uint64 *variable, uint64 value)
{
	uint64		current = pg_atomic_read_u64(variable);

	while (current > value && !pg_atomic_compare_exchange_u64(variable, &current, value))
		;
}

/* Counts one call in the cell of the interval that it ended in. */
static void
count_recent(BingoTimingSlot *slot, instr_time ended)
{
	uint32		interval = (uint32) (INSTR_TIME_GET_DOUBLE(ended) / BINGO_RECENT_SECONDS);
	pg_atomic_uint64 *cell = &slot->recent[interval % BINGO_RECENT_CELLS];
	uint64		current = pg_atomic_read_u64(cell);
	uint64		next;

	do
	{
		/* A backend that was late finds a newer interval: count it there. */
		if ((int32) (interval - (uint32) (current >> 32)) > 0)
			next = ((uint64) interval << 32) + 1;
		else
			next = current + 1;
	} while (!pg_atomic_compare_exchange_u64(cell, &current, next));
}

void
bingo_timing_slot_add(BingoTimingSlot *slot, const BingoTimingSample *sample)
{
	lower_to(&slot->min, sample->elapsed);
	raise_to(&slot->max, sample->elapsed);
	pg_atomic_fetch_add_u64(&slot->sum, sample->elapsed);
	if (sample->rows > 0)
		pg_atomic_fetch_add_u64(&slot->rows, sample->rows);
	if (sample->gave_row)
	{
		pg_atomic_fetch_add_u64(&slot->first_row_calls, 1);
		pg_atomic_fetch_add_u64(&slot->first_row_sum, sample->first_row);
		raise_to(&slot->first_row_max, sample->first_row);
	}
	if (sample->error != BINGO_ERROR_NONE)
		pg_atomic_fetch_add_u64(&slot->errors[sample->error], 1);
	count_recent(slot, sample->ended);
	pg_atomic_fetch_add_u64(&slot->counts[bingo_histogram_index(sample->elapsed)], 1);
}

/* All calls; buckets above max's are empty. */
uint64
bingo_timing_slot_calls(const BingoTimingSlot *slot)
{
	uint64		calls = 0;
	int			last = bingo_histogram_index(pg_atomic_read_u64((pg_atomic_uint64 *) &slot->max));
	int			i;

	for (i = 0; i <= last; i++)
		calls += pg_atomic_read_u64((pg_atomic_uint64 *) &slot->counts[i]);
	return calls;
}

/* The number of the latest interval in which a call ended. */
uint32
bingo_timing_slot_last_interval(const BingoTimingSlot *slot)
{
	uint32		last = 0;
	int			i;

	for (i = 0; i < BINGO_RECENT_CELLS; i++)
		last = Max(last, (uint32) (pg_atomic_read_u64((pg_atomic_uint64 *) &slot->recent[i]) >> 32));
	return last;
}

/*
 * Copies a slot's histogram.  Calls that are being added may be missing in part:
 * total is what the counts say, and min and max include every counted time.
 */
void
bingo_timing_read_slot(const BingoTimingSlot *slot, BingoHistogram *histogram)
{
	BingoTimingSlot *readable = (BingoTimingSlot *) slot;
	int			i;
	int			last;

	/*
	 * Buckets above max's can only fill after max was raised, so reading up to
	 * it loses nothing that was complete when we started.
	 */
	last = bingo_histogram_index(pg_atomic_read_u64(&readable->max));
	histogram->total = 0;
	for (i = 0; i <= last; i++)
	{
		histogram->counts[i] = pg_atomic_read_u64(&readable->counts[i]);
		histogram->total += histogram->counts[i];
	}
	for (; i < BINGO_HISTOGRAM_BUCKETS; i++)
		histogram->counts[i] = 0;
	pg_read_barrier();
	histogram->sum = pg_atomic_read_u64(&readable->sum);
	histogram->min = pg_atomic_read_u64(&readable->min);
	histogram->max = pg_atomic_read_u64(&readable->max);
}

/* Calls of the last minute, and how many seconds that was (60 to 65). */
uint64
bingo_timing_recent_calls(const BingoTimingSlot *slot, double *seconds)
{
	instr_time	now;
	double		intervals;
	uint32		newest;
	uint64		calls = 0;
	int			i;

	INSTR_TIME_SET_CURRENT(now);
	intervals = INSTR_TIME_GET_DOUBLE(now) / BINGO_RECENT_SECONDS;
	newest = (uint32) intervals;
	for (i = 0; i < BINGO_RECENT_CELLS; i++)
	{
		uint64		cell = pg_atomic_read_u64((pg_atomic_uint64 *) &slot->recent[i]);

		if (newest - (uint32) (cell >> 32) < BINGO_RECENT_CELLS)
			calls += (uint32) cell;
	}
	*seconds = (BINGO_RECENT_CELLS - 1 + intervals - newest) * BINGO_RECENT_SECONDS;
	return calls;
}
