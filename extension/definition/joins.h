/*
 * definition/joins.h
 *	  The tree of joins: what definition/tree.c finds and definition/joins.c writes
 *	  into the definition.
 */
#ifndef BINGO_JOINS_H
#define BINGO_JOINS_H

#include "definition/analysis.h"

/* The join of one dimension, in the table numbers of the query. */
typedef struct BingoPlacement
{
	int			table;
	int			parent;			/* -1: the driving table */
	BingoIndexShape *index;
	int			njoin;
	BingoCondition *conditions[BINGO_MAX_KEYS];
	int			sides[BINGO_MAX_KEYS];	/* which side of the condition is the dimension's */
} BingoPlacement;

typedef struct BingoTree
{
	BingoAnalysis *analysis;
	int			nplaced;
	BingoPlacement	placed[BINGO_MAX_TABLES];
} BingoTree;

/* The placed tree to the definition; false if an index or a hash function is missing. */
extern bool bingo_joins_define(BingoTree *tree);

#endif							/* BINGO_JOINS_H */
