/*
 * fuzz_groups.c
 *	  Groups by the driving key, sorted as an ordering sorts: by columns that GROUP BY need not have, as they depend on the key.
 *
 * Now and then a part of the key is missing, or what is sorted by does not depend on it: the first may be another
 * grouping, the second is an error with ordered scans and without.  count(*) at the end of ORDER BY keeps the planner from sorting
 * what it groups as ORDER BY wants it.  Aggregates are of joined tables' columns, too: the core's are the same in all rows of a group.
 */
#include "fuzz.h"

#include <string.h>

typedef struct Grouping
{
	Text		list;
	int			n;
} Grouping;

static void
add(Grouping *grouping, const char *column)
{
	say(&grouping->list, "%s%s", grouping->n++ ? ", " : "", column);
}

static void
add_column(Fuzz *fuzz, Grouping *grouping, const char *alias, ColumnRef ref)
{
	char		column[2 * NAME_SIZE];

	snprintf(column, sizeof(column), "%s.%s", alias, core_column(fuzz, ref)->name);
	add(grouping, column);
}

/* The columns of a table's key, perhaps without one. */
static void
add_key(Fuzz *fuzz, Grouping *grouping, const Shape *shape, int table, bool whole)
{
	int			without = whole ? -1 : (int) draw(fuzz, fuzz->tables[table].nkeys);
	char		alias[12];

	snprintf(alias, sizeof(alias), "%c%d", shape->letter, table);
	for (int i = 0; i < fuzz->tables[table].nkeys; i++)
		if (i != without)
			add_column(fuzz, grouping, alias, (ColumnRef) {table, i});
}

static void
draw_grouping(Fuzz *fuzz, const Shape *shape, const Order *order, bool whole, Grouping *grouping)
{
	const Ordering *ordering = shape->ordering;
	bool		sorted = !whole || chance(fuzz, 60);

	grouping->n = grouping->list.length = 0;
	for (int i = 0; i < shape->nabove; i++)
		if (chance(fuzz, 15))
			add_column(fuzz, grouping, shape->above[i].alias,
					   (ColumnRef) {shape->above[i].table, (int) draw(fuzz, fuzz->tables[shape->above[i].table].ncolumns)});
	add_key(fuzz, grouping, shape, ordering->root, whole);
	for (int i = 0; i < shape->n; i++)
		if (shape->order[i] != ordering->root && chance(fuzz, 70))
			add_key(fuzz, grouping, shape, shape->order[i], true);
	/* of tables whose key is a unique constraint only, nothing depends on it */
	for (int i = 0; i < order->n; i++)
		if (sorted || chance(fuzz, 20))
			add(grouping, order->keys[i].column);
	if (shape->nabove > 0 && chance(fuzz, 12))
	{
		const Above *above = &shape->above[draw(fuzz, shape->nabove)];
		char		joined[2 * NAME_SIZE];

		snprintf(joined, sizeof(joined), "%s.%s IS NULL", above->alias, fuzz->tables[above->table].columns[0].name);
		add(grouping, joined);
	}
	if (grouping->n == 0)
		add(grouping, "1 + 0");
}

/* Groups that stay, by their rows, by a part of the key, by a subquery of each, or by one of all. */
static void
write_having(Fuzz *fuzz, Query *query, const Shape *shape)
{
	int			root = shape->ordering->root;
	const char *key = fuzz->tables[root].columns[0].name;
	const char *above = shape->nabove > 0 ? shape->above[draw(fuzz, shape->nabove)].alias : NULL;

	say(&query->sql, " HAVING ");
	switch (draw(fuzz, 5))
	{
		case 0:
			if (above != NULL)
			{
				say(&query->sql, "count(%s) %s 0", above, chance(fuzz, 50) ? "=" : ">");
				return;
			}
			break;
		case 1:
			say(&query->sql, "count(*) > (SELECT count(*) FROM fuzz.t0 x WHERE x.ctid IS NULL)");
			return;
		case 2:
			say(&query->sql, "EXISTS (SELECT FROM fuzz.%s x WHERE x.%s::text = min(%c%d.%s::text COLLATE \"C\") OFFSET 0)", fuzz->tables[root].name, key,
				shape->letter, root, key);
			return;
		case 3:
			level_write_aggregate(fuzz, &query->sql, shape);
			say(&query->sql, " IS NOT NULL");
			return;
		default:
			break;
	}
	say(&query->sql, "count(*) > 1");
}

void
groups_write(Fuzz *fuzz, Query *query)
{
	static Shape shape;
	static Text joins;
	static Order order;
	static Grouping grouping;
	const Ordering *ordering = ordering_draw(fuzz);
	bool		whole = chance(fuzz, 65);

	core_draw(fuzz, &shape, ordering, 'a');
	joins.length = 0;
	joins.data[0] = '\0';
	above_write_joins(fuzz, query, &joins, &shape);
	level_draw_order(fuzz, &shape, chance(fuzz, 50) ? ordering->nsort : 1 + (int) draw(fuzz, ordering->nsort), &order);
	draw_grouping(fuzz, &shape, &order, whole, &grouping);
	order.total = false;
	say(&query->sql, "SELECT ");
	level_write_aggregate(fuzz, &query->sql, &shape);
	say(&query->sql, ", ");
	level_write_aggregate(fuzz, &query->sql, &shape);
	say(&query->sql, ", count(*)");
	level_write_keys(query, &order);
	core_write_from(fuzz, &query->sql, &shape, joins.data);
	above_write_conditions(fuzz, query, &query->sql, &shape);
	say(&query->sql, " GROUP BY %s", grouping.list.data);
	if (chance(fuzz, 25))
		write_having(fuzz, query, &shape);
	level_write_order(&query->sql, &order);
	if (!whole || chance(fuzz, 20))
		say(&query->sql, ", count(*)");
	query->full.length = 0;
	say(&query->full, "%s", query->sql.data);
	level_write_limit(fuzz, query, ordering);
}
