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
 * raises no error because of them.  An operator that an index may search by is evaluated by the index.  Beside these there are
 * a few functions that conditions on pages often have.  In doubt it may fail: that costs looking up more rows, no more.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_amop.h"
#include "catalog/pg_proc.h"
#include "nodes/nodeFuncs.h"
#include "utils/catcache.h"
#include "utils/fmgroids.h"
#include "utils/syscache.h"

#include "read/match_step.h"

/* What raises no error because of a value, although it is not marked as leakproof; of a pattern only, and that is the same for each row. */
static bool
is_known(Oid function)
{
	switch (function)
	{
		case F_TEXTLIKE:
		case F_TEXTNLIKE:
		case F_TEXTICLIKE:
		case F_TEXTICNLIKE:
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

/* Does an index of some kind search by it? */
static bool
is_searched_by(Oid operator)
{
	CatCList   *members = SearchSysCacheList1(AMOPOPID, ObjectIdGetDatum(operator));
	bool		found = false;

	for (int i = 0; i < members->n_members && !found; i++)
		found = ((Form_pg_amop) GETSTRUCT(&members->members[i]->tuple))->amoppurpose == AMOP_SEARCH;
	ReleaseSysCacheList(members);
	return found;
}

static bool
is_row_searched_by(const RowCompareExpr *comparison)
{
	ListCell   *lc;

	foreach(lc, comparison->opnos)
		if (!is_searched_by(lfirst_oid(lc)))
			return false;
	return true;
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
			if (!is_searched_by(IsA(node, OpExpr) ? ((OpExpr *) node)->opno : ((ScalarArrayOpExpr *) node)->opno) &&
				check_functions_in_node(node, may_function_fail, context))
				return true;
			break;
		case T_RowCompareExpr:
			if (!is_row_searched_by((RowCompareExpr *) node))
				return true;
			break;
		case T_FuncExpr:
		case T_CoerceViaIO:
			if (check_functions_in_node(node, may_function_fail, context))
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
