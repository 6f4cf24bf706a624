/*
 * definition/output.h
 *	  The columns that a window will have, while its query is analysed.
 */
#ifndef BINGO_DEFINITION_OUTPUT_H
#define BINGO_DEFINITION_OUTPUT_H

#include "definition/analysis.h"

/* The position of a column among the output columns; added if it is new. */
extern int	bingo_output_add(BingoAnalysis *analysis, int table, AttrNumber attno);

#endif							/* BINGO_DEFINITION_OUTPUT_H */
