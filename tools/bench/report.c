/*
 * bench/report.c
 *	  "bingo_bench report": result documents as one page for a browser.
 *
 * The page needs nothing but itself: styles and pictures are inside, there are
 * no scripts and no links to anywhere.  Every figure is copied from the JSON;
 * nothing is computed here but the comparison of two documents, which is
 * bench/compare.c's.
 */
#define _GNU_SOURCE

#include "bench/report.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "bench/compare.h"
#include "bench/file.h"
#include "bench/html.h"
#include "bench/plot.h"
#include "bench/report_compare.h"
#include "options.h"

#define MAX_DOCUMENTS 16

/* A file of the command line: a run, or a comparison that "compare" wrote. */
typedef struct ReportSource
{
	const char *path;
	bool		comparison;
	BenchDocument document;		/* of a run */
	cJSON	   *json;			/* of a comparison */
} ReportSource;

typedef struct Report
{
	FILE	   *page;
	int			n;
	ReportSource sources[MAX_DOCUMENTS];
	int			pictures;
	bool		done;			/* false: a picture failed */
} Report;

static const char report_help[] =
"Usage: bingo_bench report [OPTION]... FILE... -o PAGE.html\n"
"\n"
"Makes one page of result documents (the --json files of load, query and\n"
"compare): latencies by percentile, histogram, calls and errors over time, hosts,\n"
"service levels, comparison, machine and settings. Two runs that may be compared\n"
"are compared, the first being A. The page needs no network. gnuplot draws the\n"
"pictures (Debian: gnuplot-nox).\n"
"\n"
"Options:\n"
"  -o, --output=FILE         the page; \"-\" is stdout\n"
"      --title=TEXT          its heading (default \"bingo_bench\")\n"
"      --help                this text\n"
"\n"
"Exit status: 0 done, 1 a file can't be read or written or gnuplot is absent, 2\n"
"wrong command line.\n";

static const cJSON *
item(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const char *
string_of(const cJSON *object, const char *name)
{
	const char *text = cJSON_GetStringValue(item(object, name));

	return text ? text : "";
}

/* As the application calls it; hosts and old documents have names only. */
static const char *
title_of(const cJSON *object)
{
	return string_of(object, item(object, "title") ? "title" : "name");
}

/* --- tables --- */

typedef struct Column
{
	const char *title;
	const char *member;
	bool		count;			/* a whole number that is shown in full */
} Column;

static void
print_cells(Report *report, int source, const cJSON *json, const char *prefix, const Column *columns, int n)
{
	char		path[100];

	for (int i = 0; i < n; i++)
	{
		snprintf(path, sizeof(path), "%s.%s", prefix, columns[i].member);
		bench_html_number(report->page, source, json, path, columns[i].count);
	}
}

static void
print_heads(Report *report, const char *first, const Column *columns, int n)
{
	fputs("<div class=\"wide\"><table class=\"stacked\" style=\"--columns: repeat(6, minmax(min-content, 1fr))\">\n<tr><th>", report->page);
	bench_html_text(report->page, first);
	fputs("</th>", report->page);
	for (int i = 0; i < n; i++)
		fprintf(report->page, "<th>%s</th>", columns[i].title);
	fputs("</tr>\n", report->page);
}

/* One row for each item of an array; the first cell is its name. */
static void
print_array(Report *report, int source, const cJSON *json, const char *array, const char *first,
			const Column *columns, int n)
{
	const cJSON *element;
	char		prefix[64];
	int			i = 0;

	print_heads(report, first, columns, n);
	cJSON_ArrayForEach(element, item(json, array))
	{
		snprintf(prefix, sizeof(prefix), "%s.%d", array, i++);
		fputs("<tr><td>", report->page);
		bench_html_text(report->page, title_of(element));
		fputs("</td>", report->page);
		print_cells(report, source, json, prefix, columns, n);
		fputs("</tr>\n", report->page);
	}
	fputs("</table></div>\n", report->page);
}

static void
print_endpoints(Report *report, int source, const BenchDocument *document)
{
	static const Column of_load[] = {
		{"calls", "calls", true}, {"calls/s", "rate", false}, {"errors", "errors", true}, {"skipped", "skipped", true},
		{"p50", "p50_ms", false}, {"p90", "p90_ms", false}, {"p95", "p95_ms", false}, {"p99", "p99_ms", false},
		{"p99.9", "p999_ms", false}, {"max", "max_ms", false}, {"late p99", "late_p99_ms", false}
	};
	static const Column of_query[] = {
		{"n", "n", true}, {"median", "median_ms", false}, {"p90", "p90_ms", false}, {"p99", "p99_ms", false}, {"min", "min_ms", false},
		{"max", "max_ms", false}, {"rows", "rows", true}, {"bytes", "bytes", true}
	};

	if (document->load)
		print_array(report, source, document->json, "endpoints", "endpoint (ms)", of_load,
					sizeof(of_load) / sizeof(of_load[0]));
	else
		print_array(report, source, document->json, "endpoints", "endpoint (ms)", of_query,
					sizeof(of_query) / sizeof(of_query[0]));
}

static void
print_errors(Report *report, int source, const BenchDocument *document)
{
	bool		any = false;

	for (int i = 0; i < document->n; i++)
	{
		const cJSON *states = item(document->endpoints[i].json, "sqlstates");
		const cJSON *state;

		/* what is no object has no names */
		if (!cJSON_IsObject(states))
			continue;
		cJSON_ArrayForEach(state, states)
		{
			char		path[64];

			if (!any)
				fputs("<h3>Errors by SQLSTATE</h3>\n<div class=\"wide\"><table class=\"pairs\">\n", report->page);
			any = true;
			fputs("<tr><td>", report->page);
			bench_html_text(report->page, document->endpoints[i].title);
			fputs("</td><td>", report->page);
			bench_html_text(report->page, state->string);
			fputs("</td>", report->page);
			snprintf(path, sizeof(path), "endpoints.%d.sqlstates.%.20s", i, state->string);
			bench_html_number(report->page, source, document->json, path, true);
			fputs("</tr>\n", report->page);
		}
	}
	if (any)
		fputs("</table></div>\n", report->page);
}

static void
print_levels(Report *report, int source, const BenchDocument *document)
{
	const cJSON *json = document->json;
	const BenchDocumentEndpoint *endpoint;
	const cJSON *level;
	char		path[64];
	int			i = 0;

	if (item(json, "service_levels") == NULL)
		return;
	fputs("<h3>Service levels</h3>\n<div class=\"wide\"><table><tr><th>endpoint</th><th>target</th><th>measured (ms, %, calls/s)</th>"
		  "<th>verdict</th></tr>\n", report->page);
	cJSON_ArrayForEach(level, item(json, "service_levels"))
	{
		const char *verdict = string_of(level, "verdict");

		fputs("<tr><td>", report->page);
		endpoint = bench_document_find(document, string_of(level, "endpoint"));
		bench_html_text(report->page, endpoint ? endpoint->title : string_of(level, "endpoint"));
		fputs("</td><td>", report->page);
		bench_html_text(report->page, string_of(level, "target"));
		fputs("</td>", report->page);
		snprintf(path, sizeof(path), "service_levels.%d.value", i++);
		bench_html_number(report->page, source, json, path, false);
		fprintf(report->page, "<td class=\"%s\">", strcmp(verdict, "met") == 0 ? "met" : "missed");
		bench_html_text(report->page, verdict);
		fputs("</td></tr>\n", report->page);
	}
	fputs("</table></div>\n", report->page);
}

static void
print_hosts(Report *report, int source, const cJSON *json)
{
	static const Column columns[] = {
		{"statements", "calls", true}, {"errors", "errors", true}, {"p50", "p50_ms", false}, {"p90", "p90_ms", false},
		{"p99", "p99_ms", false}, {"max", "max_ms", false}
	};

	fputs("<h3>Hosts</h3>\n<p><small>Times in ms, from the sending of a statement to its last row.</small></p>\n",
		  report->page);
	print_array(report, source, json, "hosts", "host", columns, sizeof(columns) / sizeof(columns[0]));
}

/* The driver's own lateness, without which latencies of an open loop can't be trusted. */
static void
print_driver(Report *report, int source, const BenchDocument *document)
{
	static const Column columns[] = {
		{"p50", "p50_ms", false}, {"p90", "p90_ms", false}, {"p99", "p99_ms", false}, {"p99.9", "p999_ms", false}, {"max", "max_ms", false}
	};

	if (document->closed)
		return;
	print_heads(report, "the driver itself was late by (ms)", columns, sizeof(columns) / sizeof(columns[0]));
	fputs("<tr><td>calls sent</td>", report->page);
	print_cells(report, source, document->json, "schedule_error", columns, sizeof(columns) / sizeof(columns[0]));
	fputs("</tr>\n</table></div>\n", report->page);
}

/* --- pictures --- */

static void
add_picture(Report *report, const char *title, bool (*draw) (FILE *, int, const BenchDocument *),
			const BenchDocument *document)
{
	if (!report->done)
		return;
	fputs("<h3>", report->page);
	bench_html_text(report->page, title);
	fputs("</h3>\n", report->page);
	fputs("<div class=\"wide\">", report->page);
	report->done = draw(report->page, ++report->pictures, document);
	fputs("</div>\n", report->page);
}

/* --- sections --- */

static void
print_run(Report *report, int source)
{
	const BenchDocument *document = &report->sources[source].document;
	const cJSON *json = document->json;

	fputs("<h2>", report->page);
	bench_html_text(report->page, document->path);
	fputs("</h2>\n<p>", report->page);
	bench_html_text(report->page, string_of(json, "kind"));
	fputs(", started ", report->page);
	bench_html_text(report->page, string_of(json, "started"));
	fputs(", PostgreSQL ", report->page);
	bench_html_text(report->page, string_of(item(json, "server"), "version"));
	if (cJSON_IsTrue(item(json, "interrupted")))
		fputs(", <span class=\"missed\">interrupted</span>", report->page);
	fputs("</p>\n", report->page);

	print_endpoints(report, source, document);
	print_levels(report, source, document);
	add_picture(report, "Latency by percentile", bench_plot_percentiles, document);
	if (document->load)
	{
		add_picture(report, "Latency histogram", bench_plot_histogram, document);
		add_picture(report, "Calls over time", bench_plot_rates, document);
		add_picture(report, "Errors over time", bench_plot_errors, document);
		add_picture(report, "Latency over time", bench_plot_latencies, document);
		print_errors(report, source, document);
		print_hosts(report, source, json);
		print_driver(report, source, document);
	}
	bench_html_members(report->page, "Configuration", item(json, "configuration"));
	bench_html_members(report->page, "Set on each connection", item(json, "set"));
	bench_html_members(report->page, "Machine", item(json, "machine"));
	bench_html_members(report->page, "Server settings that are not defaults", item(item(json, "server"), "settings"));
}

/* How many rows of the same endpoint follow. */
static int
rows_behind(const cJSON *row)
{
	const char *endpoint = string_of(row, "endpoint");
	int			n = 0;

	for (const cJSON *next = row->next; next && strcmp(string_of(next, "endpoint"), endpoint) == 0; next = next->next)
		n++;
	return n;
}

static void
print_comparison_row(Report *report, int source, const cJSON *json, const cJSON *row, int i)
{
	static const Column times[] = {{"", "a", false}, {"", "b", false}};
	static const char *const ratios[] = {"ratio", "low", "high", "floor"};
	const char *verdict = string_of(row, "verdict");
	char		prefix[32];
	char		path[48];
	int			behind = rows_behind(row);

	snprintf(prefix, sizeof(prefix), "rows.%d", i);
	fprintf(report->page, "<tr%s>", behind > 0 ? " class=\"inner\"" : "");
	/* The endpoint's name stands once, beside all of its percentiles. */
	if (row->prev->next == NULL || rows_behind(row->prev) == 0)
	{
		fprintf(report->page, "<td rowspan=\"%d\">", behind + 1);
		bench_html_text(report->page, string_of(row, item(row, "title") ? "title" : "endpoint"));
		fputs("</td>", report->page);
	}
	fputs("<td class=\"what\">", report->page);
	bench_html_text(report->page, string_of(row, "what"));
	fputs("</td>", report->page);
	print_cells(report, source, json, prefix, times, 2);
	for (int j = 0; j < 4; j++)
	{
		snprintf(path, sizeof(path), "%s.%s", prefix, ratios[j]);
		bench_html_ratio(report->page, source, json, path);
	}
	fprintf(report->page, "<td class=\"%s\">", strcmp(verdict, "B faster") == 0 ? "better" :
			strcmp(verdict, "B slower") == 0 ? "worse" : "unknown");
	bench_html_text(report->page, verdict);
	fputs("</td></tr>\n", report->page);
}

static void
print_comparison(Report *report, int source, const cJSON *json)
{
	double		pairs = cJSON_GetNumberValue(item(json, "pairs"));
	const cJSON *row;
	int			i = 0;

	fputs("<h2>Comparison</h2>\n<p>A: ", report->page);
	bench_html_text(report->page, string_of(json, "a"));
	fputs("<br>B: ", report->page);
	bench_html_text(report->page, string_of(json, "b"));
	if (pairs > 0)
		fprintf(report->page, "<br>%.0f pairs of runs", pairs);
	else
		fputs("<br>One run each: what varies from run to run is not in these intervals", report->page);
	fputs(". \"A/A up to\" is what comparing A with itself shows.</p>\n<div class=\"wide\"><table><tr><th>endpoint (ms)</th><th></th><th>A</th><th>B</th><th>B / A</th><th>95 % from</th>"
		  "<th>to</th><th>A/A up to</th><th>verdict</th></tr>\n", report->page);
	cJSON_ArrayForEach(row, item(json, "rows"))
		print_comparison_row(report, source, json, row, i++);
	fputs("</table></div>\n", report->page);
	if (i > 0 && report->done)
	{
		fputs("<div class=\"wide\">", report->page);
		report->done = bench_plot_ratios(report->page, ++report->pictures, json);
		fputs("</div>\n", report->page);
	}
}

/* The first run against each other one, as far as they are alike. */
static void
compare_runs(Report *report)
{
	const BenchDocument *first = NULL;

	for (int i = 0; i < report->n; i++)
	{
		const BenchDocument *document = &report->sources[i].document;
		Comparison	comparison;
		cJSON	   *json;

		if (report->sources[i].comparison)
			continue;
		if (first == NULL)
			first = document;
		else if (!bench_compare_alike(first, document))
			fprintf(stderr, "%s: %s and %s are not alike and not compared\n", bingo_options_program(), first->path,
					document->path);
		else
		{
			bench_compare_documents(&comparison, first, document);
			comparison.label_a = first->path;
			comparison.label_b = document->path;
			json = bench_compare_json(&comparison);
			fputs("<h2>Before and after</h2>\n", report->page);
			bench_report_words(report->page, &comparison);
			bench_report_chart(report->page, &comparison);
			/* Its figures stand in no file: document -1. */
			print_comparison(report, -1, json);
			cJSON_Delete(json);
			bench_compare_free(&comparison);
		}
	}
}

/* --- the command --- */

static bool
read_source(ReportSource *source, const char *path)
{
	source->path = path;
	source->json = bench_document_parse(path);
	if (source->json == NULL)
		return false;
	source->comparison = strcmp(string_of(source->json, "kind"), "compare") == 0 && cJSON_IsArray(item(source->json, "rows"));
	return source->comparison || bench_document_read(&source->document, path);
}

static bool
write_page(Report *report, const char *title, const char *output)
{
	BenchNewFile new;

	report->page = bench_file_begin(&new, output);
	report->done = report->page != NULL;
	if (report->done)
	{
		bench_html_start(report->page, title);
		fputs("<p><small>Latencies in milliseconds. In an open loop they count from the moment a call fell due.</small></p>\n",
			  report->page);
		for (int i = 0; i < report->n; i++)
			if (report->sources[i].comparison)
				print_comparison(report, i, report->sources[i].json);
		compare_runs(report);
		for (int i = 0; i < report->n; i++)
			if (!report->sources[i].comparison)
				print_run(report, i);
		bench_html_end(report->page);
	}
	return bench_file_finish(&new, report->done);
}

int
bench_report(int argc, char **argv)
{
	static const struct option long_options[] = {
		{"output", required_argument, NULL, 'o'},
		{"title", required_argument, NULL, 't'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0}
	};
	static Report report;
	const char *output = NULL;
	const char *title = "bingo_bench";
	bool		done = true;
	int			option;

	while ((option = getopt_long(argc, argv, "o:", long_options, NULL)) != -1)
	{
		if (option == 'o')
			output = optarg;
		else if (option == 't')
			title = optarg;
		else if (option == 'h')
		{
			fputs(report_help, stdout);
			return 0;
		}
		else
			bingo_options_fail("report: wrong command line");
	}
	if (optind == argc)
		bingo_options_fail("report: no FILE given");
	if (output == NULL)
		bingo_options_fail("report: give the page to write with -o FILE");
	if (argc - optind > MAX_DOCUMENTS)
		bingo_options_fail("report: %d files at most", MAX_DOCUMENTS);

	for (; optind < argc && done; optind++)
		done = read_source(&report.sources[report.n++], argv[optind]);
	done = done && bench_plot_available() && write_page(&report, title, output);
	for (int i = 0; i < report.n; i++)
	{
		cJSON_Delete(report.sources[i].json);
		bench_document_free(&report.sources[i].document);
	}
	return done ? 0 : 1;
}
