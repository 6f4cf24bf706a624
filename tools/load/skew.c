/*
 * load/skew.c
 *	  The curve and the permutation of load/skew.h, in integers only.
 */
#include "load/skew.h"

#include <assert.h>

#define FRACTION_BITS 16

/* A number in [0, 1) is kept as a multiple of 2^-64. */
static uint64_t
multiply(uint64_t x, uint64_t y)
{
	return (uint64_t) (((unsigned __int128) x * y) >> 64);
}

/* Digit-by-digit square root, rounded down. */
static uint64_t
square_root(uint64_t x)
{
	unsigned __int128 square = (unsigned __int128) x << 64;
	uint64_t	root = 0;

	for (int bit = 63; bit >= 0; bit--)
	{
		uint64_t	candidate = root | (UINT64_C(1) << bit);

		if ((unsigned __int128) candidate * candidate <= square)
			root = candidate;
	}
	return root;
}

/* base ^ (power / 2^FRACTION_BITS), power >= 1: a square root for each fraction bit. */
static uint64_t
raise(uint64_t base, uint64_t power)
{
	uint64_t	result = base;
	uint64_t	root = base;

	for (uint64_t i = 1; i < power >> FRACTION_BITS; i++)
		result = multiply(result, base);
	for (int bit = FRACTION_BITS - 1; bit >= 0; bit--)
	{
		root = square_root(root);
		if (power & (UINT64_C(1) << bit))
			result = multiply(result, root);
	}
	return result;
}

void
bingo_skew_init(BingoSkew *skew, double exponent)
{
	/* One IEEE division and one product, both correctly rounded everywhere. */
	uint64_t	power = (uint64_t) (1.0 / (1.0 - exponent) * (1 << FRACTION_BITS) + 0.5);

	assert(exponent >= 0 && exponent <= BINGO_SKEW_MAX);
	skew->position[0] = 0;
	for (uint64_t k = 1; k < BINGO_SKEW_CELLS; k++)
	{
		uint64_t	base = k << (64 - BINGO_SKEW_CELL_BITS);

		skew->position[k] = power == 1 << FRACTION_BITS ? base : raise(base, power);
	}
	skew->position[BINGO_SKEW_CELLS] = UINT64_MAX;
}

static uint64_t
greatest_common_divisor(uint64_t a, uint64_t b)
{
	while (b != 0)
	{
		uint64_t	rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

void
bingo_scatter_init(BingoScatter *scatter, uint64_t count, uint64_t bits)
{
	/* The golden section keeps the ids of neighbouring ranks far apart (Knuth, TAOCP 3, 6.4). */
	uint64_t	factor = multiply(count, UINT64_C(0x9e3779b97f4a7c15));

	assert(count >= 1 && count <= UINT64_C(1) << 31);
	if (factor == 0)
		factor = 1;
	while (greatest_common_divisor(factor, count) != 1)
		factor++;
	scatter->count = count;
	scatter->factor = factor;
	scatter->offset = bingo_random_below(bits, count);
}
