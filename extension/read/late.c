/*
 * read/late.c
 *	  A plan behind that is initialised when it is first needed, if ever.
 *
 * Most pages end in their window.  To make the plan behind's nodes, slots and expressions is a good part of what such a page costs.
 *
 * Invariant: whoever looks from outside can't tell when it was done.
 *
 * Proof, by what initialising does (ExecInitNode() of a plan that bingo_late_may_wait() and may_wait_now() let pass):
 *
 *	- It opens tables and locks and opens indexes.  These are open from the beginning all the same: so nobody else changes
 *	  them in between, this session's own DDL is refused for being in use, and nothing is waited for later.  The tables'
 *	  locks are those of the range table, as ever.  To open them again takes a reference more, under the resource owner of the
 *	  execution: a portal's, whichever savepoint it is fetched in, or that of the statement which runs it to its end.  (The core
 *	  opens partitions that rows are routed to in this way.)
 *	- It checks rights.  Those on tables and columns are the range table's, checked when the executor starts.
 *	  Those to execute functions are checked as expressions are initialised: a plan with a function, or a value of a type, that did not come with
 *	  the server does not wait.  Whoever has taken the right to one of the server's own from somebody may see it missed
 *	  as long as the function is not called, as it is for what the planner has folded, or for partitions that are pruned.
 *	- It makes states of subplans and parameters known to others: none has subplans, or parameters of its own (initPlan).
 *	  What parameters are is asked for each time that they are used, so nothing is lost by a rescan before the start;
 *	  after it the plan is told what has changed, as ever.
 *	- It reads no row and takes no snapshot; the one of the execution is kept as long as that.
 *	- Its memory is that of the execution, whatever the context in which the first row of it is asked for.
 *	- Who walks through the nodes finds none there: EXPLAIN, instrumentation, auto_explain and other libraries that explain
 *	  when a statement is over are looked for before, and then it does not wait.  Parallel plans would be found there by
 *	  Gather: none has one, and a scan of ours is never below one.  ExecShutdownNode() has nothing to shut down.
 *	- A recheck of changed rows (EvalPlanQual) initialises the plan for itself, at once; where rows are locked it does
 *	  not wait.
 *	- It compiles: with JIT it does not wait.
 *
 * If it fails the statement fails, and its memory and references go with its resource owner.
 */
#include "postgres.h"

#include "access/genam.h"
#include "executor/executor.h"
#include "jit/jit.h"
#include "miscadmin.h"
#include "optimizer/clauses.h"
#include "utils/guc.h"
#include "utils/rel.h"

#include "base/libraries.h"
#include "definition/expression.h"
#include "read/late.h"

/* --- when the plan is made --- */

/* Is there what another one could tell the time of initialising by? */
static bool
is_noticed(List *expressions)
{
	return contain_subplans((Node *) expressions) || bingo_expression_runs_foreign_code((Node *) expressions);
}

/* The conditions of a node of a kind whose initialising is known; false: it is none. */
static bool
find_conditions(Plan *plan, List **conditions)
{
	switch (nodeTag(plan))
	{
		case T_SeqScan:
		case T_BitmapAnd:
		case T_Hash:
		case T_Material:
		case T_Sort:
		case T_IncrementalSort:
			break;
		case T_IndexScan:
			*conditions = list_make3(((IndexScan *) plan)->indexqual, ((IndexScan *) plan)->indexqualorig,
									 ((IndexScan *) plan)->indexorderby);
			break;
		case T_IndexOnlyScan:
			*conditions = list_make2(((IndexOnlyScan *) plan)->indexqual, ((IndexOnlyScan *) plan)->indexorderby);
			break;
		case T_BitmapIndexScan:
			*conditions = list_make2(((BitmapIndexScan *) plan)->indexqual, ((BitmapIndexScan *) plan)->indexqualorig);
			break;
		case T_BitmapHeapScan:
			*conditions = list_make1(((BitmapHeapScan *) plan)->bitmapqualorig);
			break;
		case T_Memoize:
			*conditions = list_make1(((Memoize *) plan)->param_exprs);
			break;
		case T_NestLoop:
			*conditions = list_make1(((Join *) plan)->joinqual);
			break;
		case T_MergeJoin:
			*conditions = list_make2(((Join *) plan)->joinqual, ((MergeJoin *) plan)->mergeclauses);
			break;
		case T_HashJoin:
			*conditions = list_make2(((Join *) plan)->joinqual, ((HashJoin *) plan)->hashclauses);
			break;
		default:
			return false;
	}
	return true;
}

bool
bingo_late_may_wait(Plan *plan)
{
	List	   *conditions = NIL;
	ListCell   *lc;

	if (plan == NULL)
		return true;
	check_stack_depth();
	if (!find_conditions(plan, &conditions) || plan->parallel_aware ||
		is_noticed(conditions) || is_noticed(plan->targetlist) || is_noticed(plan->qual))
		return false;
	if (IsA(plan, BitmapAnd))
		foreach(lc, ((BitmapAnd *) plan)->bitmapplans)
			if (!bingo_late_may_wait(lfirst(lc)))
				return false;
	return bingo_late_may_wait(outerPlan(plan)) && bingo_late_may_wait(innerPlan(plan));
}

/* --- the execution --- */

/* Does it do something, or has it been asked to, when a statement is over? */
static bool
is_explained(void)
{
	static int	others = -1;	/* are there libraries that are not known to leave it alone?  The lists don't change */
	const char *least = GetConfigOption("auto_explain.log_min_duration", true, false);

	if (others < 0)
		others = bingo_libraries_have_unknown();
	return others > 0 || (least != NULL && strcmp(least, "-1") != 0);
}

static bool
may_wait_now(const EState *estate, int eflags)
{
	return (eflags & EXEC_FLAG_EXPLAIN_ONLY) == 0 && estate->es_instrument == 0 && estate->es_epq_active == NULL &&
		(estate->es_jit_flags & PGJIT_PERFORM) == 0 && estate->es_plannedstmt != NULL &&
		estate->es_plannedstmt->rowMarks == NIL && !is_explained();
}

static void
open_index(BingoLate *late, Oid index, Index scanrelid, EState *estate)
{
	late->indexes = lappend(late->indexes, index_open(index, exec_rt_fetch(scanrelid, estate)->rellockmode));
}

/* Opens what its nodes open; false, with some of it open: one of them has parameters of its own. */
static bool
open_all(BingoLate *late, Plan *plan, EState *estate)
{
	ListCell   *lc;

	if (plan == NULL)
		return true;
	if (plan->initPlan != NIL)
		return false;
	switch (nodeTag(plan))
	{
		case T_IndexScan:
			open_index(late, ((IndexScan *) plan)->indexid, ((Scan *) plan)->scanrelid, estate);
			break;
		case T_IndexOnlyScan:
			open_index(late, ((IndexOnlyScan *) plan)->indexid, ((Scan *) plan)->scanrelid, estate);
			break;
		case T_BitmapIndexScan:
			open_index(late, ((BitmapIndexScan *) plan)->indexid, ((Scan *) plan)->scanrelid, estate);
			return true;		/* its table is its parent's */
		case T_SeqScan:
		case T_BitmapHeapScan:
			break;
		case T_BitmapAnd:
			foreach(lc, ((BitmapAnd *) plan)->bitmapplans)
				if (!open_all(late, lfirst(lc), estate))
					return false;
			return true;
		default:
			return open_all(late, outerPlan(plan), estate) && open_all(late, innerPlan(plan), estate);
	}
	(void) ExecOpenScanRelation(estate, ((Scan *) plan)->scanrelid, late->eflags);
	return open_all(late, outerPlan(plan), estate);
}

bool
bingo_late_begin(BingoLate *late, Plan *plan, EState *estate, int eflags)
{
	if (!may_wait_now(estate, eflags))
		return false;
	late->eflags = eflags;
	if (open_all(late, plan, estate))
		late->plan = plan;
	return late->plan != NULL;
}

PlanState *
bingo_late_start(BingoLate *late, EState *estate)
{
	PlanState  *state = ExecInitNode(late->plan, estate, late->eflags);

	late->plan = NULL;
	return state;
}

void
bingo_late_end(BingoLate *late)
{
	ListCell   *lc;

	foreach(lc, late->indexes)
		index_close(lfirst(lc), NoLock);
}
