/*
 * definition/relation.c
 *	  The tables of an ordering's query as the catalogs describe them: may they
 *	  be part of an ordering, what are their columns and indexes.
 *
 * System catalogs only; no relation is opened or locked, so that the answer can
 * be had in the middle of a commit or in front of somebody's ALTER TABLE.  It
 * is as fresh as the catalog snapshot: a caller that must rely on it holds a
 * lock on the table.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "catalog/catalog.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "commands/defrem.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "definition/partition.h"
#include "definition/relation.h"
#include "base/relations.h"


static const char *
describe_rte(RangeTblEntry *rte)
{
	switch (rte->rtekind)
	{
		case RTE_SUBQUERY:
			return "a subquery";
		case RTE_FUNCTION:
			return "a function";
		case RTE_TABLEFUNC:
			return "a table function";
		case RTE_VALUES:
			return "VALUES";
		default:
			return "something that is not a table";
	}
}

/*
 * Has it children that stay?  A temporary one has no part in what the window has, as nobody but its session reads it; there the planner
 * shows it below the table, which is not served then (read/match.c).
 */
static bool
is_parent(Oid relid)
{
	ListCell   *cell;

	foreach(cell, find_inheritance_children(relid, NoLock))
	{
		Oid			schema = get_rel_namespace(lfirst_oid(cell));

		if (OidIsValid(schema) && !isAnyTempNamespace(schema))
			return true;
	}
	return false;
}

/* What keeps a relation of this kind out, or NULL. */
static const char *
describe_class(Form_pg_class class)
{
	const char *kind = bingo_relations_describe_kind(class->relkind);

	if (kind != NULL)
		return kind;
	if (IsCatalogRelationOid(class->oid) || IsCatalogNamespace(class->relnamespace) ||
		IsToastNamespace(class->relnamespace))
		return "a system table";
	if (class->relpersistence == RELPERSISTENCE_TEMP)
		return "a temporary table";
	if (class->relpersistence == RELPERSISTENCE_UNLOGGED)
		return "an unlogged table";
	if (class->relispartition)
		return NULL;
	if (class->relhassubclass && is_parent(class->oid))
		return "an inheritance parent";
	if (has_superclass(class->oid))
		return "an inheritance child";
	return NULL;
}

const char *
bingo_relation_obstacle(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	const char *obstacle;

	if (!HeapTupleIsValid(tuple))
		return "gone";
	obstacle = describe_class((Form_pg_class) GETSTRUCT(tuple));
	ReleaseSysCache(tuple);
	return obstacle;
}

/* Behind those that are there, which are taken rather. */
static void
add_supposed(const BingoAnalysis *analysis, BingoRelation *relation)
{
	ListCell   *cell;

	foreach(cell, analysis->supposed)
	{
		const BingoSupposedKey *key = lfirst(cell);
		BingoIndexShape *shape = palloc0(sizeof(BingoIndexShape));
		BingoColumn column;
		Oid			opclass;

		if (key->relid != relation->relid || !bingo_relation_attribute(key->relid, key->attno, &column, NULL))
			continue;
		opclass = GetDefaultOpClass(column.type, BTREE_AM_OID);
		if (!OidIsValid(opclass))
			continue;
		shape->unique = shape->immediate = shape->usable = true;
		shape->nkeys = 1;
		shape->attnos[0] = key->attno;
		shape->opfamilies[0] = get_opclass_family(opclass);
		shape->collations[0] = column.collation;
		relation->indexes = lappend(relation->indexes, shape);
	}
}

/* Of the only one that has partitions there would be an ordering of each. */
static bool
refuse_partitioned(BingoAnalysis *analysis, Oid relid)
{
	const char *label = bingo_relations_label(relid);

	if (find_inheritance_children(relid, NoLock) == NIL)
		return bingo_analysis_fail(analysis, ERRCODE_FEATURE_NOT_SUPPORTED, -1, psprintf("partitioned table \"%s\" has no partitions", label),
								   pstrdup("An ordering of a partitioned table is one of each partition."), "Create a partition first.");
	return bingo_analysis_fail(analysis, ERRCODE_FEATURE_NOT_SUPPORTED, -1, psprintf("\"%s\" is not the only partitioned table", label),
							   pstrdup(BINGO_PARTITION_ONE), pstrdup(BINGO_PARTITION_LEAVE_ONE));
}

/* Fills relation->indexes. */
bool
bingo_relation_check(BingoAnalysis *analysis, BingoRelation *relation, RangeTblEntry *rte)
{
	const char *obstacle;

	if (rte->rtekind != RTE_RELATION)
		return bingo_analysis_fail(analysis, ERRCODE_FEATURE_NOT_SUPPORTED, -1,
								   psprintf("%s in FROM is not supported in the query of an ordering",
											describe_rte(rte)),
								   NULL, "Join plain tables.");
	if (rte->tablesample != NULL)
		return bingo_analysis_fail(analysis, ERRCODE_FEATURE_NOT_SUPPORTED, -1,
								   pstrdup("TABLESAMPLE is not supported in the query of an ordering"),
								   NULL, "Leave it out: an ordering keeps the first rows, not some of all.");

	obstacle = bingo_relation_obstacle(rte->relid);
	if (obstacle != NULL && rte->relkind == RELKIND_PARTITIONED_TABLE && rte->inh)
		return refuse_partitioned(analysis, rte->relid);
	if (obstacle != NULL)
		return bingo_analysis_fail(analysis, ERRCODE_FEATURE_NOT_SUPPORTED, -1,
								   psprintf("\"%s\" is %s", bingo_relations_label(rte->relid), obstacle),
								   pstrdup("An ordering keeps itself exact with triggers on permanent, plain tables."),
								   BINGO_RELATION_NAME_ANOTHER);

	relation->indexes = bingo_relation_indexes(rte->relid);
	add_supposed(analysis, relation);
	return true;
}

bool
bingo_relation_check_partitions(BingoAnalysis *analysis)
{
	const char *detail;
	const char *hint;
	char	   *obstacle = bingo_partition_obstacle(analysis->definition, &detail, &hint);

	return obstacle == NULL || bingo_analysis_fail(analysis, ERRCODE_FEATURE_NOT_SUPPORTED, -1, obstacle, pstrdup(detail), pstrdup(hint));
}

/*
 * The column's type; false if there is no such column.  Does not set
 * column->table.
 */
bool
bingo_relation_attribute(Oid relid, AttrNumber attno, BingoColumn *column, bool *not_null)
{
	HeapTuple	tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid), Int16GetDatum(attno));
	Form_pg_attribute attribute;
	bool		found;

	if (!HeapTupleIsValid(tuple))
		return false;
	attribute = (Form_pg_attribute) GETSTRUCT(tuple);
	found = !attribute->attisdropped;
	column->table = -1;
	column->attno = attno;
	column->type = attribute->atttypid;
	column->typmod = attribute->atttypmod;
	column->collation = attribute->attcollation;
	if (not_null != NULL)
		*not_null = bingo_is_not_null(attribute);
	ReleaseSysCache(tuple);
	return found;
}

void
bingo_relation_require_attribute(Oid relid, AttrNumber attno, BingoColumn *column, bool *not_null)
{
	if (!bingo_relation_attribute(relid, attno, column, not_null))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("a column of table %s has just been dropped", bingo_relations_name(relid)),
				 errhint("Try again.")));
}

/*
 * Do two collations agree on what is equal?  Deterministic ones all compare
 * bytes in the end.
 */
bool
bingo_relation_same_equality(Oid collation, Oid other)
{
	return collation == other ||
		((!OidIsValid(collation) || get_collation_isdeterministic(collation)) &&
		 (!OidIsValid(other) || get_collation_isdeterministic(other)));
}

static BingoIndexShape *
read_index(Relation pg_index, HeapTuple tuple)
{
	Form_pg_index form = (Form_pg_index) GETSTRUCT(tuple);
	BingoIndexShape *shape = palloc0(sizeof(BingoIndexShape));
	bool		isnull;
	oidvector  *opclasses;
	oidvector  *collations;
	int2vector *options;

	shape->oid = form->indexrelid;
	shape->unique = form->indisunique;
	shape->immediate = form->indimmediate;
	shape->primary = form->indisprimary;
	shape->usable = form->indisvalid && form->indisready && form->indislive;
	shape->partial = !heap_attisnull(tuple, Anum_pg_index_indpred, RelationGetDescr(pg_index));
	shape->nkeys = form->indnkeyatts;

	opclasses = (oidvector *)
		DatumGetPointer(heap_getattr(tuple, Anum_pg_index_indclass, RelationGetDescr(pg_index), &isnull));
	collations = (oidvector *)
		DatumGetPointer(heap_getattr(tuple, Anum_pg_index_indcollation, RelationGetDescr(pg_index), &isnull));
	options = (int2vector *)
		DatumGetPointer(heap_getattr(tuple, Anum_pg_index_indoption, RelationGetDescr(pg_index), &isnull));
	for (int i = 0; i < shape->nkeys; i++)
	{
		shape->options[i] = options->values[i];
		shape->attnos[i] = form->indkey.values[i];
		shape->opfamilies[i] = get_opclass_family(opclasses->values[i]);
		shape->collations[i] = collations->values[i];
	}
	return shape;
}

static int
compare_shapes(const ListCell *a, const ListCell *b)
{
	const BingoIndexShape *left = lfirst(a);
	const BingoIndexShape *right = lfirst(b);

	if (left->primary != right->primary)
		return left->primary ? -1 : 1;
	return left->oid < right->oid ? -1 : left->oid > right->oid;
}

/* InvalidOid: it is gone. */
static Oid
find_access_method(Oid index)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(index));
	Oid			method;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	method = ((Form_pg_class) GETSTRUCT(tuple))->relam;
	ReleaseSysCache(tuple);
	return method;
}

List *
bingo_relation_indexes(Oid relid)
{
	bool		only_btrees;

	return bingo_relation_all_indexes(relid, &only_btrees);
}

List *
bingo_relation_all_indexes(Oid relid, bool *only_btrees)
{
	Relation	pg_index = table_open(IndexRelationId, AccessShareLock);
	List	   *shapes = NIL;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	*only_btrees = true;
	ScanKeyInit(&key, Anum_pg_index_indrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	scan = systable_beginscan(pg_index, IndexIndrelidIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Oid			method = find_access_method(((Form_pg_index) GETSTRUCT(tuple))->indexrelid);

		if (method == BTREE_AM_OID)
			shapes = lappend(shapes, read_index(pg_index, tuple));
		else if (OidIsValid(method))
			*only_btrees = false;
	}
	systable_endscan(scan);
	table_close(pg_index, AccessShareLock);
	list_sort(shapes, compare_shapes);
	return shapes;
}

bool
bingo_relation_compares_like(const BingoCondition *condition, Oid opfamily, Oid collation)
{
	return get_op_opfamily_strategy(condition->operator, opfamily) == BTEqualStrategyNumber &&
		bingo_relation_same_equality(condition->collation, collation);
}
