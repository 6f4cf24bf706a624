/*
 * advise/expression.h
 *	  Expressions that the planner has no statistics of: looked at (advise/statistics.c), shown to it (statistics_pretend.c), and
 *	  those that it should have (statistics_lack.c).
 */
#ifndef BINGO_ADVISE_EXPRESSION_H
#define BINGO_ADVISE_EXPRESSION_H

#include "access/htup.h"
#include "nodes/pathnodes.h"

#include "advise/advise.h"

/* The expression, as one of the tables has it: of relation 1, as the planner has it in queries. */
typedef struct BingoAdvisePlace
{
	Oid			relid;
	Node	   *expression;
} BingoAdvisePlace;

/* An expression over the columns of one table. */
typedef struct BingoAdviseExpression
{
	Oid			relid;
	Oid			userid;			/* who looks at the table for it */
	char	   *name;			/* as SQL, without parentheses */
	List	   *places;			/* of BingoAdvisePlace *: the table itself, or its partitions and children, too */
	bool		lacking;		/* the planner was asked, and has none */
	bool		looked;			/* it is tried once */
	HeapTuple	statistics;		/* as ANALYZE would have them, or NULL: it could not be looked at */
	Oid			oid;			/* what an index is known by that would have them */
	List	   *statements;		/* of BingoAdviseStatement *: which have it */
	List	   *misled;			/* of these: whose plan would be another one without statistics */
} BingoAdviseExpression;

/* --- advise/statistics.c --- */

/* Those of the uses, with whatever can be known of them.  "plan" asks the planner for the statement.  False: there are none. */
extern bool bingo_advise_look_at_expressions(BingoAdvise *advise, BingoAdviseStatement *statement, const List *uses,
											 void (*plan) (void *argument), void *argument);

/* --- advise/statistics_pretend.c --- */

/* From now on the planner of advise() is shown these, BingoAdviseExpression *, but for one. */
extern void bingo_advise_show_expressions(List *expressions);
extern Oid	bingo_advise_expression_oid(int number);
extern void bingo_advise_hide_expression(const BingoAdviseExpression *expression);
extern void bingo_advise_expressions_inject(Oid relid, RelOptInfo *rel);

#endif							/* BINGO_ADVISE_EXPRESSION_H */
