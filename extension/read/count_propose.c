/*
 * read/count_propose.c
 *	  Which counter would give what a query counts?
 *
 * Looks at the planner's state of the topmost query level, as read/count_match.c does, so
 * that what the planner has made of views, subqueries, policies and outer joins is what
 * counts here, too.  What is grouped by, and what is compared for equality, are keys;
 * conditions without a value (flags, IS NULL, "not that one") are the filter.  A bound of a
 * range is neither: the next query has another.
 *
 * Whether that is a counter is for the analysis to say that create_counter() makes
 * (definition/count.c), and whether it would serve for the match: nothing is proposed that
 * either refuses.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"

#include "base/relations.h"
#include "definition/count.h"
#include "read/count.h"
#include "read/count_step.h"
#include "read/match_step.h"

/* --- conditions --- */

/* The column that is compared for equality with what is no column, or NULL. */
static Var *
find_compared(Node *clause)
{
	Oid			operator;
	List	   *args;

	if (IsA(clause, OpExpr))
	{
		operator = ((OpExpr *) clause)->opno;
		args = ((OpExpr *) clause)->args;
	}
	else if (IsA(clause, ScalarArrayOpExpr) && ((ScalarArrayOpExpr *) clause)->useOr)
	{
		operator = ((ScalarArrayOpExpr *) clause)->opno;
		args = ((ScalarArrayOpExpr *) clause)->args;
	}
	else
		return NULL;
	if (list_length(args) != 2 || !op_mergejoinable(operator, exprType(linitial(args))))
		return NULL;
	if (!contain_var_clause(lsecond(args)))
		return bingo_match_var(linitial(args));
	return contain_var_clause(linitial(args)) ? NULL : bingo_match_var(lsecond(args));
}

/* "column <> constant", "column NOT IN (constants)" */
static bool
is_exclusion(Node *clause)
{
	Oid			operator;
	List	   *args;

	if (IsA(clause, OpExpr))
	{
		operator = ((OpExpr *) clause)->opno;
		args = ((OpExpr *) clause)->args;
	}
	else if (IsA(clause, ScalarArrayOpExpr) && !((ScalarArrayOpExpr *) clause)->useOr)
	{
		operator = ((ScalarArrayOpExpr *) clause)->opno;
		args = ((ScalarArrayOpExpr *) clause)->args;
	}
	else
		return false;
	operator = get_negator(operator);
	return list_length(args) == 2 && OidIsValid(operator) && op_mergejoinable(operator, exprType(linitial(args))) &&
		bingo_match_var(linitial(args)) != NULL && IsA(lsecond(args), Const);
}

/* The same in every call of such a query, as far as one can tell. */
static bool
is_constant(Node *clause)
{
	ListCell   *cell;

	switch (nodeTag(clause))
	{
		case T_Var:
			return exprType(clause) == BOOLOID;
		case T_NullTest:
			return bingo_match_var(((NullTest *) clause)->arg) != NULL;
		case T_BooleanTest:
			return is_constant((Node *) ((BooleanTest *) clause)->arg);
		case T_BoolExpr:
			foreach(cell, ((BoolExpr *) clause)->args)
				if (!is_constant(lfirst(cell)))
					return false;
			return true;
		default:
			return is_exclusion(clause);
	}
}

static void
add_key(PlannerInfo *root, BingoCountProposal *proposal, const Var *column)
{
	BingoCountKey *key;
	VariableStatData statistics;
	bool		isdefault;
	ListCell   *cell;

	foreach(cell, proposal->keys)
		if (((BingoCountKey *) lfirst(cell))->attno == column->varattno)
			return;
	key = palloc0(sizeof(BingoCountKey));
	key->attno = column->varattno;
	examine_variable(root, (Node *) column, 0, &statistics);
	key->values = get_variable_numdistinct(&statistics, &isdefault);
	ReleaseVariableStats(statistics);
	proposal->keys = lappend(proposal->keys, key);
}

static const char *
read_conditions(PlannerInfo *root, const RelOptInfo *input, BingoCountProposal *proposal)
{
	ListCell   *cell;

	foreach(cell, input->baserestrictinfo)
	{
		Node	   *clause = (Node *) lfirst_node(RestrictInfo, cell)->clause;
		const Var  *column = find_compared(clause);

		if (column != NULL && column->varno == input->relid)
			add_key(root, proposal, column);
		else if (is_constant(clause))
		{
			clause = copyObject(clause);
			ChangeVarNodes(clause, input->relid, 1, 0);
			proposal->filter = lappend(proposal->filter, clause);
		}
		else
			return "a condition of it neither compares a column for equality nor is the same in every call";
	}
	return NULL;
}

static int
compare_keys(const ListCell *left, const ListCell *right)
{
	return ((const BingoCountKey *) lfirst(left))->attno - ((const BingoCountKey *) lfirst(right))->attno;
}

static void
read_groups(PlannerInfo *root, const RelOptInfo *input, BingoCountProposal *proposal)
{
	ListCell   *cell;

	foreach(cell, root->parse->groupClause)
	{
		const Var  *column = (const Var *) get_sortgroupclause_tle(lfirst(cell), root->processed_tlist)->expr;

		if (IsA(column, Var) && column->varno == input->relid)
			add_key(root, proposal, column);
	}
}

/* --- the definition --- */

static TargetEntry *
make_column(const BingoCountProposal *proposal, const BingoCountKey *key, Index number)
{
	Oid			type;
	int32		typmod;
	Oid			collation;
	TargetEntry *entry;

	if (!bingo_relations_find_type(proposal->relid, key->attno, &type, &typmod, &collation))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("a column of \"%s\" has been dropped meanwhile", bingo_relations_label(proposal->relid)),
				 errhint("Try again.")));
	entry = makeTargetEntry((Expr *) makeVar(1, key->attno, type, typmod, collation, 0), number, NULL, false);
	entry->ressortgroupref = number;
	return entry;
}

/* SELECT key, ..., count(*) FROM table WHERE filter GROUP BY key, ..., as parse analysis would have it. */
static Query *
make_query(const BingoCountProposal *proposal)
{
	Query	   *query = makeNode(Query);
	RangeTblEntry *rte = makeNode(RangeTblEntry);
	RangeTblRef *reference = makeNode(RangeTblRef);
	Aggref	   *count = makeNode(Aggref);
	ListCell   *cell;

	rte->rtekind = RTE_RELATION;
	rte->relid = proposal->relid;
	rte->relkind = get_rel_relkind(proposal->relid);
	reference->rtindex = 1;
	count->aggfnoid = F_COUNT_;
	count->aggtype = INT8OID;
	count->aggstar = true;
	query->commandType = CMD_SELECT;
	query->hasAggs = true;
	query->rtable = list_make1(rte);
	query->jointree = makeFromExpr(list_make1(reference), proposal->filter == NIL ? NULL :
								   (Node *) make_ands_explicit(copyObject(proposal->filter)));
	foreach(cell, proposal->keys)
	{
		SortGroupClause *clause = makeNode(SortGroupClause);

		clause->tleSortGroupRef = list_length(query->targetList) + 1;
		query->targetList = lappend(query->targetList, make_column(proposal, lfirst(cell), clause->tleSortGroupRef));
		query->groupClause = lappend(query->groupClause, clause);
	}
	query->targetList = lappend(query->targetList, makeTargetEntry((Expr *) count, list_length(query->targetList) + 1, NULL, false));
	return query;
}

/* --- the whole --- */

/* Is any number of rows computed at all? */
static bool
is_counted(List *exprs)
{
	ListCell   *cell;

	foreach(cell, pull_var_clause((Node *) exprs, PVC_INCLUDE_AGGREGATES | PVC_RECURSE_WINDOWFUNCS | PVC_RECURSE_PLACEHOLDERS))
	{
		const Aggref *aggref = lfirst(cell);

		if (IsA(aggref, Aggref) && (aggref->aggfnoid == F_COUNT_ || aggref->aggfnoid == F_COUNT_ANY))
			return true;
	}
	return false;
}

static const char *
find_obstacle(PlannerInfo *root, RelOptInfo *input, RelOptInfo *grouped, BingoCountProposal *proposal, BingoCountMatch *match)
{
	BingoProblem problem = {0};
	BingoOrdering *counter = palloc0(sizeof(BingoOrdering));
	const char *obstacle;
	ListCell   *cell;

	if (input->reloptkind != RELOPT_BASEREL || input->rtekind != RTE_RELATION)
		return "it counts what a join, a subquery or a function gives, not the rows of one table";
	proposal->relid = planner_rt_fetch(input->relid, root)->relid;
	proposal->tuples = Max(input->tuples, 1);
	obstacle = read_conditions(root, input, proposal);
	if (obstacle != NULL)
		return obstacle;
	read_groups(root, input, proposal);
	list_sort(proposal->keys, compare_keys);
	proposal->rows = 1;
	foreach(cell, proposal->keys)
		proposal->rows *= ((BingoCountKey *) lfirst(cell))->values;
	proposal->rows = Min(proposal->rows, proposal->tuples);
	if (get_rel_relkind(proposal->relid) == RELKIND_PARTITIONED_TABLE)
		counter->definition = bingo_count_analyze_whole(root, input, make_query(proposal), &problem);
	else
		counter->definition = bingo_count_analyze(make_query(proposal), &problem);
	if (counter->definition == NULL)
		return problem.message;
	return bingo_count_match(root, input, grouped, proposal->groups, counter, match);
}

BingoCountProposal *
bingo_count_propose(PlannerInfo *root, RelOptInfo *input, RelOptInfo *grouped, double groups, BingoCountMatch *match)
{
	BingoCountProposal *proposal;

	if (!is_counted(list_concat_copy(grouped->reltarget->exprs, (List *) root->parse->havingQual)))
		return NULL;
	proposal = palloc0(sizeof(BingoCountProposal));
	proposal->groups = groups;
	proposal->obstacle = find_obstacle(root, input, grouped, proposal, match);
	return proposal;
}
