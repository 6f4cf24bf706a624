/*
 * advise/gain.c
 *	  What statements cost with the hypothetical indexes that are there now, as time.
 */
#include "postgres.h"

#include "advise/advise.h"

bool
bingo_advise_is_used(const BingoAdvisePlan *plan, const BingoAdviseIndex *index)
{
	ListCell   *cell;

	foreach(cell, index->oids)
	{
		if (list_member_oid(plan->oids, lfirst_oid(cell)))
			return true;
	}
	return false;
}

/* Milliseconds a second that a statement takes at a cost. */
double
bingo_advise_time_at(const BingoAdvise *advise, const BingoAdviseStatement *statement, double cost)
{
	double		rate = advise->one ? 1000.0 : statement->total_ms / statement->seconds;

	return statement->cost_before > 0 ? rate * cost / statement->cost_before : 0;
}

/* As before if it can't be planned any more. */
double
bingo_advise_cost_of(const BingoAdvise *advise, BingoAdviseStatement *statement)
{
	BingoAdvisePlan plan = {0};

	return bingo_advise_plan(advise, statement, &plan) ? plan.cost : statement->cost_now;
}

/* Its size, and what it costs writers; once, while it is there. */
void
bingo_advise_ask_costs(const BingoAdvise *advise, BingoAdviseIndex *index)
{
	if (index->size < 0)
		index->size = bingo_advise_size(advise, index);
	if (index->write_ms < 0)
		index->write_ms = bingo_advise_write_ms(advise, index->relid);
}

/* Is there room in the budget for so much, beside those chosen but for one of them? */
bool
bingo_advise_fits(const BingoAdvise *advise, int64 size, const BingoAdviseIndex *but)
{
	ListCell   *cell;

	foreach(cell, advise->chosen)
	{
		if (lfirst(cell) != NULL && lfirst(cell) != but)
			size += ((BingoAdviseIndex *) lfirst(cell))->size;
	}
	return advise->budget < 0 || size <= advise->budget;
}
