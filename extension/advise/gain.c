/*
 * advise/gain.c
 *	  What statements cost with the hypothetical indexes that are there now, as time.
 */
#include "postgres.h"

#include "advise/gin.h"

/*
 * What is worth being built for: a quarter of what the statement takes, since costs that differ by
 * less may well be times that differ the other way round, and more of one that is fast, or
 * should be by its plan (what it waited for then, no index spares it);
 * and not a small part of what it took before anything was built.
 */
#define LESS			0.75
#define FAST_MS			2.0
#define LESS_OF_FAST	0.4
#define SMALL			0.002

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

/* Its milliseconds a call at a cost. */
double
bingo_advise_call_ms(const BingoAdviseStatement *statement, double cost)
{
	if (statement->calls == 0)
		return bingo_advise_planned_ms(cost);
	return statement->cost_before > 0 ? statement->total_ms / statement->calls * cost / statement->cost_before : 0;
}

bool
bingo_advise_is_less(const BingoAdviseStatement *statement, double cost, double than)
{
	bool		fast = Min(bingo_advise_call_ms(statement, statement->cost_before), bingo_advise_planned_ms(statement->cost_before)) < FAST_MS;

	return cost < (fast ? LESS_OF_FAST : LESS) * than && than - cost >= SMALL * statement->cost_before;
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
		index->write_ms = bingo_advise_write_ms(advise, index->relid) * index->part * (index->gin ? bingo_advise_gin_entries(index) : 1);
}

/* Is there room in the budget for so much, beside those chosen but for one of them?  Not for what is not known (-1), if there is one. */
bool
bingo_advise_fits(const BingoAdvise *advise, int64 size, const BingoAdviseIndex *but)
{
	ListCell   *cell;

	if (size < 0)
		return advise->budget < 0;
	foreach(cell, advise->chosen)
	{
		if (lfirst(cell) != NULL && lfirst(cell) != but)
			size += Max(((BingoAdviseIndex *) lfirst(cell))->size, 0);
	}
	return advise->budget < 0 || size <= advise->budget;
}
