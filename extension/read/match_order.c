/*
 * read/match_order.c
 *	  How much of the order that a query wants does the window's order give?
 *
 * A step of read/match.c.  The pathkeys are taken out of root->query_pathkeys,
 * which stands for ORDER BY, or else GROUP BY, DISTINCT or a window clause, and
 * never made.
 *
 * The ordering's sort keys are gone through from the first.  Each must be the next
 * pathkey (a column of its class, same operator family, collation, direction and
 * place of NULLs), or be fixed to a constant by the conditions (of a flag the planner makes no
 * class), or be of a class that came before.  So the rows that satisfy the conditions come from the window
 * in the order of these pathkeys; what the query wants beyond them, core sorts.
 *
 * With match->lists a sort key that an IN list names is as good as fixed, one time: each
 * of the merged searches has one value of it (read/merge.c).  Rows of two searches may be
 * equal in all the other sort keys, so nothing can be claimed beyond these.
 *
 * All sort keys together make the order total, and any column of the relation sorts the
 * rows after them: no two rows are left to be told apart.  That holds above a join that
 * repeats a row, too, as it repeats all of it.
 *
 * All of that may be the other way round, every direction and every place of NULLs: then the window is read backwards
 * (read/backward.c).  The first pathkey decides.
 *
 * Where NULLs stand does not matter of a sort key that is NULL in no row that is wanted: where one of the conditions is
 * not true of NULL.  Two rows that are not NULL there compare the same in either place.  So the rows that satisfy the
 * conditions stand in the window as the query wants them, from either end, and where the window ends (read/end.c) they end
 * there, too: those before the boundary are the query's first ones.  That holds for every snapshot.  Of a column that is
 * declared NOT NULL it would not: a snapshot that is older than the declaration may see NULLs.
 *
 * The sort keys gone through are those that the tie rule compares (read/exec.c).
 *
 * Where the window gives no order that the query wants it may still give its rows: if the first sort keys are
 * fixed by the conditions.  No pathkey is claimed then.  By the tie rule all rows that satisfy them are
 * of one group, which the window gives wholly, or else none of it: so whatever order the plan behind has, the
 * rows that were given are all there are.  As with an index, it pays only if the window is supposed to have
 * all of them (read/path.c).  The searches of an IN list are started only if the window has all of their rows, but
 * where the driving key is among the keys that are fixed (read/merge.c): then there is one row.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "optimizer/pathnode.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"

#include "base/compat.h"
#include "definition/expression.h"
#include "read/match_step.h"

/*
 * Is the condition not true where the expression is NULL?  So is none that compares it first of a row.  Where NULLs are
 * read first one that says no more than that does not count: it is not searched by, and all of them would be read in vain.
 */
static bool
wants_no_null(Node *condition, const NullTest *not_null, bool first)
{
	RowCompareExpr *row = bingo_match_row(condition);

	if (first && IsA(condition, NullTest))
		return false;
	if (row != NULL)
		return equal(linitial(row->largs), not_null->arg) || equal(linitial(row->rargs), not_null->arg);
	return predicate_implied_by(list_make1(unconstify(NullTest *, not_null)), list_make1(condition), false);
}

/* Is the sort key NULL in no row that is wanted? */
static bool
is_never_null(PlannerInfo *root, const BingoMatch *match, const BingoSortKey *key, bool backward)
{
	NullTest   *not_null = makeNode(NullTest);
	ListCell   *lc;

	not_null->arg = key->column.attno == InvalidAttrNumber ? (Expr *) bingo_match_make_kept(match, &key->column) :
		(Expr *) bingo_match_make_var(match, key->output);
	not_null->nulltesttype = IS_NOT_NULL;
	not_null->location = -1;
	foreach(lc, bingo_match_all_conditions(root, match))
	{
		if (wants_no_null((Node *) lfirst_node(RestrictInfo, lc)->clause, not_null, key->nulls_first != backward))
			return true;
	}
	return false;
}

/* Does the pathkey sort as the sort key does, or the other way round?  NULL, or what is different. */
static const char *
find_difference(PlannerInfo *root, const BingoMatch *match, const PathKey *pathkey, const BingoSortKey *key, bool backward)
{
	if (pathkey->pk_opfamily != key->opfamily)
		return "sorts by another operator";
	if (pathkey->pk_eclass->ec_collation != key->collation)
		return "has another collation";
	if (bingo_pathkey_descending(pathkey) != (key->descending != backward))
		return "has the other direction";
	if (pathkey->pk_nulls_first != (key->nulls_first != backward) && !is_never_null(root, match, key, backward))
		return "puts NULLs at the other end";
	return NULL;
}

/* Can the plan behind be sorted by it: is a column of its class among what the relation gives? */
static bool
is_computable(const PathKey *pathkey, const PathTarget *target)
{
	ListCell   *lc;

	foreach(lc, pathkey->pk_eclass->ec_members)
	{
		EquivalenceMember *member = (EquivalenceMember *) lfirst(lc);
		Var		   *var = member->em_is_child ? NULL : bingo_match_var(member->em_expr);

		if (var && list_member(target->exprs, var))
			return true;
	}
	return false;
}

/* The same of the sort key, which is of its class. */
static bool
is_key_computable(const BingoMatch *match, const PathKey *pathkey, const BingoSortKey *key, const PathTarget *target)
{
	ListCell   *lc;

	if (is_computable(pathkey, target))
		return true;
	if (key->column.attno != InvalidAttrNumber)
		return false;
	foreach(lc, pull_var_clause(bingo_match_make_kept(match, &key->column), 0))
		if (!list_member(target->exprs, lfirst(lc)))
			return false;
	return true;
}

/* Is the sort key a flag that a condition of its table wants to be set, or not set? */
static bool
is_fixed_flag(PlannerInfo *root, const BingoMatch *match, const BingoSortKey *key)
{
	RelOptInfo *rel = find_base_rel(root, match->varnos[key->column.table]);
	ListCell   *lc;

	if (match->outer[key->column.table] != NULL)
		return false;			/* its conditions say which row is joined */
	foreach(lc, rel->baserestrictinfo)
	{
		bool		value;
		Node	   *flag = bingo_match_boolean((Node *) ((RestrictInfo *) lfirst(lc))->clause, &value);

		if (flag != NULL && ((Var *) flag)->varattno == key->column.attno)
			return true;
	}
	return false;
}

/* Has every row that satisfies the conditions the same value of the sort key? */
static bool
is_fixed(PlannerInfo *root, const BingoMatch *match, const BingoSortKey *key)
{
	ListCell   *lc;

	if (match->varnos[key->column.table] == 0)
		return false;
	if (key->column.type == BOOLOID && is_fixed_flag(root, match, key))
		return true;
	foreach(lc, root->eq_classes)
	{
		EquivalenceClass *ec = (EquivalenceClass *) lfirst(lc);

		if (EC_MUST_BE_REDUNDANT(ec) && !ec->ec_broken && !ec->ec_has_volatile &&
			list_member_oid(ec->ec_opfamilies, key->opfamily) && ec->ec_collation == key->collation &&
			bingo_match_has_kept(match, ec, &key->column))
			return true;
	}
	return false;
}

/* Does an IN list name its values?  Noted: one list is merged. */
static bool
is_listed(PlannerInfo *root, BingoMatch *match, int i)
{
	const BingoSortKey *key = &match->ordering->definition->sort[i];
	RelOptInfo *rel;
	ListCell   *lc;

	if (!match->lists || match->merged_key >= 0 || match->varnos[key->column.table] == 0 ||
		match->outer[key->column.table] != NULL)
		return false;
	rel = find_base_rel(root, match->varnos[key->column.table]);
	foreach(lc, rel->baserestrictinfo)
	{
		Var		   *var = bingo_match_list((Node *) ((RestrictInfo *) lfirst(lc))->clause, key->opfamily, key->collation);

		if (var != NULL && var->varattno == key->column.attno)
		{
			match->merged_key = i;
			return true;
		}
	}
	return false;
}

/* Is the sort key of the class of a pathkey that came before? */
static bool
is_repeated(const BingoMatch *match, const BingoSortKey *key)
{
	ListCell   *lc;

	foreach(lc, match->pathkeys)
	{
		EquivalenceClass *ec = ((PathKey *) lfirst(lc))->pk_eclass;

		if (list_member_oid(ec->ec_opfamilies, key->opfamily) && ec->ec_collation == key->collation &&
			bingo_match_has_kept(match, ec, &key->column))
			return true;
	}
	return false;
}

/* The order is total: takes the next pathkeys that are of the relation's columns. */
static void
take_rest(PlannerInfo *root, const PathTarget *target, BingoMatch *match)
{
	while (match->pathkeys != NIL && list_length(match->pathkeys) < list_length(root->query_pathkeys))
	{
		PathKey    *pathkey = list_nth(root->query_pathkeys, list_length(match->pathkeys));

		if (pathkey->pk_eclass->ec_has_volatile || !is_computable(pathkey, target))
			return;
		match->pathkeys = lappend(match->pathkeys, pathkey);
	}
}

/* Why is there no order that a window could give? */
static const char *
find_disorder(const PlannerInfo *root)
{
	if (root->parse->sortClause != NIL)
		return "its ORDER BY sorts by constants only";
	if (root->parent_root != NULL && root->parent_root->parse->sortClause != NIL)
		return "PostgreSQL plans it apart, as a subquery, an arm of UNION or a view with security_barrier that has no ORDER BY of its own";
	return "it has no ORDER BY";
}

/* Whose order is wanted of the rows? */
static const char *
find_clause(const PlannerInfo *root)
{
	if (root->query_pathkeys == root->sort_pathkeys)
		return "ORDER BY";
	if (root->group_pathkeys != NIL)
		return root->parse->sortClause == NIL ? "GROUP BY" : "GROUP BY, for which it sorts before its ORDER BY,";
	if (root->window_pathkeys != NIL)
		return root->parse->sortClause == NIL ? "window function's order" : "window function's order, which comes before its ORDER BY,";
	return root->query_pathkeys == root->distinct_pathkeys && root->parse->sortClause == NIL ? "DISTINCT" : "ORDER BY";
}

static void
refuse_order(PlannerInfo *root, BingoMatch *match, const char *difference)
{
	const BingoDefinition *definition = match->ordering->definition;
	const BingoColumn *column = &definition->sort[Min(match->covered, definition->nsort - 1)].column;
	const char *name = match->explain ? bingo_match_kept_name(definition, column) : NULL;
	const char *clause = match->explain ? find_clause(root) : NULL;

	if (root->query_pathkeys == NIL)
		BINGO_MATCH_REFUSE(match, "%s", find_disorder(root));
	else if (difference != NULL)
		BINGO_MATCH_REFUSE(match, "key 1 of its %s %s than the ordering's %s", clause, difference, name);
	else
		BINGO_MATCH_REFUSE(match, "key 1 of its %s is not %s", clause, name);
}

void
bingo_match_order(PlannerInfo *root, const PathTarget *target, BingoMatch *match)
{
	const BingoDefinition *definition = match->ordering->definition;
	const char *difference = NULL;
	int			i;

	for (i = 0; i < definition->nsort; i++)
	{
		const BingoSortKey *key = &definition->sort[i];
		PathKey    *pathkey = NULL;

		if (list_length(match->pathkeys) < list_length(root->query_pathkeys))
			pathkey = list_nth(root->query_pathkeys, list_length(match->pathkeys));
		if (pathkey != NULL && bingo_match_has_kept(match, pathkey->pk_eclass, &key->column))
		{
			if (match->pathkeys == NIL)
				match->backward = !match->lists && find_difference(root, match, pathkey, key, true) == NULL;
			difference = find_difference(root, match, pathkey, key, match->backward);
			if (difference != NULL || !is_key_computable(match, pathkey, key, target))
				break;
			match->pathkeys = lappend(match->pathkeys, pathkey);
		}
		else if (!is_fixed(root, match, key) && !is_repeated(match, key) && !is_listed(root, match, i))
			break;
	}
	match->covered = i;
	if (match->covered == definition->nsort && match->merged_key < 0)
		take_rest(root, target, match);

	if (match->pathkeys == NIL && match->covered == 0)
		refuse_order(root, match, difference);
}
