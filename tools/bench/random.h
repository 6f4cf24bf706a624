/*
 * bench/random.h
 *	  A small seeded generator, so that a run's draws can be repeated.
 *
 * splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number
 * generators", OOPSLA 2014.  One state belongs to one thread.
 */
#ifndef BINGO_BENCH_RANDOM_H
#define BINGO_BENCH_RANDOM_H

#include <stdint.h>

typedef struct BenchRandom
{
	uint64_t	state;
} BenchRandom;

static inline uint64_t
bench_random_next(BenchRandom *random)
{
	uint64_t	z = (random->state += UINT64_C(0x9E3779B97F4A7C15));

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

/* Uniform in (0, 1): never 0, so that its logarithm exists, and never 1. */
static inline double
bench_random_fraction(BenchRandom *random)
{
	return ((bench_random_next(random) >> 12) + 0.5) * (1.0 / 4503599627370496.0);
}

#endif							/* BINGO_BENCH_RANDOM_H */
