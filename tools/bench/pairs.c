/*
 * bench/pairs.c
 *	  "bingo_bench compare": two documents, or pairs of runs made here.
 *
 * With --run, A and B run in turns, one pair a round, the order of each pair
 * drawn at random, so that a drift of the machine meets both alike.  Each run
 * is a bingo_bench of its own, started through the shell, that writes its
 * document into a private temporary directory.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/compare.h"
#include "bench/file.h"
#include "bench/json.h"
#include "bench/random.h"
#include "client.h"
#include "options.h"

#define MAX_ROUNDS 1000
#define FEWEST_ROUNDS 3

typedef struct CompareOptions
{
	int			nruns;
	const char *runs[2];
	int			rounds;
	int64_t		seed;
	bool		force;
	bool		quiet;
	int			nlabels;
	const char *labels[2];
	const char *json_path;
} CompareOptions;

static const char compare_help[] =
"Usage: bingo_bench compare [OPTION]... A.json B.json\n"
"       bingo_bench compare [OPTION]... --run=ARGUMENTS --run=ARGUMENTS\n"
"\n"
"Shows for each endpoint and quantile the ratio B / A with its 95 % confidence\n"
"interval, and beside it the A/A floor: what the same data show when a side is\n"
"compared with itself. A difference is claimed only when it is outside the floor\n"
"and significant at 5 % for all rows of the table together; else the verdict is\n"
"\"no difference shown\".\n"
"\n"
"The first form takes two documents that query or load wrote. It knows only what\n"
"varies within a run. The second makes the runs: it alternates between the two in\n"
"random order and compares pair by pair. ARGUMENTS are those of bingo_bench, for\n"
"example --run='load -d postgresql:///bingo -r 60 -D 5 --mix mix.conf'.\n"
"\n"
"Runs of another configuration, endpoint, machine or server version are not\n"
"compared; settings of the server, --set and --before may differ and are shown.\n"
"\n"
"Options:\n"
"      --run=ARGUMENTS       the first is A, the second B\n"
"      --rounds=N            pairs of runs, from 3 (default 10)\n"
"      --seed=N              seed of the order within the pairs (default 1)\n"
"      --label=NAME          what to call A; given again: B\n"
"      --force               compare runs that are not alike, too\n"
"      --json=FILE           the table as JSON, for \"report\"; \"-\" is stdout, then\n"
"                            the table goes to stderr\n"
"  -q, --quiet               no progress on stderr\n"
"      --help                this text\n"
"\n"
"Exit status: 0 compared, whatever came out; 1 could not compare; 2 wrong command\n"
"line; 130 interrupted (the pairs that were complete are compared).\n";

static volatile sig_atomic_t interrupted = 0;

static void
handle_interrupt(int signal_number)
{
	interrupted = 1;
}

static void
read_options(CompareOptions *options, int argc, char **argv)
{
	enum
	{
		OPT_RUN = 1, OPT_ROUNDS, OPT_SEED, OPT_LABEL, OPT_FORCE, OPT_JSON, OPT_HELP
	};
	static const struct option long_options[] = {
		{"run", required_argument, NULL, OPT_RUN},
		{"rounds", required_argument, NULL, OPT_ROUNDS},
		{"seed", required_argument, NULL, OPT_SEED},
		{"label", required_argument, NULL, OPT_LABEL},
		{"force", no_argument, NULL, OPT_FORCE},
		{"json", required_argument, NULL, OPT_JSON},
		{"quiet", no_argument, NULL, 'q'},
		{"help", no_argument, NULL, OPT_HELP},
		{NULL, 0, NULL, 0}
	};
	int			option;

	while ((option = getopt_long(argc, argv, "q", long_options, NULL)) != -1)
	{
		switch (option)
		{
			case OPT_RUN:
				if (options->nruns == 2)
					bingo_options_fail("compare: --run is given twice, for A and for B");
				if (strncmp(optarg, "load ", 5) != 0 && strncmp(optarg, "query ", 6) != 0)
					bingo_options_fail("--run must start with load or query, not \"%s\"", optarg);
				options->runs[options->nruns++] = optarg;
				break;
			case OPT_ROUNDS:
				options->rounds = bingo_options_integer("--rounds", optarg, FEWEST_ROUNDS, MAX_ROUNDS);
				break;
			case OPT_SEED:
				options->seed = bingo_options_integer("--seed", optarg, INT64_MIN, INT64_MAX);
				break;
			case OPT_LABEL:
				if (options->nlabels == 2)
					bingo_options_fail("compare: --label is given twice at most, for A and for B");
				options->labels[options->nlabels++] = optarg;
				break;
			case OPT_FORCE:
				options->force = true;
				break;
			case OPT_JSON:
				options->json_path = optarg;
				break;
			case 'q':
				options->quiet = true;
				break;
			case OPT_HELP:
				fputs(compare_help, stdout);
				exit(0);
			default:
				/* getopt_long has named the option */
				bingo_options_fail("compare: wrong command line");
		}
	}
	if (options->nruns + (argc - optind) != 2)
		bingo_options_fail("compare: give two documents, or --run twice");
	if (options->nruns == 1)
		bingo_options_fail("compare: give --run twice, or two documents");
}

static bool
check_alike(const CompareOptions *options, const BenchDocument *a, const BenchDocument *b)
{
	if (bench_compare_alike(a, b))
		return true;
	if (options->force)
	{
		fprintf(stderr, "%s: comparing nevertheless (--force)\n", bingo_options_program());
		return true;
	}
	fprintf(stderr, "%s: A and B are not alike, so a comparison would say nothing\n"
			"HINT: Measure both in the same way, or add --force.\n", bingo_options_program());
	return false;
}

static bool
show(const CompareOptions *options, Comparison *comparison, FILE *json)
{
	bool		done = true;
	cJSON	   *document;
	char	   *runs[2] = {NULL, NULL};

	/* the document is for others, too */
	for (int i = 0; i < options->nruns; i++)
		runs[i] = bingo_client_hide_passwords(options->runs[i]);
	comparison->label_a = options->nlabels > 0 ? options->labels[0] : options->nruns ? runs[0] : comparison->a->path;
	comparison->label_b = options->nlabels > 1 ? options->labels[1] : options->nruns ? runs[1] : comparison->b->path;
	bench_compare_print(comparison, json == stdout ? stderr : stdout);
	if (json)
	{
		document = bench_compare_json(comparison);
		done = bench_json_write(document, json, options->json_path);
		cJSON_Delete(document);
	}
	bench_compare_free(comparison);
	free(runs[0]);
	free(runs[1]);
	return done;
}

/* The document is made when both have been read: it may take the place of one. */
static int
compare_files(const CompareOptions *options, char **paths)
{
	FILE	   *json = NULL;
	BenchDocument a = {0};
	BenchDocument b = {0};
	Comparison	comparison;
	bool		done = false;

	if (bench_document_read(&a, paths[0]) && bench_document_read(&b, paths[1]) && check_alike(options, &a, &b) &&
		(options->json_path == NULL || (json = bench_file_create(options->json_path)) != NULL))
	{
		bench_compare_documents(&comparison, &a, &b);
		done = show(options, &comparison, json);
	}
	bench_document_free(&a);
	bench_document_free(&b);
	return done ? 0 : 1;
}

/* --- making the runs --- */

/*
 * Starts a command through the shell and waits for its end; returns its exit
 * status.  Not system(), which ignores SIGINT meanwhile: an interrupt that
 * reaches only this process is passed on to the run.
 */
static int
run_command(const char *command)
{
	pid_t		child = fork();
	int			status;

	if (child == 0)
	{
		execl("/bin/sh", "sh", "-c", command, (char *) NULL);
		_exit(127);
	}
	if (child < 0)
		return 127;
	while (waitpid(child, &status, 0) < 0)
		if (errno == EINTR && interrupted)
			kill(child, SIGINT);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 130;
}

/*
 * Runs one bingo_bench; its table is dropped, its messages are shown if it
 * fails.  Exit status 3 (a service level missed) is a result like others.
 */
static bool
make_run(const char *arguments, const char *path, const char *messages, BenchDocument *document)
{
	char		self[4096];
	ssize_t		length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char	   *command;
	char	   *text;
	int			status;

	if (length < 0)
		return false;
	self[length] = '\0';
	setenv("BINGO_BENCH_SELF", self, 1);
	if (asprintf(&command, "exec \"$BINGO_BENCH_SELF\" %s --json='%s' %s >/dev/null 2>'%s'", arguments, path,
				 strncmp(arguments, "load ", 5) == 0 ? "--quiet" : "", messages) < 0)
		return false;
	status = run_command(command);
	free(command);
	if (status == 0 || status == 3)
		return bench_document_read(document, path);
	if (status == 130)
	{
		interrupted = 1;
		return false;
	}
	text = bench_file_read(messages);
	command = bingo_client_hide_passwords(arguments);
	fprintf(stderr, "%s: a run failed: %s\n%s", bingo_options_program(), command ? command : "", text ? text : "");
	free(command);
	free(text);
	return false;
}

/* All pairs, as far as neither fails nor is interrupted; returns how many are complete. */
static int
make_pairs(const CompareOptions *options, const char *directory, BenchDocument *documents[2], bool *failed)
{
	BenchRandom random = {(uint64_t) options->seed};
	char		path[2][64];
	char		messages[64];
	int			round;

	for (int i = 0; i < 2; i++)
		snprintf(path[i], sizeof(path[i]), "%s/%c.json", directory, 'A' + i);
	snprintf(messages, sizeof(messages), "%s/messages", directory);
	for (round = 0; round < options->rounds && !interrupted && !*failed; round++)
	{
		int			first = bench_random_next(&random) >> 63;

		for (int i = 0; i < 2 && !interrupted && !*failed; i++)
		{
			int			side = first ^ i;

			if (!options->quiet)
				fprintf(stderr, "round %d of %d: %c\n", round + 1, options->rounds, 'A' + side);
			*failed = !make_run(options->runs[side], path[side], messages, &documents[side][round]);
		}
		if (interrupted || *failed)
			break;
		if (round == 0 && !check_alike(options, &documents[0][0], &documents[1][0]))
			*failed = true;
	}
	*failed &= !interrupted;
	for (int i = 0; i < 2; i++)
		unlink(path[i]);
	unlink(messages);
	return round;
}

static int
compare_runs(const CompareOptions *options, FILE *json)
{
	BenchDocument *documents[2];
	Comparison	comparison;
	char		directory[] = "/tmp/bingo_bench.XXXXXX";
	bool		failed = false;
	int			pairs;

	if (mkdtemp(directory) == NULL)
	{
		bingo_client_error("58030", "Make room in /tmp, or let this user write there.",
						   "could not make a directory in /tmp: %s", strerror(errno));
		return 1;
	}
	for (int i = 0; i < 2; i++)
		documents[i] = calloc(options->rounds, sizeof(BenchDocument));
	/* Without SA_RESTART, so that waiting for a run is interrupted, too. */
	sigaction(SIGINT, &(struct sigaction) {.sa_handler = handle_interrupt}, NULL);
	pairs = make_pairs(options, directory, documents, &failed);
	signal(SIGINT, SIG_DFL);
	rmdir(directory);
	if (!failed && pairs >= FEWEST_ROUNDS)
	{
		bench_compare_pairs(&comparison, documents[0], documents[1], pairs);
		failed = !show(options, &comparison, json);
	}
	else if (!failed)
		bingo_client_error("57014", "Let it run longer, or make the runs shorter.",
						   "interrupted before %d pairs were complete", FEWEST_ROUNDS);
	for (int i = 0; i < 2; i++)
	{
		for (int j = 0; j < options->rounds; j++)
			bench_document_free(&documents[i][j]);
		free(documents[i]);
	}
	return interrupted ? 130 : failed;
}

int
bench_compare(int argc, char **argv)
{
	CompareOptions options = {.rounds = 10, .seed = 1};
	FILE	   *json = NULL;

	read_options(&options, argc, argv);
	if (options.nruns == 0)
		return compare_files(&options, argv + optind);
	if (options.json_path && (json = bench_file_create(options.json_path)) == NULL)
		return 1;
	return compare_runs(&options, json);
}
