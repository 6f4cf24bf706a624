/*
 * ordering_random.c
 *	  Random writers against orderings, and a checker that compares.
 *
 * Usage: ordering_random CONNINFO SECONDS SEED LOGDIR
 *
 * The database is prepared by t/ordering_random.pl: tables sessions, movies,
 * customers, studios, ratings, visits, halls and several orderings.  Each writer has a connection and
 * runs random transactions: all isolation levels, savepoints, rollbacks, two-phase
 * commit, COPY, MERGE, changes of keys, and now and then something that makes an
 * ordering invalid, or refills one itself.  One more thread keeps asking for refills.  The checker
 * compares, in one REPEATABLE READ snapshot, for each ordering
 *
 *	- the answer with and without bingo_tune.enable_ordered_scan, byte by byte;
 *	- unless the snapshot sees a mark of the window: the window with the tables up to
 *	  the boundary, by verify_ordering();
 *	- the first rows of each key, likewise (ordering_random_first.c), with BINGO_RANDOM_FIRST mostly these, and then many keys are given up;
 *	- counts, by counters and without (ordering_random_count.c);
 *	- and, as the judge that is not ours, all rows of the query, read from the window as
 *	  far as it goes, with those of the plain plan.
 *
 * A writer may fail as on plain tables: serialization failures, deadlocks of row
 * locks, unique keys, what it provokes itself.  Any other SQLSTATE, and any
 * message that names an advisory lock or a relation of bingo_tune, is a finding.
 * statement_timeout turns an endless wait into one; who waited for whom is in the
 * lines "STUCK ..." and, with all locks, in the log of the last thread (ordering_random_watch.c).
 *
 * How to read a failure: each finding is a line "FINDING ..." on standard output
 * with the thread, the SQLSTATE and the message, or the ordering and how many
 * rows are missing and extra, samples after it.  LOGDIR/writer-N.sql has the
 * statements of writer N with the time at which each was answered and how; look
 * there for what committed just before the first finding (the check's snapshot
 * and its time are in the line).  The same seed makes each writer
 * draw the same numbers, but the interleaving is the machine's: repeat it a few
 * times, with fewer writers (BINGO_RANDOM_WRITERS) if it comes up again.
 *
 * What is written stands in ordering_random_write.c.
 *
 * Exit status 0 without finding, 1 with; the last line counts what was done.
 */
#include <libpq-fe.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "ordering_random.h"

#define MOST_WRITERS	32

static const char *conninfo;
static double deadline;
static volatile bool stop = false;
static volatile int findings = 0;
static volatile uint64_t checks = 0;
static volatile uint64_t valid_checks = 0;
static volatile uint64_t served_whole = 0;
static volatile uint64_t refills = 0;
static bool disturb = true;
static bool of_first = false;
static pthread_mutex_t output = PTHREAD_MUTEX_INITIALIZER;

uint32_t
draw(Thread *thread, uint32_t n)
{
	return random_draw(&thread->state, n);
}

void
finding(const char *format,...)
{
	va_list		arguments;

	pthread_mutex_lock(&output);
	printf("FINDING %.6f ", random_now());
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
	fflush(stdout);
	findings++;
	if (findings >= 5)
		stop = true;
	pthread_mutex_unlock(&output);
}

static PGconn *
connect_server(void)
{
	PGconn	   *connection = PQconnectdb(conninfo);

	if (PQstatus(connection) != CONNECTION_OK)
	{
		fprintf(stderr, "could not connect: %s", PQerrorMessage(connection));
		exit(1);
	}
	return connection;
}

bool
run(Thread *thread, const char *format,...)
{
	char		sql[2048];
	va_list		arguments;
	PGresult   *result;
	bool		good;

	va_start(arguments, format);
	vsnprintf(sql, sizeof(sql), format, arguments);
	va_end(arguments);

	result = PQexec(thread->connection, sql);
	good = PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK;
	fprintf(thread->log, "%.6f %s;%s%s\n", random_now(), sql, good ? "" : " -- failed: ",
			good ? "" : PQresultErrorField(result, PG_DIAG_SQLSTATE));
	if (!good)
		judge(thread, result, sql);
	PQclear(result);
	return good;
}

/* --- comparing --- */

/* Names and queries of the orderings. */
static PGresult *orderings = NULL;

static const char *
ordering_name(int number)
{
	return PQgetvalue(orderings, number, 0);
}

#define QUERY_SIZE 1200

/* Its query, with values for the parameters, or a list of them for the first. */
static void
draw_query(Thread *thread, int number, char *sql)
{
	const char *query = PQgetvalue(orderings, number, 1);
	int			first = atoi(PQgetvalue(orderings, number, 2));
	int			last = atoi(PQgetvalue(orderings, number, 3));
	char	   *end = sql;
	bool		list = draw(thread, 3) == 0;

	for (; *query && end < sql + QUERY_SIZE - 20; query++)
	{
		if (*query != '$')
		{
			*end++ = *query;
			continue;
		}
		query++;				/* one digit */
		if (list && *query == '1')
			end += sprintf(end - 2, "IN (%u, %u, ", first + draw(thread, last - first + 1), first + draw(thread, last - first + 1)) - 2;
		end += sprintf(end, list && *query == '1' ? "%u)" : "%u", first + draw(thread, last - first + 1));
	}
	*end = '\0';
}

static void
read_orderings(void)
{
	PGconn	   *connection = connect_server();

	orderings = PQexec(connection, "SELECT name, query, first_key, last_key FROM ordered ORDER BY name");
	if (PQntuples(orderings) == 0)
	{
		fprintf(stderr, "there are no orderings: %s\n", PQerrorMessage(connection));
		exit(1);
	}
	read_first_rows(connection);
	PQfinish(connection);
}

bool
random_is_over(void)
{
	return stop || random_now() >= deadline;
}

bool
random_of_first(void)
{
	return of_first;
}

PGresult *
ask(Thread *thread, const char *sql)
{
	PGresult   *result = PQexec(thread->connection, sql);

	if (PQresultStatus(result) == PGRES_TUPLES_OK || PQresultStatus(result) == PGRES_COMMAND_OK)
		return result;
	judge(thread, result, sql);
	PQclear(result);
	return NULL;
}

/* The same snapshot for both: not at READ COMMITTED.  The transaction stays open. */
void
compare(Thread *thread, const char *name, const char *sql, PGresult *(*answer) (Thread *, const char *))
{
	PGresult   *served = answer(thread, sql);
	PGresult   *plain = NULL;

	if (served && run(thread, "SET LOCAL bingo_tune.enable_ordered_scan = off"))
		plain = answer(thread, sql);
	if (plain && !random_same_result(served, plain))
		finding("thread %d: %s: served answer (%d rows) differs from the plain one (%d rows): %s",
				thread->number, name, PQntuples(served), PQntuples(plain), sql);
	if (plain)
		run(thread, "SET LOCAL bingo_tune.enable_ordered_scan = on");
	PQclear(served);
	PQclear(plain);
}

static void
compare_answers(Thread *thread, int number)
{
	bool		keyed = strcmp(PQgetvalue(orderings, number, 3), "0") != 0;
	char		query[QUERY_SIZE];
	char		sql[QUERY_SIZE + 40];

	draw_query(thread, number, query);
	snprintf(sql, sizeof(sql), "%s LIMIT %u", query,
			 1 + draw(thread, keyed ? 12 : draw(thread, 4) ? 200 : 2 * SESSIONS));
	compare(thread, ordering_name(number), sql, ask);
}

static PGresult *
fetch_all(Thread *thread, const char *sql)
{
	PGresult   *result = NULL;

	if (run(thread, "DECLARE c CURSOR FOR %s", sql))
		result = ask(thread, "FETCH ALL FROM c");
	if (result)
		run(thread, "CLOSE c");
	return result;
}

/* All rows of the window and behind it. */
static void
compare_whole(Thread *thread, int number)
{
	char		query[QUERY_SIZE];
	char		sql[QUERY_SIZE + 100];
	PGresult   *result;

	draw_query(thread, number, query);
	/* planned for its first row, so that it begins with the window */
	run(thread, "SET LOCAL cursor_tuple_fraction = 1e-9");
	run(thread, "SET LOCAL jit = off; SET LOCAL enable_sort = off; SET LOCAL enable_incremental_sort = off");
	snprintf(sql, sizeof(sql), "SELECT bool_or(served) FROM bingo_tune.explain_ordering($$%s LIMIT 1$$)",
			 query);
	result = ask(thread, sql);
	served_whole += result && strcmp(PQgetvalue(result, 0, 0), "t") == 0;
	PQclear(result);
	compare(thread, ordering_name(number), query, fetch_all);
}

static void
compare_window(Thread *thread, int number)
{
	char		sql[200];
	PGresult   *result;

	snprintf(sql, sizeof(sql), "SELECT * FROM compare_window('%s')", ordering_name(number));
	result = ask(thread, sql);
	if (result == NULL)
		return;
	if (PQgetisnull(result, 0, 0))	/* invalid under this snapshot */
	{
		PQclear(result);
		return;
	}
	valid_checks++;
	if (strcmp(PQgetvalue(result, 0, 0), "0") != 0 || strcmp(PQgetvalue(result, 0, 1), "0") != 0)
		finding("%s: window has %s rows missing, %s extra; snapshot %s; boundary %s; samples: %s",
				ordering_name(number), PQgetvalue(result, 0, 0), PQgetvalue(result, 0, 1),
				PQgetvalue(result, 0, 2), PQgetvalue(result, 0, 3), PQgetvalue(result, 0, 4));
	if (strcmp(PQgetvalue(result, 0, 5), "0") != 0)
		compare_whole(thread, number);
	PQclear(result);
}

static void
check_once(Thread *thread, int number)
{
	PQclear(ask(thread, "BEGIN ISOLATION LEVEL REPEATABLE READ"));
	thread->failed = false;
	for (int i = of_first ? 12 : 1; i > 0; i--)
		compare_first(thread);
	compare_answers(thread, number);
	if (!of_first || draw(thread, 4) == 0)
		compare_window(thread, number);
	compare_counts(thread);
	PQclear(ask(thread, "COMMIT"));
	checks++;
}

/* --- threads --- */

static void
write_transaction(Thread *thread)
{
	static const char *const levels[] = {"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"};
	int			statements = 1 + draw(thread, 5);
	bool		savepoint = false;
	char		gid[40];

	thread->failed = false;
	thread->changed = false;
	thread->isolation = draw(thread, 3);
	thread->transactions++;

	if (draw(thread, 4) == 0)
	{
		write_anything(thread);
		return;
	}
	run(thread, "BEGIN ISOLATION LEVEL %s", levels[thread->isolation]);
	for (int i = 0; i < statements && !thread->failed; i++)
	{
		switch (draw(thread, 12))
		{
			case 0:
				run(thread, "SAVEPOINT s");
				savepoint = true;
				break;
			case 1:
				if (savepoint)
					run(thread, "ROLLBACK TO s");
				break;
			case 2:
				if (thread->isolation > 0 && of_first)
					compare_first(thread);
				else if (thread->isolation > 0)
					compare_answers(thread, draw(thread, PQntuples(orderings)));
				compare_counts(thread);
				break;
			default:
				write_anything(thread);
				if (thread->failed && savepoint)
				{
					thread->failed = false;
					run(thread, "ROLLBACK TO s");
				}
		}
	}
	if (!thread->failed && draw(thread, 3) == 0)
		compare_counts(thread);
	if (thread->changed && !thread->failed && draw(thread, of_first ? 20 : 60) == 0)
	{
		run(thread, "SAVEPOINT m");
		move_boundaries(thread);
		if (draw(thread, 3) == 0)
			run(thread, "ROLLBACK TO m");
		if (draw(thread, 3) == 0)
			write_anything(thread);
	}
	if (disturb && draw(thread, 400) == 0)
		disturb_orderings(thread);
	if (draw(thread, 6) == 0)
		run(thread, "ROLLBACK");
	else if (draw(thread, 8) == 0)
	{
		snprintf(gid, sizeof(gid), "random%d-%llu", thread->number,
				 (unsigned long long) thread->transactions);
		if (run(thread, "PREPARE TRANSACTION '%s'", gid) && !thread->failed)
		{
			/* others meet its locks for a while; no answer depends on how long */
			usleep(draw(thread, 20000));
			thread->committed += run(thread, "%s PREPARED '%s'",
									 draw(thread, 4) ? "COMMIT" : "ROLLBACK", gid);
		}
	}
	else
		thread->committed += run(thread, "COMMIT");
	if (PQtransactionStatus(thread->connection) != PQTRANS_IDLE)
		run(thread, "ROLLBACK");
}

static void *
write_always(void *argument)
{
	Thread	   *thread = argument;

	while (!random_is_over())
		write_transaction(thread);
	return NULL;
}

static void *
check_always(void *argument)
{
	Thread	   *thread = argument;

	for (int i = 0; !random_is_over(); i++)
		check_once(thread, i % PQntuples(orderings));
	return NULL;
}

static void *
refill_always(void *argument)
{
	Thread	   *thread = argument;

	while (!random_is_over())
	{
		PGresult   *result = ask(thread, "SELECT refill_invalid()");

		if (result)
			refills += atoi(PQgetvalue(result, 0, 0));
		PQclear(result);
		/* leaves the writers time to make orderings invalid; no answer depends on how long */
		usleep(50000);
	}
	return NULL;
}

static void
start(pthread_t *id, Thread *thread, int number, uint64_t seed, const char *logdir,
	  void *(*body) (void *))
{
	char		path[1024];

	memset(thread, 0, sizeof(*thread));
	thread->number = number;
	thread->state = random_start(seed, number);
	thread->connection = connect_server();
	snprintf(path, sizeof(path), "%s/writer-%d.sql", logdir, number);
	thread->log = fopen(path, "w");
	if (thread->log == NULL)
	{
		perror(path);
		exit(1);
	}
	PQclear(PQexec(thread->connection, "SET statement_timeout = '30s'; SET deadlock_timeout = '100ms';"
				   "SET client_min_messages = error"));
	pthread_create(id, NULL, body, thread);
}

int
main(int argc, char **argv)
{
	static Thread threads[MOST_WRITERS + 3];
	pthread_t	ids[MOST_WRITERS + 3];
	const char *wanted = getenv("BINGO_RANDOM_WRITERS");
	int			writers = wanted ? atoi(wanted) : 6;
	uint64_t	transactions = 0;
	uint64_t	committed = 0;
	uint64_t	moved = 0;

	if (argc != 5 || writers < 1 || writers > MOST_WRITERS)
	{
		fprintf(stderr, "usage: %s CONNINFO SECONDS SEED LOGDIR\n", argv[0]);
		return 2;
	}
	conninfo = argv[1];
	deadline = random_now() + atof(argv[2]);
	disturb = getenv("BINGO_RANDOM_CALM") == NULL;
	of_first = getenv("BINGO_RANDOM_FIRST") != NULL;
	read_orderings();

	for (int i = 0; i < writers; i++)
		start(&ids[i], &threads[i], i, strtoull(argv[3], NULL, 10), argv[4], write_always);
	start(&ids[writers], &threads[writers], writers, 0, argv[4], check_always);
	start(&ids[writers + 1], &threads[writers + 1], writers + 1, 0, argv[4], refill_always);
	start(&ids[writers + 2], &threads[writers + 2], writers + 2, 0, argv[4], watch_always);
	for (int i = 0; i < writers + 3; i++)
		pthread_join(ids[i], NULL);

	/* at rest, once more */
	for (int i = 0; i < PQntuples(orderings) && !stop; i++)
		check_once(&threads[writers], i);
	for (int i = 0; i < writers; i++)
	{
		transactions += threads[i].transactions;
		committed += threads[i].committed;
		moved += threads[i].moved;
	}
	print_first();
	printf("%d findings, %llu transactions, %llu committed, %llu checks, %llu valid, %llu windows served whole, %llu refills, %llu by writers\n",
		   findings, (unsigned long long) transactions, (unsigned long long) committed,
		   (unsigned long long) checks, (unsigned long long) valid_checks,
		   (unsigned long long) served_whole, (unsigned long long) refills, (unsigned long long) moved);
	return findings > 0;
}
