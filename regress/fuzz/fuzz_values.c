/*
 * fuzz_values.c
 *	  Queries that want all rows of some values of an ordering's first sort keys, in no order or in another
 *	  one than the ordering's: a window that has all of these rows gives them as an index does.
 */
#include "fuzz.h"

/* " GROUP BY" what looks alike where it is the same. */
static void
write_groups(Fuzz *fuzz, Query *query, Shape *shape, const char *joins, int key)
{
	Text		output;

	output.length = 0;
	level_write_output(fuzz, &output, shape, true);
	say(&query->sql, "SELECT md5(%s::text) AS g, count(*)", output.data);
	core_write_from(fuzz, &query->sql, shape, joins);
	above_write_conditions(fuzz, query, &query->sql, shape);
	filter_write_values(fuzz, query, &query->sql, shape, key);
	say(&query->sql, " GROUP BY md5(%s::text)", output.data);
}

static void
write_rows(Fuzz *fuzz, Query *query, Shape *shape, const char *joins, int key)
{
	Text		output;

	level_write_select_list(fuzz, &query->sql, shape, true);
	core_write_from(fuzz, &query->sql, shape, joins);
	above_write_conditions(fuzz, query, &query->sql, shape);
	filter_write_values(fuzz, query, &query->sql, shape, key);
	if (chance(fuzz, 30))
		filter_write(fuzz, query, &query->sql, shape);
	if (chance(fuzz, 40))
		return;
	output.length = 0;
	level_write_output(fuzz, &output, shape, true);
	say(&query->sql, " ORDER BY md5(%s::text)", output.data);
}

void
values_write(Fuzz *fuzz, Query *query)
{
	static const char *const heads[] = {"", "", "SELECT count(*), md5(string_agg(x::text, '|' ORDER BY x::text COLLATE \"C\")) FROM (", "SELECT count(*) FROM ("};
	static Shape shape;
	static Text joins;
	int			way = (int) draw(fuzz, 5);
	const Ordering *ordering = ordering_draw(fuzz);
	int			key;

	/* rather one that is kept for each value: its window more often has all rows of one */
	for (int tries = 0; tries < 4 && ordering->nparameters == 0; tries++)
		ordering = ordering_draw(fuzz);
	core_draw(fuzz, &shape, ordering, 'a');
	key = chance(fuzz, 70) ? 0 : (int) draw(fuzz, ordering->nsort);
	joins.length = 0;
	joins.data[0] = '\0';
	if (chance(fuzz, 40))
		above_write_joins(fuzz, query, &joins, &shape);
	query->judgement = BAG;
	if (way == 4)
	{
		write_groups(fuzz, query, &shape, joins.data, key);
		return;
	}
	say(&query->sql, "%s", heads[way]);
	write_rows(fuzz, query, &shape, joins.data, key);
	if (way == 3)
		say(&query->sql, " LIMIT %d", (int) draw(fuzz, 2 * ordering->window_rows + 2));
	if (way >= 2)
		say(&query->sql, ") x");
}
