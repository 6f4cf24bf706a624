/*
 * bench/load.h
 *	  "bingo_bench load": many calls over many connections, and what its parts
 *	  share.
 *
 * The data's way:
 *
 *		schedule -> arrivals of a lane -> call -> connection(s) -> server
 *		answer -> worker's interval -> (the monitor, once a tick) total, batch,
 *		time slot -> progress, table, JSON, CSV, exit status
 *
 * Who owns what.  A worker thread owns its lanes, connections and calls; one
 * event loop (epoll) serves them all.  Its interval counts are the only thing
 * that another thread touches: the worker adds to them and the monitor (the
 * main thread) takes them, both under the worker's mutex.  LoadOptions and
 * LoadPlan don't change after the threads have started.
 *
 * A lane is a set of endpoints with its own connections and its own stream of
 * arrivals, so that reads on a stalled standby don't hold up writes: there is
 * one, or two when --read-dsn is given.
 *
 * Invariant of the open loop: a call's latency counts from the moment it fell
 * due.  Arrivals are computed from the schedule alone and consumed one by one,
 * so a backlog is nothing but the distance between "due" and now: it needs no
 * memory, and no call due is ever left out.
 */
#ifndef BINGO_BENCH_LOAD_H
#define BINGO_BENCH_LOAD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "bench/mix.h"
#include "bench/schedule.h"
#include "bench/session.h"
#include "bench/stats.h"

#define BENCH_MAX_DSNS 16
#define BENCH_MAX_WORKERS 64
#define BENCH_MAX_CONNECTIONS 20000
#define BENCH_MAX_LANES 2

typedef struct LoadOptions
{
	BenchSession session;
	int			nread_dsns;
	const char *read_dsns[BENCH_MAX_DSNS];
	const char *mix_path;
	bool		closed;			/* --clients: no schedule */
	bool		poisson;
	bool		quiet;
	int			connections;	/* of each lane; --clients in a closed loop */
	int			workers;
	BenchSchedule schedule;		/* closed loop: one stretch, rate 0 */
	char		schedule_text[1024];
	double		warmup;
	double		timeout;		/* s; 0 = none */
	double		skew;
	int64_t		seed;
	const char *json_path;
	const char *csv_path;
	const char *log_path;
	const char *level_path;
} LoadOptions;

/* A phase of the run: warm-up or measurement. */
typedef struct LoadPhase
{
	BenchSchedule schedule;
	bool		measured;
	int64_t		start;			/* ns, set by the monitor before the workers go */
} LoadPhase;

/* What all threads see. */
typedef struct LoadPlan
{
	const LoadOptions *options;
	BenchMix   *mix;
	int			nlanes;
	int			lane_of[BENCH_MAX_ENDPOINTS];
	double		lane_weight[BENCH_MAX_LANES];
	FILE	   *log;
	LoadPhase	phase;
	pthread_barrier_t barrier;	/* workers and monitor, around each phase */
	atomic_int	working;		/* workers that haven't finished the phase */
	atomic_bool failed;			/* a worker could not start */
	atomic_bool finished;		/* no further phase */
	atomic_int	busy[BENCH_MAX_ENDPOINTS];	/* exclusive endpoints: calls running */
} LoadPlan;

/* The part of a worker that the monitor sees. */
typedef struct LoadShared
{
	pthread_mutex_t mutex;
	BenchStats *interval;
} LoadShared;

typedef struct LoadWorker LoadWorker;

/* Set by SIGINT; everybody looks at it. */
extern atomic_bool load_interrupted;

/* bench/worker.c */
extern LoadWorker *bench_worker_create(LoadPlan *plan, int number);
extern LoadShared *bench_worker_shared(LoadWorker *worker);
extern void *bench_worker_main(void *worker);	/* thread */
extern void bench_worker_free(LoadWorker *worker);

/* bench/load.c: argv[0] is the subcommand; returns the exit status. */
extern int	bench_load(int argc, char **argv);

#endif							/* BINGO_BENCH_LOAD_H */
