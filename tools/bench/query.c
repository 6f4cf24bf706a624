/*
 * bench/query.c
 *	  "bingo_bench query": times statements one after another on one connection.
 *
 * The way of one run: read all files -> connect, --set, --before -> for each
 * file: ranges of its parameters, prepare, warm-up, timed runs -> table, JSON.
 * The clock runs from just before the statement is sent until libpq holds the
 * last row (PQexec and its kin), because that is what an application waits
 * for.  Values are drawn and bytes are counted outside that time.  All samples
 * are kept, so the quantiles are exact (nearest rank).
 */
#define _GNU_SOURCE

#include "bench/query.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/clock.h"
#include "bench/file.h"
#include "bench/json.h"
#include "bench/session.h"
#include "bench/statement.h"
#include "client.h"
#include "options.h"
#include "samples.h"

typedef struct QueryOptions
{
	BenchSession session;
	int			repeat;
	int			warmup;
	double		seconds;		/* no further run is started after that */
	double		timeout;		/* statement_timeout; 0 = none */
	double		skew;
	int64_t		seed;
	const char *json_path;
} QueryOptions;

typedef struct QueryTimes
{
	int			n;
	double	   *samples;		/* ms, in the order of the runs */
	double	   *sorted;
	int64_t		rows;			/* of the last run */
	uint64_t	all_rows;		/* of all timed runs */
	int64_t		bytes;			/* of the last run's values, as libpq counts them */
} QueryTimes;

static const char query_help[] =
"Usage: bingo_bench query [OPTION]... FILE...\n"
"\n"
"Times each FILE's statement, one after another on one connection, until the\n"
"last row is in the client.  Prints the number of timed runs, median, p90, p99,\n"
"min and max in milliseconds, and rows and bytes of one answer.  Statements that\n"
"write (POST, DELETE) really write.\n"
"\n"
"A FILE starts with comment lines, which are not sent. They say where the\n"
"statement's parameters come from:\n"
"\n"
"  -- $1: table.column              a whole number between the column's smallest\n"
"                                   and largest; of another type, the value of a\n"
"                                   row\n"
"  -- $1: row table.column          the value of a row (of at most 10,000), of\n"
"                                   any type\n"
"  -- $1, $2: table.column, column  values of one row together\n"
"  -- $1: list new, paid, 'a, b'    one of these; NULL is the null value\n"
"  -- $1: constant 100              always this\n"
"  -- $1: file names.txt            a line of a file beside FILE; for several\n"
"                                   parameters, its fields, with tabs between\n"
"                                   them\n"
"  -- $1: now                       the present time\n"
"\n"
"The rest, without the white space at its end, is sent exactly as it stands.\n"
"\n"
"Options:\n"
BENCH_SESSION_HELP
"  -n, --repeat=N            timed runs of each file (default 20)\n"
"      --warmup=N            runs before them that don't count (default 2)\n"
"      --seconds=S           start no further timed run of a file after S\n"
"                            seconds, but time at least one (default: no limit)\n"
"      --timeout=S           the server gives a statement up after S seconds\n"
"                            (statement_timeout; default: the server's setting)\n"
"      --seed=N              seed of the parameters' draws (default 1)\n"
"      --skew=F              0 draws uniformly, up to 0.99 prefers low ids and\n"
"                            some rows (default 0)\n"
"      --json=FILE           the same and every sample as JSON; \"-\" is stdout,\n"
"                            then the table goes to stderr\n"
"      --help                this text\n"
"\n"
"Exit status: 0 done, 1 a statement failed or no server, 2 wrong command line,\n"
"130 interrupted (what was timed so far is printed).\n";

static volatile sig_atomic_t interrupted = 0;
static PGcancel *volatile running = NULL;

/* Ctrl-C also ends the statement in the server; PQcancel may be called here. */
static void
handle_interrupt(int signal_number)
{
	char		message[256];

	interrupted = 1;
	if (running)
		PQcancel(running, message, sizeof(message));
}

static void
read_options(QueryOptions *options, int argc, char **argv)
{
	enum
	{
		OPT_WARMUP = 1, OPT_SECONDS, OPT_TIMEOUT, OPT_SEED, OPT_SKEW, OPT_JSON, OPT_HELP
	};
	static const struct option long_options[] = {
		BENCH_SESSION_LONG_OPTIONS,
		{"repeat", required_argument, NULL, 'n'},
		{"warmup", required_argument, NULL, OPT_WARMUP},
		{"seconds", required_argument, NULL, OPT_SECONDS},
		{"timeout", required_argument, NULL, OPT_TIMEOUT},
		{"seed", required_argument, NULL, OPT_SEED},
		{"skew", required_argument, NULL, OPT_SKEW},
		{"json", required_argument, NULL, OPT_JSON},
		{"help", no_argument, NULL, OPT_HELP},
		{NULL, 0, NULL, 0}
	};
	int			option;

	while ((option = getopt_long(argc, argv, "d:n:", long_options, NULL)) != -1)
	{
		if (bench_session_take_option(&options->session, option, optarg))
			continue;
		switch (option)
		{
			case 'n':
				options->repeat = bingo_options_integer("--repeat", optarg, 1, 10000000);
				break;
			case OPT_WARMUP:
				options->warmup = bingo_options_integer("--warmup", optarg, 0, 1000000);
				break;
			case OPT_SECONDS:
				options->seconds = bingo_options_number("--seconds", optarg, 0.001, 1e6);
				break;
			case OPT_TIMEOUT:
				options->timeout = bingo_options_number("--timeout", optarg, 0.001, 1e6);
				break;
			case OPT_SEED:
				options->seed = bingo_options_integer("--seed", optarg, INT64_MIN, INT64_MAX);
				break;
			case OPT_SKEW:
				options->skew = bingo_options_number("--skew", optarg, 0, 0.99);
				break;
			case OPT_JSON:
				options->json_path = optarg;
				break;
			case OPT_HELP:
				fputs(query_help, stdout);
				exit(0);
			default:
				/* getopt_long has named the option */
				bingo_options_fail("query: wrong command line");
		}
	}
	if (optind == argc)
		bingo_options_fail("query: no FILE given; bingo's are %s/*.sql, \"--help\" says how to write others",
						   bingo_options_share("workloads"));
	bench_session_check(&options->session);
}

/* Sends one statement and waits for its last row; elapsed is in ms. */
static PGresult *
run_once(PGconn *conn, const BenchStatement *statement, const BenchSession *session, const BenchValues *values,
		 double *elapsed)
{
	char	   *literal = session->protocol == BENCH_SIMPLE ? bench_statement_literal(statement, values) : NULL;
	PGresult   *result;
	int64_t		start = bench_clock_now();

	switch (session->protocol)
	{
		case BENCH_SIMPLE:
			result = PQexec(conn, literal);
			break;
		case BENCH_PREPARED:
			result = PQexecPrepared(conn, statement->name, statement->parameters.n, values->pointers, NULL, NULL,
									session->binary);
			break;
		default:
			result = PQexecParams(conn, statement->text, statement->parameters.n, NULL, values->pointers, NULL, NULL,
								  session->binary);
	}
	*elapsed = (bench_clock_now() - start) / 1e6;
	free(literal);
	if (PQresultStatus(result) == PGRES_TUPLES_OK || PQresultStatus(result) == PGRES_COMMAND_OK)
		return result;
	bingo_client_report(statement->path, conn, result);
	PQclear(result);
	return NULL;
}

static int64_t
count_bytes(const PGresult *result)
{
	int64_t		bytes = 0;

	for (int row = 0; row < PQntuples(result); row++)
		for (int column = 0; column < PQnfields(result); column++)
			bytes += PQgetlength(result, row, column);
	return bytes;
}

static bool
prepare(PGconn *conn, const BenchStatement *statement)
{
	PGresult   *result = PQprepare(conn, statement->name, statement->text, 0, NULL);
	bool		done = PQresultStatus(result) == PGRES_COMMAND_OK;

	if (!done)
		bingo_client_report(statement->path, conn, result);
	PQclear(result);
	return done;
}

/* Nearest rank: the smallest sample that at least this fraction is not above. */
static double
quantile(const QueryTimes *times, double fraction)
{
	int			rank = (int) ceil(fraction * times->n - 1e-9);

	return times->sorted[rank < 1 ? 0 : rank - 1];
}

/* Warm-up and timed runs of one file; false if a statement failed. */
static bool
time_statement(PGconn *conn, BenchStatement *statement, const QueryOptions *options, QueryTimes *times)
{
	BenchRandom random = bench_statement_random(statement, options->seed);
	int64_t		start = 0;

	if (!bench_statement_try(statement, conn, false, options->seed) ||
		(options->session.protocol == BENCH_PREPARED && !prepare(conn, statement)))
		return false;
	times->samples = malloc(sizeof(double) * options->repeat);
	for (int run = -options->warmup; run < options->repeat && !interrupted; run++)
	{
		BenchValues values;
		PGresult   *result;
		double		elapsed;

		if (run == 0)
			start = bench_clock_now();
		if (run > 0 && options->seconds > 0 && bench_clock_now() - start > options->seconds * BENCH_NS_PER_SECOND)
			break;
		bench_parameters_draw(&statement->parameters, &random, options->skew, &values);
		result = run_once(conn, statement, &options->session, &values, &elapsed);
		if (result == NULL && interrupted)
			break;				/* what was timed so far counts */
		if (result == NULL)
			return false;
		times->rows = PQresultStatus(result) == PGRES_TUPLES_OK ? PQntuples(result) : atoll(PQcmdTuples(result));
		if (run >= 0)
		{
			times->samples[times->n++] = elapsed;
			times->all_rows += times->rows;
		}
		times->bytes = count_bytes(result);
		PQclear(result);
	}
	times->sorted = malloc(sizeof(double) * options->repeat);
	memcpy(times->sorted, times->samples, sizeof(double) * times->n);
	bingo_samples_sort(times->sorted, times->n);
	return true;
}

static void
add_endpoint(cJSON *document, const BenchStatement *statement, const QueryTimes *times)
{
	cJSON	   *endpoint = cJSON_CreateObject();

	cJSON_AddStringToObject(endpoint, "name", statement->name);
	cJSON_AddStringToObject(endpoint, "title", statement->title);
	cJSON_AddStringToObject(endpoint, "statement", statement->text);
	bench_json_add_ranges(endpoint, statement);
	cJSON_AddNumberToObject(endpoint, "n", times->n);
	cJSON_AddNumberToObject(endpoint, "median_ms", quantile(times, 0.5));
	cJSON_AddNumberToObject(endpoint, "p90_ms", quantile(times, 0.9));
	cJSON_AddNumberToObject(endpoint, "p99_ms", quantile(times, 0.99));
	cJSON_AddNumberToObject(endpoint, "min_ms", times->sorted[0]);
	cJSON_AddNumberToObject(endpoint, "max_ms", times->sorted[times->n - 1]);
	cJSON_AddNumberToObject(endpoint, "rows", (double) times->rows);
	cJSON_AddNumberToObject(endpoint, "bytes", (double) times->bytes);
	cJSON_AddItemToObject(endpoint, "samples_ms", cJSON_CreateDoubleArray(times->samples, times->n));
	cJSON_AddItemToArray(cJSON_GetObjectItemCaseSensitive(document, "endpoints"), endpoint);
}

static void
print_heading(FILE *table)
{
	fprintf(table, "%-20s %5s %10s %10s %10s %10s %10s %8s %10s\n", "endpoint (ms)", "n", "median", "p90", "p99",
			"min", "max", "rows", "bytes");
}

static void
print_line(FILE *table, const BenchStatement *statement, const QueryTimes *times)
{
	fprintf(table, "%-20s %5d %10.3f %10.3f %10.3f %10.3f %10.3f %8lld %10lld\n", statement->name, times->n,
			quantile(times, 0.5), quantile(times, 0.9), quantile(times, 0.99), times->sorted[0],
			times->sorted[times->n - 1], (long long) times->rows, (long long) times->bytes);
	fflush(table);
}

/* Times all files; false if one failed. */
static bool
time_all(PGconn *conn, BenchStatement *statements, int nstatements, const QueryOptions *options, cJSON *document,
		 FILE *table)
{
	bool		headed = false;
	bool		done = true;

	for (int i = 0; i < nstatements && done && !interrupted; i++)
	{
		QueryTimes	times = {0};

		done = time_statement(conn, &statements[i], options, &times);
		if (done && times.n > 0 && times.sorted)
		{
			if (!headed)
				print_heading(table);
			headed = true;
			print_line(table, &statements[i], &times);
			add_endpoint(document, &statements[i], &times);
			bench_statement_warn_empty(&statements[i], times.n, times.all_rows);
		}
		free(times.samples);
		free(times.sorted);
	}
	return done;
}

/* statement_timeout goes the way of --set, before what the user sets. */
static void
add_timeout(QueryOptions *options)
{
	BenchSession *session = &options->session;
	static char value[32];

	if (options->timeout <= 0)
		return;
	snprintf(value, sizeof(value), "%.0fms", ceil(options->timeout * 1000));
	if (session->nsettings == BENCH_MAX_SETTINGS)
		bingo_options_fail("--set and --timeout may be given %d times at most", BENCH_MAX_SETTINGS);
	session->names[session->nsettings] = "statement_timeout";
	session->values[session->nsettings++] = value;
}

static void
add_configuration(cJSON *document, const QueryOptions *options)
{
	cJSON	   *configuration = cJSON_GetObjectItemCaseSensitive(document, "configuration");

	bench_json_add_session(document, &options->session);
	cJSON_AddNumberToObject(configuration, "repeat", options->repeat);
	cJSON_AddNumberToObject(configuration, "warmup", options->warmup);
	cJSON_AddNumberToObject(configuration, "skew", options->skew);
	cJSON_AddNumberToObject(configuration, "seed", (double) options->seed);
}

/* Everything that needs the server; returns the exit status. */
static int
run_query(QueryOptions *options, BenchStatement *statements, int nstatements, FILE *json)
{
	PGconn	   *conn = bench_session_open(&options->session);
	cJSON	   *document = conn ? bench_json_start("query", conn) : NULL;
	FILE	   *table = json == stdout ? stderr : stdout;
	bool		done = false;

	if (document)
	{
		add_configuration(document, options);
		running = PQgetCancel(conn);
		signal(SIGINT, handle_interrupt);
		done = time_all(conn, statements, nstatements, options, document, table);
		signal(SIGINT, SIG_DFL);
		PQfreeCancel(running);
		if (done && json)
			done = bench_json_write(document, json, options->json_path);
		cJSON_Delete(document);
	}
	PQfinish(conn);
	if (interrupted)
		return 130;
	return done ? 0 : 1;
}

int
bench_query(int argc, char **argv)
{
	QueryOptions options = {.session = {.protocol = BENCH_EXTENDED}, .repeat = 20, .warmup = 2, .seed = 1};
	BenchStatement *statements;
	FILE	   *json = NULL;
	int			nstatements;
	int			status;

	read_options(&options, argc, argv);
	add_timeout(&options);
	nstatements = argc - optind;
	statements = calloc(nstatements, sizeof(BenchStatement));
	for (int i = 0; i < nstatements; i++)
		if (!bench_statement_read(&statements[i], argv[optind + i]))
			return 1;
	if (options.json_path && (json = bench_file_create(options.json_path)) == NULL)
		return 1;
	status = run_query(&options, statements, nstatements, json);
	for (int i = 0; i < nstatements; i++)
		bench_statement_free(&statements[i]);
	free(statements);
	return status;
}
