/*
 * options.c
 *	  Command line arguments of the client tools: see options.h.
 */
#include "options.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The Makefile takes the one from META.json, the other from pg_config. */
#ifndef BINGO_VERSION
#define BINGO_VERSION "unknown"
#endif

#ifndef BINGO_SHARE
#define BINGO_SHARE "bench"
#endif

static const char *program_name = "bingo";
static const char *command_name = NULL;

void
bingo_options_set_program(const char *program)
{
	program_name = program;
}

const char *
bingo_options_program(void)
{
	return program_name;
}

char *
bingo_options_set_command(const char *command)
{
	static char both[100];

	command_name = command;
	snprintf(both, sizeof(both), "%s %s", program_name, command);
	return both;
}

void
bingo_options_print_version(void)
{
	printf("%s %s\n", program_name, BINGO_VERSION);
}

const char *
bingo_options_share(const char *name)
{
	static char path[1024];

	snprintf(path, sizeof(path), "bench/%s", name);
	if (access(path, R_OK) != 0)
		snprintf(path, sizeof(path), "%s/%s", BINGO_SHARE, name);
	return path;
}

void
bingo_options_fail(const char *format,...)
{
	va_list		args;

	fprintf(stderr, "%s: ", program_name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\nTry \"%s%s%s --help\" for more information.\n", program_name, command_name ? " " : "",
			command_name ? command_name : "");
	exit(2);
}

int64_t
bingo_options_integer(const char *option, const char *text, int64_t min, int64_t max)
{
	char	   *end;
	long long	value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0 || value < min || value > max)
		bingo_options_fail("%s must be a whole number from %" PRId64 " to %" PRId64 ", not \"%s\"",
						   option, min, max, text);
	return value;
}

double
bingo_options_number(const char *option, const char *text, double min, double max)
{
	char	   *end;
	double		value;

	errno = 0;
	value = strtod(text, &end);
	if (end == text || *end != '\0' || errno != 0 || !isfinite(value) || value < min || value > max)
		bingo_options_fail("%s must be a number from %g to %g, not \"%s\"", option, min, max, text);
	return value;
}
