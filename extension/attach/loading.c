/*
 * attach/loading.c
 *	  CREATE EXTENSION says how the library is not loaded, and what to type.
 *
 * Windows are maintained wherever the library comes from: the triggers load it.
 * But a session answers queries from them, and encodes their rows, only if the
 * library was there before it planned, and times and counters need shared memory,
 * which only the server's start can reserve.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

#include "attach/attach.h"
#include "base/relations.h"

/* Does a list of libraries have this one, with or without its folder and suffix? */
static bool
names_library(const char *setting)
{
	List	   *libraries = NIL;
	ListCell   *cell;

	if (setting == NULL || !SplitDirectoriesString(pstrdup(setting), ',', &libraries))
		return false;
	foreach(cell, libraries)
	{
		char	   *name = last_dir_separator(lfirst(cell));

		name = name ? name + 1 : lfirst(cell);
		if (strcmp(name, "bingo_tune") == 0 || strcmp(name, "bingo_tune.so") == 0)
			return true;
	}
	return false;
}

/* What to set a list of libraries to, so that it keeps what is there and has this one. */
static char *
add_library(const char *setting)
{
	List	   *libraries = NIL;
	ListCell   *cell;
	StringInfoData text;

	initStringInfo(&text);
	if (setting != NULL && SplitDirectoriesString(pstrdup(setting), ',', &libraries))
		foreach(cell, libraries)
			appendStringInfo(&text, "%s, ", quote_identifier(lfirst(cell)));
	appendStringInfoString(&text, "bingo_tune");
	return text.data;
}

void
bingo_attach_report_loading(void)
{
	const char *shared = add_library(shared_preload_libraries_string);

	if (names_library(shared_preload_libraries_string))
		return;
	if (names_library(session_preload_libraries_string) || names_library(local_preload_libraries_string))
		ereport(NOTICE,
				(errmsg("bingo_tune is not in shared_preload_libraries: statements are not timed, and the use of orderings is not counted"),
				 errhint("ALTER SYSTEM SET shared_preload_libraries = %s; then restart the server.", shared)));
	else
		ereport(NOTICE,
				(errmsg("bingo_tune is neither in shared_preload_libraries nor in session_preload_libraries: queries are not answered from orderings, and statements are not timed"),
				 errhint("ALTER SYSTEM SET shared_preload_libraries = %s; then restart the server. "
						 "For orderings without a restart: ALTER DATABASE %s SET session_preload_libraries = %s; then connect again.",
						 shared, quote_identifier(bingo_relations_database()),
						 add_library(session_preload_libraries_string))));
}
