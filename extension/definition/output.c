/*
 * definition/output.c
 *	  The columns that a window will have, while its query is analysed.
 */
#include "postgres.h"

#include "catalog/pg_attribute.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"

#include "definition/output.h"
#include "base/compat.h"
#include "definition/relation.h"

/* Room behind the last one, which is not counted yet. */
static BingoColumn *
add_place(BingoDefinition *definition)
{
	if (definition->noutput == 0)
		definition->output = palloc(sizeof(BingoColumn));
	else
		definition->output = repalloc(definition->output,
									  (definition->noutput + 1) * sizeof(BingoColumn));
	return &definition->output[definition->noutput];
}

int
bingo_output_add(BingoAnalysis *analysis, int table, AttrNumber attno)
{
	BingoDefinition *definition = analysis->definition;
	BingoColumn *column;

	for (int i = 0; i < definition->noutput; i++)
		if (definition->output[i].table == table && definition->output[i].attno == attno)
			return i;

	column = add_place(definition);
	bingo_relation_require_attribute(analysis->relations[table].relid, attno, column, NULL);
	column->table = table;
	return definition->noutput++;
}

int
bingo_output_add_expression(BingoAnalysis *analysis, int table, Node *expression, Node *written)
{
	BingoDefinition *definition = analysis->definition;
	BingoColumn *column;

	for (int i = 0; i < definition->noutput; i++)
	{
		column = &definition->output[i];
		if (column->attno == InvalidAttrNumber && column->table == table &&
			equal(list_nth(definition->expressions, column->expression), expression))
			return i;
	}
	column = add_place(definition);
	column->table = table;
	column->attno = InvalidAttrNumber;
	column->expression = list_length(definition->expressions);
	column->type = exprType(expression);
	column->typmod = exprTypmod(expression);
	column->collation = exprCollation(expression);
	definition->expressions = lappend(definition->expressions, expression);
	definition->written_expressions = lappend(definition->written_expressions, written);
	return definition->noutput++;
}

int
bingo_output_table(const BingoAnalysis *analysis, int rti)
{
	for (int i = 0; i < analysis->nrelations; i++)
		if (analysis->relations[i].rti == rti)
			return i;
	elog(ERROR, "could not find range table entry %d in the query of an ordering", rti);
}

bool
bingo_output_is_column(const BingoAnalysis *analysis, Node *node, int *table, AttrNumber *attno)
{
	Var		   *var;

	while (node != NULL && IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	if (node == NULL || !IsA(node, Var))
		return false;
	var = (Var *) node;
	if (var->varlevelsup != 0 || var->varattno <= 0)
		return false;
	*table = bingo_output_table(analysis, var->varno);
	*attno = var->varattno;
	return true;
}

bool
bingo_output_check(BingoAnalysis *analysis, int table, AttrNumber attno, int location)
{
	BingoColumn column;

	if (!bingo_relation_attribute(analysis->relations[table].relid, attno, &column, NULL))
		return bingo_analysis_fail(analysis, ERRCODE_UNDEFINED_COLUMN, location,
								   psprintf("column %s does not exist any more",
											bingo_analysis_column_name(analysis, table, attno)),
								   NULL, "Try again.");
	if (bingo_is_virtual_generated(analysis->relations[table].relid, attno))
		return bingo_analysis_fail(analysis, ERRCODE_FEATURE_NOT_SUPPORTED, location,
								   psprintf("virtual generated column %s is not supported in the query of an ordering",
											bingo_analysis_column_name(analysis, table, attno)),
								   NULL, "Make it STORED, or leave it out.");
	return true;
}
