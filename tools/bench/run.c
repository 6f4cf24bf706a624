/*
 * bench/run.c
 *	  The monitor of a load run: see bench/run.h.
 *
 * Runs in the main thread.  Once a tick it takes what each worker has counted
 * since the last one and adds it to the run's total, to the batch and the time
 * slot that the tick belongs to, and to the progress line.  So everything but
 * the progress is exact at any length of the run, in bounded memory.
 *
 * Warm-up is a phase of its own with its own schedule: what it left unanswered
 * is waited for, then everything counted is thrown away and the measurement
 * starts with an empty queue.  No backlog of the warm-up gets into the figures.
 */
#include "bench/run.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/clock.h"
#include "client.h"

typedef struct Monitor
{
	BenchRun   *run;
	LoadPlan   *plan;
	LoadWorker *workers[BENCH_MAX_WORKERS];
	pthread_t	threads[BENCH_MAX_WORKERS];
	int			nthreads;
	BenchStats *spare;			/* swapped with a worker's interval */
	BenchStats *progress;		/* since the last progress line */
	int64_t		progress_at;	/* ns */
	double		tick;			/* s */
	double		slot_end;		/* s after the start */
} Monitor;

static void
handle_interrupt(int signal_number)
{
	atomic_store(&load_interrupted, true);
}

/* --- time slots --- */

static void
merge_slots(BenchRun *run)
{
	for (int i = 0; i < BENCH_SLOTS / 2; i++)
	{
		BenchSlot  *into = &run->slots[i];
		BenchSlot  *second = &run->slots[2 * i + 1];

		*into = run->slots[2 * i];
		bingo_histogram_merge(&into->latency, &second->latency);
		for (int j = 0; j < run->mix->n; j++)
		{
			into->calls[j] += second->calls[j];
			into->errors[j] += second->errors[j];
		}
	}
	run->nslots = BENCH_SLOTS / 2;
	run->slot_seconds *= 2;
}

/* The slot that a tick ending at this time (s) belongs to. */
static BenchSlot *
slot_at(Monitor *monitor, double at)
{
	BenchRun   *run = monitor->run;

	while (run->nslots == 0 || at > monitor->slot_end + monitor->tick / 2)
	{
		if (run->nslots == BENCH_SLOTS)
		{
			merge_slots(run);
			monitor->slot_end = run->nslots * run->slot_seconds;
			continue;
		}
		memset(&run->slots[run->nslots], 0, sizeof(BenchSlot));
		bingo_histogram_init(&run->slots[run->nslots].latency);
		run->nslots++;
		monitor->slot_end = run->nslots * run->slot_seconds;
	}
	return &run->slots[run->nslots - 1];
}

static void
add_to_slot(BenchSlot *slot, const BenchStats *stats)
{
	BingoHistogram latency;

	bench_stats_latency(stats, &latency);
	bingo_histogram_merge(&slot->latency, &latency);
	for (int i = 0; i < stats->nendpoints; i++)
	{
		slot->calls[i] += stats->endpoints[i].calls;
		slot->errors[i] += stats->endpoints[i].errors;
	}
}

/* --- ticks --- */

static void
print_progress(Monitor *monitor, int64_t now)
{
	BenchStats *stats = monitor->progress;
	double		seconds = (double) (now - monitor->progress_at) / BENCH_NS_PER_SECOND;
	double		at = (double) (now - monitor->plan->phase.start) / BENCH_NS_PER_SECOND;
	BingoHistogram latency;
	BingoHistogram lateness;
	uint64_t	calls = 0;
	uint64_t	errors = 0;

	bench_stats_latency(stats, &latency);
	bingo_histogram_init(&lateness);
	for (int i = 0; i < stats->nendpoints; i++)
	{
		calls += stats->endpoints[i].calls;
		errors += stats->endpoints[i].errors;
		bingo_histogram_merge(&lateness, &stats->endpoints[i].lateness);
	}
	fprintf(stderr, "%s %6.1f s  %8.1f calls/s  late %8.2f ms", monitor->plan->phase.measured ? "run    " : "warm-up",
			at, calls / seconds, lateness.max / 1000.0);
	if (latency.total > 0)
		fprintf(stderr, "  p50 %8.2f ms  p99 %8.2f ms", bench_stats_quantile_ms(&latency, 0.5),
				bench_stats_quantile_ms(&latency, 0.99));
	fprintf(stderr, "  errors %llu\n", (unsigned long long) errors);
	bench_stats_reset(stats);
	monitor->progress_at = now;
}

/* Takes what one worker has counted and leaves it an empty interval. */
static void
take_interval(Monitor *monitor, LoadWorker *worker)
{
	LoadShared *shared = bench_worker_shared(worker);
	BenchStats *taken;

	bench_stats_reset(monitor->spare);
	pthread_mutex_lock(&shared->mutex);
	taken = shared->interval;
	shared->interval = monitor->spare;
	pthread_mutex_unlock(&shared->mutex);
	monitor->spare = taken;
}

static void
collect(Monitor *monitor, int64_t now)
{
	BenchRun   *run = monitor->run;
	double		at = (double) (now - monitor->plan->phase.start) / BENCH_NS_PER_SECOND;
	int			batch = (int) ((at - monitor->tick / 2) / run->planned * BENCH_BATCHES);

	if (batch < 0)
		batch = 0;
	if (batch > BENCH_BATCHES - 1)
		batch = BENCH_BATCHES - 1;
	for (int i = 0; i < monitor->nthreads; i++)
	{
		take_interval(monitor, monitor->workers[i]);
		bench_stats_merge(monitor->progress, monitor->spare);
		if (!monitor->plan->phase.measured)
			continue;
		bench_stats_merge(run->total, monitor->spare);
		add_to_slot(slot_at(monitor, at), monitor->spare);
		for (int j = 0; j < run->mix->n; j++)
			bingo_histogram_merge(&run->batches[batch * run->mix->n + j], &monitor->spare->endpoints[j].latency);
	}
	if (now - monitor->progress_at >= BENCH_NS_PER_SECOND - BENCH_NS_PER_SECOND / 100 && !run->options->quiet)
		print_progress(monitor, now);
}

static void
sleep_until(int64_t until)
{
	struct timespec at = {until / BENCH_NS_PER_SECOND, until % BENCH_NS_PER_SECOND};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

/* Lets the workers run one phase and collects until the last one is done. */
static void
run_phase(Monitor *monitor, const BenchSchedule *schedule, bool measured)
{
	LoadPlan   *plan = monitor->plan;
	int64_t		tick = (int64_t) (monitor->tick * BENCH_NS_PER_SECOND);
	int64_t		next;
	int64_t		now;

	plan->phase.schedule = *schedule;
	plan->phase.measured = measured;
	plan->phase.start = bench_clock_now() + BENCH_NS_PER_SECOND / 1000;
	monitor->progress_at = plan->phase.start;
	next = plan->phase.start + tick;
	atomic_store(&plan->working, monitor->nthreads);
	pthread_barrier_wait(&plan->barrier);
	while (atomic_load(&plan->working) > 0)
	{
		/* Short sleeps, so that the end is noticed soon after it. */
		now = bench_clock_now();
		if (now < next)
		{
			sleep_until(next - now > BENCH_NS_PER_SECOND / 50 ? now + BENCH_NS_PER_SECOND / 50 : next);
			continue;
		}
		collect(monitor, now);
		next += tick;
	}
	pthread_barrier_wait(&plan->barrier);
	now = bench_clock_now();
	collect(monitor, now);
	if (measured)
		monitor->run->elapsed = (double) (now - plan->phase.start) / BENCH_NS_PER_SECOND;
}

static bool
start_workers(Monitor *monitor)
{
	LoadPlan   *plan = monitor->plan;

	monitor->nthreads = plan->options->workers;
	pthread_barrier_init(&plan->barrier, NULL, monitor->nthreads + 1);
	for (int i = 0; i < monitor->nthreads; i++)
		monitor->workers[i] = bench_worker_create(plan, i);
	for (int i = 0; i < monitor->nthreads; i++)
	{
		if (pthread_create(&monitor->threads[i], NULL, bench_worker_main, monitor->workers[i]) != 0)
		{
			bingo_client_error("53000", "Raise the limit on processes (ulimit -u).", "could not start a thread");
			exit(1);
		}
	}
	pthread_barrier_wait(&plan->barrier);
	return !atomic_load(&plan->failed);
}

static void
stop_workers(Monitor *monitor)
{
	atomic_store(&monitor->plan->finished, true);
	pthread_barrier_wait(&monitor->plan->barrier);
	for (int i = 0; i < monitor->nthreads; i++)
	{
		pthread_join(monitor->threads[i], NULL);
		bench_worker_free(monitor->workers[i]);
	}
	pthread_barrier_destroy(&monitor->plan->barrier);
}

bool
bench_run_execute(BenchRun *run, LoadPlan *plan)
{
	const LoadOptions *options = plan->options;
	Monitor		monitor = {.run = run, .plan = plan};
	BenchSchedule warmup = {.n = 1, .rates = {options->schedule.rates[0]}, .seconds = {options->warmup}};
	bool		started;

	run->options = options;
	run->mix = plan->mix;
	run->planned = bench_schedule_seconds(&options->schedule);
	run->total = bench_stats_create(plan->mix->n);
	run->batches = malloc(sizeof(BingoHistogram) * BENCH_BATCHES * plan->mix->n);
	for (int i = 0; i < BENCH_BATCHES * plan->mix->n; i++)
		bingo_histogram_init(&run->batches[i]);
	run->slots = malloc(sizeof(BenchSlot) * BENCH_SLOTS);
	monitor.tick = run->planned < BENCH_BATCHES ? run->planned / BENCH_BATCHES : 1.0;
	run->slot_seconds = monitor.tick;
	monitor.spare = bench_stats_create(plan->mix->n);
	monitor.progress = bench_stats_create(plan->mix->n);

	signal(SIGINT, handle_interrupt);
	started = start_workers(&monitor);
	if (started && options->warmup > 0)
	{
		run_phase(&monitor, &warmup, false);
		bench_stats_reset(monitor.progress);
	}
	if (started && !atomic_load(&load_interrupted))
		run_phase(&monitor, &options->schedule, true);
	run->interrupted = atomic_load(&load_interrupted);
	stop_workers(&monitor);
	signal(SIGINT, SIG_DFL);
	/* Never 0: rates are divided by it, also when the warm-up was interrupted. */
	run->measured = fmax(run->interrupted ? fmin(run->elapsed, run->planned) : run->planned, 1e-9);
	free(monitor.spare);
	free(monitor.progress);
	return started || run->interrupted;
}

void
bench_run_free(BenchRun *run)
{
	free(run->total);
	free(run->batches);
	free(run->slots);
}
