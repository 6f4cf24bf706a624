/*
 * advise/narrow.c
 *	  An index of the rows that have a rare value, in the place of one of all rows that was chosen.
 *
 * What "(status, at)" has for "status = 'failed'" and what "(at) WHERE status = 'failed'" has are the same entries
 * in the same order: the one key is the same in all of them.  So a scan reads the same of both, and the same rows of the
 * table.  But the second has a hundredth of the bytes, and its writers make a hundredth of the entries.  What the
 * planner says of them differs all the same, since it knows how the first column alone lies in the
 * table.  So its costs decide here only whether the second is used at all, and helps.
 *
 * It serves no other value.  So no statement that the first could serve may get slower otherwise.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "advise/advise.h"

/* Has it the same keys, but for some that are compared with a value? */
static bool
is_narrower(const BingoAdviseIndex *index, const BingoAdviseIndex *other)
{
	int			key = 0;

	if (other->chosen || other->relid != index->relid || other->gin || index->gin || other->part >= index->part ||
		other->included != NIL)
		return false;
	for (int i = 0; i < index->nkeys; i++)
	{
		if (key < other->nkeys && strcmp(bingo_advise_key_text(&index->keys[i]), bingo_advise_key_text(&other->keys[key])) == 0)
			key++;
		else if (strcmp(index->keys[i].role, "equality") != 0)
			return false;
	}
	return key == other->nkeys;
}

static List *
list_narrower(const BingoAdviseIndex *index)
{
	List	   *result = NIL;
	ListCell   *cell;

	foreach(cell, index->statements)
	{
		ListCell   *place;

		foreach(place, ((const BingoAdviseStatement *) lfirst(cell))->candidates)
		{
			if (is_narrower(index, lfirst(place)))
				result = list_append_unique_ptr(result, lfirst(place));
		}
	}
	return result;
}

/* Is it enough for each statement of the other's, with what there is now? */
static bool
is_enough(const BingoAdvise *advise, const BingoAdviseIndex *narrow, const List *statements)
{
	ListCell   *cell;

	foreach(cell, statements)
	{
		BingoAdviseStatement *statement = lfirst(cell);
		BingoAdvisePlan plan = {0};

		CHECK_FOR_INTERRUPTS();
		if (!bingo_advise_plan(advise, statement, &plan))
			return false;
		if (plan.cost > BINGO_ADVISE_AS_GOOD * statement->cost_now &&
			!(bingo_advise_is_used(&plan, narrow) && bingo_advise_is_less(statement, plan.cost, statement->cost_before)))
			return false;
	}
	return true;
}

static void
take(BingoAdvise *advise, ListCell *place, BingoAdviseIndex *narrow)
{
	BingoAdviseIndex *index = lfirst(place);
	MemoryContext caller = MemoryContextSwitchTo(advise->context);
	ListCell   *cell;

	narrow->statements = list_union_ptr(narrow->statements, index->statements);
	MemoryContextSwitchTo(caller);
	index->chosen = false;
	narrow->chosen = true;
	bingo_advise_ask_costs(advise, narrow);
	lfirst(place) = narrow;
	foreach(cell, narrow->statements)
	{
		BingoAdviseStatement *statement = lfirst(cell);

		statement->cost_now = bingo_advise_cost_of(advise, statement);
	}
}

void
bingo_advise_narrow(BingoAdvise *advise, ListCell *place)
{
	BingoAdviseIndex *index = lfirst(place);
	ListCell   *cell;

	foreach(cell, list_narrower(index))
	{
		BingoAdviseIndex *narrow = lfirst(cell);

		bingo_advise_forget(advise, index);
		bingo_advise_pretend(advise, narrow);
		if (is_enough(advise, narrow, index->statements))
		{
			take(advise, place, narrow);
			return;
		}
		bingo_advise_forget(advise, narrow);
		bingo_advise_pretend(advise, index);
	}
}
