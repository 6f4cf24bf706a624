/*
 * advise/page.h
 *	  The parts of a query that an ordering could give the rows of.
 */
#ifndef BINGO_ADVISE_PAGE_H
#define BINGO_ADVISE_PAGE_H

#include "nodes/params.h"
#include "nodes/parsenodes.h"

#include "store/ordering.h"

/* A window holds so many times the rows that a page asks for. */
#define BINGO_ADVISE_TIMES_THE_ROWS	20

typedef struct BingoAdvisePage
{
	Query	   *query;			/* SELECT ... FROM ... WHERE ... ORDER BY, and nothing else */
	bool		limited;		/* it does not give all of its rows, whatever they are */
	int64		rows;			/* of a window */
	int64		rows_unfiltered;	/* of one that is read without conditions */
	int			depth;			/* levels above it */
} BingoAdvisePage;

/* Of an analysed query's levels, from the topmost on: BingoAdvisePage *. */
extern List *bingo_advise_pages(Query *query, ParamListInfo params);

/* advise/parameter.c: the condition as "column = $n", which is counted, or NULL; are all rows wanted for it? */
extern bool bingo_advise_is_column(Node *node);
extern Node *bingo_advise_parameter(const Query *core, Node *clause, const Bitmapset *tables, int *parameters, bool *all);

/* advise/ordering_joins.c: the tables of a join tree; the columns of this level; without what is joined behind an ordering */
extern Bitmapset *bingo_advise_tables(Node *node);
extern List *bingo_advise_columns(Node *node);
extern void bingo_advise_leave_joins(Query *core, Bitmapset *sorted, List **columns);

/* advise/share.c: as SQL, in one line */
extern char *bingo_advise_query_text(const Query *query);

#endif							/* BINGO_ADVISE_PAGE_H */
