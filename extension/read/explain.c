/*
 * read/explain.c
 *	  What EXPLAIN says about BingoOrderedScan.
 *
 * The ordering's name and what its window is searched by; with ANALYZE how many rows came
 * from the window, how many from the plan behind it, and why that was used.
 */
#include "postgres.h"

#include "commands/explain.h"
#include "nodes/makefuncs.h"
#include "utils/ruleutils.h"

#include "base/compat.h"
#include "read/plan.h"
#include "read/scan.h"

void
bingo_scan_explain(CustomScanState *node, List *ancestors, struct ExplainState *es)
{
	BingoScanState *state = (BingoScanState *) node;

	ExplainPropertyText("Ordering", state->name, es);
	if (state->search.conditions != NIL)
	{
		List	   *names = set_deparse_context_plan(es->deparse_cxt, node->ss.ps.plan, ancestors);
		bool		prefix = list_length(es->rtable) > 1 || es->verbose;

		ExplainPropertyText("Window Cond",
							deparse_expression((Node *) make_ands_explicit(state->search.conditions), names, prefix, false), es);
	}
	if (state->backward)
		ExplainPropertyBool("Backward", true, es);
	if (list_nth_int(BINGO_PLAN_NUMBERS((CustomScan *) node->ss.ps.plan), BINGO_PRIVATE_FIRST) > 0)
		ExplainPropertyBool("First Rows Only", true, es);
	if (list_nth_int(BINGO_PLAN_NUMBERS((CustomScan *) node->ss.ps.plan), BINGO_PRIVATE_FIRST_ROWS) > 1)
		ExplainPropertyInteger("Rows of Each Key", NULL, list_nth_int(BINGO_PLAN_NUMBERS((CustomScan *) node->ss.ps.plan), BINGO_PRIVATE_FIRST_ROWS), es);
	else if (list_nth_int(BINGO_PLAN_NUMBERS((CustomScan *) node->ss.ps.plan), BINGO_PRIVATE_FIRST) > 0 &&
			 list_nth_int(BINGO_PLAN_NUMBERS((CustomScan *) node->ss.ps.plan), BINGO_PRIVATE_FIRST_ROWS) == 0)
		ExplainPropertyText("Rows of Each Key",
							deparse_expression(linitial(((CustomScan *) node->ss.ps.plan)->custom_exprs),
											   set_deparse_context_plan(es->deparse_cxt, node->ss.ps.plan, ancestors), false, false), es);
	if (!es->analyze)
		return;
	ExplainPropertyInteger("Rows from Window", NULL, (int64) bingo_scan_rows_served(state), es);
	ExplainPropertyInteger("Rows from Plan Behind", NULL, (int64) bingo_scan_rows_behind(state), es);
	if (state->reason != NULL)
		ExplainPropertyText("Plan Behind Used", state->reason, es);
}
