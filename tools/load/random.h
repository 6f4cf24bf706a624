/*
 * load/random.h
 *	  Random numbers that depend on (seed, table, row, field) alone.
 *
 * A counter-based generator: there is no state to carry from row to row, so
 * any thread can make any row at any time and gets the same one.  It is
 * SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
 * generators", OOPSLA 2014) read at a chosen position instead of in sequence;
 * the mixing constants are David Stafford's variant 13, as in that generator's
 * public-domain reference.  Only integers, so every machine agrees.
 */
#ifndef BINGO_LOAD_RANDOM_H
#define BINGO_LOAD_RANDOM_H

#include <stdint.h>

/* Independent numbers that one row can ask for. */
#define BINGO_RANDOM_FIELDS 16

static inline uint64_t
bingo_random_mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* The stream of one table: what a seed and a table's number become. */
static inline uint64_t
bingo_random_stream(uint64_t seed, uint64_t table)
{
	return bingo_random_mix(bingo_random_mix(seed + UINT64_C(0x9e3779b97f4a7c15)) + table);
}

/* 64 uniform bits for a field of a row. */
static inline uint64_t
bingo_random_bits(uint64_t stream, uint64_t row, unsigned field)
{
	uint64_t	position = row * BINGO_RANDOM_FIELDS + field + 1;

	return bingo_random_mix(stream + position * UINT64_C(0x9e3779b97f4a7c15));
}

/* Uniform bits to a number in [0, limit): Lemire's multiply-shift. */
static inline uint64_t
bingo_random_below(uint64_t bits, uint64_t limit)
{
	return (uint64_t) (((unsigned __int128) bits * limit) >> 64);
}

#endif							/* BINGO_LOAD_RANDOM_H */
