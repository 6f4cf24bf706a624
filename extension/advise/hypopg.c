/*
 * advise/hypopg.c
 *	  Indexes that are not there, which HypoPG shows to the planner.
 *
 * HypoPG keeps them in this session's memory; nothing is written.  Its functions are
 * called where the catalogs say that the extension is, through SPI.  GIN indexes it does not know:
 * advise/gin_pretend.c.
 *
 * What the session had of its own is put aside while advise() works, or its costs would
 * be others, and put back however it ends: the same definitions, under new OIDs.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "access/genam.h"
#include "access/htup_details.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "advise/gin.h"
#include "advise/expression.h"
#include "base/compat.h"
#include "base/relations.h"

/* More partitions than that say no more than these. */
#define MOST_PARTITIONS	64

/* The schema of an extension. */
static Oid
find_schema(Oid extension)
{
	Relation	catalog = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	Oid			schema = InvalidOid;

	ScanKeyInit(&key, Anum_pg_extension_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(extension));
	scan = systable_beginscan(catalog, ExtensionOidIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		schema = ((Form_pg_extension) GETSTRUCT(tuple))->extnamespace;
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return schema;
}

Oid
bingo_advise_find_hypopg(void)
{
	Oid			extension = get_extension_oid("hypopg", true);
	Oid			schema = OidIsValid(extension) ? find_schema(extension) : InvalidOid;

	if (!OidIsValid(schema))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("advise() needs the extension hypopg in this database"),
				 errhint("As a superuser, type: CREATE EXTENSION hypopg; if its files are missing install the "
						 "package that has them, such as postgresql-%d-hypopg.", PG_VERSION_NUM / 10000)));
	return schema;
}

static char *
qualify(const BingoAdvise *advise, const char *call)
{
	return psprintf("SELECT * FROM %s.%s", quote_identifier(bingo_relations_schema(advise->hypopg)), call);
}

/* One column of one row, in the caller's memory; false if there is no row or value. */
static bool
ask(const BingoAdvise *advise, const char *call, Oid type, Datum argument, Datum *value)
{
	bool		isnull = true;

	if (SPI_execute_with_args(qualify(advise, call), 1, &type, &argument, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not call hypopg: %s", call);
	if (SPI_processed == 1)
		*value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	SPI_freetuptable(SPI_tuptable);
	return !isnull;
}

static Oid
create(const BingoAdvise *advise, const char *definition)
{
	Datum		oid;

	if (!ask(advise, "hypopg_create_index($1)", TEXTOID,
			 CStringGetTextDatum(psprintf("CREATE INDEX ON %s", definition)), &oid))
		elog(ERROR, "hypopg made no index");
	return DatumGetObjectId(oid);
}

/* --- what the session had --- */

List *
bingo_advise_put_aside(const BingoAdvise *advise)
{
	List	   *definitions = NIL;
	char	   *query = psprintf("SELECT %1$s.hypopg_get_indexdef(indexrelid), indexrelid FROM %1$s.hypopg()",
								 quote_identifier(bingo_relations_schema(advise->hypopg)));

	if (SPI_execute(query, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not list hypothetical indexes");
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		char	   *definition = SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1);

		if (definition != NULL)
			definitions = lappend(definitions, MemoryContextStrdup(advise->context, definition));
	}
	SPI_freetuptable(SPI_tuptable);
	SPI_execute(qualify(advise, "hypopg_reset()"), true, 0);
	bingo_advise_gin_forget_all();
	bingo_advise_show_expressions(NIL);
	return definitions;
}

typedef struct Definition
{
	const BingoAdvise *advise;
	const char *text;
} Definition;

static void
create_again(void *argument)
{
	const Definition *definition = argument;
	Datum		oid;

	(void) ask(definition->advise, "hypopg_create_index($1)", TEXTOID, CStringGetTextDatum(definition->text), &oid);
}

/* What can't be made again (its table is gone by now) was of no use to anybody. */
void
bingo_advise_put_back(const BingoAdvise *advise, List *definitions)
{
	ListCell   *cell;

	SPI_execute(qualify(advise, "hypopg_reset()"), true, 0);
	bingo_advise_gin_forget_all();
	bingo_advise_show_expressions(NIL);
	foreach(cell, definitions)
		(void) bingo_advise_aside(create_again, &(Definition) {advise, lfirst(cell)});
}

/* --- candidates --- */

typedef struct Pretence
{
	const BingoAdvise *advise;
	BingoAdviseIndex *index;
} Pretence;

/* On a partitioned table: on its partitions. */
static void
pretend(void *argument)
{
	const Pretence *pretence = argument;
	BingoAdviseIndex *index = pretence->index;
	const char *columns = index->definition + strlen(bingo_advise_table(index->relid));
	List	   *relids = list_make1_oid(index->relid);
	ListCell   *cell;

	/* What was written without a schema is not for the caller's schemas to give a meaning. */
	bingo_advise_leave_search_path();
	if (get_rel_relkind(index->relid) == RELKIND_PARTITIONED_TABLE)
		relids = find_all_inheritors(index->relid, NoLock, NULL);
	foreach(cell, relids)
	{
		Oid			oid;
		MemoryContext caller;

		if (get_rel_relkind(lfirst_oid(cell)) == RELKIND_PARTITIONED_TABLE)
			continue;
		oid = index->gin ? bingo_advise_gin_pretend(pretence->advise, index, lfirst_oid(cell)) :
			create(pretence->advise, psprintf("%s%s", bingo_advise_table(lfirst_oid(cell)), columns));
		caller = MemoryContextSwitchTo(pretence->advise->context);
		index->oids = lappend_oid(index->oids, oid);
		MemoryContextSwitchTo(caller);
		if (list_length(index->oids) == MOST_PARTITIONS)
			break;
	}
}

/* One that HypoPG does not take, or whose table is gone by now, just helps nobody. */
void
bingo_advise_pretend(const BingoAdvise *advise, BingoAdviseIndex *index)
{
	if (index->oids == NIL)
		(void) bingo_advise_aside(pretend, &(Pretence) {advise, index});
}

void
bingo_advise_forget(const BingoAdvise *advise, BingoAdviseIndex *index)
{
	ListCell   *cell;

	foreach(cell, index->oids)
	{
		Datum		dropped;

		if (index->gin)
			bingo_advise_gin_forget(lfirst_oid(cell));
		else
			(void) ask(advise, "hypopg_drop_index($1)", OIDOID, ObjectIdGetDatum(lfirst_oid(cell)), &dropped);
	}
	list_free(index->oids);
	index->oids = NIL;
}

typedef struct Measuring
{
	const BingoAdvise *advise;
	const BingoAdviseIndex *index;
	int64		size;
} Measuring;

static void
measure(void *argument)
{
	Measuring  *measuring = argument;
	ListCell   *cell;

	foreach(cell, measuring->index->oids)
	{
		Datum		bytes;

		if (measuring->index->gin)
			measuring->size += bingo_advise_gin_size(lfirst_oid(cell));
		else if (ask(measuring->advise, "hypopg_relation_size($1)", OIDOID, ObjectIdGetDatum(lfirst_oid(cell)), &bytes))
			measuring->size += DatumGetInt64(bytes);
	}
}

/* HypoPG opens the table; -1: it could not, since it is locked, or gone by now. */
int64
bingo_advise_size(const BingoAdvise *advise, const BingoAdviseIndex *index)
{
	Measuring	measuring = {advise, index, 0};

	return bingo_advise_aside(measure, &measuring) == NULL ? measuring.size : -1;
}
