/*
 * base/server.c
 *	  Definitions that are kept as foreign servers: find, make, change, drop.
 *
 * Why a foreign server: it is the one kind of object that has an owner, a text of
 * any length and no relation.  pg_dump writes it as CREATE SERVER, for the owner of
 * a database as for a superuser; --clean drops it; publications and --data-only know
 * nothing of it; DROP OWNED and REASSIGN OWNED do.  Nothing is read through it: the
 * wrappers have no handler.
 *
 * A server belongs to us if its wrapper does, and the wrapper if it is a member of
 * the extension: a wrapper of the same name that somebody made before CREATE
 * EXTENSION is not ours.  Which type belongs to which wrapper stands in wrapper_of():
 * a wrapper that everybody may use must not hold definitions that everybody has to
 * believe.
 *
 * Rights: servers are made, altered and dropped as the wrapper's owner, a superuser,
 * so that the new owner need not have USAGE on the wrapper (the extension may have
 * changed hands).  No code of a user runs meanwhile: the wrapper has no validator.
 *
 * A definition has an AUTO_EXTENSION dependency, DROP EXTENSION takes it along; there
 * is no SQL for that, so what pg_dump writes has none and is adopted afterwards.
 *
 * Catalogs are read by scans, not by name and OID one after the other: a server that
 * is dropped meanwhile is then either there as a whole or not at all.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/reloptions.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_foreign_server.h"
#include "commands/defrem.h"
#include "commands/extension.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "foreign/foreign.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/relations.h"
#include "base/server.h"

#define EXTENSION_NAME "bingo_tune"

/* A name that is too long ends with this and so many digits of its hash. */
#define HASH_MARK " #"
#define HASH_DIGITS 24

static const char *const wrappers[] = {"bingo_tune", "bingo_tune_timing", "bingo_tune_window"};

static const char *
wrapper_of(const char *type)
{
	if (strcmp(type, "endpoint") == 0 || strcmp(type, "target") == 0)
		return wrappers[1];
	return wrappers[strcmp(type, "window") == 0 ? 2 : 0];
}

static Oid
find_wrapper(const char *name)
{
	Oid			extension = get_extension_oid(EXTENSION_NAME, true);
	Oid			wrapper = get_foreign_data_wrapper_oid(name, true);

	if (!OidIsValid(extension) || !OidIsValid(wrapper) ||
		getExtensionOfObject(ForeignDataWrapperRelationId, wrapper) != extension)
		return InvalidOid;
	return wrapper;
}

Oid
bingo_server_wrapper(const char *type)
{
	return find_wrapper(wrapper_of(type));
}

static Oid
require_wrapper(const char *type)
{
	Oid			wrapper = bingo_server_wrapper(type);

	if (!OidIsValid(wrapper))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("foreign-data wrapper \"%s\" of extension \"%s\" does not exist",
						wrapper_of(type), EXTENSION_NAME),
				 errhint("Type: ALTER EXTENSION %s UPDATE;", EXTENSION_NAME)));
	return wrapper;
}

/* Reading. */

static char *
get_text(HeapTuple tuple, AttrNumber column, TupleDesc desc)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, column, desc, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

static BingoServer *
read_server(HeapTuple tuple, TupleDesc desc)
{
	Form_pg_foreign_server form = (Form_pg_foreign_server) GETSTRUCT(tuple);
	BingoServer *server = palloc0(sizeof(BingoServer));
	bool		isnull;
	Datum		options = heap_getattr(tuple, Anum_pg_foreign_server_srvoptions, desc, &isnull);

	*server = (BingoServer) {.oid = form->oid, .owner = form->srvowner, .name = pstrdup(NameStr(form->srvname)),
		.options = isnull ? NIL : untransformRelOptions(options),
		.xmin = HeapTupleHeaderGetRawXmin(tuple->t_data), .tid = tuple->t_self};
	return server;
}

static int
compare_names(const ListCell *a, const ListCell *b)
{
	return strcmp(((const BingoServer *) lfirst(a))->name, ((const BingoServer *) lfirst(b))->name);
}

/* Those of the type, or all; the one of that name, or all; in the order of names. */
static List *
scan_servers(Oid wrapper, const char *type, const char *name, Snapshot snapshot)
{
	List	   *servers = NIL;
	bool		ordered = bingo_relations_index_is_free(ForeignServerNameIndexId);
	Relation	catalog;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	if (!OidIsValid(wrapper))
		return NIL;
	catalog = table_open(ForeignServerRelationId, AccessShareLock);
	ScanKeyInit(&key, Anum_pg_foreign_server_srvname, BTEqualStrategyNumber, F_NAMEEQ, CStringGetDatum(name != NULL ? name : ""));
	scan = systable_beginscan(catalog, ForeignServerNameIndexId, ordered, snapshot, name != NULL ? 1 : 0, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		char	   *its_type = get_text(tuple, Anum_pg_foreign_server_srvtype, RelationGetDescr(catalog));

		if (((Form_pg_foreign_server) GETSTRUCT(tuple))->srvfdw == wrapper &&
			(type == NULL || (its_type != NULL && strcmp(its_type, type) == 0)))
			servers = lappend(servers, read_server(tuple, RelationGetDescr(catalog)));
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	if (!ordered)
		list_sort(servers, compare_names);
	return servers;
}

List *
bingo_server_list(const char *type, Snapshot snapshot)
{
	return scan_servers(bingo_server_wrapper(type), type, NULL, snapshot);
}

BingoServer *
bingo_server_find(const char *type, const char *key, Snapshot snapshot)
{
	NameData	name;
	List	   *servers;

	namestrcpy(&name, bingo_server_name(type, key));
	servers = scan_servers(bingo_server_wrapper(type), type, NameStr(name), snapshot);
	return servers == NIL ? NULL : linitial(servers);
}

static DefElem *
find_option(List *options, const char *name)
{
	ListCell   *cell;

	foreach(cell, options)
	{
		DefElem    *option = lfirst(cell);

		if (strcmp(option->defname, name) == 0)
			return option;
	}
	return NULL;
}

const char *
bingo_server_option(const BingoServer *server, const char *option)
{
	DefElem    *found = find_option(server->options, option);

	return found == NULL ? NULL : strVal(found->arg);
}

List *
bingo_server_add_option(List *options, const char *option, const char *value)
{
	if (value == NULL)
		return options;
	return lcons(makeDefElem(pstrdup(option), (Node *) makeString(pstrdup(value)), -1), options);
}

/* Names. */

static char *
hash_text(const char *text)
{
	uint8		digest[PG_SHA256_DIGEST_LENGTH];
	char	   *digits = palloc(HASH_DIGITS + 1);
	pg_cryptohash_ctx *context = pg_cryptohash_create(PG_SHA256);

	if (pg_cryptohash_init(context) < 0 ||
		pg_cryptohash_update(context, (const uint8 *) text, strlen(text)) < 0 ||
		pg_cryptohash_final(context, digest, sizeof(digest)) < 0)
		elog(ERROR, "could not compute a hash: %s", pg_cryptohash_error(context));
	pg_cryptohash_free(context);
	for (int i = 0; i < HASH_DIGITS / 2; i++)
		snprintf(digits + i * 2, 3, "%02x", digest[i]);
	return digits;
}

/* Could this be a name that was cut? */
static bool
ends_as_cut(const char *name)
{
	const char *mark = strstr(name, HASH_MARK);

	for (; mark != NULL; mark = strstr(mark + 1, HASH_MARK))
	{
		const char *digits = mark + strlen(HASH_MARK);

		if (strlen(digits) == HASH_DIGITS && strspn(digits, "0123456789abcdef") == HASH_DIGITS)
			return true;
	}
	return false;
}

char *
bingo_server_name(const char *type, const char *key)
{
	char	   *name = psprintf("%s %s %s", wrapper_of(type), type, key);
	int			kept;

	if (strlen(name) < NAMEDATALEN && !ends_as_cut(name))
		return name;
	kept = pg_mbcliplen(name, strlen(name), NAMEDATALEN - 1 - strlen(HASH_MARK) - HASH_DIGITS);
	return psprintf("%.*s%s%s", kept, name, HASH_MARK, hash_text(name));
}

/* Writing. */

pg_noreturn static void
complain_of_drop(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("extension \"%s\" has been dropped", EXTENSION_NAME),
			 errhint("Type: CREATE EXTENSION %s;", EXTENSION_NAME)));
}

typedef struct Identity
{
	Oid			user;
	int			context;
} Identity;

/* An error puts back who one was. */
static void
become_owner_of(Oid wrapper, Identity *identity)
{
	HeapTuple	tuple = SearchSysCache1(FOREIGNDATAWRAPPEROID, ObjectIdGetDatum(wrapper));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		complain_of_drop();
	owner = ((Form_pg_foreign_data_wrapper) GETSTRUCT(tuple))->fdwowner;
	ReleaseSysCache(tuple);
	GetUserIdAndSecContext(&identity->user, &identity->context);
	SetUserIdAndSecContext(owner, identity->context | SECURITY_LOCAL_USERID_CHANGE);
}

static void
become_again(const Identity *identity)
{
	SetUserIdAndSecContext(identity->user, identity->context);
}

static void
depend_on_extension(Oid serverid, DependencyType kind)
{
	ObjectAddress server;
	ObjectAddress extension;

	ObjectAddressSet(server, ForeignServerRelationId, serverid);
	ObjectAddressSet(extension, ExtensionRelationId, get_extension_oid(EXTENSION_NAME, false));
	recordDependencyOn(&server, &extension, kind);
}

Oid
bingo_server_create(const char *type, const char *key, List *options, Oid owner, bool member)
{
	Oid			wrapper = require_wrapper(type);
	CreateForeignServerStmt *statement = makeNode(CreateForeignServerStmt);
	Identity	identity;
	Oid			serverid;

	statement->servername = bingo_server_name(type, key);
	statement->servertype = pstrdup(type);
	statement->fdwname = pstrdup(wrapper_of(type));
	statement->options = options;

	become_owner_of(wrapper, &identity);
	serverid = CreateForeignServer(statement).objectId;
	CommandCounterIncrement();
	AlterForeignServerOwner_oid(serverid, owner);
	become_again(&identity);

	/* In a script of the extension it has become a member. */
	deleteDependencyRecordsForClass(ForeignServerRelationId, serverid,
									ExtensionRelationId, DEPENDENCY_EXTENSION);
	depend_on_extension(serverid, member ? DEPENDENCY_EXTENSION : DEPENDENCY_AUTO_EXTENSION);
	CommandCounterIncrement();
	return serverid;
}

static BingoServer *
get_server(Oid serverid, Oid *wrapper)
{
	HeapTuple	tuple = SearchSysCache1(FOREIGNSERVEROID, ObjectIdGetDatum(serverid));
	BingoServer *server;
	Relation	catalog;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("server with OID %u does not exist", serverid),
				 errhint("It has been dropped meanwhile: repeat the command.")));
	catalog = table_open(ForeignServerRelationId, AccessShareLock);
	server = read_server(tuple, RelationGetDescr(catalog));
	*wrapper = ((Form_pg_foreign_server) GETSTRUCT(tuple))->srvfdw;
	table_close(catalog, AccessShareLock);
	ReleaseSysCache(tuple);
	return server;
}

/* What has to be added, set and dropped to get from one list of options to another. */
static List *
compare_options(List *options, List *wanted)
{
	List	   *changes = NIL;
	ListCell   *cell;

	foreach(cell, options)
	{
		DefElem    *old = lfirst(cell);

		if (find_option(wanted, old->defname) == NULL)
			changes = lappend(changes, makeDefElemExtended(NULL, old->defname, NULL, DEFELEM_DROP, -1));
	}
	foreach(cell, wanted)
	{
		DefElem    *new = lfirst(cell);
		DefElem    *old = find_option(options, new->defname);

		if (old == NULL || !equal(old->arg, new->arg))
			changes = lappend(changes, makeDefElemExtended(NULL, new->defname, new->arg,
														   old == NULL ? DEFELEM_ADD : DEFELEM_SET, -1));
	}
	return changes;
}

void
bingo_server_alter(Oid serverid, List *options)
{
	AlterForeignServerStmt *statement = makeNode(AlterForeignServerStmt);
	Oid			wrapper;
	BingoServer *server;
	Identity	identity;

	/* Nobody drops it meanwhile. */
	LockDatabaseObject(ForeignServerRelationId, serverid, 0, AccessShareLock);
	server = get_server(serverid, &wrapper);
	statement->servername = server->name;
	statement->options = compare_options(server->options, options);
	if (statement->options == NIL)
		return;
	become_owner_of(wrapper, &identity);
	AlterForeignServer(statement);
	become_again(&identity);
	CommandCounterIncrement();
}

/*
 * CASCADE: the server of a wrapper without handler is of no use to anything, and what
 * somebody has made on it all the same must not keep an ordering's tables.
 */
void
bingo_server_drop(Oid serverid)
{
	ObjectAddress server;

	LockDatabaseObject(ForeignServerRelationId, serverid, 0, AccessExclusiveLock);
	if (!SearchSysCacheExists1(FOREIGNSERVEROID, ObjectIdGetDatum(serverid)))
		return;					/* somebody else did it */
	ObjectAddressSet(server, ForeignServerRelationId, serverid);
	performDeletion(&server, DROP_CASCADE,
					PERFORM_DELETION_INTERNAL | PERFORM_DELETION_QUIETLY | PERFORM_DELETION_SKIP_EXTENSIONS);
	CommandCounterIncrement();
}

void
bingo_server_give(Oid serverid, Oid owner)
{
	Oid			wrapper;
	Identity	identity;

	(void) get_server(serverid, &wrapper);
	become_owner_of(wrapper, &identity);
	AlterForeignServerOwner_oid(serverid, owner);
	become_again(&identity);
	CommandCounterIncrement();
}

void
bingo_server_lock(const char *type)
{
	LockDatabaseObject(ForeignDataWrapperRelationId, require_wrapper(type), 0, ShareRowExclusiveLock);
}

/* Belonging to the extension. */

Oid
bingo_definition_owner(void)
{
	Relation	catalog = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	Oid			owner;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ,
				CStringGetDatum(EXTENSION_NAME));
	scan = systable_beginscan(catalog, ExtensionNameIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (!HeapTupleIsValid(tuple))
		complain_of_drop();
	owner = ((Form_pg_extension) GETSTRUCT(tuple))->extowner;
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return owner;
}

static bool
belongs_to(Oid serverid, Oid extension)
{
	return getExtensionOfObject(ForeignServerRelationId, serverid) == extension ||
		list_member_oid(getAutoExtensionsOfObject(ForeignServerRelationId, serverid), extension);
}

/*
 * Who drops a server has its lock to his end, so that what is gone gets no dependency.  Who goes through all of them waits
 * for none: he would hold those that came before, and get into a circle with who drops several.  The next look finds the rest.
 */
static void
adopt(Oid serverid, Oid extension)
{
	if (belongs_to(serverid, extension) ||
		!ConditionalLockDatabaseObject(ForeignServerRelationId, serverid, 0, AccessShareLock))
		return;
	if (SearchSysCacheExists1(FOREIGNSERVEROID, ObjectIdGetDatum(serverid)) && !belongs_to(serverid, extension))
		depend_on_extension(serverid, DEPENDENCY_AUTO_EXTENSION);
}

void
bingo_definition_adopt_all(void)
{
	Oid			extension = get_extension_oid(EXTENSION_NAME, false);

	for (int i = 0; i < lengthof(wrappers); i++)
	{
		ListCell   *cell;

		foreach(cell, scan_servers(find_wrapper(wrappers[i]), NULL, NULL, NULL))
			adopt(((BingoServer *) lfirst(cell))->oid, extension);
	}
	CommandCounterIncrement();
}
