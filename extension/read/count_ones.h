/*
 * read/count_ones.h
 *	  Expressions that are 1 for some rows, and 0 or NULL for the others: their sum is a number of rows.
 */
#ifndef BINGO_READ_COUNT_ONES_H
#define BINGO_READ_COUNT_ONES_H

#include "nodes/primnodes.h"

typedef struct BingoCountOnes
{
	Expr	   *condition;		/* of the rows for which it is 1; NULL: it is for all */
	Expr	   *given;			/* it is NULL where this is; NULL: it is nowhere */
	bool		only;			/* it is NULL for all others */
} BingoCountOnes;

/* False: it is none that is known. */
extern bool bingo_count_find_ones(Expr *expr, BingoCountOnes *ones);

#endif							/* BINGO_READ_COUNT_ONES_H */
