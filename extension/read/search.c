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

	search->ncolumns = list_nth_int(numbers, BINGO_PRIVATE_SEARCH_VALUES);
	search->conditions = list_copy_tail(cscan->custom_exprs, first + search->ncolumns);
	if (search->ncolumns == 0)
		return;
	search->context = CreateExprContext(parent->state);
	search->columns = palloc0(search->ncolumns * sizeof(ScanKeyData));
	search->keys = palloc0(search->ncolumns * sizeof(ScanKeyData));
	search->parts = palloc(search->ncolumns * sizeof(BingoSearchPart));
	search->values = palloc(search->ncolumns * sizeof(ExprState *));
	for (i = 0; i < search->ncolumns; i++)
	{
		search->parts[i] = (BingoSearchPart) list_nth_int(BINGO_PLAN_SEARCH(cscan), 3 * i + 2);
		search->values[i] = ExecInitExpr(list_nth(cscan->custom_exprs, first + i), parent);
		if (search->parts[i] != BINGO_SEARCH_REST)
			search->nkeys++;
	}
}

/* access/skey.h says how a row comparison is written. */
static int
column_flags(const BingoSearch *search, int i)
{
	bool		last = i + 1 == search->ncolumns || search->parts[i + 1] != BINGO_SEARCH_REST;

	if (search->parts[i] == BINGO_SEARCH_WHOLE)
		return 0;
	return last ? SK_ROW_MEMBER | SK_ROW_END : SK_ROW_MEMBER;
}

static void
prepare_column(BingoSearch *search, CustomScan *cscan, const BingoOrdering *ordering, int i)
{
	int			key = list_nth_int(BINGO_PLAN_SEARCH(cscan), 3 * i);
	StrategyNumber strategy = (StrategyNumber) list_nth_int(BINGO_PLAN_SEARCH(cscan), 3 * i + 1);

	ScanKeyEntryInitialize(&search->columns[i], column_flags(search, i), (AttrNumber) (key + 1), strategy,
						   list_nth_oid(BINGO_PLAN_SEARCH_OIDS(cscan), 2 * i),
						   ordering->definition->sort[key].collation,
						   list_nth_oid(BINGO_PLAN_SEARCH_OIDS(cscan), 2 * i + 1), (Datum) 0);
}

static void
make_header(ScanKey key, ScanKey first)
{
	key->sk_flags = SK_ROW_HEADER;
	key->sk_attno = first->sk_attno;
	key->sk_strategy = first->sk_strategy;
	key->sk_argument = PointerGetDatum(first);
}

void
bingo_search_prepare(BingoSearch *search, CustomScan *cscan, const BingoOrdering *ordering)
{
	int			nkeys = 0;
	int			i;

	for (i = 0; i < search->ncolumns; i++)
	{
		prepare_column(search, cscan, ordering, i);
		if (search->parts[i] == BINGO_SEARCH_ROW)
			make_header(&search->keys[nkeys++], &search->columns[i]);
		else if (search->parts[i] == BINGO_SEARCH_WHOLE)
			search->keys[nkeys++] = search->columns[i];
	}
}

/* False: it is NULL. */
static bool
evaluate(BingoSearch *search, int i)
{
	ScanKey		column = &search->columns[i];
	bool		isnull;

	column->sk_argument = ExecEvalExprSwitchContext(search->values[i], search->context, &isnull);
	column->sk_flags &= ~SK_ISNULL;
	if (isnull)
		column->sk_flags |= SK_ISNULL;
	return !isnull;
}

/* A row's next columns only matter where its first ones are equal. */
bool
bingo_search_start(BingoSearch *search)
{
	int			nkeys = 0;
	int			i;

	if (search->nkeys == 0)
		return true;
	ResetExprContext(search->context);
	for (i = 0; i < search->ncolumns; i++)
	{
		if (!evaluate(search, i) && search->parts[i] != BINGO_SEARCH_REST)
			return false;
		if (search->parts[i] == BINGO_SEARCH_WHOLE)
			search->keys[nkeys].sk_argument = search->columns[i].sk_argument;
		if (search->parts[i] != BINGO_SEARCH_REST)
			nkeys++;
	}
	return true;
}
