/*
 * load/main.c
 *	  bingo_load: makes the database as "bingo prepare_db" leaves it.
 *
 * Command line, worker threads, exit status.  The plan of a run is in load/run.h.
 */
#include "load/run.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "options.h"

#define DEFAULT_SKEW 0.5
#define JOBS_MAX 64

static const char help[] =
"bingo_load fills a database as \"bingo prepare_db\" leaves it: the tables\n"
"sessions, customers, movies and schema_migrations, no other index than that of\n"
"the last.\n"
"\n"
"Usage:\n"
"  bingo_load [OPTION]...\n"
"\n"
"Options:\n"
"  -d, --dbname=CONNINFO  database name, connection string or URI; what is not\n"
"                         given comes from libpq's environment variables (PGHOST,\n"
"                         ...)\n"
"      --scale=F          size of the data, 0.001 to 100; 1 is 5,000,000\n"
"                         sessions, 500,000 customers and 29,019 movies (default\n"
"                         1)\n"
"      --jobs=N           connections that load at the same time, 1 to 64; more\n"
"                         than 3, one a table, change nothing (default 2)\n"
"      --seed=N           0 to 9223372036854775807: equal seed, scale and skew\n"
"                         give equal data on every machine, whatever --jobs is\n"
"                         (default 1)\n"
"      --skew=F           how unequal the popularity of movies and customers is,\n"
"                         0 to 0.95: the most popular part x gets the share\n"
"                         x^(1-F) of the sessions; 0 is uniform (default 0.5: the\n"
"                         top 1 % get 10 %)\n"
"      --schema=NAME      an existing schema for the tables (default public)\n"
"      --force            replace a data set that bingo_load has made, and load\n"
"                         even if the database holds other tables (those are not\n"
"                         touched)\n"
"      --quiet            print errors only\n"
"      --help             show this text and exit\n"
"      --version          show the version and exit\n"
"\n"
"The role needs the right to create tables in the schema.  A table that\n"
"bingo_load did not make is never dropped, emptied or written, with --force\n"
"neither.  Its own tables carry a comment that says with which settings they were\n"
"made.\n"
"\n"
"Exit status: 0 the data is there (loaded now, or before with the same settings),\n"
"1 it is not, and the message says why, 2 wrong command line.\n";

enum
{
	OPTION_SCALE = 256,
	OPTION_JOBS,
	OPTION_SEED,
	OPTION_SKEW,
	OPTION_SCHEMA,
	OPTION_FORCE,
	OPTION_QUIET,
	OPTION_HELP,
	OPTION_VERSION
};

static const struct option long_options[] = {
	{"dbname", required_argument, NULL, 'd'},
	{"scale", required_argument, NULL, OPTION_SCALE},
	{"jobs", required_argument, NULL, OPTION_JOBS},
	{"seed", required_argument, NULL, OPTION_SEED},
	{"skew", required_argument, NULL, OPTION_SKEW},
	{"schema", required_argument, NULL, OPTION_SCHEMA},
	{"force", no_argument, NULL, OPTION_FORCE},
	{"quiet", no_argument, NULL, OPTION_QUIET},
	{"help", no_argument, NULL, OPTION_HELP},
	{"version", no_argument, NULL, OPTION_VERSION},
	{NULL, 0, NULL, 0}
};

static void
parse_options(int argc, char **argv, BingoLoadOptions *options)
{
	int			option;

	*options = (BingoLoadOptions) {.schema = "public", .scale = 1, .skew = DEFAULT_SKEW, .seed = 1, .jobs = 2};
	/* The leading colon leaves the messages to us. */
	while ((option = getopt_long(argc, argv, ":d:", long_options, NULL)) != -1)
	{
		switch (option)
		{
			case 'd':
				options->conninfo = optarg;
				break;
			case OPTION_SCALE:
				options->scale = bingo_options_number("--scale", optarg, 0.001, 100);
				break;
			case OPTION_JOBS:
				options->jobs = (int) bingo_options_integer("--jobs", optarg, 1, JOBS_MAX);
				break;
			case OPTION_SEED:
				options->seed = (uint64_t) bingo_options_integer("--seed", optarg, 0, INT64_MAX);
				break;
			case OPTION_SKEW:
				options->skew = bingo_options_number("--skew", optarg, 0, BINGO_SKEW_MAX);
				break;
			case OPTION_SCHEMA:
				options->schema = optarg;
				break;
			case OPTION_FORCE:
				options->force = true;
				break;
			case OPTION_QUIET:
				options->quiet = true;
				break;
			case OPTION_HELP:
				fputs(help, stdout);
				exit(0);
			case OPTION_VERSION:
				bingo_options_print_version();
				exit(0);
			case ':':
				bingo_options_fail("option \"%s\" needs a value", argv[optind - 1]);
			default:
				bingo_options_fail("unknown option \"%s\"", argv[optind - 1]);
		}
	}
	if (optind < argc)
		bingo_options_fail("too many arguments (first is \"%s\")", argv[optind]);
}

/* A connection's thread: takes the next table until none is left or something failed. */
static void *
work(void *argument)
{
	BingoLoadRun *run = argument;
	PGconn	   *conn = bingo_load_connect(run);
	int			next;

	if (!conn || !bingo_load_join(run, conn))
		bingo_load_stop(run);
	while (!atomic_load(&run->failed) && (next = atomic_fetch_add(&run->next_table, 1)) < BINGO_TABLES)
		bingo_load_table(run, conn, &run->tables[next]);
	/* Closing also rolls back what is unfinished and gives up the lock. */
	PQfinish(conn);
	atomic_fetch_sub(&run->workers_left, 1);
	return NULL;
}

/* Loads all tables; the biggest is taken first because it decides how long it takes. */
static bool
load_tables(BingoLoadRun *run)
{
	pthread_t	threads[BINGO_TABLES];
	int			wanted = run->options.jobs < BINGO_TABLES ? run->options.jobs : BINGO_TABLES;
	int			started;

	for (BingoTable table = 0; table < BINGO_TABLES; table++)
		run->tables[table].table = table;
	atomic_store(&run->workers_left, wanted);
	for (started = 0; started < wanted; started++)
		if (pthread_create(&threads[started], NULL, work, run) != 0)
			break;
	atomic_fetch_sub(&run->workers_left, wanted - started);
	if (started == 0)
	{
		bingo_client_error("53000", "Raise the limit on processes (ulimit -u).", "could not start a thread");
		return false;
	}
	bingo_load_show_progress(run);
	for (int i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	return !atomic_load(&run->failed);
}

static bool
load(BingoLoadRun *run)
{
	double		start = bingo_load_clock();

	if (!bingo_load_open(run))
		return false;
	switch (bingo_load_prepare(run))
	{
		case BINGO_VERDICT_REFUSED:
			return false;
		case BINGO_VERDICT_PRESENT:
			if (!run->options.quiet)
				printf("nothing to do, the data is there: %s\n", run->mark_loaded);
			return true;
		case BINGO_VERDICT_LOAD:
			break;
	}
	if (!load_tables(run) || !bingo_load_finish(run))
	{
		bingo_load_clean(run);
		return false;
	}
	bingo_load_show_result(run, bingo_load_clock() - start);
	return true;
}

int
main(int argc, char **argv)
{
	static BingoLoadRun run;
	bool		loaded;

	bingo_options_set_program("bingo_load");
	parse_options(argc, argv, &run.options);
	bingo_generate_init(&run.generator, run.options.seed, run.options.scale, run.options.skew);
	loaded = load(&run);
	if (run.coordinator)
		PQfinish(run.coordinator);
	free(run.schema);
	return loaded ? 0 : 1;
}
