/*
 * bench/health_times.c
 *	  The page of a database's health: what the server's clock says.
 *
 * Every figure comes from the views on query times; bench/health.h says what happens
 * where they can't be read.
 */
#include "bench/health.h"

#include <stdlib.h>
#include <string.h>

#include "bench/chart.h"
#include "bench/html.h"

#define MAX_ROWS 40

/* --- service levels --- */

static const char levels_sql[] =
"SELECT endpoint, calls, fraction * 100 AS percent, within, measured, max_error_rate * 100 AS errors_allowed,"
" error_rate * 100 AS errors, service_level,"
" (SELECT to_char(min(t.since) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI \"UTC\"') FROM bingo_tune.endpoint_timing AS t) AS since"
" FROM bingo_tune.endpoint_service_level"
" ORDER BY service_level <> 'missed', service_level <> 'met', endpoint COLLATE \"C\"";

static int
count_verdict(const PGresult *levels, const char *verdict)
{
	int			n = 0;

	for (int i = 0; i < PQntuples(levels); i++)
		n += strcmp(bench_health_text(levels, i, "service_level"), verdict) == 0;
	return n;
}

/* "3 of 5 service levels are met." */
static void
print_summary(HealthPage *page, const PGresult *levels)
{
	int			met = count_verdict(levels, "met");
	int			missed = count_verdict(levels, "missed");
	int			rest = PQntuples(levels) - met - missed;

	fputs("<p>", page->file);
	if (met + missed == 0)
		fputs("No endpoint with a service level has been called yet.", page->file);
	else if (missed == 0)
		fprintf(page->file, "<span class=\"met\">%s</span>",
				met == 1 ? "The only service level with calls is met." : "All service levels with calls are met.");
	else
		fprintf(page->file, "<span class=\"missed\">%d of %d service levels %s missed.</span>", missed, met + missed,
				missed == 1 ? "is" : "are");
	if (rest > 0 && met + missed > 0)
		fprintf(page->file, " %d more %s not been called.", rest, rest == 1 ? "has" : "have");
	if (met + missed > 0)
		fprintf(page->file, " All calls since %s count; bingo_tune.reset_timing() begins anew.",
				bench_health_text(levels, 0, "since"));
	fputs("</p>\n", page->file);
}

/* What is required, and what was measured, as a sentence. */
static void
print_level(HealthPage *page, const PGresult *levels, int row)
{
	FILE	   *file = page->file;
	const char *verdict = bench_health_text(levels, row, "service_level");
	bool		met = strcmp(verdict, "met") == 0;
	bool		missed = strcmp(verdict, "missed") == 0;
	double		within = bench_health_number(levels, row, "within");
	double		percent = bench_health_number(levels, row, "percent");
	double		errors = bench_health_number(levels, row, "errors");
	double		allowed = bench_health_number(levels, row, "errors_allowed");

	fprintf(file, "<li><span class=\"%s\">%s %s</span>: <b>", met ? "met" : missed ? "missed" : "unknown",
			met ? "&#10003;" : missed ? "&#10007;" : "&#8211;", verdict);
	bench_html_text(file, bench_health_text(levels, row, "endpoint"));
	fputs("</b>. ", file);
	if (within >= 0 && (met || missed))
	{
		fprintf(file, "%g&nbsp;%% of the calls took at most ", percent);
		bench_html_significant(file, bench_health_number(levels, row, "measured"));
		fprintf(file, "&nbsp;ms; the target is %g&nbsp;ms. ", within);
	}
	else if (within >= 0)
		fprintf(file, "The target: %g&nbsp;%% of the calls in at most %g&nbsp;ms. ", percent, within);
	if (errors == 0)
		fputs("No call failed; ", file);
	else if (errors > 0)
	{
		bench_html_significant(file, errors);
		fputs("&nbsp;% of the calls failed; ", file);
	}
	fprintf(file, errors < 0 ? "At most %g&nbsp;%% may fail" : "%g&nbsp;%% may", allowed);
	fputs(".</li>\n", file);
}

void
bench_health_levels(HealthPage *page)
{
	PGresult   *levels;

	fputs("<h2>Service levels</h2>\n", page->file);
	levels = bench_health_ask(page, levels_sql);
	if (levels == NULL)
		return;
	if (PQntuples(levels) == 0)
		fputs("<p>None is set for this database. An endpoint and what it must reach take a command each:</p>\n"
			  "<pre>INSERT INTO bingo_tune.endpoints (endpoint, example)\n"
			  "  VALUES ('GET /film/{id}', 'SELECT * FROM film WHERE id = $1');\n"
			  "INSERT INTO bingo_tune.endpoint_targets (endpoint, fraction, within, max_error_rate)\n"
			  "  VALUES ('GET /film/{id}', 0.9, 400, 0.01);</pre>\n", page->file);
	else
	{
		print_summary(page, levels);
		fputs("<ul class=\"levels\">\n", page->file);
		for (int i = 0; i < PQntuples(levels); i++)
			print_level(page, levels, i);
		fputs("</ul>\n", page->file);
	}
	PQclear(levels);
}

/* --- endpoints --- */

static const char endpoints_sql[] =
"SELECT CASE t.endpoint WHEN '(other)' THEN 'everything else' ELSE t.endpoint END AS endpoint, t.calls, t.errors,"
" t.p50, t.p90, t.p99, t.max, t.total / 1000 AS total_s, g.within,"
" 100 * t.total / NULLIF(sum(t.total) OVER (), 0) AS share,"
" to_char(min(t.since) OVER () AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI \"UTC\"') AS since"
" FROM bingo_tune.endpoint_timing AS t LEFT JOIN bingo_tune.endpoint_targets AS g ON g.endpoint = t.endpoint"
" WHERE t.calls > 0 ORDER BY t.endpoint = '(other)', t.p99 DESC NULLS LAST, t.endpoint COLLATE \"C\" LIMIT 40";

/* The cells that endpoints and statements have in common. */
static void
print_times(HealthPage *page, const PGresult *result, int row)
{
	static const char *const columns[] = {"calls", "errors", "p50", "p90", "p99", "max", "share"};

	for (int i = 0; i < 7; i++)
	{
		double		value = bench_health_number(result, row, columns[i]);

		fputs("<td>", page->file);
		if (value < 0)
			fputs("-", page->file);
		else if (i < 2)
			bench_html_count(page->file, value);
		else if (i == 6)
			fprintf(page->file, value > 0 && value < 1 ? "&lt;&nbsp;1&nbsp;%%" : "%.0f&nbsp;%%", value);
		else
			bench_html_significant(page->file, value);
		fputs("</td>", page->file);
	}
	fputs("</tr>\n", page->file);
}

#define TIMES_HEADS "<th>calls</th><th>errors</th><th>p50</th><th>p90</th><th>p99</th><th>max</th><th>of all time</th></tr>\n"

void
bench_health_endpoints(HealthPage *page)
{
	PGresult   *endpoints;
	BenchChartRow rows[MAX_ROWS];
	bool		targets = false;
	int			n;

	fputs("<h2>Endpoints, the slowest first</h2>\n", page->file);
	endpoints = bench_health_ask(page, endpoints_sql);
	if (endpoints == NULL)
		return;
	n = PQntuples(endpoints);
	if (n == 0)
		fputs("<p>No statement of this database has been timed yet.</p>\n", page->file);
	else
	{
		fputs("<p>Times on the server since ", page->file);
		bench_html_text(page->file, bench_health_text(endpoints, 0, "since"));
		fputs(", on one axis whose steps are tenfold.</p>\n", page->file);
		for (int i = 0; i < n; i++)
		{
			rows[i].name = bench_health_text(endpoints, i, "endpoint");
			rows[i].target = bench_health_number(endpoints, i, "within");
			rows[i].n = 1;
			rows[i].times[0] = (BenchChartTimes) {NULL, bench_health_number(endpoints, i, "p50"),
			bench_health_number(endpoints, i, "p90"), bench_health_number(endpoints, i, "p99")};
			targets |= rows[i].target >= 0;
		}
		bench_chart_key(page->file, BENCH_CHART_ROWS, targets);
		bench_chart_rows(page->file, rows, n);
		fputs("<div class=\"wide\"><table class=\"stacked\" id=\"endpoints\">\n<tr><th>times in ms</th>" TIMES_HEADS, page->file);
		for (int i = 0; i < n; i++)
		{
			fputs("<tr><td>", page->file);
			bench_html_text(page->file, rows[i].name);
			fputs("</td>", page->file);
			print_times(page, endpoints, i);
		}
		fputs("</table></div>\n", page->file);
	}
	PQclear(endpoints);
}

/* --- statements --- */

static const char statements_sql[] =
"SELECT calls, errors, p50, p90, p99, max, 100 * total / NULLIF(sum(total) OVER (), 0) AS share,"
" regexp_replace(regexp_replace(btrim(COALESCE(query, action), E' \\t\\r\\n'), '\\s+', ' ', 'g'), '^(.{197}).{4,}$', '\\1...') AS statement"
" FROM bingo_tune.query_timing WHERE database = current_database() AND toplevel"
" AND COALESCE(query, action) !~ '\\mbingo_tune\\M|^\\s*(RE)?SET ' ORDER BY total DESC, queryid LIMIT 10";

void
bench_health_statements(HealthPage *page)
{
	PGresult   *statements;

	fputs("<h2>Statements, those that took most time first</h2>\n", page->file);
	statements = bench_health_ask(page, statements_sql);
	if (statements == NULL)
		return;
	if (PQntuples(statements) == 0)
		fputs("<p>No statement of this database has been timed yet.</p>\n", page->file);
	else
	{
		fputs("<div class=\"wide\"><table class=\"stacked\">\n<tr><th>times in ms</th>" TIMES_HEADS, page->file);
		for (int i = 0; i < PQntuples(statements); i++)
		{
			fputs("<tr><td class=\"words long\"><code>", page->file);
			bench_html_text(page->file, bench_health_text(statements, i, "statement"));
			fputs("</code></td>", page->file);
			print_times(page, statements, i);
		}
		fputs("</table></div>\n", page->file);
	}
	PQclear(statements);
}

/* --- over time --- */

/*
 * The columns that hold snapshots, as a query of all of them; empty without any.  Whoever plans a query of a table
 * computes constant parts of its indexes' expressions, so only those are read whose owner has our rights anyway.  The
 * others are named.
 */
static const char snapshots_sql[] =
"SELECT /* bingo_tune.health */ string_agg(format('SELECT %I AS snapshot FROM %I.%I', s.attname, s.nspname, s.relname), ' UNION ALL ')"
" FILTER (WHERE s.may) AS snapshots,"
" string_agg(DISTINCT format('%I.%I of %I', s.nspname, s.relname, s.owner), ', ') FILTER (WHERE NOT s.may) AS strangers"
" FROM (SELECT a.attname, n.nspname, c.relname, pg_get_userbyid(c.relowner) AS owner, pg_has_role(c.relowner, current_user, 'USAGE') AS may"
" FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace"
" WHERE a.atttypid = 'bingo_tune.timing_snapshot[]'::regtype AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'm')"
" AND NOT c.relispartition AND has_column_privilege(c.oid, a.attnum, 'SELECT')) AS s";

/* The last 200 of them and the present; %s is the query above. */
static const char trends_sql[] =
"WITH taken AS MATERIALIZED ("
" SELECT DISTINCT ON (at) snapshot, at FROM ("
"  SELECT snapshot, (snapshot[1]).taken AS at FROM (%s UNION ALL SELECT bingo_tune.snapshot()) AS kept"
"  WHERE cardinality(snapshot) > 0 ORDER BY 2 DESC LIMIT 200) AS latest ORDER BY at),"
" pairs AS (SELECT snapshot, at, lag(snapshot) OVER (ORDER BY at) AS before, lag(at) OVER (ORDER BY at) AS since FROM taken)"
" SELECT * FROM (SELECT COALESCE(q.endpoint, a.endpoint, 'everything else') AS endpoint, extract(epoch FROM p.since) AS since,"
" extract(epoch FROM p.at) AS at, min(g.within) AS within, bingo_tune.quantile(bingo_tune.merge(d.histogram), 0.5) AS p50,"
" bingo_tune.quantile(bingo_tune.merge(d.histogram), 0.9) AS p90, bingo_tune.quantile(bingo_tune.merge(d.histogram), 0.99) AS p99"
" FROM pairs AS p CROSS JOIN LATERAL bingo_tune.difference(p.snapshot, p.before) AS d"
" LEFT JOIN bingo_tune.endpoints AS q ON q.queryid = d.queryid LEFT JOIN bingo_tune.endpoints AS a ON a.action = d.action"
" LEFT JOIN bingo_tune.endpoint_targets AS g ON g.endpoint = COALESCE(q.endpoint, a.endpoint)"
" WHERE p.before IS NOT NULL AND d.toplevel AND d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())"
" GROUP BY 1, 2, 3) AS stretches ORDER BY endpoint = 'everything else', endpoint COLLATE \"C\", at";

/* Draws the rows from "first" on that have the same endpoint; returns the next one. */
static int
print_trend(HealthPage *page, const PGresult *trends, int first)
{
	const char *endpoint = bench_health_text(trends, first, "endpoint");
	BenchChartStretch stretches[201];
	int			n = 0;
	int			row = first;

	for (; row < PQntuples(trends) && strcmp(bench_health_text(trends, row, "endpoint"), endpoint) == 0; row++)
		if (n < 201)
			stretches[n++] = (BenchChartStretch) {
				bench_health_number(trends, row, "since"), bench_health_number(trends, row, "at"),
				bench_health_number(trends, row, "p50"), bench_health_number(trends, row, "p90"),
				bench_health_number(trends, row, "p99")
			};
	bench_chart_trend(page->file, endpoint, stretches, n, bench_health_number(trends, first, "within"));
	return row;
}

/* Tables of snapshots that are not read. */
static void
print_strangers(HealthPage *page, const PGresult *found)
{
	const char *strangers = bench_health_text(found, 0, "strangers");

	if (strangers[0] == '\0')
		return;
	fputs("<p>Snapshots are not read of ", page->file);
	bench_html_text(page->file, strangers);
	fputs(". Reading a table may run code of its owner, who has not your rights. Call this as a role whose rights the owner has.</p>\n",
		  page->file);
}

void
bench_health_trends(HealthPage *page)
{
	PGresult   *found;
	PGresult   *trends = NULL;
	const char *snapshots = "";
	char	   *sql = NULL;

	fputs("<h2>Over time</h2>\n", page->file);
	found = bench_health_ask(page, snapshots_sql);
	if (found == NULL)
		return;
	print_strangers(page, found);
	snapshots = bench_health_text(found, 0, "snapshots");
	if (snapshots[0] == '\0')
		fputs("<p>There are no snapshots. A table of them shows how times change; let a job add a row from time to time:</p>\n"
			  "<pre>CREATE TABLE timing_history AS SELECT bingo_tune.snapshot() AS taken;\n"
			  "INSERT INTO timing_history SELECT bingo_tune.snapshot();</pre>\n", page->file);
	else
	{
		size_t		size = sizeof(trends_sql) + strlen(snapshots);

		sql = malloc(size);
		snprintf(sql, size, trends_sql, snapshots);
		trends = bench_health_ask(page, sql);
		free(sql);
	}
	if (trends && PQntuples(trends) == 0)
		fputs("<p>Nothing was called since the first snapshot.</p>\n", page->file);
	else if (trends)
	{
		bench_chart_key(page->file, BENCH_CHART_TREND, true);
		fputs("<div class=\"trends\">\n", page->file);
		for (int row = 0; row < PQntuples(trends);)
			row = print_trend(page, trends, row);
		fputs("</div>\n", page->file);
	}
	PQclear(trends);
	PQclear(found);
}
