/*
 * bench/stats.h
 *	  What a load run counts: by endpoint, by host, and the driver's own error.
 *
 * The same struct serves a worker's present interval, the run's total and a
 * batch.  Its size depends on the number of endpoints only, never on the
 * length of a run.
 *
 * calls = answered + errors.  The latency histogram holds the answered calls
 * and those given up after --timeout, at the time when they were given up;
 * other errors are counted only: their time is no service time.
 */
#ifndef BINGO_BENCH_STATS_H
#define BINGO_BENCH_STATS_H

#include <stdint.h>

#include "bench/mix.h"
#include "base/histogram.h"

#define BENCH_MAX_STATES 16		/* different SQLSTATEs kept for an endpoint */
#define BENCH_MAX_HOSTS 16
#define BENCH_STATE_SIZE 8
#define BENCH_HOST_SIZE 128

/* In the place of an SQLSTATE: given up after --timeout. */
#define BENCH_STATE_TIMEOUT "timeout"

typedef struct BenchErrorCount
{
	char		state[BENCH_STATE_SIZE];	/* the last entry may be "other" */
	uint64_t	count;
} BenchErrorCount;

typedef struct BenchEndpointStats
{
	uint64_t	calls;
	uint64_t	errors;
	uint64_t	skipped;		/* exclusive endpoint was busy: not sent */
	uint64_t	rows;
	uint64_t	bytes;
	int			nstates;
	BenchErrorCount states[BENCH_MAX_STATES];
	BingoHistogram latency;		/* from the intended start, us */
	BingoHistogram lateness;	/* from the intended start to the sending, us */
} BenchEndpointStats;

typedef struct BenchHostStats
{
	char		name[BENCH_HOST_SIZE];	/* host:port */
	uint64_t	calls;			/* statements, so a call with copies counts each */
	uint64_t	errors;
	BingoHistogram latency;		/* from the sending of the statement, us */
} BenchHostStats;

typedef struct BenchStats
{
	int			nendpoints;
	int			nhosts;
	uint64_t	disconnects;	/* connections lost, busy or idle */
	BingoHistogram schedule_error;	/* what the driver itself was late by, us */
	BenchHostStats hosts[BENCH_MAX_HOSTS];
	BenchEndpointStats endpoints[];
} BenchStats;

extern BenchStats *bench_stats_create(int nendpoints);
extern void bench_stats_reset(BenchStats *stats);

/* Adds everything of "from". */
extern void bench_stats_merge(BenchStats *into, const BenchStats *from);

/* Counts one finished call; state NULL means it was answered. */
extern void bench_stats_count(BenchEndpointStats *endpoint, int64_t latency_ns, int64_t lateness_ns,
							  const char *state);

/* The entry of a host, made if it is new; the last one takes what is too much. */
extern int	bench_stats_host(BenchStats *stats, const char *name);

/* All endpoints' latencies in one histogram. */
extern void bench_stats_latency(const BenchStats *stats, BingoHistogram *histogram);

/* Nanoseconds as the histogram wants them: whole microseconds, rounded. */
static inline uint64_t
bench_stats_us(int64_t ns)
{
	return ns <= 0 ? 0 : (uint64_t) (ns + 500) / 1000;
}

/* A quantile in milliseconds, or -1 when nothing was recorded. */
extern double bench_stats_quantile_ms(const BingoHistogram *histogram, double fraction);

#endif							/* BINGO_BENCH_STATS_H */
