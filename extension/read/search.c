/*
 * read/search.c
 *	  The search keys of a scan of a window, evaluated.
 *
 * What read/match_search.c has found becomes scan keys of the window's index, whose
 * column i + 1 is the sort key i.  The values are evaluated when the first row is
 * wanted, and again after each rescan: parameters may have changed.  They live in an
 * expression context of their own, reset with each start, so that a scan that is
 * started a million times (LATERAL) holds one set of them.
 */
#include "postgres.h"

#include "access/genam.h"
#include "executor/executor.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "read/plan.h"
#include "read/search.h"

/* The first of custom_exprs that is a search key's value. */
static int
first_value(const List *numbers)
{
	return list_nth_int(numbers, BINGO_PRIVATE_HAS_OFFSET) + list_nth_int(numbers, BINGO_PRIVATE_HAS_LIMIT);
}

void
bingo_search_init(BingoSearch *search, CustomScan *cscan, PlanState *parent)
{
	List	   *numbers = BINGO_PLAN_NUMBERS(cscan);
	int			first = first_value(numbers);
	int			i;

	search->nkeys = list_nth_int(numbers, BINGO_PRIVATE_SEARCH_KEYS);
	search->conditions = list_copy_tail(cscan->custom_exprs, first + search->nkeys);
	if (search->nkeys == 0)
		return;
	search->context = CreateExprContext(parent->state);
	search->keys = palloc0(search->nkeys * sizeof(ScanKeyData));
	search->values = palloc(search->nkeys * sizeof(ExprState *));
	for (i = 0; i < search->nkeys; i++)
		search->values[i] = ExecInitExpr(list_nth(cscan->custom_exprs, first + i), parent);
}

void
bingo_search_prepare(BingoSearch *search, CustomScan *cscan, const BingoOrdering *ordering)
{
	int			i;

	for (i = 0; i < search->nkeys; i++)
	{
		int			key = list_nth_int(BINGO_PLAN_SEARCH(cscan), 2 * i);
		StrategyNumber strategy = (StrategyNumber) list_nth_int(BINGO_PLAN_SEARCH(cscan), 2 * i + 1);

		ScanKeyEntryInitialize(&search->keys[i], 0, (AttrNumber) (key + 1), strategy,
							   list_nth_oid(BINGO_PLAN_SEARCH_OIDS(cscan), 2 * i),
							   ordering->definition->sort[key].collation,
							   list_nth_oid(BINGO_PLAN_SEARCH_OIDS(cscan), 2 * i + 1), (Datum) 0);
	}
}

bool
bingo_search_start(BingoSearch *search)
{
	int			i;

	if (search->nkeys == 0)
		return true;
	ResetExprContext(search->context);
	for (i = 0; i < search->nkeys; i++)
	{
		bool		isnull;

		search->keys[i].sk_argument = ExecEvalExprSwitchContext(search->values[i], search->context, &isnull);
		if (isnull)
			return false;
	}
	return true;
}
