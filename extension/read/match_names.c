/*
 * read/match_names.c
 *	  Names for the reasons why a query is not served.
 */
#include "postgres.h"

#include "utils/lsyscache.h"

#include "base/relations.h"
#include "definition/expression.h"
#include "read/match_step.h"

const char *
bingo_match_table_name(Oid relid)
{
	return bingo_relations_label(relid);
}

const char *
bingo_match_column_name(const BingoDefinition *definition, int table, AttrNumber attno)
{
	Oid			relid = definition->tables[table].relid;

	if (attno == InvalidAttrNumber)
		return psprintf("all columns of %s", bingo_match_table_name(relid));
	return psprintf("%s.%s", bingo_match_table_name(relid), bingo_relations_column(relid, attno));
}

const char *
bingo_match_kept_name(const BingoDefinition *definition, const BingoColumn *column)
{
	if (column->attno != InvalidAttrNumber)
		return bingo_match_column_name(definition, column->table, column->attno);
	if (!bingo_expression_is_intact(definition))
		return "an expression";	/* which nobody can write any more */
	return bingo_expression_format(definition, column, bingo_match_table_name(definition->tables[column->table].relid));
}

void
bingo_match_add_obstacle(BingoMatch *match, char *obstacle)
{
	ListCell   *lc;

	foreach(lc, match->obstacles)
	{
		if (strcmp(lfirst(lc), obstacle) == 0)
			return;
	}
	match->obstacles = lappend(match->obstacles, obstacle);
}
