/*
 * bench/schedule.h
 *	  When calls fall due in an open loop.
 *
 * A schedule is a list of stretches, each with its rate, so the number of
 * calls due until a time is a growing curve L(t).  Arrivals are the times
 * where L reaches 1, 2, 3, ... (constant), or where it has grown by
 * exponentially distributed steps of mean 1 (Poisson; Lewis and Shedler,
 * "Simulation of nonhomogeneous Poisson processes by thinning", 1979, section
 * on time-scale transformation).  They depend on nothing the server does.
 */
#ifndef BINGO_BENCH_SCHEDULE_H
#define BINGO_BENCH_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/random.h"

#define BENCH_MAX_STRETCHES 64

typedef struct BenchSchedule
{
	int			n;
	double		rates[BENCH_MAX_STRETCHES]; /* calls/s */
	double		seconds[BENCH_MAX_STRETCHES];
} BenchSchedule;

/* One stream of arrivals: a fixed share of the schedule's calls. */
typedef struct BenchArrivals
{
	const BenchSchedule *schedule;
	double		share;			/* 0 .. 1 */
	bool		poisson;
	BenchRandom random;
	double		reached;		/* L at the present arrival, of the share */
	int64_t		due;			/* ns after the schedule's start; -1: no more */
} BenchArrivals;

/* Reads "RATE:SECONDS,RATE:SECONDS,..."; false if it is none. */
extern bool bench_schedule_read(BenchSchedule *schedule, const char *text);

extern double bench_schedule_seconds(const BenchSchedule *schedule);

/* Starts a stream; offset (0 .. 1) staggers streams with constant arrivals. */
extern void bench_arrivals_start(BenchArrivals *arrivals, const BenchSchedule *schedule, double share, bool poisson,
								 double offset, BenchRandom random);

/* Moves on to the next arrival. */
extern void bench_arrivals_next(BenchArrivals *arrivals);

#endif							/* BINGO_BENCH_SCHEDULE_H */
