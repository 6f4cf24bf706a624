/*
 * store/fingerprint.c
 *	  What the exactness of a window rests on, and whether it is still there.
 *
 * definition/resolve.c has looked at the tables, their columns and indexes; what is left
 * is the ordering's own: its relations, its triggers, and what was true when the window
 * was filled:
 *
 * - The storage of each table.  TRUNCATE and ALTER TABLE with a rewrite are not
 *	 MVCC: they change what snapshots older than themselves see in the table,
 *	 which no row that those snapshots can see could announce.  But both give
 *	 the table another relfilenode, which everybody sees who reads the table
 *	 afterwards; and a rollback takes it back.  Refilling the window then empties
 *	 it by TRUNCATE, so that older snapshots find nothing there.  CLUSTER and
 *	 VACUUM FULL, which would be harmless, are taken for the same.
 * - The storage of window and boundary.  Only upkeep gives them other storage and records
 *	 that: REFRESH MATERIALIZED VIEW empties them, VACUUM FULL and CLUSTER are again
 *	 taken for the same.
 * - The version of each sort key's collation, and of those of the attributes and bounds
 *	 that a key's values are made of, as this server has it: another one
 *	 (an operating system upgrade, a standby of another system) may sort
 *	 differently.
 *
 * Reads catalogs only, raises no errors for what it finds.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "definition/expression.h"
#include "definition/filter.h"
#include "definition/relation.h"
#include "definition/types.h"
#include "store/age.h"
#include "store/fingerprint.h"
#include "store/triggers.h"
#include "base/relations.h"

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

	if (!SearchSysCacheExists1(COLLOID, ObjectIdGetDatum(collation)))
		return "dropped";
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

/*
 * Each sort key's, and those by which parts of its values are compared; then the
 * composite types of the columns.
 */
static char *
describe_collations(const BingoDefinition *definition)
{
	List	   *collations = NIL;
	StringInfoData text;
	ListCell   *cell;

	for (int i = 0; i < definition->nsort; i++)
	{
		Oid			collation = definition->sort[i].collation;

		if (OidIsValid(collation))
			collations = list_append_unique_oid(collations, collation);
		collations = bingo_types_list_collations(definition->sort[i].column.type, collations);
	}
	collations = bingo_filter_list_collations(definition, collations);
	collations = bingo_expression_list_collations((Node *) definition->expressions, collations);
	initStringInfo(&text);
	foreach(cell, collations)
		appendStringInfo(&text, "%s%u:%s", text.len > 0 ? " " : "",
						 lfirst_oid(cell), find_version(lfirst_oid(cell)));
	bingo_types_describe(definition, &text);
	return text.data;
}

void
bingo_fingerprint_take(const BingoOrdering *ordering, BingoFill *fill)
{
	const BingoDefinition *definition = ordering->definition;

	memset(fill, 0, sizeof(BingoFill));
	fill->window_file = find_storage(ordering->window);
	fill->boundary_file = find_storage(ordering->boundary);
	for (int i = 0; i < definition->ntables; i++)
		fill->files[i] = find_storage(definition->tables[i].relid);
	fill->collations = describe_collations(definition);
}

/* What store/store.c makes. */
static bool
is_own(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Form_pg_class class;
	bool		good;

	if (!HeapTupleIsValid(tuple))
		return false;
	class = (Form_pg_class) GETSTRUCT(tuple);
	good = class->relkind == RELKIND_MATVIEW &&
		class->relpersistence == RELPERSISTENCE_PERMANENT;
	ReleaseSysCache(tuple);
	return good;
}

/* Is the column of window or boundary what store/store.c makes for it? */
static bool
is_kept_as(Oid relid, AttrNumber attno, const BingoColumn *of)
{
	BingoColumn column;
	int32		typmod = of->typmod;
	Oid			type = bingo_types_kept(of->type, &typmod);

	return bingo_relation_attribute(relid, attno, &column, NULL) && OidIsValid(type) &&
		column.type == type && column.typmod == typmod && column.collation == of->collation;
}

/* The window has exactly the output columns, and n and the age if it counts; the boundary has the sort keys. */
static bool
check_window(const BingoOrdering *ordering)
{
	const BingoDefinition *definition = ordering->definition;
	int			columns = definition->noutput + (definition->counts ? 2 : 0);
	BingoColumn column;

	for (int i = 0; i < definition->noutput; i++)
		if (!is_kept_as(ordering->window, i + 1, bingo_definition_window_column(definition, i)))
			return false;
	for (int i = 0; i < definition->nsort; i++)
		if (!is_kept_as(ordering->boundary, i + 2, &definition->sort[i].column))
			return false;
	for (int i = definition->noutput; i < columns; i++)
		if (!bingo_relation_attribute(ordering->window, i + 1, &column, NULL) || column.type != INT8OID)
			return false;
	return !SearchSysCacheExists2(ATTNUM, ObjectIdGetDatum(ordering->window), Int16GetDatum(columns + 1));
}

/* The columns of the sort keys, in their order and directions; of a counter the age behind them. */
static bool
is_order_index(const BingoDefinition *definition, const BingoIndexShape *index)
{
	if (index->nkeys != definition->nsort + definition->counts ||
		(definition->counts && index->attnos[definition->nsort] != BINGO_COLUMN_AGE(definition->noutput)))
		return false;
	for (int i = 0; i < definition->nsort; i++)
	{
		const BingoSortKey *key = &definition->sort[i];
		int16		options = (key->descending ? INDOPTION_DESC : 0) |
			(key->nulls_first ? INDOPTION_NULLS_FIRST : 0);

		if (index->attnos[i] != key->output + 1 || index->opfamilies[i] != key->opfamily ||
			index->collations[i] != key->collation || index->options[i] != options)
			return false;
	}
	return true;
}

static bool
is_key_index(const BingoDefinition *definition, const BingoIndexShape *index)
{
	if (index->nkeys != definition->ndriving)
		return false;
	for (int i = 0; i < index->nkeys; i++)
		if (index->attnos[i] != definition->driving[i].output + 1)
			return false;
	return true;
}

/* Has somebody put it there, and can it not be kept up (store/window.c)? */
static bool
is_in_the_way(const BingoIndexShape *index)
{
	bool		expression = false;

	for (int i = 0; i < index->nkeys; i++)
		expression = expression || index->attnos[i] == InvalidAttrNumber;
	return index->unique || index->partial || expression;
}

/*
 * Finds the window's two indexes by their shape: REINDEX CONCURRENTLY gives them other
 * OIDs.  *valid: they can be used.
 */
static bool
find_indexes(BingoOrdering *ordering, bool *valid)
{
	bool		only_btrees;
	List	   *indexes = bingo_relation_all_indexes(ordering->window, &only_btrees);
	ListCell   *cell;

	ordering->window_order = ordering->window_key = InvalidOid;
	*valid = true;
	if (!only_btrees)
		return false;
	foreach(cell, indexes)
	{
		BingoIndexShape *index = lfirst(cell);

		if (is_in_the_way(index))
			return false;
		if (!index->usable)
			*valid = false;
		else if (!OidIsValid(ordering->window_order) && is_order_index(ordering->definition, index))
			ordering->window_order = index->oid;
		else if (!ordering->definition->counts && !OidIsValid(ordering->window_key) &&
				 is_key_index(ordering->definition, index))
			ordering->window_key = index->oid;
	}
	if (OidIsValid(ordering->window_order) &&
		(ordering->definition->counts || OidIsValid(ordering->window_key)))
	{
		*valid = true;
		return true;
	}
	return !*valid;
}

/* Has the boundary no index in the way and, where keys are cut one by one, its own?  (In store/boundary.c it is opened.) */
static bool
has_boundary_index(const BingoOrdering *ordering)
{
	const BingoDefinition *definition = ordering->definition;
	bool		found = definition->nkeys == 0;
	bool		only_btrees;
	List	   *indexes = bingo_relation_all_indexes(ordering->boundary, &only_btrees);
	ListCell   *cell;

	foreach(cell, indexes)
	{
		const BingoIndexShape *index = lfirst(cell);
		int			i;

		if (is_in_the_way(index))
			return false;
		if (!index->usable || index->nkeys != definition->nkeys + 1 || index->attnos[0] != 1)
			continue;
		for (i = 1; i < index->nkeys && index->attnos[i] == i + 1 && index->opfamilies[i] == definition->sort[i - 1].opfamily &&
			 index->collations[i] == definition->sort[i - 1].collation; i++)
			;
		found = found || i == index->nkeys;
	}
	return found && only_btrees;
}

/* The worst trouble of a kind decides what is to be done, so the harder to repair come first. */
char *
bingo_fingerprint_check(BingoOrdering *ordering)
{
	const BingoDefinition *definition = ordering->definition;
	char	   *reason = NULL;
	bool		valid;
	char	   *collations;

	ordering->repair = BINGO_REPAIR_REBUILD;
	if (!is_own(ordering->window) || !is_own(ordering->boundary) || !check_window(ordering))
		return "the window was altered";
	if (!find_indexes(ordering, &valid))
		return "an index of the window was altered";
	if (!has_boundary_index(ordering))
		return "the index of the boundary was altered";

	ordering->repair = BINGO_REPAIR_NONE;
	for (int i = 0; i < definition->ntables; i++)
	{
		BingoRepair this_repair;
		char	   *this_reason = bingo_triggers_check(definition->tables[i].relid,
													   ordering->id, definition->counts, &this_repair);

		if (this_reason != NULL && this_repair > ordering->repair)
		{
			ordering->repair = this_repair;
			reason = this_reason;
		}
	}
	if (reason != NULL)
		return reason;

	ordering->repair = BINGO_REPAIR_REFILL;
	for (int i = 0; i < definition->ntables; i++)
	{
		Oid			relid = definition->tables[i].relid;

		if (find_storage(relid) != ordering->fill.files[i])
			return psprintf("table \"%s\" was truncated or rewritten", bingo_relations_label(relid));
	}
	if (find_storage(ordering->window) != ordering->fill.window_file ||
		find_storage(ordering->boundary) != ordering->fill.boundary_file)
		return "the window was rewritten";
	if (!valid)
		return "an index of the window is not valid";	/* TRUNCATE builds them again */
	collations = describe_collations(definition);
	if (strcmp(ordering->fill.collations, collations) != 0)
		return strncmp(ordering->fill.collations, collations, strcspn(collations, "|") + 1) == 0 ?
			"a composite type has changed" : "the version of a collation has changed";
	ordering->repair = BINGO_REPAIR_NONE;
	return NULL;
}
