/*
 * fuzz_core.c
 *	  The core of a query: an ordering's tables and joins in every spelling.
 *
 * The tables have the aliases a0, a1, ... ("a" is the shape's letter), the number is
 * the table's.  What else the query reads is put behind them by the caller.
 */
#include "fuzz.h"

#include <string.h>

const Column *
core_column(const Fuzz *fuzz, ColumnRef ref)
{
	return &fuzz->tables[ref.table].columns[ref.column];
}

void
core_write_column(const Fuzz *fuzz, Text *sql, const Shape *shape, ColumnRef ref)
{
	say(sql, "%c%d.%s", shape->letter, ref.table, core_column(fuzz, ref)->name);
}

/* A column that is equal by a join or by itself; it need not be one that the core has. */
ColumnRef
core_draw_link(Fuzz *fuzz, ColumnRef ref)
{
	const Column *column = core_column(fuzz, ref);
	const Table *table = &fuzz->tables[ref.table];

	if (column->joins >= 0)
		return (ColumnRef) {column->joins, column->part};
	if (column->is_key && table->parent >= 0 && chance(fuzz, 70))
		return (ColumnRef) {table->parent, table->foreign[column->part]};
	return ref;
}

/* --- FROM and WHERE --- */

static void
write_table(Fuzz *fuzz, Text *sql, const Shape *shape, int table)
{
	const char *name = fuzz->tables[table].name;

	if (shape->views && chance(fuzz, 60))
		say(sql, "fuzz.%s%d", shape->barrier ? "barrier" : "view", table);
	else if (chance(fuzz, 6))
		say(sql, "(SELECT * FROM fuzz.%s)", name);
	else if (chance(fuzz, 1))
		say(sql, "(SELECT * FROM fuzz.%s OFFSET 0)", name);
	else if (chance(fuzz, 5))
		say(sql, "ONLY fuzz.%s", name);
	else
		say(sql, "fuzz.%s", name);
	say(sql, " %c%d", shape->letter, table);
}

static void
write_condition(Fuzz *fuzz, Text *sql, const Shape *shape, int number)
{
	const Table *table = &fuzz->tables[number];

	for (int i = 0; i < table->nkeys; i++)
	{
		ColumnRef	own = {number, i};
		ColumnRef	parent = {table->parent, table->foreign[i]};
		bool		swap = chance(fuzz, 50);

		say(sql, "%s", i ? " AND " : "");
		core_write_column(fuzz, sql, shape, swap ? own : parent);
		say(sql, " = ");
		core_write_column(fuzz, sql, shape, swap ? parent : own);
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

/*
 * All tables with commas between them, in any order, or with CROSS JOIN, in an order
 * that makes no product when the planner keeps it; the joins in WHERE.  Behind a comma
 * a join can't see what stands before it.
 */
static void
write_list(Fuzz *fuzz, Text *sql, Shape *shape, const char *behind)
{
	bool		commas = *behind == '\0' && chance(fuzz, 60);
	bool		first = true;

	for (int i = shape->n - 1; i > 0 && commas; i--)
	{
		int			other = (int) draw(fuzz, i + 1);
		int			table = shape->order[i];

		shape->order[i] = shape->order[other];
		shape->order[other] = table;
	}
	for (int i = 0; i < shape->n; i++)
	{
		say(sql, "%s", i == 0 ? "" : commas ? ", " : " CROSS JOIN ");
		write_table(fuzz, sql, shape, shape->order[i]);
	}
	say(sql, "%s", behind);
	for (int i = 0; i < shape->n; i++)
	{
		if (!is_joined(shape, shape->order[i]))
			continue;
		say(sql, "%s", first ? " WHERE " : " AND ");
		write_condition(fuzz, sql, shape, shape->order[i]);
		first = false;
	}
	if (first)
		say(sql, " WHERE 1 = 1");
}

/* As the ordering has it, mostly: a LEFT JOIN may also be an inner one. */
static void
write_join(Fuzz *fuzz, Text *sql, const Shape *shape, int table)
{
	if (shape->ordering->left[table] && chance(fuzz, 85))
		say(sql, " LEFT JOIN ");
	else
		say(sql, chance(fuzz, 50) ? " JOIN " : " INNER JOIN ");
}

/* One join after the other; some conditions wait for WHERE. */
static void
write_joins(Fuzz *fuzz, Text *sql, Shape *shape, const char *behind)
{
	bool		late[MAX_TABLES] = {false};
	bool		first = true;

	write_table(fuzz, sql, shape, shape->order[0]);
	for (int i = 1; i < shape->n; i++)
	{
		int			table = shape->order[i];

		if (shape->spelling == 2)
		{
			write_join(fuzz, sql, shape, table);
			write_table(fuzz, sql, shape, table);
			write_using(fuzz, sql, table);
			continue;
		}
		if (shape->outer_join && i == shape->n - 1)
			say(sql, chance(fuzz, 50) ? " LEFT JOIN " : chance(fuzz, 50) ? " RIGHT JOIN " : " FULL JOIN ");
		else
			write_join(fuzz, sql, shape, table);
		write_table(fuzz, sql, shape, table);
		late[i] = !shape->outer_join && chance(fuzz, 15);
		say(sql, " ON ");
		if (late[i] || !is_joined(shape, table))
			say(sql, "true");
		else
			write_condition(fuzz, sql, shape, table);
	}
	say(sql, "%s WHERE ", behind);
	for (int i = 1; i < shape->n; i++)
	{
		if (!late[i] || !is_joined(shape, shape->order[i]))
			continue;
		say(sql, "%s", first ? "" : " AND ");
		write_condition(fuzz, sql, shape, shape->order[i]);
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
	switch (draw(fuzz, 7))
	{
		case 0:
			/* without parentheses it is an alternative to the joins, whose product must be small */
			if (shape->n > 2)
			{
				say(sql, "(1 = 1 OR ");
				core_write_column(fuzz, sql, shape, ref);
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
			core_write_column(fuzz, sql, shape, ref);
			say(sql, " = ");
			core_write_column(fuzz, sql, shape, ref);
			return;
		case 4:
			say(sql, "NOT ");
			break;
		case 5:
			say(sql, "now() IS NOT NULL");
			return;
	}
	say(sql, "(");
	core_write_column(fuzz, sql, shape, ref);
	say(sql, " IS NOT NULL)");
}

/* " AND (the ordering's conditions)"; "other": percent of them that are compared with another number. */
void
core_write_conditions(Fuzz *fuzz, Text *sql, const Shape *shape, int other)
{
	static const char *const kinds[] = {"%s IS NULL", "%s IS NOT NULL", "%s < %d", "%s >= %d", "%s <> %d", "%s", "NOT %s", "%s <> ''"};
	const Ordering *ordering = shape->ordering;

	for (int i = 0; i < ordering->nconditions; i++)
	{
		const Condition *condition = &ordering->conditions[i];
		int			number = condition->number + (other > 0 && chance(fuzz, other) ? (int) draw(fuzz, 9) - 4 : 0);
		Text		column = {0};
		char		text[200];

		core_write_column(fuzz, &column, shape, (ColumnRef) {condition->table, condition->column});
		/* the number is left over where a kind has none */
		snprintf(text, sizeof(text), kinds[condition->kind], column.data, number);
		say(sql, "%s%s", i == 0 ? " AND (" : ordering->either ? " OR " : " AND ", text);
	}
	say(sql, ordering->nconditions > 0 ? ")" : "");
}

/* FROM and WHERE; "behind": what is joined to the core, or "". */
void
core_write_from(Fuzz *fuzz, Text *sql, Shape *shape, const char *behind)
{
	say(sql, " FROM ");
	if (shape->spelling == 0)
		write_list(fuzz, sql, shape, behind);
	else
		write_joins(fuzz, sql, shape, behind);
	if (chance(fuzz, 92))
		core_write_conditions(fuzz, sql, shape, 15);
	if (shape->extra_condition)
		write_extra_condition(fuzz, sql, shape);
}

/* The core as what is joined to another one by "condition"; all in FROM. */
void
core_write_joined(Fuzz *fuzz, Text *sql, const Shape *shape, const char *condition)
{
	say(sql, " JOIN fuzz.%s %c%d ON %s", fuzz->tables[shape->order[0]].name, shape->letter, shape->order[0], condition);
	for (int i = 1; i < shape->n; i++)
	{
		say(sql, " JOIN fuzz.%s %c%d ON ", fuzz->tables[shape->order[i]].name, shape->letter, shape->order[i]);
		write_condition(fuzz, sql, shape, shape->order[i]);
	}
}

void
core_draw(Fuzz *fuzz, Shape *shape, const Ordering *ordering, char letter)
{
	memset(shape, 0, sizeof(*shape));
	shape->ordering = ordering;
	shape->letter = letter;
	shape->turned = chance(fuzz, 20);
	shape->spelling = (int) draw(fuzz, 3);	/* 0: list, 1: ON, 2: USING */
	for (int i = 0; i < fuzz->ntables; i++)
	{
		if (ordering->has[i])
			shape->order[shape->n++] = i;
		if (ordering->left[i] && shape->spelling == 0 && chance(fuzz, 50))
			shape->spelling = 1;	/* a list has inner joins only */
	}
	shape->views = chance(fuzz, 8);
	shape->barrier = chance(fuzz, 50);
}

/* Makes it miss the ordering, perhaps. */
void
core_damage(Fuzz *fuzz, Shape *shape)
{
	switch (draw(fuzz, 8))
	{
		case 0:
			shape->missing_join = shape->n == 2 && shape->spelling != 2;
			break;
		case 1:
			shape->outer_join = shape->spelling == 1;
			break;
		case 2:
			shape->extra_condition = true;
			break;
		case 3:
			if (shape->n > 1 && fuzz->ntables > 1)
				shape->n--;		/* a table less: another definition, or an error */
			break;
	}
}
