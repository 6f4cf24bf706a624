/*
 * store/load.c
 *	  The two servers of an ordering become a BingoOrdering.
 *
 * Called by the cache (store/catalog.c) only, for an ordering that is new or stale.
 * Catalogs are read through the system caches, no relation is opened and no lock
 * is waited for: it runs in planners and in the middle of commits.  Whatever is
 * amiss makes the ordering unusable, with the reason in words and what would mend it;
 * errors are only those of running out of memory or of being cancelled.
 *
 * Memory: everything goes to the current context, which is the entry's own.
 */
#include "postgres.h"

#include "access/xlog.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

#include "base/compat.h"
#include "store/fingerprint.h"
#include "definition/layout.h"
#include "store/load.h"
#include "store/state.h"
#include "definition/types.h"
#include "base/relations.h"

static int64
read_number(const BingoServer *server, const char *option)
{
	const char *text = server ? bingo_server_option(server, option) : NULL;

	return text ? strtoll(text, NULL, 10) : 0;
}

int32
bingo_load_id(const BingoServer *state)
{
	return (int32) read_number(state, BINGO_OPTION_ID);
}

/* Numbers with blanks between them: the window's file, the boundary's, the tables'. */
static void
read_files(BingoFill *fill, const char *text)
{
	char	   *end;

	if (text == NULL)
		return;
	fill->window_file = (Oid) strtoul(text, &end, 10);
	fill->boundary_file = (Oid) strtoul(end, &end, 10);
	for (int i = 0; i < BINGO_MAX_TABLES && *end != '\0'; i++)
		fill->files[i] = (Oid) strtoul(end, &end, 10);
}

/* A table that is gone, by the name that it had. */
static char *
find_dropped(const BingoDefinition *definition, const BingoServer *state)
{
	for (int i = 0; i < definition->ntables; i++)
	{
		Oid			relid = definition->tables[i].relid;
		const char *name = bingo_server_option(state, psprintf(BINGO_OPTION_TABLE, i));

		if (name != NULL && !SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid)))
			return psprintf("table %s was dropped", name);
	}
	return NULL;
}

/*
 * The query is about tables of these names.  If one of ours has another name by now
 * and some other table has that name, the application has put one in place of the
 * other: the ordering belongs to the new one.  A view of that name is rather one of the
 * old table, whose rows are then asked for as before.
 */
static char *
find_replaced(const BingoDefinition *definition, const BingoServer *state)
{
	for (int i = 0; i < definition->ntables; i++)
	{
		Oid			relid = definition->tables[i].relid;
		const char *name = bingo_server_option(state, psprintf(BINGO_OPTION_TABLE, i));
		List	   *names;
		Oid			namesake;

		/* one that was dropped while its state was written has no name in there */
		if (name == NULL || name[0] == '(' || strcmp(name, bingo_relations_name(relid)) == 0)
			continue;
		names = textToQualifiedNameList(cstring_to_text(name));
		namesake = list_length(names) != 2 ? InvalidOid :
			get_relname_relid(strVal(lsecond(names)), get_namespace_oid(strVal(linitial(names)), true));
		if (OidIsValid(namesake) && namesake != relid && get_rel_relkind(namesake) == RELKIND_RELATION)
			return psprintf("another table is %s now", name);
	}
	return NULL;
}

/* What has to be made anew if it is not there, or NULL. */
static char *
check_build(BingoOrdering *ordering, const BingoServer *state)
{
	const char *layout = bingo_server_option(state, BINGO_OPTION_LAYOUT);
	const char *cluster = bingo_server_option(state, BINGO_OPTION_CLUSTER);
	char	   *reason;

	if (cluster == NULL || strcmp(cluster, psprintf(UINT64_FORMAT, GetSystemIdentifier())) != 0)
		return "it was built by the server before pg_upgrade";
	if (layout)
		ordering->definition = bingo_layout_read(layout, bingo_server_option(state, BINGO_OPTION_FILTER));
	if (!OidIsValid(ordering->definition_server))
		return "its definition was dropped";
	if (ordering->definition == NULL)
		return "it was built by another version of bingo_tune";
	reason = find_dropped(ordering->definition, state);
	if (reason == NULL)
		reason = bingo_layout_resolve(ordering->definition);
	return reason ? reason : find_replaced(ordering->definition, state);
}

/* Every table in the layout, whether the layout can be believed or not. */
static List *
list_relids(const BingoOrdering *ordering)
{
	List	   *relids = list_make2_oid(ordering->window, ordering->boundary);

	for (int i = 0; ordering->definition && i < ordering->definition->ntables; i++)
		relids = lappend_oid(relids, ordering->definition->tables[i].relid);
	if (ordering->definition)
		relids = bingo_types_collect(ordering->definition, relids);
	return relids;
}

void
bingo_load_ordering(BingoOrdering *ordering, const BingoServer *state,
					const BingoServer *definition, List **relids)
{
	const char *collations = bingo_server_option(state, BINGO_OPTION_COLLATIONS);
	const char *text = bingo_server_option(state, BINGO_OPTION_TEXT);

	ordering->id = bingo_load_id(state);
	ordering->name = pstrdup(bingo_server_option(state, BINGO_OPTION_NAME));
	ordering->server = state->oid;
	ordering->definition_server = definition ? definition->oid : InvalidOid;
	ordering->owner = definition ? definition->owner : InvalidOid;
	ordering->window_rows = Min(read_number(state, BINGO_OPTION_WINDOW_ROWS), BINGO_MOST_WINDOW_ROWS);
	ordering->max_rows = definition && bingo_server_option(definition, BINGO_OPTION_MAX_ROWS) ?
		Min(read_number(definition, BINGO_OPTION_MAX_ROWS), BINGO_MOST_WINDOW_ROWS) : 0;
	ordering->window = (Oid) read_number(state, BINGO_OPTION_WINDOW);
	ordering->boundary = (Oid) read_number(state, BINGO_OPTION_BOUNDARY);
	read_files(&ordering->fill, bingo_server_option(state, BINGO_OPTION_FILES));
	ordering->fill.collations = pstrdup(collations ? collations : "");
	ordering->renamed = text ? pstrdup(text) : NULL;

	ordering->repair = BINGO_REPAIR_REBUILD;
	ordering->reason = check_build(ordering, state);
	if (ordering->reason == NULL)
		ordering->reason = bingo_fingerprint_check(ordering);
	ordering->usable = (ordering->reason == NULL);
	*relids = list_relids(ordering);
}
