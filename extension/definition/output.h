/*
 * definition/output.h
 *	  The columns that a window will have, while its query is analysed.
 */
#ifndef BINGO_DEFINITION_OUTPUT_H
#define BINGO_DEFINITION_OUTPUT_H

#include "definition/analysis.h"

/* The position of a column among the output columns; added if it is new. */
extern int	bingo_output_add(BingoAnalysis *analysis, int table, AttrNumber attno);

/* The same of an expression over columns of a table, as bingo_expression_prepare() gives it. */
extern int	bingo_output_add_expression(BingoAnalysis *analysis, int table, Node *expression, Node *written);

/* The table that a range table index stands for. */
extern int	bingo_output_table(const BingoAnalysis *analysis, int rti);

/*
 * Is it a user column of one of the tables?  A binary-compatible relabelling,
 * which comparisons of a varchar have, does not count.
 */
extern bool bingo_output_is_column(const BingoAnalysis *analysis, Node *node, int *table, AttrNumber *attno);

/* May the column be kept in a window?  Else false, with the problem. */
extern bool bingo_output_check(BingoAnalysis *analysis, int table, AttrNumber attno, int location);

#endif							/* BINGO_DEFINITION_OUTPUT_H */
