/*
 * advise/ordering_command.c
 *	  An ordering or a counter that is proposed: kept while others are looked for, and as a command.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "advise/advise.h"
#include "base/server.h"
#include "definition/definition.h"
#include "store/ordering.h"
#include "store/definition.h"

/* A copy where what is found out stays. */
BingoAdviseOrdering *
bingo_advise_keep_ordering(const BingoAdvise *advise, const BingoAdviseOrdering *ordering)
{
	MemoryContext caller = MemoryContextSwitchTo(advise->context);
	BingoAdviseOrdering *kept = palloc(sizeof(BingoAdviseOrdering));
	ListCell   *cell;

	*kept = *ordering;
	kept->definition = NULL;
	kept->name = pstrdup(ordering->name);
	kept->query = pstrdup(ordering->query);
	kept->relids = list_copy(ordering->relids);
	kept->filter = ordering->filter ? pstrdup(ordering->filter) : NULL;
	kept->rest = ordering->rest ? pstrdup(ordering->rest) : NULL;
	kept->columns = NIL;
	foreach(cell, ordering->columns)
		kept->columns = lappend(kept->columns, pstrdup(lfirst(cell)));
	kept->unique = NIL;
	foreach(cell, ordering->unique)
		kept->unique = lappend(kept->unique, memcpy(palloc(sizeof(BingoSupposedKey)), lfirst(cell), sizeof(BingoSupposedKey)));
	kept->needs = NIL;
	foreach(cell, ordering->needs)
		kept->needs = lappend(kept->needs, memcpy(palloc(sizeof(BingoAdviseNeed)), lfirst(cell), sizeof(BingoAdviseNeed)));
	kept->keys = NIL;
	foreach(cell, ordering->keys)
	{
		BingoAdviseCountKey *key = memcpy(palloc(sizeof(BingoAdviseCountKey)), lfirst(cell), sizeof(BingoAdviseCountKey));

		key->name = pstrdup(key->name);
		kept->keys = lappend(kept->keys, key);
	}
	MemoryContextSwitchTo(caller);
	return kept;
}

static bool
is_taken(const List *orderings, const char *name)
{
	ListCell   *cell;

	foreach(cell, orderings)
		if (strcmp(((const BingoAdviseOrdering *) lfirst(cell))->name, name) == 0)
			return true;
	/* those of partitions have names of their own */
	foreach(cell, bingo_definition_list())
	{
		const char *whole = ((const BingoStoredDefinition *) lfirst(cell))->whole;

		if (whole != NULL && strcmp(whole, name) == 0)
			return true;
	}
	return bingo_server_find(BINGO_TYPE_ORDERING, name, NULL) != NULL;
}

/* With a number behind it where there is one of that name, in the database or among those. */
void
bingo_advise_take_name(BingoAdviseOrdering *ordering, const List *others)
{
	char	   *name = ordering->name;

	for (int i = 2; is_taken(others, ordering->name); i++)
	{
		char	   *number = psprintf("_%d", i);

		ordering->name = psprintf("%.*s%s", pg_mbcliplen(name, strlen(name), NAMEDATALEN - 1 - strlen(number)), name, number);
	}
}

char *
bingo_advise_ordering_command(const BingoAdviseOrdering *ordering)
{
	if (ordering->counts)
		return psprintf("SELECT bingo_tune.create_counter(%s, %s)", quote_literal_cstr(ordering->name),
						quote_literal_cstr(ordering->query));
	return psprintf("SELECT bingo_tune.create_ordering(%s, %s, %s%s)", quote_literal_cstr(ordering->name),
					quote_literal_cstr(ordering->query),
					ordering->rows == BINGO_MOST_WINDOW_ROWS ? "NULL" : psprintf(INT64_FORMAT, ordering->rows),
					ordering->lacks_indexes ? ", create_indexes => true" : "");
}
