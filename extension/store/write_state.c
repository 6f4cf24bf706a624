/*
 * store/write_state.c
 *	  The state of an ordering, written to its server.
 *
 * As store/store.c: run as the windows' owner.
 */
#include "postgres.h"

#include "access/xlog.h"
#include "lib/stringinfo.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/relations.h"
#include "base/server.h"
#include "definition/layout.h"
#include "store/definition.h"
#include "store/state.h"
#include "store/store.h"
#include "store/write_state.h"

static List *
add(List *options, const char *option, const char *value)
{
	return bingo_server_add_option(options, option, value);
}

/* As store/load.c reads them. */
static char *
format_files(const BingoOrdering *ordering, const BingoFill *fill)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfo(&text, "%u %u", fill->window_file, fill->boundary_file);
	for (int i = 0; i < ordering->definition->ntables; i++)
		appendStringInfo(&text, " %u", fill->files[i]);
	return text.data;
}

/* One that was there, and is not any more, went with the ordering. */
static void
put_state(const char *name, List *options, bool was_there)
{
	BingoServer *server = bingo_server_find(BINGO_TYPE_WINDOW, name, NULL);

	options = add(options, BINGO_OPTION_NAME, name);
	if (server)
		bingo_server_alter(server->oid, options);
	else if (was_there)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("\"%s\" was dropped meanwhile", name),
				 errhint("Create it again.")));
	else
		(void) bingo_server_create(BINGO_TYPE_WINDOW, name, options, bingo_store_owner(), true);
}

void
bingo_state_write(const BingoOrdering *ordering, const BingoFill *fill, double build_ms)
{
	BingoServer *server = bingo_server_find(BINGO_TYPE_WINDOW, ordering->name, NULL);
	const char *built_at = server && build_ms < 0 ? bingo_server_option(server, BINGO_OPTION_BUILT_AT) : NULL;
	const char *last_ms = server && build_ms < 0 ? bingo_server_option(server, BINGO_OPTION_BUILD_MS) : NULL;
	List	   *options = NIL;

	if (build_ms >= 0)
	{
		built_at = psprintf(INT64_FORMAT, GetCurrentTimestamp());
		last_ms = psprintf("%.3f", build_ms);
	}
	options = add(options, BINGO_OPTION_ID, psprintf("%d", ordering->id));
	options = add(options, BINGO_OPTION_CLUSTER, psprintf(UINT64_FORMAT, GetSystemIdentifier()));
	options = add(options, BINGO_OPTION_WINDOW_ROWS, psprintf(INT64_FORMAT, ordering->window_rows));
	options = add(options, BINGO_OPTION_WINDOW, psprintf("%u", ordering->window));
	options = add(options, BINGO_OPTION_BOUNDARY, psprintf("%u", ordering->boundary));
	options = add(options, BINGO_OPTION_LAYOUT, bingo_layout_write(ordering->definition));
	options = add(options, BINGO_OPTION_FILTER, bingo_layout_write_filter(ordering->definition));
	options = add(options, BINGO_OPTION_FILES, format_files(ordering, fill));
	options = add(options, BINGO_OPTION_COLLATIONS, fill->collations);
	options = add(options, BINGO_OPTION_TEXT, server && build_ms < 0 && ordering->renamed ? ordering->renamed :
				  bingo_definition_format(ordering->definition));
	options = add(options, BINGO_OPTION_BUILT_AT, built_at);
	options = add(options, BINGO_OPTION_BUILD_MS, last_ms);
	for (int i = 0; i < ordering->definition->ntables; i++)
		options = add(options, psprintf(BINGO_OPTION_TABLE, i),
					  bingo_relations_name(ordering->definition->tables[i].relid));
	put_state(ordering->name, options, OidIsValid(ordering->server));
}

void
bingo_state_write_reason(const char *name, const char *reason)
{
	put_state(name, add(NIL, BINGO_OPTION_REASON, reason), false);
}

void
bingo_state_drop(const char *name)
{
	BingoServer *server = bingo_server_find(BINGO_TYPE_WINDOW, name, NULL);

	if (server)
		bingo_server_drop(server->oid);
}
