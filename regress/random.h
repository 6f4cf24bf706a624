/*
 * random.h
 *	  What the random drivers share: repeatable numbers, the time, and answers
 *	  compared byte by byte.
 */
#ifndef REGRESS_RANDOM_H
#define REGRESS_RANDOM_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/time.h>

/* Seconds since 1970. */
static inline double
random_now(void)
{
	struct timeval t;

	gettimeofday(&t, NULL);
	return t.tv_sec + t.tv_usec / 1e6;
}

/* xorshift64*: George Marsaglia, "Xorshift RNGs", 2003; multiplier by Sebastiano Vigna. */
static inline uint32_t
random_draw(uint64_t *state, uint32_t n)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (uint32_t) ((*state * 2685821657736338717ULL) >> 33) % n;
}

/* Numbers that have nothing to do with those of another seed or stream. */
static inline uint64_t
random_start(uint64_t seed, uint64_t stream)
{
	uint64_t	state = (seed + 1) * 0x9E3779B97F4A7C15ULL + stream * 0xD1B54A32D192ED03ULL + 1;

	for (int i = 0; i < 10; i++)
		random_draw(&state, 2);
	return state;
}

static inline bool
random_same_row(const PGresult *a, int row_a, const PGresult *b, int row_b)
{
	for (int column = 0; column < PQnfields(a); column++)
	{
		if (PQgetisnull(a, row_a, column) != PQgetisnull(b, row_b, column) ||
			PQgetlength(a, row_a, column) != PQgetlength(b, row_b, column) ||
			memcmp(PQgetvalue(a, row_a, column), PQgetvalue(b, row_b, column),
				   PQgetlength(a, row_a, column)) != 0)
			return false;
	}
	return true;
}

/* The same rows in the same order. */
static inline bool
random_same_result(const PGresult *a, const PGresult *b)
{
	if (PQntuples(a) != PQntuples(b) || PQnfields(a) != PQnfields(b))
		return false;
	for (int row = 0; row < PQntuples(a); row++)
		if (!random_same_row(a, row, b, row))
			return false;
	return true;
}

#endif							/* REGRESS_RANDOM_H */
