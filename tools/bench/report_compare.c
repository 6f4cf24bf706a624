/*
 * bench/report_compare.c
 *	  Before and after: see bench/report_compare.h.
 *
 * The words say of each endpoint's median what the table below them says of all
 * percentiles: nothing is claimed that bench/compare.c does not claim.  That each call
 * of a side took less than any of the other one is no claim but what was seen; it is
 * said where calls are too few for an interval.
 */
#include "bench/report_compare.h"

#include <stdlib.h>
#include <string.h>

#include "bench/chart.h"
#include "bench/html.h"

/* "105 ms before, 0.21 ms after" */
static void
print_both(FILE *page, const CompareRow *row)
{
	bench_html_significant(page, row->a);
	fputs("&nbsp;ms before, ", page);
	bench_html_significant(page, row->b);
	fputs("&nbsp;ms after", page);
}

/* A factor and its interval; each is at least 1 where the difference is certain. */
static void
print_factor(FILE *page, double factor, double low, double high, const char *word)
{
	bench_html_significant(page, factor);
	fprintf(page, " times as %s</span> (95&nbsp;%% interval ", word);
	bench_html_significant(page, low);
	fputs(" to ", page);
	bench_html_significant(page, high);
	fputs("): ", page);
}

/* From three calls on: of two sides with one call each it always holds. */
static bool
took_less(const BenchBatch *one, const BenchBatch *other)
{
	return one->nsamples >= 3 && other->nsamples >= 3 && one->samples[one->nsamples - 1] < other->samples[0];
}

/* No interval is known. */
static void
print_few_calls(FILE *page, const BenchBatch *before, const BenchBatch *after, int wanted)
{
	const char *what = took_less(after, before) ? "less" : took_less(before, after) ? "more" : NULL;

	if (what)
		fprintf(page, "each call after took %s than any before, too few to say how much (%d of each run would do): ", what, wanted);
	else
		fprintf(page, "too few calls to say (%d of each run would do): ", wanted);
}

static void
print_sentence(FILE *page, const Comparison *comparison, const CompareRow *row)
{
	const BenchDocumentEndpoint *before = bench_document_find(comparison->a, row->endpoint);
	const BenchDocumentEndpoint *after = bench_document_find(comparison->b, row->endpoint);

	fputs("<li><b>", page);
	bench_html_text(page, before ? before->title : row->endpoint);
	fputs("</b>: ", page);
	if (!row->known && row->wanted > 0 && before && after)
		print_few_calls(page, &before->all, &after->all, row->wanted);
	else if (!row->known)
		fputs("too few runs to say: ", page);
	else if (row->verdict > 0)
	{
		fputs("<span class=\"better\">", page);
		print_factor(page, 1 / row->ratio, 1 / row->high, 1 / row->low, "fast");
	}
	else if (row->verdict < 0)
	{
		fputs("<span class=\"worse\">", page);
		print_factor(page, row->ratio, row->low, row->high, "slow");
	}
	else
		fputs("no difference shown: ", page);
	print_both(page, row);
	fputs(".</li>\n", page);
}

void
bench_report_words(FILE *page, const Comparison *comparison)
{
	fputs("<p>The median of each endpoint:</p>\n<ul class=\"levels\">\n", page);
	for (int i = 0; i < comparison->n; i++)
		if (strcmp(comparison->rows[i].what, "p50") == 0)
			print_sentence(page, comparison, &comparison->rows[i]);
	fputs("</ul>\n", page);
}

/* The endpoint's first target on a time in ms; negative without one. */
static double
find_target(const BenchDocument *document, const char *name)
{
	const cJSON *level;

	cJSON_ArrayForEach(level, cJSON_GetObjectItemCaseSensitive(document->json, "service_levels"))
	{
		const char *endpoint = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(level, "endpoint"));
		const char *target = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(level, "target"));
		const char *limit = target && target[0] == 'p' ? strpbrk(target, "0123456789") : NULL;

		limit = limit ? strchr(limit, '<') : NULL;
		if (endpoint && limit && strcmp(endpoint, name) == 0)
			return atof(limit + 1 + (limit[1] == '='));
	}
	return -1;
}

static BenchChartTimes
times_of(const char *label, const BenchDocumentEndpoint *endpoint)
{
	BenchChartTimes times = {label, -1, -1, -1};

	if (endpoint && bench_batch_calls(&endpoint->all) > 0)
	{
		times.p50 = bench_batch_quantile(&endpoint->all, 0.5);
		times.p90 = bench_batch_quantile(&endpoint->all, 0.9);
		times.p99 = bench_batch_quantile(&endpoint->all, 0.99);
	}
	return times;
}

void
bench_report_chart(FILE *page, const Comparison *comparison)
{
	const BenchDocument *a = comparison->a;
	BenchChartRow *rows = calloc(a->n, sizeof(BenchChartRow));
	bool		targets = false;

	for (int i = 0; i < a->n; i++)
	{
		const BenchDocumentEndpoint *endpoint = &a->endpoints[i];

		rows[i].name = endpoint->title;
		rows[i].target = find_target(comparison->b, endpoint->name);
		if (rows[i].target < 0)
			rows[i].target = find_target(a, endpoint->name);
		targets |= rows[i].target >= 0;
		rows[i].n = 2;
		rows[i].times[0] = times_of("before", endpoint);
		rows[i].times[1] = times_of("after", bench_document_find(comparison->b, endpoint->name));
	}
	fputs("<h3>Before and after, on one axis</h3>\n", page);
	bench_chart_key(page, BENCH_CHART_ROWS, targets);
	bench_chart_rows(page, rows, a->n);
	free(rows);
}
