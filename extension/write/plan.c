/*
 * write/plan.c
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

#include "base/compat.h"
#include "definition/expression.h"
#include "write/plan.h"

/* --- images --- */

/*
 * The columns that an image is made of, from the layout: not from the catalogs, which may
 * say something else by now.
 */
typedef struct ImageColumns
{
	int			n;
	AttrNumber	attnos[BINGO_MAX_IMAGE];
	const BingoColumn *columns[BINGO_MAX_IMAGE];
} ImageColumns;

/* The place of a column in the image, at its end if it is new. */
static int
place_column(ImageColumns *image, const BingoColumn *column)
{
	for (int i = 0; i < image->n; i++)
	{
		if (image->attnos[i] == column->attno)
			return i;
	}
	image->attnos[image->n] = column->attno;
	image->columns[image->n] = column;
	return image->n++;
}

static const BingoColumn *
find_read(const BingoDefinition *definition, int table, AttrNumber attno)
{
	for (int i = 0; i < definition->nread; i++)
	{
		if (definition->read[i].table == table && definition->read[i].attno == attno)
			return &definition->read[i];
	}
	elog(ERROR, "a definition lacks column %d of its table", attno);
}

/* What an expression of the driving table reads. */
static void
place_sources(ImageColumns *image, const BingoDefinition *definition, const BingoColumn *column)
{
	ListCell   *cell;

	if (column->table != 0 || column->attno != InvalidAttrNumber)
		return;
	foreach(cell, bingo_expression_columns(list_nth(definition->expressions, column->expression)))
		(void) place_column(image, find_read(definition, 0, lfirst_int(cell)));
}

static void
describe_image(BingoChangePlan *plan, int table, const ImageColumns *image)
{
	plan->image_desc[table] = CreateTemplateTupleDesc(image->n);
	for (int i = 0; i < image->n; i++)
		TupleDescInitEntry(plan->image_desc[table], i + 1, NULL, image->columns[i]->type,
						   image->columns[i]->typmod, 0);
	plan->image_attnos[table] = memcpy(palloc(image->n * sizeof(AttrNumber)), image->attnos,
									   image->n * sizeof(AttrNumber));
}

/* Of a driving row: key, join columns, own sort keys or what they are computed from. */
static void
plan_driving_image(BingoChangePlan *plan, BingoDefinition *definition)
{
	ImageColumns image = {0};

	plan->image_driving = palloc(definition->ndriving * sizeof(int));
	for (int i = 0; i < definition->ndriving; i++)
		plan->image_driving[i] = place_column(&image, &definition->output[definition->driving[i].output]);

	for (int table = 1; table < definition->ntables; table++)
	{
		BingoTable *t = &definition->tables[table];

		plan->image_join[table] = palloc(t->njoin * sizeof(int));
		for (int i = 0; i < t->njoin; i++)
			plan->image_join[table][i] = t->parent != 0 ? -1 : place_column(&image, &t->join[i].parent_column);
	}

	plan->image_sort = palloc(definition->nsort * sizeof(int));
	for (int i = 0; i < definition->nsort; i++)
		plan->image_sort[i] = definition->sort[i].column.table != 0 || definition->sort[i].column.attno == InvalidAttrNumber ? -1 :
			place_column(&image, &definition->sort[i].column);
	for (int i = 0; i < definition->noutput; i++)
		place_sources(&image, definition, &definition->output[i]);

	describe_image(plan, 0, &image);
}

/* Of a dimension's row: what it is joined by, in the order of the join's columns. */
static void
plan_dimension_image(BingoChangePlan *plan, BingoDefinition *definition, int table)
{
	BingoTable *t = &definition->tables[table];
	ImageColumns image = {.n = t->njoin};

	for (int i = 0; i < t->njoin; i++)
	{
		image.attnos[i] = t->join[i].attno;
		image.columns[i] = &t->join[i].own_column;
	}
	describe_image(plan, table, &image);
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

/* Where a column of the index stands among n others; -1 if it is none of them. */
static int
find_attno(AttrNumber attno, const AttrNumber *attnos, int n)
{
	for (int i = 0; i < n; i++)
	{
		if (attnos[i] == attno)
			return i;
	}
	return -1;
}

/*
 * The way to rows by the first n columns of an index, which are those of "attnos", in
 * any order; types[] are those of the values looked for.  *from says which of the values
 * each scan key takes.
 */
static bool
plan_scan(IndexColumns *columns, const AttrNumber *attnos, const Oid *types, int n,
		  ScanKey *keys, int **from)
{
	*keys = palloc0(n * sizeof(ScanKeyData));
	*from = palloc(n * sizeof(int));
	if (columns->nkeys < n)
		return false;
	for (int place = 0; place < n; place++)
	{
		int			value = find_attno(columns->attnos[place], attnos, n);

		if (value < 0 || !plan_key(&(*keys)[place], columns, place,
								   OidIsValid(types[value]) ? types[value] : columns->types[place]))
			return false;
		(*from)[place] = value;
	}
	return true;
}

static bool
plan_driving_keys(BingoChangePlan *plan, BingoDefinition *definition)
{
	IndexColumns columns;
	AttrNumber	attnos[BINGO_MAX_KEYS];
	Oid			types[BINGO_MAX_KEYS] = {0};	/* the index's own */

	for (int i = 0; i < definition->ndriving; i++)
		attnos[i] = definition->driving[i].attno;
	return describe_index(definition->tables[0].unique_index, &columns) &&
		columns.nkeys == definition->ndriving &&
		plan_scan(&columns, attnos, types, definition->ndriving, &plan->unique_keys[0], &plan->unique_from[0]);
}

static bool
plan_dimension_keys(BingoChangePlan *plan, BingoDefinition *definition, int table)
{
	BingoTable *t = &definition->tables[table];
	IndexColumns columns;
	AttrNumber	own_attnos[BINGO_MAX_KEYS];
	AttrNumber	parent_attnos[BINGO_MAX_KEYS];
	Oid			own_types[BINGO_MAX_KEYS];
	Oid			parent_types[BINGO_MAX_KEYS];

	plan->parent_hash[table] = palloc0(t->njoin * sizeof(FmgrInfo));
	plan->own_hash[table] = palloc0(t->njoin * sizeof(FmgrInfo));
	plan->by_value[table] = true;
	for (int i = 0; i < t->njoin; i++)
	{
		BingoJoinColumn *join = &t->join[i];

		own_attnos[i] = join->attno;
		parent_attnos[i] = join->parent_attno;
		parent_types[i] = join->parent_type;
		own_types[i] = join->type;
		fmgr_info(join->parent_hash, &plan->parent_hash[table][i]);
		fmgr_info(join->own_hash, &plan->own_hash[table][i]);
		plan->by_value[table] &= get_typbyval(join->parent_type);
	}
	return describe_index(t->unique_index, &columns) && columns.nkeys == t->njoin &&
		plan_scan(&columns, own_attnos, parent_types, t->njoin, &plan->unique_keys[table], &plan->unique_from[table]) &&
		describe_index(t->parent_index, &columns) &&
		plan_scan(&columns, parent_attnos, own_types, t->njoin, &plan->parent_keys[table], &plan->parent_from[table]);
}

static void
plan_comparators(BingoChangePlan *plan, BingoDefinition *definition)
{
	plan->sort = palloc0(definition->nsort * sizeof(SortSupportData));
	plan->cut_by_value = true;
	for (int i = 0; i < definition->nkeys; i++)
		plan->cut_by_value &= get_typbyval(definition->sort[i].column.type);
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
		ListCell   *cell;

		if (column->attno != InvalidAttrNumber)
		{
			plan->placing[column->table] = bms_add_member(plan->placing[column->table], column->attno);
			continue;
		}
		foreach(cell, bingo_expression_columns(list_nth(definition->expressions, column->expression)))
			plan->placing[column->table] = bms_add_member(plan->placing[column->table], lfirst_int(cell));
	}
	for (int i = 0; i < definition->nread; i++)
	{
		BingoColumn *column = &definition->read[i];

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
		places[i] = find_output(definition, t->parent, t->join[i].parent_attno);
		if (places[i] < 0 && t->join[i].parent_type == t->join[i].type)
			places[i] = find_output(definition, table, t->join[i].attno);
		if (places[i] < 0)
			return;
	}
	plan->window_join[table] = places;
}

/* NULL if an index has gone since the definition was resolved; the next look finds another. */
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
	plan->may_fail = bingo_expression_may_fail((Node *) definition->expressions);
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
