/*
 * upkeep/role.c
 *	  The role that an ordering's tables are read as, and whether it may.
 *
 * That is their owner, or, if they have several, the ordering's, whoever calls and
 * whatever else he may: the planner runs functions of the tables' owners.  An owner may
 * have taken the right to read from himself, or the table of another one may have been
 * read by virtue of a right that is gone.  PostgreSQL's own error would speak of a
 * permission that the caller, a superuser perhaps, has; so it is asked here first.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "base/relations.h"
#include "upkeep/role.h"

static bool
may_read(const BingoTable *table, Oid role)
{
	bool		gone = false;
	int			column = -1;

	if (pg_class_aclcheck_ext(table->relid, role, ACL_SELECT, &gone) == ACLCHECK_OK || gone)
		return true;
	while ((column = bms_next_member(table->used, column)) >= 0)
	{
		if (pg_attribute_aclcheck_ext(table->relid, column, role, ACL_SELECT, &gone) != ACLCHECK_OK && !gone)
			return false;
	}
	return true;
}

static void
require_readable(const BingoOrdering *ordering, const BingoTable *table, Oid role)
{
	Oid			schema = get_rel_namespace(table->relid);
	char	   *role_name = bingo_relations_role(role);

	if (!OidIsValid(schema))
		return;					/* gone: whoever opens it says so */
	if (bingo_schema_aclcheck(schema, role, ACL_USAGE) != ACLCHECK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("role \"%s\", as whom ordering \"%s\" reads its tables, has no right to schema \"%s\"",
						role_name, ordering->name, bingo_relations_schema(schema)),
				 errhint("GRANT USAGE ON SCHEMA %s TO %s;",
						 quote_identifier(bingo_relations_schema(schema)), quote_identifier(role_name))));
	if (!may_read(table, role))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("role \"%s\", as whom ordering \"%s\" reads its tables, may not select from %s",
						role_name, ordering->name, bingo_relations_name(table->relid)),
				 errhint("GRANT SELECT ON %s TO %s;",
						 bingo_relations_name(table->relid), quote_identifier(role_name))));
}

Oid
bingo_role_reading(const BingoOrdering *ordering)
{
	const BingoDefinition *definition = ordering->definition;
	Oid			role = bingo_relations_owner(definition->tables[0].relid);

	for (int i = 1; i < definition->ntables; i++)
		if (bingo_relations_owner(definition->tables[i].relid) != role)
		{
			role = ordering->owner;
			if (superuser_arg(role))
				ereport(ERROR,
						(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						 errmsg("the tables of ordering \"%s\" have different owners and would be read as a superuser",
								ordering->name),
						 errhint("Give the tables one owner, or create the ordering as a role that is a member of their owners and no superuser.")));
			break;
		}
	for (int i = 0; i < definition->ntables; i++)
		require_readable(ordering, &definition->tables[i], role);
	return role;
}
