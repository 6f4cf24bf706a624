/*
 * bench/prove_write.c
 *	  What an index costs an INSERT, for each row.
 *
 * Measured on an empty table of the same columns, defaults and indexes, and without the
 * triggers and foreign keys that a row has anyway: rows of the copy's table are inserted with
 * the index and without it in turns, each time into a table that TRUNCATE has emptied in the
 * same transaction, which is rolled back.  In a large table an entry costs more, by the pages
 * that are not in memory.  Partitioned tables, orderings and counters are not measured
 * so: for their writers see bench/ordering_write.sh and bench/counters.sh.
 */
#define _GNU_SOURCE

#include "bench/prove.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/clock.h"
#include "bench/student.h"
#include "client.h"

#define MOST_ROWS	10000
#define LEAST_ROWS	100
#define SIGNIFICANCE	0.05

/* The table that "CREATE INDEX [CONCURRENTLY] ON table USING ..." names, if it is one of ours. */
static const ProveTable *
find_table(const Prove *prove, const ProveAdvice *advice, const char **rest)
{
	static const char on[] = " ON ";
	const char *place = strstr(advice->command, on);

	for (int i = 0; place && advice->index && i < prove->ntables; i++)
	{
		const ProveTable *table = &prove->tables[i];
		size_t		length = strlen(table->name);

		*rest = place + strlen(on) + length;
		if (table->kind == 'r' && table->columns[0] && strncmp(place + strlen(on), table->name, length) == 0 && **rest == ' ')
			return table;
	}
	return NULL;
}

/* Before the advice is built, so that they have the indexes of today. */
bool
bench_prove_prepare_writes(Prove *prove)
{
	bool		done = bench_prove_do(prove->copy, "could not prepare for writes", "CREATE SCHEMA bingo_prove");

	for (int i = 0; i < prove->nadvice && done; i++)
	{
		const char *rest;
		const ProveTable *table = find_table(prove, &prove->advice[i], &rest);

		done = table == NULL ||
			bench_prove_do(prove->copy, "could not make a table like another", "CREATE TABLE bingo_prove.t%d (LIKE %s INCLUDING ALL)", i, table->name);
	}
	return done;
}

/* Microseconds a row; negative if it can't be measured. */
static double
insert(Prove *prove, int number, const ProveTable *table, bool with, int *rows)
{
	double		us = -1;
	int64_t		start;
	char	   *sql = bench_prove_print("INSERT INTO bingo_prove.t%d (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %s LIMIT %d", number, table->columns,
										table->columns, table->name, MOST_ROWS);
	PGresult   *result;

	if (bench_prove_do(prove->copy, "could not begin", "BEGIN") &&
		bench_prove_do(prove->copy, "could not empty a table", "TRUNCATE bingo_prove.t%d", number) &&
		(with || bench_prove_do(prove->copy, "could not take away an index", "DROP INDEX bingo_prove.i%d", number)))
	{
		start = bench_clock_now();
		result = PQexec(prove->copy, sql);
		*rows = PQresultStatus(result) == PGRES_COMMAND_OK ? atoi(PQcmdTuples(result)) : 0;
		if (*rows >= LEAST_ROWS)
			us = (bench_clock_now() - start) / 1e3 / *rows;
		PQclear(result);
	}
	free(sql);
	if (!bench_prove_do(prove->copy, "could not end", "ROLLBACK"))
		us = -1;
	return us;
}

/* Mean and interval of the differences. */
static void
estimate(ProveAdvice *advice, const double *differences, int n)
{
	double		mean = 0;
	double		variance = 0;
	double		reach;

	for (int i = 0; i < n; i++)
		mean += differences[i] / n;
	for (int i = 0; i < n; i++)
		variance += pow(differences[i] - mean, 2) / (n - 1) / n;
	reach = sqrt(variance) * bench_student_quantile(SIGNIFICANCE, n - 1);
	advice->insert_us = mean;
	advice->insert_low = mean - reach;
	advice->insert_high = mean + reach;
}

static void
time_writes(Prove *prove, int number, const ProveTable *table, const char *rest)
{
	ProveAdvice *advice = &prove->advice[number];
	double	   *differences = calloc(prove->options->rounds, sizeof(double));
	int			rows = 0;
	bool		done = bench_prove_do(prove->copy, "could not index a table like another", "CREATE INDEX i%d ON bingo_prove.t%d%s", number, number, rest) &&
		insert(prove, number, table, true, &rows) >= 0;

	for (int round = 0; round < prove->options->rounds && done; round++)
	{
		int			first = bench_random_next(&prove->random) >> 63;
		double		us[2] = {0, 0};

		for (int i = 0; i < 2 && done; i++)
		{
			us[first ^ i] = insert(prove, number, table, first ^ i, &rows);
			done = us[first ^ i] >= 0;
		}
		differences[round] = us[1] - us[0];
	}
	if (done)
	{
		advice->inserted = rows;
		estimate(advice, differences, prove->options->rounds);
	}
	free(differences);
}

/* What can't be measured is no failure. */
bool
bench_prove_time_writes(Prove *prove)
{
	for (int i = 0; i < prove->nadvice && !bench_prove_interrupted; i++)
	{
		const char *rest;
		const ProveTable *table = find_table(prove, &prove->advice[i], &rest);

		if (table != NULL && prove->advice[i].failure == NULL)
			time_writes(prove, i, table, rest);
	}
	return !bench_prove_interrupted && PQstatus(prove->copy) == CONNECTION_OK;
}
