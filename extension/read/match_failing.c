/*
 * read/match_failing.c
 *	  May a condition raise an error, because of the values of a row?
 *
 * "kind = 'number' AND value::int > 5": an application relies on that the first condition keeps the second one away from
 * values that are no numbers.  PostgreSQL promises no order, but it has one: a table's conditions come by their costs, and then
 * as they are written, and those of a join after them.  Whatever stands in front of a condition there must
 * have passed before it is evaluated on a row of a window (read/match_filter.c), if it may fail.
 *
 * Invariant: what is said not to fail is evaluated by PostgreSQL itself before others.  What is leakproof tells nothing of values, so
 * raises no error because of them.  An operator that a btree or a hash index searches by is evaluated by the index, whatever the values are; one
 * of another kind of index only takes what is sought as it stands in the plan: a pattern that comes from the row, or from a parameter, may be none.  Beside
 * these there are a few functions that conditions on pages often have.  Strings of two collations fail whatever they are.  In doubt it may fail: that costs looking up more rows, no more.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_am.h"
#include "catalog/pg_amop.h"
#include "catalog/pg_proc.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "definition/expression.h"
#include "read/match_step.h"

/* What raises no error because of a value, although it is not marked as leakproof. */
static bool
is_known(Oid function)
{
	switch (function)
	{
		case F_LOWER_TEXT:
		case F_UPPER_TEXT:
		case F_JSONB_OBJECT_FIELD:
		case F_JSONB_OBJECT_FIELD_TEXT:
		case F_JSONB_EXISTS:
			return true;
		default:
			return false;
	}
}

static bool
may_function_fail(Oid function, void *context)
{
	HeapTuple	tuple;
	bool		leakproof;

	if (is_known(function))
		return false;
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	leakproof = HeapTupleIsValid(tuple) && ((Form_pg_proc) GETSTRUCT(tuple))->proleakproof;
	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	return !leakproof;
}

static bool
is_like(Oid function)
{
	return function == F_TEXTLIKE || function == F_TEXTNLIKE || function == F_TEXTICLIKE || function == F_TEXTICNLIKE;
}

/* Nothing to be escaped: a pattern that ends with the escape character fails. */
static bool
is_plain_pattern(const Node *pattern)
{
	const Const *value = (const Const *) pattern;

	return IsA(pattern, Const) && !value->constisnull && strchr(TextDatumGetCString(value->constvalue), '\\') == NULL;
}

/* Does an index search by it, without a look at what is sought, or for that which the plan has? */
static bool
is_searched_by(Oid operator, const Node *sought)
{
	CatCList   *members = SearchSysCacheList1(AMOPOPID, ObjectIdGetDatum(operator));
	bool		found = false;

	for (int i = 0; i < members->n_members && !found; i++)
	{
		Form_pg_amop member = (Form_pg_amop) GETSTRUCT(&members->members[i]->tuple);

		found = member->amoppurpose == AMOP_SEARCH &&
			(member->amopmethod == BTREE_AM_OID || member->amopmethod == HASH_AM_OID || IsA(sought, Const));
	}
	ReleaseSysCacheList(members);
	return found;
}

static bool
is_row_searched_by(const RowCompareExpr *comparison)
{
	ListCell   *lc;

	foreach(lc, comparison->opnos)
	{
		const Node *left = list_nth(comparison->largs, foreach_current_index(lc));

		if (!is_searched_by(lfirst_oid(lc), left) ||
			(type_is_collatable(exprType(left)) && !OidIsValid(list_nth_oid(comparison->inputcollids, foreach_current_index(lc)))))
			return false;
	}
	return true;
}

/* Of two arguments, the second one perhaps an array. */
static bool
may_operator_fail(Node *node)
{
	const List *arguments = IsA(node, OpExpr) ? ((const OpExpr *) node)->args : ((const ScalarArrayOpExpr *) node)->args;
	Oid			operator = IsA(node, OpExpr) ? ((const OpExpr *) node)->opno : ((const ScalarArrayOpExpr *) node)->opno;
	Oid			collation = exprInputCollation(node);

	if (bingo_expression_lacks_collation(node))
		return true;
	if (is_like(get_opcode(operator)))
		return !IsA(node, OpExpr) || !is_plain_pattern(lsecond(arguments)) || !get_collation_isdeterministic(collation);
	return !is_searched_by(operator, llast(arguments)) && check_functions_in_node(node, may_function_fail, NULL);
}

static bool
find_failing(Node *node, void *context)
{
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Var:
		case T_Const:
		case T_Param:
		case T_List:
		case T_ArrayExpr:
		case T_BoolExpr:
		case T_BooleanTest:
		case T_CaseExpr:
		case T_CaseTestExpr:
		case T_CaseWhen:
		case T_CoalesceExpr:
		case T_CollateExpr:
		case T_NullTest:
		case T_RelabelType:
		case T_RowExpr:
		case T_SQLValueFunction:
			break;
		case T_OpExpr:
		case T_ScalarArrayOpExpr:
			if (may_operator_fail(node))
				return true;
			break;
		case T_RowCompareExpr:
			if (!is_row_searched_by((RowCompareExpr *) node))
				return true;
			break;
		case T_FuncExpr:
		case T_CoerceViaIO:
			if (bingo_expression_lacks_collation(node) || check_functions_in_node(node, may_function_fail, context))
				return true;
			break;
		default:
			return true;
	}
	return expression_tree_walker(node, find_failing, context);
}

bool
bingo_match_may_fail(const RestrictInfo *condition)
{
	return find_failing((Node *) condition->clause, NULL);
}
