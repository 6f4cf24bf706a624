/*
 * advise/explain_count.c
 *	  bingo_tune.explain_counter(): would a counter serve this query, and if none, which would?
 *
 * As explain_ordering() (advise/explain.c): the query is planned as the caller's own session
 * would, the core checks the caller's rights, and then come the tests that an execution
 * would begin with, under the caller's snapshot.
 *
 * Where none has what is counted, the last row says which would, as a command, or why none
 * can: what advise() would propose (advise/counter.c), but whatever the query costs.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "advise/counter.h"
#include "advise/explain.h"
#include "base/argument.h"
#include "base/compat.h"
#include "base/guc.h"
#include "read/count.h"
#include "read/open.h"

PG_FUNCTION_INFO_V1(bingo_tune_explain_counter);

#define FUNCTION "explain_counter()"

/* bingo_tune.explain_counter's columns */
enum
{
	COLUMN_COUNTER,
	COLUMN_SERVED,
	COLUMN_REASON,
	COLUMN_COMMAND,
	COLUMNS
};

static const BingoCountVerdict *
find_verdict(List *verdicts, const BingoOrdering *counter)
{
	ListCell   *cell;

	foreach(cell, verdicts)
	{
		const BingoCountVerdict *verdict = lfirst(cell);

		if (verdict->counter->id == counter->id)
			return verdict;
	}
	return NULL;
}

/* Why an execution would not read the counter, or NULL. */
static const char *
find_refusal(const BingoOrdering *counter, const BingoCountVerdict *verdict)
{
	const BingoOrdering *opened;
	Relation	heap;
	Relation	index;
	bool		changed;
	const char *reason;

	if (verdict == NULL)
		return "it does not count rows of the counter's table alone";
	if (!bingo_enable_counter_scan)
		return "bingo_tune.enable_counter_scan is off";
	if (!verdict->chosen)
		return verdict->reason ? verdict->reason : "another counter is cheaper";
	reason = bingo_count_open(counter->id, counter->window, NULL, GetActiveSnapshot(), &opened, &heap, &index, &changed);
	if (reason == NULL)
		bingo_scan_close(heap, index);
	return reason;
}

static void
put_row(ReturnSetInfo *result, const BingoOrdering *counter, const char *reason)
{
	Datum		values[COLUMNS] = {0};
	bool		nulls[COLUMNS] = {false, false, reason == NULL, true};

	values[COLUMN_COUNTER] = CStringGetTextDatum(counter->name);
	values[COLUMN_SERVED] = BoolGetDatum(reason == NULL);
	if (reason)
		values[COLUMN_REASON] = CStringGetTextDatum(reason);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* --- what would serve it --- */

typedef struct Advice
{
	List	   *verdicts;
	const BingoCountProposal *proposal;
	MemoryContext context;		/* of what is found */
	char	   *command;		/* or NULL */
	char	   *obstacle;		/* why there is none, or NULL: one has it */
} Advice;

/* In a subtransaction, at whose end the search_path is the caller's again. */
static void
find_counter(void *argument)
{
	Advice	   *advice = argument;
	BingoAdviseOrdering *counter;
	char	   *obstacle;

	bingo_advise_leave_search_path();
	counter = bingo_advise_counter_of(advice->verdicts, advice->proposal, &obstacle);
	if (counter != NULL)
	{
		bingo_advise_take_name(counter, NIL);
		advice->command = MemoryContextStrdup(advice->context, bingo_advise_ordering_command(counter));
	}
	else
		advice->obstacle = MemoryContextStrdup(advice->context, obstacle);
}

static bool
is_there(List *verdicts)
{
	ListCell   *cell;

	foreach(cell, verdicts)
	{
		if (((const BingoCountVerdict *) lfirst(cell))->matches || ((const BingoCountVerdict *) lfirst(cell))->chosen)
			return true;
	}
	return false;
}

/* The row without a counter. */
static void
put_advice(ReturnSetInfo *result, List *verdicts, const BingoCountProposal *proposal)
{
	Advice		advice = {.verdicts = verdicts, .proposal = proposal, .context = CurrentMemoryContext};
	Datum		values[COLUMNS] = {0};
	bool		nulls[COLUMNS] = {true, false, false, true};

	if (is_there(verdicts))
		return;
	if (proposal == NULL)
		advice.obstacle = "no counter is proposed for what does not count at its topmost level";
	else if (bingo_advise_aside(find_counter, &advice) != NULL)
		advice.obstacle = BINGO_ADVISE_UNWRITTEN;
	values[COLUMN_SERVED] = BoolGetDatum(false);
	values[COLUMN_REASON] = CStringGetTextDatum(advice.command ? "this one would have what it counts" :
												proposal == NULL ? advice.obstacle : psprintf("none could serve it: %s", advice.obstacle));
	nulls[COLUMN_COMMAND] = advice.command == NULL;
	if (advice.command != NULL)
		values[COLUMN_COMMAND] = CStringGetTextDatum(advice.command);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* Those that serve come first. */
Datum
bingo_tune_explain_counter(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	char	   *query_string;
	PlannedStmt *plan;
	BingoCountProposal *proposal;
	List	   *verdicts;
	ListCell   *cell;

	bingo_require_argument(fcinfo, 0, "query", FUNCTION,
						   "Give the text of one SELECT, such as 'SELECT count(*) FROM film'.");
	query_string = text_to_cstring(PG_GETARG_TEXT_PP(0));
	InitMaterializedSRF(fcinfo, 0);
	bingo_catalog_require();
	verdicts = bingo_count_collect(bingo_explain_analyze(query_string, FUNCTION), query_string, &plan, &proposal);
	bingo_explain_check_rights(plan, query_string);

	for (int served = 1; served >= 0; served--)
	{
		foreach(cell, bingo_catalog_list())
		{
			const BingoOrdering *counter = lfirst(cell);
			const char *reason;

			if (!bingo_is_counter(counter) ||
				!list_member_oid(plan->relationOids, counter->definition->tables[0].relid))
				continue;
			reason = find_refusal(counter, find_verdict(verdicts, counter));
			if ((reason == NULL) == served)
				put_row(result, counter, reason);
		}
	}
	put_advice(result, verdicts, proposal);
	return (Datum) 0;
}
