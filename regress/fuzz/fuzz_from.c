/*
 * fuzz_from.c
 *	  FROM and WHERE of a random query: an ordering's joins in every spelling, and what
 *	  they are otherwise in a near miss.
 */
#include "fuzz_query.h"

const Column *
query_column(Fuzz *fuzz, ColumnRef ref)
{
	return &fuzz->tables[ref.table].columns[ref.column];
}

void
query_write_column(Fuzz *fuzz, Text *sql, ColumnRef ref)
{
	say(sql, "a%d.%s", ref.table, query_column(fuzz, ref)->name);
}

static void
write_table(Fuzz *fuzz, Text *sql, const Shape *shape, int table)
{
	const char *name = fuzz->tables[table].name;

	if (shape->views && chance(fuzz, 60))
		say(sql, "fuzz.%s%d a%d", shape->barrier ? "barrier" : "view", table, table);
	else if (chance(fuzz, 6))
		say(sql, "(SELECT * FROM fuzz.%s) a%d", name, table);
	else if (chance(fuzz, 1))
		say(sql, "(SELECT * FROM fuzz.%s OFFSET 0) a%d", name, table);
	else if (chance(fuzz, 5))
		say(sql, "ONLY fuzz.%s AS a%d", name, table);
	else
		say(sql, "fuzz.%s a%d", name, table);
}

static void
write_condition(Fuzz *fuzz, Text *sql, int number)
{
	const Table *table = &fuzz->tables[number];

	for (int i = 0; i < table->nkeys; i++)
	{
		ColumnRef	own = {number, i};
		ColumnRef	parent = {table->parent, table->foreign[i]};
		bool		swap = chance(fuzz, 50);

		say(sql, "%s", i ? " AND " : "");
		query_write_column(fuzz, sql, swap ? own : parent);
		say(sql, " = ");
		query_write_column(fuzz, sql, swap ? parent : own);
	}
}

static void
write_using(Fuzz *fuzz, Text *sql, int number)
{
	const Table *table = &fuzz->tables[number];

	say(sql, " USING (");
	for (int i = 0; i < table->nkeys; i++)
		say(sql, "%s%s", i ? ", " : "", table->columns[i].name);
	say(sql, ")");
}

static bool
is_joined(const Shape *shape, int table)
{
	return table != shape->ordering->root && !(shape->missing_join && table == shape->order[shape->n - 1]);
}

/* All tables with commas or CROSS JOIN between them, in any order, the joins in WHERE. */
static void
write_from_list(Fuzz *fuzz, Text *sql, Shape *shape)
{
	bool		first = true;

	for (int i = shape->n - 1; i > 0; i--)
	{
		int			other = (int) draw(fuzz, i + 1);
		int			table = shape->order[i];

		shape->order[i] = shape->order[other];
		shape->order[other] = table;
	}
	for (int i = 0; i < shape->n; i++)
	{
		say(sql, "%s", i == 0 ? "" : chance(fuzz, 50) ? ", " : " CROSS JOIN ");
		write_table(fuzz, sql, shape, shape->order[i]);
	}
	for (int i = 0; i < shape->n; i++)
	{
		if (!is_joined(shape, shape->order[i]))
			continue;
		say(sql, "%s", first ? " WHERE " : " AND ");
		write_condition(fuzz, sql, shape->order[i]);
		first = false;
	}
	if (first)
		say(sql, " WHERE 1 = 1");
}

/* One join after the other; some conditions wait for WHERE. */
static void
write_from_joins(Fuzz *fuzz, Text *sql, Shape *shape)
{
	bool		late[MAX_TABLES] = {false};
	bool		first = true;

	write_table(fuzz, sql, shape, shape->order[0]);
	for (int i = 1; i < shape->n; i++)
	{
		int			table = shape->order[i];

		if (shape->spelling == 2)
		{
			say(sql, " JOIN ");
			write_table(fuzz, sql, shape, table);
			write_using(fuzz, sql, table);
			continue;
		}
		if (shape->outer_join && i == shape->n - 1)
			say(sql, chance(fuzz, 50) ? " LEFT JOIN " : chance(fuzz, 50) ? " RIGHT JOIN " : " FULL JOIN ");
		else
			say(sql, chance(fuzz, 50) ? " JOIN " : " INNER JOIN ");
		write_table(fuzz, sql, shape, table);
		late[i] = !shape->outer_join && chance(fuzz, 15);
		say(sql, " ON ");
		if (late[i] || !is_joined(shape, table))
			say(sql, "true");
		else
			write_condition(fuzz, sql, table);
	}
	say(sql, " WHERE ");
	for (int i = 1; i < shape->n; i++)
	{
		if (!late[i] || !is_joined(shape, shape->order[i]))
			continue;
		say(sql, "%s", first ? "" : " AND ");
		write_condition(fuzz, sql, shape->order[i]);
		first = false;
	}
	if (first)
		say(sql, "true");
}

static void
write_extra_condition(Fuzz *fuzz, Text *sql, const Shape *shape)
{
	ColumnRef	ref = {shape->order[draw(fuzz, shape->n)], 0};

	ref.column = (int) draw(fuzz, fuzz->tables[ref.table].ncolumns);
	say(sql, " AND ");
	switch (draw(fuzz, 8))
	{
		case 0:
			/* without parentheses it is an alternative to the joins, whose product must be small */
			if (shape->n > 2)
			{
				say(sql, "(1 = 1 OR ");
				query_write_column(fuzz, sql, ref);
				say(sql, " IS NULL)");
				return;
			}
			say(sql, "1 = 1 OR ");
			break;
		case 1:
			say(sql, "false");
			return;
		case 2:
			say(sql, "EXISTS (SELECT 1 FROM pg_am)");
			return;
		case 3:
			query_write_column(fuzz, sql, ref);
			say(sql, " = ");
			query_write_column(fuzz, sql, ref);
			return;
		case 4:
			say(sql, "NOT ");
			break;
		case 5:
			query_write_column(fuzz, sql, ref);
			say(sql, " IN (fuzz.v_%s(2, false), fuzz.v_%s(3, true))", query_column(fuzz, ref)->type->maker,
				query_column(fuzz, ref)->type->maker);
			return;
		case 6:
			say(sql, "now() IS NOT NULL");
			return;
	}
	say(sql, "(");
	query_write_column(fuzz, sql, ref);
	say(sql, " IS NOT NULL)");
}

void
query_write_from(Fuzz *fuzz, Text *sql, Shape *shape)
{
	say(sql, " FROM ");
	if (shape->spelling == 0)
		write_from_list(fuzz, sql, shape);
	else
		write_from_joins(fuzz, sql, shape);
	if (shape->extra_condition)
		write_extra_condition(fuzz, sql, shape);
}
