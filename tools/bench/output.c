/*
 * bench/output.c
 *	  What a load run prints and writes: see bench/output.h.
 */
#include "bench/output.h"

#include <inttypes.h>
#include <stdlib.h>

#include "bench/json.h"

const BenchQuantile bench_quantiles[] = {
	{"p50", 0.5}, {"p75", 0.75}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}, {"p999", 0.999}
};
const int	bench_nquantiles = sizeof(bench_quantiles) / sizeof(bench_quantiles[0]);

/* --- table --- */

/* A time of a column, or "-"; ">" marks one beyond the histogram's range. */
static void
print_quantile(FILE *file, const BingoHistogram *histogram, double fraction)
{
	double		us = 0;
	BingoQuantile found = bingo_histogram_quantile(histogram, fraction, &us);

	if (found == BINGO_QUANTILE_NONE)
		fprintf(file, " %9s", "-");
	else
		fprintf(file, found == BINGO_QUANTILE_OVERFLOW ? " >%8.2f" : " %9.2f", us / 1000.0);
}

static void
print_states(const BenchRun *run, FILE *file)
{
	for (int i = 0; i < run->mix->n; i++)
		for (int j = 0; j < run->total->endpoints[i].nstates; j++)
			fprintf(file, "  %-20s %-8s %" PRIu64 "\n", run->mix->entries[i].statement.name,
					run->total->endpoints[i].states[j].state, run->total->endpoints[i].states[j].count);
}

static void
print_hosts(const BenchRun *run, FILE *file)
{
	fprintf(file, "\n%-40s %9s %7s %9s %9s\n", "host (statements, from their sending)", "calls", "errors", "p50",
			"p99");
	for (int i = 0; i < run->total->nhosts; i++)
	{
		const BenchHostStats *host = &run->total->hosts[i];

		fprintf(file, "%-40s %9" PRIu64 " %7" PRIu64, host->name, host->calls, host->errors);
		print_quantile(file, &host->latency, 0.5);
		print_quantile(file, &host->latency, 0.99);
		fputc('\n', file);
	}
}

static void
print_driver(const BenchRun *run, FILE *file)
{
	const BingoHistogram *error = &run->total->schedule_error;

	fprintf(file, "\n");
	if (!run->options->closed && error->total > 0)
		fprintf(file, "the driver itself was late by (ms): p50 %.3f, p99 %.3f, max %.3f\n",
				bench_stats_quantile_ms(error, 0.5), bench_stats_quantile_ms(error, 0.99), error->max / 1000.0);
	fprintf(file, "%.1f s measured%s; connections lost: %" PRIu64 "\n", run->measured,
			run->interrupted ? " (interrupted)" : "", run->total->disconnects);
}

void
bench_output_table(const BenchRun *run, FILE *file)
{
	uint64_t	errors = 0;

	fprintf(file, "%-20s %9s %9s %7s %7s %9s %9s %9s %9s %9s %9s\n", "endpoint (ms)", "calls", "calls/s", "errors",
			"skipped", "p50", "p90", "p99", "p99.9", "max", "late p99");
	for (int i = 0; i < run->mix->n; i++)
	{
		const BenchEndpointStats *stats = &run->total->endpoints[i];

		fprintf(file, "%-20s %9" PRIu64 " %9.2f %7" PRIu64 " %7" PRIu64, run->mix->entries[i].statement.name,
				stats->calls, stats->calls / run->measured, stats->errors, stats->skipped);
		print_quantile(file, &stats->latency, 0.5);
		print_quantile(file, &stats->latency, 0.9);
		print_quantile(file, &stats->latency, 0.99);
		print_quantile(file, &stats->latency, 0.999);
		print_quantile(file, &stats->latency, 1);
		print_quantile(file, &stats->lateness, 0.99);
		fputc('\n', file);
		errors += stats->errors;
	}
	if (errors > 0)
	{
		fprintf(file, "\nerrors by SQLSTATE\n");
		print_states(run, file);
	}
	print_hosts(run, file);
	print_driver(run, file);
}

/* --- JSON --- */

cJSON *
bench_output_histogram(const BingoHistogram *histogram)
{
	cJSON	   *object = cJSON_CreateObject();
	cJSON	   *counts;

	cJSON_AddNumberToObject(object, "total", (double) histogram->total);
	cJSON_AddNumberToObject(object, "sum_us", (double) histogram->sum);
	cJSON_AddNumberToObject(object, "min_us", histogram->total ? (double) histogram->min : 0);
	cJSON_AddNumberToObject(object, "max_us", (double) histogram->max);
	cJSON_AddNumberToObject(object, "overflow", (double) histogram->counts[BINGO_HISTOGRAM_OVERFLOW]);
	counts = cJSON_AddArrayToObject(object, "counts");
	for (int i = 0; i < BINGO_HISTOGRAM_BUCKETS; i++)
	{
		double		pair[2] = {i, (double) histogram->counts[i]};

		if (histogram->counts[i] > 0)
			cJSON_AddItemToArray(counts, cJSON_CreateDoubleArray(pair, 2));
	}
	return object;
}

static void
add_quantiles(cJSON *object, const BingoHistogram *histogram)
{
	double		us;
	char		name[16];

	for (int i = 0; i < bench_nquantiles; i++)
	{
		snprintf(name, sizeof(name), "%s_ms", bench_quantiles[i].name);
		if (bingo_histogram_quantile(histogram, bench_quantiles[i].fraction, &us) == BINGO_QUANTILE_NONE)
			cJSON_AddNullToObject(object, name);
		else
			cJSON_AddNumberToObject(object, name, us / 1000.0);
	}
	if (histogram->total == 0)
	{
		cJSON_AddNullToObject(object, "mean_ms");
		cJSON_AddNullToObject(object, "max_ms");
		return;
	}
	cJSON_AddNumberToObject(object, "mean_ms", bingo_histogram_mean(histogram) / 1000.0);
	cJSON_AddNumberToObject(object, "max_ms", histogram->max / 1000.0);
}

static void
add_endpoint(cJSON *array, const BenchRun *run, int index)
{
	const BenchMixEntry *entry = &run->mix->entries[index];
	const BenchEndpointStats *stats = &run->total->endpoints[index];
	cJSON	   *object = cJSON_CreateObject();
	cJSON	   *states;
	cJSON	   *batches;
	double		us;

	cJSON_AddStringToObject(object, "name", entry->statement.name);
	cJSON_AddStringToObject(object, "title", entry->statement.title);
	cJSON_AddStringToObject(object, "statement", entry->statement.text);
	bench_json_add_ranges(object, &entry->statement);
	cJSON_AddNumberToObject(object, "calls", (double) stats->calls);
	cJSON_AddNumberToObject(object, "rate", stats->calls / run->measured);
	cJSON_AddNumberToObject(object, "errors", (double) stats->errors);
	cJSON_AddNumberToObject(object, "skipped", (double) stats->skipped);
	cJSON_AddNumberToObject(object, "rows", (double) stats->rows);
	cJSON_AddNumberToObject(object, "bytes", (double) stats->bytes);
	states = cJSON_AddObjectToObject(object, "sqlstates");
	for (int i = 0; i < stats->nstates; i++)
		cJSON_AddNumberToObject(states, stats->states[i].state, (double) stats->states[i].count);
	add_quantiles(object, &stats->latency);
	if (bingo_histogram_quantile(&stats->lateness, 0.99, &us) != BINGO_QUANTILE_NONE)
		cJSON_AddNumberToObject(object, "late_p99_ms", us / 1000.0);
	else
		cJSON_AddNullToObject(object, "late_p99_ms");
	cJSON_AddItemToObject(object, "latency", bench_output_histogram(&stats->latency));
	cJSON_AddItemToObject(object, "lateness", bench_output_histogram(&stats->lateness));
	batches = cJSON_AddArrayToObject(object, "batches");
	for (int i = 0; i < BENCH_BATCHES; i++)
		cJSON_AddItemToArray(batches, bench_output_histogram(&run->batches[i * run->mix->n + index]));
	cJSON_AddItemToArray(array, object);
}

static void
add_hosts(cJSON *document, const BenchRun *run)
{
	cJSON	   *array = cJSON_AddArrayToObject(document, "hosts");

	for (int i = 0; i < run->total->nhosts; i++)
	{
		const BenchHostStats *host = &run->total->hosts[i];
		cJSON	   *object = cJSON_CreateObject();

		cJSON_AddStringToObject(object, "name", host->name);
		cJSON_AddNumberToObject(object, "calls", (double) host->calls);
		cJSON_AddNumberToObject(object, "errors", (double) host->errors);
		add_quantiles(object, &host->latency);
		cJSON_AddItemToArray(array, object);
	}
}

/* Calls and errors are arrays by endpoint, in the order of "endpoints". */
static void
add_slots(cJSON *document, const BenchRun *run)
{
	cJSON	   *time = cJSON_AddObjectToObject(document, "time");
	cJSON	   *slots;

	cJSON_AddNumberToObject(time, "slot_s", run->slot_seconds);
	slots = cJSON_AddArrayToObject(time, "slots");
	for (int i = 0; i < run->nslots; i++)
	{
		const BenchSlot *slot = &run->slots[i];
		cJSON	   *object = cJSON_CreateObject();
		cJSON	   *calls = cJSON_AddArrayToObject(object, "calls");
		cJSON	   *errors = cJSON_AddArrayToObject(object, "errors");

		for (int j = 0; j < run->mix->n; j++)
		{
			cJSON_AddItemToArray(calls, cJSON_CreateNumber((double) slot->calls[j]));
			cJSON_AddItemToArray(errors, cJSON_CreateNumber((double) slot->errors[j]));
		}
		add_quantiles(object, &slot->latency);
		cJSON_AddItemToArray(slots, object);
	}
}

static void
add_configuration(cJSON *document, const BenchRun *run)
{
	const LoadOptions *options = run->options;
	cJSON	   *configuration = cJSON_GetObjectItemCaseSensitive(document, "configuration");
	cJSON	   *mix;

	bench_json_add_session(document, &options->session);
	cJSON_AddStringToObject(configuration, "loop", options->closed ? "closed" : "open");
	if (!options->closed)
	{
		cJSON_AddStringToObject(configuration, "schedule", options->schedule_text);
		cJSON_AddStringToObject(configuration, "arrivals", options->poisson ? "poisson" : "constant");
	}
	cJSON_AddNumberToObject(configuration, "duration_s", run->planned);
	cJSON_AddNumberToObject(configuration, "connections", options->connections);
	cJSON_AddNumberToObject(configuration, "threads", options->workers);
	cJSON_AddNumberToObject(configuration, "warmup_s", options->warmup);
	cJSON_AddNumberToObject(configuration, "timeout_s", options->timeout);
	cJSON_AddNumberToObject(configuration, "skew", options->skew);
	cJSON_AddNumberToObject(configuration, "read_servers", options->nread_dsns);
	mix = cJSON_AddArrayToObject(configuration, "mix");
	for (int i = 0; i < run->mix->n; i++)
	{
		const BenchMixEntry *entry = &run->mix->entries[i];
		cJSON	   *item = cJSON_CreateObject();

		cJSON_AddStringToObject(item, "endpoint", entry->statement.name);
		cJSON_AddNumberToObject(item, "weight", entry->weight);
		cJSON_AddNumberToObject(item, "copies", entry->copies);
		cJSON_AddBoolToObject(item, "exclusive", entry->exclusive);
		cJSON_AddItemToArray(mix, item);
	}
	cJSON_AddNumberToObject(document, "seed", (double) options->seed);
}

void
bench_output_json(const BenchRun *run, cJSON *document)
{
	cJSON	   *layout = cJSON_AddObjectToObject(document, "histogram");
	cJSON	   *error;

	cJSON_AddNumberToObject(layout, "sub_bits", BINGO_HISTOGRAM_SUB_BITS);
	cJSON_AddNumberToObject(layout, "value_bits", BINGO_HISTOGRAM_VALUE_BITS);
	add_configuration(document, run);
	cJSON_AddNumberToObject(document, "measured_s", run->measured);
	cJSON_AddNumberToObject(document, "elapsed_s", run->elapsed);
	cJSON_AddBoolToObject(document, "interrupted", run->interrupted);
	cJSON_AddNumberToObject(document, "disconnects", (double) run->total->disconnects);
	error = cJSON_AddObjectToObject(document, "schedule_error");
	add_quantiles(error, &run->total->schedule_error);
	for (int i = 0; i < run->mix->n; i++)
		add_endpoint(cJSON_GetObjectItemCaseSensitive(document, "endpoints"), run, i);
	add_hosts(document, run);
	add_slots(document, run);
}

/* --- CSV --- */

static void
write_buckets(FILE *file, const char *endpoint, const char *kind, const BingoHistogram *histogram)
{
	for (int i = 0; i < BINGO_HISTOGRAM_BUCKETS; i++)
	{
		if (histogram->counts[i] == 0)
			continue;
		fprintf(file, "%s,%s,%" PRIu64 ",", endpoint, kind, bingo_histogram_lower(i));
		if (i != BINGO_HISTOGRAM_OVERFLOW)
			fprintf(file, "%" PRIu64, bingo_histogram_upper(i));
		fprintf(file, ",%" PRIu64 "\n", histogram->counts[i]);
	}
}

void
bench_output_csv(const BenchRun *run, FILE *file)
{
	fprintf(file, "endpoint,kind,lower_us,upper_us,count\n");
	for (int i = 0; i < run->mix->n; i++)
	{
		const char *name = run->mix->entries[i].statement.name;

		write_buckets(file, name, "latency", &run->total->endpoints[i].latency);
		write_buckets(file, name, "lateness", &run->total->endpoints[i].lateness);
	}
}
