/*
 * upkeep/fill.h
 *	  The next rows of an ordering, read from its tables and put into the window.
 */
#ifndef BINGO_ORDERING_FILL_H
#define BINGO_ORDERING_FILL_H

#include "store/window.h"

/* Which rows of the ordering, seen from a boundary whose key is $1, $2, ... */
typedef enum BingoRows
{
	BINGO_ROWS_ALL,
	BINGO_ROWS_BEHIND,			/* after the boundary */
	BINGO_ROWS_INSIDE			/* up to and including the boundary */
} BingoRows;

/* A SELECT of the output columns, without ORDER BY. */
extern char *bingo_fill_query(const BingoDefinition *definition, BingoRows rows,
							  const BingoBoundary *boundary);

/* The values of $1, $2, ... */
extern struct ParamListInfoData *bingo_fill_parameters(const BingoDefinition *definition,
													   const BingoBoundary *boundary);

/* Appends at most "limit" rows that lie behind the boundary to the window and moves the boundary; returns their number. */
extern int64 bingo_fill_append(BingoOrdering *ordering, const BingoBoundary *after, int64 limit);

#endif							/* BINGO_ORDERING_FILL_H */
