/*
 * bench/statement.h
 *	  A workload file: one statement and where its parameters come from.
 *
 * The file starts with comment lines, which are not sent:
 *
 *		-- any words, for the reader; the first line, if short, is the title
 *		-- $1: sessions.id		where $1 comes from: see bench/parameter.h
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

#include "bench/parameter.h"
#include "bench/random.h"

typedef struct BenchStatement
{
	char	   *name;			/* the file's name without directory and .sql */
	char	   *title;			/* its first line of words, such as "GET /api/movie"; else the name */
	char	   *path;
	char	   *text;
	bool		writes;			/* anything but SELECT, TABLE, VALUES and WITH that have no INSERT, UPDATE, DELETE or MERGE */
	bool		counts;			/* its answer says how many rows it gave or changed */
	BenchParameters parameters;
} BenchStatement;

/* Reads a workload file; false after reporting "file:line: reason" on stderr. */
extern bool bench_statement_read(BenchStatement *statement, const char *path);

/*
 * Lets the server analyze the statement, unless the protocol is the simple one, and
 * finds what its parameters are drawn from.  False after reporting the error.
 */
extern bool bench_statement_try(BenchStatement *statement, PGconn *conn, bool analyze, int64_t seed);

/*
 * Says on stderr that none of so many answers had a row, where that is no success:
 * figures of statements that found nothing are worth nothing.
 */
extern void bench_statement_warn_empty(const BenchStatement *statement, uint64_t answers, uint64_t rows);

/*
 * The generator's start for this statement: two statements of one run must not
 * draw the same ids, or every read would meet the row just deleted.
 */
extern BenchRandom bench_statement_random(const BenchStatement *statement, int64_t seed);

/* The statement with literals in place of its parameters; the caller frees it. */
extern char *bench_statement_literal(const BenchStatement *statement, const BenchValues *values);

extern void bench_statement_free(BenchStatement *statement);

#endif							/* BINGO_BENCH_STATEMENT_H */
