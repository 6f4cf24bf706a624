/*
 * bench/file.c
 *	  Whole files in and out: see bench/file.h.
 */
#define _GNU_SOURCE

#include "bench/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client.h"

/* "what" ends as errno says. */
static void
report(const char *what, const char *path)
{
	bool		absent = errno == ENOENT || errno == ENOTDIR;

	bingo_client_error(absent ? "58P01" : "58030",
					   absent ? "Check the name; it is looked for from the current folder." :
					   "Check the rights to the file and its folder, and the free space.",
					   "could not %s \"%s\": %s", what, path, strerror(errno));
}

char *
bench_file_read(const char *path)
{
	FILE	   *file = fopen(path, "r");
	char	   *content = NULL;
	size_t		size = 0;
	ssize_t		length;

	if (file == NULL)
	{
		report("open", path);
		return NULL;
	}
	errno = 0;
	length = getdelim(&content, &size, '\0', file);
	if (length < 0 && errno != 0)
	{
		report("read", path);
		free(content);
		content = NULL;
	}
	else if (length < 0)
	{
		free(content);
		content = strdup("");
	}
	else if (!feof(file))
	{
		bingo_client_error("22021", "Give a text file in UTF-8.", "\"%s\" is not a text file: it has a zero byte", path);
		free(content);
		content = NULL;
	}
	fclose(file);
	return content;
}

FILE *
bench_file_create(const char *path)
{
	FILE	   *file = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");

	if (file == NULL)
		report("write", path);
	return file;
}

bool
bench_file_close(FILE *file, const char *path)
{
	bool		failed = ferror(file) != 0;

	if (file == stdout)
		failed |= fflush(file) != 0;
	else
		failed |= fclose(file) != 0;
	if (failed)
		report("write", path);
	return !failed;
}

/*
 * Is it something that a new file may take the place of?  Not /dev/null, nor /dev/stdout, which may
 * lead to a file that others write to as well.
 */
static bool
is_replaceable(const char *path)
{
	struct stat state;

	if (strcmp(path, "-") == 0 || strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0)
		return false;
	return stat(path, &state) != 0 || S_ISREG(state.st_mode);
}

/*
 * The file beside the target: one that nobody else has made, so that no link that waits under its name leads to
 * another file; readable to those to whom the file is whose place it takes.
 */
static FILE *
create_temporary(char *temporary, const char *target)
{
	struct stat state;
	mode_t		mask = umask(0);
	mode_t		mode = stat(target, &state) == 0 ? state.st_mode & 0777 : 0666 & ~mask;
	int			descriptor = mkstemp(temporary);
	FILE	   *file = NULL;

	umask(mask);
	if (descriptor >= 0 && fchmod(descriptor, mode) == 0)
		file = fdopen(descriptor, "w");
	if (descriptor >= 0 && file == NULL)
	{
		close(descriptor);
		unlink(temporary);
	}
	if (file == NULL)
		report("write", temporary);
	return file;
}

FILE *
bench_file_begin(BenchNewFile *new, const char *path)
{
	new->path = path;
	new->target = NULL;
	new->temporary = NULL;
	new->file = NULL;
	if (is_replaceable(path))
	{
		new->target = realpath(path, NULL);
		if (new->target == NULL)
			new->target = strdup(path);
		if (new->target == NULL || asprintf(&new->temporary, "%s.XXXXXX", new->target) < 0)
		{
			new->temporary = NULL;
			report("write", path);
			return NULL;
		}
	}
	new->file = new->temporary ? create_temporary(new->temporary, new->target) : bench_file_create(path);
	return new->file;
}

bool
bench_file_finish(BenchNewFile *new, bool done)
{
	const char *written = new->temporary ? new->temporary : new->path;

	if (new->file)
		done &= bench_file_close(new->file, written);
	else
		done = false;
	if (new->temporary && done && rename(new->temporary, new->target) != 0)
	{
		report("write", new->path);
		done = false;
	}
	if (new->temporary && new->file && !done)
		unlink(new->temporary);
	free(new->temporary);
	free(new->target);
	return done;
}
