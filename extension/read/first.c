/*
 * read/first.c
 *	  The first rows of each key of a window, for DISTINCT ON and row_number(): the scan skips to the next key.
 *
 * A scan of the first nkeys sort keys: it stands below Unique on just these, and the order that it claims begins with
 * them (read/distinct.c).  So it need not give all rows; what counts is that each group, the rows with
 * the same values of these keys, comes in order, and of each that has a row which passes the filter a first one first.  Or it stands
 * below WindowAgg, which gives the first rows of each group a number: then it is the first few that count, in an order that is total.
 *
 *	- From the window: rows in its order.  Of each group the first row r that passes, and then the index is
 *	  descended again, to the next group.
 *	- From the plan behind, once the window can't tell: its rows without those of groups up to the last one
 *	  given.
 *
 * Proof.  (1) r is a first one of its group if nothing that passes stands before it: of the rows of r's own key (store/cut.c: the definition's
 * nkeys sort keys, which are no fewer than ours) the window has all that are inside, and r is inside, so all that stand before r; they were
 * read and did not pass.  The order that is claimed may be coarser than the window's; then nothing that passes
 * stands before r in that one either.  (2) Of the keys before r's that are in r's group, or in groups between the last one given and
 * r's, nothing passes: a key without a cut has all its rows up to F in the window, and F is not before r, which is
 * inside; they were read.  Of a key with a cut there may be rows behind that, of one with a mark anywhere, before r if it is
 * r's own.  If there is such a key, whether the window has rows of it or none, the scan goes to the plan behind before it gives r.  (3) At the window's end the same holds
 * of all keys if F says that everything is inside, and else the plan behind goes on.  (4) The plan behind has the same
 * conditions and order, so all rows of groups up to the last one given are its first ones: what is left are the
 * other groups, whole.  That also holds when the scan gives up for any other reason.
 *
 * Of several rows wanted of each group (1) and (2) hold of each in its turn: a group of which fewer were given is not done with, so a cut of
 * one of its keys is one before the next row, whether that is of a later key or of a later group.  If the scan goes to the plan behind within a group, of which j
 * rows were given, that one's first j rows of the group are just these: the order is total and they are the first j that pass.
 *
 * Where the filter looks at nothing but our keys, and of these equal values have equal images, a group passes or does not: one of which a row does not is done with as if it were
 * given, and the plan behind gives nothing of it either.  Nor does it matter what rows of it the window lacks.
 *
 * NULL is a value like others: a window keeps rows of the key NULL, and cuts it.
 *
 * The keys' boundaries are read beside the window, in the same order, each once; that is why all the sort keys that make a key must be ascending
 * with NULLs last, as that index is.  All under the snapshot of the execution, in the file that it sees.
 *
 * A few rows are read on before the index is descended, as the next key's may be among them.
 *
 * Memory: the last key given is copied, and again as search keys, which live as long as the scan that uses them.
 */
#include "postgres.h"

#include "access/nbtree.h"
#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "store/want.h"
#include "read/first.h"

#define MOST_NEAR 4				/* rows read on before the index is descended */

void
bingo_first_init(BingoFirst *first, BingoEnd *end, IndexScanDesc whole, int nkeys, int wanted, bool by_key)
{
	first->nkeys = nkeys;
	first->wanted = wanted;
	first->by_key = by_key;
	if (nkeys == 0)
		return;
	first->end = end;
	first->whole = whole;
	first->behind = bingo_index_beginscan(end->heap, end->index, end->snapshot, nkeys);
	first->value_context = AllocSetContextCreate(CurrentMemoryContext, "bingo_tune key", ALLOCSET_SMALL_SIZES);
	first->search_context = AllocSetContextCreate(CurrentMemoryContext, "bingo_tune search", ALLOCSET_SMALL_SIZES);
	first->own_context = AllocSetContextCreate(CurrentMemoryContext, "bingo_tune cut", ALLOCSET_SMALL_SIZES);
}

void
bingo_first_limit(BingoFirst *first, Expr *limit, PlanState *parent)
{
	first->limit = ExecInitExpr(limit, parent);
	first->limit_type = exprType((Node *) limit);
	first->limit_context = parent->ps_ExprContext;
}

static int
read_limit(const BingoFirst *first)
{
	bool		isnull;
	Datum		value = ExecEvalExprSwitchContext(first->limit, first->limit_context, &isnull);
	int64		rows;

	if (isnull)
		return 1;
	if (first->limit_type == INT2OID)
		rows = DatumGetInt16(value);
	else if (first->limit_type == INT4OID)
		rows = DatumGetInt32(value);
	else
		rows = DatumGetInt64(value);
	return (int) Max(Min(rows, PG_INT32_MAX), 1);
}

void
bingo_first_end(BingoFirst *first)
{
	if (first->behind != NULL)
		index_endscan(first->behind);
}

/* The first of the keys of the boundaries, or the next one. */
static void
next_cut(BingoFirst *first)
{
	first->has_cut = bingo_cut_next(&first->end->cuts, &first->end->cut);
}

const char *
bingo_first_start(BingoFirst *first)
{
	const char *reason = bingo_end_start_keys(first->end);

	first->given = first->own = false;
	first->count = first->dropped = 0;
	first->reason = NULL;
	if (first->limit != NULL)
		first->wanted = read_limit(first);
	if (reason != NULL)
		return reason;
	first->current = first->whole;
	first->near = -1;
	first->has_cut = false;
	if (first->end->ordering->definition->nkeys > 0)
	{
		bingo_cut_start(&first->end->cuts);
		next_cut(first);
	}
	index_rescan(first->whole, NULL, 0, NULL, 0);
	return NULL;
}

/* --- comparing --- */

/* Ascending, NULLs last. */
static int
compare(const BingoEnd *end, int i, Datum a, bool a_null, Datum b, bool b_null)
{
	if (a_null || b_null)
		return (int) a_null - (int) b_null;
	return DatumGetInt32(FunctionCall2Coll(index_getprocinfo(end->index, i + 1, BTORDER_PROC),
										   end->ordering->definition->sort[i].collation, a, b));
}

/* Where does a row's group stand, seen from the last one given? */
static int
compare_row(const BingoFirst *first, TupleTableSlot *row)
{
	int			result = 0;

	for (int i = 0; i < first->nkeys && result == 0; i++)
	{
		bool		isnull;
		Datum		value = slot_getattr(row, first->end->ordering->definition->sort[i].output + 1, &isnull);

		result = compare(first->end, i, value, isnull, first->values[i], first->nulls[i]);
	}
	return result;
}

/* The same of the cut. */
static int
compare_cut(const BingoFirst *first)
{
	const BingoBoundary *cut = &first->end->cut;
	int			result = 0;

	for (int i = 0; i < first->nkeys && result == 0; i++)
		result = compare(first->end, i, cut->values[i], cut->nulls[i], first->values[i], first->nulls[i]);
	return result;
}

/* Where does a key with a cut stand, seen from the row's, or, by fewer columns, its group? */
static int
compare_key(const BingoFirst *first, int nkeys, const Datum *values, const bool *nulls, TupleTableSlot *row)
{
	const BingoDefinition *definition = first->end->ordering->definition;
	int			result = 0;

	for (int i = 0; i < nkeys && result == 0; i++)
	{
		bool		isnull;
		Datum		value = slot_getattr(row, definition->sort[i].output + 1, &isnull);

		result = compare(first->end, i, values[i], nulls[i], value, isnull);
	}
	return result;
}

/* --- searching --- */

/* Column "level" is greater than the key's. */
static void
prepare_greater(ScanKey key, Relation index, int level, Datum value)
{
	Oid			type = index->rd_opcintype[level];
	Oid			operator = get_opfamily_member(index->rd_opfamily[level], type, type, BTGreaterStrategyNumber);

	if (!OidIsValid(operator))
		elog(ERROR, "the window's order has lost an operator");
	ScanKeyEntryInitialize(key, 0, (AttrNumber) (level + 1), BTGreaterStrategyNumber, type,
						   index->rd_indcollation[level], get_opcode(operator), value);
}

static Datum
copy_value(const BingoFirst *first, int i)
{
	Form_pg_attribute column = TupleDescAttr(RelationGetDescr(first->end->heap), first->end->ordering->definition->sort[i].output);

	return first->nulls[i] ? (Datum) 0 : datumCopy(first->values[i], column->attbyval, column->attlen);
}

/* Rows that have the first "level" columns of the key, and one behind that is greater, or NULL. */
static void
search(BingoFirst *first)
{
	Relation	index = first->end->index;
	ScanKeyData keys[BINGO_MAX_KEYS];
	MemoryContext old;

	MemoryContextReset(first->search_context);
	old = MemoryContextSwitchTo(first->search_context);
	for (int i = 0; i < first->level; i++)
		if (!bingo_cut_prepare(&keys[i], index, i, copy_value(first, i), first->nulls[i]))
			elog(ERROR, "the window's order has lost an operator");
	if (first->of_null)
		(void) bingo_cut_prepare(&keys[first->level], index, first->level, (Datum) 0, true);
	else
		prepare_greater(&keys[first->level], index, first->level, copy_value(first, first->level));
	/* its number of keys is fixed */
	for (int i = first->level + 1; i < first->nkeys; i++)
		keys[i] = keys[first->level];
	MemoryContextSwitchTo(old);
	index_rescan(first->behind, keys, first->nkeys, NULL, 0);
	first->current = first->behind;
	first->skips++;
}

/*
 * What the search has found is read: on to what stands behind it in the order.  Behind NULL, the last value
 * of a column, there is nothing.
 */
static bool
search_on(BingoFirst *first)
{
	if (first->current == first->whole)
		return false;
	if (!first->of_null && !first->nulls[first->level])
		first->of_null = true;
	else
	{
		do
			first->level--;
		while (first->level >= 0 && first->nulls[first->level]);
		first->of_null = false;
	}
	if (first->level < 0)
		return false;
	search(first);
	return true;
}

/* To the group behind the one that was given last. */
static bool
skip(BingoFirst *first)
{
	first->near = -1;
	first->level = first->nkeys - 1;
	first->of_null = false;
	first->current = first->behind;
	if (first->nulls[first->level])
		return search_on(first);
	search(first);
	return true;
}

bool
bingo_first_next(BingoFirst *first, TupleTableSlot *slot)
{
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (!index_getnext_slot(first->current, ForwardScanDirection, slot))
		{
			if (!search_on(first))
				return false;
			continue;
		}
		if (first->near < 0 || compare_row(first, slot) != 0)
		{
			first->near = -1;
			return true;
		}
		ExecClearTuple(slot);
		if (++first->near > MOST_NEAR && !skip(first))
			return false;
	}
}

/* --- what is given --- */

static bool
is_done(const BingoFirst *first)
{
	return first->count >= first->wanted;
}

/* Past the cuts of keys that are done with, or stand before them. */
static void
pass_cuts(BingoFirst *first)
{
	while (first->has_cut && first->given && compare_cut(first) < (is_done(first) ? 1 : 0))
		next_cut(first);
}

/* The cut at hand is that of the row's key: as long as the group is not done with no row of another key may follow. */
static void
keep_own(BingoFirst *first)
{
	const BingoDefinition *definition = first->end->ordering->definition;
	MemoryContext old;

	if (first->wanted == 1)
		return;
	MemoryContextReset(first->own_context);
	old = MemoryContextSwitchTo(first->own_context);
	for (int i = 0; i < definition->nkeys; i++)
	{
		Form_pg_attribute column = TupleDescAttr(RelationGetDescr(first->end->heap), definition->sort[i].output);

		first->own_nulls[i] = first->end->cut.nulls[i];
		first->own_values[i] = first->own_nulls[i] ? (Datum) 0 : datumCopy(first->end->cut.values[i], column->attbyval, column->attlen);
	}
	MemoryContextSwitchTo(old);
	first->own = true;
}

/* Of a key there may be rows that the window lacks: readers of a mark ask for upkeep, as those of one key do (read/end.c). */
static bool
lack_rows(BingoFirst *first, bool marked)
{
	if (marked)
		bingo_want_upkeep();
	first->reason = marked ? "of some value the window perhaps does not have all rows, until upkeep has looked" :
		"of some value the window has only first rows, too few of which its conditions let pass";
	return false;
}

/* False: of a key before the row's there may be rows that the window lacks, and that pass. */
static bool
note_key(BingoFirst *first, TupleTableSlot *row, bool passes)
{
	const BingoDefinition *definition = first->end->ordering->definition;
	const BingoBoundary *cut = &first->end->cut;
	MemoryContext old;

	pass_cuts(first);
	if (first->own && compare_key(first, definition->nkeys, first->own_values, first->own_nulls, row) != 0)
	{
		if (!is_done(first))
			return lack_rows(first, false);
		first->own = false;
	}
	for (; first->has_cut; next_cut(first))
	{
		int			order = compare_key(first, definition->nkeys, cut->values, cut->nulls, row);
		bool		marked = order <= 0 && bingo_cut_is_mark(first->end->ordering, cut);

		if (order > 0)
			break;
		if (!passes && compare_key(first, first->nkeys, cut->values, cut->nulls, row) == 0)
			continue;
		if (order < 0 || marked)
			return lack_rows(first, marked);
		/* its own cut says nothing of it, the row is inside, but of the next one */
		keep_own(first);
	}
	if (first->given && compare_row(first, row) == 0)
		return true;
	MemoryContextReset(first->value_context);
	old = MemoryContextSwitchTo(first->value_context);
	for (int i = 0; i < first->nkeys; i++)
	{
		Form_pg_attribute column = TupleDescAttr(row->tts_tupleDescriptor, definition->sort[i].output);
		Datum		value = slot_getattr(row, definition->sort[i].output + 1, &first->nulls[i]);

		first->values[i] = first->nulls[i] ? (Datum) 0 : datumCopy(value, column->attbyval, column->attlen);
	}
	MemoryContextSwitchTo(old);
	first->given = true;
	first->count = 0;
	return true;
}

bool
bingo_first_take(BingoFirst *first, TupleTableSlot *row)
{
	if (!note_key(first, row, true))
		return false;
	first->count++;
	first->near = is_done(first) ? 0 : -1;
	return true;
}

bool
bingo_first_leave_out(BingoFirst *first, TupleTableSlot *row)
{
	if (!note_key(first, row, false))
		return false;
	first->count = first->wanted;
	first->near = 0;
	return true;
}

bool
bingo_first_is_final(BingoFirst *first)
{
	if (!bingo_end_is_everything(first->end))
		return false;
	pass_cuts(first);
	if (!first->has_cut && (!first->own || is_done(first)))
		return true;
	return lack_rows(first, first->has_cut && bingo_cut_is_mark(first->end->ordering, &first->end->cut));
}

bool
bingo_first_is_given(BingoFirst *first, TupleTableSlot *row)
{
	int			place = first->given ? compare_row(first, row) : 1;

	if (place != 0 || is_done(first))
		return place <= 0;
	return first->dropped++ < first->count;
}
