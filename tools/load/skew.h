/*
 * load/skew.h
 *	  Which of n things is picked, when some are more popular than others.
 *
 * The popularity of the thing at rank r (0 = most popular) falls as a power
 * law, r to the power of -skew.  With the ranks taken as continuous, the share
 * of all picks that goes to the most popular part x (0..1) of the things is
 *
 *		share(x) = x ^ (1 - skew)
 *
 * so its inverse, u ^ (1 / (1 - skew)), turns a uniform u into a position (the
 * inversion method; Devroye, "Non-Uniform Random Variate Generation", ch. II).
 * skew = 0 is uniform; with 0.5 the top 1 % get 10 % of the picks.
 *
 * Ranks are then scattered over the ids by a permutation, so that popular ids
 * are not neighbours and popularity has nothing to do with any other column.
 *
 * pow() may differ in its last bit from one C library to the next, and the data
 * must not: the curve is a table made with integers only (fixed point, products
 * and square roots), with straight lines between its points.
 */
#ifndef BINGO_LOAD_SKEW_H
#define BINGO_LOAD_SKEW_H

#include <stdint.h>

#include "load/random.h"

#define BINGO_SKEW_MAX 0.95
#define BINGO_SKEW_CELL_BITS 12
#define BINGO_SKEW_CELLS (1 << BINGO_SKEW_CELL_BITS)

/* position[k] = (k / CELLS) ^ (1 / (1 - skew)), in units of 2^-64. */
typedef struct BingoSkew
{
	uint64_t	position[BINGO_SKEW_CELLS + 1];
} BingoSkew;

/* rank -> 1 + (rank * factor + offset) mod count: a permutation of 1..count. */
typedef struct BingoScatter
{
	uint64_t	count;
	uint64_t	factor;
	uint64_t	offset;
} BingoScatter;

extern void bingo_skew_init(BingoSkew *skew, double exponent);

/* count is at most 2^31; which permutation it is depends on bits. */
extern void bingo_scatter_init(BingoScatter *scatter, uint64_t count, uint64_t bits);

/* Uniform bits to an id in 1..count. */
static inline uint64_t
bingo_skew_pick(const BingoSkew *skew, const BingoScatter *scatter, uint64_t bits)
{
	unsigned	cell = bits >> (64 - BINGO_SKEW_CELL_BITS);
	uint64_t	low = skew->position[cell];
	uint64_t	width = skew->position[cell + 1] - low;
	uint64_t	position = low + bingo_random_below(bits << BINGO_SKEW_CELL_BITS, width);
	uint64_t	rank = bingo_random_below(position, scatter->count);

	return 1 + (rank * scatter->factor + scatter->offset) % scatter->count;
}

#endif							/* BINGO_LOAD_SKEW_H */
