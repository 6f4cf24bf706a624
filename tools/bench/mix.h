/*
 * bench/mix.h
 *	  Which endpoints a load consists of, and how often each comes.
 *
 * One endpoint a line, "#" starts a comment:
 *
 *		FILE  WEIGHT  [copies=N]  [exclusive]
 *
 * FILE is a workload file (bench/statement.h), relative to the mix file's own
 * directory.  WEIGHT is its share of the calls, relative to the sum of all.
 * copies=N sends the statement on N connections at once; the call ends with
 * the last of them.  exclusive allows one call of this endpoint at a time: one
 * that falls due while another runs is not sent, and counted as skipped.
 */
#ifndef BINGO_BENCH_MIX_H
#define BINGO_BENCH_MIX_H

#include <stdbool.h>

#include "bench/statement.h"

#define BENCH_MAX_ENDPOINTS 32
#define BENCH_MAX_COPIES 16

typedef struct BenchMixEntry
{
	BenchStatement statement;
	double		weight;
	int			copies;
	bool		exclusive;
} BenchMixEntry;

typedef struct BenchMix
{
	int			n;
	BenchMixEntry entries[BENCH_MAX_ENDPOINTS];
} BenchMix;

/* Reads a mix and its workload files; false after reporting "file:line: reason". */
extern bool bench_mix_read(BenchMix *mix, const char *path);

/* One workload file as a mix of its own. */
extern bool bench_mix_add(BenchMix *mix, const char *path);

/* Entry by endpoint name, or -1. */
extern int	bench_mix_find(const BenchMix *mix, const char *name);

extern void bench_mix_free(BenchMix *mix);

#endif							/* BINGO_BENCH_MIX_H */
