/*
 * read/wanted.h
 *	  How many rows of a relation will a query level read?
 */
#ifndef BINGO_WANTED_H
#define BINGO_WANTED_H

#include "nodes/pathnodes.h"

/* As far as planning knows. */
typedef struct BingoWantedRows
{
	double		rows;			/* that will be fetched */
	bool		certain;		/* false: LIMIT or OFFSET is only known at execution */
	bool		stops;			/* no more are read although everything above asks for all */
} BingoWantedRows;

/*
 * Of a relation with so many rows, if each of them becomes a row of the level.  "alone":
 * it is all that the level reads, in the order that its window functions want; "grouped": each becomes a group, in the order
 * that these are wanted in.
 */
extern BingoWantedRows bingo_wanted_estimate(PlannerInfo *root, double rows, bool alone, bool grouped);

/* Of the rows that a query level makes its LIMIT and OFFSET let so many be read; 0: nobody knows. */
extern int	bingo_wanted_limit(const Query *parse);

/* The rows of each partition of its only window that the query around a level wants, the first ones by their number. */
typedef struct BingoWantedOfEach
{
	int			rows;			/* so many, or supposed to be, if that is only known at execution: */
	Expr	   *limit;			/* as this says, a smallint, int or bigint; NULL is none */
	bool		has_ranks;		/* also by rank() or dense_rank(), as if there were no ties */
} BingoWantedOfEach;

/* False: all, or the level numbers them otherwise, too. */
extern bool bingo_wanted_of_each(const Query *parse, BingoWantedOfEach *wanted);

#endif							/* BINGO_WANTED_H */
