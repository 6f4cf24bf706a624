/*
 * ordering_plan.c
 *	  What the maintenance of an ordering prepares once: columns to remember,
 *	  scan keys, hash functions, comparators.
 *
 * Made when a trigger first needs it for a cached ordering, hung on that and
 * living in its context: a changed definition is a new cached ordering, with a
 * new plan.  Nothing here is locked or kept open.  Without a plan (an index is
 * not what the definition says) the ordering can't be maintained: the changes
 * count as lost, and it turns invalid at commit.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/stratnum.h"
#include "catalog/pg_index.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "compat.h"
#include "ordering_plan.h"

/* --- images --- */

/* The place of a column in the list of attribute numbers, appended if it is new. */
static int
place_column(AttrNumber *attnos, int *nattnos, AttrNumber attno)
{
	for (int i = 0; i < *nattnos; i++)
	{
		if (attnos[i] == attno)
			return i;
	}
	attnos[*nattnos] = attno;
	return (*nattnos)++;
}

static void
describe_image(BingoChangePlan *plan, int table, Oid relid, AttrNumber *attnos, int nattnos)
{
	plan->image_desc[table] = CreateTemplateTupleDesc(nattnos);
	for (int i = 0; i < nattnos; i++)
	{
		Oid			type;
		int32		typmod;
		Oid			collation;

		get_atttypetypmodcoll(relid, attnos[i], &type, &typmod, &collation);
		TupleDescInitEntry(plan->image_desc[table], i + 1, NULL, type, typmod, 0);
	}
	plan->image_attnos[table] = memcpy(palloc(nattnos * sizeof(AttrNumber)), attnos,
									   nattnos * sizeof(AttrNumber));
}

/* Of a driving row: key, join columns, own sort keys. */
static void
plan_driving_image(BingoChangePlan *plan, BingoDefinition *definition)
{
	AttrNumber	attnos[BINGO_MAX_KEYS * (BINGO_MAX_TABLES + 1)];
	int			nattnos = 0;

	plan->image_driving = palloc(definition->ndriving * sizeof(int));
	for (int i = 0; i < definition->ndriving; i++)
		plan->image_driving[i] = place_column(attnos, &nattnos, definition->driving_attnos[i]);

	for (int table = 1; table < definition->ntables; table++)
	{
		BingoTable *t = &definition->tables[table];

		plan->image_join[table] = palloc(t->njoin * sizeof(int));
		for (int i = 0; i < t->njoin; i++)
			plan->image_join[table][i] = t->parent != 0 ? -1 :
				place_column(attnos, &nattnos, t->join[i].parent_attno);
	}

	plan->image_sort = palloc(definition->nsort * sizeof(int));
	for (int i = 0; i < definition->nsort; i++)
		plan->image_sort[i] = definition->sort[i].column.table != 0 ? -1 :
			place_column(attnos, &nattnos, definition->sort[i].column.attno);

	describe_image(plan, 0, definition->tables[0].relid, attnos, nattnos);
}

/* Of a dimension's row: what it is joined by. */
static void
plan_dimension_image(BingoChangePlan *plan, BingoDefinition *definition, int table)
{
	BingoTable *t = &definition->tables[table];
	AttrNumber	attnos[BINGO_MAX_KEYS];

	for (int i = 0; i < t->njoin; i++)
		attnos[i] = t->join[i].attno;
	describe_image(plan, table, t->relid, attnos, t->njoin);
}

/* --- order of the dimensions --- */

static void
rank_dimension(BingoChangePlan *plan, BingoDefinition *definition, int table)
{
	if (table == 0)
		return;
	for (int i = 0; i < plan->nranked; i++)
	{
		if (plan->ranked[i] == table)
			return;
	}
	rank_dimension(plan, definition, definition->tables[table].parent);
	plan->ranked[plan->nranked++] = table;
}

static void
rank_dimensions(BingoChangePlan *plan, BingoDefinition *definition)
{
	rank_dimension(plan, definition, definition->sort[0].column.table);
	plan->nleading = plan->nranked;
	for (int i = 0; i < plan->nleading; i++)
		plan->leading[plan->ranked[i]] = true;
	for (int table = 1; table < definition->ntables; table++)
		rank_dimension(plan, definition, table);
}

/* --- keys --- */

/*
 * An index as the catalog has it.  It is not opened: that could wait for a
 * REINDEX, and a trigger of ours must not wait.
 */
typedef struct IndexColumns
{
	int			nkeys;
	AttrNumber	attnos[INDEX_MAX_KEYS];
	Oid			families[INDEX_MAX_KEYS];
	Oid			types[INDEX_MAX_KEYS];
	Oid			collations[INDEX_MAX_KEYS];
} IndexColumns;

static bool
describe_index(Oid indexid, IndexColumns *columns)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(indexid));
	Form_pg_index form;
	oidvector  *classes;
	oidvector  *collations;
	bool		isnull;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_index) GETSTRUCT(tuple);
	classes = (oidvector *) DatumGetPointer(SysCacheGetAttr(INDEXRELID, tuple,
															Anum_pg_index_indclass, &isnull));
	collations = (oidvector *) DatumGetPointer(SysCacheGetAttr(INDEXRELID, tuple,
															   Anum_pg_index_indcollation,
															   &isnull));
	columns->nkeys = form->indnkeyatts;
	for (int i = 0; i < columns->nkeys; i++)
	{
		columns->attnos[i] = form->indkey.values[i];
		columns->families[i] = get_opclass_family(classes->values[i]);
		columns->types[i] = get_opclass_input_type(classes->values[i]);
		columns->collations[i] = collations->values[i];
	}
	ReleaseSysCache(tuple);
	return true;
}

/* column = value of type "right", by a btree index's column. */
static bool
plan_key(ScanKey key, IndexColumns *columns, int place, Oid right)
{
	Oid			operator = get_opfamily_member(columns->families[place], columns->types[place],
											   right, BTEqualStrategyNumber);

	if (!OidIsValid(operator))
		return false;
	ScanKeyEntryInitialize(key, 0, place + 1, BTEqualStrategyNumber, right,
						   columns->collations[place], get_opcode(operator), (Datum) 0);
	return true;
}

static bool
plan_driving_keys(BingoChangePlan *plan, BingoDefinition *definition)
{
	IndexColumns columns;

	if (!describe_index(definition->tables[0].unique_index, &columns) ||
		columns.nkeys != definition->ndriving)
		return false;
	plan->unique_keys[0] = palloc0(definition->ndriving * sizeof(ScanKeyData));
	for (int i = 0; i < definition->ndriving; i++)
	{
		if (!plan_key(&plan->unique_keys[0][i], &columns, i, columns.types[i]))
			return false;
	}
	return true;
}

/* The way from a dimension to its parent's rows. */
static bool
plan_parent_key(BingoChangePlan *plan, int table, int join, IndexColumns *columns,
				AttrNumber attno, int njoin, Oid own_type)
{
	/* the index may have its leading columns in another order than the join */
	for (int place = 0; place < njoin && place < columns->nkeys; place++)
	{
		if (columns->attnos[place] == attno)
		{
			plan->parent_from[table][place] = join;
			return plan_key(&plan->parent_keys[table][place], columns, place, own_type);
		}
	}
	return false;
}

static bool
plan_dimension_keys(BingoChangePlan *plan, BingoDefinition *definition, int table)
{
	BingoTable *t = &definition->tables[table];
	IndexColumns unique;
	IndexColumns parent;

	if (!describe_index(t->unique_index, &unique) || unique.nkeys != t->njoin ||
		!describe_index(t->parent_index, &parent))
		return false;

	plan->unique_keys[table] = palloc0(t->njoin * sizeof(ScanKeyData));
	plan->parent_keys[table] = palloc0(t->njoin * sizeof(ScanKeyData));
	plan->parent_from[table] = palloc(t->njoin * sizeof(int));
	plan->parent_hash[table] = palloc0(t->njoin * sizeof(FmgrInfo));
	plan->own_hash[table] = palloc0(t->njoin * sizeof(FmgrInfo));
	plan->by_value[table] = true;

	for (int i = 0; i < t->njoin; i++)
	{
		BingoJoinColumn *join = &t->join[i];
		Oid			parent_type;
		Oid			own_type;

		op_input_types(join->equality, &parent_type, &own_type);
		if (!plan_key(&plan->unique_keys[table][i], &unique, i, parent_type) ||
			!plan_parent_key(plan, table, i, &parent, join->parent_attno, t->njoin, own_type))
			return false;
		fmgr_info(join->parent_hash, &plan->parent_hash[table][i]);
		fmgr_info(join->own_hash, &plan->own_hash[table][i]);
		plan->by_value[table] &= get_typbyval(join->parent_type);
	}
	return true;
}

static void
plan_comparators(BingoChangePlan *plan, BingoDefinition *definition)
{
	plan->sort = palloc0(definition->nsort * sizeof(SortSupportData));
	for (int i = 0; i < definition->nsort; i++)
	{
		SortSupport sort = &plan->sort[i];

		sort->ssup_cxt = CurrentMemoryContext;
		sort->ssup_collation = definition->sort[i].collation;
		sort->ssup_nulls_first = definition->sort[i].nulls_first;
		PrepareSortSupportFromOrderingOp(definition->sort[i].sort_operator, sort);
	}
}

static void
plan_placing(BingoChangePlan *plan, BingoDefinition *definition)
{
	for (int i = 0; i < definition->nsort; i++)
	{
		BingoColumn *column = &definition->sort[i].column;

		plan->placing[column->table] = bms_add_member(plan->placing[column->table], column->attno);
	}
	for (int table = 1; table < definition->ntables; table++)
	{
		BingoTable *t = &definition->tables[table];

		for (int i = 0; i < t->njoin; i++)
		{
			plan->placing[table] = bms_add_member(plan->placing[table], t->join[i].attno);
			plan->placing[t->parent] = bms_add_member(plan->placing[t->parent],
													  t->join[i].parent_attno);
		}
	}
}

static int
find_output(BingoDefinition *definition, int table, AttrNumber attno)
{
	for (int i = 0; i < definition->noutput; i++)
	{
		if (definition->output[i].table == table && definition->output[i].attno == attno)
			return i;
	}
	return -1;
}

/*
 * The parent's column, or the dimension's own if it has the same type: equal, and
 * equal is enough to find the row.
 */
static void
plan_window_join(BingoChangePlan *plan, BingoDefinition *definition, int table)
{
	BingoTable *t = &definition->tables[table];
	int		   *places = palloc(t->njoin * sizeof(int));

	for (int i = 0; i < t->njoin; i++)
	{
		Oid			parent_type;
		Oid			own_type;

		op_input_types(t->join[i].equality, &parent_type, &own_type);
		places[i] = find_output(definition, t->parent, t->join[i].parent_attno);
		if (places[i] < 0 && parent_type == own_type)
			places[i] = find_output(definition, table, t->join[i].attno);
		if (places[i] < 0)
			return;
	}
	plan->window_join[table] = places;
}

/* NULL if an index is not, or no longer, what the definition says. */
BingoChangePlan *
bingo_plan_get(BingoOrdering *ordering)
{
	BingoDefinition *definition = ordering->definition;
	BingoChangePlan *plan;
	MemoryContext old;
	bool		complete;

	if (ordering->change_plan || !ordering->usable)
		return ordering->change_plan;

	old = MemoryContextSwitchTo(ordering->context);
	plan = palloc0(sizeof(BingoChangePlan));
	plan_driving_image(plan, definition);
	complete = plan_driving_keys(plan, definition);
	for (int table = 1; table < definition->ntables; table++)
	{
		plan_dimension_image(plan, definition, table);
		complete = complete && plan_dimension_keys(plan, definition, table);
		plan_window_join(plan, definition, table);
	}
	plan_placing(plan, definition);
	rank_dimensions(plan, definition);
	plan_comparators(plan, definition);
	MemoryContextSwitchTo(old);

	if (complete)
		ordering->change_plan = plan;
	else
	{
		ordering->usable = false;
		ordering->reason = "an index that the ordering uses is not as it was";
	}
	return ordering->change_plan;
}
