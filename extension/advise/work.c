/*
 * advise/work.c
 *	  A call of advise(): its arguments, and the way from them to what is chosen.
 *
 * All the work is done in a subtransaction, so that whatever ends it, a cancel included,
 * the hypothetical indexes of the session are again what they were (advise/hypopg.c);
 * which also means that nothing can have been written.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "advise/advise.h"
#include "base/argument.h"
#include "base/attempt.h"
#include "base/compat.h"
#include "timing/timing.h"

/*
 * What is advised though it has no share: the list of ten thousand movies takes 2.3 ms without help and
 * 0.75 with it (bench/results/2026-11-30-advise_bingo.md), beside lists of a million sessions that hide it.  What ran
 * less often may have been a look that somebody had once.
 */
#define WAITED_CALLS	3
#define WAITED_MS		1.0
#define WAITED_TIMES	2

void
bingo_advise_arguments(FunctionCallInfo fcinfo, int first, BingoAdviseCall *call)
{
	const char *function = first == 0 ? "advise()" : "apply_advice()";

	bingo_require_argument(fcinfo, first + 1, "min_share", function, "Give the least share of the time, such as 0.01, or leave it out.");
	bingo_require_argument(fcinfo, first + 3, "max_rows", function, "Give the most rows, or leave it out.");
	call->text = PG_ARGISNULL(first) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(first));
	call->min_share = PG_GETARG_FLOAT8(first + 1);
	call->advise.budget = PG_ARGISNULL(first + 2) ? -1 : PG_GETARG_INT64(first + 2);
	call->advise.max_rows = PG_GETARG_INT32(first + 3);
	if (!PG_ARGISNULL(first + 2) && call->advise.budget < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("budget must not be negative"),
				 errhint("It is in bytes, as pg_size_bytes('500 MB') gives them; NULL sets no limit.")));
	if (call->advise.max_rows < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_rows must not be negative"),
				 errhint("For the best ten pieces of advice, type: SELECT * FROM bingo_tune.advise(max_rows => 10);")));
	if (!(call->min_share >= 0 && call->min_share <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("min_share must be from 0 to 1"),
				 errhint("For advice on all that took a hundredth of the time, type: SELECT * FROM bingo_tune.advise(min_share => 0.01);")));
	call->advise.user = GetUserId();
	if (call->text == NULL)
		bingo_timing_require(false);
}

/* Does it come so often and take so long that somebody waits for it, however small its share? */
static bool
is_waited_for(const BingoAdviseStatement *statement)
{
	return statement->calls >= WAITED_CALLS && statement->total_ms >= WAITED_MS * statement->calls;
}

static bool
could_be_faster(const BingoAdviseStatement *statement)
{
	return !statement->hidden && statement->cost_before > 0 &&
		WAITED_TIMES * bingo_advise_least_ms(statement) * statement->calls < statement->total_ms;
}

/* As if it had not been examined. */
static void
leave_out(BingoAdviseStatement *statement)
{
	ListCell   *cell;

	foreach(cell, statement->candidates)
	{
		BingoAdviseIndex *index = lfirst(cell);

		index->statements = list_delete_ptr(index->statements, statement);
	}
}

/*
 * From the slowest on, those that have a share: of the time that is left once
 * those before it are as fast as they could be, or the slowest would hide all others.  And those
 * that one waits for and that could be faster.
 */
static void
examine_all(BingoAdvise *advise, double min_share)
{
	double		left = advise->total_ms;
	List	   *taken = NIL;
	ListCell   *cell;

	foreach(cell, advise->statements)
	{
		BingoAdviseStatement *statement = lfirst(cell);
		double		measured = statement->total_ms;
		bool		has_share = measured >= min_share * left;

		if (!has_share && !is_waited_for(statement))
			continue;
		if (statement->refusal == NULL)
			bingo_advise_examine(advise, statement);
		bingo_advise_try_all(advise, statement);
		if (!has_share && !could_be_faster(statement))
		{
			leave_out(statement);
			continue;
		}
		taken = lappend(taken, statement);
		if (statement->loads)
			continue;
		if (statement->hidden)
			left -= measured;
		else if (statement->cost_before > 0)
			left -= Max(measured - statement->calls * bingo_advise_least_ms(statement), 0);
	}
	advise->statements = taken;
}

static void
work(void *argument)
{
	BingoAdviseCall *call = argument;

	if (call->text)
		bingo_advise_take_text(&call->advise, call->text);
	else
		bingo_advise_collect(&call->advise);
	examine_all(&call->advise, call->min_share);
	bingo_advise_choose(&call->advise);
	if (call->advise.one)
		return;
	bingo_advise_find_surplus(&call->advise);
	bingo_advise_find_contained(&call->advise);
}

/* The caller is connected to SPI; what is found out lives as long as that. */
void
bingo_advise_work(BingoAdviseCall *call)
{
	ErrorData  *error;
	List	   *had;			/* hypothetical indexes of the session */

	call->advise.context = AllocSetContextCreate(CurrentMemoryContext, "bingo_tune advise", ALLOCSET_DEFAULT_SIZES);
	call->advise.hypopg = bingo_advise_find_hypopg();
	had = bingo_advise_put_aside(&call->advise);
	error = bingo_attempt(work, call);
	bingo_advise_put_back(&call->advise, had);
	if (error != NULL)
		ReThrowError(error);
}
