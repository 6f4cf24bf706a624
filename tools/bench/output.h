/*
 * bench/output.h
 *	  What a load run prints and writes.
 */
#ifndef BINGO_BENCH_OUTPUT_H
#define BINGO_BENCH_OUTPUT_H

#include <cjson/cJSON.h>

#include "bench/run.h"

/* The quantiles that table and documents show, with their names. */
typedef struct BenchQuantile
{
	const char *name;			/* p50 */
	double		fraction;
} BenchQuantile;

extern const BenchQuantile bench_quantiles[];
extern const int bench_nquantiles;

extern void bench_output_table(const BenchRun *run, FILE *file);

/* Adds configuration and results to a document of bench_json_start(). */
extern void bench_output_json(const BenchRun *run, cJSON *document);

/* endpoint, kind, lower_us, upper_us, count: every bucket that isn't empty. */
extern void bench_output_csv(const BenchRun *run, FILE *file);

/* A histogram as {total, sum_us, min_us, max_us, overflow, counts: [[bucket, count], ...]}. */
extern cJSON *bench_output_histogram(const BingoHistogram *histogram);

#endif							/* BINGO_BENCH_OUTPUT_H */
