/*
 * store/store.c
 *	  The state and the relations of a stored ordering.
 *
 * An ordering with id N has, in schema bingo_tune, all owned by the owner of the
 * extension's wrapper for states and members of the extension (so that pg_dump leaves
 * them out and only DROP EXTENSION and drop_ordering() remove them):
 *
 *	 window_N	the output columns as c1, c2, ...; window_N_order on the sort
 *				keys, window_N_key on the driving key.  Of a counter the keys as
 *				c1, c2, ..., and n; window_N_order on the keys, or on n if it has none
 *	 boundary_N	one row: state, then the sort keys as k1, k2, ...
 *
 * Both are materialized views, which to the storage are tables: WAL-logged, vacuumed,
 * there on standbys.  But no publication has them, no SQL writes or locks them, and as they
 * never count as populated no SQL reads them either, whatever rights it has: rows of
 * tables that are under policies stay hidden.  Only C functions of ours
 * use them.  Their query calls a function that returns no row, should somebody say REFRESH:
 * that gives them other storage, which upkeep notices (store/fingerprint.c).
 *
 * A column of a domain is kept as what the domain is made of (definition/types.h): whoever
 * gives the domain a constraint has it checked in every column of the domain that there is, and a
 * boundary may have NULL where no row of a table has.
 *
 * They depend on nothing of the application's, so that nothing of the application's can
 * be kept from being dropped: only a column on its type and collation, and an index on
 * collations and operator classes, which are made automatic dependencies: DROP TYPE takes
 * the window's column along, and the ordering is invalid.
 *
 * The state is a foreign server (store/state.h), a member too.
 *
 * All SQL in here is run as that owner with search_path pg_catalog, between
 * bingo_store_enter() and bingo_store_leave(); an error ends the scope with the
 * (sub)transaction.  Identifiers in it are made here or quoted.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/genam.h"
#include "access/table.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/lock_now.h"
#include "base/server.h"
#include "definition/layout.h"
#include "definition/types.h"
#include "store/definition.h"
#include "store/state.h"
#include "store/store.h"
#include "base/relations.h"

Oid
bingo_store_owner(void)
{
	Oid			wrapper = bingo_server_wrapper(BINGO_TYPE_WINDOW);
	HeapTuple	tuple;
	Oid			owner;

	tuple = OidIsValid(wrapper) ? SearchSysCache1(FOREIGNDATAWRAPPEROID, ObjectIdGetDatum(wrapper)) : NULL;
	if (!HeapTupleIsValid(tuple))
	{
		bool		installed = OidIsValid(get_extension_oid("bingo_tune", true));

		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg(installed ? "extension bingo_tune has version 1.0 in this database, its library a later one" :
						"extension bingo_tune is not installed in this database, or is being dropped"),
				 errhint(installed ? "ALTER EXTENSION bingo_tune UPDATE;" : "CREATE EXTENSION bingo_tune CASCADE;")));
	}
	owner = ((Form_pg_foreign_data_wrapper) GETSTRUCT(tuple))->fdwowner;
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
	/* constants in a definition's text mean the same in each session, as pg_dump sees to it */
	static const char *const settings[][2] = {
		{"search_path", "pg_catalog, pg_temp"}, {"DateStyle", "ISO, YMD"}, {"IntervalStyle", "postgres"},
		{"extra_float_digits", "3"}, {"standard_conforming_strings", "on"}, {"array_nulls", "on"}, {"transform_null_equals", "off"}
	};

	GetUserIdAndSecContext(&scope->user, &scope->sec_context);
	scope->guc_level = NewGUCNestLevel();
	if (OidIsValid(role))
		SetUserIdAndSecContext(role, scope->sec_context |
							   SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	else
		SetUserIdAndSecContext(bingo_store_owner(), scope->sec_context | SECURITY_LOCAL_USERID_CHANGE);
	for (int i = 0; i < lengthof(settings); i++)
		(void) set_config_option(settings[i][0], settings[i][1], PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
}

void
bingo_store_leave(const BingoScope *scope)
{
	AtEOXact_GUC(false, scope->guc_level);
	SetUserIdAndSecContext(scope->user, scope->sec_context);
}

static bool making = false;

bool
bingo_store_is_making(void)
{
	return making;
}

static void
run(const char *sql)
{
	int			result;

	making = true;
	PG_TRY();
	{
		result = SPI_execute(sql, false, 0);
	}
	PG_FINALLY();
	{
		making = false;
	}
	PG_END_TRY();
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

/* --- relations --- */

static void
append_column(StringInfo sql, const char *prefix, int number, const BingoColumn *column)
{
	int32		typmod = column->typmod;
	Oid			type = bingo_types_kept(column->type, &typmod);

	if (!OidIsValid(type))
		elog(ERROR, "cache lookup failed for type %u", column->type);
	appendStringInfo(sql, "%s%d %s", prefix, number,
					 format_type_extended(type, typmod, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY));
	if (OidIsValid(column->collation))
	{
		HeapTuple	tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(column->collation));
		Form_pg_collation form;
		char	   *schema;

		if (!HeapTupleIsValid(tuple))
			elog(ERROR, "cache lookup failed for collation %u", column->collation);
		form = (Form_pg_collation) GETSTRUCT(tuple);
		schema = bingo_relations_find_schema(form->collnamespace);
		if (schema == NULL)
			elog(ERROR, "cache lookup failed for schema %u", form->collnamespace);
		appendStringInfo(sql, " COLLATE %s", quote_qualified_identifier(schema, NameStr(form->collname)));
		ReleaseSysCache(tuple);
	}
}

/*
 * Nobody but the owner has a right to it, whatever default privileges say, or somebody who
 * grants rights to all tables of a schema: pg_dump writes rights to a member of an
 * extension, and this one is not there where the dump is restored.
 */
static void
close_relation(Oid relid)
{
	bool		isnull;
	SPITupleTable *grantees;

	if (SPI_execute(psprintf("SELECT a.grantee, c.relname FROM pg_class AS c, aclexplode(c.relacl) AS a"
							 " WHERE c.oid = %u AND a.grantee <> c.relowner"
							 " UNION SELECT a.grantee, c.relname FROM pg_class AS c"
							 " JOIN pg_attribute AS t ON t.attrelid = c.oid, aclexplode(t.attacl) AS a"
							 " WHERE c.oid = %u AND a.grantee <> c.relowner", relid, relid),
					false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the rights to relation %u", relid);
	grantees = SPI_tuptable;
	for (uint64 i = 0; i < grantees->numvals; i++)
	{
		Oid			role = DatumGetObjectId(SPI_getbinval(grantees->vals[i], grantees->tupdesc, 1, &isnull));
		char	   *role_name = OidIsValid(role) ? bingo_relations_find_role(role) : NULL;

		if (OidIsValid(role) && role_name == NULL)
			continue;			/* dropped just now */
		run(psprintf("REVOKE ALL ON TABLE bingo_tune.%s FROM %s CASCADE",
					 quote_identifier(SPI_getvalue(grantees->vals[i], grantees->tupdesc, 2)),
					 role_name ? quote_identifier(role_name) : "PUBLIC"));
	}
}

void
bingo_store_close_relations(const BingoOrdering *ordering)
{
	SPI_connect();
	close_relation(ordering->window);
	close_relation(ordering->boundary);
	SPI_finish();
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

/* The rule of the view's query. */
static Oid
find_rule(Oid relid)
{
	return GetSysCacheOid2(RULERELNAME, Anum_pg_rewrite_oid, ObjectIdGetDatum(relid),
						   CStringGetDatum("_RETURN"));
}

/* What a column, an index or a rule may use of the application's. */
static bool
may_be_foreign(Oid class)
{
	return class == TypeRelationId || class == CollationRelationId || class == OperatorClassRelationId;
}

/*
 * What an object depends on that may be dropped: forgotten, or made automatic, so that
 * the column or the index goes along.  A column's row must stay, in some form, else DROP
 * EXTENSION fails.
 */
static void
loosen_dependencies(Oid class, Oid object, bool forget)
{
	Relation	pg_depend = table_open(DependRelationId, RowExclusiveLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&keys[0], Anum_pg_depend_classid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(class));
	ScanKeyInit(&keys[1], Anum_pg_depend_objid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(object));
	scan = systable_beginscan(pg_depend, DependDependerIndexId, true, NULL, 2, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend form = (Form_pg_depend) GETSTRUCT(tuple);

		if (!may_be_foreign(form->refclassid) || form->deptype != DEPENDENCY_NORMAL)
			continue;
		if (forget)
		{
			CatalogTupleDelete(pg_depend, &tuple->t_self);
			continue;
		}
		tuple = heap_copytuple(tuple);
		((Form_pg_depend) GETSTRUCT(tuple))->deptype = DEPENDENCY_AUTO;
		CatalogTupleUpdate(pg_depend, &tuple->t_self, tuple);
	}
	systable_endscan(scan);
	table_close(pg_depend, RowExclusiveLock);
}

/*
 * ANALYZE shall collect nothing: statistics show values of rows, to members of
 * pg_read_all_data even those under policies, and no plan of SQL reads the view.
 */
static void
keep_from_statistics(const char *name, Oid relid)
{
	Relation	relation = table_open(relid, NoLock);	/* just made */
	TupleDesc	desc = RelationGetDescr(relation);
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "ALTER MATERIALIZED VIEW bingo_tune.%s", name);
	for (int i = 0; i < desc->natts; i++)
		appendStringInfo(&sql, "%s ALTER COLUMN %s SET STATISTICS 0", i > 0 ? "," : "",
						 quote_identifier(NameStr(TupleDescAttr(desc, i)->attname)));
	table_close(relation, NoLock);
	run(sql.data);
}

/* What this transaction has made: only an event trigger of somebody's can have dropped it. */
static Oid
find_made(const char *name)
{
	Oid			relid = get_relname_relid(name, get_namespace_oid("bingo_tune", false));

	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation bingo_tune.%s was dropped as soon as it was made", name),
				 errhint("Look for an event trigger that does so: SELECT * FROM pg_event_trigger;")));
	return relid;
}

static Oid
create_view(const char *name, const char *columns)
{
	Oid			relid;

	/* truncating it would cancel whoever reads it on a standby */
	run(psprintf("CREATE MATERIALIZED VIEW bingo_tune.%s USING heap"
				 " WITH (vacuum_truncate = off, toast.vacuum_truncate = off) AS"
				 " SELECT * FROM bingo_tune.no_rows() AS r(%s) WITH NO DATA", name, columns));
	relid = find_made(name);
	close_relation(relid);
	keep_from_statistics(name, relid);
	make_member(relid);
	loosen_dependencies(RelationRelationId, relid, false);
	loosen_dependencies(RewriteRelationId, find_rule(relid), true);
	CommandCounterIncrement();
	return relid;
}

/* On state and key: store/cut.c. */
static void
create_boundary_index(const BingoOrdering *ordering)
{
	char	   *name = psprintf("boundary_%d_key", ordering->id);
	StringInfoData keys;

	initStringInfo(&keys);
	for (int i = 0; i < ordering->definition->nkeys; i++)
		appendStringInfo(&keys, ", k%d", i + 1);
	run(psprintf("CREATE INDEX %s ON bingo_tune.boundary_%d USING btree (state%s)", name, ordering->id, keys.data));
	loosen_dependencies(RelationRelationId, find_made(name), false);
	CommandCounterIncrement();
}

void
bingo_store_create_relations(BingoOrdering *ordering)
{
	const BingoDefinition *definition = ordering->definition;
	StringInfoData columns;

	initStringInfo(&columns);
	for (int i = 0; i < definition->noutput; i++)
	{
		appendStringInfoString(&columns, i > 0 ? ", " : "");
		append_column(&columns, "c", i + 1, bingo_definition_window_column(definition, i));
	}
	if (definition->counts)
		appendStringInfo(&columns, "%sn pg_catalog.int8, age pg_catalog.int8", columns.len > 0 ? ", " : "");
	ordering->window = create_view(psprintf("window_%d", ordering->id), columns.data);

	resetStringInfo(&columns);
	appendStringInfoString(&columns, "state pg_catalog.\"char\"");
	for (int i = 0; i < definition->nsort; i++)
	{
		appendStringInfoString(&columns, ", ");
		append_column(&columns, "k", i + 1, &definition->sort[i].column);
	}
	ordering->boundary = create_view(psprintf("boundary_%d", ordering->id), columns.data);
	if (definition->nkeys > 0)
		create_boundary_index(ordering);
}

static void
create_index(const BingoOrdering *ordering, const char *suffix, const char *keys, const char *options)
{
	run(psprintf("CREATE INDEX window_%d_%s ON bingo_tune.window_%d USING btree (%s)%s",
				 ordering->id, suffix, ordering->id, keys, options));
}

static char *
format_order(const BingoDefinition *definition)
{
	StringInfoData keys;

	initStringInfo(&keys);
	for (int i = 0; i < definition->nsort; i++)
		appendStringInfo(&keys, "%sc%d %s NULLS %s", i > 0 ? ", " : "",
						 definition->sort[i].output + 1,
						 definition->sort[i].descending ? "DESC" : "ASC",
						 definition->sort[i].nulls_first ? "FIRST" : "LAST");
	if (definition->counts)
		appendStringInfo(&keys, "%sage", keys.len > 0 ? ", " : "");
	return keys.data;
}

char *
bingo_store_format_key(const BingoDefinition *definition)
{
	StringInfoData keys;

	initStringInfo(&keys);
	for (int i = 0; i < definition->ndriving; i++)
		appendStringInfo(&keys, "%sc%d", i > 0 ? ", " : "", definition->driving[i].output + 1);
	return keys.data;
}

void
bingo_store_create_indexes(BingoOrdering *ordering)
{
	const BingoDefinition *definition = ordering->definition;

	/* the driving key is among the sort keys, so no two entries are equal, and to look for such before a page is split is in vain */
	create_index(ordering, "order", format_order(definition), definition->counts ? "" : " WITH (deduplicate_items = off)");
	ordering->window_order = find_made(psprintf("window_%d_order", ordering->id));
	loosen_dependencies(RelationRelationId, ordering->window_order, false);
	if (definition->counts)
		return;
	create_index(ordering, "key", bingo_store_format_key(definition), "");
	ordering->window_key = find_made(psprintf("window_%d_key", ordering->id));
	loosen_dependencies(RelationRelationId, ordering->window_key, false);
}

/*
 * The relations go although they, and from 17 on their row types, are members of
 * the extension, which stays.
 */
bool
bingo_store_drop_relations(const BingoOrdering *ordering, bool wait)
{
	ObjectAddresses *doomed;
	Oid			extension = get_extension_oid("bingo_tune", true);
	Oid			relids[] = {ordering->window, ordering->boundary};

	/* without it whatever is of no extension would seem to be a member */
	if (!OidIsValid(extension))
		return true;
	doomed = new_object_addresses();

	for (int i = 0; i < lengthof(relids); i++)
	{
		ObjectAddress relation;

		if (wait)
			LockRelationOid(relids[i], AccessExclusiveLock);
		else if (!bingo_lock_relation_now(relids[i], AccessExclusiveLock))
			return false;
		if (get_rel_relkind(relids[i]) != RELKIND_MATVIEW ||
			getExtensionOfObject(RelationRelationId, relids[i]) != extension ||
			(i > 0 && relids[i] == relids[0]))
			continue;			/* gone, or the OID is somebody else's after pg_upgrade */
		ObjectAddressSet(relation, RelationRelationId, relids[i]);
		add_exact_object_address(&relation, doomed);
	}
	performMultipleDeletions(doomed, DROP_CASCADE,
							 PERFORM_DELETION_INTERNAL | PERFORM_DELETION_SKIP_EXTENSIONS);
	free_object_addresses(doomed);
	return true;
}
