/*
 * bench/parameter.c
 *	  Declarations of parameters, and draws: see bench/parameter.h.
 */
#define _GNU_SOURCE

#include "bench/parameter.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "bench/file.h"

static const char *const how_declared = "a parameter is declared as \"-- $1: table.column\", or with \"row\", \"list\","
	" \"constant\", \"file\" or \"now\" behind the colon";

/* A stretch of text; reading moves its start. */
typedef struct Stretch
{
	const char *at;
	const char *end;
} Stretch;

void
bench_parameters_init(BenchParameters *parameters)
{
	memset(parameters, 0, sizeof(*parameters));
	for (int i = 0; i < BENCH_MAX_PARAMS; i++)
		parameters->source[i] = -1;
}

/* --- declarations --- */

static Stretch
trim(Stretch text)
{
	while (text.at < text.end && isspace((unsigned char) *text.at))
		text.at++;
	while (text.end > text.at && isspace((unsigned char) text.end[-1]))
		text.end--;
	return text;
}

static char *
copy(Stretch text)
{
	return strndup(text.at, text.end - text.at);
}

static bool
is_word(Stretch text, const char *word)
{
	size_t		length = strlen(word);

	return (size_t) (text.end - text.at) == length && strncmp(text.at, word, length) == 0;
}

/* Takes a first word that white space follows. */
static bool
take_word(Stretch *text, const char *word)
{
	size_t		length = strlen(word);

	if ((size_t) (text->end - text->at) <= length || strncmp(text->at, word, length) != 0 ||
		!isspace((unsigned char) text->at[length]))
		return false;
	text->at += length;
	*text = trim(*text);
	return true;
}

/* What stands before the next comma, which is skipped. */
static Stretch
take_item(Stretch *text)
{
	Stretch		item = {text->at, memchr(text->at, ',', text->end - text->at)};

	if (item.end == NULL)
		item.end = text->at = text->end;
	else
		text->at = item.end + 1;
	return trim(item);
}

/* The parameters before the colon: "$1" or "$1, $2". */
static const char *
take_numbers(BenchParameters *parameters, BenchSource *source, Stretch *text)
{
	do
	{
		char	   *after;
		long		number;

		while (text->at < text->end && (isspace((unsigned char) *text->at) || *text->at == ','))
			text->at++;
		if (text->at + 1 >= text->end || text->at[0] != '$' || !isdigit((unsigned char) text->at[1]))
			return how_declared;
		number = strtol(text->at + 1, &after, 10);
		if (number < 1 || number > BENCH_MAX_PARAMS)
			return "a parameter's number must be from 1 to 32";
		if (parameters->source[number - 1] >= 0)
			return "the parameter is declared twice";
		parameters->source[number - 1] = parameters->nsources;
		parameters->column[number - 1] = source->ncolumns++;
		if (number > parameters->n)
			parameters->n = number;
		text->at = after;
		while (text->at < text->end && isspace((unsigned char) *text->at))
			text->at++;
	} while (text->at < text->end && *text->at == ',');
	if (text->at >= text->end || *text->at != ':')
		return how_declared;
	text->at++;
	*text = trim(*text);
	return NULL;
}

/* "table.column", and further columns with or without the table's name. */
static const char *
take_columns(BenchSource *source, Stretch text)
{
	int			n = 0;

	while (n < source->ncolumns)
	{
		Stretch		item = take_item(&text);
		const char *dot = memrchr(item.at, '.', item.end - item.at);
		Stretch		relation = {item.at, dot};

		if (dot == NULL && n > 0 && item.at < item.end)
			dot = item.at - 1;
		else if (dot == NULL || dot == item.at || dot + 1 == item.end)
			return n > 0 ? "give a column for each parameter, as in \"-- $1, $2: table.column, column\"" :
				"a parameter comes from \"table.column\", or from \"row\", \"list\", \"constant\", \"file\" or \"now\"";
		else if (n == 0)
			source->relation = copy(relation);
		else if (!is_word(relation, source->relation))
			return "values of one row come from one table";
		source->columns[n++] = copy((Stretch) {dot + 1, item.end});
	}
	return text.at < text.end ? "give a parameter for each column, as in \"-- $1, $2: table.column, column\"" : NULL;
}

/* Room for one more row, all of it null values. */
static char **
add_row(BenchSource *source)
{
	char	  **row;

	source->values = realloc(source->values, sizeof(char *) * (source->nrows + 1) * source->ncolumns);
	row = &source->values[(size_t) source->nrows++ * source->ncolumns];
	for (int i = 0; i < source->ncolumns; i++)
		row[i] = NULL;
	return row;
}

/* Takes a value in quotes, '' for a quote in it; NULL if they aren't closed. */
static char *
take_quoted(Stretch *text)
{
	char	   *value = malloc(text->end - text->at);
	char	   *out = value;

	for (text->at++; text->at < text->end; text->at++)
	{
		if (*text->at == '\'' && (++text->at == text->end || *text->at != '\''))
		{
			*out = '\0';
			*text = trim(*text);
			return value;
		}
		*out++ = *text->at;
	}
	free(value);
	return NULL;
}

/* One value: in quotes, or all that stands there; NULL is the null value. */
static void
add_plain(BenchSource *source, Stretch item)
{
	char	  **row = add_row(source);

	if (item.end - item.at != 4 || strncasecmp(item.at, "null", 4) != 0)
		row[0] = copy(item);
}

static const char *
take_list(BenchSource *source, Stretch text)
{
	do
	{
		Stretch		item;

		text = trim(text);
		if (text.at < text.end && *text.at == '\'')
		{
			char	   *value = take_quoted(&text);

			if (value == NULL)
				return "a quote is not closed";
			add_row(source)[0] = value;
			if (text.at == text.end)
				return NULL;
			if (*text.at++ != ',')
				return "the values of a list stand between commas";
			continue;
		}
		item = take_item(&text);
		if (item.at == item.end)
			return "a value of the list is missing; an empty one is ''";
		add_plain(source, item);
	} while (text.at < text.end);
	return text.end[-1] == ',' ? "a value of the list is missing; an empty one is ''" : NULL;
}

static const char *
take_constant(BenchSource *source, Stretch text)
{
	if (text.at < text.end && *text.at == '\'')
	{
		char	   *value = take_quoted(&text);

		if (value == NULL || text.at < text.end)
		{
			free(value);
			return "the constant's quotes don't enclose it";
		}
		add_row(source)[0] = value;
	}
	else
		add_plain(source, text);
	return NULL;
}

/* The lines of a file whose path is relative to the workload's folder. */
static const char *
take_file(BenchSource *source, Stretch text, const char *path)
{
	const char *slash = strrchr(path, '/');
	int			folder = *text.at == '/' || slash == NULL ? 0 : (int) (slash + 1 - path);
	char	   *name = NULL;
	char	   *content;
	char	   *rest;

	if (asprintf(&name, "%.*s%.*s", folder, path, (int) (text.end - text.at), text.at) < 0)
		return "there is no memory left";
	content = rest = bench_file_read(name);
	free(name);
	if (content == NULL)
		return "the parameter's file can't be read";
	for (char *line; (line = strsep(&rest, "\n")) != NULL;)
	{
		char	  **row;
		int			n = 0;

		if (rest == NULL && *line == '\0')
			break;
		line[strcspn(line, "\r")] = '\0';
		row = add_row(source);
		for (char *field; (field = strsep(&line, "\t")) != NULL; n++)
			if (n < source->ncolumns)
				row[n] = strdup(field);
		if (n != source->ncolumns)
		{
			free(content);
			return "each line of the file needs one field for each parameter, with tabs between them";
		}
	}
	free(content);
	return source->nrows == 0 ? "the parameter's file is empty" : NULL;
}

const char *
bench_parameters_declare(BenchParameters *parameters, const char *line, const char *end, const char *path)
{
	BenchSource *source;
	Stretch		text = {line, end};
	const char *reason;

	if (parameters->nsources == BENCH_MAX_PARAMS)
		return "a statement has 32 parameters at most";
	source = &parameters->sources[parameters->nsources];
	reason = take_numbers(parameters, source, &text);
	parameters->nsources++;
	if (reason)
		return reason;
	source->text = copy(text);
	source->kind = BENCH_SOURCE_GIVEN;
	if (take_word(&text, "file"))
		return take_file(source, text, path);
	if (is_word(text, "now") || take_word(&text, "list") || take_word(&text, "constant"))
	{
		if (source->ncolumns > 1)
			return "several parameters together come from the columns of a table, or from a file";
		if (strncmp(source->text, "list", 4) == 0)
			return take_list(source, text);
		if (strncmp(source->text, "constant", 8) == 0)
			return take_constant(source, text);
		source->kind = BENCH_SOURCE_NOW;
		return NULL;
	}
	source->kind = take_word(&text, "row") || source->ncolumns > 1 ? BENCH_SOURCE_ROWS : BENCH_SOURCE_RANGE;
	return take_columns(source, text);
}

/* --- draws --- */

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

/* Of 0 to n - 1; n may be up to 2^64. */
static uint64_t
draw_below(BenchRandom *random, double skew, double n)
{
	double		fraction = bench_random_fraction(random);

	/* The inverse of the distribution function of the density x^-skew on (0, 1]. */
	if (skew > 0)
		fraction = pow(fraction, 1.0 / (1.0 - skew));
	return (uint64_t) (fraction * n);
}

void
bench_parameters_draw(const BenchParameters *parameters, BenchRandom *random, double skew, BenchValues *values)
{
	char	  **rows[BENCH_MAX_PARAMS];

	for (int i = 0; i < parameters->nsources; i++)
	{
		const BenchSource *source = &parameters->sources[i];

		rows[i] = NULL;
		if (source->kind == BENCH_SOURCE_NOW)
			draw_now(values->text[i]);
		else if (source->kind == BENCH_SOURCE_RANGE)
		{
			uint64_t	span = (uint64_t) source->max - (uint64_t) source->min;
			uint64_t	offset = draw_below(random, skew, (double) span + 1.0);

			/* a double may have rounded up */
			write_integer(values->text[i], (int64_t) ((uint64_t) source->min + (offset < span ? offset : span)));
		}
		else if (source->nrows > 0)
			rows[i] = &source->values[(size_t) draw_below(random, skew, source->nrows) * source->ncolumns];
	}
	for (int i = 0; i < parameters->n; i++)
	{
		int			from = parameters->source[i];

		if (parameters->sources[from].kind == BENCH_SOURCE_NOW || parameters->sources[from].kind == BENCH_SOURCE_RANGE)
			values->pointers[i] = values->text[from];
		else
			values->pointers[i] = rows[from] ? rows[from][parameters->column[i]] : NULL;
	}
}

void
bench_parameters_free(BenchParameters *parameters)
{
	for (int i = 0; i < parameters->nsources; i++)
	{
		BenchSource *source = &parameters->sources[i];

		for (size_t j = 0; j < (size_t) source->nrows * source->ncolumns; j++)
			free(source->values[j]);
		for (int j = 0; j < source->ncolumns; j++)
			free(source->columns[j]);
		free(source->values);
		free(source->relation);
		free(source->text);
	}
	bench_parameters_init(parameters);
}
