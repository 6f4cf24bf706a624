/*
 * read/match_compare.c
 *	  One comparison that the index of a window can search by: sort key OP value.
 *
 * Of read/match_search.c and its keysets (read/match_keyset.c).
 *
 * The operator must be immutable.  timestamp is compared with timestamptz by TimeZone, and a
 * time that its clocks leave out equals two times, between which stand others that it does not equal: no
 * search finds these rows.  Such a condition stays in the filter.
 */
#include "postgres.h"

#include "access/nbtree.h"
#include "access/stratnum.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "read/match_step.h"

/* Is the value the same for the whole scan? */
static bool
is_fixed_value(PlannerInfo *root, Node *value)
{
	return !contain_var_clause(value) && !contain_subplans(value) && !contain_volatile_functions(value);
}

/* The sort key that the expression is, or -1. */
static int
find_key(const BingoMatch *match, Node *expr)
{
	const BingoDefinition *definition = match->ordering->definition;
	Var		   *var = bingo_match_var((Expr *) expr);
	int			output = var ? bingo_match_output(match, var) : -1;
	int			i;

	for (i = 0; i < definition->nsort; i++)
	{
		const BingoSortKey *key = &definition->sort[i];

		if (key->column.attno == InvalidAttrNumber ? bingo_match_is_kept(match, expr, &key->column) : key->output == output)
			return i;
	}
	return -1;
}

bool
bingo_match_is_ordered(Oid opfamily, Oid left, Oid right)
{
	Oid			compare = get_opfamily_proc(opfamily, left, right, BTORDER_PROC);

	return OidIsValid(compare) && func_volatile(compare) == PROVOLATILE_IMMUTABLE;
}

/* A search key from "sort key i OP value", or NULL if the index doesn't know the operator. */
static BingoSearchKey *
make_key(const BingoMatch *match, int i, Oid operator, Oid collation, Node *value)
{
	const BingoSortKey *key = &match->ordering->definition->sort[i];
	BingoSearchKey *search = palloc0(sizeof(BingoSearchKey));

	if (key->collation != collation || !op_in_opfamily(operator, key->opfamily))
		return NULL;
	get_op_opfamily_properties(operator, key->opfamily, false, &search->strategy, &search->left_type, &search->type);
	if (!op_strict(operator) || op_volatile(operator) != PROVOLATILE_IMMUTABLE ||
		!bingo_match_is_ordered(key->opfamily, search->left_type, search->type))
		return NULL;
	search->key = i;
	search->function = get_opcode(operator);
	search->value = (Expr *) value;
	search->whole = true;
	return search;
}

BingoSearchKey *
bingo_match_compare(PlannerInfo *root, const BingoMatch *match, Node *left, Oid operator, Node *right, Oid collation)
{
	int			i;

	if (is_fixed_value(root, left))
	{
		Node	   *swap = left;

		left = right;
		right = swap;
		operator = get_commutator(operator);
	}
	if (!OidIsValid(operator) || !is_fixed_value(root, right))
		return NULL;
	i = find_key(match, left);
	return i < 0 ? NULL : make_key(match, i, operator, collation, right);
}

Node *
bingo_match_boolean(Node *condition, bool *value)
{
	*value = true;
	if (is_notclause(condition))
	{
		*value = false;
		condition = (Node *) get_notclausearg(condition);
	}
	else if (IsA(condition, BooleanTest))
	{
		BooleanTest *test = (BooleanTest *) condition;

		if (test->booltesttype != IS_TRUE && test->booltesttype != IS_FALSE)
			return NULL;
		*value = test->booltesttype == IS_TRUE;
		condition = (Node *) test->arg;
	}
	return IsA(condition, Var) ? condition : NULL;
}

/* By the operators' families the negator of "less" is "greater or equal", and NULL is NULL either way. */
RowCompareExpr *
bingo_match_row(Node *clause)
{
	const RowCompareExpr *row;
	RowCompareExpr *opposite;
	ListCell   *lc;

	if (IsA(clause, RowCompareExpr))
		return (RowCompareExpr *) clause;
	if (!is_notclause(clause) || !IsA(get_notclausearg(clause), RowCompareExpr))
		return NULL;
	row = (RowCompareExpr *) get_notclausearg(clause);
	opposite = makeNode(RowCompareExpr);
	*opposite = *row;
	opposite->opnos = NIL;
	foreach(lc, row->opnos)
	{
		Oid			negator = get_negator(lfirst_oid(lc));

		if (!op_in_opfamily(negator, list_nth_oid(row->opfamilies, foreach_current_index(lc))))
			return NULL;
		opposite->opnos = lappend_oid(opposite->opnos, negator);
	}
	return opposite;
}

BingoSearchKey *
bingo_match_flag(PlannerInfo *root, const BingoMatch *match, Node *condition)
{
	bool		value;
	Node	   *flag = bingo_match_boolean(condition, &value);

	return flag == NULL ? NULL :
		bingo_match_compare(root, match, flag, BooleanEqualOperator, makeBoolConst(value, false), InvalidOid);
}

Var *
bingo_match_list(Node *condition, Oid opfamily, Oid collation)
{
	ScalarArrayOpExpr *list = (ScalarArrayOpExpr *) condition;

	if (!IsA(condition, ScalarArrayOpExpr) || !list->useOr || list->inputcollid != collation ||
		get_op_opfamily_strategy(list->opno, opfamily) != BTEqualStrategyNumber ||
		op_volatile(list->opno) != PROVOLATILE_IMMUTABLE)
		return NULL;
	return bingo_match_var(linitial(list->args));
}

BingoSearchKey *
bingo_match_list_key(PlannerInfo *root, const BingoMatch *match, const ScalarArrayOpExpr *condition)
{
	Node	   *array = lsecond(condition->args);
	BingoSearchKey *search;
	int			i = find_key(match, linitial(condition->args));

	if (!condition->useOr || i < 0 || !is_fixed_value(root, array))
		return NULL;
	search = make_key(match, i, condition->opno, condition->inputcollid, array);
	if (search == NULL || search->strategy != BTEqualStrategyNumber ||
		!bingo_match_is_ordered(match->ordering->definition->sort[i].opfamily, search->type, search->type))
		return NULL;
	search->list = true;
	return search;
}
