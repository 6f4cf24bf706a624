/*
 * bench/worker.c
 *	  A thread of a load run: one event loop for all its connections.
 *
 * The way of a worker: connect everything -> barrier -> for each phase:
 * barrier, run, barrier.  The monitor sets up a phase between two barriers.
 * Its lanes do the work; here is only the waiting.
 */
#define _GNU_SOURCE

#include "bench/load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "bench/clock.h"
#include "bench/lane.h"
#include "client.h"
#include "options.h"

#define EVENTS_AT_ONCE 256

/* How often timeouts and connections that are down are looked at. */
#define TEND_NS (10 * INT64_C(1000000))

struct LoadWorker
{
	LoadPlan   *plan;
	int			number;
	int			epoll;
	int			timer;			/* ticks when the lanes are to be tended */
	int			nlanes;
	LoadShared	shared;
	LoadLane	lanes[BENCH_MAX_LANES];
};

atomic_bool load_interrupted;

/*
 * A timer of its own instead of a time limit on each wait: arming and disarming
 * one costs a closed loop more than the rest of its bookkeeping.
 */
static int
start_timer(int epoll)
{
	struct itimerspec period = {.it_interval.tv_nsec = TEND_NS, .it_value.tv_nsec = TEND_NS};
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
	int			timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

	if (epoll < 0 || timer < 0 || timerfd_settime(timer, 0, &period, NULL) < 0 ||
		epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &event) < 0)
	{
		bingo_client_error("53000", "Raise the limit on open files (ulimit -n), or use fewer --threads.",
						   "could not make an event loop: %s", strerror(errno));
		exit(1);
	}
	return timer;
}

LoadWorker *
bench_worker_create(LoadPlan *plan, int number)
{
	LoadWorker *worker = calloc(1, sizeof(LoadWorker));

	worker->plan = plan;
	worker->number = number;
	worker->epoll = epoll_create1(EPOLL_CLOEXEC);
	worker->timer = start_timer(worker->epoll);
	worker->nlanes = plan->nlanes;
	pthread_mutex_init(&worker->shared.mutex, NULL);
	worker->shared.interval = bench_stats_create(plan->mix->n);
	for (int i = 0; i < worker->nlanes; i++)
		bench_lane_create(&worker->lanes[i], plan, &worker->shared, i, number, worker->epoll);
	return worker;
}

LoadShared *
bench_worker_shared(LoadWorker *worker)
{
	return &worker->shared;
}

void
bench_worker_free(LoadWorker *worker)
{
	for (int i = 0; i < worker->nlanes; i++)
		bench_lane_free(&worker->lanes[i]);
	free(worker->shared.interval);
	pthread_mutex_destroy(&worker->shared.mutex);
	close(worker->timer);
	close(worker->epoll);
	free(worker);
}

static void
tend(LoadWorker *worker)
{
	uint64_t	ticks;

	if (read(worker->timer, &ticks, sizeof(ticks)) != sizeof(ticks))
		return;
	for (int i = 0; i < worker->nlanes; i++)
		bench_lane_tend(&worker->lanes[i]);
}

/*
 * Waits for sockets and the timer, until a time at most (ns; INT64_MAX: no
 * limit), and handles them.  In a phase, a connection that has become idle is
 * used at once, before the next answer is looked at, so that its server
 * process doesn't wait for the others.
 */
static void
wait_for_sockets(LoadWorker *worker, int64_t until, bool in_phase)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	struct timespec timeout = {0, 0};
	int			n;

	if (until != INT64_MAX)
	{
		int64_t		left = until - bench_clock_now();

		if (left > 0)
		{
			timeout.tv_sec = left / BENCH_NS_PER_SECOND;
			timeout.tv_nsec = left % BENCH_NS_PER_SECOND;
		}
	}
	n = epoll_pwait2(worker->epoll, events, EVENTS_AT_ONCE, until == INT64_MAX ? NULL : &timeout, NULL);
	for (int i = 0; i < n; i++)
	{
		LoadConnection *connection = events[i].data.ptr;
		LoadLane   *lane;

		if (connection == NULL)
		{
			tend(worker);
			continue;
		}
		/* A connection that was dropped by an earlier event of this round has no socket. */
		if (connection->pg == NULL)
			continue;
		lane = &worker->lanes[connection->lane];
		bench_lane_handle(lane, connection, bench_connection_advance(connection));
		if (in_phase)
			bench_lane_dispatch(lane);
	}
}

/* Reports the connection that kept the run from starting. */
static void
report_failure(LoadPlan *plan, const LoadConnection *connection)
{
	const char *message = connection->message ? connection->message : "no reason given\n";

	if (atomic_exchange(&plan->failed, true))
		return;
	fprintf(stderr, "%s: could not set up a connection: %s%s", bingo_options_program(), message,
			message[0] && message[strlen(message) - 1] == '\n' ? "" : "\n");
	if (strstr(message, "SQLSTATE") == NULL)
		fprintf(stderr, "HINT: See that the server runs and its max_connections allows the %d connections of this run.\n",
				plan->options->connections * (plan->options->closed ? 1 : plan->nlanes));
}

/* Brings all connections up; false when one can't be. */
static bool
connect_all(LoadWorker *worker)
{
	for (int i = 0; i < worker->nlanes; i++)
		bench_lane_tend(&worker->lanes[i]);
	for (;;)
	{
		bool		all = true;

		for (int i = 0; i < worker->nlanes; i++)
		{
			LoadLane   *lane = &worker->lanes[i];

			for (int j = 0; j < lane->nconnections; j++)
			{
				if (lane->connections[j].message)
				{
					report_failure(worker->plan, &lane->connections[j]);
					return false;
				}
			}
			all &= lane->usable == lane->nconnections;
		}
		if (all)
			return true;
		if (atomic_load(&load_interrupted) || atomic_load(&worker->plan->failed))
			return false;
		wait_for_sockets(worker, INT64_MAX, false);
	}
}

static void
run_phase(LoadWorker *worker)
{
	for (int i = 0; i < worker->nlanes; i++)
		bench_lane_start(&worker->lanes[i], worker->number);
	while (!atomic_load_explicit(&load_interrupted, memory_order_relaxed))
	{
		int64_t		until = INT64_MAX;
		bool		done = true;

		for (int i = 0; i < worker->nlanes; i++)
		{
			LoadLane   *lane = &worker->lanes[i];
			int64_t		next;

			bench_lane_dispatch(lane);
			next = bench_lane_next(lane);
			if (next < until)
				until = next;
			done &= bench_lane_done(lane);
		}
		if (done)
			break;
		wait_for_sockets(worker, until, true);
	}
}

void *
bench_worker_main(void *argument)
{
	LoadWorker *worker = argument;
	LoadPlan   *plan = worker->plan;

	/* The kernel may otherwise add 50 us to each wait. */
	prctl(PR_SET_TIMERSLACK, 1);
	if (!connect_all(worker))
		atomic_store(&plan->failed, true);
	pthread_barrier_wait(&plan->barrier);
	for (;;)
	{
		pthread_barrier_wait(&plan->barrier);	/* the monitor has set up a phase */
		if (atomic_load(&plan->finished))
			return NULL;
		run_phase(worker);
		atomic_fetch_sub(&plan->working, 1);
		pthread_barrier_wait(&plan->barrier);	/* all have ended it */
	}
}
