/*
 * bench/prove.c
 *	  "bingo_bench prove": options, and the way of a run: see bench/prove.h.
 *
 * SIGINT, SIGTERM and SIGHUP cancel what the servers do for us; whoever waits for it sees an
 * error and, bench_prove_interrupted being set, says nothing of it.  From then on no statement
 * is begun but those of bench_prove_drop_copy(), which no signal stops.
 */
#define _GNU_SOURCE

#include "bench/prove.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bench/extension.h"
#include "bench/file.h"
#include "bench/json.h"
#include "client.h"
#include "options.h"

#define WATCHED 3

static const char prove_help[] =
"Usage: bingo_bench prove [OPTION]...\n"
"\n"
"Builds what bingo_tune.advise() says in a copy of the tables that matter, and\n"
"measures there: runs the kept examples (bingo_tune.query_examples) of the SELECT\n"
"statements that each piece of advice serves, in turns without and with it, all\n"
"other advice being there. Prints before, after and their ratio with its 95 %\n"
"interval, its bytes, how long it takes to build, and what a row that is inserted\n"
"costs more. Proved is what makes a statement faster by more than chance, and\n"
"none slower. Nothing is changed in the database itself.\n"
"\n"
"The copy is a database of its own, bingo_prove_PID, on the same server or on\n"
"another (--to): all definitions, as pg_dump has them, and the rows of the tables\n"
"that the examples read. It is dropped in the end, also after an interrupt; what\n"
"a killed run has left is removed by the next. Making it takes the right to\n"
"create databases, pg_dump and psql, and for advised orderings and counters, and\n"
"other extensions, the rights that these need.\n"
"\n"
"Examples are run with your rights, so only those of roles that could act as you\n"
"anyway are, and those of --trust. They are run read-only.\n"
"\n"
"Options:\n"
"  -d, --dbname=CONNINFO     connection string or URI (default: PG* variables)\n"
"      --to=CONNINFO         a database of the server that gets the copy\n"
"                            (default: -d)\n"
"      --limit=BYTES         refuse to copy tables that are larger with their\n"
"                            indexes, with kB, MB, GB or TB behind it (default\n"
"                            10GB)\n"
"      --trust=ROLE          run this role's examples, too; may be given again\n"
"      --min-share=F         least share of the time, as for advise() (default\n"
"                            0.01)\n"
"      --max-rows=N          most pieces of advice, as for advise() (default 20)\n"
"      --rounds=N            rounds of each example, from 3 (default 10)\n"
"      --seconds=S           begin no further round of an example after S\n"
"                            seconds, once 3 are complete (default 60)\n"
"      --timeout=S           the server gives a statement up after S seconds\n"
"                            (default 60)\n"
"      --seed=N              seed of the order within the rounds (default 1)\n"
"      --json=FILE           the same and all times as JSON; \"-\" is stdout, then\n"
"                            the table goes to stderr\n"
"  -q, --quiet               no progress on stderr\n"
"      --help                this text\n"
"\n"
"Exit status: 0 measured, whatever came out, or there is no advice; 1 could not\n"
"measure; 2 wrong command line; 130 interrupted.\n";

volatile sig_atomic_t bench_prove_interrupted = 0;
static PGcancel *volatile watched[WATCHED];

static void
handle_interrupt(int signal_number)
{
	char		message[256];

	bench_prove_interrupted = 1;
	for (int i = 0; i < WATCHED; i++)
		if (watched[i])
			PQcancel(watched[i], message, sizeof(message));
}

void
bench_prove_watch(int number, PGconn *conn)
{
	PGcancel   *old = watched[number];

	watched[number] = conn ? PQgetCancel(conn) : NULL;
	if (old)
		PQfreeCancel(old);
}

/* --- options --- */

static int64_t
read_bytes(const char *text)
{
	static const struct
	{
		const char *name;
		int			shift;
	}			units[] = {{"", 0}, {"B", 0}, {"kB", 10}, {"MB", 20}, {"GB", 30}, {"TB", 40}};
	char	   *end;
	double		number = strtod(text, &end);

	for (size_t i = 0; end > text && i < sizeof(units) / sizeof(units[0]); i++)
		if (strcasecmp(end, units[i].name) == 0 && number >= 0 && number * (double) (INT64_C(1) << units[i].shift) < 1e18)
			return (int64_t) (number * (double) (INT64_C(1) << units[i].shift));
	bingo_options_fail("--limit must be a number of bytes, as 500MB or 10GB, not \"%s\"", text);
}

static void
trust(ProveOptions *options, const char *role)
{
	if (options->ntrusted == PROVE_MAX_TRUSTED)
		bingo_options_fail("--trust may be given %d times at most", PROVE_MAX_TRUSTED);
	options->trusted[options->ntrusted++] = role;
}

static void
take_option(ProveOptions *options, const char *name, char *argument)
{
	if (strcmp(name, "dbname") == 0)
		options->conninfo = argument;
	else if (strcmp(name, "to") == 0)
		options->to = argument;
	else if (strcmp(name, "limit") == 0)
		options->limit = read_bytes(argument);
	else if (strcmp(name, "trust") == 0)
		trust(options, argument);
	else if (strcmp(name, "min-share") == 0)
		options->min_share = bingo_options_number("--min-share", argument, 0, 1);
	else if (strcmp(name, "max-rows") == 0)
		options->max_rows = bingo_options_integer("--max-rows", argument, 1, 1000);
	else if (strcmp(name, "rounds") == 0)
		options->rounds = bingo_options_integer("--rounds", argument, PROVE_FEWEST_ROUNDS, PROVE_MAX_ROUNDS);
	else if (strcmp(name, "seconds") == 0)
		options->seconds = bingo_options_number("--seconds", argument, 0.001, 1e6);
	else if (strcmp(name, "timeout") == 0)
		options->timeout = bingo_options_number("--timeout", argument, 0.001, 1e6);
	else if (strcmp(name, "seed") == 0)
		options->seed = bingo_options_integer("--seed", argument, INT64_MIN, INT64_MAX);
	else if (strcmp(name, "json") == 0)
		options->json_path = argument;
	else if (strcmp(name, "quiet") == 0)
		options->quiet = true;
	else
	{
		fputs(prove_help, stdout);
		exit(0);
	}
}

static void
read_options(ProveOptions *options, int argc, char **argv)
{
	static const struct option long_options[] = {
		{"dbname", required_argument, NULL, 'd'},
		{"to", required_argument, NULL, 0},
		{"limit", required_argument, NULL, 0},
		{"trust", required_argument, NULL, 0},
		{"min-share", required_argument, NULL, 0},
		{"max-rows", required_argument, NULL, 0},
		{"rounds", required_argument, NULL, 0},
		{"seconds", required_argument, NULL, 0},
		{"timeout", required_argument, NULL, 0},
		{"seed", required_argument, NULL, 0},
		{"json", required_argument, NULL, 0},
		{"quiet", no_argument, NULL, 'q'},
		{"help", no_argument, NULL, 0},
		{NULL, 0, NULL, 0}
	};
	int			option;
	int			number;

	while ((option = getopt_long(argc, argv, "d:q", long_options, &number)) != -1)
	{
		if (option == 0)
			take_option(options, long_options[number].name, optarg);
		else if (option == 'd' || option == 'q')
			take_option(options, option == 'd' ? "dbname" : "quiet", optarg);
		else
			bingo_options_fail("prove: wrong command line");	/* getopt_long has named the option */
	}
	if (optind < argc)
		bingo_options_fail("prove: there is no use for \"%s\"", argv[optind]);
}

/* --- for the other files --- */

char *
bench_prove_print(const char *format,...)
{
	va_list		args;
	char	   *text;
	int			length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0)
		abort();
	return text;
}

void
bench_prove_say(const Prove *prove, const char *progress)
{
	if (!prove->options->quiet)
		fprintf(stderr, "%s\n", progress);
}

/* Why a statement failed, where that is a result like others. */
const char *
bench_prove_message(const PGconn *conn, const PGresult *result)
{
	const char *message = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;

	return message ? message : PQerrorMessage(conn);
}

PGresult *
bench_prove_ask(PGconn *conn, const char *what, const char *sql, int nparams, const char *const *values)
{
	PGresult   *result;
	ExecStatusType status;

	if (bench_prove_interrupted)
		return NULL;
	result = PQexecParams(conn, sql, nparams, NULL, values, NULL, NULL, 0);
	status = PQresultStatus(result);
	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
		return result;
	if (!bench_prove_interrupted)
		bingo_client_report(what, conn, result);
	PQclear(result);
	return NULL;
}

bool
bench_prove_do(PGconn *conn, const char *what, const char *format,...)
{
	va_list		args;
	char	   *sql;
	PGresult   *result;
	int			length;
	bool		done;

	va_start(args, format);
	length = vasprintf(&sql, format, args);
	va_end(args);
	if (length < 0)
		abort();
	result = bench_prove_ask(conn, what, sql, 0, NULL);
	done = result != NULL;
	free(sql);
	PQclear(result);
	return done;
}

/* --- a run --- */

static void
free_all(Prove *prove)
{
	for (int i = 0; i < prove->nexamples; i++)
	{
		ProveExample *example = &prove->examples[i];

		for (int j = 0; j < example->nparams; j++)
		{
			free(example->values[j]);
			free(example->types[j]);
		}
		free(example->values);
		free(example->types);
		free(example->source_types);
		free(example->copy_types);
		free(example->queryid);
		free(example->text);
		free(example->refusal);
	}
	free(prove->examples);
	for (int i = 0; i < prove->nadvice; i++)
	{
		free(prove->advice[i].command);
		free(prove->advice[i].reason);
		free(prove->advice[i].serves);
		free(prove->advice[i].failure);
		free(prove->advice[i].relations);
	}
	free(prove->advice);
	for (int i = 0; i < prove->ntables; i++)
	{
		free(prove->tables[i].name);
		free(prove->tables[i].columns);
	}
	free(prove->tables);
	bench_compare_free(&prove->comparison);
}

static bool
show(const Prove *prove, FILE *json)
{
	cJSON	   *document;
	bool		done = true;

	bench_prove_print_results(prove, json == stdout ? stderr : stdout);
	if (json)
	{
		document = bench_prove_json(prove);
		done = document && bench_json_write(document, json, prove->options->json_path);
		cJSON_Delete(document);
	}
	return done;
}

/* Everything but the end; false if it has failed. */
static bool
run(Prove *prove, FILE *json)
{
	FILE	   *table = json == stdout ? stderr : stdout;

	prove->source = bench_extension_open(prove->options->conninfo, "bingo_prove", "prove");
	if (prove->source == NULL)
		return false;
	bench_prove_watch(0, prove->source);
	if (!bench_prove_read_advice(prove))
		return false;
	if (prove->nadvice == 0)
	{
		fprintf(table, "nothing to prove: advise() proposes no index, ordering, counter or statistics\n");
		return json == NULL || show(prove, json);
	}
	if (!bench_prove_find_tables(prove))
		return false;
	bench_prove_print_tables(prove, table);
	return bench_prove_make_copy(prove) && bench_prove_fill_copy(prove) && bench_prove_prepare_writes(prove) &&
		bench_prove_build(prove) && bench_prove_time(prove) && bench_prove_time_writes(prove) && show(prove, json);
}

int
bench_prove(int argc, char **argv)
{
	ProveOptions options = {.limit = INT64_C(10) << 30, .rounds = 10, .seconds = 60, .timeout = 60, .min_share = 0.01,
	.max_rows = 20, .seed = 1};
	Prove		prove = {.options = &options};
	struct sigaction action = {.sa_handler = handle_interrupt};
	FILE	   *json = NULL;
	bool		done;

	read_options(&options, argc, argv);
	prove.random.state = (uint64_t) options.seed;
	if (options.json_path && (json = bench_file_create(options.json_path)) == NULL)
		return 1;
	/* Without SA_RESTART, so that waiting for pg_dump is interrupted, too. */
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	done = run(&prove, json);
	done = bench_prove_drop_copy(&prove) && done;
	bench_prove_watch(0, NULL);
	PQfinish(prove.source);
	free_all(&prove);
	if (bench_prove_interrupted)
		return 130;
	return done ? 0 : 1;
}
