/*
 * bench/health_state.c
 *	  The page of a database's health: advice, orderings, counters and settings.
 */
#include "bench/health.h"

#include <ctype.h>
#include <string.h>

#include "bench/html.h"

static bool
is_true(const PGresult *result, int row, const char *column)
{
	return strcmp(bench_health_text(result, row, column), "t") == 0;
}

/* --- advice --- */

static const char hypopg_sql[] =
"SELECT /* bingo_tune.health */ EXISTS (SELECT FROM pg_extension WHERE extname = 'hypopg') AS there,"
" EXISTS (SELECT FROM pg_available_extensions WHERE name = 'hypopg') AS available,"
" current_setting('server_version_num')::int / 10000 AS major";

/* Without operators that are looked up: this one runs with the user's search_path. */
static const char advice_sql[] =
"WITH queries AS MATERIALIZED (SELECT DISTINCT ON (queryid) queryid, query FROM bingo_tune.query_timing"
" WHERE query IS NOT NULL AND query OPERATOR(pg_catalog.!~) '\\mbingo_tune\\M')"
" SELECT a.kind, a.command, a.reason, a.calls, a.mean_ms, a.expected_ms, a.size, a.note,"
" pg_catalog.cardinality(a.serves) AS statements,"
" (SELECT pg_catalog.regexp_replace(pg_catalog.regexp_replace(q.query, '\\s+', ' ', 'g'), '^(.{247}).{4,}$', '\\1...') FROM queries AS q"
"  WHERE q.queryid OPERATOR(pg_catalog.=) a.serves[1]) AS statement"
" FROM bingo_tune.advise() AS a ORDER BY a.rank";

/* Reasons and notes of advise() are parts of sentences, but for columns, which keep their names. */
static void
print_sentence(FILE *file, const char *kind, const char *text)
{
	char		first[] = {(char) toupper((unsigned char) text[0]), '\0'};

	if (strcmp(kind, "index") == 0)
		fputs("For ", file);
	else
		bench_html_text(file, first);
	bench_html_text(file, strcmp(kind, "index") == 0 || text[0] == '\0' ? text : text + 1);
	fputs(".", file);
}

static void
print_advice(HealthPage *page, const PGresult *advice, int row)
{
	FILE	   *file = page->file;
	double		mean = bench_health_number(advice, row, "mean_ms");
	double		expected = bench_health_number(advice, row, "expected_ms");
	double		statements = bench_health_number(advice, row, "statements");
	double		size = bench_health_number(advice, row, "size");
	const char *note = bench_health_text(advice, row, "note");
	const char *kind = bench_health_text(advice, row, "kind");

	fputs("<div class=\"advice\">\n<pre>", file);
	bench_html_text(file, bench_health_text(advice, row, "command"));
	fputs("</pre>\n<p><b>", file);
	if (expected >= 0)
	{
		fputs("Expected: ", file);
		bench_html_significant(file, expected);
		fputs("&nbsp;ms a call instead of ", file);
		bench_html_significant(file, mean);
		fprintf(file, "&nbsp;ms</b>, by %s", strcmp(kind, "counter") == 0 ?
				"what counters took elsewhere" : "the planner's estimate");
	}
	else if (mean >= 0)
	{
		bench_html_significant(file, mean);
		fputs("&nbsp;ms a call now</b>; what it will take is known when it is there", file);
	}
	else
		fputs("One index less to write</b>", file);
	if (size >= 0)
	{
		fputs("; size about ", file);
		bench_html_bytes(file, size);
	}
	fputs(". ", file);
	print_sentence(file, kind, bench_health_text(advice, row, "reason"));
	fputs("</p>\n<p><small>", file);
	if (statements > 0)
	{
		fputs("Serves ", file);
		if (statements > 1)
			fprintf(file, "%.0f statements, such as ", statements);
		fputs("<code>", file);
		bench_html_text(file, bench_health_text(advice, row, "statement"));
		fputs("</code>. ", file);
	}
	if (note[0])
		print_sentence(file, "", note);
	fputs("</small></p>\n</div>\n", file);
}

/* The statements that nothing helps, in a table at the end. */
static void
print_hopeless(HealthPage *page, const PGresult *advice)
{
	bool		any = false;

	for (int i = 0; i < PQntuples(advice); i++)
	{
		const char *statement = bench_health_text(advice, i, "statement");
		const char *note = bench_health_text(advice, i, "note");

		if (strcmp(bench_health_text(advice, i, "kind"), "nothing") != 0 || statement[0] == '\0')
			continue;
		if (!any)
			fputs("<h3>Statements for which there is no advice</h3>\n"
				  "<div class=\"wide\"><table class=\"stacked\" style=\"--columns: 6em 1fr\">\n"
				  "<tr><th>statement</th><th>mean_ms</th><th class=\"words\">why</th></tr>\n", page->file);
		any = true;
		fputs("<tr><td class=\"words long\"><code>", page->file);
		bench_html_text(page->file, statement);
		fputs("</code></td><td>", page->file);
		bench_html_significant(page->file, bench_health_number(advice, i, "mean_ms"));
		fputs("</td><td class=\"words\">", page->file);
		print_sentence(page->file, "", bench_health_text(advice, i, "reason"));
		if (note[0])
		{
			fputs(" ", page->file);
			print_sentence(page->file, "", note);
		}
		fputs("</td></tr>\n", page->file);
	}
	if (any)
		fputs("</table></div>\n", page->file);
}

static void
print_no_hypopg(HealthPage *page, const PGresult *hypopg)
{
	fputs("<p><span class=\"missed\">No advice: the extension HypoPG is missing in this database.</span> With it advise()"
		  " tries indexes that are not there. ", page->file);
	if (is_true(hypopg, 0, "available"))
		fputs("It is installed; a superuser types:</p>\n<pre>CREATE EXTENSION hypopg;</pre>\n", page->file);
	else
		fprintf(page->file, "On Debian and Ubuntu, then in this database as a superuser:</p>\n"
				"<pre>apt-get install postgresql-%s-hypopg\nCREATE EXTENSION hypopg;</pre>\n",
				bench_health_text(hypopg, 0, "major"));
}

void
bench_health_advice(HealthPage *page)
{
	PGresult   *hypopg;
	PGresult   *advice = NULL;
	int			n = 0;

	fputs("<h2>Advice</h2>\n", page->file);
	hypopg = bench_health_ask(page, hypopg_sql);
	if (hypopg == NULL)
		return;
	if (!is_true(hypopg, 0, "there"))
		print_no_hypopg(page, hypopg);
	else
	{
		PQclear(PQexec(page->conn, "RESET search_path"));
		advice = bench_health_ask(page, advice_sql);
		PQclear(PQexec(page->conn, "SET search_path = pg_catalog, pg_temp"));
	}
	for (int i = 0; advice && i < PQntuples(advice); i++)
		if (strcmp(bench_health_text(advice, i, "kind"), "nothing") != 0)
		{
			if (n++ == 0)
				fputs("<p>From the statements that ran, best first. What is expected is an estimate."
					  " <code>bingo_bench prove</code> measures it, in a copy.</p>\n", page->file);
			print_advice(page, advice, i);
		}
	if (advice && n == 0)
		fputs("<p>No index, ordering or counter would make what ran here faster.</p>\n", page->file);
	if (advice)
		print_hopeless(page, advice);
	PQclear(advice);
	PQclear(hypopg);
}

/* --- orderings and counters --- */

/* What has not been read yet is not counted: 0 where anything is. */
static const char orderings_sql[] =
"SELECT /* bingo_tune.health */ name, state, reason, kept_rows, bytes, COALESCE(scans, none) AS scans,"
" COALESCE(rows_served, none) AS rows_served, COALESCE(rows_behind, none) AS rows_behind,"
" to_char(invalid_since AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI \"UTC\"') AS since FROM bingo_tune.orderings,"
" (SELECT CASE WHEN count(*) > 0 THEN 0 END AS none FROM pg_settings WHERE name = 'bingo_tune.max_queries') AS counters"
" ORDER BY name COLLATE \"C\"";

static const char counters_sql[] =
"SELECT /* bingo_tune.health */ name, state, reason, changes_kept AS kept_rows, bytes, COALESCE(reads, none) AS scans,"
" COALESCE(reads_behind, none) AS reads_behind, COALESCE(changes, none) AS changes,"
" to_char(invalid_since AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI \"UTC\"') AS since FROM bingo_tune.counters,"
" (SELECT CASE WHEN count(*) > 0 THEN 0 END AS none FROM pg_settings WHERE name = 'bingo_tune.max_queries') AS counted"
" ORDER BY name COLLATE \"C\"";

/* A row of what is kept, with these last two columns. */
static void
print_kept(HealthPage *page, const PGresult *orderings, int row, const char *fourth, const char *fifth)
{
	const char *columns[] = {"kept_rows", "bytes", "scans", fourth, fifth};
	bool		valid = strcmp(bench_health_text(orderings, row, "state"), "valid") == 0;
	double		scans = bench_health_number(orderings, row, "scans");

	fputs("<tr><td class=\"words\">", page->file);
	bench_html_text(page->file, bench_health_text(orderings, row, "name"));
	fputs("</td><td class=\"words\">", page->file);
	if (valid)
		fputs("<span class=\"met\">&#10003; valid</span>", page->file);
	else
	{
		const char *since = bench_health_text(orderings, row, "since");

		/* one that was never built was never valid */
		fputs("<span class=\"missed\">&#10007; invalid</span>", page->file);
		if (*since != '\0')
			fputs(" since ", page->file);
		bench_html_text(page->file, since);
		fputs(": ", page->file);
		bench_html_text(page->file, bench_health_text(orderings, row, "reason"));
	}
	if (scans == 0)
		fputs(", never used", page->file);
	fputs("</td>", page->file);
	for (int i = 0; i < 5; i++)
	{
		double		value = bench_health_number(orderings, row, columns[i]);

		fputs("<td>", page->file);
		if (value < 0)
			fputs("-", page->file);
		else if (i == 1)
			bench_html_bytes(page->file, value);
		else
			bench_html_count(page->file, value);
		fputs("</td>", page->file);
	}
	fputs("</tr>\n", page->file);
}

void
bench_health_orderings(HealthPage *page)
{
	PGresult   *orderings;

	fputs("<h2>Orderings</h2>\n", page->file);
	orderings = bench_health_ask(page, orderings_sql);
	if (orderings == NULL)
		return;
	if (PQntuples(orderings) == 0)
		fputs("<p>There is none in this database.</p>\n", page->file);
	else
	{
		fputs("<div class=\"wide\"><table class=\"stacked kept\" style=\"--columns: repeat(5, 1fr)\">\n<tr><th>name</th><th class=\"words\">state</th><th>rows kept</th><th>size</th>"
			  "<th>times read</th><th>rows given</th><th>rows by the plan behind</th></tr>\n", page->file);
		for (int i = 0; i < PQntuples(orderings); i++)
			print_kept(page, orderings, i, "rows_served", "rows_behind");
		fputs("</table></div>\n", page->file);
	}
	PQclear(orderings);
}

void
bench_health_counters(HealthPage *page)
{
	PGresult   *counters;

	fputs("<h2>Counters</h2>\n", page->file);
	counters = bench_health_ask(page, counters_sql);
	if (counters == NULL)
		return;
	if (PQntuples(counters) == 0)
		fputs("<p>There is none in this database.</p>\n", page->file);
	else
	{
		fputs("<div class=\"wide\"><table class=\"stacked kept\" style=\"--columns: repeat(5, 1fr)\">\n<tr><th>name</th><th class=\"words\">state</th><th>rows kept</th><th>size</th>"
			  "<th>times read</th><th>by the plain plan</th><th>changes</th></tr>\n", page->file);
		for (int i = 0; i < PQntuples(counters); i++)
			print_kept(page, counters, i, "reads_behind", "changes");
		fputs("</table></div>\n", page->file);
	}
	PQclear(counters);
}

/* --- settings --- */

#define PRETTY(value) \
"CASE WHEN " value " !~ '^[0-9]+$' OR unit IS NULL THEN COALESCE(NULLIF(" value ", ''), '(empty)')" \
" WHEN unit ~ 'B$' THEN (SELECT CASE WHEN size > 0 AND size % 1073741824 = 0 THEN concat(size / 1073741824, ' GB')" \
" WHEN size > 0 AND size % 1048576 = 0 THEN concat(size / 1048576, ' MB') WHEN size % 1024 = 0 THEN concat(size / 1024, ' kB')" \
" ELSE concat(size, ' B') END FROM (SELECT " value "::bigint * pg_size_bytes(regexp_replace(unit, '^([^0-9])', '1\\1')) AS size) AS s)" \
" ELSE concat(" value ", ' ', unit) END"

/* What a page about speed can leave out: places, languages, formats, the log, what is not set by anybody. */
static const char settings_sql[] =
"SELECT /* bingo_tune.health */ name, " PRETTY("reset_val") " AS value, " PRETTY("COALESCE(boot_val, '')") " AS usual,"
" CASE source WHEN 'configuration file' THEN 'file' ELSE source END AS source"
" FROM pg_settings WHERE source NOT IN ('default', 'override', 'client', 'session', 'interactive')"
" AND reset_val IS DISTINCT FROM boot_val AND context <> 'internal' AND category !~ '^(Client Connection Defaults / Locale"
"|File Locations|Preset|Reporting and Logging|Connections and Authentication / (Connection Settings|SSL|Authentication)"
"|Customized Options$|Developer)' OR name ~ '^bingo_tune\\.' AND reset_val IS DISTINCT FROM boot_val OR name = 'max_connections'"
" AND reset_val <> boot_val ORDER BY name COLLATE \"C\"";

static const char settings_advice_sql[] =
"SELECT /* bingo_tune.health */ command, reason, context FROM bingo_tune.settings_advice WHERE advised IS NOT NULL";

void
bench_health_settings(HealthPage *page)
{
	PGresult   *settings;
	PGresult   *advice;

	fputs("<h2>Settings that differ from PostgreSQL's defaults</h2>\n", page->file);
	settings = bench_health_ask(page, settings_sql);
	if (settings && PQntuples(settings) == 0)
		fputs("<p>None, but for paths, languages and the log.</p>\n", page->file);
	else if (settings)
	{
		fputs("<div class=\"wide\"><table>\n<tr><th>setting</th><th class=\"words\">value</th><th class=\"words\">default</th>"
			  "<th class=\"words\">set by</th></tr>\n", page->file);
		for (int i = 0; i < PQntuples(settings); i++)
			for (int j = 0; j < 4; j++)
			{
				fputs(j == 0 ? "<tr><td>" : "<td class=\"words\">", page->file);
				bench_html_text(page->file, PQgetvalue(settings, i, j));
				fputs(j == 3 ? "</td></tr>\n" : "</td>", page->file);
			}
		fputs("</table></div>\n", page->file);
	}
	advice = bench_health_ask(page, settings_advice_sql);
	for (int i = 0; advice && i < PQntuples(advice); i++)
	{
		fputs("<div class=\"advice\">\n<pre>", page->file);
		bench_html_text(page->file, bench_health_text(advice, i, "command"));
		fputs("</pre>\n<p>", page->file);
		bench_html_text(page->file, bench_health_text(advice, i, "reason"));
		fprintf(page->file, ". Needs a %s.</p>\n</div>\n", bench_health_text(advice, i, "context"));
	}
	PQclear(settings);
	PQclear(advice);
}
