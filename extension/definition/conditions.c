/*
 * definition/conditions.c
 *	  The conditions in an ordering's query.
 *
 * Of three kinds: column = column joins (definition/tree.c makes the tree); column = $1
 * makes the column a leading sort key; what is of one table alone becomes the filter of that
 * table's rows (definition/filter.c).  That of a LEFT JOIN says which row is joined, and must
 * be nothing but column = column (definition/outer.c).
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "base/relations.h"
#include "definition/conditions.h"
#include "definition/expression.h"
#include "definition/filter.h"
#include "definition/outer.h"
#include "definition/output.h"
#include "definition/relation.h"

static bool
refuse(BingoAnalysis *analysis, int location, char *message, char *hint)
{
	return bingo_analysis_fail(analysis, ERRCODE_FEATURE_NOT_SUPPORTED, location,
							   message, NULL, hint);
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
	if (!bingo_output_is_column(analysis, column, &condition->table[0], &condition->attno[0]))
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

/* A condition of WHERE or of an inner join, or of the LEFT JOIN of table "optional". */
static bool
collect_condition(BingoAnalysis *analysis, Node *clause, int optional)
{
	BingoCondition *condition = palloc0(sizeof(BingoCondition));
	OpExpr	   *comparison = (OpExpr *) clause;
	int			location = exprLocation(clause);
	char	   *hint = "Join with conditions of the form column = column, and write column = $1 where the page asks for a value. "
	"Conditions on one table are expressions over its columns.";

	if (optional < 0 && !bingo_outer_allows(analysis, clause))
		return false;
	if (optional < 0 && IsA(clause, OpExpr) && list_length(comparison->args) == 2 && collect_parameter(analysis, comparison))
		return true;
	if (optional < 0 && is_filter(analysis, clause))
	{
		analysis->filters = lappend(analysis->filters, clause);
		return true;
	}
	if (!IsA(clause, OpExpr) || list_length(comparison->args) != 2 ||
		!bingo_output_is_column(analysis, linitial(comparison->args), &condition->table[0], &condition->attno[0]) ||
		!bingo_output_is_column(analysis, lsecond(comparison->args), &condition->table[1], &condition->attno[1]))
		return optional >= 0 ? bingo_outer_refuse_condition(analysis, optional, location) :
			refuse(analysis, location, "this condition is not supported in the query of an ordering", hint);
	condition->optional = optional;
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
collect_conditions(BingoAnalysis *analysis, Node *quals, int optional)
{
	ListCell   *cell;

	foreach(cell, make_ands_implicit((Expr *) quals))
		if (!collect_condition(analysis, lfirst(cell), optional))
			return false;
	return true;
}

bool
bingo_conditions_collect(BingoAnalysis *analysis, Node *node)
{
	ListCell   *cell;

	if (IsA(node, JoinExpr))
	{
		JoinExpr   *join = (JoinExpr *) node;

		return bingo_conditions_collect(analysis, join->larg) &&
			bingo_conditions_collect(analysis, join->rarg) &&
			collect_conditions(analysis, bingo_flatten_join_alias_vars(analysis->query, join->quals),
							   bingo_outer_table(analysis, join));
	}
	if (!IsA(node, FromExpr))
		return true;
	foreach(cell, ((FromExpr *) node)->fromlist)
		if (!bingo_conditions_collect(analysis, lfirst(cell)))
			return false;
	return collect_conditions(analysis, bingo_flatten_join_alias_vars(analysis->query, ((FromExpr *) node)->quals), -1);
}

/* What the expressions read, which is known to be there.  The same column may come several times. */
static bool
read_expressions(BingoAnalysis *analysis)
{
	BingoDefinition *definition = analysis->definition;
	int			nread = 0;

	for (int i = 0; i < definition->noutput; i++)
	{
		const BingoColumn *column = &definition->output[i];
		ListCell   *cell;

		if (column->attno != InvalidAttrNumber)
			continue;
		foreach(cell, bingo_expression_columns(list_nth(definition->expressions, column->expression)))
		{
			if (++nread > BINGO_MAX_READ)
				return refuse(analysis, -1, psprintf("the expressions that an ordering sorts by read at most %d columns", BINGO_MAX_READ),
							  "Sort by fewer expressions, or by such as read fewer columns.");
			bingo_relation_require_attribute(definition->tables[column->table].relid, lfirst_int(cell), &definition->read[definition->nread], NULL);
			definition->read[definition->nread++].table = column->table;
		}
	}
	return true;
}

/* The columns that the conditions on a relation of the query read. */
static bool
collect_read(BingoAnalysis *analysis, int relation)
{
	BingoDefinition *definition = analysis->definition;
	Oid			relid = analysis->relations[relation].relid;
	int			table = analysis->relations[relation].number;
	ListCell   *cell;

	foreach(cell, bingo_filter_columns(definition, table))
	{
		AttrNumber	attno = lfirst_int(cell);

		if (attno <= 0)
			return refuse(analysis, -1, "a system column or a whole row is not supported in the query of an ordering", "Use plain columns.");
		if (!bingo_output_check(analysis, relation, attno, -1))
			return false;
		bingo_relation_require_attribute(relid, attno, &definition->read[definition->nread], NULL);
		definition->read[definition->nread++].table = table;
	}
	return true;
}

/* One that the time or a setting has a say in is left to the queries. */
static bool
refuse_condition(BingoAnalysis *analysis, Node *clause, const BingoFilterRefusal *refusal)
{
	return refuse(analysis, refusal->location, psprintf("%s in a condition is not supported in the query of an ordering", refusal->obstacle),
				  contain_mutable_functions(clause) ? "Leave it out: queries that are served may have it." : refusal->hint);
}

/*
 * The conditions on one table alone.  A row of a dimension that does not pass is none for the
 * rows that join it; what it is another transaction can't change while they are written.
 */
bool
bingo_conditions_keep_filter(BingoAnalysis *analysis)
{
	BingoDefinition *definition = analysis->definition;
	ListCell   *cell;

	foreach(cell, analysis->filters)
	{
		Node	   *clause = lfirst(cell);
		int			varno = bms_singleton_member(pull_varnos(NULL, clause));
		const BingoRelation *relation = &analysis->relations[bingo_output_table(analysis, varno)];
		BingoFilterRefusal refusal;

		if (!bingo_filter_add(definition, clause, varno, relation->number, &refusal))
			return refuse_condition(analysis, clause, &refusal);
	}
	definition->read = palloc0((definition->ntables * MaxHeapAttributeNumber + BINGO_MAX_READ) * sizeof(BingoColumn));
	for (int i = 0; i < analysis->nrelations; i++)
		if (!collect_read(analysis, i))
			return false;
	if (!read_expressions(analysis))
		return false;
	bingo_definition_fill_used(definition);
	return true;
}
