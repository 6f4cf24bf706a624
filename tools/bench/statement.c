/*
 * bench/statement.c
 *	  Workload files: see bench/statement.h.
 */
#define _GNU_SOURCE

#include "bench/statement.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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
	const BenchParameters *parameters = &statement->parameters;
	bool		used[BENCH_MAX_PARAMS + 1] = {false};
	char		quote = 0;
	char	   *after;

	for (const char *p = statement->text; *p; p++)
	{
		long		number = parameter_at(p, &quote, &after);

		if (number == 0)
			continue;
		if (number > parameters->n || parameters->source[number - 1] < 0)
		{
			fprintf(stderr, "%s: %s: parameter $%ld is not declared\n"
					"HINT: Start the file with a line like \"-- $%ld: row table.column\".\n",
					bingo_options_program(), statement->path, number, number);
			return false;
		}
		used[number] = true;
	}
	for (int i = 1; i <= parameters->n; i++)
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
is_of_word(char c)
{
	return isalnum((unsigned char) c) || c == '_' || c == '$' || (unsigned char) c >= 0x80;
}

static bool
starts_with_word(const char *text, const char *word)
{
	size_t		length = strlen(word);

	return strncasecmp(text, word, length) == 0 && !is_of_word(text[length]);
}

static bool
starts_with_any(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (starts_with_word(text, *words))
			return true;
	return false;
}

static const char *const reading[] = {"select", "with", "table", "values", NULL};
static const char *const changing[] = {"insert", "update", "delete", "merge", NULL};

/* WITH ... INSERT, or FOR UPDATE; a column of such a name is taken for one, too, and read where it could be written. */
static bool
has_changing(const char *text)
{
	char		quote = 0;
	char	   *after;

	for (const char *p = text; *p; p++)
	{
		(void) parameter_at(p, &quote, &after);
		if (!quote && (p == text || !is_of_word(p[-1])) && starts_with_any(p, changing))
			return true;
	}
	return false;
}

bool
bench_statement_read(BenchStatement *statement, const char *path)
{
	char	   *content = bench_file_read(path);
	const char *line = content;
	size_t		length;
	int			number = 0;

	memset(statement, 0, sizeof(*statement));
	bench_parameters_init(&statement->parameters);
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
			reason = bench_parameters_declare(&statement->parameters, words, end, path);
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
	if (starts_with_word(statement->text, "copy"))
	{
		bingo_client_error("0A000", "Write a statement that gives rows, or has them in itself: SELECT, INSERT.",
						   "%s: COPY can't be measured", path);
		return false;
	}
	statement->writes = !starts_with_any(statement->text, reading) || has_changing(statement->text);
	statement->counts = starts_with_any(statement->text, reading) || starts_with_any(statement->text, changing);
	return check_parameters(statement);
}

bool
bench_statement_try(BenchStatement *statement, PGconn *conn, bool analyze, int64_t seed)
{
	PGresult   *result;
	bool		done;

	if (!bench_parameters_find(&statement->parameters, conn, seed, statement->path))
		return false;
	if (!analyze)
		return true;
	result = PQprepare(conn, "", statement->text, 0, NULL);
	done = PQresultStatus(result) == PGRES_COMMAND_OK;
	if (!done)
		bingo_client_report(statement->path, conn, result);
	PQclear(result);
	return done;
}

void
bench_statement_warn_empty(const BenchStatement *statement, uint64_t answers, uint64_t rows)
{
	if (!statement->counts || answers == 0 || rows > 0)
		return;
	fprintf(stderr, "%s: %s: none of the %llu answers had a row, so these times are of searches in vain\n"
			"HINT: %s\n", bingo_options_program(), statement->path, (unsigned long long) answers,
			statement->parameters.n > 0 ?
			"Draw parameters of rows that are there: \"-- $1: row table.column\"." :
			"Look at the statement's conditions, and whether its tables have rows.");
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

/* A value as a literal of no type yet; backslashes as every setting reads them. */
static void
write_quoted(FILE *out, const char *value)
{
	fputs(strchr(value, '\\') ? " E'" : "'", out);
	for (; *value; value++)
	{
		if (*value == '\'' || *value == '\\')
			putc(*value, out);
		putc(*value, out);
	}
	putc('\'', out);
}

/* A number is one; a negative one stands in parentheses, as two signs would begin a comment. */
static void
write_literal(FILE *out, const BenchParameters *parameters, const BenchValues *values, int i)
{
	const char *value = values->pointers[i];

	if (value == NULL)
		fputs("NULL", out);
	else if (parameters->sources[parameters->source[i]].kind == BENCH_SOURCE_RANGE)
		fprintf(out, value[0] == '-' ? "(%s)" : "%s", value);
	else
		write_quoted(out, value);
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
			write_literal(out, &statement->parameters, values, number - 1);
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
	bench_parameters_free(&statement->parameters);
	memset(statement, 0, sizeof(*statement));
}
