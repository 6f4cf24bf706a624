/*
 * load/progress.c
 *	  What the user sees while a load runs, and at its end.
 *
 * On a terminal one line is redrawn five times a second: bar, rows, rate, time left.
 * Elsewhere a plain line says how far it is, after one second, then after two more,
 * four more, up to once a minute, so that a log stays readable.
 * Progress goes to stderr, the result to stdout; --quiet silences both.
 */
#include "load/run.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define BAR_WIDTH 30
#define REDRAW_SECONDS 0.2
#define PLAIN_SECONDS_MIN 1.0
#define PLAIN_SECONDS_MAX 60.0

double
bingo_load_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

/* One line for the user, on stderr. */
void
bingo_load_say(const BingoLoadRun *run, const char *format,...)
{
	va_list		args;

	if (run->options.quiet)
		return;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

static void
draw_bar(uint64_t done, uint64_t total, double seconds, bool verifying)
{
	double		rate = seconds > 0 ? (double) done / seconds : 0;
	int			filled = (int) (BAR_WIDTH * done / total);

	fprintf(stderr, "\r[%.*s%*s] %3d %%  %" PRIu64 " of %" PRIu64 " rows  %.0f rows/s  ",
			filled, "##############################", BAR_WIDTH - filled, "",
			(int) (100 * done / total), done, total, rate);
	if (done < total && rate > 0)
		fprintf(stderr, "%.0f s left\033[K", (double) (total - done) / rate);
	else
		fprintf(stderr, "%s\033[K", verifying ? "verifying" : "");
	fflush(stderr);
}

static void
print_line(const BingoLoadRun *run, uint64_t done, uint64_t total, double seconds)
{
	bingo_load_say(run, "%" PRIu64 " of %" PRIu64 " rows (%d %%), %.0f rows/s, %.0f s left",
				   done, total, (int) (100 * done / total), (double) done / seconds,
				   done > 0 ? (double) (total - done) * seconds / (double) done : 0.0);
}

/* Runs in the main thread until no worker is left. */
void
bingo_load_show_progress(BingoLoadRun *run)
{
	const struct timespec pause = {.tv_nsec = 20000000};
	bool		terminal = isatty(STDERR_FILENO);
	double		interval = terminal ? REDRAW_SECONDS : PLAIN_SECONDS_MIN;
	double		start = bingo_load_clock();
	double		shown = start;
	uint64_t	total = 0;

	for (BingoTable table = 0; table < BINGO_TABLES; table++)
		total += run->generator.rows[table];
	while (atomic_load(&run->workers_left) > 0)
	{
		double		now;
		uint64_t	done = 0;
		bool		verifying = false;

		nanosleep(&pause, NULL);
		now = bingo_load_clock();
		if (run->options.quiet || now - shown < interval)
			continue;
		shown = now;
		for (BingoTable table = 0; table < BINGO_TABLES; table++)
		{
			done += atomic_load(&run->tables[table].copied);
			verifying |= atomic_load(&run->tables[table].stage) == BINGO_STAGE_VERIFYING;
		}
		if (terminal)
			draw_bar(done, total, now - start, verifying);
		else
		{
			print_line(run, done, total, now - start);
			interval = interval * 2 < PLAIN_SECONDS_MAX ? interval * 2 : PLAIN_SECONDS_MAX;
		}
	}
	if (terminal && !run->options.quiet)
		fprintf(stderr, "\r\033[K");
}

void
bingo_load_show_result(const BingoLoadRun *run, double seconds)
{
	uint64_t	total = 0;

	if (run->options.quiet)
		return;
	printf("%-10s %12s %12s %9s %10s %10s  %s\n",
		   "table", "rows", "rows/s", "copy s", "analyze s", "verify s", "hash");
	for (BingoTable i = 0; i < BINGO_TABLES; i++)
	{
		const BingoLoadTable *table = &run->tables[i];
		uint64_t	rows = run->generator.rows[i];

		/* The hash as 64 bits: enough to compare two data sets by eye. */
		printf("%-10s %12" PRIu64 " %12.0f %9.2f %10.2f %10.2f  %016" PRIx64 "\n", bingo_load_table_names[i], rows,
			   (double) rows / table->total_seconds, table->copy_seconds, table->analyze_seconds,
			   table->verify_seconds, (uint64_t) table->expected.figure[BINGO_CHECKSUM_FIGURES - 1]);
		total += rows;
	}
	printf("loaded and verified: %" PRIu64 " rows in %.2f s\n", total, seconds);
}
