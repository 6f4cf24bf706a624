/*
 * read/match_search.c
 *	  Which conditions can the index of a window search by?
 *
 * A step of read/match.c, after the filter.  The window's index is a btree on the
 * sort keys.  Conditions "sort key OP value", the value fixed for a scan, become
 * search keys: equality on the first keys, then one key's range.  The planner writes
 * "flag = true" as flag, "flag = false" as NOT flag.
 *
 * "sort key IN (list)", written so or = ANY (array), is equality with each of the values in
 * turn, if match->lists wants it so.  Else it is left to the filter: the index could search by
 * the array, but the rows that it finds stand anywhere behind the first one.
 *
 *	- (a, b, ...) < (x, y, ...) implies a <= x, which is a search key; the whole
 *	  stays in the filter;
 *	- all others need not be looked at again: the index has done so.
 *
 * The operator must be immutable.  timestamp is compared with timestamptz by TimeZone, and a
 * time that its clocks leave out equals two times, between which stand others that it does not equal: no
 * search finds these rows.  Such a condition stays in the filter.
 *
 * Invariant: a row that satisfies the conditions satisfies the search keys.  They
 * run before every condition of the filter, so they may only come from the lowest
 * security level there is (as the core's own index conditions do), and their
 * values may not be what a later look would see otherwise: they are evaluated
 * once at the start of a scan, as the core's index scans do.
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

/* The lowest security level of the core's conditions. */
static Index
find_lowest_level(const BingoMatch *match)
{
	return match->filter == NIL ? 0 : ((RestrictInfo *) linitial(match->filter))->security_level;
}

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

/* Does the family compare the two types, and by nothing but the values? */
static bool
is_ordered(Oid opfamily, Oid left, Oid right)
{
	Oid			compare = get_opfamily_proc(opfamily, left, right, BTORDER_PROC);

	return OidIsValid(compare) && func_volatile(compare) == PROVOLATILE_IMMUTABLE;
}

/* A search key from "sort key i OP value", or NULL if the index doesn't know the operator. */
static BingoSearchKey *
make_key(const BingoMatch *match, int i, Oid operator, Oid collation, Node *value, bool or_equal)
{
	const BingoSortKey *key = &match->ordering->definition->sort[i];
	BingoSearchKey *search = palloc0(sizeof(BingoSearchKey));

	if (key->collation != collation || !op_in_opfamily(operator, key->opfamily))
		return NULL;
	get_op_opfamily_properties(operator, key->opfamily, false, &search->strategy, &search->left_type, &search->type);
	if (or_equal && (search->strategy == BTLessStrategyNumber || search->strategy == BTGreaterStrategyNumber))
	{
		search->strategy = search->strategy == BTLessStrategyNumber ? BTLessEqualStrategyNumber : BTGreaterEqualStrategyNumber;
		operator = get_opfamily_member(key->opfamily, search->left_type, search->type, search->strategy);
	}
	if (!OidIsValid(operator) || !op_strict(operator) || op_volatile(operator) != PROVOLATILE_IMMUTABLE ||
		!is_ordered(key->opfamily, search->left_type, search->type))
		return NULL;
	search->key = i;
	search->function = get_opcode(operator);
	search->value = (Expr *) value;
	search->whole = !or_equal;
	return search;
}

/* A search key from "left OP right", one of which is a sort key and the other one fixed. */
static BingoSearchKey *
search_by(PlannerInfo *root, const BingoMatch *match, Node *left, Oid operator, Node *right, Oid collation, bool or_equal)
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
	return i < 0 ? NULL : make_key(match, i, operator, collation, right, or_equal);
}

static BingoSearchKey *
search_by_operator(PlannerInfo *root, const BingoMatch *match, const OpExpr *condition)
{
	if (list_length(condition->args) != 2)
		return NULL;
	return search_by(root, match, linitial(condition->args), condition->opno, lsecond(condition->args),
					 condition->inputcollid, false);
}

static BingoSearchKey *
search_by_row(PlannerInfo *root, const BingoMatch *match, const RowCompareExpr *condition)
{
	return search_by(root, match, linitial(condition->largs), linitial_oid(condition->opnos), linitial(condition->rargs),
					 linitial_oid(condition->inputcollids), true);
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

static BingoSearchKey *
search_by_flag(PlannerInfo *root, const BingoMatch *match, Node *condition)
{
	bool		value;
	Node	   *flag = bingo_match_boolean(condition, &value);

	return flag == NULL ? NULL :
		search_by(root, match, flag, BooleanEqualOperator, makeBoolConst(value, false), InvalidOid, false);
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

static BingoSearchKey *
search_by_list(PlannerInfo *root, const BingoMatch *match, const ScalarArrayOpExpr *condition)
{
	Node	   *array = lsecond(condition->args);
	BingoSearchKey *search;
	int			i = find_key(match, linitial(condition->args));

	if (!match->lists || !condition->useOr || i < 0 || !is_fixed_value(root, array))
		return NULL;
	search = make_key(match, i, condition->opno, condition->inputcollid, array, false);
	if (search == NULL || search->strategy != BTEqualStrategyNumber ||
		!is_ordered(match->ordering->definition->sort[i].opfamily, search->type, search->type))
		return NULL;
	search->list = true;
	return search;
}

static BingoSearchKey *
find_search(PlannerInfo *root, const BingoMatch *match, RestrictInfo *condition)
{
	Node	   *clause = (Node *) condition->clause;
	BingoSearchKey *search = NULL;

	if (IsA(clause, OpExpr))
		search = search_by_operator(root, match, (OpExpr *) clause);
	else if (IsA(clause, RowCompareExpr))
		search = search_by_row(root, match, (RowCompareExpr *) clause);
	else if (IsA(clause, ScalarArrayOpExpr))
		search = search_by_list(root, match, (ScalarArrayOpExpr *) clause);
	else
		search = search_by_flag(root, match, clause);
	if (search != NULL)
		search->condition = condition;
	return search;
}

/* Is it a better one to have?  One list at most is merged, and one value is better than a list of them. */
static bool
is_better(const BingoSearchKey *search, const BingoSearchKey *than, bool had_list)
{
	if (search->list && had_list)
		return false;
	return than == NULL || (than->list && !search->list);
}

/* Of all that could be searched by: equality as far as it goes, then what bounds the next key. */
static List *
choose(const BingoDefinition *definition, List *candidates)
{
	List	   *chosen = NIL;
	bool		had_list = false;
	int			i;

	for (i = 0; i < definition->nsort; i++)
	{
		BingoSearchKey *equal = NULL;
		List	   *range = NIL;
		ListCell   *lc;

		foreach(lc, candidates)
		{
			BingoSearchKey *search = lfirst(lc);

			if (search->key != i)
				continue;
			if (search->strategy != BTEqualStrategyNumber)
				range = lappend(range, search);
			else if (is_better(search, equal, had_list))
				equal = search;
		}
		if (equal == NULL)
			return list_concat(chosen, range);
		had_list = had_list || equal->list;
		chosen = lappend(chosen, equal);
	}
	return chosen;
}

/* The sort key of the list that is searched by, or -1. */
static int
find_listed_key(const BingoMatch *match)
{
	ListCell   *lc;

	foreach(lc, match->search)
	{
		BingoSearchKey *search = lfirst(lc);

		if (search->list)
			return search->key;
	}
	return -1;
}

void
bingo_match_search(PlannerInfo *root, BingoMatch *match)
{
	Index		lowest = find_lowest_level(match);
	List	   *candidates = NIL;
	ListCell   *lc;

	foreach(lc, match->filter)
	{
		RestrictInfo *condition = lfirst(lc);
		BingoSearchKey *search;

		if (condition->security_level > lowest)
			break;
		search = find_search(root, match, condition);
		if (search != NULL)
			candidates = lappend(candidates, search);
	}
	match->search = choose(match->ordering->definition, candidates);
	if (match->lists)
	{
		int			listed = find_listed_key(match);

		/* else it is what bingo_match_core() finds, or the order is not what was supposed */
		if (listed < 0 || (match->merged_key >= 0 && match->merged_key != listed))
		{
			match->refused = true;
			return;
		}
	}
	foreach(lc, match->search)
	{
		BingoSearchKey *search = lfirst(lc);

		if (search->whole)
			match->filter = list_delete_ptr(match->filter, search->condition);
	}
}
