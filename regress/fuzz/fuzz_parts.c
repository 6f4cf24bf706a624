/*
 * fuzz_parts.c
 *	  Tables that are partitioned, by hash, range or list of a column of their key, some of the partitions once more.
 *
 * Mostly it is one table of a round: no ordering has two.  Some partitions are attached, with columns of other numbers.
 * What is drawn here comes from a stream of its own: a round without partitions is what it was before there were any.
 */
#include "fuzz.h"

#include <string.h>

#include "../random.h"

static uint32_t
draw_part(Fuzz *fuzz, uint32_t n)
{
	return random_draw(&fuzz->parts_random, n);
}

static bool
part_chance(Fuzz *fuzz, int percent)
{
	return (int) draw_part(fuzz, 100) < percent;
}

void
parts_start(Fuzz *fuzz)
{
	/* of other numbers, this is one with which the default seed finds what scan_random.pl says */
	fuzz->parts_random = random_start(fuzz->seed + 8211, fuzz->round);
	fuzz->has_parts = part_chance(fuzz, 20);
	fuzz->part_table = part_chance(fuzz, 60) ? 0 : (int) draw_part(fuzz, MAX_TABLES);
}

static const Column *
key_of(const Table *table)
{
	return &table->columns[table->part_key];
}

/* A value of the column that the table is partitioned by; other numbers give other values. */
static void
write_bound(Text *sql, const Table *table, int number)
{
	say(sql, "fuzz.v_%s(%d, false)", key_of(table)->type->maker, number);
}

void
parts_write(Fuzz *fuzz, Text *sql, Table *table)
{
	static const char *const strategies[] = {"HASH", "RANGE", "LIST"};

	table->nparts = 0;
	if (!fuzz->has_parts || (table - fuzz->tables != fuzz->part_table % fuzz->ntables && !part_chance(fuzz, 3)))
		return;
	table->strategy = (int) draw_part(fuzz, 3);
	table->nparts = table->strategy == 1 ? 2 : 2 + (int) draw_part(fuzz, MAX_PARTS - 1);
	table->part_key = (int) draw_part(fuzz, table->nkeys);
	say(sql, " PARTITION BY %s (%s)", strategies[table->strategy], key_of(table)->name);
}

static void
write_for(Text *sql, const Table *table, int i)
{
	int			base = table->nkeys == 2 && table->part_key == 1 ? 7 : 40;

	switch (table->strategy)
	{
		case 0:
			say(sql, "FOR VALUES WITH (MODULUS %d, REMAINDER %d)", table->nparts, i);
			break;
		case 1:
			say(sql, "FOR VALUES FROM (");
			if (i == 0)
				say(sql, "MINVALUE) TO (");
			write_bound(sql, table, base / 2);
			say(sql, i == 0 ? ")" : ") TO (MAXVALUE)");
			break;
		default:
			if (i == table->nparts - 1)
			{
				say(sql, "DEFAULT");
				break;
			}
			say(sql, "FOR VALUES IN (");
			for (int number = i; number < base; number += table->nparts)
			{
				say(sql, "%s", number > i ? ", " : "");
				write_bound(sql, table, number);
			}
			say(sql, ")");
	}
}

static void
create_part(Fuzz *fuzz, const Table *table, int number, int i)
{
	Text		bound = {0};

	write_for(&bound, table, i);
	if (part_chance(fuzz, 20))
	{
		run(fuzz, "CREATE TABLE fuzz.part%d_%d PARTITION OF fuzz.%s %s PARTITION BY HASH (%s)", number, i, table->name, bound.data,
			key_of(table)->name);
		for (int j = 0; j < 2; j++)
			run(fuzz, "CREATE TABLE fuzz.part%d_%d_%d PARTITION OF fuzz.part%d_%d FOR VALUES WITH (MODULUS 2, REMAINDER %d)",
				number, i, j, number, i, j);
		return;
	}
	if (part_chance(fuzz, 50))
	{
		run(fuzz, "CREATE TABLE fuzz.part%d_%d PARTITION OF fuzz.%s %s", number, i, table->name, bound.data);
		return;
	}
	run(fuzz, "CREATE TABLE fuzz.part%d_%d (junk int, LIKE fuzz.%s)", number, i, table->name);
	run(fuzz, "ALTER TABLE fuzz.part%d_%d DROP COLUMN junk", number, i);
	run(fuzz, "ALTER TABLE fuzz.%s ATTACH PARTITION fuzz.part%d_%d %s", table->name, number, i, bound.data);
}

void
parts_create(Fuzz *fuzz, int number)
{
	const Table *table = &fuzz->tables[number];

	for (int i = 0; i < table->nparts; i++)
		create_part(fuzz, table, number, i);
}

/* A row of another key, mostly in another partition: the next one that there is none of. */
bool
parts_move_row(Fuzz *fuzz, int number)
{
	Table	   *table = &fuzz->tables[number];
	Text		sql = {0};

	if (table->nparts == 0 || !part_chance(fuzz, 25))
		return false;
	say(&sql, "UPDATE fuzz.%s SET ", table->name);
	for (int i = 0; i < table->nkeys; i++)
		say(&sql, "%s%s = fuzz.v_%s(%d, false)", i ? ", " : "", table->columns[i].name, table->columns[i].type->maker,
			table->nkeys == 1 ? table->next : i == 0 ? table->next / 7 : table->next % 7);
	table->next++;
	say(&sql, " WHERE (tableoid, ctid) = (SELECT tableoid, ctid FROM fuzz.%s ORDER BY %s LIMIT 1 OFFSET %d)", table->name,
		table->columns[0].name, (int) draw_part(fuzz, table->next));
	run(fuzz, "%s", sql.data);
	return true;
}

/* A partition goes, is changed on its own, and comes back; or loses its rows. */
void
parts_change(Fuzz *fuzz)
{
	int			number = (int) draw_part(fuzz, fuzz->ntables);
	const Table *table = &fuzz->tables[number];
	int			i = table->nparts > 0 ? (int) draw_part(fuzz, table->nparts) : 0;
	Text		bound = {0};

	if (table->nparts == 0 || !part_chance(fuzz, 30))
		return;
	if (part_chance(fuzz, 30))
	{
		run(fuzz, "TRUNCATE fuzz.part%d_%d", number, i);
		return;
	}
	write_for(&bound, table, i);
	run(fuzz, "ALTER TABLE fuzz.%s DETACH PARTITION fuzz.part%d_%d%s", table->name, number, i,
		part_chance(fuzz, 30) ? " CONCURRENTLY" : "");
	run(fuzz, "DELETE FROM fuzz.part%d_%d WHERE ctid IN (SELECT ctid FROM fuzz.part%d_%d LIMIT %d)", number, i, number, i,
		(int) draw_part(fuzz, 20));
	if (part_chance(fuzz, 40))
		schema_write_row(fuzz);
	run(fuzz, "ALTER TABLE fuzz.%s ATTACH PARTITION fuzz.part%d_%d %s", table->name, number, i, bound.data);
}

/* Ways to plan what is partitioned. */
void
parts_set(Fuzz *fuzz)
{
	static const char *const settings[] = {"enable_partitionwise_join = on", "enable_partitionwise_aggregate = on", "enable_partition_pruning = off"};

	for (int i = 0; fuzz->has_parts && i < 3; i++)
		if (part_chance(fuzz, 25))
			run(fuzz, "SET LOCAL %s", settings[i]);
}
