/*
 * ordering_store.c
 *	  The rows and relations that make up a stored ordering.
 *
 * An ordering with id N has, in schema bingo_tune, all owned by the owner of
 * the extension's tables and members of the extension (so that pg_dump leaves
 * them out and only DROP EXTENSION and drop_ordering() remove them):
 *
 *	 window_N	the output columns as c1, c2, ...; window_N_order on the sort
 *				keys, window_N_key on the driving key
 *	 gate_N		never a row; what writers and upkeep lock, see ordering_lock.c
 *	 boundary_N	one row: state, then the sort keys as k1, k2, ...; its rule
 *				"definition" is the query, with names that follow renaming and
 *				the dependencies of a view; the rule itself is disabled
 *
 * All SQL in here is run as that owner with search_path pg_catalog, between
 * bingo_store_enter() and bingo_store_leave(); an error ends the scope with the
 * (sub)transaction.  Identifiers in it are made here or quoted.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/objectaddress.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "compat.h"
#include "ordering_store.h"

Oid
bingo_store_owner(void)
{
	Oid			relid = bingo_catalog_relid();
	HeapTuple	tuple;
	Oid			owner;

	tuple = OidIsValid(relid) ? SearchSysCache1(RELOID, ObjectIdGetDatum(relid)) : NULL;
	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("extension bingo_tune is not installed in this database, or is being dropped"),
				 errhint("CREATE EXTENSION bingo_tune CASCADE;")));
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

/*
 * Another role's tables are read in a restricted operation: a function of theirs
 * that the planner calls can't leave something to do to the end of the caller's
 * transaction.
 */
void
bingo_store_enter(BingoScope *scope, Oid role)
{
	GetUserIdAndSecContext(&scope->user, &scope->sec_context);
	scope->guc_level = NewGUCNestLevel();
	if (OidIsValid(role))
		SetUserIdAndSecContext(role, scope->sec_context |
							   SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	else
		SetUserIdAndSecContext(bingo_store_owner(), scope->sec_context | SECURITY_LOCAL_USERID_CHANGE);
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

void
bingo_store_leave(const BingoScope *scope)
{
	AtEOXact_GUC(false, scope->guc_level);
	SetUserIdAndSecContext(scope->user, scope->sec_context);
}

/*
 * Runs one query under the latest snapshot, so that a REPEATABLE READ
 * transaction finds the rows as they are and can change them.
 */
int
bingo_store_execute(const char *sql, int nargs, Oid *types, Datum *values)
{
	SPIPlanPtr	plan = SPI_prepare(sql, nargs, types);
	Snapshot	snapshot;
	int			result;

	if (plan == NULL)
		elog(ERROR, "could not prepare: %s", sql);
	CommandCounterIncrement();
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	result = SPI_execute_snapshot(plan, values, NULL, snapshot, InvalidSnapshot, false, false, 0);
	UnregisterSnapshot(snapshot);
	if (result < 0)
		elog(ERROR, "%s for: %s", SPI_result_code_string(result), sql);
	return result;
}

void
bingo_store_run(const char *sql)
{
	int			result = SPI_execute(sql, false, 0);

	if (result < 0)
		elog(ERROR, "%s for: %s", SPI_result_code_string(result), sql);
}

int32
bingo_store_next_id(void)
{
	bool		isnull;

	if (SPI_execute("SELECT nextval('bingo_tune.ordering_id')::pg_catalog.int4", false, 1) != SPI_OK_SELECT ||
		SPI_processed != 1)
		elog(ERROR, "could not draw the id of an ordering");
	return DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

static void
append_column(StringInfo sql, const char *prefix, int number, const BingoColumn *column)
{
	appendStringInfo(sql, "%s%d %s", prefix, number,
					 format_type_extended(column->type, column->typmod,
										  FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY));
	if (OidIsValid(column->collation))
	{
		HeapTuple	tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(column->collation));
		Form_pg_collation form;

		if (!HeapTupleIsValid(tuple))
			elog(ERROR, "cache lookup failed for collation %u", column->collation);
		form = (Form_pg_collation) GETSTRUCT(tuple);
		appendStringInfo(sql, " COLLATE %s",
						 quote_qualified_identifier(get_namespace_name(form->collnamespace),
													NameStr(form->collname)));
		ReleaseSysCache(tuple);
	}
}

/*
 * Nobody but the owner has a right to it, whatever default privileges say.  Row
 * security without a policy keeps those out who may read everything
 * (pg_read_all_data): they may not see rows that a policy of a table hides.
 */
static void
close_relation(const char *name, Oid relid)
{
	bool		isnull;

	if (SPI_execute(psprintf("SELECT a.grantee FROM pg_class AS c, aclexplode(c.relacl) AS a"
							 " WHERE c.oid = %u AND a.grantee <> c.relowner GROUP BY 1", relid),
					false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the rights to %s", name);
	else
	{
		SPITupleTable *grantees = SPI_tuptable;

		for (uint64 i = 0; i < grantees->numvals; i++)
		{
			Oid			role = DatumGetObjectId(SPI_getbinval(grantees->vals[i], grantees->tupdesc, 1, &isnull));

			bingo_store_run(psprintf("REVOKE ALL ON TABLE bingo_tune.%s FROM %s CASCADE", name,
									 OidIsValid(role) ? quote_identifier(GetUserNameFromId(role, false)) : "PUBLIC"));
		}
	}
	bingo_store_run(psprintf("ALTER TABLE bingo_tune.%s ENABLE ROW LEVEL SECURITY", name));
}

static void
make_member(Oid relid)
{
	ObjectAddress table;
	ObjectAddress extension;

	/* In the extension's script it is one already. */
	if (OidIsValid(getExtensionOfObject(RelationRelationId, relid)))
		return;
	ObjectAddressSet(table, RelationRelationId, relid);
	ObjectAddressSet(extension, ExtensionRelationId, get_extension_oid("bingo_tune", false));
	recordDependencyOn(&table, &extension, DEPENDENCY_EXTENSION);
}

static Oid
create_table(const char *name, const char *columns, const char *options)
{
	Oid			relid;

	bingo_store_run(psprintf("CREATE TABLE bingo_tune.%s (%s) USING heap%s", name, columns, options));
	relid = get_relname_relid(name, get_namespace_oid("bingo_tune", false));
	close_relation(name, relid);
	make_member(relid);
	return relid;
}

/* Fills the OIDs of the ordering; the indexes of the window are made later. */
void
bingo_store_create_relations(BingoOrdering *ordering, const char *query)
{
	const BingoDefinition *definition = ordering->definition;
	StringInfoData columns;

	initStringInfo(&columns);
	for (int i = 0; i < definition->noutput; i++)
	{
		appendStringInfoString(&columns, i > 0 ? ", " : "");
		append_column(&columns, "c", i + 1, &definition->output[i]);
	}
	ordering->window = create_table(psprintf("window_%d", ordering->id), columns.data, "");

	/* Vacuuming an empty table would only stand in the way of its lockers. */
	ordering->gate = create_table(psprintf("gate_%d", ordering->id), "",
								  " WITH (autovacuum_enabled = off)");

	resetStringInfo(&columns);
	appendStringInfoString(&columns, "state pg_catalog.\"char\" NOT NULL");
	for (int i = 0; i < definition->nsort; i++)
	{
		appendStringInfoString(&columns, ", ");
		append_column(&columns, "k", i + 1, &definition->sort[i].column);
	}
	ordering->boundary = create_table(psprintf("boundary_%d", ordering->id), columns.data, "");
	bingo_store_run(psprintf("INSERT INTO bingo_tune.boundary_%d (state) VALUES ('n')", ordering->id));
	bingo_store_run(psprintf("CREATE RULE definition AS ON UPDATE TO bingo_tune.boundary_%d DO INSTEAD %s",
							 ordering->id, query));
	/* It would show the tables to whoever may update the boundary, with its owner's rights. */
	bingo_store_run(psprintf("ALTER TABLE bingo_tune.boundary_%d DISABLE RULE definition", ordering->id));
}

static void
create_index(const BingoOrdering *ordering, const char *suffix, const char *keys)
{
	bingo_store_run(psprintf("CREATE INDEX window_%d_%s ON bingo_tune.window_%d USING btree (%s)",
							 ordering->id, suffix, ordering->id, keys));
}

char *
bingo_store_format_order(const BingoDefinition *definition, bool backward)
{
	StringInfoData keys;

	initStringInfo(&keys);
	for (int i = 0; i < definition->nsort; i++)
		appendStringInfo(&keys, "%sc%d %s NULLS %s", i > 0 ? ", " : "",
						 definition->sort[i].output + 1,
						 definition->sort[i].descending != backward ? "DESC" : "ASC",
						 definition->sort[i].nulls_first != backward ? "FIRST" : "LAST");
	return keys.data;
}

char *
bingo_store_format_key(const BingoDefinition *definition)
{
	StringInfoData keys;

	initStringInfo(&keys);
	for (int i = 0; i < definition->ndriving; i++)
		appendStringInfo(&keys, "%sc%d", i > 0 ? ", " : "", definition->driving_output[i] + 1);
	return keys.data;
}

void
bingo_store_create_indexes(BingoOrdering *ordering)
{
	Oid			schema = get_namespace_oid("bingo_tune", false);

	create_index(ordering, "order", bingo_store_format_order(ordering->definition, false));
	create_index(ordering, "key", bingo_store_format_key(ordering->definition));
	ordering->window_order = get_relname_relid(psprintf("window_%d_order", ordering->id), schema);
	ordering->window_key = get_relname_relid(psprintf("window_%d_key", ordering->id), schema);
}

/* Every backend loads its orderings again when this transaction has committed. */
static void
announce(void)
{
	CommandCounterIncrement();
	CacheInvalidateRelcacheByRelid(bingo_catalog_relid());
}

static void
run_with_fill(const char *sql, const BingoOrdering *ordering, const BingoFill *fill, double build_ms)
{
	Oid			types[] = {INT4OID, TEXTOID, OIDOID, INT8OID, OIDARRAYOID, OIDARRAYOID, TEXTOID, FLOAT8OID};
	Datum		values[] = {
		Int32GetDatum(ordering->id),
		CStringGetTextDatum(ordering->name),
		ObjectIdGetDatum(ordering->owner),
		Int64GetDatum(ordering->window_rows),
		PointerGetDatum(fill->tables),
		PointerGetDatum(fill->storage),
		CStringGetTextDatum(fill->collations),
		Float8GetDatum(build_ms),
	};

	(void) bingo_store_execute(sql, lengthof(types), types, values);
	if (SPI_processed != 1)
		elog(ERROR, "could not store ordering %d", ordering->id);
	announce();
}

void
bingo_store_insert(const BingoOrdering *ordering, const BingoFill *fill, double build_ms)
{
	run_with_fill("INSERT INTO bingo_tune.ordering"
				  " (id, name, owner, window_rows, tables, storage, collations, built_at, build_ms)"
				  " VALUES ($1, $2, $3, $4, $5, $6, $7, now(), $8)",
				  ordering, fill, build_ms);
}

/* A refill has begun. */
void
bingo_store_update(const BingoOrdering *ordering, const BingoFill *fill)
{
	run_with_fill("UPDATE bingo_tune.ordering SET"
				  " name = $2, owner = $3, window_rows = $4,"
				  " tables = $5, storage = $6, collations = $7"
				  " WHERE id = $1 AND $8 IS NOT NULL",
				  ordering, fill, 0);
}

/* The fill is complete. */
void
bingo_store_finish(int32 id, double build_ms)
{
	Oid			types[] = {INT4OID, FLOAT8OID};
	Datum		values[] = {Int32GetDatum(id), Float8GetDatum(build_ms)};

	(void) bingo_store_execute("UPDATE bingo_tune.ordering SET built_at = pg_catalog.now(), build_ms = $2 WHERE id = $1",
							   lengthof(types), types, values);
}

List *
bingo_store_list_tables(int32 id)
{
	List	   *tables = NIL;
	bool		isnull;

	(void) bingo_store_execute(psprintf("SELECT DISTINCT u FROM bingo_tune.ordering, pg_catalog.unnest(tables) u"
										" WHERE id = %d ORDER BY u", id), 0, NULL, NULL);
	for (uint64 i = 0; i < SPI_processed; i++)
		tables = lappend_oid(tables, DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[i],
																	SPI_tuptable->tupdesc, 1, &isnull)));
	return tables;
}

/*
 * The relations go although they, and from 17 on their row types, are members of
 * the extension, which stays.
 */
void
bingo_store_drop_relations(const BingoOrdering *ordering)
{
	ObjectAddresses *doomed = new_object_addresses();
	Oid			relids[] = {ordering->window, ordering->gate, ordering->boundary};

	for (int i = 0; i < lengthof(relids); i++)
	{
		ObjectAddress relation;

		if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relids[i])))
			continue;
		ObjectAddressSet(relation, RelationRelationId, relids[i]);
		add_exact_object_address(&relation, doomed);
	}
	performMultipleDeletions(doomed, DROP_CASCADE,
							 PERFORM_DELETION_INTERNAL | PERFORM_DELETION_SKIP_EXTENSIONS);
	free_object_addresses(doomed);
}

void
bingo_store_delete(int32 id)
{
	Oid			types[] = {INT4OID};
	Datum		values[] = {Int32GetDatum(id)};

	(void) bingo_store_execute("DELETE FROM bingo_tune.ordering_invalidation WHERE ordering_id = $1",
							   1, types, values);
	(void) bingo_store_execute("DELETE FROM bingo_tune.ordering WHERE id = $1", 1, types, values);
	announce();
}
