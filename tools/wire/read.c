/*
 * wire/read.c
 *	  bingo_wire read: how long an answer takes to reach a client.
 *
 * Data's way: connect with libpq (it knows every way to authenticate), then
 * either write and read bare messages on its socket ("raw") or PQexec() /
 * PQexecParams() ("libpq").  Each copy is a thread with a connection of its
 * own; a round starts in all copies at once and ends when the last is done,
 * and a round's time is what is reported.
 *
 * The backend's CPU time is read from /proc when it runs on this machine.
 */
#include "wire/read.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "options.h"
#include "samples.h"
#include "wire/answer.h"

typedef struct ReadOptions
{
	const char *conninfo;
	const char *before;			/* SQL to run first on each connection */
	const char *statement;
	WireProtocol protocol;
	bool		use_libpq;
	bool		json;
	bool		hash;
	int			copies;
	int			repeat;
	int			warm_up;
} ReadOptions;

typedef struct Copy
{
	const ReadOptions *options;
	pthread_t	thread;
	PGconn	   *conn;
	WireBytes	request;
	WireAnswer	answer;			/* of the last round */
	uint64_t	hash;			/* of the first, if asked for */
	bool		failed;
} Copy;

static pthread_barrier_t round_start;
static pthread_barrier_t round_end;

static double
now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

/* User and system time of a process in seconds; negative if it can't be read. */
static double
cpu_seconds(int pid)
{
	char		path[64];
	char		line[1024];
	unsigned long user,
				system;
	FILE	   *file;
	char	   *behind_name;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (!file)
		return -1;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	behind_name = strrchr(line, ')');
	if (!behind_name ||
		sscanf(behind_name + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
		return -1;
	return (double) (user + system) / sysconf(_SC_CLK_TCK);
}

static bool
read_once_libpq(Copy *copy)
{
	PGresult   *result;
	bool		good;

	if (copy->options->protocol == WIRE_SIMPLE_TEXT)
		result = PQexec(copy->conn, copy->options->statement);
	else
		result = PQexecParams(copy->conn, copy->options->statement, 0, NULL, NULL, NULL, NULL,
							  copy->options->protocol == WIRE_EXTENDED_BINARY);
	good = PQresultStatus(result) == PGRES_TUPLES_OK || PQresultStatus(result) == PGRES_COMMAND_OK;
	if (!good)
		bingo_client_report("statement failed", copy->conn, result);
	copy->answer = (WireAnswer) {.rows = PQntuples(result), .failed = !good};
	PQclear(result);
	return good;
}

static bool
read_once(Copy *copy, bool want_hash)
{
	if (copy->options->use_libpq)
		return read_once_libpq(copy);
	if (!wire_exchange(PQsocket(copy->conn), &copy->request, want_hash, NULL, &copy->answer))
	{
		bingo_client_error("08006", "Look at the server's log for why it ended the session.",
						   "connection lost: %s", strerror(errno));
		return false;
	}
	if (want_hash)
		copy->hash = copy->answer.hash;
	if (copy->answer.failed)
		fprintf(stderr, "%s: statement failed\nHINT: Run it with --client libpq to see the server's message.\n",
				bingo_options_program());
	return !copy->answer.failed;
}

static void *
run_copy(void *argument)
{
	Copy	   *copy = argument;

	for (int i = 0; i < copy->options->warm_up + copy->options->repeat; i++)
	{
		pthread_barrier_wait(&round_start);
		if (!copy->failed)
			copy->failed = !read_once(copy, copy->options->hash && i == 0);
		pthread_barrier_wait(&round_end);
	}
	return NULL;
}

static bool
open_copy(Copy *copy, const ReadOptions *options)
{
	PGresult   *result;

	copy->options = options;
	copy->request = wire_request(options->statement, options->protocol);
	copy->conn = bingo_client_connect(options->conninfo);
	if (!copy->conn)
		return false;
	if (!options->use_libpq && PQsslInUse(copy->conn))
		bingo_options_fail("a raw client can't read what is encrypted: use sslmode=disable or --client libpq");
	if (options->before)
	{
		result = bingo_client_run(copy->conn, "--before failed", options->before);
		if (!result)
			return false;
		PQclear(result);
	}
	/* libpq leaves the socket non-blocking; the raw client wants to sleep in read() */
	if (!options->use_libpq)
	{
		int			flags = fcntl(PQsocket(copy->conn), F_GETFL);

		if (flags < 0 || fcntl(PQsocket(copy->conn), F_SETFL, flags & ~O_NONBLOCK) < 0)
		{
			bingo_client_error("58000", "Use --client libpq.", "could not set the socket to blocking: %s",
							   strerror(errno));
			return false;
		}
	}
	return true;
}

/* Runs all rounds; milliseconds[] gets one time a counted round, *cpu the backends' seconds a round. */
static bool
run_rounds(Copy *copies, const ReadOptions *options, double *milliseconds, double *cpu)
{
	double		cpu_before = 0;
	bool		good = true;

	pthread_barrier_init(&round_start, NULL, options->copies + 1);
	pthread_barrier_init(&round_end, NULL, options->copies + 1);
	for (int i = 0; i < options->copies; i++)
		if (pthread_create(&copies[i].thread, NULL, run_copy, &copies[i]) != 0)
		{
			bingo_client_error("53000", "Raise the limit on processes (ulimit -u).", "could not start a thread");
			exit(1);
		}
	for (int round = -options->warm_up; round < options->repeat; round++)
	{
		double		start;

		if (round == 0)
			for (int i = 0; i < options->copies; i++)
				cpu_before += cpu_seconds(PQbackendPID(copies[i].conn));
		pthread_barrier_wait(&round_start);
		start = now_ms();
		pthread_barrier_wait(&round_end);
		if (round >= 0)
			milliseconds[round] = now_ms() - start;
	}
	*cpu = -cpu_before;
	for (int i = 0; i < options->copies; i++)
	{
		*cpu += cpu_seconds(PQbackendPID(copies[i].conn));
		pthread_join(copies[i].thread, NULL);
		good = good && !copies[i].failed;
	}
	*cpu /= options->repeat;
	return good;
}

static void
print_result(const ReadOptions *options, double *milliseconds, double cpu, const Copy *copy)
{
	const WireAnswer *answer = &copy->answer;
	int			n = options->repeat;

	bingo_samples_sort(milliseconds, n);
	if (options->json)
		printf("{\"client\": \"%s\", \"copies\": %d, \"n\": %d, \"median_ms\": %.3f, \"p90_ms\": %.3f, "
			   "\"min_ms\": %.3f, \"max_ms\": %.3f, \"backend_cpu_s\": %.4f, \"rows\": %" PRIu64
			   ", \"bytes\": %" PRIu64 ", \"messages\": %" PRIu64 "}\n",
			   options->use_libpq ? "libpq" : "raw", options->copies, n,
			   milliseconds[n / 2], milliseconds[n * 9 / 10], milliseconds[0], milliseconds[n - 1], cpu,
			   answer->rows, answer->bytes, answer->messages);
	else
		printf("%-5s copies %d  n %d  median %.2f ms  p90 %.2f  min %.2f  max %.2f  backend cpu %.4f s  "
			   "rows %" PRIu64 "  bytes %" PRIu64 "  messages %" PRIu64 "\n",
			   options->use_libpq ? "libpq" : "raw", options->copies, n,
			   milliseconds[n / 2], milliseconds[n * 9 / 10], milliseconds[0], milliseconds[n - 1], cpu,
			   answer->rows, answer->bytes, answer->messages);
	if (options->hash)
		printf("hash %016" PRIx64 "\n", copy->hash);
}

static void
print_help(void)
{
	printf("bingo_wire read times a statement until its answer's last byte has been read.\n\n"
		   "Usage: bingo_wire read [OPTION]... STATEMENT\n\n"
		   "  -d, --dbname=CONNINFO     connection string or URI (default: libpq's\n"
		   "                            environment)\n"
		   "      --client=raw|libpq    raw walks over the messages, libpq makes a PGresult\n"
		   "                            (default raw)\n"
		   "      --protocol=NAME       simple, extended or binary (extended, binary\n"
		   "                            results) (default simple)\n"
		   "      --copies=N            so many connections ask at the same moment; a round\n"
		   "                            ends when the last has its answer (default 1)\n"
		   "      --repeat=N            rounds to time (default 20)\n"
		   "      --warm-up=N           rounds before them (default 3)\n"
		   "      --before=SQL          run first on each connection, e.g. SET ...\n"
		   "      --hash                print the FNV-1a hash of one answer's bytes (needs a\n"
		   "                            warm-up, raw only)\n"
		   "      --json                one JSON object: times in milliseconds, backend CPU\n"
		   "                            in seconds a round\n"
		   "      --help                this text\n");
}

enum
{
	OPTION_CLIENT = 256,
	OPTION_PROTOCOL,
	OPTION_COPIES,
	OPTION_REPEAT,
	OPTION_WARM_UP,
	OPTION_BEFORE,
	OPTION_HASH,
	OPTION_JSON,
	OPTION_HELP
};

static WireProtocol
parse_protocol(const char *text)
{
	if (strcmp(text, "simple") == 0)
		return WIRE_SIMPLE_TEXT;
	if (strcmp(text, "extended") == 0)
		return WIRE_EXTENDED_TEXT;
	if (strcmp(text, "binary") == 0)
		return WIRE_EXTENDED_BINARY;
	bingo_options_fail("--protocol must be simple, extended or binary, not \"%s\"", text);
}

static bool
parse_client(const char *text)
{
	if (strcmp(text, "raw") != 0 && strcmp(text, "libpq") != 0)
		bingo_options_fail("--client must be raw or libpq, not \"%s\"", text);
	return strcmp(text, "libpq") == 0;
}

static ReadOptions
parse_options(int argc, char **argv)
{
	static const struct option long_options[] = {
		{"dbname", required_argument, NULL, 'd'},
		{"client", required_argument, NULL, OPTION_CLIENT},
		{"protocol", required_argument, NULL, OPTION_PROTOCOL},
		{"copies", required_argument, NULL, OPTION_COPIES},
		{"repeat", required_argument, NULL, OPTION_REPEAT},
		{"warm-up", required_argument, NULL, OPTION_WARM_UP},
		{"before", required_argument, NULL, OPTION_BEFORE},
		{"hash", no_argument, NULL, OPTION_HASH},
		{"json", no_argument, NULL, OPTION_JSON},
		{"help", no_argument, NULL, OPTION_HELP},
		{NULL, 0, NULL, 0}
	};
	ReadOptions options = {.copies = 1, .repeat = 20, .warm_up = 3};
	int			option;

	while ((option = getopt_long(argc, argv, "d:", long_options, NULL)) != -1)
		switch (option)
		{
			case 'd':
				options.conninfo = optarg;
				break;
			case OPTION_CLIENT:
				options.use_libpq = parse_client(optarg);
				break;
			case OPTION_PROTOCOL:
				options.protocol = parse_protocol(optarg);
				break;
			case OPTION_COPIES:
				options.copies = (int) bingo_options_integer("--copies", optarg, 1, 1000);
				break;
			case OPTION_REPEAT:
				options.repeat = (int) bingo_options_integer("--repeat", optarg, 1, 1000000);
				break;
			case OPTION_WARM_UP:
				options.warm_up = (int) bingo_options_integer("--warm-up", optarg, 0, 1000000);
				break;
			case OPTION_BEFORE:
				options.before = optarg;
				break;
			case OPTION_HASH:
				options.hash = true;
				break;
			case OPTION_JSON:
				options.json = true;
				break;
			case OPTION_HELP:
				print_help();
				exit(0);
			default:
				bingo_options_fail("unknown or incomplete option");
		}
	if (optind != argc - 1)
		bingo_options_fail("exactly one statement must be given");
	options.statement = argv[optind];
	if (options.hash && (options.use_libpq || options.warm_up == 0))
		bingo_options_fail("--hash needs --client raw and --warm-up of at least 1");
	return options;
}

int
wire_read(int argc, char **argv)
{
	ReadOptions options = parse_options(argc, argv);
	Copy	   *copies = calloc(options.copies, sizeof(Copy));
	double	   *milliseconds = calloc(options.repeat, sizeof(double));
	double		cpu;

	if (!copies || !milliseconds)
	{
		bingo_client_error("53200", "Run it with fewer --copies.", "out of memory");
		return 1;
	}
	for (int i = 0; i < options.copies; i++)
		if (!open_copy(&copies[i], &options))
			return 1;
	if (!run_rounds(copies, &options, milliseconds, &cpu))
		return 1;
	print_result(&options, milliseconds, cpu, &copies[0]);
	for (int i = 0; i < options.copies; i++)
		PQfinish(copies[i].conn);
	free(copies);
	free(milliseconds);
	return 0;
}
