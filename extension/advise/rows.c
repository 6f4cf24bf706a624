/*
 * advise/rows.c
 *	  What is said: advice as commands, with reasons in words.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xlog.h"
#include "catalog/pg_class.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "advise/gin.h"
#include "base/compat.h"

/* What takes less needs no extension. */
#define NOTED_MS	2.0

static char *
describe_index(const BingoAdviseIndex *index)
{
	StringInfoData text;
	ListCell   *cell;

	initStringInfo(&text);
	for (int i = 0; i < index->nkeys; i++)
		appendStringInfo(&text, "%s%s (%s)", i > 0 ? ", " : "", index->keys[i].name, index->keys[i].role);
	foreach(cell, index->included)
		appendStringInfo(&text, ", %s (selected)", (char *) lfirst(cell));
	if (index->predicate)
		appendStringInfo(&text, ", only where %s", index->predicate);
	return text.data;
}

static bool
has_statistics(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	bool		known = true;

	if (HeapTupleIsValid(tuple))
	{
		known = ((Form_pg_class) GETSTRUCT(tuple))->reltuples >= 0;
		ReleaseSysCache(tuple);
	}
	return known;
}

static void
append_note(char **note, char *text)
{
	*note = *note ? psprintf("%s; %s", *note, text) : text;
}

/* Why no ordering, or counter, goes on where an index alone does not do it, if one of the statements says so. */
static void
append_obstacle(char **note, List *statements)
{
	ListCell   *cell;

	foreach(cell, statements)
	{
		const BingoAdviseStatement *statement = lfirst(cell);

		if (statement->obstacle == NULL || statement->counted || (!statement->sorts && !statement->counts))
			continue;
		append_note(note, psprintf("no %s: %s", statement->counts ? "counter" : "ordering", statement->obstacle));
		return;
	}
}

/* The primary's rows are counted on the primary alone. */
static void
append_standby(char **note)
{
	if (RecoveryInProgress())
		append_note(note, pstrdup("type it on the primary: what its writers would pay is not known on this standby, and not in gain"));
}

/* What its times are worth. */
static void
append_newer(char **note, const List *statements)
{
	ListCell   *cell;

	foreach(cell, statements)
	{
		const BingoAdviseStatement *statement = lfirst(cell);

		if (statement->newer == NULL)
			continue;
		append_note(note, psprintf("it was measured before index %s was there, too: mean_ms is by its plan, until reset_timing()", statement->newer));
		return;
	}
}

/* Which orderings need it, and for what; a unique one refuses what is there twice, then and later. */
static char *
describe_need(const BingoAdviseIndex *index)
{
	StringInfoData names;
	ListCell   *cell;

	initStringInfo(&names);
	foreach(cell, index->needing)
		appendStringInfo(&names, "%s\"%s\"", names.len > 0 ? ", " : "", ((const BingoAdviseOrdering *) lfirst(cell))->name);
	if (!index->unique)
		return psprintf("ordering %s needs it, to find what a changed row of another table is joined to", names.data);
	return psprintf("unique for ordering %s: no value of %s was seen twice; the command looks at all, and fails if one is, and from then on none can be",
					names.data, index->keys[0].name);
}

/* What it serves itself, and by orderings. */
static List *
list_served(const BingoAdviseIndex *index)
{
	List	   *served = list_copy(index->served);
	ListCell   *cell;

	foreach(cell, index->needing)
		served = list_concat_unique_ptr(served, ((const BingoAdviseOrdering *) lfirst(cell))->served);
	return served;
}

static BingoAdviseRow *
index_row(BingoAdviseIndex *index)
{
	BingoAdviseRow		   *row = palloc0(sizeof(BingoAdviseRow));
	bool		partitioned = get_rel_relkind(index->relid) == RELKIND_PARTITIONED_TABLE;

	row->kind = "index";
	row->index = index;
	row->serves = list_served(index);
	row->command = psprintf("CREATE %sINDEX %sON %s", index->unique ? "UNIQUE " : "", partitioned ? "" : "CONCURRENTLY ", index->definition);
	row->reason = describe_index(index);
	if (!has_statistics(index->relid))
		append_note(&row->note, psprintf("the table has no statistics: type ANALYZE %s and ask again", bingo_advise_table(index->relid)));
	if (partitioned)
		append_note(&row->note, "keeps writers out while it is built: a partitioned table's index can't be built CONCURRENTLY");
	if (get_rel_persistence(index->relid) == RELPERSISTENCE_TEMP)
		append_note(&row->note, pstrdup("the table is temporary, and so is its index: who makes the table anew makes that, too"));
	if (index->gin)
		append_note(&row->note, pstrdup("its size, and what it costs writers, are estimated by the width of what it is on"));
	if (index->part < 1)
		append_note(&row->note, pstrdup("has the rows of that condition alone, which all examples have"));
	if (index->needing != NIL)
		append_note(&row->note, describe_need(index));
	if (index->replaces)
		append_note(&row->note, psprintf("makes index %s redundant", index->replaces));
	append_obstacle(&row->note, row->serves);
	append_newer(&row->note, row->serves);
	append_standby(&row->note);
	return row;
}

static BingoAdviseRow *
ordering_row(BingoAdviseOrdering *ordering)
{
	BingoAdviseRow		   *row = palloc0(sizeof(BingoAdviseRow));
	ListCell   *cell;

	row->kind = "ordering";
	row->ordering = ordering;
	row->serves = ordering->served;
	row->command = bingo_advise_ordering_command(ordering);
	row->reason = psprintf("%s%s", ordering->ntables > 1 ? "sorts a join for its first rows, which no index gives in their order" :
						   "takes many rows in an order, for which an index goes through the whole table", ordering->alone);
	row->note = "by the planner, but no less than pages of orderings have taken elsewhere: expected_ms and gain";
	append_newer(&row->note, row->serves);
	append_standby(&row->note);
	foreach(cell, ordering->served)
		row->gain += Max(bingo_advise_saved_ms(row, lfirst(cell)), 0);
	return row;
}

static BingoAdviseRow *
counter_row(BingoAdviseOrdering *counter)
{
	BingoAdviseRow		   *row = palloc0(sizeof(BingoAdviseRow));
	ListCell   *cell;

	row->kind = "counter";
	row->ordering = counter;
	row->serves = counter->served;
	row->command = bingo_advise_ordering_command(counter);
	row->reason = psprintf("counts rows, as a counter does when they are written%s", counter->alone);
	row->note = "by what counters have taken elsewhere: expected_ms and gain";
	append_newer(&row->note, row->serves);
	append_standby(&row->note);
	foreach(cell, counter->served)
		row->gain += Max(bingo_advise_saved_ms(row, lfirst(cell)), 0);
	return row;
}

static BingoAdviseRow *
surplus_row(const BingoAdviseSurplus *surplus)
{
	BingoAdviseRow		   *row = palloc0(sizeof(BingoAdviseRow));

	row->kind = surplus->ordering ? "drop_ordering" : "drop_index";
	row->surplus = surplus;
	if (surplus->ordering)
	{
		row->command = psprintf("SELECT bingo_tune.drop_ordering(%s)", quote_literal_cstr(surplus->name));
		row->reason = psprintf("redundant: the window of ordering \"%s\" has all that this one's has", surplus->cover);
		return row;
	}
	row->command = psprintf("DROP INDEX CONCURRENTLY %s", surplus->name);
	if (surplus->cover)
		row->reason = psprintf("redundant: index %s %s the same keys", surplus->cover, surplus->longer ? "begins with" : "has");
	else
	{
		row->reason = "not scanned once since the statistics began";
		row->note = psprintf("they count since %s, on this server alone: its standbys count for themselves",
							 timestamptz_to_str(surplus->since));
	}
	return row;
}

/* pg_trgm is not there, and a statement that one waits for could have use of it. */
static bool
lacks_trigrams(const BingoAdviseStatement *statement)
{
	return statement->lacks_trigrams && bingo_advise_call_ms(statement, statement->cost_now) > NOTED_MS && bingo_advise_trigrams_available();
}

static BingoAdviseRow *
nothing_row(BingoAdviseStatement *statement)
{
	BingoAdviseRow		   *row = palloc0(sizeof(BingoAdviseRow));

	row->kind = "nothing";
	row->serves = list_make1(statement);
	if (statement->refusal)
		row->reason = statement->refusal;
	else if (statement->served)
		row->reason = psprintf("%s serves it already; mean_ms has its calls before that, too, until reset_timing()",
							   statement->counted ? "a counter" : "an ordering");
	else if (statement->candidates != NIL)
		row->reason = "no index makes its plan so much cheaper that it is worth it";
	else if (statement->covered > 0)
		row->reason = "the indexes that could help it are there";
	else
		row->reason = "it has no condition, join or order that an index could help";
	if (lacks_trigrams(statement))
		append_note(&row->note, "an index by trigrams might find what it looks for: type CREATE EXTENSION pg_trgm and ask again");
	append_obstacle(&row->note, row->serves);
	append_newer(&row->note, row->serves);
	return row;
}

/* How many chosen indexes share what the statement gains. */
static int
count_serving(const BingoAdvise *advise, const BingoAdviseStatement *statement)
{
	int			count = 0;
	ListCell   *cell;

	foreach(cell, advise->chosen)
		count += list_member_ptr(((BingoAdviseIndex *) lfirst(cell))->served, statement);
	return count;
}

double
bingo_advise_gain(const BingoAdviseStatement *statement)
{
	return statement->cost_before > 0 ? statement->total_ms * (1 - statement->cost_now / statement->cost_before) : 0;
}

double
bingo_advise_saved_ms(const BingoAdviseRow *row, const BingoAdviseStatement *statement)
{
	if (row->ordering != NULL)
		return statement->total_ms - statement->calls * bingo_advise_served_ms(row->ordering, statement);
	return bingo_advise_gain(statement);
}

static int
compare_rows(const ListCell *left, const ListCell *right)
{
	double		l = ((const BingoAdviseRow *) lfirst(left))->gain;
	double		r = ((const BingoAdviseRow *) lfirst(right))->gain;

	return (l < r) - (l > r);
}

List *
bingo_advise_rows(const BingoAdvise *advise)
{
	List	   *rows = NIL;
	List	   *nothing = NIL;
	List	   *statistics = bingo_advise_statistics_rows(advise);
	ListCell   *cell;

	foreach(cell, advise->chosen)
	{
		BingoAdviseRow		   *row = index_row(lfirst(cell));
		ListCell   *served;

		foreach(served, row->index->served)
			row->gain += bingo_advise_gain(lfirst(served)) / count_serving(advise, lfirst(served));
		rows = lappend(rows, row);
	}
	foreach(cell, advise->orderings)
	{
		if (((BingoAdviseOrdering *) lfirst(cell))->counts)
			rows = lappend(rows, counter_row(lfirst(cell)));
	}
	list_sort(rows, compare_rows);
	/* No index without what the planner must know of it, if there is room for both. */
	rows = list_truncate(rows, advise->max_rows - (list_length(statistics) < advise->max_rows ? list_length(statistics) : 0));
	rows = list_concat(rows, statistics);
	foreach(cell, advise->statements)
	{
		BingoAdviseStatement *statement = lfirst(cell);

		if (statement->hidden)
			continue;
		/* Nobody waits for a load again. */
		if (!statement->loads && statement->ordering == NULL && count_serving(advise, statement) == 0 && !bingo_advise_is_misled(advise, statement))
			nothing = lappend(nothing, nothing_row(statement));
	}
	foreach(cell, advise->orderings)
	{
		if (!((BingoAdviseOrdering *) lfirst(cell))->counts)
			rows = lappend(rows, ordering_row(lfirst(cell)));
	}
	foreach(cell, advise->surplus)
		rows = lappend(rows, surplus_row(lfirst(cell)));
	return list_truncate(list_concat(rows, nothing), advise->max_rows);
}
