/*
 * attach/made.c
 *	  What was made here, whoever asked for it: how it is known, listed and built.
 *
 * An index is ours if it depends on the extension (ALTER INDEX ... DEPENDS ON EXTENSION).
 * That one fact makes DROP EXTENSION drop it, tells revert() what to drop, and travels with
 * pg_dump.  Its comment says what it serves.  An ordering or counter that was made for advice has such a comment
 * at its definition; those that apply() makes are known by their names.
 *
 * SQL functions that come here have search_path pg_catalog, and are connected to SPI.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_statistic_ext.h"
#include "commands/comment.h"
#include "commands/defrem.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

#include "attach/attach.h"
#include "base/extension.h"
#include "base/relations.h"
#include "base/server.h"

/* Begins every comment of ours; what follows is what it serves. */
#define COMMENT_PREFIX "bingo_tune: serves "
#define ADVICE_PREFIX COMMENT_PREFIX "advised statements: "

void
bingo_attach_run(const char *sql)
{
	int			result = SPI_execute(sql, false, 0);

	if (result != SPI_OK_UTILITY)
		elog(ERROR, "unexpected result %s of: %s", SPI_result_code_string(result), sql);
}

/* --- marks --- */

char *
bingo_attach_comment(const char *purpose)
{
	return psprintf(COMMENT_PREFIX "%s", purpose);
}

char *
bingo_attach_comment_command(const char *purpose, Oid schema, const char *name)
{
	return psprintf("COMMENT ON INDEX %s IS %s",
					quote_qualified_identifier(bingo_relations_schema(schema), name),
					quote_literal_cstr(bingo_attach_comment(purpose)));
}

char *
bingo_attach_claim_command(Oid schema, const char *name)
{
	return psprintf("ALTER INDEX %s DEPENDS ON EXTENSION bingo_tune",
					quote_qualified_identifier(bingo_relations_schema(schema), name));
}

void
bingo_attach_mark_index(const char *purpose, Oid schema, const char *name)
{
	bingo_attach_run(bingo_attach_comment_command(purpose, schema, name));
	bingo_attach_run(bingo_attach_claim_command(schema, name));
}

bool
bingo_attach_is_ours(Oid index)
{
	Oid			extension = get_extension_oid("bingo_tune", true);

	return OidIsValid(extension) &&
		list_member_oid(getAutoExtensionsOfObject(RelationRelationId, index), extension);
}

/* What was made for advice serves what its comment says; NULL: it was not. */
static char *
advised_purpose(Oid object, Oid catalog)
{
	char	   *comment = GetComment(object, catalog, 0);

	if (comment == NULL || strncmp(comment, ADVICE_PREFIX, strlen(ADVICE_PREFIX)) != 0)
		return NULL;
	return comment + strlen(COMMENT_PREFIX);
}

char *
bingo_attach_advised_purpose(Oid index)
{
	return bingo_attach_is_ours(index) ? advised_purpose(index, RelationRelationId) : NULL;
}

static bool
is_callers(const BingoServer *definition)
{
	return has_privs_of_role(GetUserId(), definition->owner) && advised_purpose(definition->oid, ForeignServerRelationId) != NULL;
}

/* Was another one that was made under the same name?  A partition that came later got its own without anybody's advice. */
static bool
is_of_advised(const char *whole)
{
	ListCell   *cell;

	foreach(cell, whole ? bingo_server_list(BINGO_TYPE_ORDERING, NULL) : NIL)
	{
		const char *other = bingo_server_option(lfirst(cell), BINGO_OPTION_WHOLE);

		if (other != NULL && strcmp(other, whole) == 0 && is_callers(lfirst(cell)))
			return true;
	}
	return false;
}

/* And is the caller's: who else marks his own so is in nobody's way. */
bool
bingo_attach_is_advised_ordering(const char *name)
{
	const BingoServer *definition = bingo_server_find(BINGO_TYPE_ORDERING, name, NULL);

	return definition != NULL && has_privs_of_role(GetUserId(), definition->owner) &&
		(is_callers(definition) || is_of_advised(bingo_server_option(definition, BINGO_OPTION_WHOLE)));
}

/* --- all --- */

/* Every index that is ours, in the order of creation. */
List *
bingo_attach_list_indexes(void)
{
	List	   *relations = bingo_extension_objects("bingo_tune", RelationRelationId,
													DEPENDENCY_AUTO_EXTENSION);
	List	   *indexes = NIL;
	ListCell   *cell;

	foreach(cell, relations)
	{
		char		kind = get_rel_relkind(lfirst_oid(cell));

		if (kind == RELKIND_INDEX || kind == RELKIND_PARTITIONED_INDEX)
			indexes = lappend_oid(indexes, lfirst_oid(cell));
	}
	list_sort(indexes, list_oid_cmp);
	return indexes;
}

/* --- for advice --- */

/* Of what stands behind ON and the table's name in CREATE INDEX; returns its OID. */
Oid
bingo_attach_build_advised(Oid table, bool unique, const char *columns, const char *reason)
{
	Oid			schema = get_rel_namespace(table);
	char	   *name = ChooseRelationName(bingo_relations_label(table), NULL, "bingo", schema, false);

	bingo_attach_run(psprintf("CREATE %sINDEX %s ON %s%s", unique ? "UNIQUE " : "", quote_identifier(name), bingo_relations_name(table), columns));
	bingo_attach_mark_index(psprintf("advised statements: %s", reason), schema, name);
	return get_relname_relid(name, schema);
}

/*
 * Of an expression, by that command; its name is quoted with its schema.  DROP EXTENSION drops them, too; but no
 * command records that, and a dump has none: the mark is the comment.  False: somebody has made them since the name was chosen.
 */
bool
bingo_attach_create_statistics(const char *name, const char *command, const char *reason)
{
	ObjectAddress statistics;
	ObjectAddress extension;
	List	   *names = textToQualifiedNameList(cstring_to_text(name));

	if (OidIsValid(get_statistics_object_oid(names, true)))
		return false;
	bingo_attach_run(command);
	ObjectAddressSet(statistics, StatisticExtRelationId, get_statistics_object_oid(names, false));
	ObjectAddressSet(extension, ExtensionRelationId, get_extension_oid("bingo_tune", false));
	recordDependencyOn(&statistics, &extension, DEPENDENCY_AUTO_EXTENSION);
	bingo_attach_run(psprintf("COMMENT ON STATISTICS %s IS %s", name, quote_literal_cstr(psprintf(ADVICE_PREFIX "%s", reason))));
	return true;
}

/* OIDs of the caller's that were made so. */
List *
bingo_attach_list_statistics(void)
{
	Relation	catalog = table_open(StatisticExtRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, NULL, 0, NULL);
	List	   *oids = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_statistic_ext statistics = (Form_pg_statistic_ext) GETSTRUCT(tuple);

		if (has_privs_of_role(GetUserId(), statistics->stxowner) && advised_purpose(statistics->oid, StatisticExtRelationId) != NULL)
			oids = lappend_oid(oids, statistics->oid);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return oids;
}

static List *
list_definitions(void)
{
	List	   *oids = NIL;
	ListCell   *cell;

	foreach(cell, bingo_server_list(BINGO_TYPE_ORDERING, NULL))
		oids = lappend_oid(oids, ((const BingoServer *) lfirst(cell))->oid);
	return oids;
}

/* That of an ordering, or counter; of a partition's what it is a partition of. */
static Oid
find_table(bool counts, const char *name)
{
	char	   *literal = quote_literal_cstr(name);
	bool		isnull = true;
	Oid			table = InvalidOid;

	if (SPI_execute(counts ? psprintf("SELECT table_name FROM bingo_tune.counters WHERE name = %s", literal) :
					psprintf("SELECT tables[1] FROM bingo_tune.orderings WHERE name = %s", literal), false, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not look for \"%s\"", name);
	if (SPI_processed == 1)
		table = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	if (isnull)
		return InvalidOid;
	return get_rel_relispartition(table) ? llast_oid(get_partition_ancestors(table)) : table;
}

/*
 * Of an ordering, or counter, and the command that makes it, or those of partitions; returns its driving table.  InvalidOid:
 * nothing was left to be made.
 */
Oid
bingo_attach_create_advised(bool counts, const char *name, const char *command)
{
	List	   *before = list_definitions();
	const char *made = NULL;
	ListCell   *cell;

	if (SPI_execute(command, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not create %s %s", counts ? "counter" : "ordering", name);
	foreach(cell, bingo_server_list(BINGO_TYPE_ORDERING, NULL))
	{
		const BingoServer *definition = lfirst(cell);

		if (list_member_oid(before, definition->oid))
			continue;
		CreateComments(definition->oid, ForeignServerRelationId, 0, counts ? ADVICE_PREFIX "a counter" : ADVICE_PREFIX "an ordering");
		made = bingo_server_option(definition, "name");
	}
	CommandCounterIncrement();
	return made ? find_table(counts, made) : InvalidOid;
}
