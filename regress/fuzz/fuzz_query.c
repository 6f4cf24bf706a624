/*
 * fuzz_query.c
 *	  Random queries around an ordering: matching ones in every spelling, and near
 *	  misses.
 *
 * The select list holds nothing that can fail for one row and not for another:
 * PostgreSQL doesn't promise for which rows it evaluates it.
 */
#include "fuzz_query.h"

#include <string.h>

void
query_write_sort_key(Text *sql, const char *column, bool descending, int nulls)
{
	static const char *const ends[] = {"", " NULLS FIRST", " NULLS LAST"};

	say(sql, "%s%s%s", column, descending ? " DESC" : "", ends[nulls]);
}

/* --- select list --- */

static ColumnRef
draw_output(Fuzz *fuzz, const Shape *shape)
{
	ColumnRef	ref;

	if (!chance(fuzz, 4))
		return shape->ordering->output[draw(fuzz, shape->ordering->noutput)];
	ref.table = shape->order[draw(fuzz, shape->n)];
	ref.column = (int) draw(fuzz, fuzz->tables[ref.table].ncolumns);
	return ref;
}

static void
write_output(Fuzz *fuzz, Text *sql, const Shape *shape, bool plain)
{
	static const char *const before[] = {"", "md5((", "coalesce((", "(", "pg_typeof(", "ROW(", "CASE WHEN (", "hashtext((", "upper((", "length(("};
	static const char *const after[] = {"", ")::text)", ")::text, '~')", ") IS NULL", ")", ", 7)", ") IS NULL THEN 'n' END",
	")::text)", ")::text)", ")::text)"};
	static const char *const rare[] = {"1", "now() IS NOT NULL", "NULL::int", "random() < 2", "(SELECT 5)", "(SELECT count(*) FROM pg_am)",
	"current_user::text", "generate_series(1, 2)", "a0.ctid IS NOT NULL", "a0.tableoid > 0"};
	int			around = plain || chance(fuzz, 75) ? 0 : 1 + (int) draw(fuzz, 9);

	if (!plain && chance(fuzz, 2))
	{
		say(sql, "%s", rare[draw(fuzz, 10)]);
		return;
	}
	say(sql, "%s", before[around]);
	query_write_column(fuzz, sql, draw_output(fuzz, shape));
	say(sql, "%s", after[around]);
}

/* Columns are called c0, c1, ...; returns their number. */
static int
write_select_list(Fuzz *fuzz, Text *sql, const Shape *shape, bool plain)
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
		write_output(fuzz, sql, shape, plain);
		say(sql, " AS c%d", i);
	}
	return n;
}

/* --- ORDER BY --- */

/* The other end of a join that the column takes part in; the column itself if there is none. */
static ColumnRef
equal_column(Fuzz *fuzz, const Shape *shape, ColumnRef ref)
{
	const Column *column = query_column(fuzz, ref);
	const Table *table = &fuzz->tables[ref.table];

	if (column->joins >= 0 && shape->ordering->has[column->joins])
		return (ColumnRef) {column->joins, column->part};
	if (column->is_key && table->parent >= 0 && ref.table != shape->ordering->root && shape->ordering->has[table->parent])
		return (ColumnRef) {table->parent, table->foreign[column->part]};
	return ref;
}

static void
write_order(Fuzz *fuzz, Text *sql, const Shape *shape, bool near_miss)
{
	const Ordering *ordering = shape->ordering;
	int			wrong = near_miss ? (int) draw(fuzz, ordering->nsort) : -1;
	int			how = (int) draw(fuzz, 7);

	say(sql, " ORDER BY ");
	for (int i = 0; i < ordering->nsort; i++)
	{
		SortKey		key = ordering->sort[i];
		Text		column = {0};

		if (chance(fuzz, 12))
			key.column = equal_column(fuzz, shape, key.column);
		if (key.nulls == 0 && chance(fuzz, 30))
			key.nulls = key.descending ? 1 : 2;
		if (i == wrong && how == 0)
			key.descending = !key.descending;
		if (i == wrong && how == 1)
			key.nulls = key.nulls == 1 || (key.nulls == 0 && key.descending) ? 2 : 1;
		if (i == wrong && how == 2 && i > 0)
			continue;
		if (i == wrong && how == 3)
			key.column.column = (int) draw(fuzz, fuzz->tables[key.column.table].ncolumns);
		query_write_column(fuzz, &column, key.column);
		if (i == wrong && how == 4)
			say(&column, query_column(fuzz, key.column)->collation ? " COLLATE \"ucs_basic\"" : "::text");
		say(sql, "%s", i ? ", " : "");
		query_write_sort_key(sql, column.data, key.descending, key.nulls);
		if (i == wrong && how == 6)
			return;
	}
	if (wrong >= 0 && how == 5)
	{
		say(sql, ", ");
		query_write_column(fuzz, sql, draw_output(fuzz, shape));
	}
}

/* --- LIMIT --- */

static int
draw_limit(Fuzz *fuzz, const Ordering *ordering)
{
	switch (draw(fuzz, 6))
	{
		case 0:
			return (int) draw(fuzz, 3);
		case 1:
			return ordering->window_rows + (int) draw(fuzz, 3);
		case 2:
			return (int) draw(fuzz, 2 * ordering->window_rows + 2);
		default:
			return 1 + (int) draw(fuzz, ordering->window_rows);
	}
}

static void
write_limit(Fuzz *fuzz, Query *query, const Ordering *ordering, bool parameters)
{
	Text	   *sql = &query->sql;
	int			limit = draw_limit(fuzz, ordering);
	int			offset = draw_limit(fuzz, ordering);
	bool		has_offset = chance(fuzz, 25);

	switch (draw(fuzz, parameters ? 16 : 13))
	{
		case 0:
			break;
		case 1:
			say(sql, " LIMIT (SELECT %d)", limit);
			break;
		case 2:
			say(sql, " LIMIT (SELECT %d) OFFSET (SELECT %d)", limit, offset);
			has_offset = false;
			break;
		case 3:
			say(sql, chance(fuzz, 50) ? " LIMIT NULL" : " LIMIT ALL");
			break;
		case 4:
			say(sql, " OFFSET %d FETCH FIRST %d ROWS %s", offset, limit, chance(fuzz, 50) ? "ONLY" : "WITH TIES");
			has_offset = false;
			break;
		case 5:
			say(sql, " LIMIT %s", chance(fuzz, 30) ? "-1" : chance(fuzz, 50) ? "(SELECT NULL::int)" : "(SELECT 9223372036854775807)");
			break;
		case 6:
			say(sql, " LIMIT %d + trunc(random())::int", limit);
			break;
		case 13:
		case 14:
		case 15:
			say(sql, " LIMIT $1%s", has_offset ? " OFFSET $2" : "");
			query->nparameters = has_offset ? 2 : 1;
			has_offset = false;
			break;
		default:
			say(sql, " LIMIT %d", limit);
	}
	if (has_offset)
		say(sql, " OFFSET %d", offset);
}

/* --- the whole --- */

static void
draw_shape(Fuzz *fuzz, Shape *shape, const Ordering *ordering, bool near_miss)
{
	memset(shape, 0, sizeof(*shape));
	shape->ordering = ordering;
	shape->spelling = (int) draw(fuzz, 3);	/* 0: list, 1: ON, 2: USING */
	for (int i = 0; i < fuzz->ntables; i++)
		if (ordering->has[i])
			shape->order[shape->n++] = i;
	shape->views = chance(fuzz, 8);
	shape->barrier = chance(fuzz, 50);
	if (!near_miss || chance(fuzz, 50))
		return;
	switch (draw(fuzz, 4))
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

/* The query level that an ordering may serve.  Returns the number of its columns. */
static int
write_level(Fuzz *fuzz, Query *query, bool parameters, bool plain)
{
	const Ordering *ordering = &fuzz->orderings[draw(fuzz, fuzz->norderings)];
	bool		near_miss = chance(fuzz, 18);
	bool		miss_order = near_miss && chance(fuzz, 60);
	Shape		shape;
	int			columns;

	query->near_miss |= near_miss;
	draw_shape(fuzz, &shape, ordering, near_miss && !miss_order);
	columns = write_select_list(fuzz, &query->sql, &shape, plain);
	query_write_from(fuzz, &query->sql, &shape);
	if (near_miss && chance(fuzz, 5))
		say(&query->sql, " GROUP BY 1");
	write_order(fuzz, &query->sql, &shape, miss_order);
	write_limit(fuzz, query, ordering, parameters);
	if (near_miss && chance(fuzz, 10))
		say(&query->sql, chance(fuzz, 50) ? " FOR UPDATE" : " FOR KEY SHARE OF a%d", ordering->root);
	return columns;
}

/* "head" query level "tail" */
static void
wrap(Fuzz *fuzz, Query *query, const char *head, const char *tail)
{
	say(&query->sql, "%s", head);
	write_level(fuzz, query, true, true);
	say(&query->sql, "%s", tail);
}

void
query_write(Fuzz *fuzz, Query *query)
{
	query->sql.length = 0;
	query->sql.data[0] = '\0';
	query->nparameters = 0;
	query->unordered = query->copies = query->near_miss = false;
	switch (draw(fuzz, 50))
	{
		case 0:
			wrap(fuzz, query, "SELECT * FROM (", ") x");
			break;
		case 1:
			wrap(fuzz, query, "WITH x AS MATERIALIZED (", ") SELECT * FROM x");
			break;
		case 2:
			wrap(fuzz, query, "WITH x AS NOT MATERIALIZED (", ") SELECT * FROM x");
			break;
		case 3:
			wrap(fuzz, query, "WITH x AS (", ") SELECT 1 AS n, x.c0::text FROM x UNION ALL SELECT 2, x.c0::text FROM x");
			break;
		case 4:
			say(&query->sql, "(");
			write_level(fuzz, query, false, true);
			say(&query->sql, ") UNION ALL (");
			write_level(fuzz, query, false, true);
			say(&query->sql, ")");
			break;
		case 5:
			wrap(fuzz, query, "SELECT count(*), md5(string_agg(x::text, '|')) FROM (", ") x");
			break;
		case 6:
			wrap(fuzz, query, "SELECT g, x.* FROM generate_series(1, 3) g CROSS JOIN LATERAL (", " OFFSET g) x");
			break;
		case 7:
			wrap(fuzz, query, "SELECT g, x.* FROM generate_series(1, 4) g CROSS JOIN LATERAL (SELECT y.* FROM (", ") y LIMIT g * 5) x");
			break;
		case 8:
			wrap(fuzz, query, "SELECT EXISTS (", ")");
			break;
		case 9:
			wrap(fuzz, query, "SELECT c0, row_number() OVER (), count(*) OVER () FROM (", ") x");
			break;
		case 10:
			wrap(fuzz, query, "SELECT DISTINCT c0::text COLLATE \"C\" FROM (", ") x ORDER BY 1");
			break;
		case 11:
			wrap(fuzz, query, "SELECT c0::text COLLATE \"C\", count(*), min(x::text COLLATE \"C\") FROM (", ") x GROUP BY 1 ORDER BY 1");
			break;
		case 12:
			wrap(fuzz, query, "SELECT * FROM (", ") x LIMIT 7 OFFSET 3");
			break;
		case 13:
			wrap(fuzz, query, "SELECT ARRAY(SELECT c0::text FROM (", ") x)");
			break;
		case 14:
			wrap(fuzz, query, "SELECT x.c0::text, y.n FROM (", ") x JOIN (VALUES ('1', 1), ('a', 2), ('w3', 3)) y (t, n) ON x.c0::text = y.t");
			query->unordered = true;
			break;
		case 15:
			say(&query->sql, "COPY (");
			write_level(fuzz, query, false, false);
			say(&query->sql, ") TO STDOUT");
			query->copies = true;
			break;
		case 16:
			wrap(fuzz, query, "SELECT count(*) FROM pg_am WHERE amname::text NOT IN (SELECT c0::text FROM (", ") x WHERE c0 IS NOT NULL)");
			break;
		case 17:
			say(&query->sql, "SELECT fuzz.digest($fuzz$");
			write_level(fuzz, query, false, true);
			say(&query->sql, "$fuzz$)");
			break;
		case 18:
			wrap(fuzz, query, "SELECT * FROM (", ") x FOR SHARE");
			break;
		case 19:
			wrap(fuzz, query, "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3), x AS (",
				 ") SELECT r.n, (SELECT c0::text FROM x OFFSET r.n LIMIT 1) FROM r");
			break;
		default:
			write_level(fuzz, query, true, false);
	}
}
