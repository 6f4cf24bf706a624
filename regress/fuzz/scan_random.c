/*
 * scan_random.c
 *	  Random queries around random orderings: the answers with and without ordered
 *	  scans must be the same, or legal where rows tie (fuzz_judge.c).
 *
 * Usage: scan_random CONNINFO QUERIES SEED LOGDIR [ROUND]
 *
 * The database has the extension and what values.sql makes, and belongs to this
 * program: nobody else writes to it.  Role fuzz_reader exists.  A second connection
 * changes tables while a block reads under an older snapshot; one of the two works
 * at a time, so that a round can be repeated.
 *
 *	  round = tables (fuzz_schema.c, fuzz_parts.c) -> orderings, right and wrong (fuzz_ordering.c)
 *			-> blocks: queries (fuzz_query.c) executed twice (fuzz_execute.c,
 *			   fuzz_compare.c) and judged (fuzz_judge.c, fuzz_early.c), then changes of the
 *			   tables, windows against tables
 *
 * A query is made of parts: the core in FROM (fuzz_core.c), conditions (fuzz_filter.c),
 * with values that there are now and then (fuzz_witness.c), what is joined to it (fuzz_above.c), select list, order and limit (fuzz_level.c), and
 * what stands above (fuzz_around.c).
 *
 * until QUERIES queries have been compared.  A round depends on SEED and its
 * number alone: with ROUND only this one is done.
 *
 * How to read a failure: a line "FINDING seed S round R case C: ..." says what
 * differs and how the query was executed, the query follows.
 * LOGDIR/finding-R-C.sql has all that the round had done until then (tables, data,
 * definitions, changes; statements that failed are marked) and ends with the query
 * twice: paste it into psql on a database of a test server, in this folder.
 * "scan_random CONNINFO 1 S LOGDIR R" does the round again.
 *
 * The last line, and one every 100 rounds, counts: queries compared, answers that
 * came from a window, those of them that went on with the plan behind, those of them
 * where more than one order was legal, OFFSET pages read, queries that failed both
 * times, definitions tried and accepted, changes of data, findings; the line before it
 * the queries of each kind and how many of them were served.  Exit status 0
 * without finding, 1 with, 2 when it could not work.
 *
 * Seen red: without the tie rule (bingo_end_is_reached() false) the first 500 queries
 * had a finding, "a row that is not there, or one more than once".  With a plan behind that is initialised late under
 * the resource owner of the savepoint that the cursor is fetched in (in init_late(), read/exec_behind.c), the first 700.
 */
#include "fuzz.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "../random.h"

#define MOST_FINDINGS 5
#define MOST_MEMORY	(UINT64_C(3) << 30)

uint32_t
draw(Fuzz *fuzz, uint32_t n)
{
	return random_draw(&fuzz->random, n);
}

bool
chance(Fuzz *fuzz, int percent)
{
	return (int) draw(fuzz, 100) < percent;
}

/* Appends; what does not fit is cut off. */
void
say(Text *text, const char *format,...)
{
	size_t		space = sizeof(text->data) - text->length;
	va_list		arguments;
	int			length;

	va_start(arguments, format);
	length = vsnprintf(text->data + text->length, space, format, arguments);
	va_end(arguments);
	text->length += (size_t) length < space ? (size_t) length : space - 1;
}

/* Copies the round's script to a file of its own and adds the query. */
static void
write_reproduction(Fuzz *fuzz, const char *sql)
{
	char		path[1100];
	FILE	   *file;
	int			byte;

	snprintf(path, sizeof(path), "%s/finding-%llu-%llu.sql", fuzz->logdir, (unsigned long long) fuzz->round,
			 (unsigned long long) fuzz->cases);
	file = fopen(path, "w");
	if (file == NULL)
		return;
	fflush(fuzz->script);
	rewind(fuzz->script);
	while ((byte = getc(fuzz->script)) != EOF)
		putc(byte, file);
	fprintf(file, "\n-- the case\n%s;\nSET bingo_tune.enable_ordered_scan = off;\nSET bingo_tune.fast_output = off;\n%s;\n", sql, sql);
	fclose(file);
	printf("  script: %s\n", path);
}

void
finding(Fuzz *fuzz, const char *sql, const char *format,...)
{
	va_list		arguments;

	printf("FINDING seed %llu round %llu case %llu: ", (unsigned long long) fuzz->seed, (unsigned long long) fuzz->round,
		   (unsigned long long) fuzz->cases);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n  query: %s\n", sql);
	fuzz->counts.findings++;
	write_reproduction(fuzz, sql);
	fflush(stdout);
	if (PQstatus(fuzz->connection) != CONNECTION_OK)
	{
		printf("the connection is lost\n");
		exit(1);
	}
}

/*
 * An error that no statement here can deserve: internal ones, crashes,
 * resources, and conflicts with others, but with the writer beside a block.
 */
void
judge_error(Fuzz *fuzz, const PGresult *result, const char *sql)
{
	static const char *const wrong[] = {"XX", "57", "58", "53", "40", "08", "F0", NULL};
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	bool		bad = state == NULL;

	for (int i = 0; wrong[i] && !bad; i++)
		bad = strncmp(state, wrong[i], 2) == 0;
	/* FOR UPDATE of a row that another session has changed */
	if (fuzz->beside && state && strcmp(state, "40001") == 0)
		bad = false;
	if (bad)
		finding(fuzz, sql, "SQLSTATE %s: %s", state ? state : "none", PQresultErrorMessage(result));
}

/* Executes a statement of the round's script. */
bool
run(Fuzz *fuzz, const char *format,...)
{
	static Text sql;
	va_list		arguments;
	PGresult   *result;
	bool		done;

	va_start(arguments, format);
	vsnprintf(sql.data, sizeof(sql.data), format, arguments);
	va_end(arguments);
	result = PQexec(fuzz->connection, sql.data);
	done = PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK;
	fprintf(fuzz->script, "%s;\n", sql.data);
	if (!done)
	{
		char	   *message = strdup(PQresultErrorMessage(result));

		for (char *p = message; *p; p++)
			if (*p == '\n')
				*p = ' ';
		fprintf(fuzz->script, "-- failed: %s %s\n", PQresultErrorField(result, PG_DIAG_SQLSTATE), message);
		free(message);
		judge_error(fuzz, result, sql.data);
	}
	PQclear(result);
	return done;
}

static void
start_round(Fuzz *fuzz)
{
	char		path[1100];

	fuzz->random = random_start(fuzz->seed, fuzz->round);
	parts_start(fuzz);
	fuzz->cases = 0;
	fuzz->names = 0;
	if (fuzz->script)
		fclose(fuzz->script);
	snprintf(path, sizeof(path), "%s/round.sql", fuzz->logdir);
	fuzz->script = fopen(path, "w+");
	if (fuzz->script == NULL)
	{
		perror(path);
		exit(2);
	}
	fprintf(fuzz->script, "-- seed %llu, round %llu\nCREATE EXTENSION IF NOT EXISTS bingo_tune CASCADE;\n\\i values.sql\n"
			"SET TimeZone = 'UTC';\nSET jit = off;\n", (unsigned long long) fuzz->seed, (unsigned long long) fuzz->round);
}

static void
run_round(Fuzz *fuzz)
{
	int			blocks = 4 + (int) (fuzz->round % 5);

	start_round(fuzz);
	run(fuzz, "DO $$ DECLARE t regclass; BEGIN FOR t IN SELECT oid FROM pg_class WHERE relnamespace = 'fuzz'::regnamespace"
		" AND relkind IN ('r', 'p') AND NOT relispartition LOOP EXECUTE 'DROP TABLE ' || t || ' CASCADE'; END LOOP; END $$");
	run(fuzz, "SELECT bingo_tune.drop_ordering(name) FROM bingo_tune.orderings");
	schema_create(fuzz);
	fuzz->norderings = 1 + (int) draw(fuzz, MAX_ORDERINGS);
	for (int i = 0; i < fuzz->norderings; i++)
		ordering_create(fuzz, &fuzz->orderings[i]);
	for (int i = (int) draw(fuzz, 12); i > 0; i--)
		ordering_try_wrong(fuzz);
	if (!ordering_draw(fuzz)->alive)
		blocks = 1;
	for (int i = 0; i < blocks && fuzz->counts.findings < MOST_FINDINGS; i++)
	{
		if (i > 0)
			schema_change(fuzz);
		if (i > 0 && chance(fuzz, 10))
		{
			Ordering   *ordering = &fuzz->orderings[draw(fuzz, fuzz->norderings)];

			if (ordering->alive)
				run(fuzz, "SELECT bingo_tune.drop_ordering('%s')", ordering->name);
			ordering_create(fuzz, ordering);
		}
		compare_block(fuzz);
	}
	compare_windows(fuzz);
	fuzz->counts.rounds++;
	fuzz->round++;
}

static void
print_counts(const Counts *counts)
{
	static const char *const kinds[KINDS] = {"own", "wrapped", "rows", "near misses", "pages", "groups", "distinct", "window functions",
	"min and max", "lateral", "union", "self joins", "values"};

	for (int i = 0; i < KINDS; i++)
		printf("%s%s %llu of %llu", i ? ", " : "served: ", kinds[i], (unsigned long long) counts->served_of[i],
			   (unsigned long long) counts->compared_of[i]);
	printf("\n");
	printf("%llu rounds, %llu queries compared, %llu served, %llu continued behind the window, "
		   "%llu in one of several legal orders, %llu pages, %llu failed alike, "
		   "%llu definitions, %llu accepted, %llu changes, %llu findings\n",
		   (unsigned long long) counts->rounds, (unsigned long long) counts->compared, (unsigned long long) counts->served,
		   (unsigned long long) counts->continued, (unsigned long long) counts->legal, (unsigned long long) counts->pages,
		   (unsigned long long) counts->failed, (unsigned long long) counts->definitions,
		   (unsigned long long) counts->accepted, (unsigned long long) counts->changes, (unsigned long long) counts->findings);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	static Fuzz fuzz;
	static const struct rlimit most_memory = {MOST_MEMORY, MOST_MEMORY};
	uint64_t	wanted;

	if (argc != 5 && argc != 6)
	{
		fprintf(stderr, "usage: %s CONNINFO QUERIES SEED LOGDIR [ROUND]\n", argv[0]);
		return 2;
	}
	/* a join without a condition may have more rows than the machine can keep, twice: libpq gives up then */
	setrlimit(RLIMIT_AS, &most_memory);
	/* a run of hours is watched */
	setvbuf(stdout, NULL, _IOLBF, 0);
	wanted = strtoull(argv[2], NULL, 10);
	fuzz.seed = strtoull(argv[3], NULL, 10);
	fuzz.logdir = argv[4];
	fuzz.round = argc == 6 ? strtoull(argv[5], NULL, 10) : 0;
	fuzz.connection = PQconnectdb(argv[1]);
	if (PQstatus(fuzz.connection) != CONNECTION_OK)
	{
		fprintf(stderr, "could not connect: %s", PQerrorMessage(fuzz.connection));
		return 2;
	}
	fuzz.writer = PQconnectdb(argv[1]);
	PQclear(PQexec(fuzz.writer, "SET lock_timeout = '10s'; SET client_min_messages = error; SET TimeZone = 'UTC'; SET jit = off"));
	/* What a setting forbids costs so much that everything would be compiled: a block says when to. */
	PQclear(PQexec(fuzz.connection, "SET statement_timeout = '10min'; SET client_min_messages = error; SET TimeZone = 'UTC'; SET jit = off"));
	do
	{
		run_round(&fuzz);
		if (fuzz.counts.rounds % 100 == 0)
			print_counts(&fuzz.counts);
	}
	while (argc == 5 && fuzz.counts.compared < wanted && fuzz.counts.findings < MOST_FINDINGS);
	if (fuzz.counts.rounds % 100 != 0)
		print_counts(&fuzz.counts);
	PQfinish(fuzz.writer);
	PQfinish(fuzz.connection);
	return fuzz.counts.findings > 0;
}
