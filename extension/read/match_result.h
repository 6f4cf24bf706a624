/*
 * read/match_result.h
 *	  What comparing a query level with an ordering finds.
 */
#ifndef BINGO_MATCH_RESULT_H
#define BINGO_MATCH_RESULT_H

#include "nodes/pathnodes.h"

#include "store/ordering.h"

/* How far the comparison came before it failed; a later step is a nearer miss. */
typedef enum BingoMatchStep
{
	BINGO_MATCH_TABLES,
	BINGO_MATCH_SHAPE,			/* clauses that no ordering can answer */
	BINGO_MATCH_CONDITIONS,
	BINGO_MATCH_SORT,
	BINGO_MATCH_OUTPUT,
	BINGO_MATCH_COMPLETE
} BingoMatchStep;

typedef struct BingoMatch
{
	BingoMatchStep step;
	char	   *reason;			/* why not; NULL when complete or when nobody asked */
	Index		varnos[BINGO_MAX_TABLES];	/* range table index of each of the ordering's tables */
} BingoMatch;

#endif							/* BINGO_MATCH_RESULT_H */
