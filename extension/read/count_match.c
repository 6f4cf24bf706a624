/*
 * read/count_match.c
 *	  Does a counter give what is grouped and counted at this query level?
 *
 * Pure, as read/match.c: it looks at the planner's state and at the counter's definition.
 * Called where the input is one base relation, whatever the query has been before:
 * subqueries are pulled up, outer joins that change nothing are removed, constants are
 * folded.
 *
 *	- The input is the counter's table.  Each of its conditions is one of the counter's
 *	  filter, equal to the node, and all of that filter are among them; or it says which
 *	  values a key has.  So the rows that are counted are those that the counter counts
 *	  with these keys.
 *	- What is grouped by are keys, such that the groups come one after the other in the
 *	  index: each key before one of them is grouped by, or has one value.
 *	- What is computed are these keys and count(*), or count() of what is never NULL.  A
 *	  column of the primary key is that under every snapshot that sees the counter complete: see
 *	  never_null in definition/resolve.c.
 *
 * A group whose sum is 0 is no group.
 */
#include "postgres.h"

#include "access/skey.h"
#include "access/stratnum.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "parser/parsetree.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "definition/count.h"
#include "definition/relation.h"
#include "read/count.h"
#include "read/match_step.h"

/* --- conditions --- */

/* The counter's key that an expression is, or -1. */
static int
find_key(const BingoCountMatch *match, Expr *expr)
{
	const BingoDefinition *definition = match->counter->definition;
	const Var  *var = bingo_match_var(expr);

	if (var == NULL || var->varno != match->varno)
		return -1;
	for (int i = 0; i < definition->nsort; i++)
		if (definition->output[i].attno == var->varattno)
			return i;
	return -1;
}

/* Known before the first row is read, and the same for each. */
static bool
is_value(Expr *expr)
{
	return !contain_var_clause((Node *) expr) && !contain_volatile_functions((Node *) expr) &&
		!contain_subplans((Node *) expr);
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
	return strategy == BTEqualStrategyNumber && bingo_relation_same_equality(key->collation, collation);
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
	int			key = find_key(match, left);
	Oid			type;

	if (right == NULL)
		return NULL;
	if (key < 0)
	{
		Expr	   *other = left;

		left = right;
		right = other;
		key = find_key(match, left);
		operator = get_commutator(operator);
	}
	if (key < 0 || !is_value(right) ||
		!is_equality(&match->counter->definition->sort[key], operator, comparison->inputcollid, &type))
		return NULL;
	return make_search(key, right, type, operator);
}

static BingoCountSearch *
search_list(const BingoCountMatch *match, const ScalarArrayOpExpr *condition)
{
	Expr	   *array = lsecond(condition->args);
	int			key = find_key(match, linitial(condition->args));
	BingoCountSearch *search;
	Oid			type;

	if (key < 0 || !condition->useOr || !is_value(array) ||
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
	int			key = flag ? find_key(match, (Expr *) flag) : -1;

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
		int			key = test->nulltesttype == IS_NULL && !test->argisrow ? find_key(match, test->arg) : -1;

		return key < 0 ? NULL : make_search(key, NULL, InvalidOid, InvalidOid);
	}
	return search_boolean(match, condition);
}

/* As a btree wants its search keys. */
static int
compare_keys(const ListCell *a, const ListCell *b)
{
	return ((BingoCountSearch *) lfirst(a))->key - ((BingoCountSearch *) lfirst(b))->key;
}

static const char *
match_conditions(RelOptInfo *input, BingoCountMatch *match)
{
	List	   *filter = bingo_count_filter_of(match->counter->definition, match->varno);
	int			nfilter = list_length(filter);
	Bitmapset  *found = NULL;
	ListCell   *cell;

	foreach(cell, input->baserestrictinfo)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, cell);
		BingoCountSearch *search;
		int			i = 0;

		while (i < nfilter && !equal(list_nth(filter, i), info->clause))
			i++;
		if (i < nfilter)
		{
			found = bms_add_member(found, i);
			continue;
		}
		search = info->pseudoconstant ? NULL : find_search(match, (Node *) info->clause);
		if (search == NULL)
			return "it has a condition that says neither what the counter's filter says nor which value a key has";
		search->condition = info;
		match->search = lappend(match->search, search);
	}
	list_sort(match->search, compare_keys);
	return bms_num_members(found) == nfilter ? NULL : "it lacks a condition of the counter's filter";
}

/* --- groups --- */

/* Has the key one value? */
static bool
is_single(const BingoCountMatch *match, int key)
{
	ListCell   *cell;

	foreach(cell, match->search)
	{
		const BingoCountSearch *search = lfirst(cell);

		if (search->key == key && !search->list)
			return true;
	}
	return false;
}

static const char *
match_groups(PlannerInfo *root, BingoCountMatch *match)
{
	int			last = -1;
	ListCell   *cell;

	foreach(cell, root->parse->groupClause)
	{
		const SortGroupClause *clause = lfirst(cell);
		const TargetEntry *entry = get_sortgroupclause_tle(unconstify(SortGroupClause *, clause), root->processed_tlist);
		int			key = IsA(entry->expr, Var) ? find_key(match, entry->expr) : -1;

		/* by the column itself: a cast may have another equality, or another collation */
		if (key < 0 || !op_in_opfamily(clause->eqop, match->counter->definition->sort[key].opfamily))
			return "it groups by something else than keys of the counter";
		match->groups = list_append_unique_int(match->groups, key);
		last = Max(last, key);
	}
	for (int i = 0; i < last; i++)
		if (!list_member_int(match->groups, i) && !is_single(match, i))
			return "it groups by a key of the counter, and an earlier one has no single value";
	foreach(cell, match->groups == NIL ? NIL : match->search)
		if (((BingoCountSearch *) lfirst(cell))->list)
			return "it groups, and has a list of values for a key";
	list_sort(match->groups, list_int_cmp);
	return NULL;
}

/* --- what is computed --- */

static bool
is_never_null(const BingoCountMatch *match, Expr *expr)
{
	const BingoDefinition *definition = match->counter->definition;
	const Var  *var = bingo_match_var(expr);

	if (IsA(expr, Const))
		return !((Const *) expr)->constisnull;
	if (var == NULL || var->varno != match->varno)
		return false;
	for (int i = 0; i < definition->nnever_null; i++)
		if (definition->never_null[i].attno == var->varattno)
			return true;
	return false;
}

/* Is it the number of rows? */
static bool
is_count(const BingoCountMatch *match, const Aggref *aggref)
{
	if (aggref->agglevelsup != 0 || aggref->aggfilter != NULL || aggref->aggdistinct != NIL)
		return false;
	if (aggref->aggfnoid == F_COUNT_)
		return true;
	return aggref->aggfnoid == F_COUNT_ANY &&
		is_never_null(match, linitial_node(TargetEntry, aggref->args)->expr);
}

static const char *
match_columns(List *exprs, BingoCountMatch *match)
{
	List	   *needed = pull_var_clause((Node *) exprs, PVC_INCLUDE_AGGREGATES | PVC_RECURSE_WINDOWFUNCS | PVC_INCLUDE_PLACEHOLDERS);
	ListCell   *cell;

	if (contain_subplans((Node *) exprs))
		return "it computes a subquery for each group";
	foreach(cell, needed)
	{
		Node	   *node = lfirst(cell);

		if (IsA(node, Aggref) ? !is_count(match, (Aggref *) node) :
			!IsA(node, Var) || !list_member_int(match->groups, find_key(match, (Expr *) node)))
			return "it computes something else than count(*) and the keys that it groups by";
		match->columns = list_append_unique(match->columns, node);
	}
	return NULL;
}

static const char *
match_level(PlannerInfo *root, RelOptInfo *input, BingoCountMatch *match)
{
	const Query *parse = root->parse;
	const RangeTblEntry *rte = planner_rt_fetch(match->varno, root);

	if (parse->commandType != CMD_SELECT || parse->groupingSets != NIL || parse->hasTargetSRFs || root->rowMarks != NIL)
		return "it has GROUPING SETS, a set-returning function, or locks rows";
	if (rte->tablesample != NULL || bingo_match_has_children(root, match->varno, rte))
		return "it reads a sample, or inheritance children";
	if (!bms_is_empty(input->lateral_relids) || input->joininfo != NIL)
		return "it is joined";
	return NULL;
}

const char *
bingo_count_match(PlannerInfo *root, RelOptInfo *input, RelOptInfo *grouped,
				  const BingoOrdering *counter, BingoCountMatch *match)
{
	const char *reason;

	memset(match, 0, sizeof(*match));
	match->counter = counter;
	match->varno = input->relid;
	match->having = (List *) root->parse->havingQual;
	reason = match_level(root, input, match);
	if (reason == NULL)
		reason = match_conditions(input, match);
	if (reason == NULL)
		reason = match_groups(root, match);
	if (reason == NULL)
		reason = match_columns(list_concat_copy(grouped->reltarget->exprs, match->having), match);
	return reason;
}
