/*
 * bench/health.c
 *	  "bingo_bench health": the command, and what its sections ask with.
 *
 * The page is made on one connection that reads and never writes.  It shows what its
 * user may see.  No section stops another: a server that times nothing has orderings
 * and settings all the same.  All but the advice, which looks names up as the user
 * does, runs with a search_path that nobody can plant anything in.
 */
#include "bench/health.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "bench/extension.h"
#include "bench/file.h"
#include "bench/html.h"
#include "client.h"
#include "options.h"

static const char health_help[] =
"Usage: bingo_bench health [OPTION]... -o PAGE.html\n"
"\n"
"Makes one page of a database's health, out of bingo_tune's views: service levels\n"
"in words, endpoints and statements with their percentiles, advice with what is\n"
"expected of it, orderings, counters, settings that differ from the defaults.\n"
"Percentiles are shown over time where a table has snapshots (a column that\n"
"snapshot() filled). Nothing is changed. The page needs no network.\n"
"\n"
"Options:\n"
"  -d, --dbname=CONNINFO     connection string or URI (default: PG* variables)\n"
"  -o, --output=FILE         the page; \"-\" is stdout\n"
"      --title=TEXT          its heading (default: \"Health of DATABASE\")\n"
"      --help                this text\n"
"\n"
"Exit status: 0 done, 1 no server, no extension or no file, 2 wrong command line.\n";

/* --- asking --- */

PGresult *
bench_health_ask(HealthPage *page, const char *sql)
{
	PGresult   *result = PQexec(page->conn, sql);
	const char *message;
	const char *hint;

	if (PQresultStatus(result) == PGRES_TUPLES_OK)
		return result;
	message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
	fputs("<p><span class=\"missed\">This can't be shown:</span> ", page->file);
	bench_html_text(page->file, message ? message : PQerrorMessage(page->conn));
	fputs("</p>\n", page->file);
	if (hint)
	{
		fputs("<pre>", page->file);
		bench_html_text(page->file, hint);
		fputs("</pre>\n", page->file);
	}
	PQclear(result);
	return NULL;
}

const char *
bench_health_text(const PGresult *result, int row, const char *column)
{
	return PQgetvalue(result, row, PQfnumber(result, column));
}

double
bench_health_number(const PGresult *result, int row, const char *column)
{
	int			field = PQfnumber(result, column);

	return PQgetisnull(result, row, field) ? -1 : atof(PQgetvalue(result, row, field));
}

/* --- the page --- */

static bool
leave_search_path(PGconn *conn)
{
	PGresult   *result = bingo_client_run(conn, "could not set the search_path", "SET search_path = pg_catalog, pg_temp");
	bool		done = result != NULL;

	PQclear(result);
	return done;
}

static void
print_head(HealthPage *page, const char *title)
{
	PGresult   *now;
	char		heading[200];

	snprintf(heading, sizeof(heading), "Health of %s", PQdb(page->conn));
	bench_html_start(page->file, title ? title : heading);
	now = bench_health_ask(page, "SELECT /* bingo_tune.health */ to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') AS moment,"
						   " split_part(current_setting('server_version'), ' ', 1) AS version, current_user AS username");
	if (now)
	{
		fputs("<p class=\"soft\">Database ", page->file);
		bench_html_text(page->file, PQdb(page->conn));
		fprintf(page->file, ", %s UTC, PostgreSQL %s, as ", bench_health_text(now, 0, "moment"),
				bench_health_text(now, 0, "version"));
		bench_html_text(page->file, bench_health_text(now, 0, "username"));
		fputs(" sees it.</p>\n", page->file);
	}
	PQclear(now);
}

static bool
write_page(PGconn *conn, const char *title, const char *output)
{
	HealthPage	page = {conn, NULL};
	BenchNewFile new;
	bool		done;

	page.file = bench_file_begin(&new, output);
	if (page.file)
	{
		print_head(&page, title);
		bench_health_levels(&page);
		bench_health_endpoints(&page);
		bench_health_trends(&page);
		bench_health_statements(&page);
		bench_health_advice(&page);
		bench_health_orderings(&page);
		bench_health_counters(&page);
		bench_health_settings(&page);
		bench_html_end(page.file);
	}
	/* What stands there of a connection that broke is no page. */
	done = PQstatus(conn) == CONNECTION_OK;
	if (!done)
		bingo_client_report("the connection was lost", conn, NULL);
	return bench_file_finish(&new, done);
}

int
bench_health(int argc, char **argv)
{
	static const struct option long_options[] = {
		{"dbname", required_argument, NULL, 'd'},
		{"output", required_argument, NULL, 'o'},
		{"title", required_argument, NULL, 't'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0}
	};
	const char *conninfo = NULL;
	const char *output = NULL;
	const char *title = NULL;
	PGconn	   *conn;
	bool		done;
	int			option;

	while ((option = getopt_long(argc, argv, "d:o:", long_options, NULL)) != -1)
	{
		if (option == 'd')
			conninfo = optarg;
		else if (option == 'o')
			output = optarg;
		else if (option == 't')
			title = optarg;
		else if (option == 'h')
		{
			fputs(health_help, stdout);
			return 0;
		}
		else
			bingo_options_fail("health: wrong command line");
	}
	if (optind < argc)
		bingo_options_fail("health: there is no use for \"%s\"", argv[optind]);
	if (output == NULL)
		bingo_options_fail("health: give the page to write with -o FILE");

	conn = bench_extension_open(conninfo, "bingo_health", "the page");
	done = conn && leave_search_path(conn) && write_page(conn, title, output);
	PQfinish(conn);
	return done ? 0 : 1;
}
