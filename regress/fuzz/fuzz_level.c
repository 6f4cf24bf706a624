/*
 * fuzz_level.c
 *	  The parts of a query level around a core: select list, ORDER BY and LIMIT.
 *
 * The select list holds nothing that can fail for one row and not for another:
 * PostgreSQL doesn't promise for which rows it evaluates it.
 *
 * Where more than one order of the rows is legal, the sort keys stand at the end of
 * the select list in a form that is the same for equal values (1.0 and 1.00), for
 * fuzz_judge.c to compare.
 */
#include "fuzz.h"

#include <string.h>

void
level_write_sort_key(Text *sql, const char *column, bool descending, int nulls)
{
	static const char *const ends[] = {"", " NULLS FIRST", " NULLS LAST"};

	say(sql, "%s%s%s", column, descending ? " DESC" : "", ends[nulls]);
}

/* An expression that is the same for equal values of the type. */
void
level_write_canonical(char *text, size_t size, const Type *type, const char *column)
{
	static const struct
	{
		const char *maker;
		const char *form;
	}			forms[] = {
		{"numeric", "trim_scale(%s)"},
		{"float8", "(%s + 0::float8)"},
		{"interval", "extract(epoch FROM %s)"},
		{"anycase", "lower(%s COLLATE \"C\")"},
		{"jsonb", "trim_scale((%s->>'n')::numeric)"},
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
	{
		if (strcmp(type->maker, forms[i].maker) == 0)
		{
			snprintf(text, size, forms[i].form, column);
			return;
		}
	}
	snprintf(text, size, "%s", column);
}

/* --- select list --- */

static void
draw_output(Fuzz *fuzz, const Shape *shape, char *name, size_t size)
{
	ColumnRef	ref = shape->ordering->output[draw(fuzz, shape->ordering->noutput)];

	if (shape->nabove > 0 && chance(fuzz, 30))
	{
		const Above *above = &shape->above[draw(fuzz, shape->nabove)];
		const Table *table = &fuzz->tables[above->table];

		snprintf(name, size, "%s.%s", above->alias, table->columns[draw(fuzz, table->ncolumns)].name);
		return;
	}
	if (chance(fuzz, 4))
	{
		ref.table = shape->order[draw(fuzz, shape->n)];
		ref.column = (int) draw(fuzz, fuzz->tables[ref.table].ncolumns);
	}
	snprintf(name, size, "%c%d.%s", shape->letter, ref.table, core_column(fuzz, ref)->name);
}

/* "plain": a column as it is. */
void
level_write_output(Fuzz *fuzz, Text *sql, const Shape *shape, bool plain)
{
	static const char *const before[] = {"", "md5((", "coalesce((", "(", "pg_typeof(", "ROW(", "CASE WHEN (", "hashtext((", "upper((", "length(("};
	static const char *const after[] = {"", ")::text)", ")::text, '~')", ") IS NULL", ")", ", 7)", ") IS NULL THEN 'n' END",
	")::text)", ")::text)", ")::text)"};
	static const char *const rare[] = {"1", "now() IS NOT NULL", "NULL::int", "random() < 2", "(SELECT 5)", "(SELECT count(*) FROM pg_am)",
		"current_user::text", "generate_series(1, 2)", "a0.ctid IS NOT NULL", "a0.tableoid > 0", "to_json(a0)",
	"(SELECT count(*) FROM fuzz.t0 x WHERE x.ctid = a0.ctid)"};
	int			around = plain || chance(fuzz, 75) ? 0 : 1 + (int) draw(fuzz, 9);
	char		name[2 * NAME_SIZE];

	if (!plain && chance(fuzz, 3))
	{
		say(sql, "%s", rare[draw(fuzz, 12)]);
		return;
	}
	draw_output(fuzz, shape, name, sizeof(name));
	say(sql, "%s%s%s", before[around], name, after[around]);
}

/* A column that the rows of a group may have several values of, if any is joined, and the same for equal ones as text. */
static void
draw_argument(Fuzz *fuzz, const Shape *shape, char *column, char *canonical)
{
	ColumnRef	ref = shape->ordering->output[draw(fuzz, shape->ordering->noutput)];
	char		alias[12];
	char		form[3 * NAME_SIZE];

	snprintf(alias, sizeof(alias), "%c%d", shape->letter, ref.table);
	if (shape->nabove > 0 && chance(fuzz, 60))
	{
		const Above *above = &shape->above[draw(fuzz, shape->nabove)];

		ref = (ColumnRef) {above->table, (int) draw(fuzz, fuzz->tables[above->table].ncolumns)};
		snprintf(alias, sizeof(alias), "%s", above->alias);
	}
	snprintf(column, 2 * NAME_SIZE, "%s.%s", alias, core_column(fuzz, ref)->name);
	level_write_canonical(form, sizeof(form), core_column(fuzz, ref)->type, column);
	snprintf(canonical, 4 * NAME_SIZE, "%s::text COLLATE \"C\"", form);
}

/* A digest of a column that is the same for the same set of rows. */
void
level_write_aggregate(Fuzz *fuzz, Text *sql, const Shape *shape)
{
	char		column[2 * NAME_SIZE];
	char		text[4 * NAME_SIZE];
	char		other[2 * NAME_SIZE];
	char		other_text[4 * NAME_SIZE];

	draw_argument(fuzz, shape, column, text);
	draw_argument(fuzz, shape, other, other_text);
	switch (draw(fuzz, 8))
	{
		case 0:
			say(sql, "count(%s)", column);
			break;
		case 1:
			say(sql, "min(%s)", text);
			break;
		case 2:
			say(sql, "count(DISTINCT %s)", column);
			break;
		case 3:
			say(sql, "md5(string_agg(%s, '|' ORDER BY %s))", text, text);
			break;
		case 4:
			say(sql, "md5(string_agg(%s, '|' ORDER BY %s DESC, %s))", text, other_text, text);
			break;
		case 5:
			say(sql, "string_agg(DISTINCT left(%s, 2), '|') FILTER (WHERE %s IS NOT NULL)", text, other);
			break;
		case 6:
			say(sql, "percentile_disc(0.4) WITHIN GROUP (ORDER BY %s)", text);
			break;
		default:
			say(sql, "count(*) FILTER (WHERE %s IS NOT NULL)", column);
	}
}

/* Columns are called c0, c1, ...; returns their number. */
int
level_write_select_list(Fuzz *fuzz, Text *sql, const Shape *shape, bool plain)
{
	int			n = 1 + (int) draw(fuzz, chance(fuzz, 20) ? 12 : 5);

	if (!plain && chance(fuzz, 2))
	{
		say(sql, "SELECT");
		return 0;
	}
	say(sql, "SELECT ");
	for (int i = 0; i < n; i++)
	{
		say(sql, "%s", i ? ", " : "");
		level_write_output(fuzz, sql, shape, plain);
		say(sql, " AS c%d", i);
	}
	return n;
}

/* --- ORDER BY --- */

/* The other end of a join that the column takes part in; the column itself if there is none, or if one of them may be NULL alone. */
static ColumnRef
equal_column(Fuzz *fuzz, const Shape *shape, ColumnRef ref)
{
	const Column *column = core_column(fuzz, ref);
	const Table *table = &fuzz->tables[ref.table];

	if (shape->ordering->left[ref.table])
		return ref;
	if (column->joins >= 0 && shape->ordering->has[column->joins] && !shape->ordering->left[column->joins])
		return (ColumnRef) {column->joins, column->part};
	if (column->is_key && table->parent >= 0 && ref.table != shape->ordering->root && shape->ordering->has[table->parent])
		return (ColumnRef) {table->parent, table->foreign[column->part]};
	return ref;
}

static void
set_key(OrderKey *key, const Column *column, const char *alias, bool descending, int nulls)
{
	snprintf(key->column, sizeof(key->column), "%s.%s", alias, column->name);
	level_write_canonical(key->canonical, sizeof(key->canonical), column->type, key->column);
	key->type = column->type;
	key->descending = descending;
	key->nulls = nulls;
}

static bool
sorts_by(const Order *order, const char *column)
{
	for (int i = 0; i < order->n; i++)
		if (strcmp(order->keys[i].column, column) == 0)
			return true;
	return false;
}

/* Does it sort by the key of a table? */
static bool
sorts_by_key(Fuzz *fuzz, const Order *order, const char *alias, int number)
{
	const Table *table = &fuzz->tables[number];

	for (int i = 0; i < table->nkeys; i++)
	{
		char		column[2 * NAME_SIZE];

		snprintf(column, sizeof(column), "%s.%s", alias, table->columns[i].name);
		if (!sorts_by(order, column))
			return false;
	}
	return true;
}

static void
find_total(Fuzz *fuzz, const Shape *shape, Order *order)
{
	char		alias[12];

	snprintf(alias, sizeof(alias), "%c%d", shape->letter, shape->ordering->root);
	order->total = sorts_by_key(fuzz, order, alias, shape->ordering->root);
	for (int i = 0; i < shape->nabove; i++)
		order->total &= !shape->above[i].many || sorts_by_key(fuzz, order, shape->above[i].alias, shape->above[i].table);
	order->total &= !shape->missing_join && !shape->outer_join && !shape->extra_condition;
}

/* A sort key as it is written, of such a column. */
void
level_compute_key(char *text, size_t size, const SortKey *key, const char *column)
{
	if (key->computed)
		snprintf(text, size, "coalesce(%s, %s)", column, column);
	else
		snprintf(text, size, "%s", column);
}

/* The ordering's sort keys, so many of them, or all the other way round. */
void
level_draw_order(Fuzz *fuzz, const Shape *shape, int most, Order *order)
{
	const Ordering *ordering = shape->ordering;

	order->n = 0;
	for (int i = 0; i < ordering->nsort && i < most; i++)
	{
		const SortKey *sort = &ordering->sort[i];
		OrderKey   *key = &order->keys[order->n++];
		ColumnRef	ref = chance(fuzz, 12) && !shape->missing_join && !shape->outer_join ? equal_column(fuzz, shape, sort->column) : sort->column;
		char		alias[12];
		char		column[2 * NAME_SIZE];
		int			nulls = sort->nulls;

		if (nulls == 0 && chance(fuzz, 30))
			nulls = sort->descending ? 1 : 2;
		snprintf(alias, sizeof(alias), "%c%d", shape->letter, sort->column.table);
		set_key(key, core_column(fuzz, sort->column), alias, sort->descending != shape->turned, shape->turned && nulls != 0 ? 3 - nulls : nulls);
		snprintf(column, sizeof(column), "%c%d.%s", shape->letter, ref.table, core_column(fuzz, ref)->name);
		level_compute_key(key->column, sizeof(key->column), sort, column);
	}
	find_total(fuzz, shape, order);
}

/* Sorts by what no window does. */
static void
set_digest(OrderKey *key, const char *column)
{
	snprintf(key->column, sizeof(key->column), "md5(%s::text)", column);
	snprintf(key->canonical, sizeof(key->canonical), "md5(%s::text)", column);
}

/* Sorts otherwise than the ordering. */
void
level_damage_order(Fuzz *fuzz, const Shape *shape, Order *order)
{
	int			at = (int) draw(fuzz, order->n);
	OrderKey   *key = &order->keys[at];
	char		name[5 * NAME_SIZE];

	switch (draw(fuzz, 7))
	{
		case 0:
			key->descending = !key->descending;
			break;
		case 1:
			key->nulls = key->nulls == 1 || (key->nulls == 0 && key->descending) ? 2 : 1;
			break;
		case 2:
			if (order->n > 1)
				memmove(key, key + 1, (--order->n - at) * sizeof(OrderKey));
			break;
		case 3:
			draw_output(fuzz, shape, name, sizeof(name));
			set_digest(key, name);
			break;
		case 4:
			snprintf(name, sizeof(name), "%s::text", key->column);
			snprintf(key->column, sizeof(key->column), "%s", name);
			/* the collation stays, and with it what is equal */
			if (strcmp(key->type->maker, "anycase") != 0)
				snprintf(key->canonical, sizeof(key->canonical), "%s", name);
			break;
		case 5:
			order->n = at + 1;
			break;
		case 6:
			key = &order->keys[order->n++];
			draw_output(fuzz, shape, name, sizeof(name));
			set_digest(key, name);
			key->descending = chance(fuzz, 50);
			key->nulls = 0;
			break;
	}
	find_total(fuzz, shape, order);
}

/* Leaves one of the first sort keys out of ORDER BY; which one, or -1. */
int
level_skip_key(Fuzz *fuzz, const Shape *shape, Order *order)
{
	int			at = (int) draw(fuzz, order->n < 3 ? order->n : 3);

	if (order->n < 2)
		return -1;
	memmove(&order->keys[at], &order->keys[at + 1], (--order->n - at) * sizeof(OrderKey));
	find_total(fuzz, shape, order);
	return at;
}

static void
add_table_key(Fuzz *fuzz, Order *order, const char *alias, int number)
{
	const Table *table = &fuzz->tables[number];

	for (int i = 0; i < table->nkeys; i++)
	{
		OrderKey   *key = &order->keys[order->n];

		set_key(key, &table->columns[i], alias, chance(fuzz, 50), 0);
		if (!sorts_by(order, key->column))
			order->n++;
	}
}

/* Adds what is missing for a total order. */
void
level_make_total(Fuzz *fuzz, const Shape *shape, Order *order)
{
	char		alias[12];

	snprintf(alias, sizeof(alias), "%c%d", shape->letter, shape->ordering->root);
	add_table_key(fuzz, order, alias, shape->ordering->root);
	for (int i = 0; i < shape->nabove; i++)
		if (shape->above[i].many)
			add_table_key(fuzz, order, shape->above[i].alias, shape->above[i].table);
	find_total(fuzz, shape, order);
}

void
level_write_order(Text *sql, const Order *order)
{
	say(sql, " ORDER BY ");
	for (int i = 0; i < order->n; i++)
	{
		say(sql, "%s", i ? ", " : "");
		level_write_sort_key(sql, order->keys[i].column, order->keys[i].descending, order->keys[i].nulls);
	}
}

/* Says how the answers are to be compared and ends the select list with what that takes. */
void
level_write_keys(Query *query, const Order *order)
{
	const char *comma = strcmp(query->sql.data + query->sql.length - 6, "SELECT") == 0 ? "" : ",";

	if (order->total)
		return;
	query->judgement = LEGAL;
	query->nkeys = order->n;
	for (int i = 0; i < order->n; i++)
		say(&query->sql, "%s %s AS k%d", i ? "," : comma, order->keys[i].canonical, i);
}

/* --- LIMIT --- */

static int
draw_limit(Fuzz *fuzz, const Ordering *ordering)
{
	switch (draw(fuzz, 8))
	{
		case 0:
			return (int) draw(fuzz, 3);
		case 3:
			return 2 * ordering->window_rows + 2;
		case 1:
			return ordering->window_rows + (int) draw(fuzz, 3);
		case 2:
			return (int) draw(fuzz, 2 * ordering->window_rows + 2);
		default:
			return 1 + (int) draw(fuzz, ordering->window_rows);
	}
}

static void
write_bound(Fuzz *fuzz, Query *query, const Ordering *ordering, const char *word)
{
	/* a page that begins behind all rows compares nothing */
	int			rows = *word == 'O' && chance(fuzz, 60) ? (int) draw(fuzz, 1 + ordering->window_rows / 4) : draw_limit(fuzz, ordering);

	/* an unknown number is supposed to end in the window, so that many scans go on behind it */
	if (!query->bare && query->nparameters < MAX_PARAMETERS && chance(fuzz, 25))
		say(&query->sql, " %s $%d", word, ++query->nparameters);
	else if (chance(fuzz, 60))
		say(&query->sql, " %s (SELECT %d)", word, rows);
	else
		say(&query->sql, " %s %d", word, rows);
}

void
level_write_limit(Fuzz *fuzz, Query *query, const Ordering *ordering)
{
	Text	   *sql = &query->sql;

	switch (draw(fuzz, 22))
	{
		case 0:
			break;
		case 1:
			say(sql, chance(fuzz, 50) ? " LIMIT NULL" : " LIMIT ALL");
			break;
		case 2:
			say(sql, " OFFSET %d FETCH FIRST %d ROWS %s", draw_limit(fuzz, ordering), draw_limit(fuzz, ordering),
				chance(fuzz, 50) ? "ONLY" : "WITH TIES");
			return;
		case 3:
			say(sql, " LIMIT %s", chance(fuzz, 20) ? "-1" : chance(fuzz, 50) ? "(SELECT NULL::int)" : "(SELECT 9223372036854775807)");
			break;
		case 4:
			say(sql, " LIMIT %d + trunc(random())::int", draw_limit(fuzz, ordering));
			break;
		case 5:
			say(sql, " FETCH FIRST %d ROWS WITH TIES", draw_limit(fuzz, ordering));
			return;
		default:
			write_bound(fuzz, query, ordering, "LIMIT");
	}
	if (chance(fuzz, 20))
		write_bound(fuzz, query, ordering, "OFFSET");
}
