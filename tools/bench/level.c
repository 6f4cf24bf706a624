/*
 * bench/level.c
 *	  Service levels: see bench/level.h.
 */
#include "bench/level.h"

#include <stdlib.h>
#include <string.h>

#include "bench/file.h"
#include "client.h"
#include "options.h"

static const char *const spaces = " \t\r";

static bool
report(const char *path, int line, const char *reason, const char *word)
{
	fprintf(stderr, "%s: %s:%d: %s \"%s\"\n"
			"HINT: A line is ENDPOINT TARGET..., a target p90<400ms, errors<=1%% or rate>=60.\n",
			bingo_options_program(), path, line, reason, word);
	return false;
}

/* A number that is followed by exactly this. */
static bool
read_limit(const char *text, const char *unit, double *limit)
{
	char	   *end;

	*limit = strtod(text, &end);
	return end != text && strcmp(end, unit) == 0 && *limit >= 0;
}

static bool
read_target(BenchLevel *level, const char *word)
{
	char	   *end;

	snprintf(level->text, sizeof(level->text), "%s", word);
	if (strncmp(word, "errors<=", 8) == 0)
	{
		level->kind = BENCH_LEVEL_ERRORS;
		return read_limit(word + 8, "%", &level->limit);
	}
	if (strncmp(word, "rate>=", 6) == 0)
	{
		level->kind = BENCH_LEVEL_RATE;
		return read_limit(word + 6, "", &level->limit);
	}
	if (word[0] != 'p')
		return false;
	level->kind = BENCH_LEVEL_LATENCY;
	level->quantile = strtod(word + 1, &end) / 100.0;
	return end != word + 1 && *end == '<' && level->quantile >= 0 && level->quantile <= 1 &&
		read_limit(end + 1, "ms", &level->limit);
}

static bool
read_line(BenchLevels *levels, const char *path, int number, char *line, const BenchMix *mix)
{
	char	   *rest;
	char	   *word;
	int			endpoint;
	int			targets = 0;

	line[strcspn(line, "#")] = '\0';
	word = strtok_r(line, spaces, &rest);
	if (word == NULL)
		return true;
	endpoint = bench_mix_find(mix, word);
	if (endpoint < 0)
		return report(path, number, "the mix has no endpoint", word);
	while ((word = strtok_r(NULL, spaces, &rest)) != NULL)
	{
		BenchLevel *level = &levels->levels[levels->n];

		if (levels->n == BENCH_MAX_LEVELS)
			return report(path, number, "too many targets at", word);
		level->endpoint = endpoint;
		if (!read_target(level, word))
			return report(path, number, "not a target:", word);
		levels->n++;
		targets++;
	}
	return targets > 0 || report(path, number, "no target for endpoint", mix->entries[endpoint].statement.name);
}

bool
bench_levels_read(BenchLevels *levels, const char *path, const BenchMix *mix)
{
	char	   *content = bench_file_read(path);
	char	   *rest = content;
	bool		done = content != NULL;
	int			number = 0;

	levels->n = 0;
	while (done && rest)
		done = read_line(levels, path, ++number, strsep(&rest, "\n"), mix);
	free(content);
	if (done && levels->n == 0)
	{
		bingo_client_error("22023", "Write a line for an endpoint, for example: get_movie p90<400ms errors<=1%",
						   "%s: no target in this file", path);
		return false;
	}
	return done;
}

/* The value that a target is about; -1 when there is none. */
static double
measure(const BenchLevel *level, const BenchRun *run)
{
	const BenchEndpointStats *stats = &run->total->endpoints[level->endpoint];

	if (stats->calls == 0)
		return -1;
	switch (level->kind)
	{
		case BENCH_LEVEL_LATENCY:
			return bench_stats_quantile_ms(&stats->latency, level->quantile);
		case BENCH_LEVEL_ERRORS:
			return 100.0 * stats->errors / stats->calls;
		default:
			return (stats->calls - stats->errors) / run->measured;
	}
}

static bool
is_met(const BenchLevel *level, double value)
{
	if (value < 0)
		return false;
	if (level->kind == BENCH_LEVEL_LATENCY)
		return value < level->limit;
	return level->kind == BENCH_LEVEL_ERRORS ? value <= level->limit : value >= level->limit;
}

bool
bench_levels_judge(const BenchLevels *levels, const BenchRun *run, FILE *table, cJSON *document)
{
	static const char *const units[] = {"ms", "%", "calls/s"};
	cJSON	   *array = cJSON_AddArrayToObject(document, "service_levels");
	bool		all = true;

	fprintf(table, "\nservice levels\n");
	for (int i = 0; i < levels->n; i++)
	{
		const BenchLevel *level = &levels->levels[i];
		const char *name = run->mix->entries[level->endpoint].statement.name;
		double		value = measure(level, run);
		const char *verdict = is_met(level, value) ? "met" : value < 0 ? "no data" : "missed";
		cJSON	   *item = cJSON_CreateObject();

		all &= is_met(level, value);
		if (value < 0)
			fprintf(table, "  %-20s %-16s %16s  %s\n", name, level->text, "-", verdict);
		else
			fprintf(table, "  %-20s %-16s %8.3f %-7s  %s\n", name, level->text, value, units[level->kind], verdict);
		cJSON_AddStringToObject(item, "endpoint", name);
		cJSON_AddStringToObject(item, "target", level->text);
		if (value >= 0)
			cJSON_AddNumberToObject(item, "value", value);
		else
			cJSON_AddNullToObject(item, "value");
		cJSON_AddStringToObject(item, "verdict", verdict);
		cJSON_AddItemToArray(array, item);
	}
	return all;
}
