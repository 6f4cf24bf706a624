/*
 * fuzz_filter.c
 *	  Random conditions on the columns of a core, and on what is joined to it.
 *
 * None can fail for one row and not for another: PostgreSQL doesn't promise in
 * which order it evaluates them, nor for which rows.  But one that would, behind one that keeps such rows away from it, as
 * applications write it: what the plain plan evaluates first a window must, too.
 *
 * Seen red: conditions of a join before a table's own.  Not seen: the first one looked up, and the second one evaluated before; sql/scan_late.sql sees that.
 */
#include "fuzz.h"

#include <string.h>

bool
filter_is_made_by(const Column *column, const char *makers)
{
	const char *found = strstr(makers, column->type->maker);
	size_t		length = strlen(column->type->maker);

	return found && (found == makers || found[-1] == ' ') && (found[length] == ' ' || found[length] == '\0');
}

void
filter_new_alias(Query *query, char *alias)
{
	snprintf(alias, 12, "e%d", query->naliases++ % 1000);
}

/* --- values --- */

/* The number of a value that the column may have. */
static int
draw_number(Fuzz *fuzz, const Column *column, const Table *table)
{
	const Table *owner = column->joins >= 0 ? &fuzz->tables[column->joins] : table;
	int			number;

	if (column->joins < 0 && !column->is_key)
		return (int) draw(fuzz, column->domain > 0 ? column->domain : 1000);
	number = (int) draw(fuzz, owner->next + owner->next / 8 + 1);
	if (owner->nkeys == 2)
		return column->part == 0 ? number / 7 : number % 7;
	return number;
}

/* Of a type that the column can be compared with; its own if there is no other. */
static void
write_other_type(Fuzz *fuzz, Text *sql, const Column *column, int number)
{
	static const char *const integers[] = {"int2", "int4", "int8", "numeric", "float8"};
	static const char *const times[] = {"date", "timestamp", "timestamptz"};
	/* the last two have a collation: where the column has another, only a row that is compared fails */
	static const char *const strings[] = {"text", "varchar", "bpchar", "name", "word"};
	const char *maker = column->type->maker;

	if (filter_is_made_by(column, "int2 int4 int8"))
		say(sql, "(%d)::%s", number, integers[draw(fuzz, 5)]);
	else if (filter_is_made_by(column, "numeric float8"))
		say(sql, "(%d)::%s", number, integers[draw(fuzz, 3)]);
	else if (filter_is_made_by(column, "date timestamp timestamptz"))
		say(sql, "fuzz.v_%s(%d, false)", times[draw(fuzz, 3)], number);
	else if (filter_is_made_by(column, "text varchar name word"))
		say(sql, "fuzz.v_%s(%d, false)", strings[draw(fuzz, column->collation ? 3 : 5)], number);
	else
		say(sql, "fuzz.v_%s(%d, true)", maker, number);
}

static void
write_parameter(Fuzz *fuzz, Query *query, Text *sql, const Column *column)
{
	int			number = ++query->nparameters;

	if (filter_is_made_by(column, "int2 int4 int8 numeric") && chance(fuzz, 50))
		say(sql, "$%d%s", number, chance(fuzz, 50) ? "" : chance(fuzz, 50) ? "::int4" : "::int2");
	else
		say(sql, "fuzz.v_%s($%d, false)", column->type->maker, number);
}

void
filter_write_value(Fuzz *fuzz, Query *query, Text *sql, ColumnRef ref)
{
	const Column *column = core_column(fuzz, ref);
	const Table *table = &fuzz->tables[ref.table];
	const char *maker = column->type->maker;
	int			number = draw_number(fuzz, column, table);

	if (!query->bare && query->nparameters < MAX_PARAMETERS && chance(fuzz, 15))
	{
		write_parameter(fuzz, query, sql, column);
		return;
	}
	if (chance(fuzz, 35) && witness_write(fuzz, sql, ref))
		return;
	switch (draw(fuzz, 20))
	{
		case 0:
			say(sql, "(SELECT fuzz.v_%s(%d, false))", maker, number);
			break;
		case 1:
			say(sql, "fuzz.v_%s(fuzz.steady(%d), false)", maker, number);
			break;
		case 2:
			if (chance(fuzz, 40))
				say(sql, "NULL::%s", strstr(column->type->name, "anycase") ? "text" : column->type->name);
			else
				say(sql, "(SELECT NULL::%s)", strstr(column->type->name, "anycase") ? "text" : column->type->name);
			break;
		case 3:
		case 4:
			write_other_type(fuzz, sql, column, number);
			break;
		case 5:
			say(sql, "(SELECT e.%s FROM fuzz.%s e ORDER BY e.%s LIMIT 1 OFFSET %d)", column->name, table->name, column->name,
				(int) draw(fuzz, 20));
			break;
		default:
			say(sql, "fuzz.v_%s(%d, %s)", maker, number, chance(fuzz, 30) ? "true" : "false");
	}
}

/* A value twice, such that nobody knows when planning that they are the same; now and then they are not. */
void
filter_write_twins(Fuzz *fuzz, Query *query, Text *sql, Text *again, ColumnRef ref)
{
	const Column *column = core_column(fuzz, ref);
	const char *maker = column->type->maker;
	int			number = draw_number(fuzz, column, &fuzz->tables[ref.table]);

	if (!query->bare && query->nparameters + 1 < MAX_PARAMETERS && chance(fuzz, 60))
	{
		say(sql, "fuzz.v_%s($%d, false)", maker, ++query->nparameters);
		say(again, "fuzz.v_%s($%d, false)", maker, ++query->nparameters);
		return;
	}
	say(sql, "(SELECT fuzz.v_%s(%d, false))", maker, number);
	say(again, "(SELECT fuzz.v_%s(%d, false))", maker, chance(fuzz, 90) ? number : draw_number(fuzz, column, &fuzz->tables[ref.table]));
}

/* --- conditions on one column --- */

static const char *
draw_operator(Fuzz *fuzz)
{
	static const char *const operators[] = {"=", "=", "<", "<=", ">", ">=", "<>"};

	return operators[draw(fuzz, 7)];
}

static void
write_comparison(Fuzz *fuzz, Query *query, Text *sql, const char *column, ColumnRef ref, const char *operator)
{
	if (chance(fuzz, 85))
	{
		say(sql, "%s %s ", column, operator);
		filter_write_value(fuzz, query, sql, ref);
		return;
	}
	filter_write_value(fuzz, query, sql, ref);
	say(sql, " %s %s", operator, column);
}

static void
write_list(Fuzz *fuzz, Query *query, Text *sql, const char *column, ColumnRef ref)
{
	bool		array = chance(fuzz, 40);
	const char *maker = core_column(fuzz, ref)->type->maker;
	int			n = 1 + (int) draw(fuzz, 4);

	say(sql, array ? "%s = ANY (ARRAY[" : chance(fuzz, 80) ? "%s IN (" : "%s NOT IN (", column);
	for (int i = 0; i < n; i++)
	{
		say(sql, "%s", i ? ", " : "");
		/* one type in an array; a list of constants becomes one */
		if (i == 0 && chance(fuzz, 50) && witness_write(fuzz, sql, ref))
			continue;
		if (chance(fuzz, 80) || array)
			say(sql, "fuzz.v_%s(%d, false)", maker, draw_number(fuzz, core_column(fuzz, ref), &fuzz->tables[ref.table]));
		else
			filter_write_value(fuzz, query, sql, ref);
	}
	say(sql, array ? "])" : ")");
}

/* A subquery that stays one: with another column that is equal. */
static void
write_subplan(Fuzz *fuzz, Query *query, Text *sql, const char *column, ColumnRef ref)
{
	ColumnRef	link = core_draw_link(fuzz, ref);
	const char *other = core_column(fuzz, link)->name;
	const char *table = fuzz->tables[link.table].name;
	char		alias[12];

	filter_new_alias(query, alias);
	switch (draw(fuzz, 5))
	{
		case 0:
			say(sql, "%sEXISTS (SELECT 1 FROM fuzz.%s %s WHERE %s.%s = %s OFFSET 0)", chance(fuzz, 30) ? "NOT " : "", table, alias,
				alias, other, column);
			break;
		case 1:
			say(sql, "(SELECT count(*) FROM fuzz.%s %s WHERE %s.%s = %s) %s %d", table, alias, alias, other, column,
				draw_operator(fuzz), (int) draw(fuzz, 4));
			break;
		case 2:
			say(sql, "%s NOT IN (SELECT %s.%s FROM fuzz.%s %s WHERE %s.%s IS NOT NULL AND ", column, alias, other, table, alias, alias, other);
			filter_write_simple(fuzz, query, sql, alias, link);
			say(sql, ")");
			break;
		case 3:
			say(sql, "(%s IN (SELECT %s.%s FROM fuzz.%s %s WHERE ", column, alias, other, table, alias);
			filter_write_simple(fuzz, query, sql, alias, link);
			say(sql, ") OR %s IS NULL)", column);
			break;
		default:
			say(sql, "%s >= ALL (SELECT %s.%s FROM fuzz.%s %s ORDER BY 1 LIMIT %d)", column, alias, other, table, alias,
				(int) draw(fuzz, 4));
	}
}

static void
write_text_condition(Fuzz *fuzz, Text *sql, const char *column, const Column *type)
{
	static const char *const patterns[] = {"a%", "%1", "_", "%", "B%", "-%"};

	if (filter_is_made_by(type, "text varchar bpchar name word") && chance(fuzz, 60))
		say(sql, "%s %s '%s'", column, chance(fuzz, 80) ? "LIKE" : "NOT LIKE", patterns[draw(fuzz, 6)]);
	else if (chance(fuzz, 50))
		say(sql, "hashtext(%s::text) %% %d = 0", column, 1 + (int) draw(fuzz, 8));
	else
		say(sql, "md5(%s::text) < '%x'", column, 1 + (int) draw(fuzz, 15));
}

static void
write_kind(Fuzz *fuzz, Query *query, Text *sql, const char *column, ColumnRef ref, int depth)
{
	switch (draw(fuzz, depth > 1 ? 12 : 17))
	{
		case 0:
			say(sql, "%s BETWEEN ", column);
			filter_write_value(fuzz, query, sql, ref);
			say(sql, " AND ");
			filter_write_value(fuzz, query, sql, ref);
			break;
		case 1:
		case 2:
			write_list(fuzz, query, sql, column, ref);
			break;
		case 3:
			say(sql, core_column(fuzz, ref)->is_key && chance(fuzz, 90) ? "%s IS NOT NULL" : "%s IS NULL", column);
			break;
		case 4:
			say(sql, "%s IS NOT NULL", column);
			break;
		case 5:
			say(sql, "%s IS %sDISTINCT FROM ", column, chance(fuzz, 50) ? "NOT " : "");
			filter_write_value(fuzz, query, sql, ref);
			break;
		case 6:
		case 7:
			write_text_condition(fuzz, sql, column, core_column(fuzz, ref));
			break;
		case 12:
			write_subplan(fuzz, query, sql, column, ref);
			break;
		case 13:
			say(sql, "NOT (");
			write_kind(fuzz, query, sql, column, ref, depth + 1);
			say(sql, ")");
			break;
		case 14:
		case 15:
			say(sql, "(");
			write_kind(fuzz, query, sql, column, ref, depth + 1);
			say(sql, " OR ");
			write_kind(fuzz, query, sql, column, ref, depth + 1);
			say(sql, ")");
			break;
		case 16:
			say(sql, "CASE WHEN ");
			write_kind(fuzz, query, sql, column, ref, depth + 1);
			say(sql, " THEN true ELSE %s IS NULL END", column);
			break;
		default:
			write_comparison(fuzz, query, sql, column, ref, draw_operator(fuzz));
	}
}

/* Any condition on one column of an alias. */
void
filter_write_simple(Fuzz *fuzz, Query *query, Text *sql, const char *alias, ColumnRef ref)
{
	char		column[2 * NAME_SIZE];

	snprintf(column, sizeof(column), "%s.%s", alias, core_column(fuzz, ref)->name);
	write_kind(fuzz, query, sql, column, ref, 0);
}

/* --- conditions on a core --- */

static void
name_column(Fuzz *fuzz, const Shape *shape, ColumnRef ref, char *name, size_t size)
{
	snprintf(name, size, "%c%d.%s", shape->letter, ref.table, core_column(fuzz, ref)->name);
}

/* Equality on some of the first sort keys, perhaps a range of the next. */
static void
write_search(Fuzz *fuzz, Query *query, Text *sql, const Shape *shape)
{
	static const char *const ranges[] = {"<", "<=", ">", ">=", "BETWEEN"};
	const Ordering *ordering = shape->ordering;
	int			equal = chance(fuzz, 50) ? 0 : chance(fuzz, 10) ? ordering->nsort : (int) draw(fuzz, ordering->nsort);

	for (int i = 0; i <= equal && i < ordering->nsort; i++)
	{
		ColumnRef	ref = ordering->sort[i].column;
		char		column[2 * NAME_SIZE];

		name_column(fuzz, shape, ref, column, sizeof(column));
		if (i == equal && i > 0 && chance(fuzz, 40))
			return;
		say(sql, "%s", i ? " AND " : "");
		if (i < equal)
			write_comparison(fuzz, query, sql, column, ref, "=");
		else
		{
			const char *range = ranges[draw(fuzz, 5)];

			write_comparison(fuzz, query, sql, column, ref, *range == 'B' ? ">=" : range);
			if (*range == 'B')
			{
				say(sql, " AND ");
				write_comparison(fuzz, query, sql, column, ref, chance(fuzz, 50) ? "<" : "<=");
			}
		}
	}
}

/* " AND (condition)": equality on the sort keys before "key", some values of that one. */
void
filter_write_values(Fuzz *fuzz, Query *query, Text *sql, const Shape *shape, int key)
{
	const Ordering *ordering = shape->ordering;
	char		column[2 * NAME_SIZE];

	say(sql, " AND (");
	for (int i = 0; i < key; i++)
	{
		name_column(fuzz, shape, ordering->sort[i].column, column, sizeof(column));
		write_comparison(fuzz, query, sql, column, ordering->sort[i].column, "=");
		say(sql, " AND ");
	}
	name_column(fuzz, shape, ordering->sort[key].column, column, sizeof(column));
	if (chance(fuzz, 15))
		write_comparison(fuzz, query, sql, column, ordering->sort[key].column, "=");
	else
		write_list(fuzz, query, sql, column, ordering->sort[key].column);
	say(sql, ")");
}

/* Two columns of the core that are of one type. */
static void
write_equality(Fuzz *fuzz, Text *sql, const Shape *shape, ColumnRef ref)
{
	const Ordering *ordering = shape->ordering;

	for (int i = 0; i < ordering->noutput; i++)
	{
		ColumnRef	other = ordering->output[i];

		if (core_column(fuzz, other) == core_column(fuzz, ref) || core_column(fuzz, other)->type != core_column(fuzz, ref)->type ||
			core_column(fuzz, other)->collation != core_column(fuzz, ref)->collation)
			continue;
		core_write_column(fuzz, sql, shape, ref);
		say(sql, chance(fuzz, 50) ? " = " : " <= ");
		core_write_column(fuzz, sql, shape, other);
		return;
	}
	core_write_column(fuzz, sql, shape, ref);
	say(sql, " IS NOT NULL");
}

/* Of a column and any other one of its type, in the window or not: that both are this value, which makes them of one class. */
static void
write_one_value(Fuzz *fuzz, Query *query, Text *sql, const Shape *shape, ColumnRef ref)
{
	const Column *column = core_column(fuzz, ref);
	ColumnRef	other = ref;
	char		value[1000];
	size_t		start;

	for (int tries = 0; tries < 20 && (core_column(fuzz, other) == column || core_column(fuzz, other)->type != column->type ||
									   core_column(fuzz, other)->collation != column->collation); tries++)
	{
		other.table = shape->order[draw(fuzz, shape->n)];
		other.column = (int) draw(fuzz, fuzz->tables[other.table].ncolumns);
	}
	core_write_column(fuzz, sql, shape, ref);
	say(sql, " = ");
	start = sql->length;
	filter_write_value(fuzz, query, sql, ref);
	snprintf(value, sizeof(value), "%.999s", sql->data + start);
	if (core_column(fuzz, other)->type != column->type)
		return;
	say(sql, " AND ");
	core_write_column(fuzz, sql, shape, other);
	say(sql, " = %s", value);
}

/* A condition on one column, and one that fails on rows which do not pass it, as another column tells; or as that and another table's do. */
static void
write_guarded(Fuzz *fuzz, Text *sql, const Shape *shape, ColumnRef ref)
{
	const Table *table = &fuzz->tables[ref.table];
	const Column *column = core_column(fuzz, ref);
	const char *guard = table->columns[draw(fuzz, table->ncolumns)].name;
	int			other = shape->order[draw(fuzz, shape->n)];
	int			part = 2 + (int) draw(fuzz, 3);

	say(sql, "hashtext(%c%d.%s::text) %% %d = 0 AND fuzz.guarded(%c%d.%s::text, ", shape->letter, ref.table, guard, part,
		shape->letter, ref.table, column->name);
	/* a view that keeps its own conditions for itself is no join to PostgreSQL */
	if (other != ref.table && !shape->views)
		say(sql, "%c%d.%s IS NULL, ", shape->letter, other, fuzz->tables[other].columns[0].name);
	say(sql, "ARRAY(SELECT e.%s::text FROM fuzz.%s e WHERE hashtext(e.%s::text) %% %d = 0))", column->name, table->name, guard, part);
}

static ColumnRef
draw_column(Fuzz *fuzz, const Shape *shape)
{
	const Ordering *ordering = shape->ordering;
	ColumnRef	ref;

	if (chance(fuzz, 30))
		return ordering->sort[draw(fuzz, ordering->nsort)].column;
	if (!chance(fuzz, 15))
		return ordering->output[draw(fuzz, ordering->noutput)];
	ref.table = shape->order[draw(fuzz, shape->n)];
	ref.column = (int) draw(fuzz, fuzz->tables[ref.table].ncolumns);
	return ref;
}

/* " AND (condition)" */
void
filter_write(Fuzz *fuzz, Query *query, Text *sql, const Shape *shape)
{
	ColumnRef	ref = draw_column(fuzz, shape);
	char		column[2 * NAME_SIZE];

	name_column(fuzz, shape, ref, column, sizeof(column));
	say(sql, " AND (");
	switch (draw(fuzz, 20))
	{
		case 0:
		case 1:
		case 2:
		case 3:
			write_search(fuzz, query, sql, shape);
			break;
		case 4:
		case 5:
		case 6:
			keyset_write(fuzz, query, sql, shape);
			break;
		case 7:
			write_equality(fuzz, sql, shape, ref);
			break;
		case 8:
			write_one_value(fuzz, query, sql, shape, ref);
			break;
		case 9:
			say(sql, chance(fuzz, 80) ? "now() IS NOT NULL" : "random() < 2");
			break;
		case 10:
			write_guarded(fuzz, sql, shape, ref);
			break;
		default:
			write_kind(fuzz, query, sql, column, ref, 0);
	}
	say(sql, ")");
}
