/*
 * advise/share.c
 *	  One ordering for statements that select different columns.
 *
 * Orderings of one FROM, WHERE and ORDER BY differ in their columns alone, and one with those of both serves
 * both.  So does the longer of two orders, where the other is its beginning.  They are told
 * by their text, which is the server's own and has no names without tables: what is
 * selected is written column by column.
 */
#include "postgres.h"

#include <ctype.h>

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/ruleutils.h"

#include "advise/advise.h"
#include "advise/page.h"

/* --- text --- */

/* In one line: blanks outside of quotes are one each. */
static char *
squeeze(const char *sql)
{
	char	   *result = palloc(strlen(sql) + 1);
	char	   *end = result;
	char		quote = '\0';

	for (; *sql; sql++)
	{
		if (quote != '\0')
			quote = *sql == quote ? '\0' : quote;
		else if (*sql == '\'' || *sql == '"')
			quote = *sql;
		else if (isspace((unsigned char) *sql))
		{
			if (end > result && end[-1] != ' ')
				*end++ = ' ';
			continue;
		}
		*end++ = *sql;
	}
	*end = '\0';
	return result;
}

char *
bingo_advise_query_text(const Query *query)
{
	return squeeze(pg_get_querydef(copyObject(unconstify(Query *, query)), false));
}

/* As SQL, with nothing selected but one entry (0: nothing at all). */
static char *
write_with(const Query *core, AttrNumber resno)
{
	Query	   *query = copyObject(unconstify(Query *, core));
	ListCell   *cell;

	foreach(cell, query->targetList)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, cell);

		entry->resjunk = entry->resno != resno;
	}
	return bingo_advise_query_text(query);
}

static char *
write_all(const BingoAdviseOrdering *ordering)
{
	StringInfoData text;
	ListCell   *cell;

	initStringInfo(&text);
	appendStringInfoString(&text, "SELECT");
	foreach(cell, ordering->columns)
		appendStringInfo(&text, "%s %s", cell == list_head(ordering->columns) ? "" : ",", (char *) lfirst(cell));
	appendStringInfoString(&text, ordering->rest);
	return text.data;
}

/* Fills in its columns and the rest, of the query that its text was written from. */
void
bingo_advise_split_ordering(BingoAdviseOrdering *ordering, const Query *core)
{
	static const char select[] = "SELECT";
	char	   *rest = write_with(core, 0) + strlen(select);
	ListCell   *cell;

	foreach(cell, core->targetList)
	{
		char	   *text;
		int			length;

		if (lfirst_node(TargetEntry, cell)->resjunk)
			continue;
		text = write_with(core, lfirst_node(TargetEntry, cell)->resno) + strlen(select) + 1;
		length = strlen(text) - strlen(rest);
		ordering->columns = lappend(ordering->columns, pnstrdup(text, Max(length, 0)));
	}
	ordering->rest = rest;
	if (strcmp(write_all(ordering), ordering->query) != 0)
		ordering->rest = NULL;
}

/* --- both --- */

/* Is the one's order the beginning of the other's, or the same? */
static bool
begins(const char *rest, const char *longer)
{
	size_t		length = strlen(rest);

	return strncmp(rest, longer, length) == 0 && (longer[length] == '\0' || longer[length] == ',');
}

static List *
add_columns(List *columns, const List *others)
{
	ListCell   *cell;

	foreach(cell, others)
	{
		ListCell   *place;

		foreach(place, columns)
		{
			if (strcmp(lfirst(place), lfirst(cell)) == 0)
				break;
		}
		if (place == NULL)
			columns = lappend(columns, lfirst(cell));
	}
	return columns;
}

/* True if the ordering, with more columns maybe, serves the other's statements, too. */
bool
bingo_advise_share_ordering(BingoAdviseOrdering *ordering, const BingoAdviseOrdering *other)
{
	if (ordering->counts || other->counts || ordering->rest == NULL || other->rest == NULL)
		return false;
	if (begins(other->rest, ordering->rest))
		ordering->columns = add_columns(ordering->columns, other->columns);
	else if (begins(ordering->rest, other->rest))
	{
		ordering->columns = add_columns(list_copy(other->columns), ordering->columns);
		ordering->rest = other->rest;
	}
	else
		return false;
	ordering->query = write_all(ordering);
	return true;
}
