/*
 * bench/plot.h
 *	  Pictures of a report: drawn by gnuplot, as SVG to be put into a page.
 */
#ifndef BINGO_BENCH_PLOT_H
#define BINGO_BENCH_PLOT_H

#include <stdio.h>

#include "bench/compare.h"

/* True if gnuplot can be started; else says on stderr which package has it. */
extern bool bench_plot_available(void);

/*
 * Each writes one picture as an <svg> element.  "number" tells pictures of a
 * page apart (ids in SVG are the page's).  False after reporting why not.
 */
extern bool bench_plot_percentiles(FILE *page, int number, const BenchDocument *document);
extern bool bench_plot_histogram(FILE *page, int number, const BenchDocument *document);
extern bool bench_plot_rates(FILE *page, int number, const BenchDocument *document);
extern bool bench_plot_errors(FILE *page, int number, const BenchDocument *document);
extern bool bench_plot_latencies(FILE *page, int number, const BenchDocument *document);
extern bool bench_plot_ratios(FILE *page, int number, const cJSON *comparison);

#endif							/* BINGO_BENCH_PLOT_H */
