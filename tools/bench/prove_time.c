/*
 * bench/prove_time.c
 *	  Builds all advice in the copy, then times examples without and with each piece of it.
 *
 * "Without" is a session that hides from its planner what the piece's command has made
 * (bingo_tune.hidden_relations): the server's state is the same on both sides, and every other piece is there
 * on both.  What is measured is therefore what the piece adds to the others; of two that do the same
 * neither is proved.
 *
 * A round is one read-only transaction for each side, in random order; in each the example runs
 * once to warm up, then up to three times, as far as they take no more than a second; their
 * median counts.
 */
#define _GNU_SOURCE

#include "bench/prove.h"

#include <stdlib.h>
#include <string.h>

#include "bench/clock.h"
#include "client.h"
#include "samples.h"

#define RUNS 3

/* What was not there before a piece was built: so it is hidden, and so large it is.  Of statistics nothing is stored yet. */
#define OLD_RELATIONS \
	"CREATE TEMPORARY TABLE bingo_prove_old AS SELECT c.oid FROM pg_catalog.pg_class AS c UNION ALL SELECT s.oid FROM pg_catalog.pg_statistic_ext AS s"
#define NEW_RELATIONS \
	"SELECT pg_catalog.string_agg(n.oid::pg_catalog.text, ','), pg_catalog.sum(n.bytes)" \
	" FROM (SELECT c.oid, pg_catalog.pg_relation_size(c.oid) AS bytes FROM pg_catalog.pg_class AS c WHERE c.relpersistence OPERATOR(pg_catalog.<>) 't'" \
	" UNION ALL SELECT s.oid, 0 FROM pg_catalog.pg_statistic_ext AS s) AS n" \
	" WHERE n.oid OPERATOR(pg_catalog.<>) ALL (SELECT o.oid FROM pg_temp.bingo_prove_old AS o)"
/* A library that is not loaded, or is older, has no such setting. */
#define CAN_HIDE \
	"SELECT FROM pg_catalog.pg_settings AS s WHERE s.name OPERATOR(pg_catalog.=) 'bingo_tune.hidden_relations'"

/* --- building --- */

static bool
find_built(Prove *prove, ProveAdvice *advice)
{
	PGresult   *result = bench_prove_ask(prove->copy, "could not look for what was built", NEW_RELATIONS, 0, NULL);

	if (result == NULL)
		return false;
	if (PQgetisnull(result, 0, 0))
		advice->failure = strdup("it is not there after its command");
	else
	{
		advice->relations = strdup(PQgetvalue(result, 0, 0));
		advice->bytes = atoll(PQgetvalue(result, 0, 1));
	}
	PQclear(result);
	return true;
}

/* Its failure is a result; false if the work can't go on. */
static bool
build(Prove *prove, ProveAdvice *advice)
{
	int64_t		start;
	PGresult   *result;
	bool		done;

	if (!bench_prove_do(prove->copy, "could not note the relations", OLD_RELATIONS))
		return false;
	start = bench_clock_now();
	result = PQexec(prove->copy, advice->command);
	advice->build_s = (double) (bench_clock_now() - start) / BENCH_NS_PER_SECOND;
	done = PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK;
	if (!done)
		advice->failure = strdup(bench_prove_message(prove->copy, result));
	PQclear(result);
	if (done && !find_built(prove, advice))
		return false;
	return bench_prove_do(prove->copy, "could not forget the relations", "DROP TABLE pg_temp.bingo_prove_old");
}

static void
ignore_notice(void *argument, const PGresult *result)
{
}

bool
bench_prove_build(Prove *prove)
{
	PQsetNoticeReceiver(prove->copy, ignore_notice, NULL);
	for (int i = 0; i < prove->nadvice; i++)
	{
		char	   *progress = bench_prove_print("building %d of %d", i + 1, prove->nadvice);

		bench_prove_say(prove, progress);
		free(progress);
		if (!build(prove, &prove->advice[i]))
			return false;
	}
	/* of what indexes compute, and CREATE STATISTICS */
	for (int i = 0; i < prove->ntables; i++)
		if (!bench_prove_do(prove->copy, "could not analyse the copy", "ANALYZE %s", prove->tables[i].name))
			return false;
	return true;
}

/* --- timing --- */

/* Types of the user's have other OIDs in the copy. */
static bool
find_types(Prove *prove, ProveExample *example)
{
	if (example->copy_types || example->nparams == 0)
		return true;
	example->copy_types = calloc(example->nparams, sizeof(Oid));
	for (int i = 0; i < example->nparams; i++)
	{
		PGresult   *result = bench_prove_ask(prove->copy, "could not look for a type", "SELECT pg_catalog.to_regtype($1)::pg_catalog.oid", 1,
											 (const char *const[]) {example->types[i]});

		if (result == NULL)
			return false;
		example->copy_types[i] = strtoul(PQgetvalue(result, 0, 0), NULL, 10);
		PQclear(result);
	}
	return true;
}

/* Milliseconds of one run; a statement that fails is not run any more. */
static bool
run_once(Prove *prove, ProveExample *example, double *ms)
{
	int64_t		start = bench_clock_now();
	PGresult   *result;
	bool		done;

	if (bench_prove_interrupted)
		return false;
	result = PQexecParams(prove->copy, example->text, example->nparams, example->copy_types,
						  (const char *const *) example->values, NULL, NULL, 0);
	*ms = (bench_clock_now() - start) / 1e6;
	done = PQresultStatus(result) == PGRES_TUPLES_OK;
	if (!done && !bench_prove_interrupted)
		example->refusal = bench_prove_print("it failed in the copy: %s", bench_prove_message(prove->copy, result));
	PQclear(result);
	return done;
}

static bool
run_some(Prove *prove, ProveExample *example, double *ms)
{
	double		runs[RUNS];
	double		sum = 0;
	int			n = 0;

	if (!run_once(prove, example, &runs[0]))
		return false;
	do
	{
		if (!run_once(prove, example, &runs[n]))
			return false;
		sum += runs[n++];
	} while (n < RUNS && sum < 1000);
	bingo_samples_sort(runs, n);
	*ms = runs[n / 2];
	return true;
}

/* One side of a round. */
static bool
time_side(Prove *prove, const ProveAdvice *advice, ProveExample *example, bool with, double *ms)
{
	bool		done = bench_prove_do(prove->copy, "could not begin", "BEGIN READ ONLY");

	done = done && (with || bench_prove_do(prove->copy, "could not hide what was built", "SET LOCAL bingo_tune.hidden_relations = '%s'", advice->relations)) &&
		bench_prove_do(prove->copy, "could not set a time limit", "SET LOCAL statement_timeout = '%.0fms'", prove->options->timeout * 1000) &&
		run_some(prove, example, ms);
	return bench_prove_do(prove->copy, "could not end", "ROLLBACK") && done;
}

/* All rounds of one example; false if the work can't go on. */
static bool
time_example(Prove *prove, ProveAdvice *advice, ProveExample *example)
{
	double	   *times[2];
	int64_t		start = bench_clock_now();
	int			round = 0;
	bool		done = find_types(prove, example);

	for (int i = 0; i < 2; i++)
		times[i] = calloc(prove->options->rounds, sizeof(double));
	while (done && round < prove->options->rounds &&
		   (round < PROVE_FEWEST_ROUNDS || bench_clock_now() - start < prove->options->seconds * BENCH_NS_PER_SECOND))
	{
		int			first = bench_random_next(&prove->random) >> 63;

		for (int i = 0; i < 2 && done; i++)
			done = time_side(prove, advice, example, first ^ i, &times[first ^ i][round]);
		round += done;
	}
	if (done)
	{
		bench_compare_add(&prove->comparison, example->queryid, times[0], times[1], round);
		advice->nrows++;
	}
	for (int i = 0; i < 2; i++)
		free(times[i]);
	return done || (example->refusal && !bench_prove_interrupted);
}

static bool
time_advice(Prove *prove, ProveAdvice *advice)
{
	bool		done = true;

	advice->first_row = prove->comparison.n;
	for (int i = 0; i < advice->nserves && done && advice->failure == NULL; i++)
		if (advice->serves[i]->refusal == NULL)
			done = time_example(prove, advice, advice->serves[i]);
	return done;
}

static bool
can_hide(Prove *prove)
{
	PGresult   *result = bench_prove_ask(prove->copy, "could not look for a setting", CAN_HIDE, 0, NULL);
	bool		found = result != NULL && PQntuples(result) == 1;

	if (result != NULL && !found)
		bingo_client_error("55000", "There, name bingo_tune in shared_preload_libraries and restart the server.",
						   "the server of the copy can't hide what was built: it has not loaded this version's library");
	PQclear(result);
	return found;
}

bool
bench_prove_time(Prove *prove)
{
	int			rows = 0;

	if (!can_hide(prove))
		return false;
	for (int i = 0; i < prove->nadvice; i++)
		rows += prove->advice[i].nserves;
	prove->comparison.rows = calloc(rows + 1, sizeof(CompareRow));
	for (int i = 0; i < prove->nadvice; i++)
	{
		char	   *progress = bench_prove_print("measuring %d of %d", i + 1, prove->nadvice);

		bench_prove_say(prove, progress);
		free(progress);
		if (!time_advice(prove, &prove->advice[i]))
			return false;
	}
	bench_compare_judge(&prove->comparison);
	return true;
}

/* Faster by more than chance, and nothing slower. */
bool
bench_prove_is_proved(const Prove *prove, const ProveAdvice *advice)
{
	bool		proved = false;

	for (int i = 0; i < advice->nrows; i++)
	{
		const CompareRow *row = &prove->comparison.rows[advice->first_row + i];

		if (row->verdict < 0)
			return false;
		proved = proved || row->verdict > 0;
	}
	return proved;
}
