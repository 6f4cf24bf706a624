/*
 * store/definition_text.c
 *	  The query of an ordering or counter as text, with the names of now.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_operator.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

#include "base/relations.h"
#include "definition/expression.h"
#include "definition/filter.h"
#include "store/definition.h"

/* Returns false if the table or the column is gone. */
static bool
append_column(StringInfo text, const BingoDefinition *definition, int table, AttrNumber attno)
{
	Oid			relid = definition->tables[table].relid;
	char	   *relation = bingo_relations_find_label(relid);
	char	   *column = bingo_relations_find_column(relid, attno);

	if (relation == NULL || column == NULL)
		return false;
	appendStringInfo(text, "%s.", quote_identifier(relation));
	appendStringInfoString(text, quote_identifier(column));
	return true;
}

/* "=" as everybody writes it, or with the schema of an extension's. */
static bool
append_operator(StringInfo text, Oid operator)
{
	HeapTuple	tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(operator));
	Form_pg_operator form;
	char	   *schema;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_operator) GETSTRUCT(tuple);
	schema = bingo_relations_find_schema(form->oprnamespace);
	if (schema && strcmp(schema, "pg_catalog") == 0)
		appendStringInfo(text, " %s ", NameStr(form->oprname));
	else if (schema)
		appendStringInfo(text, " OPERATOR(%s.%s) ", quote_identifier(schema), NameStr(form->oprname));
	ReleaseSysCache(tuple);
	return schema != NULL;
}

static bool
append_join(StringInfo text, const BingoDefinition *definition, int number)
{
	const BingoTable *table = &definition->tables[number];

	for (int i = 0; i < table->njoin; i++)
	{
		appendStringInfoString(text, i > 0 ? " AND " : " ON ");
		if (!append_column(text, definition, table->parent, table->join[i].parent_attno) ||
			!append_operator(text, table->join[i].equality) ||
			!append_column(text, definition, number, table->join[i].attno))
			return false;
	}
	return true;
}

/* An expression of one table's columns; false if one is gone. */
static bool
append_expression(StringInfo text, const BingoDefinition *definition, const BingoColumn *column)
{
	Oid			relid = definition->tables[column->table].relid;
	char	   *relation = bingo_relations_find_label(relid);

	for (int i = 0; i < definition->nread; i++)
		if (definition->read[i].table == column->table && bingo_relations_find_column(relid, definition->read[i].attno) == NULL)
			return false;
	if (relation == NULL)
		return false;
	appendStringInfoString(text, bingo_expression_format(definition, column, relation));
	return true;
}

static bool
append_order(StringInfo text, const BingoDefinition *definition)
{
	for (int i = 0; i < definition->nsort; i++)
	{
		const BingoSortKey *key = &definition->sort[i];

		appendStringInfoString(text, i > 0 ? ", " : " ORDER BY ");
		if (key->column.attno == InvalidAttrNumber ? !append_expression(text, definition, &key->column) :
			!append_column(text, definition, key->column.table, key->column.attno))
			return false;
		if (key->descending)
			appendStringInfoString(text, " DESC");
		if (key->nulls_first != key->descending)
			appendStringInfoString(text, key->nulls_first ? " NULLS FIRST" : " NULLS LAST");
	}
	return true;
}

/* Two tables of one name in two schemas: then the columns' names alone would not do. */
static bool
have_own_names(const BingoDefinition *definition)
{
	for (int i = 0; i < definition->ntables; i++)
	{
		char	   *name = bingo_relations_find_label(definition->tables[i].relid);

		if (name == NULL)
			return false;
		for (int j = 0; j < i; j++)
		{
			char	   *other = bingo_relations_find_label(definition->tables[j].relid);

			if (other == NULL || strcmp(name, other) == 0)
				return false;
		}
	}
	return true;
}

char *
bingo_definition_format_counter(const BingoDefinition *definition, bool kept)
{
	Oid			relid = definition->tables[0].relid;
	char	   *relation = bingo_relations_find_label(relid);
	StringInfoData text;
	StringInfoData keys;

	if (relation == NULL || !bingo_expression_is_intact(definition))
		return NULL;
	initStringInfo(&text);
	initStringInfo(&keys);
	for (int i = 0; i < definition->noutput; i++)
	{
		appendStringInfoString(&keys, i > 0 ? ", " : "");
		if (!append_column(&keys, definition, 0, definition->output[i].attno))
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
		appendStringInfo(&text, " WHERE %s", bingo_filter_format(definition, 0, relation));
	if (keys.len > 0)
		appendStringInfo(&text, " GROUP BY %s", keys.data);
	return text.data;
}

static bool
append_filter(StringInfo text, const BingoDefinition *definition)
{
	const char *separator = " WHERE ";

	for (int i = 0; i < definition->nread; i++)
		if (bingo_relations_find_column(definition->tables[definition->read[i].table].relid, definition->read[i].attno) == NULL)
			return false;
	for (int i = 0; i < definition->ntables; i++)
	{
		Oid			relid = definition->tables[i].relid;
		char	   *relation = bingo_relations_find_label(relid);
		char	   *filter = relation ? bingo_filter_format(definition, i, relation) : NULL;

		if (relation == NULL)
			return false;
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
	bool		good = have_own_names(definition) && bingo_expression_is_intact(definition);
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
		good = append_column(&text, definition, definition->output[i].table, definition->output[i].attno);
	}
	for (int i = 0; good && i < definition->ntables; i++)
	{
		appendStringInfo(&text, "%s%s", i == 0 ? " FROM " : definition->tables[i].optional ? " LEFT JOIN " : " JOIN ",
						 bingo_relations_name(definition->tables[i].relid));
		good = i == 0 || append_join(&text, definition, i);
	}
	good = good && append_filter(&text, definition) && append_order(&text, definition);
	return good ? text.data : NULL;
}
