/*
 * advise/choose.c
 *	  Which of the candidates are worth building, for all statements together.
 *
 * Greedy, as in Schlosser, Kossmann, Boissier: "Efficient Scalable Multi-Attribute Index
 * Selection Using Recursive Strategies" (ICDE 2019, "Extend"): again and again the candidate
 * that saves most, given those chosen before, for each byte of it if there is a budget.
 * Where they lengthen a chosen index step by step, the candidates here come with all their
 * columns (advise/candidates.c) and are shortened afterwards, as long as that costs nothing.
 *
 * What is saved is time: a statement's milliseconds a second, by the ratio of its plan's
 * costs; less what the table's writers pay.  All candidates of a statement at once give
 * the most that can be saved, so a candidate's score has a bound before it is planned for
 * the first time, and is worked out anew only when it might be the best (costs only fall).
 *
 * Candidates that help only together (both sides of a join) are tried together in the end,
 * and then what keys more would bring (advise/lengthen.c), and columns (advise/covering.c).
 *
 * Index or ordering: the indexes are chosen first, as if there were no orderings, since no
 * plan can be asked what an ordering that is not there would cost.  Then an ordering must earn
 * what it costs writers, which is more than an index does, by what the indexes leave of its
 * statements' time (advise/worth.c).  In the end all is planned with exactly what was chosen, the indexes that
 * the orderings need among them (advise/needs.c), and what no plan needs then goes, until everything is needed.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "advise/advise.h"

/* What an index that is larger, by all columns that a statement reads, must leave of its cost at most. */
#define COVERING_PART	0.25

static double
score_of(const BingoAdvise *advise, const BingoAdviseIndex *index, double saved)
{
	double		net = saved - (advise->one ? 0 : index->write_ms);

	return advise->budget < 0 || net <= 0 ? net : net / Max(index->size, 1);
}

/* What the candidate saves now; 0 if no statement's cost falls by enough. */
static void
work_out(const BingoAdvise *advise, BingoAdviseIndex *index, int round)
{
	double		saved = 0;
	bool		helps = false;
	ListCell   *cell;

	bingo_advise_pretend(advise, index);
	bingo_advise_ask_costs(advise, index);
	foreach(cell, index->statements)
	{
		BingoAdviseStatement *statement = lfirst(cell);
		double		cost = bingo_advise_cost_of(advise, statement);

		if (cost >= statement->cost_now)
			continue;
		helps = helps || bingo_advise_is_less(statement, cost, statement->cost_now);
		saved += bingo_advise_time_at(advise, statement, statement->cost_now - cost);
	}
	bingo_advise_forget(advise, index);
	index->score = helps && bingo_advise_fits(advise, index->size, NULL) ? score_of(advise, index, saved) : 0;
	index->round = round;
}

static int
compare_scores(const ListCell *left, const ListCell *right)
{
	double		l = ((BingoAdviseIndex *) lfirst(left))->score;
	double		r = ((BingoAdviseIndex *) lfirst(right))->score;

	return (l < r) - (l > r);
}

/* --- the most that can be saved --- */

/* Those that are used are noted, if the cost is less than that part of what it is today. */
static void
try_these(BingoAdvise *advise, BingoAdviseStatement *statement, List *candidates, double part)
{
	BingoAdvisePlan plan = {0};
	bool		less;
	ListCell   *cell;

	foreach(cell, candidates)
		bingo_advise_pretend(advise, lfirst(cell));
	less = bingo_advise_plan(advise, statement, &plan) && plan.cost < part * statement->cost_before &&
		bingo_advise_is_less(statement, plan.cost, statement->cost_before);
	if (plan.cost > 0)
		statement->cost_best = Min(statement->cost_best, plan.cost);
	foreach(cell, candidates)
	{
		BingoAdviseIndex *index = lfirst(cell);

		if (less && bingo_advise_is_used(&plan, index))
		{
			bingo_advise_ask_costs(advise, index);
			statement->used = lappend(statement->used, index);
		}
		bingo_advise_forget(advise, index);
	}
}

/* They stay candidates only if they help. */
static void
try_covering(BingoAdvise *advise, BingoAdviseStatement *statement)
{
	List	   *candidates = bingo_advise_covering_candidates(advise, statement);
	double		best = statement->cost_best;
	ListCell   *cell;

	if (candidates == NIL)
		return;
	try_these(advise, statement, candidates, COVERING_PART);
	if (statement->used != NIL)
	{
		statement->candidates = list_concat_unique_ptr(statement->candidates, candidates);
		return;
	}
	statement->cost_best = best;
	foreach(cell, candidates)
	{
		BingoAdviseIndex *index = lfirst(cell);

		index->statements = list_delete_ptr(index->statements, statement);
	}
}

void
bingo_advise_try_all(BingoAdvise *advise, BingoAdviseStatement *statement)
{
	if (statement->candidates == NIL)
		return;
	try_these(advise, statement, statement->candidates, 1);
	if (statement->used == NIL)
		try_covering(advise, statement);
}

/* The candidates that some statement would use, with the bound of their score. */
static List *
find_wanted(BingoAdvise *advise)
{
	List	   *wanted = NIL;
	ListCell   *cell;

	foreach(cell, advise->statements)
	{
		wanted = list_union_ptr(wanted, ((BingoAdviseStatement *) lfirst(cell))->used);
	}
	foreach(cell, wanted)
	{
		BingoAdviseIndex *index = lfirst(cell);
		double		saved = 0;
		ListCell   *user;

		foreach(user, index->statements)
		{
			BingoAdviseStatement *statement = lfirst(user);

			saved += bingo_advise_time_at(advise, statement, Max(statement->cost_before - statement->cost_best, 0));
		}
		index->score = score_of(advise, index, saved);
		index->round = -1;
	}
	return wanted;
}

/* --- greedy --- */

static void
choose(BingoAdvise *advise, BingoAdviseIndex *index)
{
	ListCell   *cell;

	index->chosen = true;
	advise->chosen = lappend(advise->chosen, index);
	bingo_advise_pretend(advise, index);
	foreach(cell, index->statements)
	{
		BingoAdviseStatement *statement = lfirst(cell);

		statement->cost_now = Min(statement->cost_now, bingo_advise_cost_of(advise, statement));
	}
}

static BingoAdviseIndex *
find_best(BingoAdvise *advise, List *wanted, int round)
{
	BingoAdviseIndex *best = NULL;
	ListCell   *cell;

	list_sort(wanted, compare_scores);
	foreach(cell, wanted)
	{
		BingoAdviseIndex *index = lfirst(cell);

		CHECK_FOR_INTERRUPTS();
		if (index->chosen)
			continue;
		if (index->score <= 0 || (best != NULL && index->score <= best->score))
			break;
		work_out(advise, index, round);
		if (index->score > 0 && (best == NULL || index->score > best->score))
			best = index;
	}
	return best;
}

static void
choose_each(BingoAdvise *advise, List *wanted)
{
	int			round = 0;
	BingoAdviseIndex *best;

	while (list_length(advise->chosen) < advise->max_rows && (best = find_best(advise, wanted, round++)) != NULL)
		choose(advise, best);
}

/* Those of a statement that help together only, or with what has been chosen since they were looked at. */
static void
choose_together(BingoAdvise *advise, BingoAdviseStatement *statement)
{
	List	   *rest = list_difference_ptr(statement->used, advise->chosen);
	double		writes = 0;
	bool		room = list_length(advise->chosen) + list_length(rest) <= advise->max_rows;
	double		cost;
	ListCell   *cell;

	if (rest == NIL || !bingo_advise_is_less(statement, statement->cost_best, statement->cost_now))
		return;
	foreach(cell, rest)
	{
		bingo_advise_pretend(advise, lfirst(cell));
		writes += ((BingoAdviseIndex *) lfirst(cell))->write_ms;
		room = room && bingo_advise_fits(advise, ((BingoAdviseIndex *) lfirst(cell))->size, NULL);
	}
	cost = bingo_advise_cost_of(advise, statement);
	room = room && bingo_advise_is_less(statement, cost, statement->cost_now) &&
		(advise->one || bingo_advise_time_at(advise, statement, statement->cost_now - cost) > writes);
	foreach(cell, rest)
	{
		if (room)
			choose(advise, lfirst(cell));
		else
			bingo_advise_forget(advise, lfirst(cell));
	}
}

/* --- no more than needed --- */

/*
 * Does each statement cost as much as before, or nearly so?  Without any index in its place
 * it may cost more, as long as nothing would be built for the difference.
 */
static bool
is_as_good(const BingoAdvise *advise, const BingoAdviseIndex *index, const BingoAdviseIndex *other)
{
	ListCell   *cell;

	foreach(cell, index->statements)
	{
		BingoAdviseStatement *statement = lfirst(cell);
		double		cost = bingo_advise_cost_of(advise, statement);

		if (cost > BINGO_ADVISE_AS_GOOD * statement->cost_now &&
			(other != NULL || bingo_advise_is_less(statement, statement->cost_now, cost)))
			return false;
	}
	return true;
}

/* Is another index, or none, as good as this chosen one?  Then it takes its place. */
static bool
replace(BingoAdvise *advise, ListCell *place, BingoAdviseIndex *other)
{
	BingoAdviseIndex *index = lfirst(place);

	bingo_advise_forget(advise, index);
	if (other != NULL)
		bingo_advise_pretend(advise, other);
	if (!is_as_good(advise, index, other))
	{
		if (other != NULL)
			bingo_advise_forget(advise, other);
		bingo_advise_pretend(advise, index);
		return false;
	}
	index->chosen = false;
	lfirst(place) = other;
	if (other != NULL)
	{
		other->chosen = true;
		bingo_advise_ask_costs(advise, other);
	}
	return true;
}

static void
shorten(BingoAdvise *advise, ListCell *place)
{
	BingoAdviseIndex *index;

	if (replace(advise, place, NULL))
		return;
	bingo_advise_narrow(advise, place);
	index = lfirst(place);
	for (int nkeys = 1; nkeys < index->nkeys; nkeys++)
	{
		BingoAdviseIndex *shorter = bingo_advise_shorten(advise, index, nkeys);

		if (shorter != NULL && !shorter->chosen && replace(advise, place, shorter))
			return;
	}
}

static void
shorten_all(BingoAdvise *advise)
{
	List	   *left = NIL;

	for (int i = list_length(advise->chosen); --i >= 0;)
		shorten(advise, list_nth_cell(advise->chosen, i));
	for (int i = 0; i < list_length(advise->chosen); i++)
	{
		if (list_nth(advise->chosen, i) != NULL)
			left = lappend(left, list_nth(advise->chosen, i));
	}
	advise->chosen = left;
}

/* --- in the end --- */

/* Its plan in the end. */
static bool
plan_last(const BingoAdvise *advise, BingoAdviseStatement *statement, bool ordered, BingoAdvisePlan *plan)
{
	return ordered && statement->ordering != NULL ? bingo_advise_plan_served(advise, statement, plan) : bingo_advise_plan(advise, statement, plan);
}

/*
 * What each statement costs in the end, and which of the indexes it uses: beside the ordering
 * that it gets, if "ordered".  Those with counters need none.
 */
static void
settle(BingoAdvise *advise, bool ordered)
{
	ListCell   *cell;

	foreach(cell, advise->chosen)
		((BingoAdviseIndex *) lfirst(cell))->served = NIL;
	foreach(cell, advise->statements)
	{
		BingoAdviseStatement *statement = lfirst(cell);
		bool		served = ordered && statement->ordering != NULL;
		BingoAdvisePlan plan = {0};
		ListCell   *place;

		CHECK_FOR_INTERRUPTS();
		if (served && statement->ordering->counts)
			continue;
		if ((statement->candidates == NIL && !served) || !plan_last(advise, statement, ordered, &plan))
			continue;
		statement->cost_now = plan.cost;
		statement->sorts = plan.sorts && !plan.serves;
		statement->unserved = served && !plan.serves;
		if (served && plan.serves)
			statement->cost_served = plan.cost;
		foreach(place, advise->chosen)
		{
			BingoAdviseIndex *index = lfirst(place);

			if (bingo_advise_is_used(&plan, index))
				index->served = lappend(index->served, statement);
		}
	}
}

/* Does an ordering need it, or would a statement whose plan uses it cost more without it?  It may have taken the place of another. */
static bool
is_needed(BingoAdvise *advise, BingoAdviseIndex *index)
{
	bool		needed = false;
	ListCell   *cell;

	if (index->needing != NIL)
		return true;
	if (index->served == NIL)
		return false;
	bingo_advise_forget(advise, index);
	foreach(cell, index->served)
	{
		BingoAdviseStatement *statement = lfirst(cell);
		BingoAdvisePlan plan = {0};

		needed = needed || (plan_last(advise, statement, true, &plan) && bingo_advise_is_less(statement, statement->cost_now, plan.cost));
	}
	if (needed)
		bingo_advise_pretend(advise, index);
	return needed;
}

/* Indexes that no plan needs, and orderings; true if there were any. */
static bool
leave_needless(BingoAdvise *advise)
{
	List	   *left = NIL;
	int			before = list_length(advise->chosen);

	for (int i = before; --i >= 0;)
	{
		BingoAdviseIndex *index = list_nth(advise->chosen, i);

		index->chosen = is_needed(advise, index);
		if (index->chosen)
			left = lcons(index, left);
		else
			bingo_advise_forget(advise, index);
	}
	advise->chosen = left;
	return bingo_advise_leave_orderings(advise) || list_length(left) < before;
}

void
bingo_advise_choose(BingoAdvise *advise)
{
	List	   *wanted = find_wanted(advise);
	ListCell   *cell;

	choose_each(advise, wanted);
	foreach(cell, advise->statements)
		choose_together(advise, lfirst(cell));
	shorten_all(advise);
	foreach(cell, advise->chosen)
		bingo_advise_lengthen(advise, cell);
	foreach(cell, advise->chosen)
		bingo_advise_cover(advise, cell);
	settle(advise, false);
	bingo_advise_weigh_orderings(advise);
	do
	{
		bingo_advise_take_needs(advise);
		settle(advise, true);
	} while (leave_needless(advise));
	bingo_advise_find_misled(advise);
}
