/*
 * advise/parameter.c
 *	  "column = value" in a query, as "column = $n" of an ordering.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "advise/advise.h"
#include "advise/page.h"

/* A column of a table of this level, whatever its type is taken for. */
bool
bingo_advise_is_column(Node *node)
{
	while (IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return IsA(node, Var) && ((Var *) node)->varlevelsup == 0 && ((Var *) node)->varattno > 0;
}

/* So many different values has a column, as ANALYZE has seen it; 0: it has not. */
static double
count_values(Oid relid, AttrNumber attno)
{
	HeapTuple	statistics = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(relid), Int16GetDatum(attno), BoolGetDatum(false));
	HeapTuple	class;
	double		values;

	if (!HeapTupleIsValid(statistics))
		return 0;
	values = ((Form_pg_statistic) GETSTRUCT(statistics))->stadistinct;
	ReleaseSysCache(statistics);
	if (values >= 0)
		return values;
	class = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	if (!HeapTupleIsValid(class))
		return 0;
	values *= -((Form_pg_class) GETSTRUCT(class))->reltuples;
	ReleaseSysCache(class);
	return values;
}

static bool
is_value(Node *node)
{
	while (IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return (IsA(node, Const) && !((Const *) node)->constisnull) ||
		(IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXTERN) ||
		(IsA(node, Var) && ((Var *) node)->varlevelsup > 0) ||
		(IsA(node, ArrayExpr) && bingo_advise_is_constant(node));
}

/* "column IN (...)" as "column = ...": a copy, as of "column = value"; NULL: neither. */
static OpExpr *
copy_equality(Node *clause)
{
	ScalarArrayOpExpr *array = (ScalarArrayOpExpr *) clause;

	if (IsA(clause, OpExpr) && list_length(((OpExpr *) clause)->args) == 2)
		return copyObject((OpExpr *) clause);
	if (!IsA(clause, ScalarArrayOpExpr) || !array->useOr)
		return NULL;
	return (OpExpr *) make_opclause(array->opno, BOOLOID, false, copyObject(linitial(array->args)), copyObject(lsecond(array->args)),
									InvalidOid, array->inputcollid);
}

static bool
leads(const Query *core, const Var *column)
{
	SortGroupClause *first = linitial_node(SortGroupClause, core->sortClause);

	return equal(get_sortgroupclause_tle(first, core->targetList)->expr, column);
}

/*
 * "column = value", or one of a list's, of a column that has more values than a window has times the
 * rows of a page: of most of them it would not hold a page.  Then it becomes "column = $n", of which the
 * ordering keeps all rows (definition/conditions.c).  A column of an outer query is a value, too.
 *
 * A column that the query sorts by first leads the order anyway: NULL, but all rows are wanted.
 */
Node *
bingo_advise_parameter(const Query *core, Node *clause, const Bitmapset *tables, int *parameters, bool *all)
{
	OpExpr	   *operator = copy_equality(clause);
	int			side;
	Var		   *column;
	Param	   *parameter;
	Oid			left;
	Oid			right;

	if (operator == NULL)
		return NULL;
	side = is_value(linitial(operator->args)) ? 1 : 0;
	if (!bingo_advise_is_column(list_nth(operator->args, side)) || !is_value(list_nth(operator->args, 1 - side)) ||
		!op_mergejoinable(operator->opno, exprType(linitial(operator->args))))
		return NULL;
	column = (Var *) linitial(pull_var_clause(list_nth(operator->args, side), 0));
	if (!bms_is_member(column->varno, tables) ||
		count_values(rt_fetch(column->varno, core->rtable)->relid, column->varattno) <= BINGO_ADVISE_TIMES_THE_ROWS)
		return NULL;
	if (leads(core, column))
	{
		*all = true;
		return NULL;
	}
	parameter = makeNode(Param);
	parameter->paramkind = PARAM_EXTERN;
	parameter->paramid = ++*parameters;
	op_input_types(operator->opno, &left, &right);
	parameter->paramtype = side == 0 ? right : left;
	parameter->paramtypmod = -1;
	parameter->paramcollid = exprCollation(list_nth(operator->args, 1 - side));
	parameter->location = -1;
	lfirst(list_nth_cell(operator->args, 1 - side)) = parameter;
	return (Node *) operator;
}
