/*
 * store/definition_text.c
 *	  The query of an ordering or counter as text, with the names of now.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "commands/defrem.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"

#include "base/relations.h"
#include "definition/expression.h"
#include "definition/filter.h"
#include "store/definition.h"

/* What the query calls its tables. */
typedef char *Names[BINGO_MAX_TABLES];

/* Is one in front called so?  A name that is not the table's own must not be that of any other table either. */
static bool
is_taken(const BingoDefinition *definition, const Names names, int table, bool own)
{
	for (int i = 0; i < definition->ntables; i++)
	{
		const char *other = i < table ? names[i] : i == table || own ? NULL : bingo_relations_find_label(definition->tables[i].relid);

		if (other != NULL && strcmp(other, names[table]) == 0)
			return true;
	}
	return false;
}

/* As they are called now, with a number where a name is there twice.  Returns false if one is gone. */
static bool
name_tables(const BingoDefinition *definition, Names names)
{
	for (int i = 0; i < definition->ntables; i++)
	{
		char	   *label = bingo_relations_find_label(definition->tables[i].relid);

		if (label == NULL)
			return false;
		names[i] = label;
		for (int number = 2; is_taken(definition, names, i, names[i] == label); number++)
			names[i] = makeObjectName(label, NULL, psprintf("%d", number));
	}
	return true;
}

/* Returns false if the column is gone. */
static bool
append_column(StringInfo text, const BingoDefinition *definition, const Names names, int table, AttrNumber attno)
{
	char	   *column = bingo_relations_find_column(definition->tables[table].relid, attno);

	if (column == NULL)
		return false;
	appendStringInfo(text, "%s.", quote_identifier(names[table]));
	appendStringInfoString(text, quote_identifier(column));
	return true;
}

/* "=" as everybody writes it, or with the schema of an extension's; false if it is gone. */
static bool
append_operator(StringInfo text, Oid operator)
{
	const char *written = bingo_relations_write_operator(operator, false);

	if (written != NULL)
		appendStringInfo(text, " %s ", written);
	return written != NULL;
}

static bool
append_join(StringInfo text, const BingoDefinition *definition, const Names names, int number)
{
	const BingoTable *table = &definition->tables[number];

	for (int i = 0; i < table->njoin; i++)
	{
		appendStringInfoString(text, i > 0 ? " AND " : " ON ");
		if (!append_column(text, definition, names, table->parent, table->join[i].parent_attno) ||
			!append_operator(text, table->join[i].equality) ||
			!append_column(text, definition, names, number, table->join[i].attno))
			return false;
	}
	return true;
}

/* An expression of one table's columns; false if one is gone. */
static bool
append_expression(StringInfo text, const BingoDefinition *definition, const Names names, const BingoColumn *column)
{
	Oid			relid = definition->tables[column->table].relid;

	for (int i = 0; i < definition->nread; i++)
		if (definition->read[i].table == column->table && bingo_relations_find_column(relid, definition->read[i].attno) == NULL)
			return false;
	appendStringInfoString(text, bingo_expression_format(definition, column, names[column->table]));
	return true;
}

static bool
append_order(StringInfo text, const BingoDefinition *definition, const Names names)
{
	for (int i = 0; i < definition->nsort; i++)
	{
		const BingoSortKey *key = &definition->sort[i];

		appendStringInfoString(text, i > 0 ? ", " : " ORDER BY ");
		if (key->column.attno == InvalidAttrNumber ? !append_expression(text, definition, names, &key->column) :
			!append_column(text, definition, names, key->column.table, key->column.attno))
			return false;
		if (key->descending)
			appendStringInfoString(text, " DESC");
		if (key->nulls_first != key->descending)
			appendStringInfoString(text, key->nulls_first ? " NULLS FIRST" : " NULLS LAST");
	}
	return true;
}

char *
bingo_definition_format_counter(const BingoDefinition *definition, bool kept)
{
	Oid			relid = definition->tables[0].relid;
	Names		names = {NULL};
	StringInfoData text;
	StringInfoData keys;

	if (!name_tables(definition, names) || !bingo_expression_is_intact(definition))
		return NULL;
	initStringInfo(&text);
	initStringInfo(&keys);
	for (int i = 0; i < definition->noutput; i++)
	{
		appendStringInfoString(&keys, i > 0 ? ", " : "");
		if (!append_column(&keys, definition, names, 0, definition->output[i].attno))
			return NULL;
		appendStringInfoString(&keys, definition->sort[i].null_test ? " IS NULL" : "");
	}
	for (int i = 0; i < definition->nread; i++)
		if (bingo_relations_find_column(relid, definition->read[i].attno) == NULL)
			return NULL;
	appendStringInfo(&text, "SELECT %s%scount(*)%s FROM %s%s", keys.data, keys.len > 0 ? ", " : "",
					 kept ? ", pg_catalog.int8(0)" : "", kept ? "ONLY " : "",
					 bingo_relations_name(relid));
	if (definition->filter)
		appendStringInfo(&text, " WHERE %s", bingo_filter_format(definition, 0, names[0]));
	if (keys.len > 0)
		appendStringInfo(&text, " GROUP BY %s", keys.data);
	return text.data;
}

/* The keys for each of whose values rows are counted are compared with parameters.  Returns the next separator, or NULL. */
static const char *
append_keys(StringInfo text, const char *separator, const BingoDefinition *definition, const Names names)
{
	for (int i = 0; i < definition->nkeys; i++)
	{
		const BingoSortKey *key = &definition->sort[i];
		Oid			type;

		op_input_types(key->sort_operator, &type, &type);
		appendStringInfoString(text, separator);
		if (!append_column(text, definition, names, key->column.table, key->column.attno) ||
			!append_operator(text, get_opfamily_member(key->opfamily, type, type, BTEqualStrategyNumber)))
			return NULL;
		appendStringInfo(text, "$%d", i + 1);
		separator = " AND ";
	}
	return separator;
}

static bool
append_filter(StringInfo text, const BingoDefinition *definition, const Names names)
{
	const char *separator = append_keys(text, " WHERE ", definition, names);

	if (separator == NULL)
		return false;
	for (int i = 0; i < definition->nread; i++)
		if (bingo_relations_find_column(definition->tables[definition->read[i].table].relid, definition->read[i].attno) == NULL)
			return false;
	for (int i = 0; i < definition->ntables; i++)
	{
		char	   *filter = bingo_filter_format(definition, i, names[i]);

		if (filter == NULL)
			continue;
		appendStringInfo(text, "%s%s", separator, filter);
		separator = " AND ";
	}
	return true;
}

char *
bingo_definition_format(const BingoDefinition *definition)
{
	StringInfoData text;
	Names		names = {NULL};
	bool		good = name_tables(definition, names) && bingo_expression_is_intact(definition);
	int			selected = 0;

	if (definition->counts)
		return bingo_definition_format_counter(definition, false);
	initStringInfo(&text);
	appendStringInfoString(&text, "SELECT ");
	for (int i = 0; good && i < definition->noutput; i++)
	{
		if (definition->output[i].attno == InvalidAttrNumber)
			continue;			/* the sort keys say it */
		appendStringInfoString(&text, selected++ > 0 ? ", " : "");
		good = append_column(&text, definition, names, definition->output[i].table, definition->output[i].attno);
	}
	for (int i = 0; good && i < definition->ntables; i++)
	{
		appendStringInfo(&text, "%s%s", i == 0 ? " FROM " : definition->tables[i].optional ? " LEFT JOIN " : " JOIN ",
						 bingo_relations_name(definition->tables[i].relid));
		if (strcmp(names[i], bingo_relations_label(definition->tables[i].relid)) != 0)
			appendStringInfo(&text, " AS %s", quote_identifier(names[i]));
		good = i == 0 || append_join(&text, definition, names, i);
	}
	good = good && append_filter(&text, definition, names) && append_order(&text, definition, names);
	return good ? text.data : NULL;
}
