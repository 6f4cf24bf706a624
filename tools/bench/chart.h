/*
 * bench/chart.h
 *	  Charts that a page draws with its own boxes and lines.
 *
 * They need no program, follow the page's colours, dark ones too, and keep their
 * letters' size on a phone: a picture that is scaled down does not.  Shapes say what
 * is what, colours only repeat it.
 */
#ifndef BINGO_BENCH_CHART_H
#define BINGO_BENCH_CHART_H

#include <stdbool.h>
#include <stdio.h>

/* Times of some calls, in ms; what is not known is negative. */
typedef struct BenchChartTimes
{
	const char *label;			/* "before"; NULL where a row has one line */
	double		p50;
	double		p90;
	double		p99;
} BenchChartTimes;

typedef struct BenchChartRow
{
	const char *name;
	double		target;			/* ms; negative = none */
	int			n;				/* lines, one below the other */
	BenchChartTimes times[2];
} BenchChartRow;

/* Rows on one logarithmic axis: p50, p90 and p99 of each line, and the targets. */
extern void bench_chart_rows(FILE *page, const BenchChartRow *rows, int n);

/* A stretch of time between two snapshots. */
typedef struct BenchChartStretch
{
	double		from;			/* seconds since 1970 */
	double		to;
	double		p50;
	double		p90;
	double		p99;
} BenchChartStretch;

/* The percentiles of one thing over time. */
extern void bench_chart_trend(FILE *page, const char *name, const BenchChartStretch *stretches, int n, double target);

typedef enum BenchChartKind
{
	BENCH_CHART_ROWS,
	BENCH_CHART_TREND
} BenchChartKind;

/* What the signs of a kind mean. */
extern void bench_chart_key(FILE *page, BenchChartKind kind, bool targets);

#endif							/* BINGO_BENCH_CHART_H */
