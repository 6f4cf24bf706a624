/*
 * bench/sample.c
 *	  Ranges and rows of the application's tables: see bench/parameter.h.
 *
 * Rows are drawn evenly, and equally for an equal seed while the table stays
 * as it is.  Of a large table, blocks are drawn first (TABLESAMPLE), so that
 * no table is too large to begin; their rows are then put in the order of a hash
 * of their place.  Nothing is set in the session and no transaction is begun:
 * --before=BEGIN may have begun one.
 */
#define _GNU_SOURCE

#include "bench/parameter.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

/* More are not read; fewer than a scan in parallel begins with, whose order is none. */
#define SAMPLE_BLOCKS 1000

/* Types whose values are drawn between the smallest and the largest. */
static bool
is_whole_number(Oid type)
{
	return type == 20 || type == 21 || type == 23;	/* int8, int2, int4 */
}

/* The table's name, quoted; NULL if it can't be. */
static char *
quote_relation(const BenchSource *source, PGconn *conn)
{
	const char *dot = strchr(source->relation, '.');
	const char *table = dot ? dot + 1 : source->relation;
	char	   *schema = dot ? PQescapeIdentifier(conn, source->relation, dot - source->relation) : NULL;
	char	   *quoted = PQescapeIdentifier(conn, table, strlen(table));
	char	   *name = NULL;

	if (quoted && (!dot || schema) && asprintf(&name, "%s%s%s", schema ? schema : "", schema ? "." : "", quoted) < 0)
		name = NULL;
	PQfreemem(schema);
	PQfreemem(quoted);
	return name;
}

/* The columns with our own names, as "a" AS bingo_1, "b" AS bingo_2; NULL if one can't be quoted. */
static char *
quote_columns(const BenchSource *source, PGconn *conn)
{
	char	   *list = NULL;
	size_t		size;
	FILE	   *out = open_memstream(&list, &size);
	bool		done = true;

	for (int i = 0; i < source->ncolumns && done; i++)
	{
		char	   *quoted = PQescapeIdentifier(conn, source->columns[i], strlen(source->columns[i]));

		done = quoted != NULL;
		fprintf(out, "%s%s AS bingo_%d", i > 0 ? ", " : "", quoted ? quoted : "", i + 1);
		PQfreemem(quoted);
	}
	fclose(out);
	if (!done)
	{
		free(list);
		return NULL;
	}
	return list;
}

/* Runs a statement whose text is ours to free, and says that it is the tool's: the views for people leave it out. */
static PGresult *
run(PGconn *conn, const char *what, char *sql)
{
	PGresult   *result = NULL;

	if (sql)
		result = bingo_client_run(conn, what, sql);
	free(sql);
	return result;
}

/* What "format" says with the arguments; NULL without memory. */
static char * __attribute__((format(printf, 1, 2)))
text(const char *format,...)
{
	char	   *result;
	va_list		arguments;

	va_start(arguments, format);
	if (vasprintf(&result, format, arguments) < 0)
		result = NULL;
	va_end(arguments);
	return result;
}

/*
 * The part of a table to read, as a TABLESAMPLE clause; empty for all of it,
 * and where there is no such clause, as of a view.  NULL after reporting.
 */
static char *
sample_clause(PGconn *conn, const char *what, const char *relation, int64_t seed)
{
	char	   *literal = PQescapeLiteral(conn, relation, strlen(relation));
	PGresult   *result = run(conn, what, text("SELECT /* bingo_tune.bench */ c.relkind IN ('r', 'm', 'p'), "
											  "GREATEST(pg_catalog.pg_relation_size(c.oid), "
											  "(SELECT pg_catalog.sum(pg_catalog.pg_relation_size(p.relid))"
											  " FROM pg_catalog.pg_partition_tree(c.oid) AS p))"
											  " OPERATOR(pg_catalog./) pg_catalog.current_setting('block_size')::pg_catalog.int8 "
											  "FROM pg_catalog.pg_class AS c WHERE c.oid OPERATOR(pg_catalog.=) %s::pg_catalog.regclass",
											  literal));
	double		blocks;
	bool		sampled;

	PQfreemem(literal);
	if (result == NULL)
		return NULL;
	blocks = PQntuples(result) == 1 ? strtod(PQgetvalue(result, 0, 1), NULL) : 0;
	sampled = blocks > SAMPLE_BLOCKS && PQgetvalue(result, 0, 0)[0] == 't';
	PQclear(result);
	if (!sampled)
		return strdup("");
	return text(" TABLESAMPLE SYSTEM (%.6f) REPEATABLE (%lld)", 100.0 * SAMPLE_BLOCKS / blocks, (long long) seed);
}

static PGresult *
sample_rows(PGconn *conn, const char *what, const char *relation, const char *columns, int n, const char *clause,
			int64_t seed)
{
	char	   *names = strdup("");
	PGresult   *result;

	for (int i = 0; i < n && names; i++)
	{
		char	   *longer = text("%s%sbingo_%d", names, i > 0 ? ", " : "", i + 1);

		free(names);
		names = longer;
	}
	result = run(conn, what, text("SELECT /* bingo_tune.bench */ %s FROM (SELECT %s, pg_catalog.row_number() OVER () AS bingo_row FROM %s%s)"
								  " AS bingo_rows ORDER BY pg_catalog.hashint8extended(bingo_row, %lld) LIMIT %d",
								  names ? names : "", columns, relation, clause, (long long) seed, BENCH_MAX_ROWS));
	free(names);
	return result;
}

static void
keep_rows(BenchSource *source, const PGresult *result)
{
	source->nrows = PQntuples(result);
	source->values = calloc((size_t) source->nrows * source->ncolumns, sizeof(char *));
	for (int row = 0; row < source->nrows; row++)
		for (int column = 0; column < source->ncolumns; column++)
			if (!PQgetisnull(result, row, column))
				source->values[(size_t) row * source->ncolumns + column] = strdup(PQgetvalue(result, row, column));
}

/* How many rows there are to draw from; -1 after reporting an error. */
static int
find_rows(BenchSource *source, PGconn *conn, const char *what, const char *relation, const char *columns, int64_t seed)
{
	char	   *clause = sample_clause(conn, what, relation, seed);
	PGresult   *result = clause ? sample_rows(conn, what, relation, columns, source->ncolumns, clause, seed) : NULL;

	/* Blocks without rows: those of all of it, then. */
	if (result && PQntuples(result) == 0 && *clause)
	{
		PQclear(result);
		result = sample_rows(conn, what, relation, columns, source->ncolumns, "", seed);
	}
	free(clause);
	if (result == NULL)
		return -1;
	keep_rows(source, result);
	PQclear(result);
	return source->nrows;
}

/* 1, or 0 where there is no value; -1 after reporting an error. */
static int
find_range(BenchSource *source, PGconn *conn, const char *what, const char *relation, const char *columns)
{
	PGresult   *result = run(conn, what, text("SELECT /* bingo_tune.bench */ pg_catalog.min(bingo_1), pg_catalog.max(bingo_1)"
											  " FROM (SELECT %s FROM %s) AS bingo_rows", columns, relation));
	int			found;

	if (result == NULL)
		return -1;
	found = !PQgetisnull(result, 0, 0);
	source->min = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
	source->max = strtoll(PQgetvalue(result, 0, 1), NULL, 10);
	PQclear(result);
	return found;
}

/* The first column's type decides, where the declaration leaves it open. */
static bool
choose_kind(BenchSource *source, PGconn *conn, const char *what, const char *relation, const char *columns)
{
	PGresult   *result = run(conn, what, text("SELECT /* bingo_tune.bench */ %s FROM %s LIMIT 0", columns, relation));

	if (result == NULL)
		return false;
	if (!is_whole_number(PQftype(result, 0)))
		source->kind = BENCH_SOURCE_ROWS;
	PQclear(result);
	return true;
}

static bool
find_source(BenchSource *source, PGconn *conn, int64_t seed, const char *path)
{
	char	   *what = text("%s: could not read the values of \"%s\"", path, source->text);
	char	   *relation = quote_relation(source, conn);
	char	   *columns = quote_columns(source, conn);
	bool		quoted = what && relation && columns;
	int			found = -1;

	if (!quoted)
		bingo_client_report(what ? what : path, conn, NULL);
	else if (source->kind != BENCH_SOURCE_RANGE || choose_kind(source, conn, what, relation, columns))
		found = source->kind == BENCH_SOURCE_RANGE ? find_range(source, conn, what, relation, columns) :
			find_rows(source, conn, what, relation, columns, seed);
	if (found == 0)
		bingo_client_error("02000", bingo_client_is_bingo(source->relation) ?
						   "Fill it first; bingo's own tables are made by bingo_load -d CONNINFO." : "Fill it first.",
						   "%s: table \"%s\" is empty, so there is no value to draw for \"%s\"", path,
						   source->relation, source->text);
	free(what);
	free(relation);
	free(columns);
	return found > 0;
}

bool
bench_parameters_find(BenchParameters *parameters, PGconn *conn, int64_t seed, const char *path)
{
	for (int i = 0; i < parameters->nsources; i++)
	{
		BenchSource *source = &parameters->sources[i];

		if (source->relation && !find_source(source, conn, seed, path))
			return false;
	}
	return true;
}
