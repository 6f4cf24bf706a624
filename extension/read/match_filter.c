/*
 * read/match_filter.c
 *	  The conditions of a core relation that are not the ordering's joins.
 *
 * A step of read/match.c.  The plan behind has all conditions anyway.  Here those
 * are collected that a row of the window must satisfy, so that the window's rows
 * that do are rows of the relation, all of them, in its order.
 *
 * Any condition does whose columns the window has, or can be looked up (read/join_back.c), and which gives the same when
 * it is evaluated twice: the scan skips as many rows of the plan behind as it has
 * given, so both must choose the same ones.  A condition "column = constant" of a
 * column that the window lacks is left out if the column is joined, by the
 * ordering's own joins, to one that the window has: the planner has given that one
 * the same condition.  In any other condition such a column is the one that it is joined to, if equal values
 * of its type have equal images.
 *
 * They are evaluated as the planner does, by security level (what is leakproof and cheap first of all), those of a table before those of joins, by cost, and as they are
 * written: a condition of the query never sees a row that a policy or a security barrier hides, nor one that may raise an error a
 * row that one in front of it keeps away.  Those on columns that are looked up come last ("late"), and with them
 * each that stands behind one of them and is of a higher level, or may raise an error (read/match_failing.c).
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/restrictinfo.h"
#include "parser/parsetree.h"

#include "base/compat.h"
#include "definition/filter.h"
#include "read/match_step.h"

typedef struct ColumnWalk
{
	PlannerInfo *root;
	const BingoMatch *match;
	Node	   *foreign;		/* the first part that no row of the window can give */
	List	   *fetched;		/* columns that must be looked up */
	List	   *stand_ins;		/* BingoStandIn * of columns that are joined to one of the window's */
} ColumnWalk;

static bool is_volatile(PlannerInfo *root, Node *node);

/* The plans of subqueries hold what contain_volatile_functions() doesn't look into. */
static bool
find_volatile_subquery(Node *node, void *context)
{
	PlannerInfo *root = context;

	if (node == NULL)
		return false;
	if (IsA(node, SubPlan))
	{
		PlannerInfo *subroot = list_nth(root->glob->subroots, ((SubPlan *) node)->plan_id - 1);

		if (subroot == NULL || is_volatile(subroot, (Node *) subroot->parse))
			return true;
	}
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, find_volatile_subquery, context, 0);
	return expression_tree_walker(node, find_volatile_subquery, context);
}

/* May it give another value when it is evaluated again? */
static bool
is_volatile(PlannerInfo *root, Node *node)
{
	return contain_volatile_functions(node) || find_volatile_subquery(node, root);
}

int
bingo_match_output(const BingoMatch *match, const Var *var)
{
	const BingoDefinition *definition = match->ordering->definition;
	int			table = var->varlevelsup == 0 ? bingo_match_table(match, var->varno) : -1;
	int			i;

	for (i = 0; table >= 0 && i < definition->noutput; i++)
	{
		const BingoColumn *column = &definition->output[i];

		if (column->table == table && column->attno == var->varattno &&
			column->type == var->vartype && column->typmod == var->vartypmod &&
			column->collation == var->varcollid)
			return i;
	}
	return -1;
}

/* A partition's whole row is of another type. */
bool
bingo_match_is_fetchable(PlannerInfo *root, const BingoMatch *match, const Var *var)
{
	AttrNumber	least = planner_rt_fetch(var->varno, root)->relkind == RELKIND_PARTITIONED_TABLE ? 1 : 0;

	return bingo_match_table(match, var->varno) == 0 && var->varattno >= least && var->varlevelsup == 0;
}

/* Has the window the column, or one that it is joined to, or the driving row's key, by which it is looked up? */
static bool
takes_column(ColumnWalk *walk, Var *var)
{
	BingoStandIn *stand_in;

	if (bingo_match_output(walk->match, var) >= 0)
		return true;
	stand_in = bingo_match_find_joined(walk->match, var);
	if (stand_in != NULL)
		walk->stand_ins = lappend(walk->stand_ins, stand_in);
	else if (bingo_match_is_fetchable(walk->root, walk->match, var))
		walk->fetched = list_append_unique(walk->fetched, var);
	else
		return false;
	return true;
}

/* Finds the first part of an expression that the window's columns can't give. */
static bool
find_foreign(Node *node, void *context)
{
	ColumnWalk *walk = context;

	if (node == NULL)
		return false;
	if (IsA(node, Var) ? !takes_column(walk, (Var *) node) : IsA(node, PlaceHolderVar))
	{
		walk->foreign = node;
		return true;
	}
	return expression_tree_walker(node, find_foreign, context);
}

/* The column of "column = constant", made from a class; NULL if it is anything else. */
static Var *
get_column_of_class(const RestrictInfo *condition)
{
	const OpExpr *comparison = (const OpExpr *) condition->clause;
	const EquivalenceClass *ec = condition->left_ec;
	Var		   *column;

	if (ec == NULL || ec != condition->right_ec || !ec->ec_has_const || ec->ec_broken || !bingo_match_is_exact(ec) ||
		!IsA(comparison, OpExpr) || list_length(comparison->args) != 2)
		return NULL;
	column = bingo_match_var(linitial(comparison->args));
	return column != NULL ? column : bingo_match_var(lsecond(comparison->args));
}

/*
 * Is it "column = constant", of a class in which the ordering's own joins connect this column with
 * one of the window's?  That one has the condition, too, and the joins say that both are equal.  To be
 * of one class is not enough: in "a = 3 AND b = 3" nothing but these conditions makes a and b equal.
 */
static bool
is_said_elsewhere(const BingoMatch *match, const RestrictInfo *condition)
{
	const BingoDefinition *definition = match->ordering->definition;
	const Var  *column = get_column_of_class(condition);
	List	   *equal;			/* table and number of each column, one after the other */

	if (column == NULL)
		return false;
	equal = list_make1_int(bingo_match_table(match, column->varno) * PG_INT16_MAX + column->varattno);
	for (int n = 0; n < list_length(equal); n++)
	{
		for (int i = 0; i < definition->noutput; i++)
			if (list_nth_int(equal, n) == definition->output[i].table * PG_INT16_MAX + definition->output[i].attno)
				return true;
		for (int t = 1; t < definition->ntables; t++)
		{
			const BingoTable *table = &definition->tables[t];

			for (int j = 0; j < table->njoin; j++)
			{
				int			own = t * PG_INT16_MAX + table->join[j].attno;
				int			parent = table->parent * PG_INT16_MAX + table->join[j].parent_attno;

				if ((list_nth_int(equal, n) == own || list_nth_int(equal, n) == parent) &&
					bingo_match_stands_for_join(match, condition->left_ec, t, j))
					equal = list_append_unique_int(list_append_unique_int(equal, own), parent);
			}
		}
	}
	return false;
}

static bool
is_of_join(const RestrictInfo *condition)
{
	return bms_membership(condition->required_relids) == BMS_MULTIPLE;
}

/* What the planner takes for its security level: what is leakproof and cheap comes with the lowest. */
static Index
level_of(const RestrictInfo *condition, Cost cost)
{
	return condition->leakproof && cost < 10 * cpu_operator_cost ? 0 : condition->security_level;
}

/* Is it evaluated before the other?  As order_qual_clauses() in the planner has it, and scans below joins. */
static bool
goes_before(PlannerInfo *root, const RestrictInfo *condition, const RestrictInfo *other)
{
	QualCost	cost;
	QualCost	other_cost;
	Index		level;
	Index		other_level;

	cost_qual_eval_node(&cost, (Node *) condition, root);
	cost_qual_eval_node(&other_cost, (Node *) other, root);
	level = level_of(condition, cost.per_tuple);
	other_level = level_of(other, other_cost.per_tuple);
	if (level != other_level)
		return level < other_level;
	if (is_of_join(condition) != is_of_join(other))
		return is_of_join(other);
	return cost.per_tuple < other_cost.per_tuple;
}

List *
bingo_match_add_condition(PlannerInfo *root, List *conditions, RestrictInfo *condition)
{
	int			at = list_length(conditions);

	while (at > 0 && goes_before(root, condition, list_nth(conditions, at - 1)))
		at--;
	return list_insert_nth(conditions, at, condition);
}

static void
take_condition(PlannerInfo *root, BingoMatch *match, RestrictInfo *condition)
{
	const BingoDefinition *definition = match->ordering->definition;
	ColumnWalk	walk = {root, match, NULL, NIL, NIL};

	if (list_member_ptr(match->filter, condition) || list_member_ptr(match->late, condition) || bingo_match_is_said(match->said, condition))
		return;
	if (condition->pseudoconstant)
	{
		/* below a single relation the planner puts it above the scan by itself */
		if (bms_membership(match->relids) != BMS_SINGLETON)
			BINGO_MATCH_REFUSE(match, "it has a condition without a column");
		return;
	}
	if (is_volatile(root, (Node *) condition->clause))
		BINGO_MATCH_REFUSE(match, "it has a condition with a volatile function");
	(void) find_foreign((Node *) condition->clause, &walk);
	if ((walk.foreign != NULL || walk.fetched != NIL || walk.stand_ins != NIL) && is_said_elsewhere(match, condition))
		return;
	if (walk.foreign != NULL)
	{
		if (!IsA(walk.foreign, Var))
			BINGO_MATCH_REFUSE(match, "it has a condition on an expression below an outer join");
		else
			BINGO_MATCH_REFUSE(match, "it has a condition on %s, which the ordering does not have",
							   bingo_match_column_name(definition, bingo_match_table(match, ((Var *) walk.foreign)->varno),
													   ((Var *) walk.foreign)->varattno));
		return;
	}
	match->stand_ins = list_concat(match->stand_ins, walk.stand_ins);
	match->fetched = list_union(match->fetched, walk.fetched);
	match->conditions = bingo_match_add_condition(root, match->conditions, condition);
	if (walk.fetched != NIL)
		match->late = bingo_match_add_condition(root, match->late, condition);
	else
		match->filter = bingo_match_add_condition(root, match->filter, condition);
}

void
bingo_match_put_late(BingoMatch *match)
{
	List	   *filter = match->filter;
	List	   *late = match->late;
	ListCell   *lc;

	if (late == NIL)
		return;
	match->filter = match->late = NIL;
	foreach(lc, match->conditions)
	{
		RestrictInfo *condition = lfirst_node(RestrictInfo, lc);
		const RestrictInfo *first = match->late ? linitial(match->late) : NULL;

		if (list_member_ptr(late, condition))
			match->late = lappend(match->late, condition);
		else if (!list_member_ptr(filter, condition))
			continue;			/* it is searched by */
		else if (first != NULL && ((condition->security_level > first->security_level && !condition->leakproof) ||
								   bingo_match_may_fail(condition)))
			match->late = lappend(match->late, condition);
		else
			match->filter = lappend(match->filter, condition);
	}
}

bool
bingo_match_is_said(List *filter, const RestrictInfo *condition)
{
	return filter != NIL && !condition->pseudoconstant &&
		(list_member(filter, condition->clause) ||
		 (!contain_mutable_functions((Node *) condition->clause) &&
		  predicate_implied_by(list_make1(condition->clause), filter, false)));
}

bool
bingo_match_is_all_said(const RelOptInfo *rel, List *filter)
{
	List	   *clauses = filter ? extract_actual_clauses(rel->baserestrictinfo, false) : NIL;
	ListCell   *cell;

	foreach(cell, filter)
		if (!list_member(clauses, lfirst(cell)) &&
			(clauses == NIL || !predicate_implied_by(list_make1(lfirst(cell)), clauses, false)))
			return false;
	return true;
}

/* What the ordering's own filter says is no condition of the window's rows: all of them pass. */
static void
match_definition(PlannerInfo *root, BingoMatch *match)
{
	const BingoDefinition *definition = match->ordering->definition;
	int			i;

	for (i = 0; definition->filter != NIL && i < definition->ntables; i++)
	{
		List	   *said;

		if (match->varnos[i] == 0)
			continue;
		said = bingo_filter_of(definition, i, match->varnos[i]);
		if (!bingo_match_is_all_said(find_base_rel(root, match->varnos[i]), said))
			BINGO_MATCH_REFUSE(match, "it lacks a condition of the ordering's filter");
		match->said = list_concat(match->said, said);
	}
}

List *
bingo_match_all_conditions(PlannerInfo *root, const BingoMatch *match)
{
	List	   *conditions = NIL;
	int			i;

	for (i = 0; i < match->ordering->definition->ntables; i++)
	{
		RelOptInfo *rel;
		ListCell   *lc;

		if (match->varnos[i] == 0)
			continue;
		rel = find_base_rel(root, match->varnos[i]);
		/* those of an outer join say which row is joined, and have been looked at (read/match_outer.c) */
		if (!match->outer[i])
			conditions = list_concat(conditions, rel->baserestrictinfo);
		foreach(lc, rel->joininfo)
		{
			RestrictInfo *condition = (RestrictInfo *) lfirst(lc);

			if (condition->is_pushed_down && bms_is_subset(condition->required_relids, match->relids))
				conditions = lappend(conditions, condition);
		}
	}
	return conditions;
}

void
bingo_match_filter(PlannerInfo *root, BingoMatch *match)
{
	ListCell   *lc;

	match_definition(root, match);
	if (match->refused && !match->explain)
		return;

	foreach(lc, bingo_match_all_conditions(root, match))
	{
		take_condition(root, match, (RestrictInfo *) lfirst(lc));
		if (match->refused && !match->explain)
			return;
	}
}
