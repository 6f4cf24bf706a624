/*
 * read/match_search.c
 *	  Which conditions can the index of a window search by?
 *
 * A step of read/match.c, after the filter.  The window's index is a btree on the
 * sort keys.  Conditions "sort key OP value", the value fixed for a scan, become
 * search keys: equality on the first keys, then one key's range.  The planner writes
 * "flag = true" as flag, "flag = false" as NOT flag.
 *
 *	- (a, b, c) < (x, y, z) is searched by as far as its columns are sort keys one after
 *	  the other, which may be less than all: it implies (a, b) <= (x, y), and a <= x.  The
 *	  whole stays in the filter;
 *	- all others need not be looked at again: the index has done so.
 *
 * The index compares rows column by column; what it does where a column of the row has
 * NULLs differs from version to version, so that columns behind the first one must be NOT
 * NULL.  (The plan depends on the tables: it is made again when that changes.)
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
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "definition/relation.h"
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

	for (i = 0; output >= 0 && i < definition->nsort; i++)
	{
		if (definition->sort[i].output == output)
			return i;
	}
	return -1;
}

/* A search key from "sort key i OP value", or NULL if the index doesn't know the operator. */
static BingoSearchKey *
make_key(const BingoMatch *match, int i, Oid operator, Oid collation, Node *value, bool of_row)
{
	const BingoSortKey *key = &match->ordering->definition->sort[i];
	BingoSearchKey *search = palloc0(sizeof(BingoSearchKey));
	Oid			compare;

	if (key->collation != collation || !op_in_opfamily(operator, key->opfamily) || !op_strict(operator))
		return NULL;
	get_op_opfamily_properties(operator, key->opfamily, false, &search->strategy, &search->left_type, &search->type);
	compare = get_opfamily_proc(key->opfamily, search->left_type, search->type, BTORDER_PROC);
	if (!OidIsValid(compare))
		return NULL;
	search->key = i;
	search->function = of_row ? compare : get_opcode(operator);
	search->value = (Expr *) value;
	return search;
}

/* A search key from "left OP right", one of which is a sort key and the other one fixed. */
static BingoSearchKey *
search_by(PlannerInfo *root, const BingoMatch *match, Node *left, Oid operator, Node *right, Oid collation, bool of_row)
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
	return i < 0 ? NULL : make_key(match, i, operator, collation, right, of_row);
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
search_by_column(PlannerInfo *root, const BingoMatch *match, const RowCompareExpr *condition, int column)
{
	return search_by(root, match, list_nth(condition->largs, column), list_nth_oid(condition->opnos, column),
					 list_nth(condition->rargs, column), list_nth_oid(condition->inputcollids, column), true);
}

static bool
is_not_null(const BingoMatch *match, int i)
{
	const BingoDefinition *definition = match->ordering->definition;
	const BingoColumn *column = &definition->sort[i].column;
	BingoColumn found;
	bool		not_null;

	return bingo_relation_attribute(definition->tables[column->table].relid, column->attno, &found, &not_null) && not_null;
}

/* Less of a row than all of it is compared: rows that are equal so far may be wanted. */
static int
or_equal(int strategy)
{
	switch (strategy)
	{
		case BTLessStrategyNumber:
			return BTLessEqualStrategyNumber;
		case BTGreaterStrategyNumber:
			return BTGreaterEqualStrategyNumber;
		default:
			return strategy;
	}
}

static BingoSearchKey *
search_by_row(PlannerInfo *root, const BingoMatch *match, const RowCompareExpr *condition)
{
	BingoSearchKey *search = search_by_column(root, match, condition, 0);
	int			column;

	if (search == NULL)
		return NULL;
	for (column = 1; column < list_length(condition->opnos); column++)
	{
		BingoSearchKey *next = search_by_column(root, match, condition, column);

		if (next == NULL || next->key != search->key + column || next->strategy != search->strategy ||
			!is_not_null(match, next->key))
			break;
		search->rest = lappend(search->rest, next);
	}
	search->row = true;
	if (column < list_length(condition->opnos))
		search->strategy = or_equal(search->strategy);
	return search;
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

static BingoSearchKey *
find_search(PlannerInfo *root, const BingoMatch *match, RestrictInfo *condition)
{
	Node	   *clause = (Node *) condition->clause;
	BingoSearchKey *search = NULL;

	if (IsA(clause, OpExpr))
		search = search_by_operator(root, match, (OpExpr *) clause);
	else if (IsA(clause, RowCompareExpr))
		search = search_by_row(root, match, (RowCompareExpr *) clause);
	else
		search = search_by_flag(root, match, clause);
	if (search != NULL)
	{
		search->condition = condition;
		search->whole = !search->row;
	}
	return search;
}

/* Of all that could be searched by: equality as far as it goes, then what bounds the next key. */
static List *
choose(const BingoDefinition *definition, List *candidates)
{
	List	   *chosen = NIL;
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
			if (search->strategy == BTEqualStrategyNumber)
				equal = equal ? equal : search;
			else
				range = lappend(range, search);
		}
		if (equal == NULL)
			return list_concat(chosen, range);
		chosen = lappend(chosen, equal);
	}
	return chosen;
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
	foreach(lc, match->search)
	{
		BingoSearchKey *search = lfirst(lc);

		if (search->whole)
			match->filter = list_delete_ptr(match->filter, search->condition);
	}
}
