/*
 * definition/conditions.h
 *	  The conditions in an ordering's query.
 */
#ifndef BINGO_DEFINITION_CONDITIONS_H
#define BINGO_DEFINITION_CONDITIONS_H

#include "definition/analysis.h"

/* Fills conditions, parameters and filters from every ON and WHERE.  This and the next: false, with the problem. */
extern bool bingo_conditions_collect(BingoAnalysis *analysis, Node *node);

/* The filters become the definition's, whose driving table is known by now. */
extern bool bingo_conditions_keep_filter(BingoAnalysis *analysis);

#endif							/* BINGO_DEFINITION_CONDITIONS_H */
