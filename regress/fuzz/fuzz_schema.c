/*
 * fuzz_schema.c
 *	  Random tables, their data, and changes of it.
 *
 * The tables are a tree: each but the first is a dimension of one before it.  A
 * foreign column has the name of the key column that it points to, so that USING
 * and NATURAL JOIN are possible.  All values come from functions of a row's
 * number (values.sql), so that a statement stands for its data.
 */
#include "fuzz.h"

#include <string.h>

static const Type types[] = {
	{"int4", "int4", true, false},
	{"int8", "int8", true, false},
	{"int2", "int2", true, false},
	{"numeric", "numeric", true, true},
	{"text", "text", true, false},
	{"varchar(40)", "varchar", true, false},
	{"date", "date", true, false},
	{"uuid", "uuid", true, false},
	{"text COLLATE fuzz.anycase", "anycase", true, true},
	{"interval", "interval", true, true},
	{"char(9)", "bpchar", true, false},
	{"timestamp", "timestamp", true, false},
	{"timestamptz", "timestamptz", true, false},
	{"bytea", "bytea", true, false},
	{"float8", "float8", true, true},
	{"fuzz.word", "word", true, false},
	{"oid", "oid", true, false},
	{"inet", "inet", true, false},
	{"jsonb", "jsonb", true, true},
	{"int4[]", "array", true, false},
	{"int4range", "range", true, false},
	{"name", "name", true, false},
	{"bool", "bool", false, false},
	{"fuzz.mood", "mood", false, false},
};
#define NTYPES ((int) (sizeof(types) / sizeof(types[0])))

static const char *const collations[] = {NULL, "\"C\"", "fuzz.other", "\"POSIX\""};

/* Mostly the common types. */
static const Type *
draw_type(Fuzz *fuzz, bool key)
{
	for (;;)
	{
		const Type *type = &types[draw(fuzz, chance(fuzz, 60) ? 9 : NTYPES)];

		if (type->key || !key)
			return type;
	}
}

static void
draw_collation(Fuzz *fuzz, Column *column)
{
	bool		text = strcmp(column->type->name, "text") == 0 || strcmp(column->type->name, "varchar(40)") == 0 ||
		strcmp(column->type->name, "char(9)") == 0;

	column->collation = text ? collations[draw(fuzz, 4)] : NULL;
}

static Column *
add_column(Fuzz *fuzz, Table *table)
{
	Column	   *column = &table->columns[table->ncolumns++];

	memset(column, 0, sizeof(*column));
	column->joins = -1;
	column->salt = (int) draw(fuzz, 1000000);
	return column;
}

static void
write_name(char *name, int style, char letter, int a, int b)
{
	static const char *const styles[] = {"%c%d_%d", "\"%c %d-%d\"", "\"%c\"\"%d'%d\"", "\"%c%d%%%d\\\""};

	snprintf(name, NAME_SIZE, styles[style], letter, a, b);
}

static void
shape_table(Fuzz *fuzz, int number, int style)
{
	Table	   *table = &fuzz->tables[number];
	int			payloads = 1 + (int) draw(fuzz, 4);

	memset(table, 0, sizeof(*table));
	if (style == 0)
		snprintf(table->name, NAME_SIZE, "t%d", number);
	else
		write_name(table->name, style, 'T', number, 0);
	table->parent = number == 0 ? -1 : chance(fuzz, 60) ? 0 : (int) draw(fuzz, number);
	table->nkeys = chance(fuzz, 25) ? 2 : 1;
	for (int i = 0; i < table->nkeys; i++)
	{
		Column	   *column = add_column(fuzz, table);

		write_name(column->name, style, 'k', number, i);
		column->type = draw_type(fuzz, true);
		draw_collation(fuzz, column);
		column->is_key = true;
		column->part = i;
	}
	for (int i = 0; i < payloads; i++)
	{
		Column	   *column = add_column(fuzz, table);

		write_name(column->name, style, 'p', number, i);
		column->type = draw_type(fuzz, false);
		draw_collation(fuzz, column);
		column->nullable = chance(fuzz, 50);
		column->domain = chance(fuzz, 70) ? 2 + (int) draw(fuzz, 12) : 1000;
	}
}

static bool
is_whole(const Type *type)
{
	return type < &types[3];
}

/* Gives the parent the columns that point to a dimension. */
static void
add_foreign_columns(Fuzz *fuzz, int number)
{
	Table	   *table = &fuzz->tables[number];
	Table	   *parent = &fuzz->tables[table->parent];

	if (parent->ncolumns + table->nkeys > MAX_COLUMNS)
		parent = &fuzz->tables[table->parent = 0];
	for (int i = 0; i < table->nkeys; i++)
	{
		Column	   *key = &table->columns[i];
		Column	   *column;

		table->foreign[i] = parent->ncolumns;
		column = add_column(fuzz, parent);
		snprintf(column->name, NAME_SIZE, "%s", key->name);
		column->type = is_whole(key->type) && chance(fuzz, 30) ? &types[draw(fuzz, 3)] : key->type;
		column->collation = key->collation;
		column->nullable = chance(fuzz, 40);
		column->joins = number;
		column->part = i;
	}
}

/* The value of a column for the row whose number is the SQL expression "row". */
static void
write_value(Fuzz *fuzz, Text *sql, const Column *column, const char *row)
{
	const Table *points = column->joins >= 0 ? &fuzz->tables[column->joins] : NULL;
	char		number[200];

	if (points)
		snprintf(number, sizeof(number), "fuzz.h(%s, %d) %% %d", row, points->columns[0].salt, points->next + points->next / 8 + 1);
	else if (column->is_key)
		snprintf(number, sizeof(number), "%s", row);
	else
		snprintf(number, sizeof(number), "fuzz.h(%s, %d) %% %d", row, column->salt, column->domain);

	if (column->nullable)
		say(sql, "CASE WHEN fuzz.h(%s, %d) %% 9 > 0 THEN ", row, column->salt + 1);
	say(sql, "fuzz.v_%s(", column->type->maker);
	if ((points && points->nkeys == 2) || (column->is_key && column->part >= 0 && !points && column->domain == -2))
		say(sql, "(%s) %s 7", number, column->part == 0 ? "/" : "%");
	else
		say(sql, "%s", number);
	say(sql, ", fuzz.h(%s, %d) %% 3 = 0)", row, column->salt + 2);
	if (column->nullable)
		say(sql, " END");
}

static void
write_insert(Fuzz *fuzz, Text *sql, Table *table, int rows)
{
	say(sql, "INSERT INTO fuzz.%s (", table->name);
	for (int i = 0; i < table->ncolumns; i++)
		say(sql, "%s%s", i ? ", " : "", table->columns[i].name);
	say(sql, ") SELECT ");
	for (int i = 0; i < table->ncolumns; i++)
	{
		say(sql, "%s", i ? ", " : "");
		write_value(fuzz, sql, &table->columns[i], "g");
	}
	say(sql, " FROM generate_series(%d, %d) g", table->next, table->next + rows - 1);
	table->next += rows;
}

static void
write_columns(Text *sql, const Table *table, const int *columns, int n)
{
	for (int i = 0; i < n; i++)
		say(sql, "%s%s", i ? ", " : "", table->columns[columns ? columns[i] : i].name);
}

static void
create_table(Fuzz *fuzz, int number)
{
	Table	   *table = &fuzz->tables[number];
	Text		sql = {0};

	say(&sql, "CREATE TABLE fuzz.%s (", table->name);
	for (int i = 0; i < table->ncolumns; i++)
	{
		const Column *column = &table->columns[i];

		if (i == 2 && chance(fuzz, 20))
			say(&sql, "gone int, ");
		say(&sql, "%s %s%s%s%s, ", column->name, column->type->name, column->collation ? " COLLATE " : "",
			column->collation ? column->collation : "", column->nullable ? "" : " NOT NULL");
	}
	say(&sql, "%s (", chance(fuzz, 70) ? "PRIMARY KEY" : "UNIQUE");
	write_columns(&sql, table, NULL, table->nkeys);
	say(&sql, "))");
	parts_write(fuzz, &sql, table);
	run(fuzz, "%s", sql.data);
	if (strstr(sql.data, "gone int"))
		run(fuzz, "ALTER TABLE fuzz.%s DROP COLUMN gone", table->name);
	parts_create(fuzz, number);
}

static void
create_parent_index(Fuzz *fuzz, const Table *table)
{
	Text		sql = {0};

	if (table->parent < 0 || chance(fuzz, 4))
		return;
	say(&sql, "CREATE INDEX ON fuzz.%s (", fuzz->tables[table->parent].name);
	write_columns(&sql, &fuzz->tables[table->parent], table->foreign, table->nkeys);
	say(&sql, ")");
	run(fuzz, "%s", sql.data);
}

static void
create_views(Fuzz *fuzz, int number)
{
	const char *name = fuzz->tables[number].name;

	run(fuzz, "CREATE VIEW fuzz.view%d AS SELECT * FROM fuzz.%s", number, name);
	run(fuzz, "CREATE VIEW fuzz.barrier%d WITH (security_barrier) AS SELECT * FROM fuzz.%s", number, name);
}

/* fuzz_reader may read all but, now and then, one column or some rows. */
static void
create_rights(Fuzz *fuzz)
{
	Table	   *table = &fuzz->tables[draw(fuzz, fuzz->ntables)];

	run(fuzz, "GRANT USAGE ON SCHEMA fuzz TO fuzz_reader");
	run(fuzz, "GRANT SELECT ON ALL TABLES IN SCHEMA fuzz TO fuzz_reader");
	switch (draw(fuzz, 4))
	{
		case 0:
			run(fuzz, "REVOKE SELECT ON fuzz.%s FROM fuzz_reader", table->name);
			run(fuzz, "GRANT SELECT (%s, %s) ON fuzz.%s TO fuzz_reader", table->columns[0].name,
				table->columns[1].name, table->name);
			break;
		case 1:
			run(fuzz, "ALTER TABLE fuzz.%s ENABLE ROW LEVEL SECURITY", table->name);
			run(fuzz, "CREATE POLICY p ON fuzz.%s USING (%s)", table->name, chance(fuzz, 50) ? "true" : "fuzz.h(length(current_user), 1) > 5");
			break;
		case 2:
			run(fuzz, "ALTER TABLE fuzz.%s ENABLE ROW LEVEL SECURITY", table->name);
			run(fuzz, "CREATE POLICY p ON fuzz.%s USING (%s IS NOT NULL AND %s::text > '2')", table->name,
				table->columns[0].name, table->columns[0].name);
			break;
	}
}

/* Without names it would read the whole catalog, which takes longer than the round's queries. */
static void
analyze(Fuzz *fuzz)
{
	Text		sql = {0};

	for (int i = 0; i < fuzz->ntables; i++)
		say(&sql, "%sfuzz.%s", i ? ", " : "", fuzz->tables[i].name);
	run(fuzz, "ANALYZE %s", sql.data);
}

void
schema_create(Fuzz *fuzz)
{
	int			style = chance(fuzz, 60) ? 0 : 1 + (int) draw(fuzz, 3);

	fuzz->ntables = 1 + (int) draw(fuzz, MAX_TABLES);
	for (int i = 0; i < fuzz->ntables; i++)
		shape_table(fuzz, i, style);
	for (int i = 1; i < fuzz->ntables; i++)
		add_foreign_columns(fuzz, i);
	for (int i = 0; i < fuzz->ntables; i++)
		for (int k = 0; fuzz->tables[i].nkeys == 2 && k < 2; k++)
			fuzz->tables[i].columns[k].domain = -2;
	for (int i = fuzz->ntables - 1; i >= 0; i--)
	{
		Text		sql = {0};
		Table	   *table = &fuzz->tables[i];

		create_table(fuzz, i);
		write_insert(fuzz, &sql, table, i == 0 ? 100 + (int) draw(fuzz, 500) : 5 + (int) draw(fuzz, 60));
		run(fuzz, "%s", sql.data);
	}
	for (int i = 0; i < fuzz->ntables; i++)
	{
		create_parent_index(fuzz, &fuzz->tables[i]);
		create_views(fuzz, i);
	}
	create_rights(fuzz);
	analyze(fuzz);
}

/* --- changes --- */

/* Some rows of a table, in the order of its key, as the end of UPDATE and DELETE. */
static void
write_some(Fuzz *fuzz, Text *sql, const Table *table, int most)
{
	say(sql, " WHERE ctid IN (SELECT ctid FROM fuzz.%s ORDER BY ", table->name);
	write_columns(sql, table, NULL, table->nkeys);
	say(sql, " LIMIT %d OFFSET %d)", 1 + (int) draw(fuzz, most), (int) draw(fuzz, table->next));
}

/* One INSERT, UPDATE or DELETE. */
void
schema_write_row(Fuzz *fuzz)
{
	Table	   *table = &fuzz->tables[chance(fuzz, 50) ? 0 : draw(fuzz, fuzz->ntables)];
	int			most = chance(fuzz, 85) ? 12 : 400;
	Text		sql = {0};

	if (parts_move_row(fuzz, (int) (table - fuzz->tables)))
		return;
	switch (draw(fuzz, 5))
	{
		case 0:
			write_insert(fuzz, &sql, table, 1 + (int) draw(fuzz, most));
			break;
		case 1:
			say(&sql, "DELETE FROM fuzz.%s", table->name);
			write_some(fuzz, &sql, table, most);
			break;
		default:
			{
				Column	   *column = &table->columns[table->nkeys + draw(fuzz, table->ncolumns - table->nkeys)];
				char		row[100];

				say(&sql, "UPDATE fuzz.%s SET %s = ", table->name, column->name);
				snprintf(row, sizeof(row), "hashtext(ctid::text)::bigint + %d", (int) draw(fuzz, 1000000));
				write_value(fuzz, &sql, column, row);
				write_some(fuzz, &sql, table, most);
			}
	}
	run(fuzz, "%s", sql.data);
}

/* DDL and upkeep that an ordering must survive, one way or the other. */
static void
change_structure(Fuzz *fuzz)
{
	Table	   *table = &fuzz->tables[draw(fuzz, fuzz->ntables)];
	Column	   *column = &table->columns[draw(fuzz, table->ncolumns)];
	Text		sql = {0};

	switch (draw(fuzz, 12))
	{
		case 0:
			run(fuzz, "TRUNCATE fuzz.%s", table->name);
			write_insert(fuzz, &sql, table, 20 + (int) draw(fuzz, 60));
			run(fuzz, "%s", sql.data);
			break;
		case 1:
			run(fuzz, "ALTER TABLE fuzz.%s DISABLE TRIGGER ALL", table->name);
			schema_write_row(fuzz);
			run(fuzz, "ALTER TABLE fuzz.%s ENABLE TRIGGER ALL", table->name);
			break;
		case 2:
			run(fuzz, "VACUUM FULL fuzz.%s", table->name);
			break;
		case 3:
			run(fuzz, "VACUUM");
			break;
		case 4:
			run(fuzz, "ALTER TABLE fuzz.%s ADD COLUMN added%d text DEFAULT 'x'", table->name, (int) draw(fuzz, 1000000));
			break;
		case 5:
			run(fuzz, "REINDEX TABLE fuzz.%s", table->name);
			break;
		case 6:
			run(fuzz, "CREATE TABLE fuzz.child () INHERITS (fuzz.%s)", table->name);
			run(fuzz, "DROP TABLE fuzz.child");
			break;
		case 7:
			run(fuzz, "ALTER TABLE fuzz.%s ALTER COLUMN %s TYPE %s%s%s USING %s", table->name, column->name,
				column->type->name, column->collation ? " COLLATE " : "", column->collation ? column->collation : "", column->name);
			break;
		case 8:
			run(fuzz, "ALTER TABLE fuzz.%s RENAME TO moved", table->name);
			schema_write_row(fuzz);
			run(fuzz, "ALTER TABLE fuzz.moved RENAME TO %s", table->name);
			break;
		case 9:
			run(fuzz, "CREATE INDEX ON fuzz.%s (%s)", table->name, column->name);
			break;
		case 10:
			analyze(fuzz);
			break;
		case 11:
			if (column->nullable)
			{
				run(fuzz, "UPDATE fuzz.%s SET %s = NULL", table->name, column->name);
				break;
			}
			run(fuzz, "ALTER TABLE fuzz.%s ALTER COLUMN %s SET STATISTICS 10", table->name, column->name);
			break;
	}
}

void
schema_change(Fuzz *fuzz)
{
	int			n = 1 + (int) draw(fuzz, 4);
	bool		whole = chance(fuzz, 50);

	if (chance(fuzz, 20))
		change_structure(fuzz);
	parts_change(fuzz);
	if (whole)
		run(fuzz, "BEGIN");
	for (int i = 0; i < n; i++)
		schema_write_row(fuzz);
	if (whole)
		run(fuzz, chance(fuzz, 80) ? "COMMIT" : "ROLLBACK");
	if (chance(fuzz, 80))
		run(fuzz, "SELECT bingo_tune.refresh_ordering(name) FROM bingo_tune.orderings WHERE state = 'invalid'");
	for (int i = 0; i < fuzz->norderings; i++)
		if (fuzz->orderings[i].alive && chance(fuzz, 15))
			run(fuzz, "SELECT bingo_tune.refresh_ordering('%s')", fuzz->orderings[i].name);
	fuzz->counts.changes += n;
}
