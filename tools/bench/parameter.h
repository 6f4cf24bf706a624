/*
 * bench/parameter.h
 *	  Where a statement's parameters come from.
 *
 * A declaration names a parameter, or several, and a source:
 *
 *		$1: orders.id					a whole number between min(id) and max(id); where the
 *										column is no whole number, the value of a row
 *		$1: row orders.id				the value of a row, whatever its type
 *		$1, $2: orders.id, placed		two values of one row
 *		$1: list new, paid, 'a, b'		one of these; NULL without quotes is the null value
 *		$1: constant 100				always this
 *		$1: file names.txt				a line of a file beside the workload; for several
 *										parameters, its fields between tabs
 *		$1: now							the present time in UTC, with microseconds
 *
 * Names of tables and columns are taken as they stand, without quotes.
 *
 * What rows, lists and files give is read once, before anything is timed, and
 * doesn't change afterwards: all threads draw from it.  A call draws once from each
 * source, so parameters of one source are of one row.
 */
#ifndef BINGO_BENCH_PARAMETER_H
#define BINGO_BENCH_PARAMETER_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "bench/random.h"

#define BENCH_MAX_PARAMS 32
#define BENCH_VALUE_SIZE 40		/* an int8 or a timestamp as text */
#define BENCH_MAX_ROWS 10000	/* of a table that values are drawn from */

typedef enum BenchSourceKind
{
	BENCH_SOURCE_RANGE,
	BENCH_SOURCE_ROWS,
	BENCH_SOURCE_GIVEN,			/* list, constant, file */
	BENCH_SOURCE_NOW
} BenchSourceKind;

typedef struct BenchSource
{
	BenchSourceKind kind;		/* RANGE may become ROWS, once the server says the column's type */
	char	   *text;			/* as declared */
	char	   *relation;		/* RANGE, ROWS: may be schema-qualified */
	int			ncolumns;		/* = the parameters that it gives */
	char	   *columns[BENCH_MAX_PARAMS];	/* RANGE, ROWS */
	int64_t		min;			/* RANGE */
	int64_t		max;
	int			nrows;			/* ROWS, GIVEN */
	char	  **values;			/* nrows * ncolumns; NULL is the null value */
} BenchSource;

typedef struct BenchParameters
{
	int			n;				/* the highest number declared */
	int			source[BENCH_MAX_PARAMS];	/* of each; -1 where none is declared */
	int			column[BENCH_MAX_PARAMS];	/* its place in the source's row */
	int			nsources;
	BenchSource sources[BENCH_MAX_PARAMS];
} BenchParameters;

typedef struct BenchValues
{
	char		text[BENCH_MAX_PARAMS][BENCH_VALUE_SIZE];	/* of RANGE and NOW, by source */
	const char *pointers[BENCH_MAX_PARAMS]; /* as libpq wants them */
} BenchValues;

extern void bench_parameters_init(BenchParameters *parameters);

/*
 * Takes a declaration, [line, end), of the workload file at this path.
 * Returns NULL, or the reason why it is wrong.
 */
extern const char *bench_parameters_declare(BenchParameters *parameters, const char *line, const char *end,
											const char *path);

/*
 * Reads ranges and rows from the server (bench/sample.c); "path" is for
 * messages.  False after reporting the error; an empty table is one.
 */
extern bool bench_parameters_find(BenchParameters *parameters, PGconn *conn, int64_t seed, const char *path);

/*
 * Draws one set of values.  skew 0 is uniform; towards 1 ever more draws fall
 * on the lowest ids and the first rows, as a power law of that exponent.
 */
extern void bench_parameters_draw(const BenchParameters *parameters, BenchRandom *random, double skew,
								  BenchValues *values);

extern void bench_parameters_free(BenchParameters *parameters);

#endif							/* BINGO_BENCH_PARAMETER_H */
