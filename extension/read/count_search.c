/*
 * read/count_search.c
 *	  The conditions of a count: which of the counter's keys are searched for, and which are looked at.
 *
 * A step of read/count_match.c.  Each condition of the query's table is one of
 *
 *	- what the counter's filter says: equal to one of its conditions, or implied by all of
 *	  them together, by the core's own proof;
 *	- a search: which value, or which values, a key has;
 *	- a residual: anything else about keys alone, which is evaluated on their values.
 *
 * and all of the filter is said by the query, in its words or by the same proof.  So the
 * rows that are counted are those that the counter counts with keys that are searched for
 * and pass.
 *
 * Equal values of a key have equal images (definition/count.c), so whatever is computed from
 * them is the same for each row of a cell; and a cell whose sum is not 0 has a row which
 * the snapshot sees, for which the plain plan would evaluate it, too.  No residual is looked
 * at for another one: it may raise an error.
 *
 * Of conditions of different security levels (policies, security barriers) those of a later
 * one must be leakproof, as for an index: searches come first.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "definition/filter.h"
#include "definition/relation.h"
#include "read/count_step.h"
#include "read/match_step.h"
#include "read/storage.h"

int
bingo_count_find_key(const BingoCountMatch *match, Expr *expr)
{
	const BingoDefinition *definition = match->counter->definition;
	const NullTest *test = (const NullTest *) expr;
	bool		null_test = IsA(expr, NullTest) && test->nulltesttype == IS_NULL && !test->argisrow;
	const Var  *var = bingo_match_var(null_test ? test->arg : expr);

	if (var == NULL || var->varno != match->varno)
		return -1;
	for (int i = 0; i < definition->nsort; i++)
		if (definition->output[i].attno == var->varattno && definition->sort[i].null_test == null_test)
			return i;
	return -1;
}

/* Of a condition "column IS NOT NULL" the key "column IS NULL", if the counter has it; else NULL. */
static NullTest *
find_opposite(const BingoCountMatch *match, Node *node)
{
	NullTest   *test = (NullTest *) node;
	NullTest   *opposite;

	if (!IsA(node, NullTest) || test->nulltesttype != IS_NOT_NULL)
		return NULL;
	opposite = makeNode(NullTest);
	*opposite = *test;
	opposite->nulltesttype = IS_NULL;
	return bingo_count_find_key(match, (Expr *) opposite) >= 0 ? opposite : NULL;
}

static Node *
speak_of_keys(Node *node, void *context)
{
	NullTest   *opposite;

	if (node == NULL)
		return NULL;
	opposite = find_opposite(context, node);
	if (opposite != NULL)
		return (Node *) make_notclause((Expr *) opposite);
	return expression_tree_mutator(node, speak_of_keys, context);
}

Node *
bingo_count_speak_of_keys(const BingoCountMatch *match, Node *node)
{
	return speak_of_keys(node, unconstify(BingoCountMatch *, match));
}

/* Is there a part that keys don't give, or that is not the same each time? */
static bool
find_foreign(Node *node, void *context)
{
	const BingoCountMatch *match = context;

	if (node == NULL)
		return false;
	if (IsA(node, Var))
		return bingo_count_find_key(match, (Expr *) node) < 0;
	if (IsA(node, NullTest) && (bingo_count_find_key(match, (Expr *) node) >= 0 || find_opposite(match, node) != NULL))
		return false;
	if (bingo_storage_is_read_by(node))
		return true;
	if (IsA(node, PlaceHolderVar) || IsA(node, SubPlan) || IsA(node, AlternativeSubPlan) ||
		IsA(node, Aggref) || IsA(node, WindowFunc) || IsA(node, GroupingFunc) || IsA(node, SubLink))
		return true;
	return expression_tree_walker(node, find_foreign, context);
}

bool
bingo_count_of_keys(const BingoCountMatch *match, Node *node)
{
	return !find_foreign(node, unconstify(BingoCountMatch *, match)) && !contain_volatile_functions(node);
}

/* Does a query around the one that counts give it, of which the subqueries below are part? */
static bool
is_given_around(const BingoCountMatch *match, const Param *param)
{
	const PlannerInfo *level = ((const PlannerInfo *) linitial(match->levels))->parent_root;
	ListCell   *cell;

	if (param->paramkind != PARAM_EXEC)
		return false;
	while ((level = level->parent_root) != NULL)
		foreach(cell, level->plan_params)
			if (((const PlannerParamItem *) lfirst(cell))->paramId == param->paramid)
				return true;
	return false;
}

static bool
find_inner_param(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param))
		return ((Param *) node)->paramkind != PARAM_EXTERN && !is_given_around(context, (Param *) node);
	return expression_tree_walker(node, find_inner_param, context);
}

bool
bingo_count_is_value(const BingoCountMatch *match, Node *node)
{
	return !contain_var_clause(node) && !contain_volatile_functions(node) && !contain_subplans(node) &&
		(!match->below || !find_inner_param(node, unconstify(BingoCountMatch *, match)));
}

/* Is the operator the key's equality, with the key on its left side? */
static bool
is_equality(const BingoSortKey *key, Oid operator, Oid collation, Oid *type)
{
	int			strategy;
	Oid			left;

	if (!OidIsValid(operator) || !op_in_opfamily(operator, key->opfamily))
		return false;
	get_op_opfamily_properties(operator, key->opfamily, false, &strategy, &left, type);
	/* what a setting decides (date = timestamptz: TimeZone) may be true of values that don't stand together in the index */
	return strategy == BTEqualStrategyNumber && op_volatile(operator) == PROVOLATILE_IMMUTABLE &&
		bingo_relation_same_equality(key->collation, collation);
}

static BingoCountSearch *
make_search(int key, Expr *value, Oid type, Oid operator)
{
	BingoCountSearch *search = palloc0(sizeof(BingoCountSearch));

	search->key = key;
	search->value = value;
	search->type = type;
	search->function = OidIsValid(operator) ? get_opcode(operator) : InvalidOid;
	return search;
}

static BingoCountSearch *
search_comparison(const BingoCountMatch *match, const OpExpr *comparison)
{
	Expr	   *left = linitial(comparison->args);
	Expr	   *right = list_length(comparison->args) == 2 ? lsecond(comparison->args) : NULL;
	Oid			operator = comparison->opno;
	int			key = bingo_count_find_key(match, left);
	Oid			type;

	if (right == NULL)
		return NULL;
	if (key < 0)
	{
		Expr	   *other = left;

		left = right;
		right = other;
		key = bingo_count_find_key(match, left);
		operator = get_commutator(operator);
	}
	if (key < 0 || !bingo_count_is_value(match, (Node *) right) ||
		!is_equality(&match->counter->definition->sort[key], operator, comparison->inputcollid, &type))
		return NULL;
	return make_search(key, right, type, operator);
}

static BingoCountSearch *
search_list(const BingoCountMatch *match, const ScalarArrayOpExpr *condition)
{
	Expr	   *array = lsecond(condition->args);
	int			key = bingo_count_find_key(match, linitial(condition->args));
	BingoCountSearch *search;
	Oid			type;

	if (key < 0 || !condition->useOr || !bingo_count_is_value(match, (Node *) array) ||
		!is_equality(&match->counter->definition->sort[key], condition->opno, condition->inputcollid, &type))
		return NULL;
	search = make_search(key, array, type, condition->opno);
	search->list = true;
	return search;
}

/* flag, NOT flag */
static BingoCountSearch *
search_boolean(const BingoCountMatch *match, Node *condition)
{
	bool		value;
	Node	   *flag = bingo_match_boolean(condition, &value);
	int			key = flag ? bingo_count_find_key(match, (Expr *) flag) : -1;

	if (key < 0)
		return NULL;
	return make_search(key, (Expr *) makeBoolConst(value, false), BOOLOID, BooleanEqualOperator);
}

/* Which values a key has, by the condition; NULL if it says something else. */
static BingoCountSearch *
find_search(const BingoCountMatch *match, Node *condition)
{
	if (IsA(condition, OpExpr))
		return search_comparison(match, (OpExpr *) condition);
	if (IsA(condition, ScalarArrayOpExpr))
		return search_list(match, (ScalarArrayOpExpr *) condition);
	if (IsA(condition, NullTest))
	{
		const NullTest *test = (NullTest *) condition;
		NullTest   *opposite = find_opposite(match, condition);
		int			key = bingo_count_find_key(match, opposite ? (Expr *) opposite : (Expr *) condition);

		if (key >= 0)
			return make_search(key, (Expr *) makeBoolConst(opposite == NULL, false), BOOLOID, BooleanEqualOperator);
		key = test->nulltesttype == IS_NULL && !test->argisrow ? bingo_count_find_key(match, test->arg) : -1;
		return key < 0 ? NULL : make_search(key, NULL, InvalidOid, InvalidOid);
	}
	return search_boolean(match, condition);
}

/* --- all conditions --- */

/* As a btree wants its search keys. */
static int
compare_searches(const ListCell *a, const ListCell *b)
{
	return ((BingoCountSearch *) lfirst(a))->key - ((BingoCountSearch *) lfirst(b))->key;
}

static bool
is_residual(const BingoCountMatch *match, const RestrictInfo *info)
{
	/* a table below a subquery has no columns in the plan above it */
	return !match->below && bingo_count_of_keys(match, (Node *) info->clause);
}

static const char *
sort_out(PlannerInfo *root, RelOptInfo *rel, List *filter, BingoCountMatch *match)
{
	ListCell   *cell;

	foreach(cell, rel->baserestrictinfo)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, cell);
		BingoCountSearch *search;

		if (info->pseudoconstant)
			return "it has a condition that is asked before a row is read";
		if (bingo_match_is_said(filter, info))
			continue;
		search = find_search(match, (Node *) info->clause);
		if (search == NULL && !is_residual(match, info))
			return "it has a condition of something else than the counter's keys, which the counter's filter does not say";
		if (!restriction_is_securely_promotable(info, rel))
			return "a policy or a security barrier must be asked before one of its conditions";
		if (search == NULL)
			match->residual = bingo_match_add_condition(root, match->residual, info);
		else
		{
			search->condition = info;
			match->search = lappend(match->search, search);
		}
	}
	return NULL;
}

/*
 * A list is searched for one value after the other: if an earlier key has no search, all of
 * the index is read for each, and groups come once for each; and several lists are as many
 * searches as their product.  So one list is searched for, of the key behind those that have
 * a search, and others are looked at.
 */
static void
keep_one_list(PlannerInfo *root, BingoCountMatch *match)
{
	List	   *kept = NIL;
	int			next = 0;
	bool		listed = false;
	ListCell   *cell;

	foreach(cell, match->search)
	{
		BingoCountSearch *search = lfirst(cell);

		if (search->list && !match->below && (search->key > next || listed))
		{
			match->residual = bingo_match_add_condition(root, match->residual, search->condition);
			continue;
		}
		kept = lappend(kept, search);
		listed = listed || search->list;
		if (search->key == next)
			next++;
	}
	match->search = kept;
}

bool
bingo_count_may_match(const RelOptInfo *table, const BingoOrdering *counter)
{
	const Bitmapset *used = counter->definition->tables[0].used;
	ListCell   *cell;

	foreach(cell, table->baserestrictinfo)
	{
		const OpExpr *comparison = (const OpExpr *) lfirst_node(RestrictInfo, cell)->clause;
		const Var  *var = IsA(comparison, OpExpr) ? linitial(comparison->args) : NULL;

		/* whatever the filter says, it says it of its own columns */
		if (var != NULL && IsA(var, Var) && var->varlevelsup == 0 && var->varattno > 0 && !bms_is_member(var->varattno, used))
			return false;
	}
	return true;
}

const char *
bingo_count_match_conditions(PlannerInfo *root, RelOptInfo *rel, BingoCountMatch *match)
{
	List	   *filter = bingo_filter_of(match->counter->definition, 0, match->varno);
	const char *reason = sort_out(root, rel, filter, match);

	if (reason != NULL)
		return reason;
	if (!bingo_match_is_all_said(rel, filter))
		return "it lacks a condition of the counter's filter";
	list_sort(match->search, compare_searches);
	keep_one_list(root, match);
	return NULL;
}
