/*
 * read/count_ones.c
 *	  Expressions that are 1 for some rows, and 0 or NULL for the others.
 *
 * What people wrote before there was FILTER, and what mappers still write: sum(CASE WHEN condition THEN 1 ELSE 0 END),
 * the same without ELSE, sum(flag::int), sum(1).  Only how they are written matters here.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/fmgroids.h"

#include "base/compat.h"
#include "read/count_ones.h"

static bool
is_integer(const Expr *expr, int32 value)
{
	const Const *constant = (const Const *) expr;

	return expr != NULL && IsA(expr, Const) && constant->consttype == INT4OID && !constant->constisnull &&
		DatumGetInt32(constant->constvalue) == value;
}

static bool
is_null(const Expr *expr)
{
	return expr == NULL || (IsA(expr, Const) && ((const Const *) expr)->constisnull);
}

static bool
find_in_case(const CaseExpr *choice, BingoCountOnes *ones)
{
	const CaseWhen *first = linitial_node(CaseWhen, choice->args);

	if (choice->arg != NULL || list_length(choice->args) != 1 || !is_integer(first->result, 1))
		return false;
	ones->condition = first->expr;
	ones->only = is_null(choice->defresult);
	return ones->only || is_integer(choice->defresult, 0);
}

bool
bingo_count_find_ones(Expr *expr, BingoCountOnes *ones)
{
	memset(ones, 0, sizeof(*ones));
	if (is_integer(expr, 1))
		return true;
	if (IsA(expr, FuncExpr) && ((FuncExpr *) expr)->funcid == F_INT4_BOOL)
	{
		ones->condition = ones->given = linitial(((FuncExpr *) expr)->args);
		return true;
	}
	return IsA(expr, CaseExpr) && find_in_case((CaseExpr *) expr, ones);
}
