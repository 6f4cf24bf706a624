/*
 * advise/explain.c
 *	  bingo_tune.explain_ordering(): would an ordering serve this query, and if none, what would?
 *
 * The query is planned as the caller's own session would, the core checks the caller's
 * rights to its tables (ExecutorStart, nothing is executed), and then come the tests that
 * an execution would begin with, under the caller's snapshot.
 *
 * Where none serves and none fits, the last row says which ordering would, as a command,
 * or why none can: what advise() would propose (advise/ordering.c), or that the other way round, or with all rows, if the planner would take it as
 * the tables are.  Where it sorts by columns of one table the index that has them is named (advise/explain_index.c): of what reads no other
 * table in place of the ordering.
 */
#include "postgres.h"

#include <math.h>

#include "executor/executor.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "parser/analyze.h"
#include "tcop/dest.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "advise/advise.h"
#include "advise/explain.h"
#include "advise/explain_index.h"
#include "base/argument.h"
#include "base/compat.h"
#include "base/guc.h"
#include "base/position.h"
#include "read/open.h"
#include "read/verdict.h"

PG_FUNCTION_INFO_V1(bingo_tune_explain_ordering);

#define FUNCTION "explain_ordering()"

Query *
bingo_explain_analyze(const char *query_string, const char *function)
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
				 errhint("Call %s with one SELECT.", function)));

	queries = pg_analyze_and_rewrite_varparams(linitial(statements), query_string, &types, &ntypes, NULL);
	error_context_stack = context.previous;
	if (list_length(queries) != 1 || linitial_node(Query, queries)->commandType != CMD_SELECT)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("the statement is not a SELECT"),
				 errhint("Call %s with the text of a SELECT.", function)));
	return linitial_node(Query, queries);
}

/*
 * The core's checks of rights, as EXPLAIN has them.  No ExecutorFinish: it would
 * end the trigger level of the query that called us, as ours began none.
 */
void
bingo_explain_check_rights(PlannedStmt *plan, const char *query_string)
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

/* Why an execution would not use the ordering's window, or NULL. */
static const char *
find_closed(const BingoOrdering *planned)
{
	const BingoOrdering *ordering;
	Relation	heap;
	Relation	index;
	const char *reason = bingo_scan_open(planned->id, planned->window, GetActiveSnapshot(), &ordering, &heap, &index);

	if (reason == NULL)
		bingo_scan_close(heap, index);
	return reason;
}

/* The same of all that are read together. */
static const char *
find_refusal(const BingoScanVerdict *verdict)
{
	const char *reason;
	ListCell   *lc;

	if (!bingo_enable_ordered_scan)
		return "bingo_tune.enable_ordered_scan is off";
	if (!verdict->chosen)
		return find_obstacle(verdict);
	reason = find_closed(verdict->ordering);
	foreach(lc, verdict->leaves)
	{
		const BingoOrdering *other = lfirst(lc);
		const char *closed = reason == NULL ? find_closed(other) : NULL;

		if (closed != NULL)
			reason = psprintf("that of another partition, \"%s\": %s", other->name, closed);
	}
	return reason;
}

typedef struct Row
{
	const BingoScanVerdict *verdict;
	const char *reason;			/* NULL: it serves */
} Row;

/* Would it serve, but for its cost or state?  What would have to be read backwards, and can't be, is another one's. */
static bool
fits(const BingoScanVerdict *verdict)
{
	return verdict->part != NULL && (!verdict->backward || verdict->rows >= 0);
}

/* The best first: what serves, what would, what the fewest obstacles keep from it. */
static int
compare_rows(const void *left, const void *right)
{
	const Row  *a = left;
	const Row  *b = right;
	int			order = (a->reason != NULL) - (b->reason != NULL);

	if (order == 0)
		order = !fits(a->verdict) - !fits(b->verdict);
	if (order == 0)
		order = a->verdict->missing - b->verdict->missing;
	if (order == 0)
		order = list_length(a->verdict->obstacles) - list_length(b->verdict->obstacles);
	return order ? order : strcmp(a->verdict->ordering->name, b->verdict->ordering->name);
}

/* bingo_tune.explain_ordering's columns */
enum
{
	COLUMN_ORDERING,
	COLUMN_SERVED,
	COLUMN_REASON,
	COLUMN_PART,
	COLUMN_ROWS,
	COLUMN_COMMAND,
	COLUMNS
};

static void
put_row(ReturnSetInfo *rsinfo, const Row *row)
{
	const BingoScanVerdict *verdict = row->verdict;
	Datum		values[COLUMNS] = {0};
	bool		nulls[COLUMNS] = {false, false, row->reason == NULL, verdict->part == NULL, verdict->rows < 0, true};

	values[COLUMN_ORDERING] = CStringGetTextDatum(verdict->ordering->name);
	values[COLUMN_SERVED] = BoolGetDatum(row->reason == NULL);
	values[COLUMN_REASON] = row->reason ? CStringGetTextDatum(row->reason) : (Datum) 0;
	values[COLUMN_PART] = verdict->part ? CStringGetTextDatum(verdict->part) : (Datum) 0;
	values[COLUMN_ROWS] = Int64GetDatum((int64) rint(verdict->rows));
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* --- what would serve it --- */

typedef struct Advice
{
	Query	   *query;
	const char *query_string;
	MemoryContext context;		/* of what is found */
	const char *index;			/* gives the plan's order already; or NULL */
	char	   *command;		/* or NULL */
	char	   *index_command;	/* of an index that would have the order, too, or NULL */
	bool		alone;			/* ... of the only table */
	char	   *obstacle;		/* why there is none, or NULL: it is no page */
	char	   *obstacle_then;	/* why one with its order would not serve it, or NULL */
	bool		there;			/* one that has its order, whatever else stands in the way */
} Advice;

/* Does an ordering fit that query already? */
static bool
is_there(const char *query)
{
	PlannedStmt *plan;
	ListCell   *lc;

	foreach(lc, bingo_verdict_collect(bingo_explain_analyze(query, FUNCTION), query, &plan))
	{
		if (fits(lfirst(lc)))
			return true;
	}
	return false;
}

/* Would the planner take it?  Then it is what is said; else why not, of the first one. */
static void
try_ordering(Advice *advice, BingoAdviseOrdering *ordering)
{
	BingoScanVerdict *verdict = bingo_verdict_pretend(copyObject(advice->query), advice->query_string, ordering->definition, ordering->rows);
	char	   *index;

	if (!verdict->chosen)
	{
		if (advice->obstacle_then == NULL)
			advice->obstacle_then = MemoryContextStrdup(advice->context, find_obstacle(verdict));
		return;
	}
	/* the planner forgets the order of an index where it groups */
	index = verdict->grouped ? NULL : bingo_explain_index(ordering->definition);
	bingo_advise_take_name(ordering, NIL);
	advice->command = MemoryContextStrdup(advice->context, bingo_advise_ordering_command(ordering));
	advice->index_command = index ? MemoryContextStrdup(advice->context, index) : NULL;
	advice->alone = ordering->definition->ntables == 1 && !verdict->grouped;
}

/*
 * In a subtransaction, at whose end the search_path is the caller's again.  For rows before some place in the order one
 * that is read backwards to there; last of all one that keeps all rows.
 */
static void
find_ordering(void *argument)
{
	Advice	   *advice = argument;
	List	   *orderings;
	List	   *turned;
	char	   *obstacle = NULL;
	char	   *obstacle_turned = NULL;
	ListCell   *cell;

	NewGUCNestLevel();
	/* so that every name in the command has its schema */
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	orderings = bingo_advise_orderings(copyObject(advice->query), NULL, BINGO_ADVISE_AS_IT_IS, &obstacle);
	if (obstacle != NULL)
		advice->obstacle = MemoryContextStrdup(advice->context, obstacle);
	foreach(cell, orderings)
	{
		advice->there = advice->there || is_there(((const BingoAdviseOrdering *) lfirst(cell))->query);
		if (advice->command == NULL)
			try_ordering(advice, lfirst(cell));
	}
	turned = advice->command == NULL ? bingo_advise_orderings(copyObject(advice->query), NULL, BINGO_ADVISE_TURNED, &obstacle_turned) : NIL;
	foreach(cell, turned)
	{
		if (advice->command == NULL)
			try_ordering(advice, lfirst(cell));
	}
	foreach(cell, orderings)
	{
		BingoAdviseOrdering *ordering = lfirst(cell);

		ordering->rows = BINGO_MOST_WINDOW_ROWS;
		if (advice->command == NULL && ordering->limited)
			try_ordering(advice, ordering);
	}
}

static bool
sorts_by_aggregate(const Query *query)
{
	ListCell   *cell;

	foreach(cell, query->sortClause)
	{
		if (contain_agg_clause((Node *) get_sortgroupclause_tle(lfirst(cell), query->targetList)->expr))
			return true;
	}
	return false;
}

/* Why is nothing proposed? */
static const char *
find_no_page(const Query *query)
{
	if (query->hasWindowFuncs && query->sortClause != NIL && query->limitCount != NULL)
		return "a window function reads all of its rows before it gives the first one (explain_counter() says whether count(*) OVER () could be counted)";
	if (sorts_by_aggregate(query))
		return "it sorts by an aggregate, which is known of no group before all of its rows are read";
	return "no ordering is proposed for what does not end in ORDER BY and LIMIT";
}

/* What is said of what was found. */
static const char *
say(Advice *advice)
{
	if (advice->alone && advice->index != NULL)
		advice->command = NULL;
	if (advice->command == NULL && advice->index != NULL)
		return psprintf("index \"%s\" gives its order already", advice->index);
	if (advice->command != NULL && advice->index_command != NULL && advice->alone)
	{
		advice->command = advice->index_command;
		return "an index of its table would have its order, and no ordering is needed";
	}
	if (advice->command != NULL)
		return advice->index_command == NULL ? "this one would have its order" :
			psprintf("this one would have its order, and so would an index: %s", advice->index_command);
	if (advice->obstacle_then != NULL)
		return psprintf("one with its order would not serve it: %s", advice->obstacle_then);
	if (advice->obstacle != NULL)
		return psprintf("none could serve it: %s", advice->obstacle);
	return find_no_page(advice->query);
}

/* The row without an ordering: so that nobody has to guess what no row means, or what to do. */
static void
put_advice(ReturnSetInfo *rsinfo, Query *query, const char *query_string, const PlannedStmt *plan, bool any)
{
	Advice		advice = {.query = query, .query_string = query_string, .context = CurrentMemoryContext, .index = bingo_explain_index_used(plan)};
	const char *said;
	Datum		values[COLUMNS] = {0};
	bool		nulls[COLUMNS] = {true, false, false, true, true, false};

	if (bingo_advise_aside(find_ordering, &advice) != NULL)
		advice.obstacle = BINGO_ADVISE_UNWRITTEN;
	if (advice.there)
		return;
	said = say(&advice);
	values[COLUMN_SERVED] = BoolGetDatum(false);
	values[COLUMN_REASON] = CStringGetTextDatum(any ? said : psprintf("there is no ordering of any table that it reads; %s", said));
	nulls[COLUMN_COMMAND] = advice.command == NULL;
	if (advice.command != NULL)
		values[COLUMN_COMMAND] = CStringGetTextDatum(advice.command);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

Datum
bingo_tune_explain_ordering(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	char	   *query_string;
	PlannedStmt *plan;
	Query	   *query;
	List	   *verdicts;
	ListCell   *lc;
	Row		   *rows;
	int			nrows = 0;
	bool		any = false;

	bingo_require_argument(fcinfo, 0, "query", FUNCTION,
						   "Give the text of one SELECT, such as 'SELECT id FROM film ORDER BY id LIMIT 20'.");
	query_string = text_to_cstring(PG_GETARG_TEXT_PP(0));
	InitMaterializedSRF(fcinfo, 0);
	/* 1.0's has the first ones */
	if (rsinfo->setDesc->natts > COLUMNS)
		elog(ERROR, "explain_ordering has %d columns, more than %d", rsinfo->setDesc->natts, COLUMNS);
	query = bingo_explain_analyze(query_string, FUNCTION);
	verdicts = bingo_verdict_collect(copyObject(query), query_string, &plan);
	bingo_explain_check_rights(plan, query_string);

	rows = palloc(Max(list_length(verdicts), 1) * sizeof(Row));
	foreach(lc, verdicts)
	{
		const BingoScanVerdict *verdict = (const BingoScanVerdict *) lfirst(lc);

		if (verdict->looked)
			rows[nrows++] = (Row) {verdict, find_refusal(verdict)};
	}
	qsort(rows, nrows, sizeof(Row), compare_rows);
	for (int i = 0; i < nrows; i++)
	{
		put_row(rsinfo, &rows[i]);
		any = any || rows[i].reason == NULL || fits(rows[i].verdict);
	}
	if (!any)
		put_advice(rsinfo, query, query_string, plan, nrows > 0);
	return (Datum) 0;
}
