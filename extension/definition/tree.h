/*
 * definition/tree.h
 *	  Find the driving table of an ordering and the tree of its dimensions.
 */
#ifndef BINGO_TREE_H
#define BINGO_TREE_H

#include "definition/analysis.h"

/* From tables and conditions to analysis->definition; false, with the problem, if there is no such tree. */
extern bool bingo_tree_build(BingoAnalysis *analysis);

#endif							/* BINGO_TREE_H */
