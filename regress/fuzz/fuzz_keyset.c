/*
 * fuzz_keyset.c
 *	  Conditions of a page that begins, or ends, at a row of the order.
 */
#include "fuzz.h"

#include <string.h>

/* A value, and the same again; or another one: then it only looks like a keyset. */
static void
write_values(Fuzz *fuzz, Query *query, Text *value, Text *again, ColumnRef ref, bool twins)
{
	if (twins)
	{
		filter_write_twins(fuzz, query, value, again, ref);
		return;
	}
	filter_write_value(fuzz, query, value, ref);
	if (chance(fuzz, 7))
		filter_write_value(fuzz, query, again, ref);
	else
		say(again, "%s", value->data);
}

/* (key, ...) < (value, ...): mostly the sort keys from the first on. */
static void
write_row(Fuzz *fuzz, Query *query, Text *sql, const Shape *shape)
{
	static const char *const operators[] = {"<", "<=", ">", ">="};
	const Ordering *ordering = shape->ordering;
	int			first = chance(fuzz, 85) ? 0 : (int) draw(fuzz, ordering->nsort);
	int			n = 1 + (int) draw(fuzz, ordering->nsort - first);
	bool		forward = chance(fuzz, 70) != shape->turned;
	bool		opposite = forward && chance(fuzz, 15);
	Text		value = {0};
	Text		again = {0};

	write_values(fuzz, query, &value, &again, ordering->sort[first].column, chance(fuzz, 20));
	if (n > 1 && chance(fuzz, 20))	/* it has one value */
	{
		core_write_column(fuzz, sql, shape, ordering->sort[first].column);
		say(sql, " = %s AND ", again.data);
	}
	say(sql, "%sROW(", opposite ? "NOT (" : "");
	for (int i = 0; i < n; i++)
	{
		say(sql, "%s", i ? ", " : "");
		core_write_column(fuzz, sql, shape, ordering->sort[first + i].column);
	}
	if (opposite)
		say(sql, ") %s ROW(", operators[2 * ordering->sort[first].descending + (int) draw(fuzz, 2)]);
	else if (forward)
		say(sql, ") %s ROW(", operators[2 * !ordering->sort[first].descending + (int) draw(fuzz, 2)]);
	else
		say(sql, ") %s ROW(", operators[draw(fuzz, 4)]);
	for (int i = 0; i < n; i++)
	{
		say(sql, "%s", i ? ", " : "");
		if (i == 0)
			say(sql, "%s", value.data);
		else
			filter_write_value(fuzz, query, sql, ordering->sort[first + i].column);
	}
	say(sql, opposite ? "))" : ")");
}

/* The same with OR, each sort key in its own direction: nested, flat, or beside a bound of the first one. */
static void
write_or(Fuzz *fuzz, Query *query, Text *sql, const Shape *shape)
{
	const Ordering *ordering = shape->ordering;
	int			n = ordering->nsort < 2 ? 1 : 2 + (int) draw(fuzz, ordering->nsort - 1);
	bool		forward = chance(fuzz, 70) != shape->turned;
	bool		flat = chance(fuzz, 40);
	bool		beside = n > 1 && chance(fuzz, 30);
	bool		twins = chance(fuzz, 30);
	bool		or_equal = chance(fuzz, 20);	/* a < x OR (a <= x AND ...) */
	char		equal[8000] = "";
	int			open = 0;

	for (int i = 0; i < n; i++)
	{
		ColumnRef	ref = ordering->sort[i].column;
		const char *operator = ordering->sort[i].descending == forward ? "<" : ">";
		Text		column = {0};
		Text		value = {0};
		Text		again = {0};

		core_write_column(fuzz, &column, shape, ref);
		write_values(fuzz, query, &value, &again, ref, twins);
		if (chance(fuzz, 5))
			operator = *operator == '<' ? ">" : "<";
		if (i == 0 && beside)
			say(sql, "%s %s= %s AND (%s %s %s", column.data, operator, value.data, column.data, chance(fuzz, 70) ? operator : "<>", again.data);
		else
			say(sql, "%s%s%s %s%s %s", i && flat ? equal : "", i && flat ? " AND " : "", column.data, operator,
				i == n - 1 && chance(fuzz, 30) ? "=" : "", value.data);
		if (i == n - 1)
			break;
		if (flat)
			snprintf(equal + strlen(equal), sizeof(equal) - strlen(equal), "%s%s %s= %s", i ? " AND " : "", column.data,
					 or_equal ? operator : "", again.data);
		if (i == 0 && beside)
			say(sql, " OR ");
		else if (flat)
			say(sql, " OR ");
		else
		{
			say(sql, " OR (%s %s= %s AND (", column.data, or_equal ? operator : "", again.data);
			open += 2;
		}
	}
	for (int i = 0; i < open + beside; i++)
		say(sql, ")");
}

void
keyset_write(Fuzz *fuzz, Query *query, Text *sql, const Shape *shape)
{
	if (chance(fuzz, 50))
		write_row(fuzz, query, sql, shape);
	else
		write_or(fuzz, query, sql, shape);
}
