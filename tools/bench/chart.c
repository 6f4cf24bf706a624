/*
 * bench/chart.c
 *	  Charts out of boxes and lines: see bench/chart.h.
 *
 * Places are percentages of a box's width or height, so that the browser fits them to
 * its window.  An axis runs over whole decades.
 */
#include "bench/chart.h"

#include <math.h>
#include <time.h>

#include "bench/html.h"

/* A logarithmic axis from 10^first to 10^last ms. */
typedef struct Axis
{
	int			first;
	int			last;
} Axis;

static Axis
choose_axis(double least, double most)
{
	Axis		axis = {0, 0};

	if (least <= 0 || most <= 0)
		return (Axis) {-1, 3};
	/* no document can ask for more decades than have room */
	axis.first = (int) floor(log10(fmin(fmax(least, 0.001), 1e12)) + 1e-9);
	axis.last = (int) ceil(log10(fmin(fmax(most, 0.001), 1e12)) - 1e-9);
	if (axis.last == axis.first)
		axis.last++;
	return axis;
}

/* Where a time stands, in percent. */
static double
place(Axis axis, double ms)
{
	double		at = (log10(fmax(ms, 0.001)) - axis.first) / (axis.last - axis.first);

	return 100 * fmin(fmax(at, 0), 1);
}

static void
extend(double *least, double *most, double ms)
{
	if (ms < 0)
		return;
	if (*least < 0 || ms < *least)
		*least = ms;
	if (ms > *most)
		*most = ms;
}

/* "10 ms", "1 s" */
static void
print_decade(FILE *page, int exponent)
{
	if (exponent >= 3)
		fprintf(page, "%g s", pow(10, exponent - 3));
	else
		fprintf(page, "%g ms", pow(10, exponent));
}

/* --- rows --- */

static void
print_mark(FILE *page, const char *class, Axis axis, double ms)
{
	if (ms >= 0)
		fprintf(page, "<i class=\"%s\" style=\"left:%.2f%%\"></i>", class, place(axis, ms));
}

static void
print_value(FILE *page, const char *what, double ms, const char *unit)
{
	if (ms < 0)
		return;
	fprintf(page, "<span>%s <b>", what);
	bench_html_significant(page, ms);
	fprintf(page, "</b>%s</span>\n", unit);
}

static void
print_line(FILE *page, Axis axis, const BenchChartRow *row, const BenchChartTimes *times, int line)
{
	fprintf(page, "<div class=\"line line%d\"><div class=\"label\">", line);
	bench_html_text(page, times->label ? times->label : "");
	fputs("</div><div class=\"track\">", page);
	if (times->p50 >= 0 && times->p99 >= 0)
		fprintf(page, "<i class=\"range\" style=\"left:%.2f%%;width:%.2f%%\"></i>", place(axis, times->p50),
				place(axis, times->p99) - place(axis, times->p50));
	print_mark(page, "target", axis, row->target);
	print_mark(page, "p99", axis, times->p99);
	print_mark(page, "p90", axis, times->p90);
	print_mark(page, "p50", axis, times->p50);
	fputs("</div><div class=\"values\">", page);
	if (times->p50 < 0)
		fputs("<span>no calls</span>", page);
	print_value(page, "p50", times->p50, "");
	print_value(page, "p90", times->p90, "");
	print_value(page, "p99", times->p99, " ms");
	fputs("</div></div>\n", page);
}

void
bench_chart_rows(FILE *page, const BenchChartRow *rows, int n)
{
	double		least = -1;
	double		most = -1;
	Axis		axis;

	for (int i = 0; i < n; i++)
	{
		extend(&least, &most, rows[i].target);
		for (int j = 0; j < rows[i].n; j++)
		{
			extend(&least, &most, rows[i].times[j].p50);
			extend(&least, &most, rows[i].times[j].p99);
		}
	}
	axis = choose_axis(least, most);
	fprintf(page, "<div class=\"chart\" style=\"--decades:%d;--label:%s\">\n", axis.last - axis.first,
			n > 0 && rows[0].times[0].label ? "3.4em" : "0px");
	for (int i = 0; i < n; i++)
	{
		fputs("<div class=\"row\"><div class=\"name\">", page);
		bench_html_text(page, rows[i].name);
		if (rows[i].target >= 0)
			fprintf(page, " <small>target %g&nbsp;ms</small>", rows[i].target);
		fputs("</div>\n", page);
		for (int j = 0; j < rows[i].n; j++)
			print_line(page, axis, &rows[i], &rows[i].times[j], j);
		fputs("</div>\n", page);
	}
	fputs("<div class=\"line\"><div class=\"label\"></div><div class=\"axis\">", page);
	for (int exponent = axis.first; exponent <= axis.last; exponent++)
	{
		/* On a phone there is no room for all of many. */
		fprintf(page, "<span%s style=\"left:%.2f%%\">",
				axis.last - axis.first > 4 && (exponent - axis.first) % 2 ? " class=\"odd\"" : "",
				100.0 * (exponent - axis.first) / (axis.last - axis.first));
		print_decade(page, exponent);
		fputs("</span>", page);
	}
	fputs("</div><div class=\"values\"></div></div>\n</div>\n", page);
}

/* --- over time --- */

/* One percentile: a level for each stretch. */
static void
print_steps(FILE *page, const char *class, Axis axis, const BenchChartStretch *stretches, int n, int which)
{
	double		start = stretches[0].from;
	double		length = fmax(stretches[n - 1].to - start, 1e-6);

	fprintf(page, "<path class=\"%s\" vector-effect=\"non-scaling-stroke\" d=\"", class);
	for (int i = 0; i < n; i++)
	{
		double		ms = which == 0 ? stretches[i].p50 : which == 1 ? stretches[i].p90 : stretches[i].p99;

		/* A stretch without calls leaves a gap. */
		fprintf(page, "%c%.3f %.3f H%.3f ", i == 0 || stretches[i].from > stretches[i - 1].to + 0.001 ? 'M' : 'L',
				100 * (stretches[i].from - start) / length, 100 - place(axis, ms),
				100 * (stretches[i].to - start) / length);
	}
	fputs("\"/>", page);
}

static void
print_moment(FILE *page, double seconds, bool day)
{
	time_t		moment = (time_t) seconds;
	struct tm	parts;
	char		text[32];

	gmtime_r(&moment, &parts);
	strftime(text, sizeof(text), day ? "%d %b %H:%M" : "%H:%M:%S", &parts);
	fprintf(page, "<span>%s UTC</span>", text);
}

void
bench_chart_trend(FILE *page, const char *name, const BenchChartStretch *stretches, int n, double target)
{
	double		least = -1;
	double		most = -1;
	bool		days;
	Axis		axis;

	if (n == 0)
		return;
	extend(&least, &most, target);
	for (int i = 0; i < n; i++)
	{
		extend(&least, &most, stretches[i].p50);
		extend(&least, &most, stretches[i].p99);
	}
	axis = choose_axis(least, most);
	days = stretches[n - 1].to - stretches[0].from > 6 * 3600;
	fputs("<figure class=\"trend\"><figcaption>", page);
	bench_html_text(page, name);
	fputs("</figcaption>\n<div class=\"plot\">", page);
	for (int exponent = axis.first; exponent <= axis.last; exponent++)
	{
		fprintf(page, "<span class=\"level\" style=\"bottom:%.2f%%\"><b>",
				100.0 * (exponent - axis.first) / (axis.last - axis.first));
		print_decade(page, exponent);
		fputs("</b></span>", page);
	}
	fprintf(page, "<svg viewBox=\"0 0 100 100\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
	if (target >= 0)
		fprintf(page, "<path class=\"target\" vector-effect=\"non-scaling-stroke\" d=\"M0 %.3f H100\"/>",
				100 - place(axis, target));
	print_steps(page, "p99", axis, stretches, n, 2);
	print_steps(page, "p90", axis, stretches, n, 1);
	print_steps(page, "p50", axis, stretches, n, 0);
	fputs("</svg></div>\n<div class=\"moments\">", page);
	print_moment(page, stretches[0].from, days);
	print_moment(page, stretches[n - 1].to, days);
	fputs("</div></figure>\n", page);
}

void
bench_chart_key(FILE *page, BenchChartKind kind, bool targets)
{
	const char *shape = kind == BENCH_CHART_ROWS ? "" : "line ";

	fprintf(page, "<p class=\"key\"><span><i class=\"%sp50\"></i>p50: half of the calls took at most this</span> "
			"<span><i class=\"%sp90\"></i>p90</span> <span><i class=\"%sp99\"></i>p99</span>", shape, shape, shape);
	if (targets)
		fprintf(page, " <span><i class=\"%starget\"></i>target</span>", shape);
	fputs("</p>\n", page);
}
