/*
 * base/histogram.h
 *	  The latency histogram that the server and the client tools share.
 *
 * Shared so that both report the same percentiles by construction: static
 * inline functions over plain structs, <stdint.h> only, no dynamic memory, no
 * floating bucket bounds.
 *
 * A time is a whole number of microseconds.  The idea is HdrHistogram's (Gil
 * Tene, http://hdrhistogram.org): groups that double in size, each cut into
 * the same number of equally wide buckets.  With 32 buckets a group:
 *
 *		0 .. 63 us				each value has its own bucket (exact)
 *		2^e .. 2^(e+1)-1 us		32 buckets, each 2^(e-5) us wide, for e = 6 .. 35
 *		2^36 us (19 h) and up	the overflow bucket, the last one
 *
 *		shift = max(0, floor(log2(value)) - 5)
 *		index = shift * 32 + (value >> shift)
 *
 * so index and bounds follow from each other by shifts alone and the indexes
 * are consecutive.
 *
 * Which error: a finite bucket is at most 1/32 = 3.125 % as wide as its lowest
 * value, and its middle stands for its values, so a reported time differs from
 * the recorded one by less than 1/64 = 1.57 % of the recorded one.  (Rounding
 * the clock to whole microseconds comes before that and is the caller's.)
 *
 * Invariants: total is the sum of counts; min <= max are the exact extremes of
 * what was recorded when total > 0, else min is UINT64_MAX and max is 0.
 * Counts are 64 bits wide: recording cannot overflow one in practice, and
 * adding histograms, whose counts may come from anywhere, reports it.
 */
#ifndef BINGO_HISTOGRAM_H
#define BINGO_HISTOGRAM_H

#include <stdint.h>

#define BINGO_HISTOGRAM_SUB_BITS	5	/* log2 of the buckets a group */
#define BINGO_HISTOGRAM_VALUE_BITS	36	/* finite buckets hold values below 2^this */

/* Buckets with two bounds, and the index of the one without an upper bound. */
#define BINGO_HISTOGRAM_FINITE \
	((BINGO_HISTOGRAM_VALUE_BITS - BINGO_HISTOGRAM_SUB_BITS + 1) << BINGO_HISTOGRAM_SUB_BITS)
#define BINGO_HISTOGRAM_OVERFLOW	BINGO_HISTOGRAM_FINITE
#define BINGO_HISTOGRAM_BUCKETS		(BINGO_HISTOGRAM_FINITE + 1)

typedef struct BingoHistogram
{
	uint64_t	total;			/* values recorded */
	uint64_t	sum;			/* of the values, microseconds */
	uint64_t	min;
	uint64_t	max;
	uint64_t	counts[BINGO_HISTOGRAM_BUCKETS];
} BingoHistogram;

/* What bingo_histogram_quantile() found. */
typedef enum BingoQuantile
{
	BINGO_QUANTILE_NONE = 0,	/* empty histogram, or fraction outside 0 .. 1 */
	BINGO_QUANTILE_FOUND,		/* within the error stated above */
	BINGO_QUANTILE_OVERFLOW		/* in the overflow bucket: the value is max, an upper limit */
} BingoQuantile;

/* The bucket that a time belongs to. */
static inline int
bingo_histogram_index(uint64_t value)
{
	int			shift;

	if (value >> BINGO_HISTOGRAM_VALUE_BITS)
		return BINGO_HISTOGRAM_OVERFLOW;
	/* "| 1" because the number of leading zeros of 0 is undefined */
	shift = 63 - BINGO_HISTOGRAM_SUB_BITS - __builtin_clzll(value | 1);
	if (shift < 0)
		shift = 0;
	return (shift << BINGO_HISTOGRAM_SUB_BITS) + (int) (value >> shift);
}

/* The lowest time in a bucket. */
static inline uint64_t
bingo_histogram_lower(int index)
{
	int			shift = (index >> BINGO_HISTOGRAM_SUB_BITS) - 1;

	if (shift <= 0)
		return (uint64_t) index;
	return ((uint64_t) (index - (shift << BINGO_HISTOGRAM_SUB_BITS))) << shift;
}

/* The highest time in a bucket; UINT64_MAX for the overflow bucket. */
static inline uint64_t
bingo_histogram_upper(int index)
{
	if (index >= BINGO_HISTOGRAM_OVERFLOW)
		return UINT64_MAX;
	return bingo_histogram_lower(index + 1) - 1;
}

/* The middle of a finite bucket, which stands for all its times. */
static inline double
bingo_histogram_middle(int index)
{
	return ((double) bingo_histogram_lower(index) + (double) bingo_histogram_upper(index)) / 2.0;
}

static inline void
bingo_histogram_init(BingoHistogram *histogram)
{
	int			i;

	histogram->total = 0;
	histogram->sum = 0;
	histogram->min = UINT64_MAX;
	histogram->max = 0;
	for (i = 0; i < BINGO_HISTOGRAM_BUCKETS; i++)
		histogram->counts[i] = 0;
}

/* Records one time. */
static inline void
bingo_histogram_record(BingoHistogram *histogram, uint64_t value)
{
	histogram->counts[bingo_histogram_index(value)]++;
	histogram->total++;
	histogram->sum += value;
	if (value < histogram->min)
		histogram->min = value;
	if (value > histogram->max)
		histogram->max = value;
}

/*
 * Adds one histogram to another: exactly what recording the values of both into
 * one would have given.  Returns 0 (with "into" unchanged) if the total or the
 * sum would not fit in 64 bits, else 1.  No single count can overflow when the
 * total does not.
 */
static inline int
bingo_histogram_merge(BingoHistogram *into, const BingoHistogram *from)
{
	uint64_t	total;
	uint64_t	sum;
	int			i;

	if (__builtin_add_overflow(into->total, from->total, &total) ||
		__builtin_add_overflow(into->sum, from->sum, &sum))
		return 0;
	into->total = total;
	into->sum = sum;
	if (from->min < into->min)
		into->min = from->min;
	if (from->max > into->max)
		into->max = from->max;
	for (i = 0; i < BINGO_HISTOGRAM_BUCKETS; i++)
		into->counts[i] += from->counts[i];
	return 1;
}

/*
 * Takes an earlier state of a histogram away from a later one, which leaves
 * what was recorded in between.  Returns 0 (with "later" unchanged) if
 * "earlier" is not an earlier state of it, for example because of a reset in
 * between.
 *
 * The extremes of the difference are not known: they become the middles of its
 * outermost buckets, within what "later" has seen.
 */
static inline int
bingo_histogram_subtract(BingoHistogram *later, const BingoHistogram *earlier)
{
	uint64_t	min = UINT64_MAX;
	uint64_t	max = 0;
	int			i;

	if (later->total < earlier->total || later->sum < earlier->sum)
		return 0;
	for (i = 0; i < BINGO_HISTOGRAM_BUCKETS; i++)
	{
		if (later->counts[i] < earlier->counts[i])
			return 0;
	}
	for (i = 0; i < BINGO_HISTOGRAM_BUCKETS; i++)
	{
		uint64_t	middle = i == BINGO_HISTOGRAM_OVERFLOW ? later->max : (uint64_t) bingo_histogram_middle(i);

		later->counts[i] -= earlier->counts[i];
		if (later->counts[i] == 0)
			continue;
		if (min == UINT64_MAX)
			min = middle < later->min ? later->min : middle;
		max = middle > later->max ? later->max : middle;
	}
	later->total -= earlier->total;
	later->sum -= earlier->sum;
	later->min = min;
	later->max = max;
	return 1;
}

/*
 * The time, in microseconds, that a fraction of the recorded times does not
 * exceed: nearest rank, as percentile_disc() defines it.  The rank is the
 * smallest r with r / total >= fraction (at least 1); the answer is the time of
 * that rank in ascending order: min and max for the first and the last rank,
 * else the middle of its bucket, kept within min and max.  Nothing is
 * interpolated.
 */
static inline BingoQuantile
bingo_histogram_quantile(const BingoHistogram *histogram, double fraction, double *value)
{
	uint64_t	total = histogram->total;
	uint64_t	rank;
	uint64_t	seen = 0;
	int			i;

	/* Written so that NaN fails too. */
	if (total == 0 || !(fraction >= 0.0 && fraction <= 1.0))
		return BINGO_QUANTILE_NONE;

	/*
	 * The product is rounded (0.07 * 100 > 7), so its whole part is only the
	 * start; the quotient decides, which rounds as the fraction itself did.
	 */
	rank = fraction >= 1.0 ? total : (uint64_t) (fraction * (double) total);
	while (rank < 1 || (rank < total && (double) rank / (double) total < fraction))
		rank++;

	if (rank == total)
	{
		*value = (double) histogram->max;
		return histogram->counts[BINGO_HISTOGRAM_OVERFLOW] ?
			BINGO_QUANTILE_OVERFLOW : BINGO_QUANTILE_FOUND;
	}
	if (rank == 1)
	{
		*value = (double) histogram->min;
		return bingo_histogram_index(histogram->min) == BINGO_HISTOGRAM_OVERFLOW ?
			BINGO_QUANTILE_OVERFLOW : BINGO_QUANTILE_FOUND;
	}
	for (i = 0; i < BINGO_HISTOGRAM_FINITE; i++)
	{
		seen += histogram->counts[i];
		if (seen < rank)
			continue;
		*value = bingo_histogram_middle(i);
		if (*value < (double) histogram->min)
			*value = (double) histogram->min;
		if (*value > (double) histogram->max)
			*value = (double) histogram->max;
		return BINGO_QUANTILE_FOUND;
	}
	*value = (double) histogram->max;
	return BINGO_QUANTILE_OVERFLOW;
}

/* The mean time in microseconds, 0 when nothing was recorded. */
static inline double
bingo_histogram_mean(const BingoHistogram *histogram)
{
	return histogram->total ? (double) histogram->sum / (double) histogram->total : 0.0;
}

#endif							/* BINGO_HISTOGRAM_H */
