/*
 * read/match_result.h
 *	  What comparing a relation that is planned with an ordering finds.
 */
#ifndef BINGO_MATCH_RESULT_H
#define BINGO_MATCH_RESULT_H

#include "nodes/pathnodes.h"

#include "store/ordering.h"

/*
 * A condition that the window's index can search by: sort key OP value.  A keyset has one such for
 * each of its sort keys (read/match_keyset.c), those behind the first one in "rest".
 */
typedef struct BingoSearchKey
{
	int			key;			/* index into BingoDefinition.sort */
	int			strategy;		/* btree's, of the index */
	Oid			left_type;		/* of the operator, as its operator family has it */
	Oid			type;			/* the right-hand one */
	Oid			function;		/* of the operator */
	Expr	   *value;			/* evaluated once a scan */
	RestrictInfo *condition;	/* that it comes from */
	RestrictInfo *beside;		/* ... and another one: a <= x AND (a < x OR b < y) */
	bool		whole;			/* it is the condition, and not only implied by it */
	List	   *rest;			/* BingoSearchKey * of the keyset's further sort keys */
	Oid			equal;			/* the function of equality, if more of them follow */
	bool		list;			/* "value" is an array: the sort key equals one of its elements */
	List	   *twins;			/* BingoTwin *: only if all of these are true is it what the condition says */
} BingoSearchKey;

/* A condition names a value twice, perhaps as two parameters: is it the same? */
typedef struct BingoTwin
{
	BingoSearchKey *key;		/* the search key, or level of a keyset, that has it */
	Expr	   *value;			/* the other one, of the same type */
} BingoTwin;

/* Is it searched by level after level, each a range of the order? */
#define BINGO_IS_KEYSET(search) ((search)->rest != NIL || (search)->twins != NIL)

/* A column that nobody looks at, and a sort key of the window has an equal value; or one that a join says is the same. */
typedef struct BingoStandIn
{
	Var		   *var;			/* the query's column, which the window lacks */
	int			output;			/* index into BingoDefinition.output */
} BingoStandIn;

/* So many rows of the window may be read in vain before the plan behind takes over. */
typedef struct BingoScanPatience
{
	double		most;
	double		most_of_none;	/* while none is given */
} BingoScanPatience;

typedef struct BingoMatch
{
	const BingoOrdering *ordering;
	bool		explain;		/* collect all obstacles, in words */
	bool		lists;			/* search by an IN list: one search for each of its values, merged */
	bool		refused;
	List	   *obstacles;		/* of char *, only to explain */
	Relids		relids;			/* the core: the relations that are the ordering's tables */
	Index		varnos[BINGO_MAX_TABLES];	/* range table index of each of the ordering's tables; 0: an optional one that is not read */
	SpecialJoinInfo *outer[BINGO_MAX_TABLES];	/* the query's LEFT JOIN of the table, which the ordering has, too; NULL: an inner join */
	Relids		nulled[BINGO_MAX_TABLES];	/* outer joins of the core that make its columns NULL, as far as the planner numbers them */
	List	   *present;		/* of NullTest *: a row of the window has a row of each table that only the ordering joins by LEFT JOIN (of max(): and no NULL) */
	List	   *pathkeys;		/* the first of query_pathkeys, which the window's order has; NIL: all of its rows or none are given */
	bool		first_only;		/* no more than the first row is wanted of it */
	int			first_of;		/* no more than the first row of each value of so many sort keys is; 0: all rows are */
	int			first_rows;		/* ... or so many first ones */
	Expr	   *first_limit;	/* ... or as this says at execution; then first_rows is supposed; NULL: that is known */
	bool		by_key;			/* ... and "filter" looks at these only */
	bool		backward;		/* ... read backwards */
	bool		grouped;		/* its rows are groups (read/group.c): the pathkeys are of ORDER BY, and not of query_pathkeys */
	int			covered;		/* so many of the sort keys are among these, or constant */
	int			merged_key;		/* that of the sort keys which has one value in each of the merged searches; or -1 */
	List	   *said;			/* the ordering's own filter: all rows of the window pass */
	List	   *conditions;		/* of RestrictInfo *: all that are of the core, in the planner's order */
	List	   *filter;			/* of RestrictInfo *, those of them that a row of the window must satisfy, by security level */
	List	   *late;			/* the same, but looked at last, when the columns in "fetched" are there */
	List	   *search;			/* of BingoSearchKey *, by sort key */
	List	   *stand_ins;		/* of BingoStandIn * */
	BingoScanPatience patience;
	List	   *leaves;			/* of BingoOrdering *: those of the partitions, if "ordering" is what they were of the whole; else NIL */
	List	   *fetched;		/* of Var *: the driving table's columns, or its whole row, to be looked up */
} BingoMatch;

#endif							/* BINGO_MATCH_RESULT_H */
