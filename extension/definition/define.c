/*
 * definition/define.c
 *	  A query analysed into a definition, or the reason why it can't be one.
 *
 *	  Query -> tables -> conditions -> output columns and sort keys
 *			-> driving table and join tree (definition/tree.c) -> filter -> BingoDefinition
 *
 * Of conditions there are three kinds: column = column joins; column = $1 makes the column a
 * leading sort key, so that the ordering is one of the whole table, and needs no more proof than
 * that; what is of one table alone becomes the filter of that table's rows.
 *
 * A table on the right of a LEFT JOIN (or the left of a RIGHT JOIN) is optional: it is joined as any
 * other, on a unique key, but where it has no row its columns are NULL.  No condition may
 * choose rows by such a table: that would take away the rows without it, and so be an inner join.
 *
 * The input is the result of parse analysis: of create_ordering()'s text, or
 * the query that is stored with an ordering (in a rule of its boundary, see
 * store/store.c), which follows every renaming.  Nothing here raises an error for what it finds: the first
 * obstacle is described in a BingoProblem, which create_ordering() reports and
 * which makes a stored ordering unusable with that reason.  So the analysis may
 * run at any moment at which catalogs may be read, on relations that are not
 * locked or are gone: it opens none of them and reads system catalogs only.
 *
 * The result is allocated in the current memory context.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "base/relations.h"
#include "definition/analysis.h"
#include "definition/count.h"
#include "definition/conditions.h"
#include "definition/define.h"
#include "definition/expression.h"
#include "definition/outer.h"
#include "definition/output.h"
#include "definition/relation.h"
#include "definition/tree.h"
#include "definition/types.h"

static bool
refuse(BingoAnalysis *analysis, int location, char *message, char *hint)
{
	return bingo_analysis_fail(analysis, ERRCODE_FEATURE_NOT_SUPPORTED, location,
							   message, NULL, hint);
}

/*
 * Clauses that an ordering can't have, in the order in which people write them.
 */
static bool
check_clauses(BingoAnalysis *analysis)
{
	Query	   *query = analysis->query;

	if (query->commandType != CMD_SELECT || query->utilityStmt != NULL)
		return refuse(analysis, -1, "the query of an ordering must be a SELECT",
					  BINGO_DEFINE_GIVE_SELECT);
	if (query->cteList != NIL)
		return refuse(analysis, ((CommonTableExpr *) linitial(query->cteList))->location,
					  "WITH is not supported in the query of an ordering",
					  "Join the tables in FROM.");
	if (query->setOperations != NULL)
		return refuse(analysis, -1,
					  "UNION, INTERSECT and EXCEPT are not supported in the query of an ordering",
					  "Create an ordering for each arm.");
	if (query->distinctClause != NIL)
		return refuse(analysis, -1, "DISTINCT is not supported in the query of an ordering",
					  "The order ends in a unique key, so no row comes twice: leave DISTINCT out.");
	if (query->hasAggs)
		return refuse(analysis, -1, "an aggregate is not supported in the query of an ordering",
					  "Select plain columns.");
	if (query->groupClause != NIL || query->groupingSets != NIL || query->havingQual != NULL)
		return refuse(analysis, -1, "GROUP BY and HAVING are not supported in the query of an ordering",
					  "Select plain columns.");
	if (query->hasWindowFuncs)
		return refuse(analysis, -1, "a window function is not supported in the query of an ordering",
					  "Select plain columns.");
	if (query->hasTargetSRFs)
		return refuse(analysis, -1, "a set-returning function is not supported in the query of an ordering",
					  "Select plain columns.");
	if (query->hasSubLinks)
		return refuse(analysis, -1, "a subquery is not supported in the query of an ordering",
					  "Join the tables in FROM.");
	if (query->limitCount != NULL || query->limitOffset != NULL)
		return refuse(analysis, exprLocation(query->limitCount ? query->limitCount : query->limitOffset),
					  "LIMIT and OFFSET are not supported in the query of an ordering",
					  "Leave them out: window_rows says how many rows are kept, and queries with any LIMIT are served.");
	if (query->rowMarks != NIL)
		return refuse(analysis, -1, "FOR UPDATE and FOR SHARE are not supported in the query of an ordering",
					  "Leave them out: an ordering locks no rows.");
	if (query->sortClause == NIL)
		return refuse(analysis, -1, "the query of an ordering needs ORDER BY",
					  "Add ORDER BY: an ordering keeps the first rows of an order.");
	return true;
}

/*
 * Collect the tables.  The query of a stored ordering begins with the OLD and
 * NEW entries of its rule, which its FROM does not use.
 */
static bool
collect_relations(BingoAnalysis *analysis, Node *node)
{
	RangeTblEntry *rte;
	BingoRelation *relation;
	int			rti;
	int			roles = 1;

	if (node == NULL)
		return true;
	if (IsA(node, FromExpr))
	{
		ListCell   *cell;

		foreach(cell, ((FromExpr *) node)->fromlist)
			if (!collect_relations(analysis, lfirst(cell)))
				return false;
		return true;
	}
	if (IsA(node, JoinExpr))
	{
		JoinExpr   *join = (JoinExpr *) node;

		return collect_relations(analysis, join->larg) &&
			collect_relations(analysis, join->rarg) &&
			bingo_outer_collect(analysis, join);
	}

	rti = castNode(RangeTblRef, node)->rtindex;
	rte = rt_fetch(rti, analysis->query->rtable);
	if (analysis->nrelations == BINGO_MAX_TABLES)
		return refuse(analysis, -1,
					  psprintf("an ordering has at most %d tables", BINGO_MAX_TABLES),
					  "Leave out those that the page is not sorted by: they are joined to its rows.");
	relation = &analysis->relations[analysis->nrelations];
	relation->rti = rti;
	relation->location = -1;
	relation->relid = rte->relid;
	relation->name = rte->eref->aliasname;
	relation->optional = false;
	if (!bingo_relation_check(analysis, relation, rte))
		return false;
	for (int i = 0; i < analysis->nrelations; i++)
		roles += analysis->relations[i].relid == relation->relid;
	if (roles > BINGO_MOST_ROLES)
		return refuse(analysis, -1,
					  psprintf("table \"%s\" is used %d times in the query of an ordering",
							   bingo_relations_label(relation->relid), roles),
					  psprintf("An ordering may use each table up to %d times.", BINGO_MOST_ROLES));
	analysis->nrelations++;
	return true;
}

/* The driving table may be joined to itself, as a comment to what it answers, but no further. */
static bool
check_roles(BingoAnalysis *analysis)
{
	const BingoDefinition *definition = analysis->definition;

	for (int i = 1; i < definition->ntables; i++)
		if (definition->tables[i].relid == definition->tables[0].relid && definition->tables[i].parent != 0)
			return refuse(analysis, -1,
						  psprintf("table \"%s\", whose rows the ordering lists, is also joined to a row of another table",
								   bingo_relations_label(definition->tables[i].relid)),
						  "It may be joined to its own rows.");
	return true;
}

/* Is it a sort key that is computed from columns of one table?  What they are is found out with the sort keys. */
static bool
is_sort_expression(const TargetEntry *entry)
{
	return entry->ressortgroupref != 0 && !IsA(entry->expr, Var);
}

static bool
collect_output(BingoAnalysis *analysis, List *target_list)
{
	bool		empty = true;
	ListCell   *cell;

	foreach(cell, target_list)
	{
		TargetEntry *entry = lfirst(cell);
		int			location = exprLocation((Node *) entry->expr);
		int			table;
		AttrNumber	attno;

		empty = empty && entry->resjunk;
		if (is_sort_expression(entry))
			continue;
		if (!IsA(entry->expr, Var) || !bingo_output_is_column(analysis, (Node *) entry->expr, &table, &attno))
		{
			bool		is_system = IsA(entry->expr, Var) &&
				((Var *) entry->expr)->varattno < 0;

			return refuse(analysis, location,
						  psprintf("%s in %s is not supported in the query of an ordering",
								   is_system ? "a system column" :
								   IsA(entry->expr, Var) ? "a whole row" :
								   "an expression that is not a plain column",
								   entry->ressortgroupref != 0 ? "ORDER BY" : "the select list"),
						  entry->ressortgroupref != 0 ? "Order by plain columns, or by expressions over them." :
						  "Select plain columns: a query that is served may compute from them.");
		}
		if (!bingo_output_check(analysis, table, attno, location))
			return false;
		if (!entry->resjunk)
			bingo_output_add(analysis, table, attno);
	}
	if (empty)
		return refuse(analysis, -1, "the query of an ordering selects no column",
					  "Select the columns that queries will ask for.");
	return true;
}

/* A sort key equal to an earlier one decides nothing: PostgreSQL's planner drops it too. */
static bool
is_redundant(BingoAnalysis *analysis, int table, AttrNumber attno)
{
	BingoDefinition *definition = analysis->definition;

	for (int i = 0; i < definition->nsort; i++)
		if (bingo_analysis_equivalent(analysis, definition->sort[i].column.table,
									  definition->sort[i].column.attno, table, attno))
			return true;
	return false;
}

/* The sort key's value is the window's column "output", which messages call "name". */
static bool
add_sort_key_of(BingoAnalysis *analysis, int output, const char *name, Oid sort_operator, bool nulls_first, int location)
{
	BingoDefinition *definition = analysis->definition;
	BingoSortKey *key;
	TypeCacheEntry *type;
	Oid			opcintype;
	BingoComparison comparison;

	if (definition->nsort == BINGO_MAX_KEYS)
		return refuse(analysis, location,
					  psprintf("an ordering has at most %d sort keys", BINGO_MAX_KEYS),
					  "Leave out those behind a unique one: they order nothing.");

	key = &definition->sort[definition->nsort++];
	key->sort_operator = sort_operator;
	key->nulls_first = nulls_first;
	key->output = output;
	key->column = definition->output[key->output];
	key->collation = key->column.collation;

	type = lookup_type_cache(key->column.type, TYPECACHE_BTREE_OPFAMILY);
	if (!get_ordering_op_properties(sort_operator, &key->opfamily, &opcintype, &comparison) ||
		!OidIsValid(type->btree_opf) || key->opfamily != type->btree_opf)
		return refuse(analysis, location,
					  psprintf("ORDER BY %s does not use the default order of its type %s",
							   name, bingo_relations_type(key->column.type)),
					  "Leave out USING.");
	if (!bingo_types_compare(key->column.type, opcintype))
		return refuse(analysis, location,
					  psprintf("values of sort key %s, which has type %s, can't be compared",
							   name, bingo_relations_type(key->column.type)),
					  "Order by another column, or give its type a default btree operator class.");
	key->descending = (comparison == BINGO_COMPARE_GREATER);
	return true;
}

static bool
add_sort_key(BingoAnalysis *analysis, int table, AttrNumber attno, Oid sort_operator, bool nulls_first, int location)
{
	if (is_redundant(analysis, table, attno))
		return true;
	return add_sort_key_of(analysis, bingo_output_add(analysis, table, attno),
						   bingo_analysis_column_name(analysis, table, attno), sort_operator, nulls_first, location);
}

/* Is the window's column sorted by already? */
static bool
is_sorted_by(const BingoDefinition *definition, int output)
{
	for (int i = 0; i < definition->nsort; i++)
		if (definition->sort[i].output == output)
			return true;
	return false;
}

/* A sort key that is computed: the window has its value, and the columns that it is computed from. */
static bool
add_expression_key(BingoAnalysis *analysis, Node *expression, Oid sort_operator, bool nulls_first)
{
	int			location = exprLocation(expression);
	Bitmapset  *varnos;
	char	   *obstacle;
	char	   *hint;
	int			table;
	int			output;
	Node	   *prepared;
	Node	   *written;
	ListCell   *cell;

	expression = bingo_expression_below_joins(expression);
	varnos = pull_varnos(NULL, expression);
	if (bms_num_members(varnos) > 1)
		return refuse(analysis, location, "an expression over columns of several tables in ORDER BY is not supported in the query of an ordering",
					  "Order by expressions over columns of one table each.");
	prepared = bingo_expression_prepare(expression, bms_is_empty(varnos) ? 0 : bms_singleton_member(varnos), &written, &obstacle, &hint);
	if (prepared == NULL)
		return refuse(analysis, location, psprintf("%s in ORDER BY is not supported in the query of an ordering", obstacle), hint);
	table = bingo_output_table(analysis, bms_singleton_member(varnos));
	foreach(cell, bingo_expression_columns(prepared))
	{
		if (!bingo_output_check(analysis, table, lfirst_int(cell), location))
			return false;
		(void) bingo_output_add(analysis, table, lfirst_int(cell));
	}
	output = bingo_output_add_expression(analysis, table, prepared, written);
	return is_sorted_by(analysis->definition, output) ||
		add_sort_key_of(analysis, output, "an expression", sort_operator, nulls_first, location);
}

/*
 * Columns that are compared with parameters lead the order: the rows of one value stand
 * together then, in the query's order.
 */
static bool
collect_parameter_keys(BingoAnalysis *analysis)
{
	ListCell   *cell;

	foreach(cell, analysis->parameters)
	{
		const BingoCondition *condition = lfirst(cell);
		BingoColumn column;

		if (!bingo_output_check(analysis, condition->table[0], condition->attno[0], condition->location))
			return false;
		bingo_relation_require_attribute(analysis->relations[condition->table[0]].relid, condition->attno[0], &column, NULL);
		if (!add_sort_key(analysis, condition->table[0], condition->attno[0],
						  lookup_type_cache(column.type, TYPECACHE_LT_OPR)->lt_opr, false, condition->location))
			return false;
	}
	analysis->definition->nparameters = analysis->definition->nsort;
	return true;
}

static bool
collect_sort_keys(BingoAnalysis *analysis, List *target_list)
{
	ListCell   *cell;

	analysis->definition->sort = palloc0(BINGO_MAX_KEYS * sizeof(BingoSortKey));
	if (!collect_parameter_keys(analysis))
		return false;
	foreach(cell, analysis->query->sortClause)
	{
		SortGroupClause *clause = lfirst(cell);
		TargetEntry *entry = get_sortgroupclause_tle(clause, target_list);
		int			table;
		AttrNumber	attno;

		if (is_sort_expression(entry))
		{
			if (!add_expression_key(analysis, (Node *) entry->expr, clause->sortop, clause->nulls_first))
				return false;
			continue;
		}
		if (!bingo_output_is_column(analysis, (Node *) entry->expr, &table, &attno))
			elog(ERROR, "sort key of an ordering is not a column");
		if (!add_sort_key(analysis, table, attno, clause->sortop, clause->nulls_first, exprLocation((Node *) entry->expr)))
			return false;
	}
	return true;
}

/*
 * Returns NULL and fills the problem if the query can't be an ordering, or a counter.
 */
BingoDefinition *
bingo_define_analyze(Query *query, bool counts, BingoProblem *problem)
{
	return counts ? bingo_count_analyze(query, problem) : bingo_define_suppose(query, NIL, problem);
}

BingoDefinition *
bingo_define_suppose(Query *query, List *keys, BingoProblem *problem)
{
	BingoAnalysis analysis = {.query = query, .supposed = keys};
	List	   *target_list;

	analysis.problem = problem;
	analysis.definition = palloc0(sizeof(BingoDefinition));

	if (!check_clauses(&analysis) ||
		!collect_relations(&analysis, (Node *) query->jointree))
		return NULL;
	if (analysis.nrelations == 0)
	{
		refuse(&analysis, -1, "the query of an ordering needs a table",
			   "Add FROM with one or more tables.");
		return NULL;
	}

	target_list = (List *) bingo_flatten_join_alias_vars(query, (Node *) query->targetList);
	if (!collect_output(&analysis, target_list) ||
		!bingo_conditions_collect(&analysis, (Node *) query->jointree) ||
		!collect_sort_keys(&analysis, target_list) ||
		!bingo_tree_build(&analysis) ||
		!check_roles(&analysis) ||
		!bingo_relation_check_partitions(&analysis) ||
		!bingo_conditions_keep_filter(&analysis))
		return NULL;
	if (problem->commands != NIL)
	{
		problem->lacking = analysis.definition;
		return NULL;
	}
	return analysis.definition;
}
