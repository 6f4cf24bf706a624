/*
 * fuzz_around.c
 *	  Queries that have an ordering's core somewhere below: joins, filters, keysets,
 *	  prefixes of the order, aggregates, DISTINCT, window functions, UNION, LATERAL,
 *	  subselects, self joins.
 *
 * Each says how its answers are to be compared.  Where a group of equal values is
 * shown as one, it is in a form that is the same for all of them.
 */
#include "fuzz.h"

#include <string.h>

typedef struct Around
{
	Shape		shape;
	Text		joins;			/* above the core */
} Around;

static void
begin(Fuzz *fuzz, Query *query, Around *around, char letter, bool joins)
{
	core_draw(fuzz, &around->shape, ordering_draw(fuzz), letter);
	around->joins.length = 0;
	around->joins.data[0] = '\0';
	if (joins)
		above_write_joins(fuzz, query, &around->joins, &around->shape);
}

/* FROM and WHERE */
static void
write_body(Fuzz *fuzz, Query *query, Around *around)
{
	core_write_from(fuzz, &query->sql, &around->shape, around->joins.data);
	above_write_conditions(fuzz, query, &query->sql, &around->shape);
}

static void
keep_full(Query *query)
{
	query->full.length = 0;
	say(&query->full, "%s", query->sql.data);
}

/* How many of the sort keys to order by. */
static int
draw_prefix(Fuzz *fuzz, const Ordering *ordering)
{
	return chance(fuzz, 40) ? ordering->nsort : 1 + (int) draw(fuzz, ordering->nsort);
}

/* Rows of the core and of what is joined to it. */
static void
write_rows(Fuzz *fuzz, Query *query, bool damage)
{
	static Around around;
	static Order order;
	int			skipped = -1;

	begin(fuzz, query, &around, 'a', true);
	if (damage && chance(fuzz, 40))
		core_damage(fuzz, &around.shape);
	level_draw_order(fuzz, &around.shape, draw_prefix(fuzz, around.shape.ordering), &order);
	if (damage)
		level_damage_order(fuzz, &around.shape, &order);
	else if (chance(fuzz, 15))
		skipped = level_skip_key(fuzz, &around.shape, &order);
	else if (chance(fuzz, 35))
		level_make_total(fuzz, &around.shape, &order);
	level_write_select_list(fuzz, &query->sql, &around.shape, false);
	level_write_keys(query, &order);
	write_body(fuzz, query, &around);
	if (skipped >= 0)
		filter_write_values(fuzz, query, &query->sql, &around.shape, skipped);
	level_write_order(&query->sql, &order);
	keep_full(query);
	level_write_limit(fuzz, query, around.shape.ordering);
	if (chance(fuzz, 1))
		say(&query->sql, chance(fuzz, 50) ? " FOR UPDATE" : " FOR KEY SHARE OF a%d", around.shape.ordering->root);
}

/* A page of the core's rows alone, whose order the window has. */
static void
write_page(Fuzz *fuzz, Query *query)
{
	static Around around;
	static Order order;

	int			skipped;

	begin(fuzz, query, &around, 'a', false);
	level_draw_order(fuzz, &around.shape, draw_prefix(fuzz, around.shape.ordering), &order);
	skipped = chance(fuzz, 20) ? level_skip_key(fuzz, &around.shape, &order) : -1;
	level_write_select_list(fuzz, &query->sql, &around.shape, true);
	level_write_keys(query, &order);
	core_write_from(fuzz, &query->sql, &around.shape, "");
	if (skipped >= 0)
		filter_write_values(fuzz, query, &query->sql, &around.shape, skipped);
	if (chance(fuzz, skipped >= 0 ? 30 : 60))
		filter_write(fuzz, query, &query->sql, &around.shape);
	level_write_order(&query->sql, &order);
	keep_full(query);
	query->pages = query->nparameters == 0;
	level_write_limit(fuzz, query, around.shape.ordering);
}

static void
write_groups(Fuzz *fuzz, Query *query)
{
	static Around around;
	static Order order;

	begin(fuzz, query, &around, 'a', true);
	level_draw_order(fuzz, &around.shape, draw_prefix(fuzz, around.shape.ordering), &order);
	say(&query->sql, "SELECT ");
	level_write_aggregate(fuzz, &query->sql, &around.shape);
	say(&query->sql, ", count(*)");
	for (int i = 0; i < order.n; i++)
	{
		char		canonical[3 * NAME_SIZE];

		level_write_canonical(canonical, sizeof(canonical), order.keys[i].type, order.keys[i].column);
		say(&query->sql, ", %s", canonical);
	}
	write_body(fuzz, query, &around);
	say(&query->sql, " GROUP BY ");
	for (int i = 0; i < order.n; i++)
		say(&query->sql, "%s%s", i ? ", " : "", order.keys[i].column);
	if (chance(fuzz, 20))
		say(&query->sql, " HAVING count(*) > 1");
	level_write_order(&query->sql, &order);
	level_write_limit(fuzz, query, around.shape.ordering);
}

/* DISTINCT of the first sort keys, or DISTINCT ON them with the first row of each. */
static void
write_distinct(Fuzz *fuzz, Query *query, bool on)
{
	static Around around;
	static Order order;
	int			n;

	begin(fuzz, query, &around, 'a', true);
	n = draw_prefix(fuzz, around.shape.ordering);
	level_draw_order(fuzz, &around.shape, n, &order);
	for (int i = 0; i < order.n; i++)
		on |= order.keys[i].type->other;
	if (on)
		level_draw_order(fuzz, &around.shape, MAX_SORT, &order);
	if (on)
		level_make_total(fuzz, &around.shape, &order);
	if (n > order.n)
		n = order.n;
	say(&query->sql, "SELECT DISTINCT %s", on ? "ON (" : "");
	for (int i = 0; i < n; i++)
		say(&query->sql, "%s%s", i ? ", " : "", order.keys[i].column);
	say(&query->sql, "%s", on ? ") " : "");
	if (on)
	{
		level_write_output(fuzz, &query->sql, &around.shape, true);
		say(&query->sql, " AS c, %s AS k", order.keys[order.n - 1].column);
	}
	write_body(fuzz, query, &around);
	level_write_order(&query->sql, &order);
	level_write_limit(fuzz, query, around.shape.ordering);
}

static void
write_windows(Fuzz *fuzz, Query *query)
{
	static const char *const frames[] = {"", "", " ROWS BETWEEN 1 PRECEDING AND CURRENT ROW", " ROWS BETWEEN CURRENT ROW AND 2 FOLLOWING",
	" ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"};
	static const char *const functions[] = {"row_number()", "count(*)", "string_agg(w::text, ',')", "lag(w::text)", "first_value(w::text)",
	"ntile(3)"};
	static Around around;
	static Order order;
	Order		all;
	const char *function = functions[draw(fuzz, 6)];

	begin(fuzz, query, &around, 'a', true);
	level_draw_order(fuzz, &around.shape, MAX_SORT, &all);
	level_make_total(fuzz, &around.shape, &all);
	order = all;
	say(&query->sql, "SELECT ");
	level_write_output(fuzz, &query->sql, &around.shape, true);
	say(&query->sql, " AS c, ");
	for (const char *p = function; *p; p++)
	{
		if (strncmp(p, "w::", 3) == 0)
			say(&query->sql, "%s", all.keys[all.n - 1].column);
		else
			say(&query->sql, "%c", *p);
	}
	say(&query->sql, " OVER (");
	if (chance(fuzz, 30))
		say(&query->sql, "PARTITION BY %s", all.keys[0].column);
	level_write_order(&query->sql, &order);
	say(&query->sql, "%s)", frames[draw(fuzz, 5)]);
	if (chance(fuzz, 40))
	{
		order.n = 1 + (int) draw(fuzz, order.n);
		say(&query->sql, ", %s OVER (", chance(fuzz, 50) ? "rank()" : "count(*)");
		level_write_order(&query->sql, &order);
		say(&query->sql, ")");
	}
	write_body(fuzz, query, &around);
	level_write_order(&query->sql, &all);
	level_write_limit(fuzz, query, around.shape.ordering);
}

/* The first few rows of each value of the first keys, by their numbers. */
static void
write_top(Fuzz *fuzz, Query *query)
{
	static Around around;
	static Order order;
	int			n;

	begin(fuzz, query, &around, 'a', chance(fuzz, 30));
	level_draw_order(fuzz, &around.shape, MAX_SORT, &order);
	level_make_total(fuzz, &around.shape, &order);
	n = 1 + (order.n > 1 && chance(fuzz, 30));
	say(&query->sql, "SELECT * FROM (SELECT ");
	level_write_output(fuzz, &query->sql, &around.shape, true);
	say(&query->sql, " AS c, %s AS k, row_number() OVER (PARTITION BY ", order.keys[order.n - 1].column);
	for (int i = 0; i < n; i++)
		say(&query->sql, "%s%s", i ? ", " : "", order.keys[i].column);
	level_write_order(&query->sql, &order);
	say(&query->sql, ") AS n");
	write_body(fuzz, query, &around);
	say(&query->sql, ") x WHERE n %s %d", chance(fuzz, 80) ? "<=" : "=", 1 + (int) draw(fuzz, 4));
	query->judgement = BAG;
}

/* Aggregates of all rows, min() and max() among them. */
static void
write_extremes(Fuzz *fuzz, Query *query)
{
	static const char *const without[] = {"uuid", "jsonb", "bool", "bytea", "range", "name"};
	static Around around;
	static Order order;
	const OrderKey *key;
	char		extreme[3 * NAME_SIZE];
	char		canonical[4 * NAME_SIZE];
	const char *name;

	begin(fuzz, query, &around, 'a', chance(fuzz, 30));
	level_draw_order(fuzz, &around.shape, MAX_SORT, &order);
	key = &order.keys[chance(fuzz, 70) ? 0 : draw(fuzz, order.n)];
	name = key->descending == chance(fuzz, 80) ? "max" : "min";
	for (int i = 0; i < 6; i++)
		if (strcmp(key->type->maker, without[i]) == 0)
			name = "count";
	snprintf(extreme, sizeof(extreme), "%s(%s)", name, key->column);
	if (*name == 'm')
		level_write_canonical(canonical, sizeof(canonical), key->type, extreme);
	else
		snprintf(canonical, sizeof(canonical), "%s", extreme);
	say(&query->sql, "SELECT %s", canonical);
	if (chance(fuzz, 40))
	{
		say(&query->sql, ", ");
		level_write_aggregate(fuzz, &query->sql, &around.shape);
	}
	write_body(fuzz, query, &around);
}

/* A level in total order with a LIMIT, for the rows of another table. */
static void
write_inner(Fuzz *fuzz, Query *query, Around *around, bool scalar, const char *condition)
{
	static Order order;

	level_draw_order(fuzz, &around->shape, MAX_SORT, &order);
	level_make_total(fuzz, &around->shape, &order);
	say(&query->sql, "SELECT ");
	level_write_output(fuzz, &query->sql, &around->shape, true);
	say(&query->sql, "%s", scalar ? "::text" : " AS c");
	if (!scalar)
		say(&query->sql, ", %s AS k", order.keys[order.n - 1].column);
	write_body(fuzz, query, around);
	say(&query->sql, " AND %s", condition);
	level_write_order(&query->sql, &order);
	if (scalar)
		say(&query->sql, " LIMIT 1%s", chance(fuzz, 30) ? " OFFSET 3" : "");
	else
		level_write_limit(fuzz, query, around->shape.ordering);
}

/* For each row of another table the first rows of the core that belong to it. */
static void
write_lateral(Fuzz *fuzz, Query *query)
{
	static Around around;
	const Ordering *ordering;
	ColumnRef	near;
	ColumnRef	far;
	char		condition[5 * NAME_SIZE];
	bool		scalar = chance(fuzz, 40);

	begin(fuzz, query, &around, 'a', chance(fuzz, 30));
	ordering = around.shape.ordering;
	near = chance(fuzz, 50) ? ordering->output[draw(fuzz, ordering->noutput)] : ordering->sort[draw(fuzz, ordering->nsort)].column;
	far = core_draw_link(fuzz, near);
	snprintf(condition, sizeof(condition), "a%d.%s %s o.%s", near.table, core_column(fuzz, near)->name,
			 chance(fuzz, 70) ? "=" : chance(fuzz, 50) ? "<=" : ">", core_column(fuzz, far)->name);
	if (scalar)
	{
		say(&query->sql, "SELECT o.%s, (", fuzz->tables[far.table].columns[0].name);
		write_inner(fuzz, query, &around, true, condition);
		say(&query->sql, ") FROM fuzz.%s o", fuzz->tables[far.table].name);
	}
	else
	{
		say(&query->sql, "SELECT o.%s, x.* FROM fuzz.%s o %s JOIN LATERAL (", fuzz->tables[far.table].columns[0].name,
			fuzz->tables[far.table].name, chance(fuzz, 70) ? "INNER" : "LEFT");
		write_inner(fuzz, query, &around, false, condition);
		say(&query->sql, ") x ON true");
	}
	if (far.table == 0)
	{
		ColumnRef	any = {0, (int) draw(fuzz, fuzz->tables[0].ncolumns)};

		say(&query->sql, " WHERE ");
		filter_write_simple(fuzz, query, &query->sql, "o", any);
	}
	query->judgement = BAG;
}

/* Two arms of UNION ALL, ordered together. */
static void
write_arms(Fuzz *fuzz, Query *query)
{
	static Around around;
	static Order order;
	int			n = 2 + (int) draw(fuzz, 2);

	begin(fuzz, query, &around, 'a', chance(fuzz, 20));
	level_draw_order(fuzz, &around.shape, draw_prefix(fuzz, around.shape.ordering), &order);
	for (int arm = 0; arm < n; arm++)
	{
		say(&query->sql, "%sSELECT %d AS arm", arm ? " UNION ALL " : "", arm);
		for (int i = 0; i < order.n; i++)
			say(&query->sql, ", %s AS s%d", order.keys[i].column, i);
		for (int i = 0; i < order.n; i++)
			say(&query->sql, ", %s AS k%d", order.keys[i].canonical, i);
		write_body(fuzz, query, &around);
	}
	for (int i = 0; i < order.n; i++)
		snprintf(order.keys[i].column, sizeof(order.keys[i].column), "s%d", i);
	level_write_order(&query->sql, &order);
	query->judgement = LEGAL;
	query->nkeys = order.n;
	keep_full(query);
	level_write_limit(fuzz, query, around.shape.ordering);
}

/* The same ordering's tables twice. */
static void
write_pair(Fuzz *fuzz, Query *query)
{
	static Around around;
	static Order order;
	const Ordering *ordering;
	Shape		other;
	ColumnRef	ref;
	char		condition[5 * NAME_SIZE];
	Above	   *above;

	begin(fuzz, query, &around, 'a', false);
	ordering = around.shape.ordering;
	ref = ordering->output[draw(fuzz, ordering->noutput)];
	if (!core_column(fuzz, ref)->is_key && core_column(fuzz, ref)->joins < 0)
		ref = (ColumnRef) {ordering->root, 0};
	core_draw(fuzz, &other, ordering, 'b');
	if (other.order[0] != ref.table)
		ref = (ColumnRef) {ordering->root, 0};
	snprintf(condition, sizeof(condition), "b%d.%s = a%d.%s", ref.table, core_column(fuzz, ref)->name, ref.table,
			 core_column(fuzz, ref)->name);
	core_write_joined(fuzz, &around.joins, &other, condition);
	above = &around.shape.above[around.shape.nabove++];
	snprintf(above->alias, sizeof(above->alias), "b%d", ordering->root);
	above->table = ordering->root;
	above->many = true;
	level_draw_order(fuzz, &around.shape, MAX_SORT, &order);
	level_make_total(fuzz, &around.shape, &order);
	level_write_select_list(fuzz, &query->sql, &around.shape, false);
	write_body(fuzz, query, &around);
	filter_write(fuzz, query, &query->sql, &other);
	level_write_order(&query->sql, &order);
	level_write_limit(fuzz, query, ordering);
}

void
around_write(Fuzz *fuzz, Query *query)
{
	switch (draw(fuzz, 40))
	{
		case 0:
		case 1:
		case 2:
			query->kind = KIND_GROUPS;
			if (chance(fuzz, 60))
				groups_write(fuzz, query);
			else
				write_groups(fuzz, query);
			break;
		case 3:
			query->kind = KIND_DISTINCT;
			write_distinct(fuzz, query, false);
			break;
		case 4:
		case 5:
			query->kind = KIND_DISTINCT;
			write_distinct(fuzz, query, true);
			break;
		case 6:
		case 7:
			query->kind = KIND_WINDOWS;
			write_windows(fuzz, query);
			break;
		case 8:
			query->kind = KIND_EXTREMES;
			write_extremes(fuzz, query);
			break;
		case 9:
		case 10:
			query->kind = KIND_LATERAL;
			write_lateral(fuzz, query);
			break;
		case 11:
			query->kind = KIND_ARMS;
			write_arms(fuzz, query);
			break;
		case 12:
			query->kind = KIND_PAIR;
			write_pair(fuzz, query);
			break;
		case 13:
		case 14:
			query->kind = KIND_MISS;
			write_rows(fuzz, query, true);
			break;
		case 15:
		case 16:
			query->kind = KIND_WINDOWS;
			write_top(fuzz, query);
			break;
		case 17:
		case 18:
		case 19:
		case 20:
			query->kind = KIND_PAGE;
			write_page(fuzz, query);
			break;
		default:
			query->kind = KIND_ROWS;
			write_rows(fuzz, query, false);
	}
}
