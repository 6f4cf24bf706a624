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
	if (!(call->min_share >= 0 && call->min_share <= 1) || (!PG_ARGISNULL(first + 2) && call->advise.budget < 0) ||
		call->advise.max_rows < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("min_share must be from 0 to 1, budget and max_rows not negative"),
				 errhint("For advice on all that took a hundredth of the time, type: SELECT * FROM bingo_tune.advise(min_share => 0.01);")));
	call->advise.user = GetUserId();
	if (call->text == NULL)
		bingo_timing_require(false);
}

/*
 * From the slowest on, until one has too small a share: of the time that is left once
 * those before it are as fast as they could be, or the slowest would hide all others.
 */
static void
examine_all(BingoAdvise *advise, double min_share)
{
	double		left = advise->total_ms;
	int			examined = 0;
	ListCell   *cell;

	foreach(cell, advise->statements)
	{
		BingoAdviseStatement *statement = lfirst(cell);

		if (statement->total_ms < min_share * left)
			break;
		examined++;
		if (statement->refusal == NULL)
			bingo_advise_examine(advise, statement);
		bingo_advise_try_all(advise, statement);
		if (statement->hidden)
			left -= statement->total_ms;
		else if (statement->cost_before > 0)
			left -= Max(statement->total_ms - statement->calls * bingo_advise_least_ms(statement), 0);
	}
	advise->statements = list_truncate(advise->statements, examined);
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
