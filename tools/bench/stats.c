/*
 * bench/stats.c
 *	  What a load run counts: see bench/stats.h.
 */
#include "bench/stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

BenchStats *
bench_stats_create(int nendpoints)
{
	BenchStats *stats = malloc(sizeof(BenchStats) + nendpoints * sizeof(BenchEndpointStats));

	stats->nendpoints = nendpoints;
	bench_stats_reset(stats);
	return stats;
}

void
bench_stats_reset(BenchStats *stats)
{
	int			n = stats->nendpoints;

	memset(stats, 0, sizeof(BenchStats) + n * sizeof(BenchEndpointStats));
	stats->nendpoints = n;
	bingo_histogram_init(&stats->schedule_error);
	for (int i = 0; i < BENCH_MAX_HOSTS; i++)
		bingo_histogram_init(&stats->hosts[i].latency);
	for (int i = 0; i < n; i++)
	{
		bingo_histogram_init(&stats->endpoints[i].latency);
		bingo_histogram_init(&stats->endpoints[i].lateness);
	}
}

static void
add_state(BenchEndpointStats *endpoint, const char *state, uint64_t count)
{
	int			i;

	for (i = 0; i < endpoint->nstates; i++)
		if (strcmp(endpoint->states[i].state, state) == 0)
			break;
	if (i == BENCH_MAX_STATES)
		i--;
	else if (i == endpoint->nstates)
	{
		endpoint->nstates++;
		snprintf(endpoint->states[i].state, BENCH_STATE_SIZE, "%s", i == BENCH_MAX_STATES - 1 ? "other" : state);
	}
	endpoint->states[i].count += count;
}

int
bench_stats_host(BenchStats *stats, const char *name)
{
	int			i;

	for (i = 0; i < stats->nhosts; i++)
		if (strcmp(stats->hosts[i].name, name) == 0)
			return i;
	if (i == BENCH_MAX_HOSTS)
		return i - 1;
	stats->nhosts++;
	snprintf(stats->hosts[i].name, BENCH_HOST_SIZE, "%s", i == BENCH_MAX_HOSTS - 1 ? "other hosts" : name);
	return i;
}

void
bench_stats_merge(BenchStats *into, const BenchStats *from)
{
	into->disconnects += from->disconnects;
	bingo_histogram_merge(&into->schedule_error, &from->schedule_error);
	for (int i = 0; i < from->nhosts; i++)
	{
		const BenchHostStats *host = &from->hosts[i];
		BenchHostStats *sum = &into->hosts[bench_stats_host(into, host->name)];

		sum->calls += host->calls;
		sum->errors += host->errors;
		bingo_histogram_merge(&sum->latency, &host->latency);
	}
	for (int i = 0; i < from->nendpoints; i++)
	{
		const BenchEndpointStats *endpoint = &from->endpoints[i];
		BenchEndpointStats *sum = &into->endpoints[i];

		sum->calls += endpoint->calls;
		sum->errors += endpoint->errors;
		sum->skipped += endpoint->skipped;
		sum->rows += endpoint->rows;
		sum->bytes += endpoint->bytes;
		for (int j = 0; j < endpoint->nstates; j++)
			add_state(sum, endpoint->states[j].state, endpoint->states[j].count);
		bingo_histogram_merge(&sum->latency, &endpoint->latency);
		bingo_histogram_merge(&sum->lateness, &endpoint->lateness);
	}
}

void
bench_stats_count(BenchEndpointStats *endpoint, int64_t latency_ns, int64_t lateness_ns, const char *state)
{
	endpoint->calls++;
	bingo_histogram_record(&endpoint->lateness, bench_stats_us(lateness_ns));
	if (state)
	{
		endpoint->errors++;
		add_state(endpoint, state, 1);
	}
	if (state == NULL || strcmp(state, BENCH_STATE_TIMEOUT) == 0)
		bingo_histogram_record(&endpoint->latency, bench_stats_us(latency_ns));
}

void
bench_stats_latency(const BenchStats *stats, BingoHistogram *histogram)
{
	bingo_histogram_init(histogram);
	for (int i = 0; i < stats->nendpoints; i++)
		bingo_histogram_merge(histogram, &stats->endpoints[i].latency);
}

double
bench_stats_quantile_ms(const BingoHistogram *histogram, double fraction)
{
	double		us;

	if (bingo_histogram_quantile(histogram, fraction, &us) == BINGO_QUANTILE_NONE)
		return -1;
	return us / 1000.0;
}
