/*
 * advise/covering.c
 *	  Columns more (INCLUDE), so that an index answers without visits to its table.
 *
 * Tried for each index that was chosen, in its place: all columns that the statements which
 * use it read of the table, then those of each statement alone.  What that brings is the
 * planner's to say, who counts on the table only for pages that are not all visible.
 *
 * It is worth its bytes if the statements get faster by a greater factor than the index gets
 * larger, and by a tenth at least, and if one of them is spared ten visits to pages: what
 * finds one row is fast without.  That is the benefit for each byte by which Extend (see
 * advise/choose.c) takes each of its steps, as factors and not as differences: the first keys
 * have saved nearly all of the time already, and no column behind them could ever compete.
 * With columns that were not in it, updates that were heap-only may not be any more: what
 * such updates might cost, all of them with an entry in each index, must be less than what
 * is saved.
 *
 * A statement that no index helps may be helped by one that spares it the table: its rows lie in all pages, so that
 * what finds them visits the whole table all the same.  So its candidates are tried once more with all that it reads,
 * where that leaves a quarter of its cost or less.
 *
 * No more than 8 columns in all, and those included no wider than 64 bytes, which
 * is the size of a short row itself.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_attribute.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "advise/advise.h"
#include "base/compat.h"
#include "base/relations.h"

#define WIDEST	64
#define VISITS	10

/* --- what to include --- */

/* Bytes of a column, by its statistics or by its type; more than allowed if it can't be told. */
static int
width_of(Oid relid, AttrNumber attno)
{
	HeapTuple	tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid), Int16GetDatum(attno));
	int			width = get_attavgwidth(relid, attno);

	if (!HeapTupleIsValid(tuple))
		return WIDEST + 1;
	if (width <= 0)
		width = get_typavgwidth(((Form_pg_attribute) GETSTRUCT(tuple))->atttypid, ((Form_pg_attribute) GETSTRUCT(tuple))->atttypmod);
	ReleaseSysCache(tuple);
	return width;
}

static bool
is_key(const BingoAdviseIndex *index, const char *name)
{
	for (int i = 0; i < index->nkeys; i++)
	{
		if (!index->keys[i].is_expression && !OidIsValid(index->keys[i].collation) && strcmp(index->keys[i].name, name) == 0)
			return true;
	}
	return false;
}

/* The columns as CREATE INDEX has them; NIL: there are none, or too many or too wide ones. */
static List *
name_included(const BingoAdviseIndex *index, const Bitmapset *columns)
{
	List	   *names = NIL;
	int			width = 0;
	int			attno = -1;

	while ((attno = bms_next_member(columns, attno)) >= 0)
	{
		char	   *column = bingo_relations_find_column(index->relid, attno);

		if (column == NULL || bingo_is_virtual_generated(index->relid, attno))
			return NIL;
		column = pstrdup(quote_identifier(column));
		if (is_key(index, column))
			continue;
		names = lappend(names, column);
		width += width_of(index->relid, attno);
	}
	return index->nkeys + list_length(names) > BINGO_ADVISE_COLUMNS || width > WIDEST ? NIL : names;
}

/* What the statement reads of the index's table; NULL: not known, or it visits the rows anyway. */
static const Bitmapset *
columns_of(const BingoAdviseStatement *statement, Oid relid)
{
	ListCell   *cell;

	foreach(cell, statement->reads)
	{
		const BingoAdviseReads *reads = lfirst(cell);

		if (reads->relid == relid)
			return reads->visits ? NULL : reads->columns;
	}
	return NULL;
}

/* --- is it worth it? --- */

/* What the statements that use it take now, and would with the other in its place. */
typedef struct Times
{
	double		now;
	double		then;
	bool		worse;
	bool		helps;
} Times;

static Times
compare(BingoAdvise *advise, List *statements)
{
	Times		times = {0};
	ListCell   *cell;

	foreach(cell, statements)
	{
		BingoAdviseStatement *statement = lfirst(cell);
		double		cost = bingo_advise_cost_of(advise, statement);

		times.now += bingo_advise_time_at(advise, statement, statement->cost_now);
		times.then += bingo_advise_time_at(advise, statement, cost);
		times.worse = times.worse || cost > BINGO_ADVISE_AS_GOOD * statement->cost_now;
		times.helps = times.helps || statement->cost_now - cost >= VISITS * random_page_cost;
	}
	return times;
}

static bool
is_worth_it(const BingoAdvise *advise, const BingoAdviseIndex *index, const BingoAdviseIndex *covering, const Times *times)
{
	double		larger = (double) covering->size / Max(index->size, 1);

	return times->helps && !times->worse && times->then < BINGO_ADVISE_LESS * times->now && times->then * larger < times->now &&
		bingo_advise_fits(advise, covering->size, index) &&
		(advise->one || times->now - times->then > bingo_advise_heap_only_ms(index->relid));
}

static void
take_place(BingoAdvise *advise, ListCell *place, BingoAdviseIndex *covering, List *statements)
{
	ListCell   *cell;

	((BingoAdviseIndex *) lfirst(place))->chosen = false;
	covering->chosen = true;
	lfirst(place) = covering;
	foreach(cell, statements)
		((BingoAdviseStatement *) lfirst(cell))->cost_now = bingo_advise_cost_of(advise, lfirst(cell));
}

static bool
try_columns(BingoAdvise *advise, ListCell *place, const Bitmapset *columns, List *statements)
{
	BingoAdviseIndex *index = lfirst(place);
	List	   *names = name_included(index, columns);
	BingoAdviseIndex *covering;
	Times		times;

	if (names == NIL)
		return false;
	covering = bingo_advise_include(advise, index, names);
	bingo_advise_forget(advise, index);
	bingo_advise_pretend(advise, covering);
	bingo_advise_ask_costs(advise, covering);
	times = compare(advise, statements);
	if (covering->oids != NIL && is_worth_it(advise, index, covering, &times))
	{
		take_place(advise, place, covering, statements);
		return true;
	}
	bingo_advise_forget(advise, covering);
	bingo_advise_pretend(advise, index);
	return false;
}

/* The statements whose plans use the index, with what they cost. */
static List *
find_users(BingoAdvise *advise, const BingoAdviseIndex *index)
{
	List	   *users = NIL;
	ListCell   *cell;

	foreach(cell, index->statements)
	{
		BingoAdviseStatement *statement = lfirst(cell);
		BingoAdvisePlan plan = {0};

		if (!bingo_advise_plan(advise, statement, &plan) || !bingo_advise_is_used(&plan, index))
			continue;
		statement->cost_now = plan.cost;
		users = lappend(users, statement);
	}
	return users;
}

/* Puts one with columns more in the place of a chosen index, if that is worth it. */
void
bingo_advise_cover(BingoAdvise *advise, ListCell *place)
{
	BingoAdviseIndex *index = lfirst(place);
	List	   *users = find_users(advise, index);
	Bitmapset  *all = NULL;
	ListCell   *cell;

	if (index->gin)
		return;					/* which gives no columns back */
	foreach(cell, users)
		all = bms_add_members(all, columns_of(lfirst(cell), index->relid));
	if (all == NULL || try_columns(advise, place, all, users))
		return;
	foreach(cell, users)
	{
		const Bitmapset *columns = columns_of(lfirst(cell), index->relid);

		if (columns != NULL && !bms_equal(columns, all) && try_columns(advise, place, columns, users))
			return;
	}
}

List *
bingo_advise_covering_candidates(BingoAdvise *advise, const BingoAdviseStatement *statement)
{
	List	   *candidates = NIL;
	double		most = bingo_advise_time_at(advise, statement, statement->cost_before);
	ListCell   *cell;

	foreach(cell, statement->candidates)
	{
		const BingoAdviseIndex *index = lfirst(cell);
		const Bitmapset *columns = index->gin ? NULL : columns_of(statement, index->relid);
		List	   *names = columns ? name_included(index, columns) : NIL;

		if (names != NIL && (advise->one || most > bingo_advise_heap_only_ms(index->relid)))
			candidates = list_append_unique_ptr(candidates, bingo_advise_include(advise, index, names));
	}
	return candidates;
}
