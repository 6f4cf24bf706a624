/*
 * base/relations.c
 *	  What the catalogs say of a relation: name, kind, owner; and other names.
 *
 * For every part that speaks of relations, in messages or in SQL.  Read from the
 * system caches, without a lock on the relation: it may be dropped, or renamed, at
 * any moment, so a caller who builds SQL holds a lock on it, and one who only
 * speaks of it gets along with what was true just now.  Results are in the current
 * memory context.
 *
 * The server's own functions for names return NULL for what is gone, which happens
 * between any two looks: nothing else calls them ("make lint" sees to it).
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/pg_attribute.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_operator.h"
#include "commands/dbcommands.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/lock_now.h"
#include "base/relations.h"

char *
bingo_relations_name(Oid relid)
{
	char	   *name = get_rel_name(relid);
	char	   *schema = name ? get_namespace_name(get_rel_namespace(relid)) : NULL;

	if (name == NULL || schema == NULL)
		return psprintf("(dropped, OID %u)", relid);
	return quote_qualified_identifier(schema, name);
}

char *
bingo_relations_find_label(Oid relid)
{
	return get_rel_name(relid);
}

char *
bingo_relations_find_column(Oid relid, int attno)
{
	HeapTuple	tuple = SearchSysCacheAttNum(relid, attno);
	char	   *name;

	if (!HeapTupleIsValid(tuple))
		return NULL;
	name = pstrdup(NameStr(((Form_pg_attribute) GETSTRUCT(tuple))->attname));
	ReleaseSysCache(tuple);
	return name;
}

bool
bingo_relations_find_type(Oid relid, int attno, Oid *type, int32 *typmod, Oid *collation)
{
	HeapTuple	tuple = SearchSysCacheAttNum(relid, attno);
	Form_pg_attribute attribute;

	if (!HeapTupleIsValid(tuple))
		return false;
	attribute = (Form_pg_attribute) GETSTRUCT(tuple);
	*type = attribute->atttypid;
	*typmod = attribute->atttypmod;
	*collation = attribute->attcollation;
	ReleaseSysCache(tuple);
	return true;
}

char *
bingo_relations_find_schema(Oid schema)
{
	return get_namespace_name(schema);
}

char *
bingo_relations_find_role(Oid role)
{
	return GetUserNameFromId(role, true);
}

static char *
or_dropped(char *name)
{
	return name ? name : pstrdup("(dropped)");
}

char *
bingo_relations_label(Oid relid)
{
	return or_dropped(get_rel_name(relid));
}

char *
bingo_relations_column(Oid relid, int attno)
{
	return or_dropped(bingo_relations_find_column(relid, attno));
}

char *
bingo_relations_schema(Oid schema)
{
	return or_dropped(get_namespace_name(schema));
}

char *
bingo_relations_operator(Oid operator)
{
	return or_dropped(get_opname(operator));
}

char *
bingo_relations_write_operator(Oid operator, bool qualified)
{
	HeapTuple	tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(operator));
	Form_pg_operator form;
	char	   *schema;
	char	   *text = NULL;

	if (!HeapTupleIsValid(tuple))
		return NULL;
	form = (Form_pg_operator) GETSTRUCT(tuple);
	schema = get_namespace_name(form->oprnamespace);
	if (schema && !qualified && strcmp(schema, "pg_catalog") == 0)
		text = pstrdup(NameStr(form->oprname));
	else if (schema)
		text = psprintf("OPERATOR(%s.%s)", quote_identifier(schema), NameStr(form->oprname));
	ReleaseSysCache(tuple);
	return text;
}

/* As format_type_be() says it. */
char *
bingo_relations_type(Oid type)
{
	return or_dropped(format_type_extended(type, -1, FORMAT_TYPE_INVALID_AS_NULL));
}

char *
bingo_relations_role(Oid role)
{
	return or_dropped(GetUserNameFromId(role, true));
}

char *
bingo_relations_constraint(Oid constraint)
{
	return or_dropped(get_constraint_name(constraint));
}

char *
bingo_relations_database(void)
{
	return or_dropped(get_database_name(MyDatabaseId));
}

List *
bingo_relations_schemas(const char *name)
{
	List	   *schemas = NIL;
	Relation	pg_class = table_open(RelationRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_class_relname, BTEqualStrategyNumber, F_NAMEEQ, CStringGetDatum(name));
	scan = systable_beginscan(pg_class, ClassNameNspIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		schemas = lappend_oid(schemas, ((Form_pg_class) GETSTRUCT(tuple))->relnamespace);
	systable_endscan(scan);
	table_close(pg_class, AccessShareLock);
	return schemas;
}

const char *
bingo_relations_describe_kind(char relkind)
{
	switch (relkind)
	{
		case RELKIND_RELATION:
			return NULL;
		case RELKIND_VIEW:
			return "a view";
		case RELKIND_MATVIEW:
			return "a materialized view";
		case RELKIND_FOREIGN_TABLE:
			return "a foreign table";
		case RELKIND_PARTITIONED_TABLE:
			return "a partitioned table";
		default:
			return "not a table";
	}
}

Oid
bingo_relations_owner(Oid relid)
{
	Oid			owner = bingo_relations_find_owner(relid);

	if (!OidIsValid(owner))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table with OID %u does not exist any more", relid),
				 errhint("It was dropped meanwhile: try again.")));
	return owner;
}

Oid
bingo_relations_find_owner(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

Relation
bingo_relations_open_now(Oid relid)
{
	Relation	relation;

	if (!OidIsValid(relid) || !bingo_lock_relation_now(relid, AccessShareLock))
		return NULL;
	relation = try_relation_open(relid, NoLock);
	if (relation == NULL)
		UnlockRelationOid(relid, AccessShareLock);
	return relation;
}

bool
bingo_relations_index_is_free(Oid index)
{
	if (!bingo_lock_relation_now(index, AccessShareLock))
		return false;
	UnlockRelationOid(index, AccessShareLock);
	return true;
}
