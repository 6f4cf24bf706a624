/*
 * definition/output.c
 *	  The columns that a window will have, while its query is analysed.
 */
#include "postgres.h"

#include "definition/output.h"
#include "definition/relation.h"

int
bingo_output_add(BingoAnalysis *analysis, int table, AttrNumber attno)
{
	BingoDefinition *definition = analysis->definition;
	BingoColumn *column;

	for (int i = 0; i < definition->noutput; i++)
		if (definition->output[i].table == table && definition->output[i].attno == attno)
			return i;

	if (definition->noutput == 0)
		definition->output = palloc(sizeof(BingoColumn));
	else
		definition->output = repalloc(definition->output,
									  (definition->noutput + 1) * sizeof(BingoColumn));
	column = &definition->output[definition->noutput];
	bingo_relation_require_attribute(analysis->relations[table].relid, attno, column, NULL);
	column->table = table;
	return definition->noutput++;
}
