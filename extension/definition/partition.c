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
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

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

static void
map_numbers(List *numbers, const AttrMap *map)
{
	ListCell   *cell;

	foreach(cell, numbers)
		if (lfirst_int(cell) > 0)
			lfirst_int(cell) = map->attnums[lfirst_int(cell) - 1];
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
			map_numbers(rte->joinleftcols, map);
		if (is_table(join->rarg, rti))
			map_numbers(rte->joinrightcols, map);
		map_joins(query, join->larg, rti, map);
		map_joins(query, join->rarg, rti, map);
	}
	foreach(cell, IsA(node, FromExpr) ? ((FromExpr *) node)->fromlist : NIL)
		map_joins(query, lfirst(cell), rti, map);
}

Query *
bingo_partition_query(const Query *query, int rti, Oid part)
{
	Query	   *copy = copyObject(unconstify(Query *, query));
	RangeTblEntry *rte = rt_fetch(rti, copy->rtable);
	AttrMap    *map = make_attrmap(MaxHeapAttributeNumber);
	AttrNumber	ncolumns = count_columns(rte->relid);
	bool		whole_row;

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
	rte->relkind = get_rel_relkind(part);
	return copy;
}

/* --- the definition --- */

/* Gives a column of the partition its number in the whole, where it has the same name, and notes it; false: somebody is altering it. */
static bool
translate_column(AttrMap *map, AttrNumber *attno, Oid part, Oid whole)
{
	char	   *name;
	AttrNumber	number;

	if (*attno == InvalidAttrNumber)
		return true;			/* an expression */
	name = bingo_relations_find_column(part, *attno);
	number = name ? get_attnum(whole, name) : InvalidAttrNumber;
	if (number == InvalidAttrNumber)
		return false;
	map->attnums[*attno - 1] = number;
	*attno = number;
	return true;
}

static bool
translate_columns(AttrMap *map, BingoColumn *columns, int n, Oid part, Oid whole)
{
	for (int i = 0; i < n; i++)
		if (columns[i].table == 0 && !translate_column(map, &columns[i].attno, part, whole))
			return false;
	return true;
}

static void *
copy_array(const void *array, Size size)
{
	return size == 0 ? NULL : memcpy(palloc(size), array, size);
}

static bool
translate_joins(AttrMap *map, BingoTable *table, Oid part, Oid whole)
{
	table->join = copy_array(table->join, table->njoin * sizeof(BingoJoinColumn));
	for (int j = 0; j < table->njoin; j++)
		if (table->parent == 0 && (!translate_column(map, &table->join[j].parent_attno, part, whole) ||
								   !translate_columns(map, &table->join[j].parent_column, 1, part, whole)))
			return false;
	return true;
}

static bool
translate_keys(AttrMap *map, BingoDefinition *definition, Oid part, Oid whole)
{
	definition->driving = copy_array(definition->driving, definition->ndriving * sizeof(BingoKeyColumn));
	definition->sort = copy_array(definition->sort, definition->nsort * sizeof(BingoSortKey));
	for (int i = 0; i < definition->ndriving; i++)
		if (!translate_column(map, &definition->driving[i].attno, part, whole))
			return false;
	for (int i = 0; i < definition->nsort; i++)
		if (!translate_columns(map, &definition->sort[i].column, 1, part, whole))
			return false;
	return true;
}

/* Constants may have been folded in what is read of a condition or an expression, but not in what is written. */
static bool
translate_all(AttrMap *map, Oid part, Oid whole)
{
	AttrNumber	ncolumns = count_columns(part);

	for (AttrNumber attno = 1; attno <= ncolumns; attno++)
	{
		AttrNumber	number = attno;

		if (bingo_relations_find_column(part, attno) != NULL && !translate_column(map, &number, part, whole))
			return false;
	}
	return true;
}

static Node *
translate_vars(const AttrMap *map, const void *node)
{
	bool		whole_row;

	return map_variable_attnos(unconstify(void *, node), 1, 0, map, InvalidOid, &whole_row);
}

/* Expressions have their columns as those of relation 1, whatever table that is. */
static List *
translate_expressions(const AttrMap *map, const BingoDefinition *definition, List *expressions)
{
	List	   *translated = list_copy(expressions);

	for (int i = 0; i < definition->noutput; i++)
	{
		const BingoColumn *column = &definition->output[i];

		if (column->attno == InvalidAttrNumber && column->table == 0)
			lfirst(list_nth_cell(translated, column->expression)) = translate_vars(map, list_nth(expressions, column->expression));
	}
	return translated;
}

BingoDefinition *
bingo_partition_translate(const BingoDefinition *definition, Oid whole)
{
	BingoDefinition *translated = copy_array(definition, sizeof(BingoDefinition));
	Oid			part = definition->tables[0].relid;
	AttrMap    *map = make_attrmap(MaxHeapAttributeNumber);

	translated->tables = copy_array(definition->tables, definition->ntables * sizeof(BingoTable));
	translated->tables[0].relid = whole;
	translated->output = copy_array(definition->output, definition->noutput * sizeof(BingoColumn));
	translated->read = copy_array(definition->read, definition->nread * sizeof(BingoColumn));
	translated->never_null = copy_array(definition->never_null, definition->nnever_null * sizeof(BingoColumn));
	if (!translate_columns(map, translated->output, translated->noutput, part, whole) ||
		!translate_columns(map, translated->read, translated->nread, part, whole) ||
		!translate_columns(map, translated->never_null, translated->nnever_null, part, whole) ||
		!translate_keys(map, translated, part, whole))
		return NULL;
	for (int i = 1; i < translated->ntables; i++)
		if (!translate_joins(map, &translated->tables[i], part, whole))
			return NULL;
	if ((definition->written_filter != NIL || definition->written_expressions != NIL) && !translate_all(map, part, whole))
		return NULL;
	translated->filter = (List *) translate_vars(map, definition->filter);
	translated->written_filter = (List *) translate_vars(map, definition->written_filter);
	translated->expressions = translate_expressions(map, definition, definition->expressions);
	translated->written_expressions = translate_expressions(map, definition, definition->written_expressions);
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
