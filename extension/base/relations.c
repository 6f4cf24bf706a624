/*
 * base/relations.c
 *	  What the catalogs say of a relation: name, kind, owner.
 *
 * For every part that speaks of relations, in messages or in SQL.  Read from the
 * system caches, without a lock on the relation: it may be dropped, or renamed, at
 * any moment, so a caller who builds SQL holds a lock on it, and one who only
 * speaks of it gets along with what was true just now.  Results are in the current
 * memory context.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

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
bingo_relations_label(Oid relid)
{
	char	   *name = get_rel_name(relid);

	return name ? name : pstrdup("(dropped)");
}

char *
bingo_relations_column(Oid relid, int attno)
{
	char	   *name = get_attname(relid, attno, true);

	return name ? name : pstrdup("(dropped)");
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
