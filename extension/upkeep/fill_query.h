/*
 * upkeep/fill_query.h
 *	  The query of an ordering, or of a part of its rows, as SQL.
 */
#ifndef BINGO_UPKEEP_FILL_QUERY_H
#define BINGO_UPKEEP_FILL_QUERY_H

#include "store/window.h"

/* Which rows of the ordering, seen from a boundary whose key is $1, $2, ... */
typedef enum BingoRows
{
	BINGO_ROWS_ALL,
	BINGO_ROWS_BEHIND,			/* after the boundary */
	BINGO_ROWS_INSIDE,			/* up to and including the boundary */
	BINGO_ROWS_BEHIND_KEY,		/* of keys (store/cut.c) after the boundary's */
	BINGO_ROWS_UP_TO_KEY,		/* of the other ones */
	BINGO_ROWS_OF_KEY,			/* after the boundary, of the same key */
	BINGO_ROWS_WHOLE_KEY		/* of its key */
} BingoRows;

/* A SELECT of the output columns, without ORDER BY. */
extern char *bingo_fill_query(const BingoDefinition *definition, BingoRows rows,
							  const BingoBoundary *boundary);

/* The values of $1, $2, ... */
extern struct ParamListInfoData *bingo_fill_parameters(const BingoDefinition *definition,
													   const BingoBoundary *boundary);

/* What stands behind the ORDER BY of that. */
extern char *bingo_fill_order(const BingoDefinition *definition, BingoRows rows);

#endif							/* BINGO_UPKEEP_FILL_QUERY_H */
