/*
 * advise/shape.c
 *	  What a query does with the columns of each of its tables.
 *
 * The input is a rewritten query: views and policies are in it.  Each level is read by
 * itself, its FROM, WHERE and ON down to AND, its ORDER BY, GROUP BY, min() and max().  What a
 * clause is good for is what its operator is to the default btree of the key's type: no
 * name of a function or an operator counts.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/stratnum.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_am.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "advise/gin.h"
#include "base/compat.h"

typedef struct Shape
{
	Query	   *level;
	List	   *uses;
	List	   *same_constants;
} Shape;

static void read_condition(Shape *shape, Node *clause, bool alone);

static BingoAdviseUse *
find_use(Shape *shape, const BingoAdviseKey *key)
{
	BingoAdviseUse *use;
	ListCell   *cell;

	foreach(cell, shape->uses)
	{
		use = lfirst(cell);
		if (use->level == key->level && use->varno == key->varno)
			return use;
	}
	use = palloc0(sizeof(BingoAdviseUse));
	use->level = key->level;
	use->varno = key->varno;
	use->relid = key->relid;
	shape->uses = lappend(shape->uses, use);
	return use;
}

static List *
add_key(List *keys, BingoAdviseKey *key)
{
	ListCell   *cell;

	foreach(cell, keys)
	{
		if (bingo_advise_same_key(lfirst(cell), key))
			return keys;
	}
	return lappend(keys, key);
}

/* --- conditions --- */

/* The operator's strategy in the default btree of a type, 0 if it has none. */
static int
strategy_of(Oid operator, Oid type)
{
	Oid			opclass = GetDefaultOpClass(type, BTREE_AM_OID);

	return OidIsValid(opclass) ? get_op_opfamily_strategy(operator, get_opclass_family(opclass)) : 0;
}

/* The operator class for beginnings, where the collation's order is none of characters. */
static const char *
pattern_class(const BingoAdviseKey *key, Oid collation)
{
	if (collation == C_COLLATION_OID)
		return NULL;
	if (key->type == VARCHAROID)
		return "varchar_pattern_ops";
	return key->type == TEXTOID ? "text_pattern_ops" : key->type == BPCHAROID ? "bpchar_pattern_ops" : NULL;
}

/* Is it LIKE with a beginning that is known? */
static bool
is_beginning(Oid operator, Node *pattern)
{
	Const	   *constant = (Const *) pattern;
	char	   *text;

	if (operator != OID_TEXT_LIKE_OP && operator != OID_BPCHAR_LIKE_OP)
		return false;
	if (!IsA(pattern, Const) || constant->constisnull || constant->consttype != TEXTOID)
		return true;
	text = VARDATA_ANY(DatumGetPointer(constant->constvalue));
	return VARSIZE_ANY_EXHDR(DatumGetPointer(constant->constvalue)) > 0 && *text != '%' && *text != '_';
}

/* What a GIN index could find. */
static void
add_contents(BingoAdviseUse *use, const BingoAdviseKey *key, Oid operator, Node *value)
{
	BingoAdviseKey *contents = memcpy(palloc(sizeof(BingoAdviseKey)), key, sizeof(BingoAdviseKey));
	bool		lacking = false;

	if (bingo_advise_find_gin(contents, operator, value, &lacking))
		use->contents = add_key(use->contents, contents);
	use->lacks_trigrams = use->lacks_trigrams || lacking;
}

/* A key compared with what is constant for its table. */
static void
add_comparison(Shape *shape, BingoAdviseKey *key, Oid operator, Node *value, Oid collation, bool alone)
{
	BingoAdviseUse *use = find_use(shape, key);
	int			strategy = strategy_of(operator, key->type);

	/* whether a parameter has a beginning its value says, or nothing */
	if (strategy == 0 && !(IsA(value, Const) && is_beginning(operator, value)))
		add_contents(use, key, operator, value);
	if (is_beginning(operator, value))
		key->opclass = pattern_class(key, collation);
	else if (strategy == 0)
		return;
	if (alone)
		use->either = add_key(use->either, key);
	else if (strategy == BTEqualStrategyNumber)
		use->equal = add_key(use->equal, key);
	else
		use->ranges = add_key(use->ranges, key);
}

/* Two keys of two tables. */
static void
add_join_key(Shape *shape, BingoAdviseKey *key, const BingoAdviseKey *other)
{
	BingoAdviseUse *use = find_use(shape, key);
	BingoAdviseJoin *join = NULL;
	ListCell   *cell;

	foreach(cell, use->joins)
	{
		BingoAdviseJoin *candidate = lfirst(cell);

		if (candidate->level == other->level && candidate->varno == other->varno)
			join = candidate;
	}
	if (join == NULL)
	{
		join = palloc0(sizeof(BingoAdviseJoin));
		join->level = other->level;
		join->varno = other->varno;
		use->joins = lappend(use->joins, join);
	}
	join->keys = add_key(join->keys, key);
}

/* A key that equals what is no table's: of a function, VALUES, a foreign table, a subquery that stays one. */
static void
add_one_side(Shape *shape, BingoAdviseKey *key, Oid operator, Node *value, Oid collation)
{
	if (strategy_of(operator, key->type) == BTEqualStrategyNumber)
		add_comparison(shape, key, operator, value, collation, true);
}

/* Of values that are rare an index may have the rows alone. */
static void
read_rare(Shape *shape, Node *clause, Oid operator, BingoAdviseKey *key, Node *value)
{
	double		part = bingo_advise_rare_part(key, value, shape->same_constants);
	char	   *condition = NULL;
	BingoAdviseKey *table;
	BingoAdviseUse *use;

	if (part > 0 && strategy_of(operator, key->type) == BTEqualStrategyNumber)
		condition = bingo_advise_flag(shape->level, clause, &table);
	if (condition == NULL)
		return;
	use = find_use(shape, key);
	use->rare_part = part * (use->rare == NIL ? 1 : use->rare_part);
	use->rare = lappend(use->rare, condition);
	use->rare_keys = lappend(use->rare_keys, key);
}

static void
read_operator(Shape *shape, OpExpr *clause, bool alone)
{
	Node	   *left = linitial(clause->args);
	Node	   *right = lsecond(clause->args);
	BingoAdviseKey *left_key = bingo_advise_key(shape->level, left, clause->inputcollid);
	BingoAdviseKey *right_key = bingo_advise_key(shape->level, right, clause->inputcollid);

	if (left_key && bingo_advise_is_constant(right))
	{
		add_comparison(shape, left_key, clause->opno, right, clause->inputcollid, alone);
		if (!alone)
			read_rare(shape, (Node *) clause, clause->opno, left_key, right);
	}
	else if (right_key && bingo_advise_is_constant(left) && OidIsValid(get_commutator(clause->opno)))
	{
		add_comparison(shape, right_key, get_commutator(clause->opno), left, clause->inputcollid, alone);
		if (!alone)
			read_rare(shape, (Node *) clause, clause->opno, right_key, left);
	}
	else if (left_key && right_key && (left_key->level != right_key->level || left_key->varno != right_key->varno) &&
			 strategy_of(clause->opno, left_key->type) == BTEqualStrategyNumber)
	{
		add_join_key(shape, left_key, right_key);
		add_join_key(shape, right_key, left_key);
	}
	else if (left_key && !right_key)
		add_one_side(shape, left_key, clause->opno, right, clause->inputcollid);
	else if (right_key && !left_key && OidIsValid(get_commutator(clause->opno)))
		add_one_side(shape, right_key, get_commutator(clause->opno), left, clause->inputcollid);
}

/* x IN (1, 2), x = ANY (...) */
static void
read_array(Shape *shape, ScalarArrayOpExpr *clause, bool alone)
{
	BingoAdviseKey *key = bingo_advise_key(shape->level, linitial(clause->args), clause->inputcollid);

	if (key == NULL || !clause->useOr || !bingo_advise_is_constant(lsecond(clause->args)) ||
		strategy_of(clause->opno, key->type) != BTEqualStrategyNumber)
		return;
	key->several = true;
	add_comparison(shape, key, clause->opno, lsecond(clause->args), clause->inputcollid, alone);
	if (!alone)
		read_rare(shape, (Node *) clause, clause->opno, key, lsecond(clause->args));
}

/* x IN (SELECT y ...): planned as a join, either way round. */
static void
read_sublink(Shape *shape, SubLink *link)
{
	OpExpr	   *test = (OpExpr *) link->testexpr;
	Query	   *below = (Query *) link->subselect;
	TargetEntry *entry;
	BingoAdviseKey *outer;
	BingoAdviseKey *inner;

	if (link->subLinkType != ANY_SUBLINK || test == NULL || !IsA(test, OpExpr) || below->targetList == NIL)
		return;
	entry = linitial(below->targetList);
	outer = bingo_advise_key(shape->level, linitial(test->args), test->inputcollid);
	inner = bingo_advise_key(below, (Node *) entry->expr, test->inputcollid);
	if (outer == NULL || strategy_of(test->opno, outer->type) != BTEqualStrategyNumber)
		return;
	if (inner != NULL)
	{
		add_join_key(shape, outer, inner);
		add_join_key(shape, inner, outer);
	}
	else
		add_comparison(shape, outer, test->opno, (Node *) makeNode(Const), test->inputcollid, true);
}

static void
read_flag(Shape *shape, Node *clause, bool alone)
{
	BingoAdviseKey *key;
	char	   *flag = bingo_advise_flag(shape->level, clause, &key);
	BingoAdviseUse *use;

	if (flag == NULL)
		return;
	use = find_use(shape, key);
	if (!alone)
		use->flags = lappend(use->flags, flag);
	if (IsA(clause, NullTest) && ((NullTest *) clause)->nulltesttype == IS_NULL)
	{
		key = bingo_advise_key(shape->level, (Node *) ((NullTest *) clause)->arg, InvalidOid);
		if (key != NULL && alone)
			use->either = add_key(use->either, key);
		else if (key != NULL)
			use->equal = add_key(use->equal, key);
	}
}

/* "flag = true" is the flag, for planning, too. */
static Node *
simplify_boolean(Node *clause)
{
	OpExpr	   *operator = (OpExpr *) clause;
	Const	   *constant;

	if (!IsA(clause, OpExpr) || list_length(operator->args) != 2 || operator->opno != BooleanEqualOperator)
		return clause;
	constant = lsecond(operator->args);
	if (!IsA(constant, Const) || constant->constisnull)
		return clause;
	return DatumGetBool(constant->constvalue) ? linitial(operator->args) :
		(Node *) make_notclause(linitial(operator->args));
}

/* An arm of OR: what it compares, each for itself. */
static void
read_arm(Shape *shape, Node *arm)
{
	ListCell   *cell;

	if (!is_andclause(arm))
	{
		read_condition(shape, arm, true);
		return;
	}
	foreach(cell, ((BoolExpr *) arm)->args)
		read_condition(shape, lfirst(cell), true);
}

static void
read_condition(Shape *shape, Node *clause, bool alone)
{
	ListCell   *cell;

	if (clause == NULL)
		return;
	clause = simplify_boolean(clause);
	if (is_andclause(clause))
	{
		foreach(cell, ((BoolExpr *) clause)->args)
			read_condition(shape, lfirst(cell), alone);
	}
	else if (is_orclause(clause))
	{
		foreach(cell, ((BoolExpr *) clause)->args)
			read_arm(shape, lfirst(cell));
	}
	else if (IsA(clause, OpExpr) && list_length(((OpExpr *) clause)->args) == 2)
		read_operator(shape, (OpExpr *) clause, alone);
	else if (IsA(clause, ScalarArrayOpExpr))
		read_array(shape, (ScalarArrayOpExpr *) clause, alone);
	else if (IsA(clause, SubLink))
		read_sublink(shape, (SubLink *) clause);
	else if (IsA(clause, NullTest) || IsA(clause, BooleanTest) || IsA(clause, Var) || is_notclause(clause))
		read_flag(shape, clause, alone);
}

static void
read_from(Shape *shape, Node *node)
{
	ListCell   *cell;

	if (node == NULL)
		return;
	if (IsA(node, FromExpr))
	{
		foreach(cell, ((FromExpr *) node)->fromlist)
			read_from(shape, lfirst(cell));
		read_condition(shape, ((FromExpr *) node)->quals, false);
	}
	else if (IsA(node, JoinExpr))
	{
		read_from(shape, ((JoinExpr *) node)->larg);
		read_from(shape, ((JoinExpr *) node)->rarg);
		read_condition(shape, ((JoinExpr *) node)->quals, false);
	}
}

/* Conditions that row security has added. */
static void
read_policies(Shape *shape)
{
	ListCell   *cell;

	foreach(cell, shape->level->rtable)
	{
		ListCell   *qual;

		foreach(qual, lfirst_node(RangeTblEntry, cell)->securityQuals)
			read_condition(shape, lfirst(qual), false);
	}
}

/* --- order --- */

/* The beginning of an order that is one table's. */
static void
read_order(Shape *shape, List *clauses, bool group)
{
	List	   *keys = NIL;
	BingoAdviseKey *first = NULL;
	ListCell   *cell;

	foreach(cell, clauses)
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, cell);
		Node	   *node = (Node *) get_sortgroupclause_tle(clause, shape->level->targetList)->expr;
		BingoAdviseKey *key = bingo_advise_key(shape->level, node, exprCollation(node));
		Oid			opfamily;
		Oid			type;
		BingoComparison comparison;

		if (key == NULL || !get_ordering_op_properties(clause->sortop, &opfamily, &type, &comparison) ||
			opfamily != get_opclass_family(GetDefaultOpClass(key->type, BTREE_AM_OID)) ||
			(first != NULL && (first->level != key->level || first->varno != key->varno)))
			break;
		if (first == NULL)
			first = key;
		key->descending = comparison == BINGO_COMPARE_GREATER;
		key->nulls_first = clause->nulls_first;
		keys = add_key(keys, key);
	}
	if (first == NULL)
		return;
	if (group)
		find_use(shape, first)->group = keys;
	else
		find_use(shape, first)->order = keys;
}

static Oid
sort_operator(Oid aggregate)
{
	HeapTuple	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggregate));
	Oid			operator = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		operator = ((Form_pg_aggregate) GETSTRUCT(tuple))->aggsortop;
		ReleaseSysCache(tuple);
	}
	return operator;
}

/* min() and max() without GROUP BY take the first row of an order. */
static void
read_extremes(Shape *shape)
{
	ListCell   *cell;

	foreach(cell, shape->level->targetList)
	{
		Aggref	   *aggregate = (Aggref *) lfirst_node(TargetEntry, cell)->expr;
		BingoAdviseKey *key;

		if (!IsA(aggregate, Aggref) || list_length(aggregate->args) != 1 || !OidIsValid(sort_operator(aggregate->aggfnoid)))
			continue;
		key = bingo_advise_key(shape->level, (Node *) linitial_node(TargetEntry, aggregate->args)->expr, aggregate->inputcollid);
		if (key != NULL)
			find_use(shape, key)->extremes = add_key(find_use(shape, key)->extremes, key);
	}
}

static bool
read_level(Node *node, void *context)
{
	Shape	   *shape = context;
	Query	   *saved = shape->level;
	bool		result;

	if (node == NULL)
		return false;
	if (!IsA(node, Query))
		return expression_tree_walker(node, read_level, context);
	check_stack_depth();
	shape->level = (Query *) node;
	read_from(shape, (Node *) shape->level->jointree);
	read_policies(shape);
	read_order(shape, shape->level->sortClause, false);
	read_order(shape, shape->level->groupClause ? shape->level->groupClause : shape->level->distinctClause, true);
	if (shape->level->hasAggs && shape->level->groupClause == NIL)
		read_extremes(shape);
	result = query_tree_walker((Query *) node, read_level, context, 0);
	shape->level = saved;
	return result;
}

List *
bingo_advise_shape(Query *query, List *same_constants)
{
	Shape		shape = {.same_constants = same_constants};

	(void) read_level((Node *) query, &shape);
	return shape.uses;
}
