/*
 * definition/partition.c
 *	  A partitioned table's query, as one of a partition; a partition's definition, as one of the whole.
 *
 * Columns have other numbers there, but the same names, types and collations.
 */
#include "postgres.h"

#include "access/attmap.h"
#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "nodes/value.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/relations.h"
#include "definition/layout.h"
#include "definition/partition.h"

/* With those that were dropped; 0: the table is gone. */
static AttrNumber
count_columns(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	AttrNumber	n;

	if (!HeapTupleIsValid(tuple))
		return 0;
	n = ((Form_pg_class) GETSTRUCT(tuple))->relnatts;
	ReleaseSysCache(tuple);
	return n;
}

/* The numbers of the tables in FROM; those that are anything else, too. */
static List *
list_tables(const Node *node)
{
	List	   *tables = NIL;
	ListCell   *cell;

	if (node != NULL && IsA(node, RangeTblRef))
		return list_make1_int(((const RangeTblRef *) node)->rtindex);
	if (node != NULL && IsA(node, JoinExpr))
		return list_concat(list_tables(((const JoinExpr *) node)->larg), list_tables(((const JoinExpr *) node)->rarg));
	foreach(cell, node != NULL && IsA(node, FromExpr) ? ((const FromExpr *) node)->fromlist : NIL)
		tables = list_concat(tables, list_tables(lfirst(cell)));
	return tables;
}

int
bingo_partition_find(const Query *query)
{
	int			found = 0;
	ListCell   *cell;

	foreach(cell, list_tables((const Node *) query->jointree))
	{
		const RangeTblEntry *rte = rt_fetch(lfirst_int(cell), query->rtable);

		if (rte->rtekind != RTE_RELATION || rte->relkind != RELKIND_PARTITIONED_TABLE || !rte->inh)
			continue;
		if (found != 0)
			return 0;
		found = lfirst_int(cell);
	}
	return found;
}

int
bingo_partition_find_table(const Query *query, Oid relid)
{
	ListCell   *cell;

	foreach(cell, list_tables((const Node *) query->jointree))
		if (rt_fetch(lfirst_int(cell), query->rtable)->relid == relid)
			return lfirst_int(cell);
	return 0;
}

/* What writes the query as text wants those that USING has not merged in the table's order.  Nobody refers to them. */
static void
map_numbers(List *numbers, const RangeTblEntry *join, const AttrMap *map)
{
	ListCell   *cell;

	foreach(cell, numbers)
		if (lfirst_int(cell) > 0)
			lfirst_int(cell) = map->attnums[lfirst_int(cell) - 1];
	for (int i = join->joinmergedcols + 1; i < list_length(numbers); i++)
	{
		int			number = list_nth_int(numbers, i);
		int			place = i;

		for (; place > join->joinmergedcols && list_nth_int(numbers, place - 1) > number; place--)
			lfirst_int(list_nth_cell(numbers, place)) = list_nth_int(numbers, place - 1);
		lfirst_int(list_nth_cell(numbers, place)) = number;
	}
}

static bool
is_table(const Node *node, int rti)
{
	return IsA(node, RangeTblRef) && ((const RangeTblRef *) node)->rtindex == rti;
}

/* Where a join has a table's columns is written in numbers that are no Vars, and goes into the query's text. */
static void
map_joins(Query *query, Node *node, int rti, const AttrMap *map)
{
	ListCell   *cell;

	if (IsA(node, JoinExpr))
	{
		JoinExpr   *join = (JoinExpr *) node;
		RangeTblEntry *rte = rt_fetch(join->rtindex, query->rtable);

		if (is_table(join->larg, rti))
			map_numbers(rte->joinleftcols, rte, map);
		if (is_table(join->rarg, rti))
			map_numbers(rte->joinrightcols, rte, map);
		map_joins(query, join->larg, rti, map);
		map_joins(query, join->rarg, rti, map);
	}
	foreach(cell, IsA(node, FromExpr) ? ((FromExpr *) node)->fromlist : NIL)
		map_joins(query, lfirst(cell), rti, map);
}

static void
take_names(Query *query, Node *node)
{
	ListCell   *cell;

	if (IsA(node, JoinExpr))
	{
		JoinExpr   *join = (JoinExpr *) node;

		join->alias = rt_fetch(join->rtindex, query->rtable)->alias = NULL;
		take_names(query, join->larg);
		take_names(query, join->rarg);
	}
	foreach(cell, IsA(node, FromExpr) ? ((FromExpr *) node)->fromlist : NIL)
		take_names(query, lfirst(cell));
}

/* By such a name columns are referred to by their place in the join. */
static void
name_no_joins(Query *query)
{
	bool		named = false;
	ListCell   *cell;

	foreach(cell, query->rtable)
		named = named || (lfirst_node(RangeTblEntry, cell)->rtekind == RTE_JOIN && lfirst_node(RangeTblEntry, cell)->alias != NULL);
	if (!named)
		return;
	query->targetList = (List *) bingo_flatten_join_alias_vars(query, (Node *) query->targetList);
	query->jointree = (FromExpr *) bingo_flatten_join_alias_vars(query, (Node *) query->jointree);
	take_names(query, (Node *) query->jointree);
}

/* As an RTE has them: "" for one that was dropped. */
static List *
list_names(Oid relid)
{
	AttrNumber	ncolumns = count_columns(relid);
	List	   *names = NIL;

	for (AttrNumber attno = 1; attno <= ncolumns; attno++)
	{
		char	   *name = bingo_relations_find_column(relid, attno);

		names = lappend(names, makeString(name ? name : pstrdup("")));
	}
	return names;
}

Query *
bingo_partition_query(const Query *query, int rti, Oid part)
{
	Query	   *copy = copyObject(unconstify(Query *, query));
	RangeTblEntry *rte = rt_fetch(rti, copy->rtable);
	AttrMap    *map = make_attrmap(MaxHeapAttributeNumber);
	AttrNumber	ncolumns = count_columns(rte->relid);
	bool		whole_row;

	name_no_joins(copy);
	for (AttrNumber attno = 1; attno <= ncolumns; attno++)
	{
		char	   *name = bingo_relations_find_column(rte->relid, attno);

		if (name != NULL)		/* else it was dropped */
			map->attnums[attno - 1] = get_attnum(part, name);
	}
	copy = (Query *) map_variable_attnos((Node *) copy, rti, 0, map, InvalidOid, &whole_row);
	map_joins(copy, (Node *) copy->jointree, rti, map);
	rte = rt_fetch(rti, copy->rtable);
	rte->relid = part;
	if (rte->eref != NULL)		/* a query that is only made to be looked at has none */
		rte->eref->colnames = list_names(part);
	rte->relkind = get_rel_relkind(part);
	/* names that the query gives to columns are those of the whole's in their order, and no Var refers to them */
	if (rte->alias != NULL)
		rte->alias->colnames = NIL;
	return copy;
}

/* --- the definition --- */

/* The number of the one that is, or, if none is, of one that is gone; 0 also if there is no such either. */
static int
find_part(const BingoDefinition *definition)
{
	for (int i = 0; i < definition->ntables; i++)
		if (get_rel_relispartition(definition->tables[i].relid))
			return i;
	for (int i = 0; i < definition->ntables; i++)
		if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(definition->tables[i].relid)))
			return i;
	return 0;
}

Oid
bingo_partition_of(const BingoDefinition *definition)
{
	return definition->tables[find_part(definition)].relid;
}

char *
bingo_partition_obstacle(const BingoDefinition *definition, const char **detail, const char **hint)
{
	int			found = find_part(definition);
	char	   *label = bingo_relations_label(definition->tables[found].relid);

	*detail = "Rows of one partition don't tell for which rows all of them have none.";
	*hint = "Leave it out: a page that joins it by LEFT JOIN, and is not sorted by it, is served from an ordering of the other tables.";
	if (definition->tables[found].optional)
		return psprintf("partition \"%s\" is joined by LEFT JOIN", label);
	*detail = BINGO_PARTITION_ONE;
	*hint = BINGO_PARTITION_LEAVE_ONE;
	for (int i = found + 1; i < definition->ntables; i++)
		if (get_rel_relispartition(definition->tables[i].relid))
			return psprintf("\"%s\" and \"%s\" are partitions", label, bingo_relations_label(definition->tables[i].relid));
	return NULL;
}

/* What of a definition is translated. */
typedef struct Translation
{
	AttrMap    *map;			/* numbers that were */
	int			table;
	Oid			part;
	Oid			whole;
} Translation;

/* Gives a column of the partition its number in the whole, where it has the same name, and notes it; false: somebody is altering it. */
static bool
translate_column(const Translation *translation, AttrNumber *attno)
{
	char	   *name;
	AttrNumber	number;

	if (*attno == InvalidAttrNumber)
		return true;			/* an expression */
	name = bingo_relations_find_column(translation->part, *attno);
	number = name ? get_attnum(translation->whole, name) : InvalidAttrNumber;
	if (number == InvalidAttrNumber)
		return false;
	translation->map->attnums[*attno - 1] = number;
	*attno = number;
	return true;
}

static bool
translate_columns(const Translation *translation, BingoColumn *columns, int n)
{
	for (int i = 0; i < n; i++)
		if (columns[i].table == translation->table && !translate_column(translation, &columns[i].attno))
			return false;
	return true;
}

static void *
copy_array(const void *array, Size size)
{
	return size == 0 ? NULL : memcpy(palloc(size), array, size);
}

static bool
translate_joins(const Translation *translation, BingoTable *table, bool own)
{
	table->join = copy_array(table->join, table->njoin * sizeof(BingoJoinColumn));
	for (int j = 0; j < table->njoin; j++)
	{
		BingoJoinColumn *join = &table->join[j];

		if (table->parent == translation->table && (!translate_column(translation, &join->parent_attno) ||
													!translate_column(translation, &join->parent_column.attno)))
			return false;
		if (own && (!translate_column(translation, &join->attno) || !translate_column(translation, &join->own_column.attno)))
			return false;
	}
	return true;
}

static bool
translate_keys(const Translation *translation, BingoDefinition *definition)
{
	definition->driving = copy_array(definition->driving, definition->ndriving * sizeof(BingoKeyColumn));
	definition->sort = copy_array(definition->sort, definition->nsort * sizeof(BingoSortKey));
	for (int i = 0; i < definition->ndriving; i++)
		if (translation->table == 0 && !translate_column(translation, &definition->driving[i].attno))
			return false;
	for (int i = 0; i < definition->nsort; i++)
		if (!translate_columns(translation, &definition->sort[i].column, 1))
			return false;
	return true;
}

/* Constants may have been folded in what is read of a condition or an expression, but not in what is written. */
static bool
translate_all(const Translation *translation)
{
	AttrNumber	ncolumns = count_columns(translation->part);

	for (AttrNumber attno = 1; attno <= ncolumns; attno++)
	{
		AttrNumber	number = attno;

		if (bingo_relations_find_column(translation->part, attno) != NULL && !translate_column(translation, &number))
			return false;
	}
	return true;
}

static Node *
translate_vars(const Translation *translation, const void *node, int varno)
{
	bool		whole_row;

	return map_variable_attnos(unconstify(void *, node), varno, 0, translation->map, InvalidOid, &whole_row);
}

/* Expressions have their columns as those of relation 1, whatever table that is. */
static List *
translate_expressions(const Translation *translation, const BingoDefinition *definition, List *expressions)
{
	List	   *translated = list_copy(expressions);

	for (int i = 0; i < definition->noutput; i++)
	{
		const BingoColumn *column = &definition->output[i];

		if (column->attno == InvalidAttrNumber && column->table == translation->table)
			lfirst(list_nth_cell(translated, column->expression)) =
				translate_vars(translation, list_nth(expressions, column->expression), 1);
	}
	return translated;
}

BingoDefinition *
bingo_partition_translate(const BingoDefinition *definition, int table, Oid whole)
{
	BingoDefinition *translated = copy_array(definition, sizeof(BingoDefinition));
	Translation translation = {.map = make_attrmap(MaxHeapAttributeNumber), .table = table,
	.part = definition->tables[table].relid, .whole = whole};

	translated->tables = copy_array(definition->tables, definition->ntables * sizeof(BingoTable));
	translated->tables[table].relid = whole;
	translated->output = copy_array(definition->output, definition->noutput * sizeof(BingoColumn));
	translated->read = copy_array(definition->read, definition->nread * sizeof(BingoColumn));
	translated->never_null = copy_array(definition->never_null, definition->nnever_null * sizeof(BingoColumn));
	if (!translate_columns(&translation, translated->output, translated->noutput) ||
		!translate_columns(&translation, translated->read, translated->nread) ||
		!translate_columns(&translation, translated->never_null, translated->nnever_null) ||
		!translate_keys(&translation, translated))
		return NULL;
	for (int i = 1; i < translated->ntables; i++)
		if (!translate_joins(&translation, &translated->tables[i], i == table))
			return NULL;
	if ((definition->written_filter != NIL || definition->written_expressions != NIL) && !translate_all(&translation))
		return NULL;
	translated->filter = (List *) translate_vars(&translation, definition->filter, table + 1);
	translated->written_filter = (List *) translate_vars(&translation, definition->written_filter, table + 1);
	translated->expressions = translate_expressions(&translation, definition, definition->expressions);
	translated->written_expressions = translate_expressions(&translation, definition, definition->written_expressions);
	for (int i = 0; i < translated->ntables; i++)
		translated->tables[i].used = NULL;
	bingo_definition_fill_used(translated);
	return translated;
}

/* As text, but for what follows from the rest, or does not count. */
static char *
write_plain(const BingoDefinition *definition)
{
	BingoDefinition plain = *definition;

	plain.nread = 0;
	plain.nkeys = 0;
	return bingo_layout_write(&plain);
}

bool
bingo_partition_orders_alike(const BingoDefinition *other, const BingoDefinition *definition)
{
	return !other->counts && !definition->counts && strcmp(write_plain(other), write_plain(definition)) == 0 &&
		equal(other->filter, definition->filter) && equal(other->expressions, definition->expressions);
}
