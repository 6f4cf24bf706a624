/*
 * store/definition.c
 *	  Definitions of orderings and counters, as pg_dump carries them.
 *
 * A definition has names, a state has OIDs: see store/state.h.  It keeps the query
 * as it was asked for, and, once something was renamed, the same query with the present
 * names.  When a table is gone either may fit what is there next: the query as asked for
 * if the application has put a new table in the place of the old one, the renamed one if
 * a dump was restored.
 *
 * As all of store/store.c: run as the windows' owner, between bingo_store_enter()
 * and bingo_store_leave().
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xlog.h"
#include "catalog/pg_database.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/server.h"
#include "base/server_name.h"
#include "store/state.h"
#include "store/catalog.h"
#include "definition/partition.h"
#include "store/definition.h"
#include "base/relations.h"

#define DEFAULT_WINDOW_ROWS 200000	/* as create_ordering() in the script */

/* What create_ordering() would let pass: somebody may have written the option by hand. */
static int64
read_window_rows(const char *text)
{
	char	   *end;
	int64		rows;

	if (text == NULL)
		return DEFAULT_WINDOW_ROWS;
	rows = strtoll(text, &end, 10);	/* the nearest one of what is beyond int64 */
	if (end == text || *end != '\0')
		return DEFAULT_WINDOW_ROWS;
	return Max(1, Min(rows, BINGO_MOST_WINDOW_ROWS));
}

/* 0: there is no limit. */
static int64
read_max_rows(const char *text)
{
	return text ? Max(0, Min(strtoll(text, NULL, 10), BINGO_MOST_WINDOW_ROWS)) : 0;
}

static bool
is_gone(const BingoServer *server)
{
	return bingo_server_option(server, BINGO_OPTION_GONE) != NULL;
}

static char *
write_part(Oid part, Oid server)
{
	return psprintf(UINT64_FORMAT " %u %u %u", GetSystemIdentifier(), MyDatabaseId, server, part);
}

/* Of this cluster, database and server: a dump may have brought it, even back to where it was made, with another partition. */
static Oid
read_part(const BingoServer *server)
{
	const char *text = bingo_server_option(server, BINGO_OPTION_PART);
	const char *number = text ? strrchr(text, ' ') : NULL;
	Oid			part = number ? (Oid) strtoul(number, NULL, 10) : InvalidOid;

	return number && strcmp(text, write_part(part, server->oid)) == 0 ? part : InvalidOid;
}

static BingoStoredDefinition *
read_definition(const BingoServer *server)
{
	BingoStoredDefinition *definition = palloc0(sizeof(BingoStoredDefinition));
	const char *name = bingo_server_option(server, BINGO_OPTION_NAME);
	const char *query = bingo_server_option(server, BINGO_OPTION_QUERY);
	const char *renamed = bingo_server_option(server, BINGO_OPTION_RENAMED);
	const char *role = bingo_server_option(server, BINGO_OPTION_ROLE);
	const char *kind = bingo_server_option(server, BINGO_OPTION_KIND);
	const char *whole = bingo_server_option(server, BINGO_OPTION_WHOLE);
	const char *levels = bingo_server_option(server, BINGO_OPTION_LEVELS);

	/* Somebody may have made the server by hand. */
	if (name == NULL || query == NULL || strlen(name) >= NAMEDATALEN || is_gone(server))
		return NULL;
	definition->server = server->oid;
	definition->owner = server->owner;
	definition->name = pstrdup(name);
	definition->query = pstrdup(query);
	definition->renamed = renamed ? pstrdup(renamed) : NULL;
	/* an owner's word would make him more than he is */
	if (role && superuser_arg(server->owner))
		definition->was_of = pstrdup(role);
	definition->whole = whole ? pstrdup(whole) : NULL;
	definition->levels = levels ? atoi(levels) : 0;
	definition->part = read_part(server);
	definition->counts = kind && strcmp(kind, BINGO_KIND_COUNTER) == 0;
	definition->window_rows = definition->counts ? BINGO_MOST_WINDOW_ROWS :
		read_window_rows(bingo_server_option(server, BINGO_OPTION_WINDOW_ROWS));
	definition->max_rows = read_max_rows(bingo_server_option(server, BINGO_OPTION_MAX_ROWS));
	return definition;
}

typedef struct Named
{
	char		name[NAMEDATALEN];	/* the hash key */
	BingoStoredDefinition *definition;
} Named;

/*
 * A server's name does not count, it may have been renamed.  Of two definitions of one
 * name the server that was made first does.
 */
List *
bingo_definition_list(void)
{
	HASHCTL		control = {.keysize = NAMEDATALEN, .entrysize = sizeof(Named), .hcxt = CurrentMemoryContext};
	HTAB	   *names = hash_create("definitions", 64, &control, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	List	   *definitions = NIL;
	ListCell   *cell;

	foreach(cell, bingo_server_list(BINGO_TYPE_ORDERING, NULL))
	{
		BingoStoredDefinition *definition = read_definition(lfirst(cell));
		Named	   *named;
		bool		known;

		if (definition == NULL)
			continue;
		named = hash_search(names, definition->name, HASH_ENTER, &known);
		if (!known)
		{
			named->definition = definition;
			definitions = lappend(definitions, definition);
		}
		else if (definition->server < named->definition->server)
			*named->definition = *definition;
	}
	hash_destroy(names);
	return definitions;
}

BingoStoredDefinition *
bingo_definition_find(const char *name)
{
	BingoStoredDefinition *found = NULL;
	ListCell   *cell;

	foreach(cell, bingo_server_list(BINGO_TYPE_ORDERING, NULL))
	{
		const BingoServer *server = lfirst(cell);
		BingoStoredDefinition *definition = bingo_server_has(server, BINGO_OPTION_NAME, name) ? read_definition(server) : NULL;

		if (definition != NULL && (found == NULL || definition->server < found->server))
			found = definition;
	}
	return found;
}

bool
bingo_definition_is_dropped(const char *name)
{
	const BingoServer *server;

	if (bingo_definition_find(name) != NULL)
		return false;
	if (!OidIsValid(get_foreign_server_oid(bingo_server_name(BINGO_TYPE_ORDERING, name), true)))
		return true;
	server = bingo_server_find(BINGO_TYPE_ORDERING, name, NULL);
	return server != NULL && is_gone(server);
}

BingoStoredDefinition *
bingo_definition_require(const char *name)
{
	BingoStoredDefinition *definition = bingo_definition_find(name);

	if (definition == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("the definition of \"%s\" was dropped meanwhile", name),
				 errhint("Create it again.")));
	return definition;
}

static List *
make_options(const char *name, const char *query, const char *renamed, bool counts, const char *whole, int levels, int64 window_rows,
			 int64 max_rows, const char *role)
{
	List	   *options = NIL;

	if (counts)
		options = bingo_server_add_option(options, BINGO_OPTION_KIND, BINGO_KIND_COUNTER);
	else
		options = bingo_server_add_option(options, BINGO_OPTION_WINDOW_ROWS, psprintf(INT64_FORMAT, window_rows));
	if (max_rows > 0)
		options = bingo_server_add_option(options, BINGO_OPTION_MAX_ROWS, psprintf(INT64_FORMAT, max_rows));
	if (whole)
	{
		options = bingo_server_add_option(options, BINGO_OPTION_LEVELS, psprintf("%d", levels));
		options = bingo_server_add_option(options, BINGO_OPTION_WHOLE, whole);
	}
	if (role)
		options = bingo_server_add_option(options, BINGO_OPTION_ROLE, role);
	if (renamed && strcmp(renamed, query) != 0)
		options = bingo_server_add_option(options, BINGO_OPTION_RENAMED, renamed);
	options = bingo_server_add_option(options, BINGO_OPTION_QUERY, query);
	return bingo_server_add_option(options, BINGO_OPTION_NAME, name);
}

/* The partition that somebody wants to have none, of one that is gone; or InvalidOid. */
static Oid
find_apart(const BingoServer *server)
{
	Oid			part = is_gone(server) ? read_part(server) : InvalidOid;

	return OidIsValid(bingo_relations_find_owner(part)) ? part : InvalidOid;
}

/* What is gone, but for what keeps another partition apart. */
static void
drop_gone(const char *name)
{
	ListCell   *cell;

	foreach(cell, bingo_server_list(BINGO_TYPE_ORDERING, NULL))
	{
		const BingoServer *server = lfirst(cell);

		if (is_gone(server) && (!OidIsValid(find_apart(server)) || bingo_server_has(server, BINGO_OPTION_NAME, name)))
			bingo_server_drop(server->oid);
	}
}

bool
bingo_definition_is_apart(const char *whole, Oid part)
{
	ListCell   *cell;

	foreach(cell, bingo_server_list(BINGO_TYPE_ORDERING, NULL))
		if (bingo_server_has(lfirst(cell), BINGO_OPTION_WHOLE, whole) && find_apart(lfirst(cell)) == part)
			return true;
	return false;
}

/*
 * A script that drops first the table and then the definition, as pg_dump writes it, finds that there.  And upkeep finds that the
 * partition is to have none.
 */
void
bingo_definition_give_up(const char *name, Oid part, Oid nobody)
{
	const BingoStoredDefinition *definition = bingo_definition_require(name);
	List	   *options = make_options(name, definition->query, definition->renamed, definition->counts, definition->whole,
									   definition->levels, definition->window_rows, definition->max_rows, NULL);

	if (OidIsValid(part))
		options = bingo_server_add_option(options, BINGO_OPTION_PART, write_part(part, definition->server));
	bingo_server_alter(definition->server, bingo_server_add_option(options, BINGO_OPTION_GONE, "true"));
	bingo_server_give(definition->server, nobody);
}

void
bingo_definition_write(const char *name, const char *query, const char *renamed,
					   bool counts, int64 window_rows, Oid owner)
{
	BingoStoredDefinition *definition = bingo_definition_find(name);
	List	   *options = make_options(name, query, renamed, counts, definition ? definition->whole : NULL,
										   definition ? definition->levels : 0, window_rows, definition ? definition->max_rows : 0,
										   definition ? definition->was_of : NULL);

	if (definition)
		bingo_server_alter(definition->server, options);
	else
	{
		drop_gone(name);
		(void) bingo_server_create(BINGO_TYPE_ORDERING, name, options, owner, false);
	}
}

void
bingo_definition_note_whole(const char *name, const char *whole, int levels, Oid part)
{
	const BingoStoredDefinition *definition = bingo_definition_require(name);
	List	   *options = make_options(name, definition->query, definition->renamed, definition->counts, whole, levels,
									   definition->window_rows, definition->max_rows, definition->was_of);

	if (OidIsValid(part))
		options = bingo_server_add_option(options, BINGO_OPTION_PART, write_part(part, definition->server));
	bingo_server_alter(definition->server, options);
}

void
bingo_definition_limit(const char *name, int64 max_rows)
{
	const BingoStoredDefinition *definition = bingo_definition_require(name);

	bingo_server_alter(definition->server, make_options(name, definition->query, definition->renamed, definition->counts,
														definition->whole, definition->levels, definition->window_rows, max_rows,
														definition->was_of));
}

void
bingo_definition_drop(const char *name)
{
	BingoStoredDefinition *definition = bingo_definition_find(name);

	if (definition)
		bingo_server_drop(definition->server);
}

void
bingo_definition_forget_apart(const char *whole)
{
	ListCell   *cell;

	foreach(cell, bingo_definition_list())
	{
		const BingoStoredDefinition *definition = lfirst(cell);

		if (definition->whole != NULL && strcmp(definition->whole, whole) == 0)
			return;
	}
	foreach(cell, bingo_server_list(BINGO_TYPE_ORDERING, NULL))
		if (bingo_server_has(lfirst(cell), BINGO_OPTION_WHOLE, whole) && OidIsValid(find_apart(lfirst(cell))))
			bingo_server_drop(((const BingoServer *) lfirst(cell))->oid);
}

bool
bingo_definition_is_over(const BingoStoredDefinition *definition, const BingoOrdering *built)
{
	Oid			part = definition->part;

	if (definition->whole == NULL || (built != NULL && (built->definition == NULL || built->usable)))
		return false;
	if (built != NULL)
		part = bingo_partition_of(built->definition);
	return OidIsValid(part) && !SearchSysCacheExists1(RELOID, ObjectIdGetDatum(part));
}

static Oid
find_database_owner(void)
{
	HeapTuple	tuple = SearchSysCache1(DATABASEOID, ObjectIdGetDatum(MyDatabaseId));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	owner = ((Form_pg_database) GETSTRUCT(tuple))->datdba;
	ReleaseSysCache(tuple);
	return owner;
}

/*
 * Who is to have the definition.  An owner that has nothing to do with the tables any more
 * would find that he can't be dropped, though he never heard of it:
 *
 *	one owner of all tables			he
 *	several, and the definition's	he, who is a member of all of them
 *	may act as each of them
 *	several, and he may act as		he: no one of them may read the others' tables by that, and what
 *	one of them, but is none		he lacks can be granted to him
 *	several otherwise				the driving table's, or the next that there is: DROP OWNED BY
 *									one of the others drops his table, but not the definition
 *	all tables are gone				nobody: the extension's owner, who notes whose it was;
 *									but the database's owner stays, who may be the one that
 *									restores a dump, and can't be dropped anyway
 */
static Oid
find_heir(const BingoDefinition *definition, Oid present, Oid nobody)
{
	Oid			first = InvalidOid;
	bool		same = true;
	bool		member_of_all = true;
	bool		member_of_any = false;
	bool		is_owner = false;

	for (int i = 0; i < definition->ntables; i++)
	{
		Oid			owner = bingo_relations_find_owner(definition->tables[i].relid);

		if (!OidIsValid(owner))
			continue;			/* gone */
		if (!OidIsValid(first))
			first = owner;
		same = same && owner == first;
		is_owner = is_owner || owner == present;
		if (has_privs_of_role(present, owner))
			member_of_any = true;
		else
			member_of_all = false;
	}
	if (!OidIsValid(first))
		return present == find_database_owner() ? present : nobody;
	if (same)
		return first;
	return member_of_all || (member_of_any && !is_owner) ? present : first;
}

bool
bingo_definition_has_table(const BingoDefinition *definition)
{
	for (int i = 0; i < definition->ntables; i++)
		if (OidIsValid(bingo_relations_find_owner(definition->tables[i].relid)))
			return true;
	return false;
}

void
bingo_definition_follow_owner(const BingoStoredDefinition *definition, const BingoDefinition *built, Oid nobody)
{
	Oid			heir = find_heir(built, definition->owner, nobody);

	const char *role = NULL;

	if (!OidIsValid(heir) || heir == definition->owner)
		return;
	if (heir == nobody && !bingo_definition_has_table(built))
		role = bingo_relations_find_role(definition->owner);
	bingo_server_alter(definition->server, make_options(definition->name, definition->query, definition->renamed,
														definition->counts, definition->whole, definition->levels,
														definition->window_rows, definition->max_rows, role));
	bingo_server_give(definition->server, heir);
}

void
bingo_definition_follow(const BingoStoredDefinition *definition, const char *renamed,
						const BingoOrdering *ordering, Oid nobody)
{
	const char *known = definition->renamed ? definition->renamed : ordering->renamed;

	bingo_definition_follow_owner(definition, ordering->definition, nobody);
	/* while nothing was renamed the query as it was asked for says it better */
	if (known == NULL || strcmp(known, renamed) != 0)
		bingo_definition_write(definition->name, definition->query, renamed, definition->counts,
							   definition->window_rows, definition->owner);
}

bool
bingo_definition_is_any_unbuilt(void)
{
	ListCell   *cell;

	foreach(cell, bingo_definition_list())
	{
		const BingoOrdering *built = bingo_catalog_find_named(((const BingoStoredDefinition *) lfirst(cell))->name);

		if (built == NULL || !built->usable)
			return true;
	}
	return false;
}
