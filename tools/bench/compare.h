/*
 * bench/compare.h
 *	  Is B faster than A?  Ratios with confidence intervals.
 *
 * All arithmetic is on logarithms, so that a ratio and its inverse are treated
 * alike.  Two ways lead to a row:
 *
 * From two documents: a run's batches (10 stretches of equal length, or fewer
 * that hold enough calls for the quantile) scatter around the run's own
 * quantile; their scatter gives the standard error ("sectioning": Asmussen and
 * Glynn, Stochastic Simulation, 2007, III.5), Welch's t joins the two.  Long
 * stretches, because neighbours in time are alike and many short ones would
 * pretend a certainty that isn't there.  Still this knows nothing of what
 * differs between one run and the next, and the table says so.
 *
 * From pairs of runs: the mean of the pairs' log ratios, Student's t.  This
 * is the one to trust.
 *
 * The A/A floor is what the same data say about a comparison of A with itself:
 * from documents, the largest ratio of halves of one run (first to second, odd
 * batches to even ones); from pairs, the interval that as many pairs of successive runs of
 * the same side show.  A difference is claimed when it is outside the floor
 * and significant at 5 % for all rows together (Holm, "A simple sequentially
 * rejective multiple test procedure", 1979); else "no difference shown".
 */
#ifndef BINGO_BENCH_COMPARE_H
#define BINGO_BENCH_COMPARE_H

#include <stdio.h>

#include "bench/document.h"

typedef struct CompareRow
{
	const char *endpoint;		/* belongs to a document */
	const char *what;			/* p50, p90, p99, rate */
	double		a;				/* ms, or calls/s */
	double		b;
	double		ratio;			/* b / a */
	double		low;			/* 95 % interval of the ratio */
	double		high;
	double		floor;			/* A/A: from 1/floor to floor; 0 = not known */
	double		p;				/* that such a difference comes about by chance */
	int			verdict;		/* -1 B is worse, 0 no difference shown, 1 B is better */
	bool		known;			/* false: too few calls for an interval */
	int			wanted;			/* then: calls of each run that would do; 0 = more runs would */
	int			nvalues;		/* pairs: each run's value */
	double	   *values_a;
	double	   *values_b;
} CompareRow;

typedef struct Comparison
{
	int			n;
	CompareRow *rows;
	int			pairs;			/* 0: from two documents */
	const char *label_a;
	const char *label_b;
	const BenchDocument *a;		/* of the first pair */
	const BenchDocument *b;
} Comparison;

/* Lists on stderr what keeps two runs from being compared; true if nothing does. */
extern bool bench_compare_alike(const BenchDocument *a, const BenchDocument *b);

/* Settings of the server, --set and --before that differ: name, A, B. */
extern void bench_compare_differences(const BenchDocument *a, const BenchDocument *b, FILE *file);

extern void bench_compare_documents(Comparison *comparison, const BenchDocument *a, const BenchDocument *b);
extern void bench_compare_pairs(Comparison *comparison, const BenchDocument *a, const BenchDocument *b, int pairs);

/*
 * The same of n pairs of times in ms, for which the caller has made room in rows; when all
 * are there, the verdicts.
 */
extern void bench_compare_add(Comparison *comparison, const char *endpoint, const double *a, const double *b, int n);
extern void bench_compare_judge(Comparison *comparison);

extern void bench_compare_print(const Comparison *comparison, FILE *file);
extern cJSON *bench_compare_json(const Comparison *comparison);
extern void bench_compare_free(Comparison *comparison);

/* "B faster", "B slower" or "no difference shown", by row. */
extern const char *bench_compare_verdict(const CompareRow *row);

/* bench/pairs.c: argv[0] is the subcommand; returns the exit status. */
extern int	bench_compare(int argc, char **argv);

#endif							/* BINGO_BENCH_COMPARE_H */
