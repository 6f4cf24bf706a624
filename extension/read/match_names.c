/*
 * read/match_names.c
 *	  Names for the reasons why a query is not served.
 */
#include "postgres.h"

#include "utils/lsyscache.h"

#include "base/relations.h"
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
