/*
 * upkeep/required.c
 *	  pg_stat_statements, which our control file requires: it may go, and come back.
 *
 * It is required so that CREATE EXTENSION bingo_tune CASCADE makes it, and pg_dump
 * writes it first.  The dependency that PostgreSQL records for that would refuse DROP
 * EXTENSION pg_stat_statements, which pg_restore --clean types, and let DROP SCHEMA
 * CASCADE of the schema that it is in take our extension, its endpoints and all
 * orderings along.  Nothing of ours needs it but texts and I/O in query_timing, which are
 * NULL without it (timing/statements.c).  So the dependency is taken away when a command
 * begins that will drop it, and recorded again when there is one.
 *
 * DROP EXTENSION pg_stat_statements CASCADE drops what requires it, as it says.
 *
 * Two such commands at once: the second waits for the lock on the extension, as it would a
 * moment later, and finds no dependency.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/fmgroids.h"

#include "base/compat.h"
#include "upkeep/required.h"

#define REQUIRED "pg_stat_statements"
#define OURS "bingo_tune"

typedef struct Required
{
	Oid			oid;
	Oid			owner;
	Oid			schema;
} Required;

/* Returns false if it is not there. */
static bool
find_required(Required *required)
{
	Relation	catalog = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ,
				CStringGetDatum(REQUIRED));
	scan = systable_beginscan(catalog, ExtensionNameIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		Form_pg_extension form = (Form_pg_extension) GETSTRUCT(tuple);

		*required = (Required) {.oid = form->oid, .owner = form->extowner, .schema = form->extnamespace};
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return HeapTupleIsValid(tuple);
}

/* --- does a command drop it? --- */

static bool
drops_extension(const DropStmt *statement, const Required *required)
{
	ListCell   *cell;

	if (statement->behavior == DROP_CASCADE)
		return false;
	foreach(cell, statement->objects)
	{
		if (strcmp(strVal(lfirst(cell)), REQUIRED) == 0)
			return bingo_extension_ownercheck(required->oid, GetUserId());
	}
	return false;
}

static bool
drops_schema(const DropStmt *statement, const Required *required)
{
	ListCell   *cell;

	if (statement->behavior != DROP_CASCADE)
		return false;
	foreach(cell, statement->objects)
	{
		if (get_namespace_oid(strVal(lfirst(cell)), true) == required->schema)
			return bingo_schema_ownercheck(required->schema, GetUserId());
	}
	return false;
}

static bool
drops_owned(const DropOwnedStmt *statement, const Required *required)
{
	ListCell   *cell;

	foreach(cell, statement->roles)
	{
		if (get_rolespec_oid(lfirst_node(RoleSpec, cell), true) == required->owner)
			return has_privs_of_role(GetUserId(), required->owner);
	}
	return false;
}

static bool
is_dropped(const Node *parsetree, const Required *required)
{
	if (IsA(parsetree, DropOwnedStmt))
		return drops_owned((const DropOwnedStmt *) parsetree, required);
	if (!IsA(parsetree, DropStmt))
		return false;
	switch (((const DropStmt *) parsetree)->removeType)
	{
		case OBJECT_EXTENSION:
			return drops_extension((const DropStmt *) parsetree, required);
		case OBJECT_SCHEMA:
			return drops_schema((const DropStmt *) parsetree, required);
		default:
			return false;
	}
}

/* --- the dependency --- */

/* How many there are; drop: and are no more. */
static int
count_dependencies(Oid extension, Oid required, bool drop)
{
	Relation	pg_depend = table_open(DependRelationId, drop ? RowExclusiveLock : AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	int			found = 0;

	ScanKeyInit(&keys[0], Anum_pg_depend_classid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(ExtensionRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_objid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(extension));
	scan = systable_beginscan(pg_depend, DependDependerIndexId, true, NULL, 2, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend form = (Form_pg_depend) GETSTRUCT(tuple);

		if (form->refclassid != ExtensionRelationId || form->refobjid != required)
			continue;
		found++;
		if (drop)
			CatalogTupleDelete(pg_depend, &tuple->t_self);
	}
	systable_endscan(scan);
	table_close(pg_depend, NoLock);
	return found;
}

void
bingo_required_let_go(const Node *parsetree)
{
	Oid			extension = get_extension_oid(OURS, true);
	Required	required;

	if (!OidIsValid(extension) || !find_required(&required) || !is_dropped(parsetree, &required))
		return;
	/* As the command will. */
	LockDatabaseObject(ExtensionRelationId, required.oid, 0, AccessExclusiveLock);
	if (count_dependencies(extension, required.oid, true) == 0)
		return;
	CommandCounterIncrement();
	ereport(NOTICE,
			(errmsg("extension " OURS " has no texts of statements while extension " REQUIRED " is missing"),
			 errhint("CREATE EXTENSION " REQUIRED ";")));
}

void
bingo_required_keep(void)
{
	Oid			extension = get_extension_oid(OURS, true);
	Required	required;
	ObjectAddress ours;
	ObjectAddress theirs;

	if (!OidIsValid(extension) || !find_required(&required) ||
		count_dependencies(extension, required.oid, false) > 0)
		return;
	/* Who drops it holds this lock to his end: no dependency of what is gone. */
	LockDatabaseObject(ExtensionRelationId, required.oid, 0, AccessShareLock);
	if (get_extension_oid(REQUIRED, true) != required.oid)
		return;
	ObjectAddressSet(ours, ExtensionRelationId, extension);
	ObjectAddressSet(theirs, ExtensionRelationId, required.oid);
	recordDependencyOn(&ours, &theirs, DEPENDENCY_NORMAL);
	CommandCounterIncrement();
}
