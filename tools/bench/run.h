/*
 * bench/run.h
 *	  What a load run has found, and the monitor that collects it.
 */
#ifndef BINGO_BENCH_RUN_H
#define BINGO_BENCH_RUN_H

#include "bench/load.h"

/*
 * The run is cut into this many batches of equal length.  Their quantiles
 * scatter as the run's own do, so that compare can say how certain one is.
 */
#define BENCH_BATCHES 20

/* Time slots kept; when they are full, two become one, and the run goes on. */
#ifndef BENCH_SLOTS
#define BENCH_SLOTS 600			/* even; a test compiles with fewer */
#endif

typedef struct BenchSlot
{
	uint64_t	calls[BENCH_MAX_ENDPOINTS];
	uint64_t	errors[BENCH_MAX_ENDPOINTS];
	BingoHistogram latency;		/* of all endpoints */
} BenchSlot;

typedef struct BenchRun
{
	const LoadOptions *options;
	const BenchMix *mix;
	double		planned;		/* s */
	double		elapsed;		/* s, until the last answer */
	double		measured;		/* s, that rates refer to: planned, or up to an interruption */
	bool		interrupted;
	BenchStats *total;
	BingoHistogram *batches;	/* [BENCH_BATCHES * mix->n] */
	BenchSlot  *slots;
	int			nslots;
	double		slot_seconds;
} BenchRun;

/* Runs warm-up and measurement; false after reporting why it could not. */
extern bool bench_run_execute(BenchRun *run, LoadPlan *plan);
extern void bench_run_free(BenchRun *run);

#endif							/* BINGO_BENCH_RUN_H */
