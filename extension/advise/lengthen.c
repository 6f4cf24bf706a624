/*
 * advise/lengthen.c
 *	  A longer candidate in the place of an index that was chosen.
 *
 * The choice goes from statement to statement: an index that is the beginning of another's
 * candidate serves that one's statement well enough to be left alone, and what columns more
 * would bring to all of them nobody asks, since next to it they are worth no index of their own.
 * In its place they cost bytes alone: no writer has an entry more to make.  So each chosen
 * index is tried once more with the keys that candidates of any statement have behind
 * its own, and gives way to the one by which the statements of both gain most, if that is enough.
 *
 * This is the step of Extend (see advise/choose.c) by which an index is made longer.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "advise/advise.h"

/* So much less must they take. */
#define GAINED	0.97

static bool
is_longer(const BingoAdviseIndex *index, const BingoAdviseIndex *other)
{
	if (other->chosen || other->relid != index->relid || other->gin || index->gin || other->nkeys <= index->nkeys ||
		other->included != NIL || (index->predicate == NULL) != (other->predicate == NULL) ||
		(index->predicate != NULL && strcmp(index->predicate, other->predicate) != 0))
		return false;
	for (int i = 0; i < index->nkeys; i++)
	{
		if (strcmp(bingo_advise_key_text(&index->keys[i]), bingo_advise_key_text(&other->keys[i])) != 0)
			return false;
	}
	return true;
}

static List *
list_longer(const BingoAdvise *advise, const BingoAdviseIndex *index)
{
	List	   *result = NIL;
	ListCell   *cell;

	foreach(cell, advise->statements)
	{
		ListCell   *place;

		foreach(place, ((const BingoAdviseStatement *) lfirst(cell))->candidates)
		{
			if (is_longer(index, lfirst(place)))
				result = list_append_unique_ptr(result, lfirst(place));
		}
	}
	return result;
}

/* Milliseconds a second that the statements take with the indexes that are there now. */
static double
sum_up(const BingoAdvise *advise, const List *statements)
{
	double		sum = 0;
	ListCell   *cell;

	foreach(cell, statements)
	{
		BingoAdviseStatement *statement = lfirst(cell);

		CHECK_FOR_INTERRUPTS();
		sum += bingo_advise_time_at(advise, statement, bingo_advise_cost_of(advise, statement));
	}
	return sum;
}

/* How much of what their statements take is left with the other in its place; 1 if that can't be. */
static double
try_other(const BingoAdvise *advise, BingoAdviseIndex *index, BingoAdviseIndex *other)
{
	List	   *statements = list_union_ptr(index->statements, other->statements);
	double		before = sum_up(advise, statements);
	double		after = before;

	bingo_advise_forget(advise, index);
	bingo_advise_pretend(advise, other);
	bingo_advise_ask_costs(advise, other);
	if (bingo_advise_fits(advise, other->size, index))
		after = sum_up(advise, statements);
	bingo_advise_forget(advise, other);
	bingo_advise_pretend(advise, index);
	return before > 0 ? after / before : 1;
}

static void
take(BingoAdvise *advise, ListCell *place, BingoAdviseIndex *other)
{
	BingoAdviseIndex *index = lfirst(place);
	MemoryContext caller;
	ListCell   *cell;

	bingo_advise_forget(advise, index);
	index->chosen = false;
	bingo_advise_pretend(advise, other);
	other->chosen = true;
	caller = MemoryContextSwitchTo(advise->context);
	other->statements = list_union_ptr(other->statements, index->statements);
	MemoryContextSwitchTo(caller);
	lfirst(place) = other;
	foreach(cell, other->statements)
	{
		BingoAdviseStatement *statement = lfirst(cell);

		statement->cost_now = bingo_advise_cost_of(advise, statement);
	}
}

void
bingo_advise_lengthen(BingoAdvise *advise, ListCell *place)
{
	BingoAdviseIndex *best = NULL;
	double		least = GAINED;
	ListCell   *cell;

	foreach(cell, list_longer(advise, lfirst(place)))
	{
		double		left = try_other(advise, lfirst(place), lfirst(cell));

		if (left < least)
		{
			least = left;
			best = lfirst(cell);
		}
	}
	if (best != NULL)
		take(advise, place, best);
}
