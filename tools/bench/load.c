/*
 * bench/load.c
 *	  "bingo_bench load": the command line, and the order of the whole run.
 *
 * Everything that can go wrong before the run is tried first: options, files
 * to read, files to write, one connection, the parameters' ranges.  Then the
 * monitor (bench/run.c) starts the threads.
 */
#include "bench/load.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "bench/file.h"
#include "bench/json.h"
#include "bench/level.h"
#include "bench/output.h"
#include "bench/run.h"
#include "options.h"

/* Files that the run writes, opened before it starts. */
typedef struct LoadFiles
{
	FILE	   *json;
	FILE	   *csv;
	FILE	   *log;
} LoadFiles;

static const char load_help[] =
"Usage: bingo_bench load [OPTION]... (--rate=N | --schedule=LIST | --clients=N)\n"
"                        (--mix=FILE | FILE...)\n"
"\n"
"Runs a mix of endpoints and reports latency quantiles, errors and rates.\n"
"\n"
"Open loop (--rate, --schedule): calls fall due by the clock, whatever the server\n"
"does, and a call's latency counts from the moment it fell due, so that a stall\n"
"shows in every call that was due in it. Closed loop (--clients): each connection\n"
"begins the next call when the last has ended.\n"
"\n"
"A FILE holds one statement (see \"bingo_bench query --help\"); several have equal\n"
"weight. A mix file has one endpoint a line: FILE WEIGHT [copies=N] [exclusive].\n"
"\n"
"Options:\n"
BENCH_SESSION_HELP
"      --read-dsn=CONNINFO   send statements that only read here; may be given\n"
"                            several times, connections are dealt out evenly\n"
"  -m, --mix=FILE            the endpoints and their weights\n"
"  -r, --rate=N              calls a second\n"
"  -s, --schedule=LIST       RATE:SECONDS,RATE:SECONDS,... one after another\n"
"      --arrivals=A          constant | poisson (default poisson)\n"
"  -c, --clients=N           closed loop with N connections\n"
"      --connections=N       open loop: connections, of each kind with --read-dsn\n"
"                            (default 4: two instances with two each)\n"
"  -D, --duration=S          seconds measured (default 10)\n"
"      --warmup=S            seconds before that, at the first rate; they and\n"
"                            their backlog don't count (default 1)\n"
"      --timeout=S           a call is given up S seconds after it fell due, and\n"
"                            its connection dropped (default 20, as the\n"
"                            application; 0: never)\n"
"  -j, --threads=N           event loops (default 1)\n"
"      --skew=F              0 draws ids uniformly, up to 0.99 prefers low ones\n"
"                            (default 0)\n"
"      --seed=N              seed of arrivals, mix and ids (default 1)\n"
"      --service-level=FILE  targets; exit status 3 if one is missed\n"
"      --json=FILE           everything, for \"compare\" and \"report\"; \"-\" is\n"
"                            stdout, then the table goes to stderr\n"
"      --csv=FILE            full histograms\n"
"      --log=FILE            every call: start_us, endpoint, latency_us, late_us,\n"
"                            rows, SQLSTATE\n"
"  -q, --quiet               no progress on stderr\n"
"      --help                this text\n"
"\n"
"Errors are counted by SQLSTATE: 08006 is a connection lost during a call, 08001\n"
"a call that found no server to connect to, \"timeout\" one given up. Latencies are\n"
"of answered calls and of those given up, at the time when they were.\n"
"\n"
"Exit status: 0 done, 1 could not run, 2 wrong command line, 3 a service level\n"
"was missed, 130 interrupted (what was measured so far is printed and written).\n";

enum
{
	OPT_READ_DSN = 1, OPT_ARRIVALS, OPT_CONNECTIONS, OPT_WARMUP, OPT_TIMEOUT, OPT_SKEW, OPT_SEED,
	OPT_SERVICE_LEVEL, OPT_JSON, OPT_CSV, OPT_LOG, OPT_HELP
};

static const struct option long_options[] = {
	BENCH_SESSION_LONG_OPTIONS,
	{"read-dsn", required_argument, NULL, OPT_READ_DSN},
	{"mix", required_argument, NULL, 'm'},
	{"rate", required_argument, NULL, 'r'},
	{"schedule", required_argument, NULL, 's'},
	{"arrivals", required_argument, NULL, OPT_ARRIVALS},
	{"clients", required_argument, NULL, 'c'},
	{"connections", required_argument, NULL, OPT_CONNECTIONS},
	{"duration", required_argument, NULL, 'D'},
	{"warmup", required_argument, NULL, OPT_WARMUP},
	{"timeout", required_argument, NULL, OPT_TIMEOUT},
	{"threads", required_argument, NULL, 'j'},
	{"skew", required_argument, NULL, OPT_SKEW},
	{"seed", required_argument, NULL, OPT_SEED},
	{"service-level", required_argument, NULL, OPT_SERVICE_LEVEL},
	{"json", required_argument, NULL, OPT_JSON},
	{"csv", required_argument, NULL, OPT_CSV},
	{"log", required_argument, NULL, OPT_LOG},
	{"quiet", no_argument, NULL, 'q'},
	{"help", no_argument, NULL, OPT_HELP},
	{NULL, 0, NULL, 0}
};

/* What the schedule is made of, until all options are known. */
typedef struct ScheduleOptions
{
	double		rate;
	double		duration;
	const char *list;
	bool		duration_given;
	bool		connections_given;
} ScheduleOptions;

static void
take_option(LoadOptions *options, ScheduleOptions *schedule, int option)
{
	switch (option)
	{
		case OPT_READ_DSN:
			if (options->nread_dsns == BENCH_MAX_DSNS)
				bingo_options_fail("--read-dsn may be given %d times at most", BENCH_MAX_DSNS);
			options->read_dsns[options->nread_dsns++] = optarg;
			break;
		case 'm':
			options->mix_path = optarg;
			break;
		case 'r':
			schedule->rate = bingo_options_number("--rate", optarg, 0.001, 1e6);
			break;
		case 's':
			schedule->list = optarg;
			break;
		case OPT_ARRIVALS:
			if (strcmp(optarg, "constant") != 0 && strcmp(optarg, "poisson") != 0)
				bingo_options_fail("--arrivals must be constant or poisson, not \"%s\"", optarg);
			options->poisson = optarg[0] == 'p';
			break;
		case 'c':
			options->closed = true;
			options->connections = bingo_options_integer("--clients", optarg, 1, BENCH_MAX_CONNECTIONS);
			break;
		case OPT_CONNECTIONS:
			schedule->connections_given = true;
			options->connections = bingo_options_integer("--connections", optarg, 1, BENCH_MAX_CONNECTIONS);
			break;
		case 'D':
			schedule->duration_given = true;
			schedule->duration = bingo_options_number("--duration", optarg, 0.1, 1e7);
			break;
		case OPT_WARMUP:
			options->warmup = bingo_options_number("--warmup", optarg, 0, 1e6);
			break;
		case OPT_TIMEOUT:
			options->timeout = bingo_options_number("--timeout", optarg, 0, 1e6);
			break;
		case 'j':
			options->workers = bingo_options_integer("--threads", optarg, 1, BENCH_MAX_WORKERS);
			break;
		case OPT_SKEW:
			options->skew = bingo_options_number("--skew", optarg, 0, 0.99);
			break;
		case OPT_SEED:
			options->seed = bingo_options_integer("--seed", optarg, INT64_MIN, INT64_MAX);
			break;
		case OPT_SERVICE_LEVEL:
			options->level_path = optarg;
			break;
		case OPT_JSON:
			options->json_path = optarg;
			break;
		case OPT_CSV:
			options->csv_path = optarg;
			break;
		case OPT_LOG:
			options->log_path = optarg;
			break;
		case 'q':
			options->quiet = true;
			break;
		case OPT_HELP:
			fputs(load_help, stdout);
			exit(0);
		default:
			/* getopt_long has named the option */
			bingo_options_fail("load: wrong command line");
	}
}

/* Exactly one of --rate, --schedule and --clients decides the loop. */
static void
set_schedule(LoadOptions *options, const ScheduleOptions *given)
{
	if ((given->rate > 0) + (given->list != NULL) + options->closed != 1)
		bingo_options_fail("load: give one of --rate, --schedule and --clients");
	if (options->closed && given->connections_given)
		bingo_options_fail("load: --connections is for the open loop; --clients says how many there are");
	if (given->list)
	{
		if (given->duration_given)
			bingo_options_fail("load: --schedule has the duration, --duration can't be given with it");
		if (!bench_schedule_read(&options->schedule, given->list))
			bingo_options_fail("--schedule must be RATE:SECONDS,RATE:SECONDS,... with numbers above 0, not \"%s\"",
							   given->list);
		snprintf(options->schedule_text, sizeof(options->schedule_text), "%s", given->list);
		return;
	}
	options->schedule.n = 1;
	options->schedule.rates[0] = given->rate;
	options->schedule.seconds[0] = given->duration;
	snprintf(options->schedule_text, sizeof(options->schedule_text), "%g:%g", given->rate, given->duration);
}

static void
read_options(LoadOptions *options, int argc, char **argv)
{
	ScheduleOptions schedule = {.duration = 10};
	int			option;

	while ((option = getopt_long(argc, argv, "d:m:r:s:c:D:j:q", long_options, NULL)) != -1)
		if (!bench_session_take_option(&options->session, option, optarg))
			take_option(options, &schedule, option);
	set_schedule(options, &schedule);
	if ((options->mix_path != NULL) == (optind < argc))
		bingo_options_fail("load: give --mix=FILE or workload FILEs; bingo's is %s", bingo_options_share("workloads/mix.conf"));
	if (options->workers > options->connections)
		bingo_options_fail("load: --threads must not be more than the connections (%d)", options->connections);
	bench_session_check(&options->session);
}

static bool
read_mix(const LoadOptions *options, BenchMix *mix, int argc, char **argv)
{
	if (options->mix_path)
		return bench_mix_read(mix, options->mix_path);
	for (int i = optind; i < argc; i++)
		if (!bench_mix_add(mix, argv[i]))
			return false;
	return true;
}

/* With --read-dsn, what only reads goes to a lane of its own. */
static void
assign_lanes(LoadPlan *plan)
{
	plan->nlanes = plan->options->nread_dsns > 0 ? 2 : 1;
	for (int i = 0; i < plan->mix->n; i++)
	{
		plan->lane_of[i] = plan->nlanes == 2 && !plan->mix->entries[i].statement.writes;
		plan->lane_weight[plan->lane_of[i]] += plan->mix->entries[i].weight;
	}
	if (plan->nlanes == 2 && (plan->lane_weight[0] == 0 || plan->lane_weight[1] == 0))
		bingo_options_fail("load: --read-dsn is for a mix that reads and writes; use -d alone for this one");
	if (plan->nlanes == 2 && plan->options->closed && plan->options->connections < 2)
		bingo_options_fail("load: --read-dsn needs two --clients at least");
}

static bool
open_files(const LoadOptions *options, LoadFiles *files)
{
	if ((options->json_path && !(files->json = bench_file_create(options->json_path))) ||
		(options->csv_path && !(files->csv = bench_file_create(options->csv_path))) ||
		(options->log_path && !(files->log = bench_file_create(options->log_path))))
		return false;
	if (files->log)
	{
		setvbuf(files->log, NULL, _IOFBF, 1 << 20);
		fprintf(files->log, "start_us\tendpoint\tlatency_us\tlate_us\trows\tsqlstate\n");
	}
	return true;
}

/* A connection needs a descriptor; the usual soft limit is 1,024. */
static void
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
	{
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* Asks the server for what the run needs to know; NULL after reporting. */
static cJSON *
describe_server(const LoadOptions *options, BenchMix *mix)
{
	PGconn	   *conn = bench_session_open(&options->session);
	cJSON	   *document = NULL;
	bool		done = conn != NULL;

	for (int i = 0; i < mix->n && done; i++)
		done = bench_statement_try(&mix->entries[i].statement, conn,
								   options->session.protocol != BENCH_SIMPLE, options->seed);
	if (done)
		document = bench_json_start("load", conn);
	PQfinish(conn);
	return document;
}

static bool
write_files(const LoadOptions *options, LoadFiles *files, const BenchRun *run, const cJSON *document)
{
	bool		done = true;

	if (files->json)
		done &= bench_json_write(document, files->json, options->json_path);
	if (files->csv)
	{
		bench_output_csv(run, files->csv);
		done &= bench_file_close(files->csv, options->csv_path);
	}
	if (files->log)
		done &= bench_file_close(files->log, options->log_path);
	return done;
}

/* The run itself; returns the exit status. */
static int
run_load(LoadPlan *plan, const BenchLevels *levels, LoadFiles *files)
{
	const LoadOptions *options = plan->options;
	FILE	   *table = files->json == stdout || files->csv == stdout || files->log == stdout ? stderr : stdout;
	cJSON	   *document = describe_server(options, plan->mix);
	BenchRun	run = {0};
	bool		done = false;
	bool		met = true;

	if (document == NULL)
		return 1;
	raise_descriptor_limit();
	plan->log = files->log;
	if (bench_run_execute(&run, plan))
	{
		bench_output_table(&run, table);
		bench_output_json(&run, document);
		if (levels->n > 0)
			met = bench_levels_judge(levels, &run, table, document);
		for (int i = 0; i < plan->mix->n; i++)
			bench_statement_warn_empty(&plan->mix->entries[i].statement,
									   run.total->endpoints[i].calls - run.total->endpoints[i].errors,
									   run.total->endpoints[i].rows);
		done = write_files(options, files, &run, document);
	}
	cJSON_Delete(document);
	bench_run_free(&run);
	if (run.interrupted)
		return 130;
	return !done ? 1 : met ? 0 : 3;
}

int
bench_load(int argc, char **argv)
{
	static LoadOptions options = {
		.session = {.protocol = BENCH_EXTENDED}, .poisson = true, .connections = 4, .workers = 1, .warmup = 1,
		.timeout = 20, .seed = 1
	};
	static LoadPlan plan;
	static BenchMix mix;
	static BenchLevels levels;
	LoadFiles	files = {0};
	int			status;

	read_options(&options, argc, argv);
	if (!read_mix(&options, &mix, argc, argv))
		return 1;
	plan.options = &options;
	plan.mix = &mix;
	assign_lanes(&plan);
	if (options.level_path && !bench_levels_read(&levels, options.level_path, &mix))
		return 1;
	if (!open_files(&options, &files))
		return 1;
	status = run_load(&plan, &levels, &files);
	bench_mix_free(&mix);
	return status;
}
