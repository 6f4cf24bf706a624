/*
 * read/explain.c
 *	  What EXPLAIN and explain_ordering() say about BingoOrderedScan.
 *
 * EXPLAIN shows the ordering's name, and with ANALYZE how many rows came from
 * the window, how many from the plan behind it, and why that was used.
 *
 * explain_ordering() plans the query as the caller's own session would, lets
 * the core check the caller's rights to its tables (ExecutorStart, nothing is
 * executed), and then makes the tests that an execution would begin with, under
 * the caller's snapshot.
 */
#include "postgres.h"

#include <math.h>

#include "commands/explain.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "parser/analyze.h"
#include "tcop/dest.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/ruleutils.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "base/argument.h"
#include "base/compat.h"
#include "base/guc.h"
#include "base/position.h"
#include "read/open.h"
#include "read/scan.h"
#include "read/verdict.h"

PG_FUNCTION_INFO_V1(bingo_tune_explain_ordering);

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
	if (!es->analyze)
		return;
	ExplainPropertyInteger("Rows from Window", NULL, state->rows_served, es);
	ExplainPropertyInteger("Rows from Plan Behind", NULL, state->rows_behind, es);
	if (state->reason != NULL)
		ExplainPropertyText("Plan Behind Used", state->reason, es);
}

/* The one SELECT that the text is; parameters ($1) take the types they need. */
static Query *
analyze_query(const char *query_string)
{
	ErrorContextCallback context = {.previous = error_context_stack,
		.callback = bingo_position_in, .arg = unconstify(char *, query_string)};
	List	   *statements;
	List	   *queries;
	Oid		   *types = NULL;
	int			ntypes = 0;

	error_context_stack = &context;
	statements = pg_parse_query(query_string);
	if (list_length(statements) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the text has %d statements instead of one", list_length(statements)),
				 errhint("Call explain_ordering() with one SELECT.")));

	queries = pg_analyze_and_rewrite_varparams(linitial(statements), query_string, &types, &ntypes, NULL);
	error_context_stack = context.previous;
	if (list_length(queries) != 1 || linitial_node(Query, queries)->commandType != CMD_SELECT)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("the statement is not a SELECT"),
				 errhint("Call explain_ordering() with the text of a SELECT.")));
	return linitial_node(Query, queries);
}

/*
 * The core's checks of rights, as EXPLAIN has them.  No ExecutorFinish: it would
 * end the trigger level of the query that called us, as ours began none.
 */
static void
check_rights(PlannedStmt *plan, const char *query_string)
{
	QueryDesc  *desc = CreateQueryDesc(plan, query_string, GetActiveSnapshot(), InvalidSnapshot,
									   None_Receiver, NULL, NULL, 0);

	ExecutorStart(desc, EXEC_FLAG_EXPLAIN_ONLY);
	ExecutorEnd(desc);
	FreeQueryDesc(desc);
}

/* Why planning did not take the ordering. */
static const char *
find_obstacle(const BingoScanVerdict *verdict)
{
	StringInfoData text;
	ListCell   *lc;

	if (verdict->obstacles == NIL)
		return verdict->cost ? verdict->cost : "the planner finds another plan cheaper";
	initStringInfo(&text);
	foreach(lc, verdict->obstacles)
		appendStringInfo(&text, "%s%s", lc == list_head(verdict->obstacles) ? "" : "; ", (char *) lfirst(lc));
	return text.data;
}

/* Why an execution would not use the window, or NULL. */
static const char *
find_refusal(const BingoScanVerdict *verdict)
{
	const BingoOrdering *ordering;
	Relation	heap;
	Relation	index;
	const char *reason;

	if (!bingo_enable_ordered_scan)
		return "bingo_tune.enable_ordered_scan is off";
	if (!verdict->chosen)
		return find_obstacle(verdict);
	reason = bingo_scan_open(verdict->ordering->id, verdict->ordering->window, GetActiveSnapshot(),
							 &ordering, &heap, &index);
	if (reason == NULL)
		bingo_scan_close(heap, index);
	return reason;
}

typedef struct Row
{
	const BingoScanVerdict *verdict;
	const char *reason;			/* NULL: it serves */
} Row;

/* The best first: what serves, what would, what the fewest obstacles keep from it. */
static int
compare_rows(const void *left, const void *right)
{
	const Row  *a = left;
	const Row  *b = right;
	int			order = (a->reason != NULL) - (b->reason != NULL);

	if (order == 0)
		order = (a->verdict->part == NULL) - (b->verdict->part == NULL);
	if (order == 0)
		order = a->verdict->missing - b->verdict->missing;
	if (order == 0)
		order = list_length(a->verdict->obstacles) - list_length(b->verdict->obstacles);
	return order ? order : strcmp(a->verdict->ordering->name, b->verdict->ordering->name);
}

static void
put_row(ReturnSetInfo *rsinfo, const Row *row)
{
	const BingoScanVerdict *verdict = row->verdict;
	Datum		values[5];
	bool		nulls[5] = {false, false, row->reason == NULL, verdict->part == NULL, verdict->rows < 0};

	values[0] = CStringGetTextDatum(verdict->ordering->name);
	values[1] = BoolGetDatum(row->reason == NULL);
	values[2] = row->reason ? CStringGetTextDatum(row->reason) : (Datum) 0;
	values[3] = verdict->part ? CStringGetTextDatum(verdict->part) : (Datum) 0;
	values[4] = Int64GetDatum((int64) rint(verdict->rows));
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* So that nobody has to guess what no row at all means. */
static void
put_nothing(ReturnSetInfo *rsinfo)
{
	Datum		values[5] = {0};
	bool		nulls[5] = {true, false, false, true, true};

	values[1] = BoolGetDatum(false);
	values[2] = CStringGetTextDatum("there is no ordering of any table that it reads");
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

Datum
bingo_tune_explain_ordering(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	char	   *query_string;
	PlannedStmt *plan;
	List	   *verdicts;
	ListCell   *lc;
	Row		   *rows;
	int			nrows = 0;

	bingo_require_argument(fcinfo, 0, "query", "explain_ordering()",
						   "Give the text of one SELECT, such as 'SELECT id FROM film ORDER BY id LIMIT 20'.");
	query_string = text_to_cstring(PG_GETARG_TEXT_PP(0));
	InitMaterializedSRF(fcinfo, 0);
	verdicts = bingo_verdict_collect(analyze_query(query_string), query_string, &plan);
	check_rights(plan, query_string);

	rows = palloc(Max(list_length(verdicts), 1) * sizeof(Row));
	foreach(lc, verdicts)
	{
		const BingoScanVerdict *verdict = (const BingoScanVerdict *) lfirst(lc);

		if (verdict->looked)
			rows[nrows++] = (Row) {verdict, find_refusal(verdict)};
	}
	qsort(rows, nrows, sizeof(Row), compare_rows);
	for (int i = 0; i < nrows; i++)
		put_row(rsinfo, &rows[i]);
	if (nrows == 0)
		put_nothing(rsinfo);
	return (Datum) 0;
}
