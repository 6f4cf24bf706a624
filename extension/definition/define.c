/*
 * definition/define.c
 *	  A query analysed into a definition, or the reason why it can't be one.
 *
 *	  Query -> tables -> conditions -> output columns and sort keys
 *			-> driving table and join tree (definition/tree.c) -> filter -> BingoDefinition
 *
 * Of conditions there are three kinds: column = column joins; column = $1 makes the column a
 * leading sort key, so that the ordering is one of the whole table, and needs no more proof than
 * that; what is of one table alone becomes the filter of the driving table's rows.
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
#include "definition/define.h"
#include "definition/filter.h"
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
		return refuse(analysis, -1, "the query of an ordering must be a SELECT", NULL);
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
		return refuse(analysis, -1, "FOR UPDATE and FOR SHARE are not supported in the query of an ordering", NULL);
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

		if (join->jointype != JOIN_INNER)
			return refuse(analysis, -1, "an outer join is not supported in the query of an ordering",
						  "Use INNER JOIN.");
		return collect_relations(analysis, join->larg) &&
			collect_relations(analysis, join->rarg);
	}

	rti = castNode(RangeTblRef, node)->rtindex;
	rte = rt_fetch(rti, analysis->query->rtable);
	if (analysis->nrelations == BINGO_MAX_TABLES)
		return refuse(analysis, -1,
					  psprintf("an ordering has at most %d tables", BINGO_MAX_TABLES), NULL);
	relation = &analysis->relations[analysis->nrelations];
	relation->rti = rti;
	relation->location = -1;
	relation->relid = rte->relid;
	relation->name = rte->eref->aliasname;
	if (!bingo_relation_check(analysis, relation, rte))
		return false;
	for (int i = 0; i < analysis->nrelations; i++)
		if (analysis->relations[i].relid == relation->relid)
			return refuse(analysis, -1,
						  psprintf("table \"%s\" is used twice in the query of an ordering",
								   bingo_relations_label(relation->relid)),
						  "An ordering may use each table once.");
	analysis->nrelations++;
	return true;
}

/* As the query numbers them. */
static int
driving_relation(const BingoAnalysis *analysis)
{
	int			i = 0;

	while (analysis->relations[i].relid != analysis->definition->tables[0].relid)
		i++;
	return i;
}

static int
table_of_rti(BingoAnalysis *analysis, int rti)
{
	for (int i = 0; i < analysis->nrelations; i++)
		if (analysis->relations[i].rti == rti)
			return i;
	elog(ERROR, "could not find range table entry %d in the query of an ordering", rti);
}

/*
 * Is it a user column of one of the tables?  A binary-compatible relabelling,
 * which comparisons of a varchar have, does not count.
 */
static bool
is_column(BingoAnalysis *analysis, Node *node, int *table, AttrNumber *attno)
{
	Var		   *var;

	while (node != NULL && IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	if (node == NULL || !IsA(node, Var))
		return false;
	var = (Var *) node;
	if (var->varlevelsup != 0 || var->varattno <= 0)
		return false;
	*table = table_of_rti(analysis, var->varno);
	*attno = var->varattno;
	return true;
}

static bool
is_parameter(Node *node)
{
	while (node != NULL && IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return node != NULL && IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXTERN;
}

static bool
contains_parameter(Node *node, void *context)
{
	return node != NULL && (IsA(node, Param) || expression_tree_walker(node, contains_parameter, context));
}

/* column = $1: rows are kept for each value of the column, which leads the order. */
static bool
collect_parameter(BingoAnalysis *analysis, const OpExpr *comparison)
{
	bool		first = is_parameter(linitial(comparison->args));
	Node	   *column = first ? lsecond(comparison->args) : linitial(comparison->args);
	BingoCondition *condition;
	TypeCacheEntry *type;

	if (!is_parameter(first ? linitial(comparison->args) : lsecond(comparison->args)))
		return false;
	condition = palloc0(sizeof(BingoCondition));
	condition->location = exprLocation(column);
	if (!is_column(analysis, column, &condition->table[0], &condition->attno[0]))
		return false;
	type = lookup_type_cache(exprType(column), TYPECACHE_BTREE_OPFAMILY);
	if (!OidIsValid(type->btree_opf) ||
		get_op_opfamily_strategy(comparison->opno, type->btree_opf) != BTEqualStrategyNumber ||
		!bingo_relation_same_equality(exprCollation(column), comparison->inputcollid))
		return false;
	analysis->parameters = lappend(analysis->parameters, condition);
	return true;
}

/* Is it of one table alone, without parameters? */
static bool
is_filter(const BingoAnalysis *analysis, Node *clause)
{
	return bms_membership(pull_varnos(NULL, clause)) == BMS_SINGLETON && !contains_parameter(clause, NULL);
}

static bool
collect_condition(BingoAnalysis *analysis, Node *clause)
{
	BingoCondition *condition = palloc0(sizeof(BingoCondition));
	OpExpr	   *comparison = (OpExpr *) clause;
	int			location = exprLocation(clause);
	char	   *hint = "Join with conditions of the form column = column, and write column = $1 where the page asks for a value. "
	"Conditions on one table compare its columns with constants.";

	if (IsA(clause, OpExpr) && list_length(comparison->args) == 2 && collect_parameter(analysis, comparison))
		return true;
	if (is_filter(analysis, clause))
	{
		analysis->filters = lappend(analysis->filters, clause);
		return true;
	}
	if (!IsA(clause, OpExpr) || list_length(comparison->args) != 2 ||
		!is_column(analysis, linitial(comparison->args), &condition->table[0], &condition->attno[0]) ||
		!is_column(analysis, lsecond(comparison->args), &condition->table[1], &condition->attno[1]))
		return refuse(analysis, location,
					  "this condition is not supported in the query of an ordering",
					  hint);
	condition->operator = comparison->opno;
	condition->collation = comparison->inputcollid;
	condition->location = location;
	if (!op_mergejoinable(comparison->opno, exprType(linitial(comparison->args))))
		return refuse(analysis, location,
					  psprintf("operator %s is not supported in the query of an ordering because it is not the equality of a btree operator class",
							   bingo_relations_operator(comparison->opno)),
					  hint);

	analysis->conditions = lappend(analysis->conditions, condition);
	return true;
}

static bool
collect_conditions(BingoAnalysis *analysis, Node *quals)
{
	ListCell   *cell;

	foreach(cell, make_ands_implicit((Expr *) quals))
		if (!collect_condition(analysis, lfirst(cell)))
			return false;
	return true;
}

/* The conditions of every ON and of WHERE. */
static bool
walk_join_tree(BingoAnalysis *analysis, Node *node)
{
	ListCell   *cell;

	if (IsA(node, JoinExpr))
	{
		JoinExpr   *join = (JoinExpr *) node;

		return walk_join_tree(analysis, join->larg) &&
			walk_join_tree(analysis, join->rarg) &&
			collect_conditions(analysis, bingo_flatten_join_alias_vars(analysis->query, join->quals));
	}
	if (!IsA(node, FromExpr))
		return true;
	foreach(cell, ((FromExpr *) node)->fromlist)
		if (!walk_join_tree(analysis, lfirst(cell)))
			return false;
	return collect_conditions(analysis, bingo_flatten_join_alias_vars(analysis->query, ((FromExpr *) node)->quals));
}

/* May the column be kept in a window? */
static bool
check_column(BingoAnalysis *analysis, int table, AttrNumber attno, int location)
{
	BingoColumn column;

	if (!bingo_relation_attribute(analysis->relations[table].relid, attno, &column, NULL))
		return bingo_analysis_fail(analysis, ERRCODE_UNDEFINED_COLUMN, location,
								   psprintf("column %s does not exist any more",
											bingo_analysis_column_name(analysis, table, attno)),
								   NULL, NULL);
	if (bingo_is_virtual_generated(analysis->relations[table].relid, attno))
		return refuse(analysis, location,
					  psprintf("virtual generated column %s is not supported in the query of an ordering",
							   bingo_analysis_column_name(analysis, table, attno)),
					  "Make it STORED, or leave it out.");
	return true;
}

static bool
collect_output(BingoAnalysis *analysis, List *target_list)
{
	ListCell   *cell;

	foreach(cell, target_list)
	{
		TargetEntry *entry = lfirst(cell);
		int			location = exprLocation((Node *) entry->expr);
		int			table;
		AttrNumber	attno;

		if (!IsA(entry->expr, Var) || !is_column(analysis, (Node *) entry->expr, &table, &attno))
		{
			bool		is_system = IsA(entry->expr, Var) &&
				((Var *) entry->expr)->varattno < 0;

			return refuse(analysis, location,
						  psprintf("%s in %s is not supported in the query of an ordering",
								   is_system ? "a system column" :
								   IsA(entry->expr, Var) ? "a whole row" :
								   "an expression that is not a plain column",
								   entry->ressortgroupref != 0 ? "ORDER BY" : "the select list"),
						  entry->ressortgroupref != 0 ? "Order by plain columns." :
						  "Select plain columns: a query that is served may compute from them.");
		}
		if (!check_column(analysis, table, attno, location))
			return false;
		if (!entry->resjunk)
			bingo_output_add(analysis, table, attno);
	}
	if (analysis->definition->noutput == 0)
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

static bool
add_sort_key(BingoAnalysis *analysis, int table, AttrNumber attno, Oid sort_operator, bool nulls_first, int location)
{
	BingoDefinition *definition = analysis->definition;
	BingoSortKey *key;
	TypeCacheEntry *type;
	Oid			opcintype;
	BingoComparison comparison;

	if (is_redundant(analysis, table, attno))
		return true;
	if (definition->nsort == BINGO_MAX_KEYS)
		return refuse(analysis, location,
					  psprintf("an ordering has at most %d sort keys", BINGO_MAX_KEYS), NULL);

	key = &definition->sort[definition->nsort++];
	key->sort_operator = sort_operator;
	key->nulls_first = nulls_first;
	key->output = bingo_output_add(analysis, table, attno);
	key->column = definition->output[key->output];
	key->collation = key->column.collation;

	type = lookup_type_cache(key->column.type, TYPECACHE_BTREE_OPFAMILY);
	if (!get_ordering_op_properties(sort_operator, &key->opfamily, &opcintype, &comparison) ||
		!OidIsValid(type->btree_opf) || key->opfamily != type->btree_opf)
		return refuse(analysis, location,
					  psprintf("ORDER BY %s does not use the default order of its type %s",
							   bingo_analysis_column_name(analysis, table, attno),
							   bingo_relations_type(key->column.type)),
					  "Leave out USING.");
	if (!bingo_types_compare(key->column.type, opcintype))
		return refuse(analysis, location,
					  psprintf("values of sort key %s, which has type %s, can't be compared",
							   bingo_analysis_column_name(analysis, table, attno),
							   bingo_relations_type(key->column.type)), NULL);
	key->descending = (comparison == BINGO_COMPARE_GREATER);
	return true;
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

		if (!check_column(analysis, condition->table[0], condition->attno[0], condition->location))
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

		if (!is_column(analysis, (Node *) entry->expr, &table, &attno))
			elog(ERROR, "sort key of an ordering is not a column");
		if (!add_sort_key(analysis, table, attno, clause->sortop, clause->nulls_first, exprLocation((Node *) entry->expr)))
			return false;
	}
	return true;
}

/*
 * The conditions on one table alone.  That is the driving table: which other tables' rows
 * pass would be another transaction's business.
 */
static bool
collect_filter(BingoAnalysis *analysis)
{
	BingoDefinition *definition = analysis->definition;
	ListCell   *cell;

	foreach(cell, analysis->filters)
	{
		Node	   *clause = lfirst(cell);
		int			varno = bms_singleton_member(pull_varnos(NULL, clause));
		const BingoRelation *relation = &analysis->relations[table_of_rti(analysis, varno)];
		int			location = exprLocation(clause);

		if (relation->relid != definition->tables[0].relid)
			return refuse(analysis, location,
						  psprintf("a condition on table \"%s\" is not supported in the query of an ordering", relation->name),
						  psprintf("Leave it out: conditions choose rows of table \"%s\", to which the others are joined; "
								   "queries that are served may have more of them.",
								   bingo_relations_label(definition->tables[0].relid)));
		if (!bingo_filter_add(definition, clause, varno, &location))
			return refuse(analysis, location, "this condition is not supported in the query of an ordering",
						  unconstify(char *, bingo_filter_hint));
	}
	definition->read = palloc0(MaxHeapAttributeNumber * sizeof(BingoColumn));
	foreach(cell, bingo_filter_columns(definition))
	{
		AttrNumber	attno = lfirst_int(cell);

		if (attno <= 0)
			return refuse(analysis, -1, "a system column or a whole row is not supported in the query of an ordering", "Use plain columns.");
		if (!check_column(analysis, driving_relation(analysis), attno, -1))
			return false;
		bingo_relation_require_attribute(definition->tables[0].relid, attno, &definition->read[definition->nread], NULL);
		definition->read[definition->nread++].table = 0;
	}
	bingo_definition_fill_used(definition);
	return true;
}

/*
 * Returns NULL and fills the problem if the query can't be an ordering, or a counter.
 */
BingoDefinition *
bingo_define_analyze(Query *query, bool counts, BingoProblem *problem)
{
	BingoAnalysis analysis = {0};
	List	   *target_list;

	if (counts)
		return bingo_count_analyze(query, problem);
	analysis.query = query;
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
		!walk_join_tree(&analysis, (Node *) query->jointree) ||
		!collect_sort_keys(&analysis, target_list) ||
		!bingo_tree_build(&analysis) ||
		!collect_filter(&analysis))
		return NULL;
	return analysis.definition;
}
