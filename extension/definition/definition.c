/*
 * definition/definition.c
 *	  What follows from a definition, whether it was analysed or read.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "base/relations.h"
#include "definition/definition.h"

const BingoColumn *
bingo_definition_window_column(const BingoDefinition *definition, int i)
{
	return definition->counts ? &definition->sort[i].column : &definition->output[i];
}

int
bingo_definition_presence(const BingoDefinition *definition, int table)
{
	const BingoTable *t = &definition->tables[table];

	for (int i = 0; i < definition->noutput; i++)
		for (int j = 0; j < t->njoin; j++)
			if (definition->output[i].table == table && definition->output[i].attno == t->join[j].attno)
				return i;
	return -1;
}

int
bingo_definition_find_table(const BingoDefinition *definition, Oid relid, int from)
{
	for (int i = from; i < definition->ntables; i++)
		if (definition->tables[i].relid == relid)
			return i;
	return -1;
}

bool
bingo_definition_has_optional(const BingoDefinition *definition)
{
	for (int i = 1; i < definition->ntables; i++)
		if (definition->tables[i].optional)
			return true;
	return false;
}

bool
bingo_definition_counts_alike(const BingoDefinition *other, const BingoDefinition *definition)
{
	if (other->nsort != definition->nsort || !equal(other->filter, definition->filter))
		return false;
	for (int i = 0; i < definition->nsort; i++)
	{
		const BingoSortKey *key = &definition->sort[i];
		const BingoSortKey *other_key = &other->sort[i];

		if (other->output[i].attno != definition->output[i].attno || other_key->null_test != key->null_test ||
			other_key->column.type != key->column.type || other_key->opfamily != key->opfamily ||
			other_key->collation != key->collation)
			return false;
	}
	return true;
}

void
bingo_definition_fill_used(BingoDefinition *definition)
{
	for (int i = 0; i < definition->ntables; i++)
	{
		BingoTable *table = &definition->tables[i];

		for (int j = 0; j < table->njoin; j++)
		{
			BingoTable *parent = &definition->tables[table->parent];

			table->used = bms_add_member(table->used, table->join[j].attno);
			parent->used = bms_add_member(parent->used, table->join[j].parent_attno);
		}
	}
	for (int i = 0; i < definition->noutput; i++)
	{
		BingoTable *table = &definition->tables[definition->output[i].table];

		if (definition->output[i].attno != InvalidAttrNumber)
			table->used = bms_add_member(table->used, definition->output[i].attno);
	}
	for (int i = 0; i < definition->nread; i++)
	{
		BingoTable *table = &definition->tables[definition->read[i].table];

		table->used = bms_add_member(table->used, definition->read[i].attno);
	}
}

/* Sort keys from one to before another, in words. */
static char *
name_keys(const BingoDefinition *definition, int from, int to)
{
	StringInfoData keys;

	initStringInfo(&keys);
	for (int i = from; i < to; i++)
	{
		const BingoColumn *column = &definition->sort[i].column;
		Oid			relid = definition->tables[column->table].relid;

		appendStringInfo(&keys, "%s%s.%s", i > from ? ", " : "", bingo_relations_label(relid),
						 bingo_relations_column(relid, column->attno));
	}
	return keys.data;
}

void
bingo_definition_count_keys(BingoDefinition *definition, bool all_rows)
{
	/* of a key that is all there is to the order there is no second row */
	definition->nkeys = all_rows || definition->nparameters == definition->nsort ? 0 : definition->nparameters;
}

void
bingo_definition_tell_keys(const char *name, const BingoDefinition *definition, int64 rows)
{
	if (definition->nkeys > 0)
		ereport(NOTICE,
				(errmsg("ordering \"%s\" keeps the first %lld rows, up to twice as many, for each value of %s", name,
						(long long) rows, name_keys(definition, 0, definition->nkeys))));
	else if (definition->nparameters > 0)
		ereport(NOTICE,
				(errmsg("ordering \"%s\" keeps all rows, for each value of %s", name,
						name_keys(definition, 0, definition->nparameters))));
	if (definition->nappended == 0)
		return;
	ereport(NOTICE,
			(errmsg("ordering \"%s\" also sorts by %s, which tells equal rows apart", name,
					name_keys(definition, definition->nsort - definition->nappended, definition->nsort))));
}
