/*
 * read/count_match.c
 *	  Does a counter give what is grouped and counted at this query level?
 *
 * Pure, as read/match.c: it looks at the planner's state and at the counter's definition.
 * Whatever the query has been before: subqueries are pulled up, outer joins that change
 * nothing are removed, constants are folded.
 *
 *	- The input is the counter's table, or a subquery with no more in it (read/count_below.c).
 *	  The rows that pass its conditions are those that the counter counts, with keys that
 *	  are searched for and looked at (read/count_search.c).
 *	  Or a join that has each of the table's rows at least once: then what is counted are
 *	  the distinct values of its primary key (read/count_join.c).
 *	- What is grouped by are keys.  The groups come one after the other in the index if each
 *	  key before one of them is grouped by, or has one value; else they are collected
 *	  (read/count_hash.c).
 *	- What is computed are these keys and count(*), or count() of what is never NULL.  A
 *	  column of the primary key is that under every snapshot that sees the counter complete: see
 *	  never_null in definition/resolve.c.  FILTER, and count() of what is made of keys, choose
 *	  cells, as residual conditions do.
 *	- So does sum() of what is 1 for some rows and 0 or NULL for the others: it is their number, but
 *	  NULL where no row has a value that is not.
 *	- In which order a count gets its rows does not matter; but what is computed of each for the order
 *	  may do something, or fail, and would not be.  It stands behind the one argument.
 *
 * A group whose sum is 0 is no group.
 *
 * Window functions over all rows, count(*) OVER (), are counts beside rows: the same
 * conditions, without groups.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/restrictinfo.h"
#include "optimizer/tlist.h"
#include "parser/parsetree.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "base/compat_plan.h"
#include "read/count_hash.h"
#include "read/count_ones.h"
#include "read/count_step.h"
#include "read/hint.h"
#include "read/match_step.h"

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
	ListCell   *cell;

	foreach(cell, root->parse->groupClause)
	{
		const SortGroupClause *clause = lfirst(cell);
		const TargetEntry *entry = get_sortgroupclause_tle(unconstify(SortGroupClause *, clause), root->processed_tlist);
		int			key = IsA(entry->expr, RelabelType) ? -1 : bingo_count_find_key(match, entry->expr);

		/* by the column itself: a cast may have another equality, or another collation */
		if (key < 0 || !op_in_opfamily(clause->eqop, match->counter->definition->sort[key].opfamily))
			return "it groups by something else than keys of the counter";
		match->groups = list_append_unique_int(match->groups, key);
	}
	list_sort(match->groups, list_int_cmp);
	return NULL;
}

/* Do the groups come one after the other in the index, of which each partition has one? */
static void
match_order(BingoCountMatch *match)
{
	ListCell   *cell;
	int			last = -1;

	if (match->groups != NIL && planner_rt_fetch(match->varno, match->root)->relkind == RELKIND_PARTITIONED_TABLE)
		match->scattered = true;
	foreach(cell, match->groups)
		last = Max(last, lfirst_int(cell));
	for (int i = 0; i < last; i++)
		if (!list_member_int(match->groups, i) && !is_single(match, i))
			match->scattered = true;
}

/* --- what is computed --- */

/* Of the rows that are counted: is the key equal to something? */
static bool
is_equal_to_something(const BingoCountMatch *match, int key)
{
	ListCell   *cell;

	foreach(cell, key >= 0 ? match->search : NIL)
	{
		const BingoCountSearch *search = lfirst(cell);

		if (search->key == key && search->value != NULL && func_strict(search->function))
			return true;
	}
	return false;
}

static bool
is_never_null(const BingoCountMatch *match, Expr *expr)
{
	const BingoDefinition *definition = match->counter->definition;
	const Var  *var;

	expr = bingo_count_find_below(match->levels, expr);
	var = bingo_match_var(expr);
	if (IsA(expr, Const))
		return !((Const *) expr)->constisnull;
	/* the row itself is there, of a subquery, too */
	if (var != NULL && var->varattno == InvalidAttrNumber)
		return match->below || var->varno == match->varno;
	if (var == NULL || var->varno != match->varno)
		return false;
	for (int i = 0; i < definition->nnever_null; i++)
		if (definition->never_null[i].attno == var->varattno)
			return true;
	return is_equal_to_something(match, bingo_count_find_key(match, expr));
}

/* Adds conditions on keys to a count's own, or returns false. */
static bool
add_filter(const BingoCountMatch *match, List **filter, Expr *condition)
{
	if (match->below || !bingo_count_of_keys(match, (Node *) condition))
		return false;
	*filter = lappend(*filter, bingo_count_speak_of_keys(match, (Node *) condition));
	return true;
}

/* count(expression): of the rows where it is not NULL. */
static bool
add_not_null(const BingoCountMatch *match, List **filter, Expr *expr)
{
	NullTest   *test;

	if (is_never_null(match, expr))
		return true;
	test = makeNode(NullTest);
	test->arg = expr;
	test->nulltesttype = IS_NOT_NULL;
	test->location = -1;
	return add_filter(match, filter, (Expr *) test);
}

/* Is it a number of rows?  Then filter has the conditions that choose them. */
static bool
is_count_of(const BingoCountMatch *match, Oid function, List *args, Expr *condition, List **filter)
{
	*filter = NIL;
	if (function != F_COUNT_ && (function != F_COUNT_ANY || !add_not_null(match, filter, linitial(args))))
		return false;
	return condition == NULL || add_filter(match, filter, condition);
}

static bool
is_count(BingoCountMatch *match, const Aggref *aggref, List **filter)
{
	List	   *args = NIL;

	if (aggref->agglevelsup != 0)
		return false;
	if (aggref->aggfnoid == F_COUNT_ANY)
		args = list_make1(linitial_node(TargetEntry, aggref->args)->expr);
	if (match->joined && !match->below && aggref->aggdistinct == NIL)
		return false;
	if (aggref->aggdistinct != NIL && (match->below || !bingo_count_is_unique(match, aggref->aggdistinct, aggref->args)))
		return false;
	return is_count_of(match, aggref->aggfnoid, args, aggref->aggfilter, filter);
}

/* A column of the node; a number of rows by the conditions on them. */
static void
add_column(BingoCountMatch *match, Node *node, int number, int present)
{
	match->columns = lappend(match->columns, node);
	match->numbers = lappend_int(match->numbers, number);
	match->present = lappend_int(match->present, present);
}

static int
add_number(BingoCountMatch *match, List *filter)
{
	if (filter == NIL)
		return BINGO_COUNT_ALL;
	match->filters = lappend(match->filters, make_ands_explicit(filter));
	return BINGO_COUNT_FILTERED(list_length(match->filters) - 1);
}

static void
add_count(BingoCountMatch *match, Node *node, List *filter)
{
	add_column(match, node, add_number(match, filter), BINGO_COUNT_OTHER);
}

/* As a number of rows, NULL where no row has a value. */
static bool
add_sum(BingoCountMatch *match, Aggref *aggref)
{
	BingoCountOnes ones;
	List	   *filter = NIL;
	List	   *given = NIL;
	int			number;

	if (aggref->aggfnoid != F_SUM_INT4 || aggref->agglevelsup != 0 || aggref->aggdistinct != NIL || aggref->aggfilter != NULL ||
		(match->joined && !match->below) || !bingo_count_find_ones(linitial_node(TargetEntry, aggref->args)->expr, &ones) ||
		(ones.condition && !add_filter(match, &filter, ones.condition)) ||
		(ones.given && !add_not_null(match, &given, ones.given)))
		return false;
	number = add_number(match, filter);
	add_column(match, (Node *) aggref, number, ones.only ? number : add_number(match, given));
	return true;
}

/* Adds what the node's own conditions are evaluated on. */
static bool
add_looked_at(Node *node, void *context)
{
	BingoCountMatch *match = context;
	int			key = node ? bingo_count_find_key(match, (Expr *) node) : -1;

	if (key < 0)
		return node != NULL && expression_tree_walker(node, add_looked_at, context);
	while (IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	if (!list_member(match->columns, node))
		add_column(match, node, key, BINGO_COUNT_OTHER);
	return false;
}

static void
add_all_looked_at(BingoCountMatch *match)
{
	(void) add_looked_at((Node *) match->filters, match);
	(void) add_looked_at(bingo_count_speak_of_keys(match, (Node *) extract_actual_clauses(match->residual, false)), match);
}

/* Adds what is computed from keys and counts of rows; true at what is neither. */
static bool
add_computed(Node *node, void *context)
{
	BingoCountMatch *match = context;
	List	   *filter = NIL;
	int			key;

	if (node == NULL || list_member(match->columns, node))
		return false;
	if (IsA(node, Aggref))
	{
		/* more than its argument: what it is sorted by */
		if (list_length(((Aggref *) node)->args) > 1)
			return true;
		if (is_count(match, (Aggref *) node, &filter))
			add_count(match, node, filter);
		else if (!add_sum(match, (Aggref *) node))
			return true;
		return false;
	}
	key = IsA(node, RelabelType) ? -1 : bingo_count_find_key(match, (Expr *) node);
	if (key >= 0 && list_member_int(match->groups, key))
	{
		add_column(match, node, key, BINGO_COUNT_OTHER);
		return false;
	}
	if (IsA(node, Var) || IsA(node, PlaceHolderVar) || IsA(node, GroupingFunc))
		return true;
	return expression_tree_walker(node, add_computed, context);
}

static const char *
match_columns(List *exprs, BingoCountMatch *match)
{
	if (contain_subplans((Node *) exprs))
		return "it computes a subquery for each group";
	if (add_computed((Node *) exprs, match))
		return match->joined && !match->below ? "it counts the rows of a join, not its table's, each once" :
			"it computes something else than counts of rows, by keys, and the keys that it groups by";
	add_all_looked_at(match);
	return NULL;
}

bool
bingo_count_may_be_given(const PlannerInfo *root)
{
	ListCell   *cell;

	foreach(cell, root->agginfos)
	{
		Oid			function = bingo_first_aggref((const AggInfo *) lfirst(cell))->aggfnoid;

		if (function != F_COUNT_ && function != F_COUNT_ANY && function != F_SUM_INT4)
			return false;
	}
	return true;
}

/* --- the table --- */

RelOptInfo *
bingo_count_find_table(RelOptInfo *input, PlannerInfo **root)
{
	RelOptInfo *top = input;
	int			varno;

	if (input->reloptkind == RELOPT_JOINREL)
		return bingo_count_find_rows(input, false);
	while (input->reloptkind == RELOPT_BASEREL && !IS_DUMMY_REL(input))
	{
		if (input->rtekind == RTE_RELATION)
			return input;
		if (input->rtekind != RTE_SUBQUERY || input->subroot == NULL)
			break;
		*root = input->subroot;
		if (!bms_get_singleton_member(input->subroot->all_baserels, &varno))
			return bingo_count_find_rows_below(top, *root);
		input = find_base_rel(*root, varno);
	}
	return NULL;
}

static const char *
match_table(const BingoCountMatch *match)
{
	const RangeTblEntry *rte = planner_rt_fetch(match->varno, match->root);
	int			varno;

	if (match->root->rowMarks != NIL)
		return "it locks rows";
	if (bingo_hint_names_scan(match->root, bms_make_singleton(match->varno)))
		return BINGO_HINT_OBSTACLE;
	if (!bms_get_singleton_member(match->root->all_baserels, &varno) && bingo_count_has_effects(match->root->parse))
		return "it locks rows, runs a subquery or calls a volatile function for the rows that it joins";
	if (rte->tablesample != NULL ||
		(rte->relkind != RELKIND_PARTITIONED_TABLE && bingo_match_has_children(match->root, match->varno, rte)))
		return "it reads a sample, or inheritance children";
	return NULL;
}

static const char *
match_level(PlannerInfo *root, RelOptInfo *table, const BingoCountMatch *match)
{
	const Query *parse = root->parse;

	if (parse->commandType != CMD_SELECT || parse->groupingSets != NIL || parse->hasTargetSRFs)
		return "it has GROUPING SETS or a set-returning function";
	if (!bms_is_empty(table->lateral_relids) || (table->joininfo != NIL && !match->joined))
		return "it is joined";
	return NULL;
}

static void
start(PlannerInfo *root, const RelOptInfo *table, const BingoOrdering *counter, BingoCountMatch *match)
{
	memset(match, 0, sizeof(*match));
	match->counter = counter;
	match->root = root;
	match->varno = table->relid;
}

const char *
bingo_count_match(PlannerInfo *root, RelOptInfo *input, RelOptInfo *grouped, double groups,
				  const BingoOrdering *counter, BingoCountMatch *match)
{
	PlannerInfo *below = root;
	RelOptInfo *table = bingo_count_find_table(input, &below);
	const char *reason;
	int			varno;

	start(below, table, counter, match);
	match->having = (List *) root->parse->havingQual;
	match->joined = !bms_get_singleton_member(below->all_baserels, &varno);
	reason = match_level(root, table, match);
	if (reason == NULL)
		reason = match_table(match);
	if (reason == NULL && table != input && input->reloptkind != RELOPT_JOINREL)
		reason = bingo_count_match_below(root, input, match);
	if (reason == NULL)
		reason = match_groups(root, match);
	if (reason == NULL)
		reason = bingo_count_match_conditions(below, table, match);
	if (reason != NULL)
		return reason;
	match_order(match);
	reason = match_columns(list_concat_copy(grouped->reltarget->exprs, match->having), match);
	if (reason == NULL && match->scattered &&
		!bingo_count_groups_fit(groups, list_length(match->groups), grouped->reltarget->width, list_length(match->filters)))
		reason = "its groups would take more memory than hash_mem_multiplier and work_mem allow";
	return reason;
}

/* --- beside rows --- */

bool
bingo_count_windows_are_whole(const Query *query)
{
	ListCell   *cell;

	foreach(cell, query->windowClause)
	{
		const WindowClause *window = lfirst_node(WindowClause, cell);
		int			whole = FRAMEOPTION_START_UNBOUNDED_PRECEDING | FRAMEOPTION_END_UNBOUNDED_FOLLOWING;

		if (window->partitionClause != NIL || window->orderClause != NIL)
			return false;
		if ((window->frameOptions | FRAMEOPTION_NONDEFAULT) != (FRAMEOPTION_DEFAULTS | FRAMEOPTION_NONDEFAULT) &&
			((window->frameOptions & whole) != whole || (window->frameOptions & FRAMEOPTION_EXCLUSION) != 0))
			return false;
	}
	return true;
}

static bool
is_cut_short(const Query *query, const WindowFunc *function)
{
	return bingo_run_condition_value(list_nth_node(WindowClause, query->windowClause, function->winref - 1), function) != NULL;
}

static const char *
match_functions(PlannerInfo *root, const PathTarget *target, BingoCountMatch *match)
{
	List	   *functions = pull_var_clause((Node *) target->exprs,
											PVC_INCLUDE_AGGREGATES | PVC_INCLUDE_WINDOWFUNCS | PVC_INCLUDE_PLACEHOLDERS);
	ListCell   *cell;

	foreach(cell, functions)
	{
		WindowFunc *function = lfirst(cell);
		List	   *filter;

		if (!IsA(function, WindowFunc) || list_member(match->columns, function))
			continue;
		if (is_cut_short(root->parse, function) ||
			!is_count_of(match, function->winfnoid, function->args, function->aggfilter, &filter))
			return "it has another window function than a count of all rows";
		add_count(match, (Node *) function, filter);
	}
	add_all_looked_at(match);
	return NULL;
}

const char *
bingo_count_match_window(PlannerInfo *root, RelOptInfo *table, const PathTarget *target,
						 const BingoOrdering *counter, BingoCountMatch *match)
{
	const char *reason;

	start(root, table, counter, match);
	if (root->parse->commandType != CMD_SELECT || !bingo_count_windows_are_whole(root->parse))
		return "it has a window that is not the whole of the rows";
	reason = match_table(match);
	if (reason == NULL)
		reason = bingo_count_match_conditions(root, table, match);
	if (reason == NULL)
		reason = match_functions(root, target, match);
	return reason;
}
