/*
 * advise/ordering_command.c
 *	  An ordering or a counter that is proposed: kept while others are looked for, and as a command.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/memutils.h"

#include "advise/advise.h"
#include "store/ordering.h"

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
