/*
 * attach/loading.c
 *	  CREATE EXTENSION says which library is not loaded, and what to type.
 *
 * Windows are maintained wherever the library comes from: the triggers load it.
 * But a session answers queries from them, and encodes their rows, only if the
 * library was there before it planned, and times and counters need shared memory,
 * which only the server's start can reserve.  Texts of statements come from
 * pg_stat_statements, which needs the same.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "attach/attach.h"
#include "base/libraries.h"

bool
bingo_attach_report_loading(void)
{
	bool		has_statements = bingo_libraries_have(shared_preload_libraries_string, "pg_stat_statements");
	bool		has_ours = bingo_libraries_have(shared_preload_libraries_string, "bingo_tune");
	bool		in_session = bingo_libraries_have(session_preload_libraries_string, "bingo_tune") ||
		bingo_libraries_have(local_preload_libraries_string, "bingo_tune");

	if (has_statements && has_ours)
		return false;
	ereport(NOTICE,
			(has_ours ? errmsg("pg_stat_statements is not loaded at the server's start: query times lack the statements' texts") :
			 in_session ? errmsg("bingo_tune is not loaded at the server's start: statements are not timed, and the use of orderings is not counted") :
			 errmsg("bingo_tune is not loaded at the server's start: queries are not answered from orderings, and statements are not timed"),
			 errhint("%s", bingo_libraries_hint())));
	return true;
}
