/*
 * bench/statement.c
 *	  Workload files: see bench/statement.h.
 */
#define _GNU_SOURCE

#include "bench/statement.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "bench/file.h"
#include "client.h"
#include "options.h"

static char *
copy_range(const char *start, const char *end)
{
	return strndup(start, end - start);
}

/* Longer words are an explanation, no title. */
#define TITLE_LENGTH 60

/* The file's name without its directory and its .sql. */
static char *
name_of_path(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	size_t		length = strlen(base);

	if (length > 4 && strcmp(base + length - 4, ".sql") == 0)
		length -= 4;
	return copy_range(base, base + length);
}

/*
 * Reads the declaration "$n: source" in [line, end), the rest of a comment
 * line.  Returns NULL, or the reason why it is wrong.
 */
static const char *
read_declaration(BenchStatement *statement, const char *line, const char *end)
{
	char	   *after;
	long		number = strtol(line + 1, &after, 10);
	BenchParam *param;
	const char *dot = NULL;

	if (number < 1 || number > BENCH_MAX_PARAMS)
		return "a parameter's number must be from 1 to 16";
	if (*after != ':')
		return "a parameter is declared as \"-- $1: table.column\" or \"-- $1: now\"";
	for (after++; after < end && isspace((unsigned char) *after);)
		after++;
	while (end > after && isspace((unsigned char) end[-1]))
		end--;

	param = &statement->params[number - 1];
	if (param->kind != BENCH_PARAM_NONE)
		return "the parameter is declared twice";
	if (number > statement->nparams)
		statement->nparams = number;
	if (end - after == 3 && strncmp(after, "now", 3) == 0)
	{
		param->kind = BENCH_PARAM_NOW;
		return NULL;
	}
	for (const char *p = after; p < end; p++)
		if (*p == '.')
			dot = p;
	if (dot == NULL || dot == after || dot + 1 == end)
		return "a parameter comes from \"table.column\" or \"now\"";
	param->kind = BENCH_PARAM_RANGE;
	param->relation = copy_range(after, dot);
	param->column = copy_range(dot + 1, end);
	return NULL;
}

/*
 * The number after a '$' that stands outside quotes at text[0], or 0.  "quote"
 * is the scan's state: the quote character that is open, or 0.
 */
static long
parameter_at(const char *text, char *quote, char **after)
{
	if (*quote)
	{
		if (*text == *quote)
			*quote = 0;
	}
	else if (*text == '\'' || *text == '"')
		*quote = *text;
	else if (*text == '$' && isdigit((unsigned char) text[1]))
		return strtol(text + 1, after, 10);
	return 0;
}

/* Each $n of the text needs its declaration, and each declaration its $n. */
static bool
check_parameters(const BenchStatement *statement)
{
	bool		used[BENCH_MAX_PARAMS + 1] = {false};
	char		quote = 0;
	char	   *after;

	for (const char *p = statement->text; *p; p++)
	{
		long		number = parameter_at(p, &quote, &after);

		if (number == 0)
			continue;
		if (number > statement->nparams || statement->params[number - 1].kind == BENCH_PARAM_NONE)
		{
			fprintf(stderr, "%s: %s: parameter $%ld is not declared\n"
					"HINT: Start the file with a line like \"-- $%ld: table.column\".\n",
					bingo_options_program(), statement->path, number, number);
			return false;
		}
		used[number] = true;
	}
	for (int i = 1; i <= statement->nparams; i++)
	{
		if (!used[i])
		{
			fprintf(stderr, "%s: %s: parameter $%d is not in the statement\n"
					"HINT: Number the parameters from $1 without gaps and remove declarations that have no use.\n",
					bingo_options_program(), statement->path, i);
			return false;
		}
	}
	return true;
}

static bool
starts_with_word(const char *text, const char *word)
{
	size_t		length = strlen(word);

	return strncasecmp(text, word, length) == 0 && !isalnum((unsigned char) text[length]);
}

bool
bench_statement_read(BenchStatement *statement, const char *path)
{
	char	   *content = bench_file_read(path);
	const char *line = content;
	size_t		length;
	int			number = 0;

	memset(statement, 0, sizeof(*statement));
	if (content == NULL)
		return false;
	statement->path = strdup(path);
	statement->name = name_of_path(path);
	while (line[0] == '-' && line[1] == '-')
	{
		const char *end = strchrnul(line, '\n');
		const char *words = line + 2;
		const char *reason = NULL;

		number++;
		while (*words == ' ' || *words == '\t')
			words++;
		if (number == 1 && words[0] != '$' && end > words && end - words <= TITLE_LENGTH)
			statement->title = copy_range(words, end);
		if (words[0] == '$')
			reason = read_declaration(statement, words, end);
		if (reason)
		{
			fprintf(stderr, "%s: %s:%d: %s\n", bingo_options_program(), path, number, reason);
			free(content);
			return false;
		}
		line = *end ? end + 1 : end;
	}
	if (statement->title == NULL)
		statement->title = strdup(statement->name);
	length = strlen(line);
	while (length > 0 && isspace((unsigned char) line[length - 1]))
		length--;
	statement->text = copy_range(line, line + length);
	free(content);
	if (length == 0)
	{
		bingo_client_error("22023", "Write one SQL statement, for example: SELECT 1", "%s: no statement in this file", path);
		return false;
	}
	statement->writes = !starts_with_word(statement->text, "select") &&
		!starts_with_word(statement->text, "with") &&
		!starts_with_word(statement->text, "table") &&
		!starts_with_word(statement->text, "values");
	return check_parameters(statement);
}

/* The SQL that finds one parameter's range; NULL if a name can't be quoted. */
static char *
range_query(const BenchParam *param, PGconn *conn)
{
	char	   *column = PQescapeIdentifier(conn, param->column, strlen(param->column));
	const char *dot = strchr(param->relation, '.');
	const char *table = dot ? dot + 1 : param->relation;
	char	   *schema = dot ? PQescapeIdentifier(conn, param->relation, dot - param->relation) : NULL;
	char	   *quoted = PQescapeIdentifier(conn, table, strlen(table));
	char	   *sql = NULL;

	if (column && quoted && (!dot || schema) &&
		asprintf(&sql, "SELECT min(%s), max(%s) FROM %s%s%s", column, column,
				 schema ? schema : "", schema ? "." : "", quoted) < 0)
		sql = NULL;
	PQfreemem(column);
	PQfreemem(schema);
	PQfreemem(quoted);
	return sql;
}

bool
bench_statement_find_ranges(BenchStatement *statement, PGconn *conn)
{
	for (int i = 0; i < statement->nparams; i++)
	{
		BenchParam *param = &statement->params[i];
		PGresult   *result;
		char	   *sql;
		char		what[200];

		if (param->kind != BENCH_PARAM_RANGE)
			continue;
		snprintf(what, sizeof(what), "%s: could not find the range of $%d (%s.%s)", statement->path, i + 1,
				 param->relation, param->column);
		sql = range_query(param, conn);
		if (sql == NULL)
		{
			bingo_client_report(what, conn, NULL);
			return false;
		}
		result = bingo_client_run(conn, what, sql);
		free(sql);
		if (result == NULL)
			return false;
		if (PQgetisnull(result, 0, 0))
		{
			bingo_client_error("02000", "Fill it first: bingo_load -d CONNINFO",
							   "%s: table \"%s\" is empty, so there is no range of values to draw $%d from",
							   statement->path, param->relation, i + 1);
			PQclear(result);
			return false;
		}
		param->min = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
		param->max = strtoll(PQgetvalue(result, 0, 1), NULL, 10);
		PQclear(result);
	}
	return true;
}

/* The name is mixed in by FNV-1a (Fowler, Noll, Vo). */
BenchRandom
bench_statement_random(const BenchStatement *statement, int64_t seed)
{
	uint64_t	hash = UINT64_C(0xCBF29CE484222325);

	for (const char *p = statement->name; *p; p++)
		hash = (hash ^ (unsigned char) *p) * UINT64_C(0x100000001B3);
	return (BenchRandom) {hash ^ (uint64_t) seed};
}

static void
draw_now(char *text)
{
	struct timespec now;
	struct tm	utc;
	char		seconds[24];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(seconds, sizeof(seconds), "%Y-%m-%d %H:%M:%S", &utc);
	snprintf(text, BENCH_VALUE_SIZE, "%s.%06u", seconds, (unsigned) (now.tv_nsec / 1000 % 1000000));
}

/*
 * Writes a whole number.  snprintf costs as much as the rest of a closed-loop
 * call's bookkeeping.
 */
static void
write_integer(char *text, int64_t value)
{
	char		digits[24];
	int			n = 0;
	uint64_t	rest = value < 0 ? -(uint64_t) value : (uint64_t) value;

	do
		digits[n++] = '0' + rest % 10;
	while ((rest /= 10) > 0);
	if (value < 0)
		*text++ = '-';
	while (n > 0)
		*text++ = digits[--n];
	*text = '\0';
}

void
bench_statement_draw(const BenchStatement *statement, BenchRandom *random, double skew, BenchValues *values)
{
	for (int i = 0; i < statement->nparams; i++)
	{
		const BenchParam *param = &statement->params[i];

		values->pointers[i] = values->text[i];
		if (param->kind == BENCH_PARAM_NOW)
			draw_now(values->text[i]);
		else
		{
			double		fraction = bench_random_fraction(random);
			uint64_t	span = (uint64_t) param->max - (uint64_t) param->min;

			/*
			 * The inverse of the distribution function of the density x^-skew
			 * on (0, 1].
			 */
			if (skew > 0)
				fraction = pow(fraction, 1.0 / (1.0 - skew));
			write_integer(values->text[i], param->min + (int64_t) (fraction * ((double) span + 1.0)));
		}
	}
}

char *
bench_statement_literal(const BenchStatement *statement, const BenchValues *values)
{
	char	   *sql = NULL;
	size_t		size;
	FILE	   *out = open_memstream(&sql, &size);
	char		quote = 0;

	for (const char *p = statement->text; *p;)
	{
		char	   *after;
		long		number = parameter_at(p, &quote, &after);

		if (number == 0)
			putc(*p++, out);
		else
		{
			bool		quoted = statement->params[number - 1].kind == BENCH_PARAM_NOW;

			fprintf(out, quoted ? "'%s'" : "%s", values->text[number - 1]);
			p = after;
		}
	}
	fclose(out);
	return sql;
}

void
bench_statement_free(BenchStatement *statement)
{
	free(statement->name);
	free(statement->title);
	free(statement->path);
	free(statement->text);
	for (int i = 0; i < BENCH_MAX_PARAMS; i++)
	{
		free(statement->params[i].relation);
		free(statement->params[i].column);
	}
	memset(statement, 0, sizeof(*statement));
}
