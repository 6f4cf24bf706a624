/*
 * bench/plot.c
 *	  Pictures of a report: see bench/plot.h.
 *
 * A picture is a gnuplot script with its data inside, fed through a file in a
 * temporary folder; what gnuplot prints is copied into the page without the XML
 * declaration and the document type, which may stand only at a file's start.
 *
 * gnuplot can run programs.  Names come from documents, perhaps somebody else's:
 * no name gets into a script but through clean_name().
 */
#define _GNU_SOURCE

#include "bench/plot.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/file.h"
#include "client.h"
#include "options.h"

/* Buckets of the histogram that make one step: a quarter of a doubling. */
#define STEP_BUCKETS (1 << (BINGO_HISTOGRAM_SUB_BITS - 2))

#define NAME_SIZE 80

typedef struct Plot
{
	char		folder[32];
	char		path[48];		/* of the script, in the folder */
	FILE	   *script;
	int			lines;			/* data blocks so far */
} Plot;

bool
bench_plot_available(void)
{
	int			status = system("gnuplot --version >/dev/null 2>&1");

	if (status == 0)
		return true;
	bingo_client_error("58000", "Install it: apt-get install gnuplot-nox",
					   "gnuplot can't be started, and it draws the report's pictures");
	return false;
}

/* --- the script --- */

static bool
start_plot(Plot *plot, int number, int height, const char *x_label, const char *y_label)
{
	strcpy(plot->folder, "/tmp/bingo_bench.XXXXXX");
	plot->lines = 0;
	plot->script = NULL;
	if (mkdtemp(plot->folder))
	{
		snprintf(plot->path, sizeof(plot->path), "%s/plot", plot->folder);
		plot->script = fopen(plot->path, "w");
		if (plot->script == NULL)
			rmdir(plot->folder);
	}
	if (plot->script == NULL)
	{
		bingo_client_error("58030", "Make room in /tmp, or let this user write there.",
						   "could not write a file in /tmp: %s", strerror(errno));
		return false;
	}
	fprintf(plot->script,
			"set terminal svg size 900,%d dynamic noenhanced name 'plot%d' font 'sans-serif,13'\n"
			"set encoding utf8\n"
			"set key above horizontal samplen 3 maxrows 3\n"
			"set grid lc '#dddddd' lt 1\n"
			"set border 3 lc '#888888'\n"
			"set tics nomirror textcolor '#333333'\n"
			"set xlabel '%s'\nset ylabel '%s'\n"
			/* Told apart by their dashes, too. */
			"set linetype 1 lc '#1f77b4' lw 2 dt 1\nset linetype 2 lc '#d62728' lw 2 dt (8,3)\n"
			"set linetype 3 lc '#1f8a1f' lw 2 dt (2,2)\nset linetype 4 lc '#9467bd' lw 2 dt (10,3,2,3)\n"
			"set linetype 5 lc '#c65a00' lw 2 dt (16,4)\nset linetype 6 lc '#0a8f9e' lw 2 dt (4,4)\n"
			"set linetype 7 lc '#8c564b' lw 2 dt (10,3,2,3,2,3)\nset linetype 8 lc '#c2308f' lw 2 dt (2,4)\n"
			"set linetype 9 lc '#7f7f7f' lw 2 dt (20,3,6,3)\nset linetype cycle 9\n",
			height, number, x_label, y_label);
	return true;
}

/* A name without what could end a string or a line of gnuplot's; returns "safe". */
static const char *
clean_name(const char *name, char safe[NAME_SIZE])
{
	int			n = 0;

	for (; name && *name && n < NAME_SIZE - 1; name++)
		if (strchr("'\"\\`", *name) == NULL && (unsigned char) *name >= ' ')
			safe[n++] = *name;
	/* cut between characters, not inside of one */
	if (name && (*name & 0xC0) == 0x80)
		while (n > 0 && (safe[--n] & 0xC0) == 0x80)
			;
	safe[n] = '\0';
	return safe;
}

/* Begins the data of one line; "name" is what the key shows. */
static void
start_line(Plot *plot, const char *name)
{
	char		safe[NAME_SIZE];

	fprintf(plot->script, "name%d = '%s'\n$data%d << EOD\n", plot->lines, clean_name(name, safe), plot->lines);
	plot->lines++;
}

static void
end_line(Plot *plot)
{
	fprintf(plot->script, "EOD\n");
}

/* Copies gnuplot's output from its <svg> on. */
static bool
copy_svg(FILE *from, FILE *page)
{
	char	   *line = NULL;
	size_t		size = 0;
	bool		found = false;

	while (getline(&line, &size, from) > 0)
	{
		if (strncmp(line, "<svg", 4) == 0)
			found = true;
		if (found)
			fputs(line, page);
	}
	free(line);
	return found;
}

/* Draws all lines in one style, unless the script does it, and copies the picture. */
static bool
finish_plot(Plot *plot, const char *style, FILE *page)
{
	char		messages[64];
	char		command[160];
	FILE	   *output;
	bool		done;

	for (int i = 0; i < plot->lines; i++)
		fprintf(plot->script, "%s $data%d using 1:2 with %s lt %d title name%d", i ? "," : "plot", i, style, i + 1, i);
	fprintf(plot->script, "\n");
	done = fclose(plot->script) == 0;
	snprintf(messages, sizeof(messages), "%s.err", plot->path);
	snprintf(command, sizeof(command), "gnuplot %s 2>%s", plot->path, messages);
	output = popen(command, "r");
	done = done && output && copy_svg(output, page);
	done = output && pclose(output) == 0 && done;
	unlink(plot->path);
	if (!done)
	{
		char	   *text = bench_file_read(messages);

		bingo_client_error("58000", "See that gnuplot has its svg terminal: gnuplot -e 'set terminal svg'",
						   "gnuplot could not draw a picture: %s", text ? text : "");
		free(text);
	}
	unlink(messages);
	rmdir(plot->folder);
	return done;
}

/* --- one picture each --- */

/* x is the number of nines: 1 for 90 %, 2 for 99 %, ... */
static void
add_percentiles(Plot *plot, const BenchBatch *batch)
{
	double		calls = bench_batch_calls(batch);
	double		last = log10(calls * 2);
	double		seen = 0;

	if (batch->histogram == NULL)
	{
		for (int i = 0; i < batch->nsamples; i++)
			fprintf(plot->script, "%.6g %.6g\n", i + 1 < calls ? -log10(1 - (i + 1) / calls) : last, batch->samples[i]);
		return;
	}
	for (int i = 0; i < BINGO_HISTOGRAM_BUCKETS; i++)
	{
		double		time = i == BINGO_HISTOGRAM_OVERFLOW ? batch->histogram->max : bingo_histogram_middle(i);

		if (batch->histogram->counts[i] == 0)
			continue;
		seen += batch->histogram->counts[i];
		fprintf(plot->script, "%.6g %.6g\n", seen < calls ? -log10(1 - seen / calls) : last, fmax(time, 1) / 1000);
	}
}

bool
bench_plot_percentiles(FILE *page, int number, const BenchDocument *document)
{
	static const struct
	{
		const char *label;		/* a format of gnuplot's */
		double		at;
	}			nines[] = {{"50 %%", 0.30103}, {"90 %%", 1}, {"99 %%", 2}, {"99.9 %%", 3}, {"99.99 %%", 4}, {"99.999 %%", 5}};
	Plot		plot;
	double		most = 1;

	for (int i = 0; i < document->n; i++)
		most = fmax(most, bench_batch_calls(&document->endpoints[i].all));
	if (!start_plot(&plot, number, 440, "calls that are not slower", "latency, ms"))
		return false;
	fprintf(plot.script, "set logscale y\nset format y '%%g'\nset xrange [0:%g]\nset xtics ('0' 0", log10(most * 2) * 1.02);
	/* Labels beyond the range would take room from the picture. */
	for (size_t i = 0; i < sizeof(nines) / sizeof(nines[0]) && nines[i].at <= log10(most * 2); i++)
		fprintf(plot.script, ", '%s' %g", nines[i].label, nines[i].at);
	fprintf(plot.script, ")\n");
	for (int i = 0; i < document->n; i++)
	{
		if (bench_batch_calls(&document->endpoints[i].all) == 0)
			continue;
		start_line(&plot, document->endpoints[i].title);
		add_percentiles(&plot, &document->endpoints[i].all);
		end_line(&plot);
	}
	return finish_plot(&plot, "steps", page);
}

bool
bench_plot_histogram(FILE *page, int number, const BenchDocument *document)
{
	Plot		plot;

	if (!start_plot(&plot, number, 440, "latency, ms (steps are a quarter of a doubling wide)", "% of the endpoint''s calls"))
		return false;
	fprintf(plot.script, "set logscale x\nset format x '%%g'\nset yrange [0:*]\n");
	for (int i = 0; i < document->n; i++)
	{
		const BingoHistogram *histogram = document->endpoints[i].all.histogram;

		if (histogram == NULL || histogram->total == 0)
			continue;
		start_line(&plot, document->endpoints[i].title);
		for (int first = 0; first < BINGO_HISTOGRAM_FINITE; first += STEP_BUCKETS)
		{
			uint64_t	count = 0;

			for (int j = first; j < first + STEP_BUCKETS; j++)
				count += histogram->counts[j];
			/* The neighbours of a step are drawn as zero, the empty rest is not. */
			if (count > 0 || (first > 0 && histogram->min < bingo_histogram_lower(first + STEP_BUCKETS) * 2 &&
							  histogram->max * 2 > bingo_histogram_lower(first)))
				fprintf(plot.script, "%.6g %.6g\n", fmax((double) bingo_histogram_lower(first), 1) / 1000,
						100.0 * count / histogram->total);
		}
		end_line(&plot);
	}
	return finish_plot(&plot, "steps", page);
}

static const cJSON *
slots_of(const BenchDocument *document, double *seconds)
{
	const cJSON *time = cJSON_GetObjectItemCaseSensitive(document->json, "time");

	*seconds = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(time, "slot_s"));
	return cJSON_GetObjectItemCaseSensitive(time, "slots");
}

/* Calls or errors a second over time, a line for each endpoint. */
static bool
plot_counts(FILE *page, int number, const BenchDocument *document, const char *what, const char *label)
{
	Plot		plot;
	double		seconds;
	const cJSON *slots = slots_of(document, &seconds);
	const cJSON *slot;

	if (!start_plot(&plot, number, 360, "seconds since the start", label))
		return false;
	/* At least up to 1: a range of nothing can't be drawn. */
	fprintf(plot.script, "set yrange [0:1<*]\n");
	for (int i = 0; i < document->n; i++)
	{
		int			at = 0;

		start_line(&plot, document->endpoints[i].title);
		cJSON_ArrayForEach(slot, slots)
		{
			const cJSON *counts = cJSON_GetObjectItemCaseSensitive(slot, what);

			fprintf(plot.script, "%.6g %.6g\n", (at + 0.5) * seconds,
					cJSON_GetNumberValue(cJSON_GetArrayItem(counts, i)) / seconds);
			at++;
		}
		end_line(&plot);
	}
	return finish_plot(&plot, "lines", page);
}

bool
bench_plot_rates(FILE *page, int number, const BenchDocument *document)
{
	return plot_counts(page, number, document, "calls", "calls a second");
}

bool
bench_plot_errors(FILE *page, int number, const BenchDocument *document)
{
	return plot_counts(page, number, document, "errors", "errors a second");
}

bool
bench_plot_latencies(FILE *page, int number, const BenchDocument *document)
{
	static const char *const quantiles[] = {"p50", "p90", "p99"};
	Plot		plot;
	double		seconds;
	const cJSON *slots = slots_of(document, &seconds);
	const cJSON *slot;

	if (!start_plot(&plot, number, 360, "seconds since the start", "latency of all endpoints, ms"))
		return false;
	fprintf(plot.script, "set logscale y\nset format y '%%g'\n");
	for (int i = 0; i < 3; i++)
	{
		char		name[16];
		int			at = 0;

		snprintf(name, sizeof(name), "%s_ms", quantiles[i]);
		start_line(&plot, quantiles[i]);
		cJSON_ArrayForEach(slot, slots)
		{
			const cJSON *value = cJSON_GetObjectItemCaseSensitive(slot, name);

			if (cJSON_IsNumber(value))
				fprintf(plot.script, "%.6g %.6g\n", (at + 0.5) * seconds, fmax(value->valuedouble, 0.001));
			at++;
		}
		end_line(&plot);
	}
	return finish_plot(&plot, "lines", page);
}

/* A row from the top for each ratio that has an interval, and the A/A floor behind it. */
bool
bench_plot_ratios(FILE *page, int number, const cJSON *comparison)
{
	const cJSON *row;
	int			n = 0;
	double		farthest = 1;
	char	   *data = NULL;
	size_t		size;
	FILE	   *rows = open_memstream(&data, &size);
	Plot		plot;

	cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(comparison, "rows"))
	{
		const cJSON *low = cJSON_GetObjectItemCaseSensitive(row, "low");
		const cJSON *floor = cJSON_GetObjectItemCaseSensitive(row, "floor");
		double		edge = cJSON_IsNumber(floor) ? floor->valuedouble : 1;
		bool		titled = cJSON_HasObjectItem(row, "title");
		char		endpoint[NAME_SIZE];
		char		what[NAME_SIZE];

		if (!cJSON_IsNumber(low))
			continue;
		farthest = fmax(farthest, fmax(1 / low->valuedouble, cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(row, "high"))));
		fprintf(rows, "%d %.6g %.6g %.6g %.6g %.6g \"%s %s\"\n", -++n,
				cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(row, "ratio")), low->valuedouble,
				cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(row, "high")), 1 / edge, edge,
				clean_name(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, titled ? "title" : "endpoint")), endpoint),
				clean_name(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "what")), what));
	}
	fclose(rows);
	if (n == 0 || !start_plot(&plot, number, 110 + 24 * n, "B / A with its 95 % interval; grey: A beside itself", ""))
	{
		free(data);
		return n == 0;
	}
	/* halves and doubles, or where these would be 0.000976562 the tenfold */
	fprintf(plot.script, "unset key\nset logscale x %d\nset format x '%%g'\nset yrange [%g:-0.5]\n"
			"set arrow from 1, graph 0 to 1, graph 1 nohead lc '#888888'\n$rows << EOD\n%sEOD\n"
			"plot $rows using 2:1:5:6:yticlabels(7) with xerrorbars pt 0 lw 9 dt 1 lc '#bbbbbb' notitle, "
			"$rows using 2:1:3:4 with xerrorbars pt 7 ps 0.6 lw 2 dt 1 lc '#1f77b4' notitle\n", farthest > 16 ? 10 : 2, -n - 0.5, data);
	free(data);
	return finish_plot(&plot, NULL, page);
}
