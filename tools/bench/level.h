/*
 * bench/level.h
 *	  Service levels: what a run must reach.
 *
 * One endpoint a line, "#" starts a comment:
 *
 *		ENDPOINT  TARGET...			for example		get_movie  p90<400ms  errors<=1%
 *
 * TARGET is pN<Tms (a latency quantile; N from 0 to 100, fractions allowed),
 * errors<=P% or rate>=R (calls answered a second).  A target on an endpoint
 * that had no calls is missed: nothing has shown that it is met.
 */
#ifndef BINGO_BENCH_LEVEL_H
#define BINGO_BENCH_LEVEL_H

#include <cjson/cJSON.h>

#include "bench/run.h"

#define BENCH_MAX_LEVELS 128

typedef enum BenchLevelKind
{
	BENCH_LEVEL_LATENCY,
	BENCH_LEVEL_ERRORS,
	BENCH_LEVEL_RATE
} BenchLevelKind;

typedef struct BenchLevel
{
	int			endpoint;		/* index in the mix */
	BenchLevelKind kind;
	double		quantile;		/* LATENCY: 0 .. 1 */
	double		limit;			/* ms, percent, calls/s */
	char		text[40];		/* as written */
} BenchLevel;

typedef struct BenchLevels
{
	int			n;
	BenchLevel	levels[BENCH_MAX_LEVELS];
} BenchLevels;

/* False after reporting "file:line: reason". */
extern bool bench_levels_read(BenchLevels *levels, const char *path, const BenchMix *mix);

/* Prints and adds to the document what was met and missed; true if all were met. */
extern bool bench_levels_judge(const BenchLevels *levels, const BenchRun *run, FILE *table, cJSON *document);

#endif							/* BINGO_BENCH_LEVEL_H */
