/*
 * read/search.c
 *	  The search keys of a scan of a window, evaluated.
 *
 * What read/match_search.c has found becomes scan keys of the window's index, whose
 * column i + 1 is the sort key i.  The values are evaluated when the first row is
 * wanted, and again after each rescan: parameters may have changed.  They live in an
 * expression context of their own, reset with each start, so that a scan that is
 * started a million times (LATERAL) holds one set of them.
 *
 * A cached plan outlives ALTER OPERATOR FAMILY, of which nobody is told.  What compares two
 * types is asked for anew by each execution, by nbtree, too, which takes its absence for corruption:
 * so it is looked for here first.
 *
 * The value of an IN list is an array.  NULLs in it equal nothing, and values that are equal
 * by the window's order find the same rows: each is left once.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/nbtree.h"
#include "executor/executor.h"
#include "utils/array.h"
#include "lib/qunique.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

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
	search->list = list_nth_int(numbers, BINGO_PRIVATE_LIST);
	search->conditions = list_copy_tail(cscan->custom_exprs, first + search->nkeys);
	if (search->nkeys == 0)
		return;
	search->context = CreateExprContext(parent->state);
	search->keys = palloc0(search->nkeys * sizeof(ScanKeyData));
	search->values = palloc(search->nkeys * sizeof(ExprState *));
	for (i = 0; i < search->nkeys; i++)
		search->values[i] = ExecInitExpr(list_nth(cscan->custom_exprs, first + i), parent);
}

/* Does the index compare its column with the key's value? */
static bool
is_comparable(Relation index, const ScanKey key)
{
	int			i = key->sk_attno - 1;

	return key->sk_subtype == index->rd_opcintype[i] ||
		OidIsValid(get_opfamily_proc(index->rd_opfamily[i], index->rd_opcintype[i], key->sk_subtype, BTORDER_PROC));
}

bool
bingo_search_prepare(BingoSearch *search, CustomScan *cscan, const BingoOrdering *ordering, Relation index)
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
		if (!is_comparable(index, &search->keys[i]))
			return false;
	}
	if (search->list >= 0)
	{
		const BingoSortKey *key = &ordering->definition->sort[search->keys[search->list].sk_attno - 1];
		Oid			type = search->keys[search->list].sk_subtype;
		Oid			compare = get_opfamily_proc(key->opfamily, type, type, BTORDER_PROC);

		if (!OidIsValid(compare))
			return false;
		fmgr_info(compare, &search->compare);
	}
	return true;
}

static int
compare_elements(const void *left, const void *right, void *arg)
{
	BingoSearch *search = arg;

	return DatumGetInt32(FunctionCall2Coll(&search->compare, search->keys[search->list].sk_collation,
										   *(const Datum *) left, *(const Datum *) right));
}

static void
take_elements(BingoSearch *search, Datum value)
{
	ArrayType  *array = DatumGetArrayTypeP(value);
	int16		length;
	bool		by_value;
	char		align;
	bool	   *nulls;
	int			nelements;
	int			i;

	get_typlenbyvalalign(ARR_ELEMTYPE(array), &length, &by_value, &align);
	deconstruct_array(array, ARR_ELEMTYPE(array), length, by_value, align, &search->elements, &nulls, &nelements);
	search->nelements = 0;
	for (i = 0; i < nelements; i++)
	{
		if (!nulls[i])
			search->elements[search->nelements++] = search->elements[i];
	}
	qsort_arg(search->elements, search->nelements, sizeof(Datum), compare_elements, search);
	search->nelements = (int) qunique_arg(search->elements, search->nelements, sizeof(Datum), compare_elements, search);
}

void
bingo_search_take(BingoSearch *search, int i)
{
	search->keys[search->list].sk_argument = search->elements[i];
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
		Datum		value = ExecEvalExprSwitchContext(search->values[i], search->context, &isnull);

		if (isnull)
			return false;
		if (i == search->list)
		{
			MemoryContext old = MemoryContextSwitchTo(search->context->ecxt_per_tuple_memory);

			take_elements(search, value);
			MemoryContextSwitchTo(old);
		}
		else
			search->keys[i].sk_argument = value;
	}
	return true;
}
