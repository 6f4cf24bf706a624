/*
 * read/count_explain.c
 *	  A counter's node in EXPLAIN.
 */
#include "postgres.h"

#include "catalog/pg_aggregate.h"
#include "lib/stringinfo.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/ruleutils.h"

#include "base/compat.h"
#include "read/count_explain.h"

/* The same count without its window. */
static Aggref *
make_aggref(const WindowFunc *function)
{
	Aggref	   *aggref = makeNode(Aggref);
	ListCell   *cell;

	aggref->aggfnoid = function->winfnoid;
	aggref->aggtype = function->wintype;
	aggref->aggstar = function->winstar;
	aggref->aggfilter = copyObject(function->aggfilter);
	aggref->aggkind = AGGKIND_NORMAL;
	aggref->aggsplit = AGGSPLIT_SIMPLE;
	aggref->location = -1;
	foreach(cell, function->args)
	{
		Expr	   *argument = copyObject((Expr *) lfirst(cell));

		aggref->args = lappend(aggref->args, makeTargetEntry(argument, foreach_current_index(cell) + 1, NULL, false));
		aggref->aggargtypes = lappend_oid(aggref->aggargtypes, exprType((Node *) argument));
	}
	return aggref;
}

void
bingo_count_forget_windows(CustomScan *cscan)
{
	MemoryContext old = MemoryContextSwitchTo(GetMemoryChunkContext(cscan));
	ListCell   *cell;

	foreach(cell, cscan->custom_scan_tlist)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, cell);

		if (IsA(entry->expr, WindowFunc))
			entry->expr = (Expr *) make_aggref((WindowFunc *) entry->expr);
	}
	MemoryContextSwitchTo(old);
}

/* "key = value", ... */
static char *
format_search(const CustomScan *cscan, List *names)
{
	StringInfoData text;
	ListCell   *cell;
	int			value = 0;

	initStringInfo(&text);
	foreach(cell, BINGO_COUNT_NAMES(cscan))
	{
		int			i = foreach_current_index(cell);
		bool		has_value = list_nth_int(BINGO_COUNT_SEARCH(cscan), 3 * i + 1) != 0;
		bool		list = list_nth_int(BINGO_COUNT_SEARCH(cscan), 3 * i + 2) != 0;

		appendStringInfo(&text, "%s%s%s", i > 0 ? ", " : "", strVal(lfirst(cell)),
						 !has_value ? " IS NULL" : list ? " = ANY (" : " = ");
		if (has_value)
			appendStringInfo(&text, "%s%s", deparse_expression(list_nth(BINGO_COUNT_VALUES(cscan), value++), names, false, false),
							 list ? ")" : "");
	}
	return text.data;
}

void
bingo_count_explain(CustomScan *cscan, List *ancestors, ExplainState *es)
{
	List	   *names = set_deparse_context_plan(es->deparse_cxt, &cscan->scan.plan, ancestors);

	ExplainPropertyText("Counter", BINGO_COUNT_PLAN_NAME(cscan), es);
	if (BINGO_COUNT_NAMES(cscan) != NIL)
		ExplainPropertyText("Count Keys", format_search(cscan, names), es);
	if (BINGO_COUNT_RESIDUAL(cscan) != NIL)
		ExplainPropertyText("Count Filter",
							deparse_expression((Node *) make_ands_explicit(BINGO_COUNT_RESIDUAL(cscan)),
											   names, list_length(es->rtable) > 1, false), es);
}
