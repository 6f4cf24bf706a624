/*
 * fuzz_query.h
 *	  What the parts of a random query share.
 */
#ifndef REGRESS_FUZZ_QUERY_H
#define REGRESS_FUZZ_QUERY_H

#include "fuzz.h"

/* What a query does otherwise than its ordering, if anything. */
typedef struct Shape
{
	const Ordering *ordering;
	int			spelling;
	bool		outer_join;
	bool		missing_join;
	bool		extra_condition;
	bool		views;
	bool		barrier;
	bool		merged;			/* USING or NATURAL: names without alias where they are common */
	int			order[MAX_TABLES];	/* the tables as they come in FROM */
	int			n;
} Shape;

/* fuzz_from.c */
extern const Column *query_column(Fuzz *fuzz, ColumnRef ref);
extern void query_write_column(Fuzz *fuzz, Text *sql, ColumnRef ref);
extern void query_write_from(Fuzz *fuzz, Text *sql, Shape *shape);

#endif							/* REGRESS_FUZZ_QUERY_H */
