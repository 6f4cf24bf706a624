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
 * EXTENSION is not ours.  Which type belongs to which wrapper stands in base/server_name.c:
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
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/lock_now.h"
#include "base/relations.h"
#include "base/server.h"
#include "base/server_name.h"

#define EXTENSION_NAME "bingo_tune"

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
	return find_wrapper(bingo_server_wrapper_name(type));
}

static Oid
require_wrapper(const char *type)
{
	Oid			wrapper = bingo_server_wrapper(type);

	if (!OidIsValid(wrapper))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("foreign-data wrapper \"%s\" of extension \"%s\" does not exist",
						bingo_server_wrapper_name(type), EXTENSION_NAME),
				 errhint("Type: ALTER EXTENSION %s UPDATE;", EXTENSION_NAME)));
	return wrapper;
}

/* Reading. */

static bool
is_of_type(HeapTuple tuple, TupleDesc desc, const char *type)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, Anum_pg_foreign_server_srvtype, desc, &isnull);
	const struct varlena *text;

	if (isnull)
		return false;
	text = PG_DETOAST_DATUM_PACKED(value);
	return VARSIZE_ANY_EXHDR(text) == strlen(type) && memcmp(VARDATA_ANY(text), type, strlen(type)) == 0;
}

static BingoServer *
read_server(HeapTuple tuple, TupleDesc desc)
{
	Form_pg_foreign_server form = (Form_pg_foreign_server) GETSTRUCT(tuple);
	BingoServer *server = palloc0(sizeof(BingoServer));
	bool		isnull;
	Datum		options = heap_getattr(tuple, Anum_pg_foreign_server_srvoptions, desc, &isnull);

	*server = (BingoServer) {.oid = form->oid, .owner = form->srvowner, .name = pstrdup(NameStr(form->srvname)),
		.options = isnull ? NULL : DatumGetArrayTypePCopy(options),
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
		if (((Form_pg_foreign_server) GETSTRUCT(tuple))->srvfdw == wrapper &&
			(type == NULL || is_of_type(tuple, RelationGetDescr(catalog), type)))
			servers = lappend(servers, read_server(tuple, RelationGetDescr(catalog)));
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

/*
 * One option of a list is often looked for in hundreds of servers: they are left as they are stored, NAME=VALUE.  Where the
 * value begins, and its length; NULL: there is none.
 */
static const char *
find_option(const ArrayType *options, const char *name, Size *length)
{
	Size		named = strlen(name);
	const char *element;

	if (options == NULL || ARR_NDIM(options) != 1 || ARR_HASNULL(options))
		return NULL;
	element = ARR_DATA_PTR(options);
	for (int i = 0; i < ARR_DIMS(options)[0]; i++)
	{
		const char *text = VARDATA_ANY(element);

		*length = VARSIZE_ANY_EXHDR(element);
		if (*length > named && text[named] == '=' && memcmp(text, name, named) == 0)
		{
			*length -= named + 1;
			return text + named + 1;
		}
		element += VARSIZE_ANY(element);
		element = (const char *) att_align_nominal(element, TYPALIGN_INT);
	}
	return NULL;
}

const char *
bingo_server_option(const BingoServer *server, const char *option)
{
	Size		length;
	const char *value = find_option(server->options, option, &length);
	char	   *copy;

	if (value == NULL)
		return NULL;
	/* it stays as long as the server does */
	copy = MemoryContextAlloc(GetMemoryChunkContext(server->options), length + 1);
	memcpy(copy, value, length);
	copy[length] = '\0';
	return copy;
}

bool
bingo_server_has(const BingoServer *server, const char *option, const char *value)
{
	Size		length;
	const char *present = find_option(server->options, option, &length);

	return present != NULL && length == strlen(value) && memcmp(present, value, length) == 0;
}

List *
bingo_server_add_option(List *options, const char *option, const char *value)
{
	if (value == NULL)
		return options;
	return lcons(makeDefElem(pstrdup(option), (Node *) makeString(pstrdup(value)), -1), options);
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
	statement->fdwname = pstrdup(bingo_server_wrapper_name(type));
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

static bool
has_option(List *options, const char *name)
{
	ListCell   *cell;

	foreach(cell, options)
		if (strcmp(lfirst_node(DefElem, cell)->defname, name) == 0)
			return true;
	return false;
}

/* What has to be added, set and dropped to get from the server's options to others. */
static List *
compare_options(const BingoServer *server, List *wanted)
{
	List	   *changes = NIL;
	ListCell   *cell;

	foreach(cell, server->options != NULL ? untransformRelOptions(PointerGetDatum(server->options)) : NIL)
	{
		DefElem    *old = lfirst(cell);

		if (!has_option(wanted, old->defname))
			changes = lappend(changes, makeDefElemExtended(NULL, old->defname, NULL, DEFELEM_DROP, -1));
	}
	foreach(cell, wanted)
	{
		DefElem    *new = lfirst(cell);
		Size		length;
		bool		is_new = find_option(server->options, new->defname, &length) == NULL;

		if (!bingo_server_has(server, new->defname, strVal(new->arg)))
			changes = lappend(changes, makeDefElemExtended(NULL, new->defname, new->arg, is_new ? DEFELEM_ADD : DEFELEM_SET, -1));
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
	statement->options = compare_options(server, options);
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
		!bingo_lock_object_now(ForeignServerRelationId, serverid, AccessShareLock))
		return;
	if (SearchSysCacheExists1(FOREIGNSERVEROID, ObjectIdGetDatum(serverid)) && !belongs_to(serverid, extension))
		depend_on_extension(serverid, DEPENDENCY_AUTO_EXTENSION);
}

void
bingo_definition_adopt_all(void)
{
	Oid			extension = get_extension_oid(EXTENSION_NAME, false);

	for (int i = 0; i < lengthof(bingo_server_wrappers); i++)
	{
		ListCell   *cell;

		foreach(cell, scan_servers(find_wrapper(bingo_server_wrappers[i]), NULL, NULL, NULL))
			adopt(((BingoServer *) lfirst(cell))->oid, extension);
	}
	CommandCounterIncrement();
}
