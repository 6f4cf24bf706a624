/*
 * fuzz_above.c
 *	  What a query joins to a core: other tables, and semi and anti joins.
 *
 * All are joined by one column, to a column of the core or of what was joined
 * before.
 */
#include "fuzz.h"

#include <string.h>

static void
name_core(const Shape *shape, int table, char *alias)
{
	snprintf(alias, 12, "%c%d", shape->letter, table);
}

/* A column of the core or of what is joined already, and the alias of its table. */
static ColumnRef
draw_near(Fuzz *fuzz, const Shape *shape, char *alias)
{
	const Ordering *ordering = shape->ordering;

	if (shape->nabove > 0 && chance(fuzz, 30))
	{
		const Above *above = &shape->above[draw(fuzz, shape->nabove)];

		snprintf(alias, 12, "%s", above->alias);
		return (ColumnRef) {above->table, (int) draw(fuzz, fuzz->tables[above->table].ncolumns)};
	}
	for (int tries = 0;; tries++)
	{
		ColumnRef	ref = ordering->output[draw(fuzz, ordering->noutput)];
		const Column *column = core_column(fuzz, ref);

		/* few values would make the product large */
		if (column->is_key || column->joins >= 0 || ref.table != 0 || tries > 20)
		{
			name_core(shape, ref.table, alias);
			return ref;
		}
	}
}

/* The column that it is joined to; keys where the product would be large. */
static ColumnRef
draw_far(Fuzz *fuzz, ColumnRef near)
{
	ColumnRef	far = core_draw_link(fuzz, near);
	const Column *column = core_column(fuzz, far);

	if (far.table == 0 && column->joins < 0 && !column->is_key)
		return (ColumnRef) {near.table, near.column};
	return far;
}

/* The first of the rows that it joins, by the key. */
static void
write_first(Fuzz *fuzz, Text *sql, ColumnRef far, const char *alias, const char *near_name, Above *above)
{
	const Table *table = &fuzz->tables[far.table];
	bool		outer = chance(fuzz, 70);

	say(sql, " %s JOIN LATERAL (SELECT * FROM fuzz.%s x WHERE x.%s = %s.%s ORDER BY ", outer ? "LEFT" : "CROSS",
		table->name, core_column(fuzz, far)->name, alias, near_name);
	for (int i = 0; i < table->nkeys; i++)
		say(sql, "%sx.%s", i ? ", " : "", table->columns[i].name);
	say(sql, " LIMIT 1) %s%s", above->alias, outer ? " ON true" : "");
	above->many = false;
}

static void
write_join(Fuzz *fuzz, Query *query, Text *sql, Shape *shape)
{
	char		alias[12];
	Above	   *above = &shape->above[shape->nabove];
	ColumnRef	near = draw_near(fuzz, shape, alias);
	ColumnRef	far = draw_far(fuzz, near);
	const Column *column = core_column(fuzz, far);
	const char *table = fuzz->tables[far.table].name;
	const char *near_name = core_column(fuzz, near)->name;
	int			kind = (int) draw(fuzz, 20);

	if (far.table == 0 && !column->is_key && column->joins < 0)
		return;
	filter_new_alias(query, above->alias);
	above->table = far.table;
	above->many = !column->is_key || fuzz->tables[far.table].nkeys > 1;
	/* a part of the driving table's key has few values, too */
	if (kind < 3 || (far.table == 0 && fuzz->tables[0].nkeys > 1))
	{
		write_first(fuzz, sql, far, alias, near_name, above);
		shape->nabove++;
		return;
	}
	if (kind < 14)
		say(sql, " LEFT JOIN ");
	else if (kind < 18)
		say(sql, " JOIN ");
	else
	{
		say(sql, kind == 18 ? " RIGHT JOIN " : " FULL JOIN ");
		above->many = true;
	}
	say(sql, "fuzz.%s %s ON %s.%s = %s.%s", table, above->alias, above->alias, column->name, alias, near_name);
	if (kind != 19 && chance(fuzz, 20))
	{
		ColumnRef	any = {far.table, (int) draw(fuzz, fuzz->tables[far.table].ncolumns)};

		say(sql, " AND (");
		filter_write_simple(fuzz, query, sql, above->alias, any);
		say(sql, ")");
	}
	shape->nabove++;
}

/* What stands behind the core in FROM; notes it in the shape. */
void
above_write_joins(Fuzz *fuzz, Query *query, Text *sql, Shape *shape)
{
	int			n = chance(fuzz, 45) ? 0 : chance(fuzz, 70) ? 1 : 2;

	for (int i = 0; i < n; i++)
		write_join(fuzz, query, sql, shape);
}

/* --- WHERE --- */

static void
write_semijoin(Fuzz *fuzz, Query *query, Text *sql, const Shape *shape)
{
	char		alias[12];
	char		other[12];
	ColumnRef	near = draw_near(fuzz, shape, alias);
	ColumnRef	far = core_draw_link(fuzz, near);
	ColumnRef	any = {far.table, (int) draw(fuzz, fuzz->tables[far.table].ncolumns)};
	const char *near_name = core_column(fuzz, near)->name;
	const char *far_name = core_column(fuzz, far)->name;
	const char *table = fuzz->tables[far.table].name;

	filter_new_alias(query, other);
	switch (draw(fuzz, 4))
	{
		case 0:
			say(sql, " AND %s.%s IN (SELECT %s.%s FROM fuzz.%s %s WHERE ", alias, near_name, other, far_name, table, other);
			break;
		case 1:
			say(sql, " AND NOT EXISTS (SELECT FROM fuzz.%s %s WHERE %s.%s = %s.%s AND ", table, other, other, far_name, alias, near_name);
			break;
		default:
			say(sql, " AND EXISTS (SELECT 1 FROM fuzz.%s %s WHERE %s.%s = %s.%s AND ", table, other, other, far_name, alias, near_name);
	}
	filter_write_simple(fuzz, query, sql, other, any);
	say(sql, ")");
}

static void
write_above_condition(Fuzz *fuzz, Query *query, Text *sql, const Shape *shape)
{
	const Above *above = &shape->above[draw(fuzz, shape->nabove)];
	ColumnRef	ref = {above->table, (int) draw(fuzz, fuzz->tables[above->table].ncolumns)};

	if (chance(fuzz, 30))
	{
		say(sql, " AND %s.%s IS NULL", above->alias, fuzz->tables[above->table].columns[0].name);
		return;
	}
	say(sql, " AND (");
	filter_write_simple(fuzz, query, sql, above->alias, ref);
	say(sql, " OR %s.%s IS NULL)", above->alias, core_column(fuzz, ref)->name);
}

/* More of WHERE: filters of the core, semi and anti joins, conditions on what was joined. */
void
above_write_conditions(Fuzz *fuzz, Query *query, Text *sql, const Shape *shape)
{
	int			filters = chance(fuzz, 30) ? 0 : chance(fuzz, 70) ? 1 : 2;

	for (int i = 0; i < filters; i++)
		filter_write(fuzz, query, sql, shape);
	if (chance(fuzz, 18))
		write_semijoin(fuzz, query, sql, shape);
	if (shape->nabove > 0 && chance(fuzz, 20))
		write_above_condition(fuzz, query, sql, shape);
}
