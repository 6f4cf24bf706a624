/*
 * bench/file.h
 *	  Whole files in and out, with their errors reported.
 */
#ifndef BINGO_BENCH_FILE_H
#define BINGO_BENCH_FILE_H

#include <stdbool.h>
#include <stdio.h>

/* A file's content as a string (caller frees), or NULL after reporting why not. */
extern char *bench_file_read(const char *path);

/*
 * Opens a file for writing, "-" being stdout, or NULL after reporting why not.
 * Outputs are opened before a run, so that a long run can't end in vain.
 */
extern FILE *bench_file_create(const char *path);

/* Closes it; false after reporting that not everything could be written. */
extern bool bench_file_close(FILE *file, const char *path);

/*
 * A file that takes its name when it is complete: one that could not be finished
 * must not replace a good one.  What a symbolic link leads to is replaced, the link stays.
 * What is no file (stdout, a device, a pipe), or below /dev, is written to as it is.
 */
typedef struct BenchNewFile
{
	const char *path;
	char	   *target;			/* the file that is replaced: what "path" leads to */
	char	   *temporary;		/* NULL: written in place */
	FILE	   *file;
} BenchNewFile;

/* Returns where to write, or NULL after reporting why not. */
extern FILE *bench_file_begin(BenchNewFile *new, const char *path);

/* Gives it its name if "done", else removes it; false if it is not there in the end. */
extern bool bench_file_finish(BenchNewFile *new, bool done);

#endif							/* BINGO_BENCH_FILE_H */
