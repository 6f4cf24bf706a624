/*
 * definition/outer.h
 *	  LEFT JOIN and RIGHT JOIN in an ordering's query.
 */
#ifndef BINGO_OUTER_H
#define BINGO_OUTER_H

#include "definition/analysis.h"

/* Marks the table that the join makes optional, if it is an outer one; its tables are collected. */
extern bool bingo_outer_collect(BingoAnalysis *analysis, const JoinExpr *join);

/* The table that the join makes optional; -1 for an inner join. */
extern int	bingo_outer_table(const BingoAnalysis *analysis, const JoinExpr *join);

/* May the condition choose rows?  Not by a table that is optional. */
extern bool bingo_outer_allows(BingoAnalysis *analysis, Node *clause);

/* The condition of a LEFT JOIN is not of the form that it must have. */
extern bool bingo_outer_refuse_condition(BingoAnalysis *analysis, int table, int location);

#endif							/* BINGO_OUTER_H */
