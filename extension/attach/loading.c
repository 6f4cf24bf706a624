/*
 * attach/loading.c
 *	  CREATE EXTENSION says which library is not loaded, and what to type.
 *
 * Windows are maintained wherever the library comes from: the triggers load it.
 * But a session answers queries from them, and encodes their rows, only if the
 * library was there before it planned, and times and counters need shared memory,
 * which only the server's start can reserve.  Texts of statements come from
 * pg_stat_statements, which needs the same.  One command and one restart give all of
 * it: the command keeps what is in the list, and puts pg_stat_statements before us.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

#include "attach/attach.h"

/* Does a list of libraries have this one, with or without its folder and suffix? */
static bool
names_library(const char *setting, const char *library)
{
	List	   *libraries = NIL;
	ListCell   *cell;

	if (setting == NULL || !SplitDirectoriesString(pstrdup(setting), ',', &libraries))
		return false;
	foreach(cell, libraries)
	{
		char	   *name = last_dir_separator(lfirst(cell));

		name = name ? name + 1 : lfirst(cell);
		if (strcmp(name, library) == 0 || strcmp(name, psprintf("%s.so", library)) == 0)
			return true;
	}
	return false;
}

static void
add_library(StringInfo list, const char *library)
{
	appendStringInfo(list, "%s%s", list->len > 0 ? ", " : "", quote_identifier(library));
}

/* What to set shared_preload_libraries to. */
static char *
complete_libraries(bool has_statements, bool has_ours)
{
	List	   *libraries = NIL;
	ListCell   *cell;
	StringInfoData list;

	initStringInfo(&list);
	if (!has_statements && has_ours)
		add_library(&list, "pg_stat_statements");
	if (SplitDirectoriesString(pstrdup(shared_preload_libraries_string), ',', &libraries))
		foreach(cell, libraries)
			add_library(&list, lfirst(cell));
	if (!has_statements && !has_ours)
		add_library(&list, "pg_stat_statements");
	if (!has_ours)
		add_library(&list, "bingo_tune");
	return list.data;
}

bool
bingo_attach_report_loading(void)
{
	bool		has_statements = names_library(shared_preload_libraries_string, "pg_stat_statements");
	bool		has_ours = names_library(shared_preload_libraries_string, "bingo_tune");
	bool		in_session = names_library(session_preload_libraries_string, "bingo_tune") ||
		names_library(local_preload_libraries_string, "bingo_tune");

	if (has_statements && has_ours)
		return false;
	ereport(NOTICE,
			(has_ours ? errmsg("pg_stat_statements is not loaded at the server's start: query times lack the statements' texts") :
			 in_session ? errmsg("bingo_tune is not loaded at the server's start: statements are not timed, and the use of orderings is not counted") :
			 errmsg("bingo_tune is not loaded at the server's start: queries are not answered from orderings, and statements are not timed"),
			 errhint("ALTER SYSTEM SET shared_preload_libraries = %s; then restart the server.",
					 complete_libraries(has_statements, has_ours))));
	return true;
}
