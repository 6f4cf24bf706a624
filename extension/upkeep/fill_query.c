/*
 * upkeep/fill_query.c
 *	  The query of an ordering, or of a part of its rows, as SQL.
 *
 * Every name is quoted, and the search_path is that of bingo_store_enter().
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "nodes/makefuncs.h"
#include "nodes/params.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"

#include "definition/expression.h"
#include "definition/filter.h"
#include "definition/relation.h"
#include "definition/types.h"
#include "upkeep/fill_query.h"
#include "base/relations.h"

#define APART (-1)				/* a table: the rows, computed; expression is the number of the output column */

static void
append_column(StringInfo sql, const BingoDefinition *definition, int table, AttrNumber attno)
{
	appendStringInfo(sql, "t%d.%s", table,
					 quote_identifier(bingo_relations_column(definition->tables[table].relid, attno)));
}

static void
append_operator(StringInfo sql, Oid operator)
{
	const char *written = bingo_relations_write_operator(operator, true);

	if (written == NULL)
		elog(ERROR, "operator %u, or its schema, is gone", operator);
	appendStringInfo(sql, " %s ", written);
}

/* The column, or what is computed from columns of its table; or it stands apart already. */
static void
append_value(StringInfo sql, const BingoDefinition *definition, const BingoColumn *column)
{
	if (column->table == APART)
		appendStringInfo(sql, "w.c%d", column->expression);
	else if (column->attno != InvalidAttrNumber)
		append_column(sql, definition, column->table, column->attno);
	else
		appendStringInfo(sql, "(%s)", bingo_expression_format(definition, column, psprintf("t%d", column->table)));
}

/* As the window keeps it.  Of a domain the same value by another name: nothing is computed. */
static void
append_kept_column(StringInfo sql, const BingoDefinition *definition, const BingoColumn *column)
{
	int32		typmod;
	Oid			type = bingo_types_kept(column->type, &typmod);

	append_value(sql, definition, column);
	if (OidIsValid(type) && type != column->type)
		appendStringInfo(sql, "::%s",
						 format_type_extended(type, -1, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY));
}

/* How a sort key stands to its value in the boundary. */
typedef enum Comparison
{
	EQUAL,
	BEHIND,
	EQUAL_OR_BEHIND,
	NOT_BEHIND
} Comparison;

/* For a boundary whose value of the key is NULL.  (IS NULL would be true of ROW(NULL, NULL), too.) */
static void
append_null_comparison(StringInfo sql, const BingoSortKey *key, Comparison comparison,
					   const char *column)
{
	/* Is a value that is not NULL behind it? */
	bool		others_behind = key->nulls_first;

	switch (comparison)
	{
		case EQUAL:
			appendStringInfo(sql, "%s IS NOT DISTINCT FROM NULL", column);
			break;
		case BEHIND:
			appendStringInfo(sql, others_behind ? "%s IS DISTINCT FROM NULL" : "false", column);
			break;
		case EQUAL_OR_BEHIND:
			appendStringInfo(sql, others_behind ? "true" : "%s IS NOT DISTINCT FROM NULL", column);
			break;
		case NOT_BEHIND:
			appendStringInfo(sql, others_behind ? "%s IS NOT DISTINCT FROM NULL" : "true", column);
			break;
	}
}

/* The operator "column, value of the boundary" for a comparison. */
static Oid
find_operator(const BingoSortKey *key, Comparison comparison)
{
	Oid			type;
	int			strategy = BTEqualStrategyNumber;

	/* The operator's own input type decides, as in the index. */
	op_input_types(key->sort_operator, &type, &type);
	switch (comparison)
	{
		case EQUAL:
			break;
		case BEHIND:
			strategy = key->descending ? BTLessStrategyNumber : BTGreaterStrategyNumber;
			break;
		case EQUAL_OR_BEHIND:
			strategy = key->descending ? BTLessEqualStrategyNumber : BTGreaterEqualStrategyNumber;
			break;
		case NOT_BEHIND:
			strategy = key->descending ? BTGreaterEqualStrategyNumber : BTLessEqualStrategyNumber;
			break;
	}
	return get_opfamily_member(key->opfamily, type, type, strategy);
}

static void
append_comparison(StringInfo sql, const BingoDefinition *definition, int number,
				  Comparison comparison, const BingoBoundary *boundary)
{
	const BingoSortKey *key = &definition->sort[number];
	StringInfoData column;
	BingoColumn attribute;
	bool		not_null = false;

	initStringInfo(&column);
	append_value(&column, definition, &key->column);
	if (key->column.attno != InvalidAttrNumber)
		bingo_relation_require_attribute(definition->tables[key->column.table].relid, key->column.attno,
										 &attribute, &not_null);

	if (boundary->nulls[number])
	{
		append_null_comparison(sql, key, comparison, column.data);
		return;
	}
	appendStringInfo(sql, "(%s", column.data);
	append_operator(sql, find_operator(key, comparison));
	appendStringInfo(sql, "$%d", number + 1);
	/* A domain's collation, which the parameter has, may be another than the column's. */
	if (OidIsValid(key->collation))
		appendStringInfo(sql, " COLLATE %s", generate_collation_name(key->collation));
	/* a row of an optional table may be missing, whatever its columns are */
	not_null = not_null && !definition->tables[key->column.table].optional;
	if (!not_null && comparison != EQUAL && (comparison == NOT_BEHIND) == key->nulls_first)
		appendStringInfo(sql, " OR %s IS NOT DISTINCT FROM NULL", column.data);
	appendStringInfoChar(sql, ')');
}

/*
 * The keys from "first" on, up to "nkeys", lie at or behind their values, or, if that is wanted, strictly
 * behind.
 */
static void
append_keys_condition(StringInfo sql, const BingoDefinition *definition, int first, int nkeys, bool strict,
					  const BingoBoundary *after)
{
	for (int i = first; i < nkeys; i++)
	{
		bool		last = i == nkeys - 1;

		append_comparison(sql, definition, i,
						  !last || strict ? BEHIND : EQUAL_OR_BEHIND, after);
		if (last)
			break;
		appendStringInfoString(sql, " OR (");
		append_comparison(sql, definition, i, EQUAL, after);
		appendStringInfoString(sql, " AND (");
	}
	for (int i = first; i < nkeys - 1; i++)
		appendStringInfoString(sql, "))");
}

/*
 * The first "nkeys" keys lie at or behind their values, all keys strictly
 * behind.  Implied by the condition on all keys, but made of fewer tables, so
 * that the scan of the leading ones can begin at the boundary.
 */
static void
append_prefix_condition(StringInfo sql, const BingoDefinition *definition, int nkeys,
						const BingoBoundary *after)
{
	append_keys_condition(sql, definition, 0, nkeys, nkeys == definition->nsort, after);
}

/* Rows of the boundary's key, those that lie behind it or all. */
static void
append_in_key(StringInfo sql, const char *separator, const BingoDefinition *definition, const BingoBoundary *after, bool all)
{
	for (int i = 0; i < definition->nkeys; i++)
	{
		appendStringInfoString(sql, separator);
		append_comparison(sql, definition, i, EQUAL, after);
		separator = " AND ";
	}
	for (int i = definition->nkeys + 1; i <= definition->nsort && !all; i++)
	{
		appendStringInfo(sql, "%s(", separator);
		append_keys_condition(sql, definition, definition->nkeys, i, i == definition->nsort, after);
		appendStringInfoChar(sql, ')');
	}
}

/* Which of the rows, as conditions that begin with the separator. */
static void
append_boundary(StringInfo sql, const char *separator, const BingoDefinition *definition,
				BingoRows rows, const BingoBoundary *boundary)
{
	switch (rows)
	{
		case BINGO_ROWS_ALL:
			break;
		case BINGO_ROWS_BEHIND:
			for (int i = 1; i <= definition->nsort; i++)
			{
				appendStringInfo(sql, "%s(", separator);
				append_prefix_condition(sql, definition, i, boundary);
				appendStringInfoChar(sql, ')');
				separator = " AND ";
			}
			break;
		case BINGO_ROWS_INSIDE:
			/* Again the first key alone lets a scan begin or end there. */
			appendStringInfoString(sql, separator);
			append_comparison(sql, definition, 0, NOT_BEHIND, boundary);
			appendStringInfoString(sql, " AND (");
			append_prefix_condition(sql, definition, definition->nsort, boundary);
			appendStringInfoString(sql, ") IS NOT TRUE");
			break;
		case BINGO_ROWS_BEHIND_KEY:
		case BINGO_ROWS_UP_TO_KEY:
			appendStringInfo(sql, "%s(", separator);
			append_keys_condition(sql, definition, 0, definition->nkeys, true, boundary);
			appendStringInfoString(sql, rows == BINGO_ROWS_BEHIND_KEY ? ")" : ") IS NOT TRUE");
			break;
		case BINGO_ROWS_OF_KEY:
		case BINGO_ROWS_WHOLE_KEY:
			append_in_key(sql, separator, definition, boundary, rows == BINGO_ROWS_WHOLE_KEY);
			break;
	}
}

/* As conditions that begin with the separator; returns the one for more of them. */
static const char *
append_join(StringInfo sql, const char *separator, const BingoDefinition *definition, int number)
{
	const BingoTable *table = &definition->tables[number];

	for (int j = 0; j < table->njoin; j++)
	{
		appendStringInfoString(sql, separator);
		append_column(sql, definition, table->parent, table->join[j].parent_attno);
		append_operator(sql, table->join[j].equality);
		append_column(sql, definition, number, table->join[j].attno);
		separator = " AND ";
	}
	return separator;
}

/* Returns the separator for the conditions that follow. */
static const char *
append_inner_joins(StringInfo sql, const BingoDefinition *definition)
{
	const char *separator = " WHERE ";

	for (int i = 0; i < definition->ntables; i++)
		appendStringInfo(sql, "%s ONLY %s t%d", i > 0 ? "," : " FROM",
						 bingo_relations_name(definition->tables[i].relid), i);
	for (int i = 1; i < definition->ntables; i++)
		separator = append_join(sql, separator, definition, i);
	return separator;
}

/* A parent stands before its dimensions. */
static void
append_outer_joins(StringInfo sql, const BingoDefinition *definition)
{
	for (int i = 0; i < definition->ntables; i++)
	{
		appendStringInfo(sql, "%s ONLY %s t%d", i == 0 ? " FROM" : definition->tables[i].optional ? " LEFT JOIN" : " JOIN",
						 bingo_relations_name(definition->tables[i].relid), i);
		if (i > 0)
			(void) append_join(sql, " ON ", definition, i);
	}
}

/*
 * An expression that might fail is computed of no row that the query has not: the planner could have it looked at
 * before the joins and the filter.
 */
static bool
stand_apart(const BingoDefinition *definition, BingoRows rows)
{
	return rows != BINGO_ROWS_ALL && bingo_expression_may_fail((Node *) definition->expressions);
}

/* The definition, with its sort keys as columns of w. */
static BingoDefinition *
set_apart(const BingoDefinition *definition)
{
	BingoDefinition *apart = palloc(sizeof(BingoDefinition));

	*apart = *definition;
	apart->sort = palloc(definition->nsort * sizeof(BingoSortKey));
	for (int i = 0; i < definition->nsort; i++)
	{
		apart->sort[i] = definition->sort[i];
		apart->sort[i].column.table = APART;
		apart->sort[i].column.attno = InvalidAttrNumber;
		apart->sort[i].column.expression = definition->sort[i].output;
	}
	return apart;
}

/* What has been written becomes w, whose rows are computed as a whole. */
static void
wrap(StringInfo sql, const BingoDefinition *definition)
{
	char	   *query = pstrdup(sql->data);

	resetStringInfo(sql);
	appendStringInfo(sql, "SELECT * FROM (%s OFFSET 0) w (", query);
	for (int i = 0; i < definition->noutput; i++)
		appendStringInfo(sql, "%sc%d", i > 0 ? ", " : "", i);
	appendStringInfoChar(sql, ')');
}

char *
bingo_fill_query(const BingoDefinition *definition, BingoRows rows, const BingoBoundary *boundary)
{
	StringInfoData sql;
	const char *separator = " WHERE ";

	/* of a type no relation may have told */
	if (!bingo_expression_is_intact(definition))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a type, a collation or a function in a condition or a sort key of the ordering is gone"),
				 errhint("Drop the ordering, or create what is gone again and refresh it.")));
	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	for (int i = 0; i < definition->noutput; i++)
	{
		appendStringInfoString(&sql, i > 0 ? ", " : "");
		append_kept_column(&sql, definition, &definition->output[i]);
	}
	if (bingo_definition_has_optional(definition))
		append_outer_joins(&sql, definition);
	else
		separator = append_inner_joins(&sql, definition);
	for (int i = 0; i < definition->ntables; i++)
	{
		char	   *filter = bingo_filter_format(definition, i, psprintf("t%d", i));

		if (filter == NULL)
			continue;
		appendStringInfo(&sql, "%s(%s)", separator, filter);
		separator = " AND ";
	}
	if (stand_apart(definition, rows))
	{
		wrap(&sql, definition);
		definition = set_apart(definition);
		separator = " WHERE ";
	}
	append_boundary(&sql, separator, definition, rows, boundary);
	return sql.data;
}

char *
bingo_fill_order(const BingoDefinition *definition, BingoRows rows)
{
	StringInfoData sql;

	if (stand_apart(definition, rows))
		definition = set_apart(definition);
	initStringInfo(&sql);
	for (int i = 0; i < definition->nsort; i++)
	{
		const BingoSortKey *key = &definition->sort[i];

		appendStringInfoString(&sql, i > 0 ? ", " : "");
		append_value(&sql, definition, &key->column);
		appendStringInfo(&sql, " %s NULLS %s", key->descending ? "DESC" : "ASC",
						 key->nulls_first ? "FIRST" : "LAST");
	}
	return sql.data;
}

ParamListInfo
bingo_fill_parameters(const BingoDefinition *definition, const BingoBoundary *boundary)
{
	ParamListInfo parameters = makeParamList(definition->nsort);

	for (int i = 0; i < definition->nsort; i++)
	{
		parameters->params[i].value = boundary->values[i];
		parameters->params[i].isnull = boundary->nulls[i];
		parameters->params[i].pflags = PARAM_FLAG_CONST;
		parameters->params[i].ptype = definition->sort[i].column.type;
	}
	return parameters;
}
