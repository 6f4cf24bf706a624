/*
 * advise/candidates.c
 *	  The indexes that could help a query, from what it does with its tables' columns.
 *
 * For each table: what equalities find; that and then a range, an order, a group, a
 * minimum; what joins find, alone and with equalities before or behind; an order alone.
 * What GIN indexes search, each for itself.  Each once more with the query's conditions without values as predicate, and with those
 * of rare values, too.  They are few, and
 * what is worth building is for the planner to say (advise/choose.c).
 *
 * A candidate of several statements is one: it is known by its definition.  What an index
 * does that is there is no candidate.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "advise/advise.h"

typedef struct Making
{
	BingoAdvise *advise;
	BingoAdviseStatement *statement;
	BingoAdviseUse *use;
	const char *predicate;
	double		part;
} Making;

/* A scan the other way round serves the same: in one direction all are alike. */
static void
turn_round(BingoAdviseIndex *index)
{
	for (int i = 0; i < index->nkeys; i++)
	{
		if (index->keys[i].ordered && !(index->keys[i].descending && index->keys[i].nulls_first))
			return;
	}
	for (int i = 0; i < index->nkeys; i++)
		index->keys[i].descending = index->keys[i].nulls_first = false;
}

static void
take_keys(BingoAdviseIndex *index, List *keys)
{
	ListCell   *cell;

	foreach(cell, keys)
	{
		bool		there = false;

		for (int i = 0; i < index->nkeys; i++)
			there = there || strcmp(index->keys[i].name, ((BingoAdviseKey *) lfirst(cell))->name) == 0;
		if (!there && index->nkeys < BINGO_ADVISE_COLUMNS)
			index->keys[index->nkeys++] = *(BingoAdviseKey *) lfirst(cell);
	}
	turn_round(index);
}

static char *
define(const BingoAdviseIndex *index)
{
	StringInfoData text;
	ListCell   *cell;

	initStringInfo(&text);
	appendStringInfo(&text, "%s USING %s (", bingo_advise_table(index->relid), index->gin ? "gin" : "btree");
	for (int i = 0; i < index->nkeys; i++)
		appendStringInfo(&text, "%s%s", i > 0 ? ", " : "", bingo_advise_key_text(&index->keys[i]));
	appendStringInfoChar(&text, ')');
	foreach(cell, index->included)
		appendStringInfo(&text, "%s%s", cell == list_head(index->included) ? " INCLUDE (" : ", ", (char *) lfirst(cell));
	if (index->included != NIL)
		appendStringInfoChar(&text, ')');
	if (index->predicate)
		appendStringInfo(&text, " WHERE %s", index->predicate);
	return text.data;
}

static int
bucket_of(const char *definition)
{
	return hash_bytes((const unsigned char *) definition, strlen(definition)) % BINGO_ADVISE_BUCKETS;
}

static BingoAdviseIndex *
find(const BingoAdvise *advise, const char *definition)
{
	ListCell   *cell;

	foreach(cell, advise->indexes[bucket_of(definition)])
	{
		BingoAdviseIndex *index = lfirst(cell);

		if (strcmp(index->definition, definition) == 0)
			return index;
	}
	return NULL;
}

/* Copied to where it stays; levels and the like are of the query, and go with it. */
static BingoAdviseIndex *
keep(BingoAdvise *advise, const BingoAdviseIndex *from)
{
	MemoryContext caller = MemoryContextSwitchTo(advise->context);
	BingoAdviseIndex *index = palloc(sizeof(BingoAdviseIndex));
	int			bucket = bucket_of(from->definition);
	ListCell   *cell;

	*index = *from;
	index->included = NIL;
	foreach(cell, from->included)
		index->included = lappend(index->included, pstrdup(lfirst(cell)));
	index->definition = pstrdup(from->definition);
	index->predicate = from->predicate ? pstrdup(from->predicate) : NULL;
	index->replaces = from->replaces ? pstrdup(from->replaces) : NULL;
	for (int i = 0; i < index->nkeys; i++)
	{
		index->keys[i].name = pstrdup(from->keys[i].name);
		index->keys[i].opclass = from->keys[i].opclass ? pstrdup(from->keys[i].opclass) : NULL;
		index->keys[i].level = NULL;
	}
	index->size = -1;
	index->write_ms = -1;
	advise->indexes[bucket] = lappend(advise->indexes[bucket], index);
	MemoryContextSwitchTo(caller);
	return index;
}

static void
propose(Making *making, List *keys)
{
	BingoAdviseIndex draft = {.relid = making->use->relid, .predicate = unconstify(char *, making->predicate)};
	BingoAdviseIndex *index;
	MemoryContext caller;

	take_keys(&draft, keys);
	if (draft.nkeys == 0)
		return;
	draft.part = making->part;
	draft.gin = OidIsValid(draft.keys[0].gin);
	draft.definition = define(&draft);
	index = find(making->advise, draft.definition);
	if (index == NULL)
	{
		if (bingo_advise_exists(&draft))
		{
			making->statement->covered++;
			return;
		}
		index = keep(making->advise, &draft);
	}
	caller = MemoryContextSwitchTo(making->advise->context);
	making->statement->candidates = list_append_unique_ptr(making->statement->candidates, index);
	index->statements = list_append_unique_ptr(index->statements, making->statement);
	MemoryContextSwitchTo(caller);
}

/* Its first keys alone; NULL if there is such an index. */
BingoAdviseIndex *
bingo_advise_shorten(BingoAdvise *advise, const BingoAdviseIndex *index, int nkeys)
{
	BingoAdviseIndex draft = {.relid = index->relid, .predicate = index->predicate, .part = index->part, .nkeys = nkeys};
	BingoAdviseIndex *result;
	MemoryContext caller;

	memcpy(draft.keys, index->keys, nkeys * sizeof(BingoAdviseKey));
	turn_round(&draft);
	draft.definition = define(&draft);
	result = find(advise, draft.definition);
	if (result == NULL)
	{
		if (bingo_advise_exists(&draft))
			return NULL;
		result = keep(advise, &draft);
	}
	caller = MemoryContextSwitchTo(advise->context);
	result->statements = list_union_ptr(result->statements, index->statements);
	MemoryContextSwitchTo(caller);
	return result;
}

/* It must be there, whatever statements say. */
BingoAdviseIndex *
bingo_advise_needed_index(BingoAdvise *advise, BingoAdviseIndex *draft)
{
	BingoAdviseIndex *index;

	draft->definition = define(draft);
	if (bingo_advise_exists(draft))
		return NULL;
	index = find(advise, draft->definition);
	if (index == NULL)
	{
		draft->unique = false;
		index = keep(advise, draft);
	}
	return index;
}

/* The same with columns more. */
BingoAdviseIndex *
bingo_advise_include(BingoAdvise *advise, const BingoAdviseIndex *index, List *names)
{
	BingoAdviseIndex draft = {.relid = index->relid, .predicate = index->predicate, .part = index->part, .replaces = index->replaces,
	.nkeys = index->nkeys, .included = names};
	BingoAdviseIndex *result;
	MemoryContext caller;

	memcpy(draft.keys, index->keys, index->nkeys * sizeof(BingoAdviseKey));
	draft.definition = define(&draft);
	result = find(advise, draft.definition);
	if (result == NULL)
		result = keep(advise, &draft);
	caller = MemoryContextSwitchTo(advise->context);
	result->statements = list_union_ptr(result->statements, index->statements);
	MemoryContextSwitchTo(caller);
	return result;
}

static List *
together(const List *first, const List *second)
{
	return list_concat_copy(first, second);
}

static void
propose_each(Making *making, const List *before, const List *keys)
{
	ListCell   *cell;

	foreach(cell, keys)
		propose(making, together(before, list_make1(lfirst(cell))));
}

static void
propose_joins(Making *making, const List *single, const List *all)
{
	const BingoAdviseUse *use = making->use;
	ListCell   *cell;

	foreach(cell, use->joins)
	{
		List	   *keys = ((BingoAdviseJoin *) lfirst(cell))->keys;

		propose(making, keys);
		if (list_length(keys) > 1)
			propose_each(making, NIL, keys);
		propose(making, together(single, keys));
		propose(making, together(keys, all));
		propose(making, together(keys, use->order));
		propose(making, together(together(single, keys), use->order));
		propose_each(making, keys, use->ranges);
	}
}

static void
propose_for(Making *making)
{
	const BingoAdviseUse *use = making->use;
	List	   *single = NIL;
	List	   *several = NIL;
	ListCell   *cell;

	foreach(cell, use->equal)
	{
		if (((BingoAdviseKey *) lfirst(cell))->several)
			several = lappend(several, lfirst(cell));
		else
			single = lappend(single, lfirst(cell));
	}
	propose(making, single);
	propose(making, together(single, several));
	propose(making, together(single, use->order));
	propose(making, together(together(single, several), use->order));
	propose(making, together(together(single, use->order), several));
	propose(making, together(single, use->group));
	propose_each(making, single, use->extremes);
	propose_each(making, single, use->ranges);
	propose_each(making, together(single, several), use->ranges);
	propose_each(making, NIL, use->equal);
	propose_each(making, NIL, use->ranges);
	propose_each(making, NIL, use->either);
	propose_each(making, single, use->either);
	propose(making, use->order);
	if (list_length(use->order) > 1)
		propose(making, list_make1(linitial(use->order)));
	propose(making, use->group);
	propose_joins(making, single, use->equal);
}

static void
set_role(List *keys, const char *role, bool ordered)
{
	ListCell   *cell;

	foreach(cell, keys)
	{
		BingoAdviseKey *key = lfirst(cell);

		key->role = role;
		key->ordered = ordered;
	}
}

static char *
all_of(const List *conditions)
{
	StringInfoData text;
	ListCell   *cell;

	initStringInfo(&text);
	foreach(cell, conditions)
		appendStringInfo(&text, "%s%s", text.len > 0 ? " AND " : "", (char *) lfirst(cell));
	return text.data;
}

/* What the predicate says need be no key, unless there is no other that helps. */
static void
propose_rare(Making *making)
{
	BingoAdviseUse *use = making->use;
	BingoAdviseUse rest = *use;

	making->predicate = all_of(list_concat_copy(use->flags, use->rare));
	making->part = use->rare_part;
	making->use = &rest;
	rest.equal = list_difference_ptr(use->equal, use->rare_keys);
	propose_for(making);
	propose(making, use->rare_keys);
	making->use = use;
}

void
bingo_advise_candidates(BingoAdvise *advise, BingoAdviseStatement *statement, List *uses)
{
	ListCell   *cell;

	foreach(cell, uses)
	{
		Making		making = {.advise = advise, .statement = statement, .use = lfirst(cell), .part = 1};
		ListCell   *join;

		CHECK_FOR_INTERRUPTS();
		set_role(making.use->equal, "equality", false);
		set_role(making.use->ranges, "range", false);
		set_role(making.use->either, "OR", false);
		set_role(making.use->order, "order", true);
		set_role(making.use->group, "group", true);
		set_role(making.use->contents, "contents", false);
		set_role(making.use->extremes, "first value", true);
		foreach(join, making.use->joins)
			set_role(((BingoAdviseJoin *) lfirst(join))->keys, "join", false);
		propose_each(&making, NIL, making.use->contents);
		statement->lacks_trigrams = statement->lacks_trigrams || making.use->lacks_trigrams;
		propose_for(&making);
		if (making.use->flags != NIL)
		{
			making.predicate = all_of(making.use->flags);
			propose_for(&making);
		}
		if (making.use->rare != NIL)
			propose_rare(&making);
	}
}
