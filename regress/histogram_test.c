/*
 * histogram_test.c
 *	  Exhaustive test of base/histogram.h: prints one line a failed check, exits 1 if any.
 *
 * Seen to fail with: a shift one too small in bingo_histogram_lower(), SUB_BITS
 * 4 (error bound), the rank rounded down, min and max forgotten in merge.
 */
#include "base/histogram.h"

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition) \
	do { \
		if (!(condition) && failures++ < 20) \
			printf("line %d: %s\n", __LINE__, #condition); \
	} while (0)

#define VALUES 20011

static int	failures;
static uint64_t values[VALUES];
static BingoHistogram a, b, both, before;

/* xorshift64*: the same numbers on every machine. */
static uint64_t
next_random(void)
{
	static uint64_t state = 88172645463325252ULL;

	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 2685821657736338717ULL;
}

static int
compare_values(const void *left, const void *right)
{
	uint64_t	l = *(const uint64_t *) left;
	uint64_t	r = *(const uint64_t *) right;

	return (l > r) - (l < r);
}

/* The bucket of a value holds it, and its middle is near enough. */
static void
check_value(uint64_t value)
{
	int			index = bingo_histogram_index(value);
	double		middle;

	CHECK(index >= 0 && index <= BINGO_HISTOGRAM_OVERFLOW);
	CHECK(bingo_histogram_lower(index) <= value && value <= bingo_histogram_upper(index));
	if (index == BINGO_HISTOGRAM_OVERFLOW)
		return;
	middle = bingo_histogram_middle(index);
	CHECK((middle > value ? middle - value : value - middle) * 64 <= value);
}

static void
check_buckets(void)
{
	int			i;
	uint64_t	value;

	CHECK(bingo_histogram_lower(0) == 0);
	CHECK(bingo_histogram_upper(BINGO_HISTOGRAM_FINITE - 1) == (UINT64_C(1) << 36) - 1);
	CHECK(bingo_histogram_lower(BINGO_HISTOGRAM_OVERFLOW) == UINT64_C(1) << 36);
	CHECK(bingo_histogram_upper(BINGO_HISTOGRAM_OVERFLOW) == UINT64_MAX);
	for (i = 0; i < BINGO_HISTOGRAM_BUCKETS; i++)
	{
		CHECK(bingo_histogram_index(bingo_histogram_lower(i)) == i);
		CHECK(bingo_histogram_index(bingo_histogram_upper(i)) == i);
		if (i < BINGO_HISTOGRAM_OVERFLOW)
			CHECK(bingo_histogram_upper(i) + 1 == bingo_histogram_lower(i + 1));
		if (i < 64)
			CHECK(bingo_histogram_lower(i) == bingo_histogram_upper(i));
	}
	for (value = 0; value < 1 << 21; value++)
		check_value(value);
	for (i = 0; i < 1 << 20; i++)
		check_value(next_random() >> (next_random() & 63));
	for (i = 0; i < 64; i++)
	{
		check_value(UINT64_C(1) << i);
		check_value((UINT64_C(1) << i) - 1);
	}
}

/* Quantiles against the sorted values themselves. */
static void
check_quantiles(void)
{
	static const double fractions[] = {0, 0.001, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1};
	double		value;
	int			i;

	bingo_histogram_init(&a);
	CHECK(bingo_histogram_quantile(&a, 0.5, &value) == BINGO_QUANTILE_NONE);
	for (i = 0; i < VALUES; i++)
	{
		values[i] = next_random() >> (29 + next_random() % 30);
		bingo_histogram_record(&a, values[i]);
	}
	qsort(values, VALUES, sizeof(uint64_t), compare_values);
	CHECK(a.total == VALUES && a.min == values[0] && a.max == values[VALUES - 1]);
	for (i = 0; i < (int) (sizeof(fractions) / sizeof(fractions[0])); i++)
	{
		int			rank = (int) (fractions[i] * VALUES);
		double		exact;

		if (rank < fractions[i] * VALUES || rank == 0)
			rank++;
		exact = (double) values[rank - 1];
		CHECK(bingo_histogram_quantile(&a, fractions[i], &value) == BINGO_QUANTILE_FOUND);
		CHECK((value > exact ? value - exact : exact - value) * 64 <= exact);
	}
	CHECK(bingo_histogram_quantile(&a, 1, &value) && value == (double) values[VALUES - 1]);
	CHECK(bingo_histogram_quantile(&a, -0.1, &value) == BINGO_QUANTILE_NONE);
	CHECK(bingo_histogram_quantile(&a, 1.1, &value) == BINGO_QUANTILE_NONE);
	CHECK(bingo_histogram_quantile(&a, __builtin_nan(""), &value) == BINGO_QUANTILE_NONE);

	/* 0.07 * 100 > 7 in binary: the 7th of 1 .. 100, not the 8th; so for every percent. */
	bingo_histogram_init(&b);
	for (i = 1; i <= 100; i++)
		bingo_histogram_record(&b, i % 50);
	for (i = 1; i <= 100; i++)
		CHECK(bingo_histogram_quantile(&b, i / 100.0, &value) == BINGO_QUANTILE_FOUND &&
			  value == (i - 1) / 2);	/* NOLINT(bugprone-integer-division): whole on purpose */

	/* Beyond the finite buckets only a limit is known. */
	bingo_histogram_record(&b, UINT64_C(1) << 40);
	bingo_histogram_record(&b, UINT64_C(1) << 41);
	CHECK(bingo_histogram_quantile(&b, 0.99, &value) == BINGO_QUANTILE_OVERFLOW && value == (double) (UINT64_C(1) << 41));
	CHECK(bingo_histogram_quantile(&b, 1, &value) == BINGO_QUANTILE_OVERFLOW);
	CHECK(bingo_histogram_quantile(&b, 0.98, &value) == BINGO_QUANTILE_FOUND);
}

static int
equal(const BingoHistogram *left, const BingoHistogram *right)
{
	int			i;

	for (i = 0; i < BINGO_HISTOGRAM_BUCKETS; i++)
	{
		if (left->counts[i] != right->counts[i])
			return 0;
	}
	return left->total == right->total && left->sum == right->sum &&
		left->min == right->min && left->max == right->max;
}

static void
check_merge(void)
{
	int			i;

	bingo_histogram_init(&a);
	bingo_histogram_init(&b);
	bingo_histogram_init(&both);
	CHECK(bingo_histogram_merge(&a, &b) && equal(&a, &both));
	for (i = 0; i < VALUES; i++)
	{
		uint64_t	value = next_random() >> (next_random() & 63);

		value >>= 16;			/* the sum must fit */
		bingo_histogram_record(next_random() & 1 ? &a : &b, value);
		bingo_histogram_record(&both, value);
	}
	before = b;
	CHECK(bingo_histogram_merge(&b, &a) && equal(&b, &both));

	/* What was added since is what subtracting leaves, but for the extremes. */
	CHECK(bingo_histogram_subtract(&b, &before));
	CHECK(b.total == a.total && b.sum == a.sum);
	for (i = 0; i < BINGO_HISTOGRAM_BUCKETS; i++)
		CHECK(b.counts[i] == a.counts[i]);
	CHECK(bingo_histogram_index(b.min) == bingo_histogram_index(a.min));
	CHECK(bingo_histogram_index(b.max) == bingo_histogram_index(a.max));
	CHECK(bingo_histogram_subtract(&a, &both) == 0);

	bingo_histogram_init(&a);
	bingo_histogram_record(&a, 9);
	bingo_histogram_init(&b);
	bingo_histogram_record(&b, 5);
	before = a;
	CHECK(bingo_histogram_merge(&a, &b) && a.min == 5 && a.max == 9);
	CHECK(bingo_histogram_merge(&b, &before) && b.min == 5 && b.max == 9);

	/* Too big to add: reported, nothing changed. */
	bingo_histogram_init(&a);
	bingo_histogram_record(&a, 5);
	a.total = a.counts[5] = UINT64_MAX;
	before = a;
	bingo_histogram_init(&b);
	bingo_histogram_record(&b, 5);
	CHECK(bingo_histogram_merge(&a, &b) == 0 && equal(&a, &before));
}

int
main(void)
{
	check_buckets();
	check_quantiles();
	check_merge();
	printf("%d failed\n", failures);
	return failures != 0;
}
