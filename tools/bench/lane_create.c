/*
 * bench/lane_create.c
 *	  A worker's lane: made, made ready for a phase, freed.
 *
 * Connections and rates are dealt out here: each worker makes its part of a lane
 * alone, from the plan and its own number, so that all parts together are the
 * whole without a word between the threads.  The connections themselves are
 * started later, by bench_lane_tend().
 */
#include "bench/lane.h"

#include <stdlib.h>
#include <string.h>

#include "bench/clock.h"

/* How many connections a lane has in all workers together. */
static int
count_connections(const LoadPlan *plan, int index)
{
	const LoadOptions *options = plan->options;
	int			first;

	if (!options->closed || plan->nlanes == 1)
		return options->connections;
	/* The clients of a closed loop are dealt out by weight, at least one each. */
	first = (int) (options->connections * plan->lane_weight[0] / (plan->lane_weight[0] + plan->lane_weight[1]) + 0.5);
	if (first < 1)
		first = 1;
	if (first > options->connections - 1)
		first = options->connections - 1;
	return index == 0 ? first : options->connections - first;
}

void
bench_lane_create(LoadLane *lane, LoadPlan *plan, LoadShared *shared, int index, int worker, int epoll)
{
	const LoadOptions *options = plan->options;
	int			n;

	memset(lane, 0, sizeof(*lane));
	lane->plan = plan;
	lane->shared = shared;
	lane->index = index;
	lane->total = count_connections(plan, index);
	n = lane->total / options->workers + (worker < lane->total % options->workers);
	lane->nconnections = n;
	lane->connections = calloc(n + 1, sizeof(LoadConnection));
	lane->idle = calloc(n + 1, sizeof(LoadConnection *));
	lane->calls = calloc(n + 1, sizeof(LoadCall));
	for (int i = 0; i <= n; i++)
	{
		lane->calls[i].next_free = lane->free_calls;
		lane->free_calls = &lane->calls[i];
	}
	for (int i = 0; i < n; i++)
	{
		LoadConnection *connection = &lane->connections[i];

		connection->plan = plan;
		connection->lane = index;
		connection->epoll = epoll;
		connection->fd = -1;
		connection->conninfo = index == 0 ? options->session.conninfo :
			options->read_dsns[(worker + i * options->workers) % options->nread_dsns];
	}
	lane->random.state = (uint64_t) options->seed * 1000003 + worker * 2 + index;
	for (int i = 0; i < plan->mix->n; i++)
	{
		lane->values[i] = bench_statement_random(&plan->mix->entries[i].statement, options->seed);
		lane->values[i].state += (uint64_t) worker << 40;
	}
}

void
bench_lane_start(LoadLane *lane, int worker)
{
	const LoadPlan *plan = lane->plan;
	double		weight = 0;
	double		share;

	for (int i = 0; i < plan->nlanes; i++)
		weight += plan->lane_weight[i];
	share = plan->lane_weight[lane->index] / weight * lane->nconnections / lane->total;
	lane->blocked_until = 0;
	lane->end = plan->phase.start + (int64_t) (bench_schedule_seconds(&plan->phase.schedule) * BENCH_NS_PER_SECOND);
	if (plan->options->closed)
		return;
	bench_arrivals_start(&lane->arrivals, &plan->phase.schedule, share, plan->options->poisson,
						 (worker + 0.5 + lane->index * 0.25) / plan->options->workers,
						 (BenchRandom) {bench_random_next(&lane->random)});
	if (lane->nconnections == 0)
		lane->arrivals.due = -1;
	lane->next_endpoint = bench_lane_draw(lane);
}

void
bench_lane_free(LoadLane *lane)
{
	for (int i = 0; i < lane->nconnections; i++)
	{
		PQfinish(lane->connections[i].pg);
		free(lane->connections[i].message);
	}
	free(lane->connections);
	free(lane->idle);
	free(lane->calls);
}
