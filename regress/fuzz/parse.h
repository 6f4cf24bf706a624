/*
 * parse.h
 *	  What the harnesses of the tools' parsers share: a file that is the input.
 *
 * They are linked with all of the tools but bench/file.c, whose functions are
 * here: the file "input" is what libFuzzer has made, any other an innocent
 * statement.
 */
#ifndef REGRESS_PARSE_H
#define REGRESS_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/file.h"

static const uint8_t *input;
static size_t input_size;

/* Like the real one: a text file has no zero byte. */
char *
bench_file_read(const char *path)
{
	if (strcmp(path, "input") != 0)
		return strdup("-- $1: a.b\nSELECT 1 WHERE 1 = $1");
	if (memchr(input, '\0', input_size))
		return NULL;
	return strndup((const char *) input, input_size);
}

FILE *
bench_file_create(const char *path)
{
	return NULL;
}

bool
bench_file_close(FILE *file, const char *path)
{
	return false;
}

FILE *
bench_file_begin(BenchNewFile *new, const char *path)
{
	return NULL;
}

bool
bench_file_finish(BenchNewFile *new, bool done)
{
	return false;
}

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif							/* REGRESS_PARSE_H */
