/*
 * advise/counter.c
 *	  The counter that could give what a query counts.
 *
 * Which one that is read/count_propose.c says; here it becomes a command, and counters of
 * several statements become one.  As an ordering it is a BingoAdviseOrdering, so that its
 * worth, its writers and its rows are the same code; "counts" tells them apart.
 *
 * A counter serves whoever asks for the first of its keys, so statements with the same
 * filter share one, the keys of those that name fewer standing first; unless an answer
 * would then be summed up from too many rows.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/ruleutils.h"

#include "advise/counter.h"
#include "base/relations.h"
#include "definition/definition.h"

/* Rows that a key of a shared counter is summed up from, at most: half a millisecond. */
#define MOST_SUMMED 500

/* --- from a proposal --- */

static int
compare_texts(const ListCell *left, const ListCell *right)
{
	return strcmp(lfirst(left), lfirst(right));
}

/* In one order, so that the same filter has the same text; NULL: there is none. */
static char *
write_filter(const BingoCountProposal *proposal)
{
	char	   *table = bingo_relations_label(proposal->relid);
	List	   *conditions = NIL;
	StringInfoData text;
	ListCell   *cell;

	if (proposal->filter == NIL)
		return NULL;
	foreach(cell, proposal->filter)
		conditions = lappend(conditions, deparse_expression(lfirst(cell), deparse_context_for(table, proposal->relid), false, false));
	list_sort(conditions, compare_texts);
	initStringInfo(&text);
	foreach(cell, conditions)
		appendStringInfo(&text, "%s%s", text.len > 0 ? " AND " : "", (char *) lfirst(cell));
	return text.data;
}

static BingoAdviseCountKey *
make_key(const char *name, double values)
{
	BingoAdviseCountKey *key = palloc(sizeof(BingoAdviseCountKey));

	key->name = pstrdup(name);
	key->values = values;
	return key;
}

/* Its name and text, by its table, keys and filter. */
static void
write_counter(BingoAdviseOrdering *counter)
{
	StringInfoData name;
	StringInfoData keys;
	ListCell   *cell;

	initStringInfo(&name);
	initStringInfo(&keys);
	appendStringInfo(&name, "%s_count", bingo_relations_label(linitial_oid(counter->relids)));
	foreach(cell, counter->keys)
	{
		const BingoAdviseCountKey *key = lfirst(cell);

		appendStringInfo(&name, "%s%s", keys.len > 0 ? "_" : "_by_", key->name);
		appendStringInfo(&keys, "%s%s", keys.len > 0 ? ", " : "", quote_identifier(key->name));
	}
	name.data[pg_mbcliplen(name.data, name.len, NAMEDATALEN - 1)] = '\0';
	counter->name = name.data;
	counter->query = psprintf("SELECT %s%scount(*) FROM %s%s%s%s%s", keys.data, keys.len > 0 ? ", " : "",
							  bingo_advise_table(linitial_oid(counter->relids)), counter->filter ? " WHERE " : "",
							  counter->filter ? counter->filter : "", keys.len > 0 ? " GROUP BY " : "", keys.data);
}

static BingoAdviseOrdering *
make_counter(const BingoCountProposal *proposal)
{
	BingoAdviseOrdering *counter = palloc0(sizeof(BingoAdviseOrdering));
	ListCell   *cell;

	counter->counts = true;
	counter->narrowest = list_length(proposal->keys);
	counter->relids = list_make1_oid(proposal->relid);
	counter->filter = write_filter(proposal);
	counter->tuples = proposal->tuples;
	foreach(cell, proposal->keys)
	{
		const BingoCountKey *key = lfirst(cell);

		counter->keys = lappend(counter->keys, make_key(bingo_relations_column(proposal->relid, key->attno), key->values));
	}
	write_counter(counter);
	return counter;
}

/* The counter that has all this already, whatever keeps it from serving; or NULL. */
static const char *
find_there(List *verdicts)
{
	ListCell   *cell;

	foreach(cell, verdicts)
	{
		const BingoCountVerdict *verdict = lfirst(cell);

		if (verdict->matches)
			return verdict->counter->name;
	}
	return NULL;
}

BingoAdviseOrdering *
bingo_advise_counter_of(List *verdicts, const BingoCountProposal *proposal, char **obstacle)
{
	const char *there = find_there(verdicts);

	*obstacle = NULL;
	if (proposal == NULL)
		return NULL;
	if (there != NULL)
		*obstacle = psprintf("counter %s has what it counts", quote_identifier(there));
	else if (proposal->obstacle != NULL)
		*obstacle = pstrdup(proposal->obstacle);
	return *obstacle ? NULL : make_counter(proposal);
}

BingoAdviseOrdering *
bingo_advise_counter(Query *query, BingoAdviseStatement *statement, char **obstacle)
{
	BingoCountProposal *proposal;
	PlannedStmt *plan;
	List	   *verdicts;

	if (query->commandType != CMD_SELECT || !query->hasAggs)
		return NULL;
	verdicts = bingo_count_collect(copyObject(query), statement->text, &plan, &proposal);
	if (proposal == NULL)
		return NULL;
	statement->counts = true;
	statement->groups = proposal->groups;
	statement->nkeys = list_length(proposal->keys);
	return bingo_advise_counter_of(verdicts, proposal, obstacle);
}

/* --- of several statements --- */

/* So many rows a counter has of its first keys. */
static double
rows_of(const BingoAdviseOrdering *counter, int nkeys)
{
	double		rows = 1;

	for (int i = 0; i < nkeys; i++)
		rows *= ((const BingoAdviseCountKey *) list_nth(counter->keys, i))->values;
	return Max(Min(rows, counter->tuples), 1);
}

double
bingo_advise_counted_rows(const BingoAdviseOrdering *counter, const BingoAdviseStatement *statement)
{
	return Max(statement->groups, 1) * rows_of(counter, list_length(counter->keys)) / rows_of(counter, statement->nkeys);
}

static bool
has_key(const List *keys, const char *name)
{
	ListCell   *cell;

	foreach(cell, keys)
		if (strcmp(((const BingoAdviseCountKey *) lfirst(cell))->name, name) == 0)
			return true;
	return false;
}

/*
 * Makes a counter serve the statements of another, too, which has as many keys or more; false
 * if it can't.  Its own keys stay the first ones.
 */
bool
bingo_advise_share_counter(BingoAdviseOrdering *counter, const BingoAdviseOrdering *other)
{
	List	   *keys = list_copy(counter->keys);
	BingoAdviseOrdering wider;
	ListCell   *cell;

	if (!counter->counts || !other->counts || linitial_oid(counter->relids) != linitial_oid(other->relids) ||
		strcmp(counter->filter ? counter->filter : "", other->filter ? other->filter : "") != 0)
		return false;
	foreach(cell, counter->keys)
		if (!has_key(other->keys, ((BingoAdviseCountKey *) lfirst(cell))->name))
			return false;
	foreach(cell, other->keys)
		if (!has_key(keys, ((BingoAdviseCountKey *) lfirst(cell))->name))
			keys = lappend(keys, lfirst(cell));
	wider = *counter;
	wider.keys = keys;
	if (list_length(keys) > BINGO_MAX_KEYS ||
		rows_of(&wider, list_length(keys)) > MOST_SUMMED * rows_of(&wider, counter->narrowest))
		return false;
	counter->keys = keys;
	write_counter(counter);
	return true;
}
