/*
 * bench/statement.h
 *	  A workload file: one statement and where its parameters come from.
 *
 * The file starts with comment lines, which are not sent:
 *
 *		-- any words, for the reader; the first line, if short, is the title
 *		-- $1: sessions.id		a value between min(id) and max(id) of sessions
 *		-- $2: now				the present time in UTC, with microseconds
 *
 * What follows, without the white space at its very end, is the statement;
 * exactly that text reaches the server (the simple protocol, which has no
 * parameters, puts a literal in the place of each $n).
 */
#ifndef BINGO_BENCH_STATEMENT_H
#define BINGO_BENCH_STATEMENT_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "bench/random.h"

#define BENCH_MAX_PARAMS 16
#define BENCH_VALUE_SIZE 40		/* an int8 or a timestamp as text */

typedef enum BenchParamKind
{
	BENCH_PARAM_NONE,			/* not declared */
	BENCH_PARAM_RANGE,
	BENCH_PARAM_NOW
} BenchParamKind;

typedef struct BenchParam
{
	BenchParamKind kind;
	char	   *relation;		/* RANGE: may be schema-qualified */
	char	   *column;
	int64_t		min;			/* RANGE: set by bench_statement_find_ranges */
	int64_t		max;
} BenchParam;

typedef struct BenchStatement
{
	char	   *name;			/* the file's name without directory and .sql */
	char	   *title;			/* its first line of words, such as "GET /api/movie"; else the name */
	char	   *path;
	char	   *text;
	bool		writes;			/* anything but SELECT, TABLE, VALUES and WITH */
	int			nparams;
	BenchParam	params[BENCH_MAX_PARAMS];
} BenchStatement;

typedef struct BenchValues
{
	char		text[BENCH_MAX_PARAMS][BENCH_VALUE_SIZE];
	const char *pointers[BENCH_MAX_PARAMS]; /* as libpq wants them */
} BenchValues;

/* Reads a workload file; false after reporting "file:line: reason" on stderr. */
extern bool bench_statement_read(BenchStatement *statement, const char *path);

/*
 * Asks the server for the smallest and largest value of each RANGE parameter.
 * False after reporting the error; an empty table is one.
 */
extern bool bench_statement_find_ranges(BenchStatement *statement, PGconn *conn);

/*
 * The generator's start for this statement: two statements of one run must not
 * draw the same ids, or every read would meet the row just deleted.
 */
extern BenchRandom bench_statement_random(const BenchStatement *statement, int64_t seed);

/*
 * Draws one set of values.  skew 0 is uniform; towards 1 ever more draws fall
 * on the lowest ids, as a power law of that exponent.
 */
extern void bench_statement_draw(const BenchStatement *statement, BenchRandom *random, double skew,
								 BenchValues *values);

/* The statement with literals in place of its parameters; the caller frees it. */
extern char *bench_statement_literal(const BenchStatement *statement, const BenchValues *values);

extern void bench_statement_free(BenchStatement *statement);

#endif							/* BINGO_BENCH_STATEMENT_H */
