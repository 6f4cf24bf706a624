/*
 * bench/lane.c
 *	  A worker's lane at work: see bench/lane.h.
 *
 * A call is made when its time has come and a connection is idle.  Until then
 * it exists only as the lane's present arrival.  It ends when all its copies
 * have: then it is counted under the worker's mutex, the one moment at which
 * the monitor may look.
 */
#include "bench/lane.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bench/clock.h"

/* Answers with fewer rows are collected by libpq, which is cheaper for it. */
#define SMALL_ROWS 100

/*
 * Connections that come up at the same time: thousands at once would overrun
 * the server's listen queue and make each other wait beyond the limit.
 */
#define MAX_CONNECTING 32

/* Draws of an endpoint that are tried while exclusive ones are busy. */
#define MAX_DRAWS 100

/* --- endpoints and calls --- */

int
bench_lane_draw(LoadLane *lane)
{
	const BenchMix *mix = lane->plan->mix;
	double		point = bench_random_fraction(&lane->random) * lane->plan->lane_weight[lane->index];
	int			last = 0;

	for (int i = 0; i < mix->n; i++)
	{
		if (lane->plan->lane_of[i] != lane->index)
			continue;
		last = i;
		point -= mix->entries[i].weight;
		if (point < 0)
			break;
	}
	return last;
}

/* An exclusive endpoint is taken for one call; others always can be. */
static bool
take_endpoint(LoadLane *lane, int endpoint)
{
	int			free = 0;

	return !lane->plan->mix->entries[endpoint].exclusive ||
		atomic_compare_exchange_strong(&lane->plan->busy[endpoint], &free, 1);
}

static void
release_endpoint(LoadLane *lane, int endpoint)
{
	if (lane->plan->mix->entries[endpoint].exclusive)
		atomic_store(&lane->plan->busy[endpoint], 0);
}

static void
log_call(const LoadLane *lane, int endpoint, int64_t intended, int64_t latency, int64_t lateness, uint64_t rows,
		 const char *state)
{
	const LoadPlan *plan = lane->plan;

	/* One fprintf a line: stdio's own lock keeps lines of threads apart. */
	if (plan->log && plan->phase.measured)
		fprintf(plan->log, "%.3f\t%s\t%.3f\t%.3f\t%" PRIu64 "\t%s\n", (intended - plan->phase.start) / 1e3,
				plan->mix->entries[endpoint].statement.name, latency / 1e3, lateness / 1e3, rows,
				state ? state : "00000");
}

static void
finish_call(LoadLane *lane, LoadCall *call, int64_t now)
{
	const char *state = call->state[0] ? call->state : NULL;
	BenchStats *stats;

	pthread_mutex_lock(&lane->shared->mutex);
	stats = lane->shared->interval;
	bench_stats_count(&stats->endpoints[call->endpoint], now - call->intended, call->sent - call->intended, state);
	stats->endpoints[call->endpoint].rows += call->rows;
	stats->endpoints[call->endpoint].bytes += call->bytes;
	bingo_histogram_record(&stats->schedule_error, bench_stats_us(call->schedule_error));
	pthread_mutex_unlock(&lane->shared->mutex);
	log_call(lane, call->endpoint, call->intended, now - call->intended, call->sent - call->intended, call->rows,
			 state);
	release_endpoint(lane, call->endpoint);
	call->next_free = lane->free_calls;
	lane->free_calls = call;
}

/* A call that is due but was never sent. */
static void
fail_unsent(LoadLane *lane, int endpoint, int64_t intended, int64_t now, const char *state)
{
	pthread_mutex_lock(&lane->shared->mutex);
	bench_stats_count(&lane->shared->interval->endpoints[endpoint], now - intended, now - intended, state);
	pthread_mutex_unlock(&lane->shared->mutex);
	log_call(lane, endpoint, intended, now - intended, now - intended, 0, state);
	release_endpoint(lane, endpoint);
}

static void
count_skipped(LoadLane *lane, int endpoint)
{
	pthread_mutex_lock(&lane->shared->mutex);
	lane->shared->interval->endpoints[endpoint].skipped++;
	pthread_mutex_unlock(&lane->shared->mutex);
}

/* --- idle connections --- */

static void
push_idle(LoadLane *lane, LoadConnection *connection)
{
	lane->idle[(lane->idle_first + lane->idle_count++) % lane->nconnections] = connection;
}

static LoadConnection *
pop_idle(LoadLane *lane)
{
	LoadConnection *connection = lane->idle[lane->idle_first];

	lane->idle_first = (lane->idle_first + 1) % lane->nconnections;
	lane->idle_count--;
	return connection;
}

/* An idle connection broke. */
static void
remove_idle(LoadLane *lane, const LoadConnection *connection)
{
	for (int n = lane->idle_count; n > 0; n--)
	{
		LoadConnection *first = pop_idle(lane);

		if (first != connection)
			push_idle(lane, first);
	}
}

/* --- sending --- */

/* Sends as many copies of the forming call as connections are idle. */
static void
send_copies(LoadLane *lane)
{
	while (lane->forming && lane->idle_count > 0)
	{
		LoadCall   *call = lane->forming;
		LoadConnection *connection = pop_idle(lane);
		int64_t		now = bench_clock_now();
		double		timeout = lane->plan->options->timeout;

		if (call->sent == 0)
		{
			call->sent = now;
			call->schedule_error = now - (call->intended > lane->blocked_until ? call->intended : lane->blocked_until);
		}
		if (--call->unsent == 0)
			lane->forming = NULL;
		lane->busy++;
		connection->sent = now;
		connection->deadline = timeout > 0 ? call->intended + (int64_t) (timeout * BENCH_NS_PER_SECOND) : 0;
		bench_lane_handle(lane, connection, bench_connection_send(connection, call, lane->small[call->endpoint]));
	}
}

/* The endpoint is taken already. */
static void
begin_call(LoadLane *lane, int endpoint, int64_t intended)
{
	const BenchMixEntry *entry = &lane->plan->mix->entries[endpoint];
	LoadCall   *call = lane->free_calls;

	lane->free_calls = call->next_free;
	call->endpoint = endpoint;
	call->left = entry->copies;
	call->unsent = entry->copies;
	call->intended = intended;
	call->sent = 0;
	call->rows = 0;
	call->bytes = 0;
	call->state[0] = '\0';
	bench_parameters_draw(&entry->statement.parameters, &lane->values[endpoint], lane->plan->options->skew, &call->values);
	lane->forming = call;
	send_copies(lane);
}

static void
next_arrival(LoadLane *lane)
{
	bench_arrivals_next(&lane->arrivals);
	lane->next_endpoint = bench_lane_draw(lane);
}

/* Open loop: every arrival that is due is sent, skipped, failed, or waits for a connection. */
static void
dispatch_due(LoadLane *lane)
{
	int64_t		timeout = (int64_t) (lane->plan->options->timeout * BENCH_NS_PER_SECOND);

	while (lane->forming == NULL && lane->arrivals.due >= 0)
	{
		int64_t		now = bench_clock_now();
		int64_t		intended = lane->plan->phase.start + lane->arrivals.due;
		int			endpoint = lane->next_endpoint;
		bool		waiting = lane->idle_count == 0;
		bool		hopeless = lane->usable == 0 && lane->failing;
		bool		expired = timeout > 0 && now - intended > timeout;

		if (intended > now || (waiting && !hopeless && !expired))
			return;
		next_arrival(lane);
		if (!take_endpoint(lane, endpoint))
			count_skipped(lane, endpoint);
		else if (expired)
			fail_unsent(lane, endpoint, intended, now, BENCH_STATE_TIMEOUT);
		else if (waiting)
			fail_unsent(lane, endpoint, intended, now, "08001");
		else
			begin_call(lane, endpoint, intended);
	}
}

/* Closed loop: every idle connection begins the next call at once. */
static void
dispatch_idle(LoadLane *lane)
{
	while (lane->forming == NULL && lane->idle_count > 0)
	{
		int64_t		now = bench_clock_now();
		int			endpoint = bench_lane_draw(lane);
		int			draws = 1;

		if (now >= lane->end)
			return;
		while (!take_endpoint(lane, endpoint))
		{
			if (draws++ == MAX_DRAWS)
				return;
			endpoint = bench_lane_draw(lane);
		}
		begin_call(lane, endpoint, now);
	}
}

void
bench_lane_dispatch(LoadLane *lane)
{
	send_copies(lane);
	if (lane->plan->options->closed)
		dispatch_idle(lane);
	else
		dispatch_due(lane);
}

int64_t
bench_lane_next(const LoadLane *lane)
{
	if (lane->plan->options->closed || lane->arrivals.due < 0 || lane->idle_count == 0)
		return INT64_MAX;
	return lane->plan->phase.start + lane->arrivals.due;
}

bool
bench_lane_done(const LoadLane *lane)
{
	bool		over;

	if (lane->plan->options->closed)
		over = lane->nconnections == 0 || bench_clock_now() >= lane->end;
	else
		over = lane->arrivals.due < 0;
	return over && lane->busy == 0 && lane->forming == NULL;
}

/* --- answers and failures --- */

/* One copy has ended, well (state "") or not. */
static void
end_copy(LoadLane *lane, LoadConnection *connection, int64_t now, const char *state)
{
	LoadCall   *call = connection->call;
	BenchHostStats *host;

	connection->call = NULL;
	connection->deadline = 0;
	lane->busy--;
	lane->small[call->endpoint] = connection->rows < SMALL_ROWS;
	call->rows += connection->rows;
	call->bytes += connection->bytes;
	if (state[0] && !call->state[0])
		memcpy(call->state, state, BENCH_STATE_SIZE);

	pthread_mutex_lock(&lane->shared->mutex);
	host = &lane->shared->interval->hosts[bench_stats_host(lane->shared->interval, connection->host)];
	host->calls++;
	host->errors += state[0] != '\0';
	if (!state[0])
		bingo_histogram_record(&host->latency, bench_stats_us(now - connection->sent));
	pthread_mutex_unlock(&lane->shared->mutex);

	if (--call->left == 0)
		finish_call(lane, call, now);
}

/* No connection is left for the copies of a call that were not sent yet. */
static void
give_up_forming(LoadLane *lane, int64_t now)
{
	LoadCall   *call = lane->forming;

	if (call == NULL || lane->usable > 0)
		return;
	lane->forming = NULL;
	call->left -= call->unsent;
	if (!call->state[0])
		memcpy(call->state, "08001", 6);
	if (call->sent == 0)
		call->sent = now;
	if (call->left == 0)
		finish_call(lane, call, now);
}

static void
handle_broken(LoadLane *lane, LoadConnection *connection, int64_t now, const char *state)
{
	char		copy[BENCH_STATE_SIZE];

	snprintf(copy, sizeof(copy), "%s", state);
	if (connection->state == CONNECTION_IDLE)
		remove_idle(lane, connection);
	if (connection->state >= CONNECTION_IDLE)
	{
		lane->usable--;
		pthread_mutex_lock(&lane->shared->mutex);
		lane->shared->interval->disconnects++;
		pthread_mutex_unlock(&lane->shared->mutex);
	}
	else
		lane->failing = true;
	if (connection->call)
		end_copy(lane, connection, now, copy);
	bench_connection_drop(connection, now, &lane->random);
	give_up_forming(lane, now);
}

void
bench_lane_handle(LoadLane *lane, LoadConnection *connection, ConnectionEvent event)
{
	int64_t		now;

	if (event == EVENT_NONE)
		return;
	now = bench_clock_now();
	if (event == EVENT_BROKEN)
	{
		handle_broken(lane, connection, now, connection->error);
		return;
	}
	if (event == EVENT_ANSWERED)
		end_copy(lane, connection, now, connection->error);
	else
	{
		lane->usable++;
		lane->failing = false;
	}
	if (lane->idle_count == 0)
		lane->blocked_until = now;
	push_idle(lane, connection);
}

void
bench_lane_tend(LoadLane *lane)
{
	int64_t		now = bench_clock_now();
	int			connecting = 0;

	for (int i = 0; i < lane->nconnections; i++)
		connecting += lane->connections[i].state == CONNECTION_CONNECTING ||
			lane->connections[i].state == CONNECTION_SETUP;
	for (int i = 0; i < lane->nconnections; i++)
	{
		LoadConnection *connection = &lane->connections[i];

		if (connection->state == CONNECTION_DOWN && now >= connection->retry_at && connecting++ < MAX_CONNECTING)
			bench_lane_handle(lane, connection, bench_connection_start(connection, now));
		else if (connection->deadline > 0 && now >= connection->deadline)
		{
			if (!connection->was_ready && !connection->message)
				connection->message = strdup("the server doesn't answer");
			handle_broken(lane, connection, now,
						  connection->state == CONNECTION_BUSY ? BENCH_STATE_TIMEOUT : "08001");
		}
	}
}
