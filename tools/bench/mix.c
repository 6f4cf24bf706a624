/*
 * bench/mix.c
 *	  Mix files: see bench/mix.h.
 */
#define _GNU_SOURCE

#include "bench/mix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/file.h"
#include "options.h"

static const char *const spaces = " \t\r";

static bool
report(const char *path, int line, const char *reason)
{
	fprintf(stderr, "%s: %s:%d: %s\n"
			"HINT: A line is FILE WEIGHT [copies=N] [exclusive]; %s is an example.\n",
			bingo_options_program(), path, line, reason, bingo_options_share("workloads/mix.conf"));
	return false;
}

/* A workload's path, taken relative to the mix file's directory. */
static char *
resolve(const char *mix_path, const char *file)
{
	const char *slash = strrchr(mix_path, '/');
	char	   *path;

	if (file[0] == '/' || slash == NULL)
		return strdup(file);
	if (asprintf(&path, "%.*s/%s", (int) (slash - mix_path), mix_path, file) < 0)
		return NULL;
	return path;
}

static bool
read_whole(const char *text, int min, int max, int *value)
{
	char	   *end;
	long		number = strtol(text, &end, 10);

	*value = (int) number;
	return end != text && *end == '\0' && number >= min && number <= max;
}

/* What stands after FILE and WEIGHT; NULL, or the reason why it is wrong. */
static const char *
read_attributes(BenchMixEntry *entry, char **rest)
{
	char	   *word;

	while ((word = strtok_r(NULL, spaces, rest)) != NULL)
	{
		if (strcmp(word, "exclusive") == 0)
			entry->exclusive = true;
		else if (strncmp(word, "copies=", 7) == 0)
		{
			if (!read_whole(word + 7, 1, BENCH_MAX_COPIES, &entry->copies))
				return "copies must be a whole number from 1 to 16";
		}
		else
			return "only copies=N and exclusive may follow the weight";
	}
	return NULL;
}

/* Takes one line apart, without its comment; an empty one is fine. */
static bool
read_line(BenchMix *mix, const char *path, int number, char *line)
{
	BenchMixEntry entry = {.copies = 1};
	char	   *rest;
	char	   *file;
	char	   *weight;
	char	   *end;
	const char *reason;
	char	   *workload;
	bool		done;

	line[strcspn(line, "#")] = '\0';
	file = strtok_r(line, spaces, &rest);
	if (file == NULL)
		return true;
	weight = strtok_r(NULL, spaces, &rest);
	if (weight == NULL)
		return report(path, number, "the weight is missing");
	entry.weight = strtod(weight, &end);
	if (end == weight || *end != '\0' || !(entry.weight > 0 && entry.weight <= 1e9))
		return report(path, number, "the weight must be a number above 0, up to 1e9");
	reason = read_attributes(&entry, &rest);
	if (reason)
		return report(path, number, reason);
	if (mix->n == BENCH_MAX_ENDPOINTS)
		return report(path, number, "a mix has 32 endpoints at most");

	workload = resolve(path, file);
	done = bench_statement_read(&entry.statement, workload);
	free(workload);
	if (done && bench_mix_find(mix, entry.statement.name) < 0)
	{
		mix->entries[mix->n++] = entry;
		return true;
	}
	bench_statement_free(&entry.statement);
	return report(path, number, done ? "this endpoint stands in the mix already" : "this endpoint can't be used");
}

bool
bench_mix_read(BenchMix *mix, const char *path)
{
	char	   *content = bench_file_read(path);
	char	   *rest = content;
	bool		done = content != NULL;
	int			number = 0;

	mix->n = 0;
	while (done && rest)
		done = read_line(mix, path, ++number, strsep(&rest, "\n"));
	free(content);
	if (done && mix->n == 0)
		return report(path, number, "no endpoint in this mix");
	return done;
}

bool
bench_mix_add(BenchMix *mix, const char *path)
{
	BenchMixEntry *entry = &mix->entries[mix->n];

	if (mix->n == BENCH_MAX_ENDPOINTS)
		bingo_options_fail("load: %d endpoints at most", BENCH_MAX_ENDPOINTS);
	memset(entry, 0, sizeof(*entry));
	entry->weight = 1;
	entry->copies = 1;
	if (!bench_statement_read(&entry->statement, path))
		return false;
	if (bench_mix_find(mix, entry->statement.name) >= 0)
		bingo_options_fail("load: endpoint \"%s\" is given twice", entry->statement.name);
	mix->n++;
	return true;
}

int
bench_mix_find(const BenchMix *mix, const char *name)
{
	for (int i = 0; i < mix->n; i++)
		if (strcmp(mix->entries[i].statement.name, name) == 0)
			return i;
	return -1;
}

void
bench_mix_free(BenchMix *mix)
{
	for (int i = 0; i < mix->n; i++)
		bench_statement_free(&mix->entries[i].statement);
	mix->n = 0;
}
