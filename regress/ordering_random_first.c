/*
 * ordering_random_first.c
 *	  The first rows of each key, as DISTINCT ON, row_number() and LATERAL ask for them, compared: see ordering_random.c.
 *
 * The queries are those of the table first_rows, with numbers drawn for what begins with a $: $k a value of the key, $n
 * how many rows are wanted, now and then more than the window keeps.  What a comparison met is read from EXPLAIN ANALYZE in the same snapshot: rows of a window,
 * a key that is cut, a key with a mark.  A comparison that met none of these says nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "ordering_random.h"

#define QUERY_SIZE 1500

static PGresult *queries = NULL;
static uint64_t compared = 0;
static uint64_t read_window = 0;
static uint64_t met_cut = 0;
static uint64_t met_mark = 0;

void
read_first_rows(PGconn *connection)
{
	queries = PQexec(connection, "SELECT f.name, f.query, o.first_key, o.last_key, o.window_rows FROM first_rows f JOIN ordered o USING (name) ORDER BY f.name, f.query");
	if (PQntuples(queries) == 0)
	{
		fprintf(stderr, "there are no queries for first rows: %s\n", PQerrorMessage(connection));
		exit(1);
	}
}

static void
draw_first(Thread *thread, int number, char *sql)
{
	const char *query = PQgetvalue(queries, number, 1);
	int			first = atoi(PQgetvalue(queries, number, 2));
	int			last = atoi(PQgetvalue(queries, number, 3));
	int			kept = atoi(PQgetvalue(queries, number, 4));
	char	   *end = sql;

	for (; *query && end < sql + QUERY_SIZE - 20; query++)
	{
		if (*query != '$')
			*end++ = *query;
		else if (*++query == 'k')
			end += sprintf(end, "%u", first + draw(thread, last - first + 1));
		else
			end += sprintf(end, "%u", 1 + draw(thread, draw(thread, 8) ? kept : 3 * kept));
	}
	*end = '\0';
}

/* What the scans of the query's plan met; the plan has rows of a window. */
static void
note_plan(Thread *thread, const char *sql)
{
	char		explain[QUERY_SIZE + 100];
	PGresult   *plan;
	bool		has_read = false;
	bool		has_cut = false;
	bool		has_mark = false;

	snprintf(explain, sizeof(explain), "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) %s", sql);
	plan = ask(thread, explain);
	for (int row = 0; plan && row < PQntuples(plan); row++)
	{
		const char *line = PQgetvalue(plan, row, 0);
		const char *rows = strstr(line, "Rows from Window: ");

		has_read = has_read || (rows && atoi(rows + strlen("Rows from Window: ")) > 0);
		has_cut = has_cut || strstr(line, "of some value the window has only first rows");
		has_mark = has_mark || strstr(line, "the window perhaps does not have all rows");
	}
	PQclear(plan);
	read_window += has_read;
	met_cut += has_cut;
	met_mark += has_mark;
}

void
compare_first(Thread *thread)
{
	int			number = draw(thread, PQntuples(queries));
	char		sql[QUERY_SIZE];

	draw_first(thread, number, sql);
	run(thread, "SET LOCAL jit = off; SET LOCAL enable_sort = off; SET LOCAL enable_incremental_sort = off; SET LOCAL enable_hashagg = off");
	compare(thread, PQgetvalue(queries, number, 0), sql, ask);
	if (thread->failed)
		return;
	note_plan(thread, sql);
	compared++;
	/* what else is compared in this transaction takes its plans by cost */
	run(thread, "SET LOCAL jit TO DEFAULT; SET LOCAL enable_sort TO DEFAULT; SET LOCAL enable_incremental_sort TO DEFAULT; SET LOCAL enable_hashagg TO DEFAULT");
}

void
print_first(void)
{
	printf("%llu compared for first rows, %llu read from windows, %llu met a cut, %llu met a mark\n", (unsigned long long) compared,
		   (unsigned long long) read_window, (unsigned long long) met_cut, (unsigned long long) met_mark);
}
