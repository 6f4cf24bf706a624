/*
 * definition/definition.c
 *	  What follows from a definition, whether it was analysed or read.
 */
#include "postgres.h"

#include "definition/definition.h"

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

		table->used = bms_add_member(table->used, definition->output[i].attno);
	}
}
