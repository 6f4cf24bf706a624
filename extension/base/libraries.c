/*
 * base/libraries.c
 *	  Which libraries the server loads at its start, and what to type for ours.
 *
 * One command and one restart give all of it: the command keeps what is in the list, and
 * puts pg_stat_statements before us.  It is ALTER SYSTEM, which wins over a line in
 * postgresql.conf wherever the present list comes from.  The list itself is shown to
 * those alone who may read the setting: whoever may not can't type the command either.
 *
 * A library that nothing is known of may explain a statement when it is over, as auto_explain does.
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/varlena.h"

#include "base/libraries.h"

bool
bingo_libraries_have(const char *setting, const char *library)
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

/* Of those that are known to look at no state of a plan's nodes. */
static bool
is_known(const char *library)
{
	static const char *const known[] = {"bingo_tune", "pg_hint_plan", "pg_prewarm", "pg_stat_statements"};

	for (int i = 0; i < lengthof(known); i++)
		if (bingo_libraries_have(library, known[i]))
			return true;
	return false;
}

static bool
has_unknown(const char *setting)
{
	List	   *libraries = NIL;
	ListCell   *cell;

	if (setting == NULL || !SplitDirectoriesString(pstrdup(setting), ',', &libraries))
		return false;
	foreach(cell, libraries)
		if (!is_known(lfirst(cell)))
			return true;
	return false;
}

bool
bingo_libraries_have_unknown(void)
{
	return has_unknown(shared_preload_libraries_string) || has_unknown(session_preload_libraries_string) ||
		has_unknown(local_preload_libraries_string);
}

static void
add_library(StringInfo list, const char *library)
{
	appendStringInfo(list, "%s%s", list->len > 0 ? ", " : "", quote_identifier(library));
}

/* What to set shared_preload_libraries to. */
static char *
complete_libraries(void)
{
	bool		has_statements = bingo_libraries_have(shared_preload_libraries_string, "pg_stat_statements");
	bool		has_ours = bingo_libraries_have(shared_preload_libraries_string, "bingo_tune");
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

const char *
bingo_libraries_hint(void)
{
	/* CREATE EXTENSION acts as a superuser for the one who reads this. */
	if (!has_privs_of_role(GetOuterUserId(), ROLE_PG_READ_ALL_SETTINGS))
		return "Ask a superuser to add pg_stat_statements and bingo_tune to shared_preload_libraries, and to restart the server.";
	return psprintf("ALTER SYSTEM SET shared_preload_libraries = %s; then restart the server.", complete_libraries());
}
