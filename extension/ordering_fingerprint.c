/*
 * ordering_fingerprint.c
 *	  What the exactness of a window rests on, and whether it is still there.
 *
 * The analysis of the query (ordering_define.c) has looked at the tables, their
 * columns and unique indexes; what is left is the ordering's own: its
 * relations, its triggers, and what was true when the window was filled:
 *
 * - The storage of each table.  TRUNCATE and ALTER TABLE with a rewrite are not
 *	 MVCC: they change what snapshots older than themselves see in the table,
 *	 which no row that those snapshots can see could announce.  But both give
 *	 the table another relfilenode, which everybody sees who reads the table
 *	 afterwards; and a rollback takes it back.  Refilling the window then empties
 *	 it by TRUNCATE, so that older snapshots find nothing there.  CLUSTER and
 *	 VACUUM FULL, which would be harmless, are taken for the same.
 * - The version of each sort key's collation, as this server has it: another one
 *	 (an operating system upgrade, a standby of another system) may sort
 *	 differently.
 *
 * Reads catalogs only, raises no errors for what it finds.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "ordering_analysis.h"
#include "ordering_fingerprint.h"
#include "ordering_triggers.h"

static Oid
find_storage(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			storage;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	storage = ((Form_pg_class) GETSTRUCT(tuple))->relfilenode;
	ReleaseSysCache(tuple);
	return storage;
}

/* The version of a collation as the library that implements it reports it. */
static char *
find_version(Oid collation)
{
	LOCAL_FCINFO(call, 1);
	Datum		version;

	InitFunctionCallInfoData(*call, NULL, 1, InvalidOid, NULL, NULL);
	call->args[0].isnull = false;
	if (collation == DEFAULT_COLLATION_OID)
	{
		call->args[0].value = ObjectIdGetDatum(MyDatabaseId);
		version = pg_database_collation_actual_version(call);
	}
	else
	{
		call->args[0].value = ObjectIdGetDatum(collation);
		version = pg_collation_actual_version(call);
	}
	return call->isnull ? "-" : TextDatumGetCString(version);
}

static char *
describe_collations(const BingoDefinition *definition)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < definition->nsort; i++)
	{
		Oid			collation = definition->sort[i].collation;

		if (OidIsValid(collation))
			appendStringInfo(&text, "%s%u:%s", text.len > 0 ? " " : "",
							 collation, find_version(collation));
	}
	return text.data;
}

static ArrayType *
make_oid_array(Datum *oids, int n)
{
	return construct_array(oids, n, OIDOID, sizeof(Oid), true, TYPALIGN_INT);
}

void
bingo_fingerprint_take(const BingoDefinition *definition, BingoFill *fill)
{
	Datum		tables[BINGO_MAX_TABLES];
	Datum		storage[BINGO_MAX_TABLES];

	for (int i = 0; i < definition->ntables; i++)
	{
		tables[i] = ObjectIdGetDatum(definition->tables[i].relid);
		storage[i] = ObjectIdGetDatum(find_storage(definition->tables[i].relid));
	}
	fill->tables = make_oid_array(tables, definition->ntables);
	fill->storage = make_oid_array(storage, definition->ntables);
	fill->collations = describe_collations(definition);
}

static bool
same_storage(Oid relid, const BingoFill *fill)
{
	int			n = ArrayGetNItems(ARR_NDIM(fill->tables), ARR_DIMS(fill->tables));
	Oid		   *tables = (Oid *) ARR_DATA_PTR(fill->tables);
	Oid		   *storage = (Oid *) ARR_DATA_PTR(fill->storage);

	for (int i = 0; i < n; i++)
		if (tables[i] == relid)
			return storage[i] == find_storage(relid);
	return false;
}

static bool
is_permanent_table(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Form_pg_class class;
	bool		good;

	if (!HeapTupleIsValid(tuple))
		return false;
	class = (Form_pg_class) GETSTRUCT(tuple);
	good = class->relkind == RELKIND_RELATION &&
		class->relpersistence == RELPERSISTENCE_PERMANENT;
	ReleaseSysCache(tuple);
	return good;
}

/* The window has exactly the output columns. */
static bool
check_window(const BingoOrdering *ordering)
{
	const BingoDefinition *definition = ordering->definition;
	BingoColumn column;

	for (int i = 0; i < definition->noutput; i++)
		if (!bingo_relation_attribute(ordering->window, i + 1, &column, NULL) ||
			column.type != definition->output[i].type ||
			column.typmod != definition->output[i].typmod ||
			column.collation != definition->output[i].collation)
			return false;
	return !SearchSysCacheExists2(ATTNUM, ObjectIdGetDatum(ordering->window),
								  Int16GetDatum(definition->noutput + 1));
}

/* The window has both its indexes; *valid: they can be used. */
static bool
check_indexes(const BingoOrdering *ordering, bool *valid)
{
	const BingoDefinition *definition = ordering->definition;
	bool		has_order = false;
	bool		has_key = false;
	ListCell   *cell;

	*valid = true;
	foreach(cell, bingo_relation_indexes(ordering->window))
	{
		BingoIndexShape *index = lfirst(cell);
		bool		good = !index->partial;

		*valid = *valid && index->usable;
		if (index->oid == ordering->window_order)
		{
			good = good && index->nkeys == definition->nsort;
			for (int i = 0; good && i < index->nkeys; i++)
				good = index->attnos[i] == definition->sort[i].output + 1 &&
					index->opfamilies[i] == definition->sort[i].opfamily &&
					index->collations[i] == definition->sort[i].collation;
			has_order = good;
		}
		else if (index->oid == ordering->window_key)
		{
			good = good && index->nkeys == definition->ndriving;
			for (int i = 0; good && i < index->nkeys; i++)
				good = index->attnos[i] == definition->driving_output[i] + 1;
			has_key = good;
		}
	}
	return has_order && has_key;
}

/* The worst trouble of a kind decides what is to be done, so the harder to repair come first. */
char *
bingo_fingerprint_check(const BingoOrdering *ordering, const BingoFill *fill, BingoRepair *repair)
{
	const BingoDefinition *definition = ordering->definition;
	char	   *reason = NULL;
	bool		valid;

	*repair = BINGO_REPAIR_REBUILD;
	if (!is_permanent_table(ordering->window) || !is_permanent_table(ordering->gate) ||
		!is_permanent_table(ordering->boundary) || !check_window(ordering))
		return "the window was altered";
	if (!check_indexes(ordering, &valid))
		return "an index of the window was altered";

	*repair = BINGO_REPAIR_NONE;
	for (int i = 0; i < definition->ntables; i++)
	{
		BingoRepair this_repair;
		char	   *this_reason = bingo_triggers_check(definition->tables[i].relid,
													   ordering->id, &this_repair);

		if (this_reason != NULL && this_repair > *repair)
		{
			*repair = this_repair;
			reason = this_reason;
		}
	}
	if (reason != NULL)
		return reason;

	for (int i = 0; i < definition->ntables; i++)
	{
		Oid			relid = definition->tables[i].relid;

		if (!same_storage(relid, fill))
		{
			*repair = BINGO_REPAIR_REFILL;
			return psprintf("table \"%s\" was truncated or rewritten", get_rel_name(relid));
		}
	}
	if (!valid)
	{
		*repair = BINGO_REPAIR_REFILL;	/* TRUNCATE builds them again */
		return "an index of the window is not valid";
	}
	if (strcmp(fill->collations, describe_collations(definition)) != 0)
	{
		*repair = BINGO_REPAIR_REFILL;
		return "the version of a collation has changed";
	}
	return NULL;
}
