/*
 * bench/clock.h
 *	  The monotonic clock that all latencies are taken from, in nanoseconds.
 */
#ifndef BINGO_BENCH_CLOCK_H
#define BINGO_BENCH_CLOCK_H

#include <stdint.h>
#include <time.h>

#define BENCH_NS_PER_SECOND INT64_C(1000000000)

static inline int64_t
bench_clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * BENCH_NS_PER_SECOND + now.tv_nsec;
}

#endif							/* BINGO_BENCH_CLOCK_H */
