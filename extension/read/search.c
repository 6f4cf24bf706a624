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
 * A keyset is several searches one after the other, each a range of the order (read/match_keyset.c).  The
 * range of level 1 has equality of level 0, and so on; in the window's order it stands behind that of level 0 if the rows
 * wanted of level 0 come before those that are equal there, else before it.  An index scan's number of keys is
 * fixed: a range of fewer keys has its last one again.  The keys stay those of the last range when all have been
 * read, for where it ends the search ends (read/end.c).
 *
 * Values that a keyset names twice, as two parameters, may differ (read/match_keyset.c): then one range stands for it, which the
 * key before it has again, or else of all rows whose first sort key is not NULL; the filter finds out.
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

void
bingo_search_init(BingoSearch *search, CustomScan *cscan, PlanState *parent)
{
	List	   *numbers = BINGO_PLAN_NUMBERS(cscan);
	int			i;

	search->nfixed = list_nth_int(numbers, BINGO_PRIVATE_SEARCH_KEYS);
	search->nlevels = list_nth_int(numbers, BINGO_PRIVATE_LEVELS);
	search->nkeys = search->nfixed + search->nlevels;
	search->list = list_nth_int(numbers, BINGO_PRIVATE_LIST);
	search->ntwins = list_nth_int(numbers, BINGO_PRIVATE_TWINS);
	/* of a scan that searches for the next key it is something else */
	if (list_nth_int(numbers, BINGO_PRIVATE_FIRST) == 0)
		search->conditions = list_copy_tail(cscan->custom_exprs, search->nkeys + search->ntwins);
	if (search->nkeys == 0)
		return;
	search->context = CreateExprContext(parent->state);
	search->keys = palloc0(search->nkeys * sizeof(ScanKeyData));
	search->levels = palloc0(search->nlevels * sizeof(BingoSearchLevel));
	search->ranges = palloc(search->nlevels * sizeof(int));
	search->values = palloc(search->nkeys * sizeof(ExprState *));
	for (i = 0; i < search->nkeys; i++)
		search->values[i] = ExecInitExpr(list_nth(cscan->custom_exprs, i), parent);
	search->twins = palloc0(search->ntwins * sizeof(BingoSearchTwin));
	for (i = 0; i < search->ntwins; i++)
	{
		search->twins[i].key = list_nth_int(BINGO_PLAN_SEARCH(cscan), 2 * search->nkeys + i);
		search->twins[i].value = ExecInitExpr(list_nth(cscan->custom_exprs, search->nkeys + i), parent);
	}
}

/* Does the index compare its column with the key's value? */
static bool
is_comparable(Relation index, const ScanKey key)
{
	int			i = key->sk_attno - 1;

	return key->sk_subtype == index->rd_opcintype[i] ||
		OidIsValid(get_opfamily_proc(index->rd_opfamily[i], index->rd_opcintype[i], key->sk_subtype, BTORDER_PROC));
}

/* The key number "i" of the plan, those of levels included; by equality, if wanted. */
static void
prepare_key(ScanKey scankey, CustomScan *cscan, const BingoOrdering *ordering, int i, bool equal)
{
	int			key = list_nth_int(BINGO_PLAN_SEARCH(cscan), 2 * i);
	StrategyNumber strategy = equal ? BTEqualStrategyNumber : (StrategyNumber) list_nth_int(BINGO_PLAN_SEARCH(cscan), 2 * i + 1);

	ScanKeyEntryInitialize(scankey, 0, (AttrNumber) (key + 1), strategy, list_nth_oid(BINGO_PLAN_SEARCH_OIDS(cscan), 3 * i),
						   ordering->definition->sort[key].collation,
						   list_nth_oid(BINGO_PLAN_SEARCH_OIDS(cscan), 3 * i + 1 + equal), (Datum) 0);
}

/* Puts the ranges of the levels into the window's order: each is before or behind all those of the levels behind it. */
static void
order_ranges(BingoSearch *search)
{
	int			first = 0;
	int			last = search->nlevels - 1;
	int			i;

	for (i = 0; i < search->nlevels; i++)
		search->ranges[search->levels[i].first ? first++ : last--] = i;
}

static bool
prepare_levels(BingoSearch *search, CustomScan *cscan, const BingoOrdering *ordering, Relation index)
{
	int			i;

	for (i = 0; i < search->nlevels; i++)
	{
		BingoSearchLevel *level = &search->levels[i];
		bool		less;

		prepare_key(&level->range, cscan, ordering, search->nfixed + i, false);
		if (!is_comparable(index, &level->range))
			return false;
		if (i < search->nlevels - 1)
			prepare_key(&level->equal, cscan, ordering, search->nfixed + i, true);
		less = level->range.sk_strategy == BTLessStrategyNumber || level->range.sk_strategy == BTLessEqualStrategyNumber;
		level->first = less != ordering->definition->sort[level->range.sk_attno - 1].descending;
	}
	order_ranges(search);
	return true;
}

static ScanKey
get_key(const BingoSearch *search, int i)
{
	return i < search->nfixed ? &search->keys[i] : &search->levels[i - search->nfixed].range;
}

static bool
prepare_twins(BingoSearch *search, CustomScan *cscan, Relation index)
{
	int			i;

	for (i = 0; i < search->ntwins; i++)
	{
		const ScanKey key = get_key(search, search->twins[i].key);
		Oid			compare = get_opfamily_proc(index->rd_opfamily[key->sk_attno - 1], key->sk_subtype, key->sk_subtype, BTORDER_PROC);

		if (!OidIsValid(compare))
			return false;
		fmgr_info(compare, &search->twins[i].compare);
	}
	return true;
}

bool
bingo_search_prepare(BingoSearch *search, CustomScan *cscan, const BingoOrdering *ordering, Relation index)
{
	int			i;

	for (i = 0; i < search->nfixed; i++)
	{
		prepare_key(&search->keys[i], cscan, ordering, i, false);
		if (!is_comparable(index, &search->keys[i]))
			return false;
	}
	if (!prepare_levels(search, cscan, ordering, index) || !prepare_twins(search, cscan, index))
		return false;
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
	if (search->list >= 0)
		search->keys[search->list].sk_argument = search->elements[i];
}

/* Makes the keys such as are true of all rows that are wanted: they stand for a keyset that is none. */
static void
loosen(BingoSearch *search)
{
	int			i;

	for (i = search->nfixed; i < search->nkeys; i++)
	{
		if (i > 0)
			search->keys[i] = search->keys[i - 1];
		else
			ScanKeyEntryInitialize(&search->keys[0], SK_ISNULL | SK_SEARCHNOTNULL, search->levels[0].range.sk_attno,
								   InvalidStrategy, InvalidOid, InvalidOid, InvalidOid, (Datum) 0);
	}
}

/* Makes the keys those of a level's range; false if that has no row. */
static bool
take_range(BingoSearch *search, int level)
{
	ScanKey		key = &search->keys[search->nfixed];
	int			i;

	if (search->is_loose)
	{
		loosen(search);
		return true;
	}
	for (i = 0; i <= level; i++)
		if (search->levels[i].isnull)
			return false;
	for (i = 0; i < search->nlevels; i++)
		key[i] = i < level ? search->levels[i].equal : search->levels[level].range;
	return true;
}

bool
bingo_search_step(BingoSearch *search, ScanDirection direction)
{
	int			next = search->range + (ScanDirectionIsForward(direction) ? 1 : -1);
	int			nranges = search->is_loose ? 1 : search->nlevels;

	for (; next >= 0 && next < nranges; next += ScanDirectionIsForward(direction) ? 1 : -1)
	{
		if (!take_range(search, search->ranges[next]))
			continue;
		search->range = next;
		return true;
	}
	return false;
}

void
bingo_search_first(BingoSearch *search, int i)
{
	bingo_search_take(search, i);
	search->range = -1;
	if (search->nlevels > 0)
		(void) bingo_search_step(search, ForwardScanDirection);	/* there is one: bingo_search_start() */
}

void
bingo_search_last(BingoSearch *search)
{
	while (search->nlevels > 0 && bingo_search_step(search, ForwardScanDirection))
		;
}

/* The value of the key number "i" of the plan; false if it is NULL. */
static bool
evaluate(BingoSearch *search, int i)
{
	bool		isnull;
	Datum		value = ExecEvalExprSwitchContext(search->values[i], search->context, &isnull);

	if (i >= search->nfixed)
	{
		BingoSearchLevel *level = &search->levels[i - search->nfixed];

		level->range.sk_argument = level->equal.sk_argument = value;
		level->isnull = isnull;
		return true;
	}
	if (!isnull && i == search->list)
	{
		MemoryContext old = MemoryContextSwitchTo(search->context->ecxt_per_tuple_memory);

		take_elements(search, value);
		MemoryContextSwitchTo(old);
	}
	else
		search->keys[i].sk_argument = value;
	return !isnull;
}

/* Has one of the twins another value than its key? */
static bool
differs(BingoSearch *search)
{
	int			i;

	for (i = 0; i < search->ntwins; i++)
	{
		BingoSearchTwin *twin = &search->twins[i];
		const ScanKey key = get_key(search, twin->key);
		bool		key_isnull = twin->key >= search->nfixed && search->levels[twin->key - search->nfixed].isnull;
		bool		isnull;
		Datum		value = ExecEvalExprSwitchContext(twin->value, search->context, &isnull);

		if (isnull != key_isnull)
			return true;
		if (!isnull && DatumGetInt32(FunctionCall2Coll(&twin->compare, key->sk_collation, value, key->sk_argument)) != 0)
			return true;
	}
	return false;
}

bool
bingo_search_start(BingoSearch *search)
{
	int			i;

	if (search->nkeys == 0)
		return true;
	ResetExprContext(search->context);
	for (i = 0; i < search->nkeys; i++)
		if (!evaluate(search, i))
			return false;
	search->is_loose = differs(search);
	search->range = -1;
	return search->nlevels == 0 || bingo_search_step(search, ForwardScanDirection);
}
