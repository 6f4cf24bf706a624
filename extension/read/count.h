/*
 * read/count.h
 *	  Counts answered from a counter: the match, the path and the node.
 *
 * The node is called BingoCounter in EXPLAIN.
 */
#ifndef BINGO_READ_COUNT_H
#define BINGO_READ_COUNT_H

#include "nodes/extensible.h"
#include "nodes/pathnodes.h"
#include "nodes/plannodes.h"

#include "store/catalog.h"

#define BINGO_COUNT_NAME "BingoCounter"

/* A condition "key = value", "key = ANY (value)" or "key IS NULL". */
typedef struct BingoCountSearch
{
	int			key;			/* index into BingoDefinition.sort */
	Expr	   *value;			/* NULL: IS NULL */
	bool		list;
	Oid			type;			/* of the value, or of its elements, to the operator */
	Oid			function;		/* of the operator */
	RestrictInfo *condition;
} BingoCountSearch;

typedef struct BingoCountMatch
{
	const BingoOrdering *counter;
	int			varno;
	List	   *search;			/* of BingoCountSearch * */
	List	   *groups;			/* of keys, as numbers, in the order of the keys */
	List	   *columns;		/* what the node computes: Vars of keys, and Aggrefs, which are all the count */
	List	   *having;
} BingoCountMatch;

/* NULL, or why the counter does not give what is grouped and counted here. */
extern const char *bingo_count_match(PlannerInfo *root, RelOptInfo *input, RelOptInfo *grouped,
									 const BingoOrdering *counter, BingoCountMatch *match);

/* Numbers of a plan: CustomScan.custom_private. */
enum
{
	BINGO_COUNT_PRIVATE_ID,		/* first list: integers */
	BINGO_COUNT_PRIVATE_WINDOW,
	BINGO_COUNT_PRIVATE_KEYS,
	BINGO_COUNT_PRIVATE_NUMBERS
};

#define BINGO_COUNT_NUMBERS(cscan) ((List *) linitial((cscan)->custom_private))
#define BINGO_COUNT_PLAN_NAME(cscan) strVal(lsecond((cscan)->custom_private))
#define BINGO_COUNT_COLUMNS(cscan) ((List *) lthird((cscan)->custom_private))	/* key of each column, -1: the count */
#define BINGO_COUNT_GROUPS(cscan) ((List *) lfourth((cscan)->custom_private))
#define BINGO_COUNT_SEARCH(cscan) ((List *) list_nth((cscan)->custom_private, 4))	/* of each: key, has a value, list */
#define BINGO_COUNT_OIDS(cscan) ((List *) list_nth((cscan)->custom_private, 5))	/* of each: type, function */

#define BINGO_COUNT_NAMES(cscan) ((List *) list_nth((cscan)->custom_private, 6))	/* of the keys searched by */

/* A counter and what planning a query says of it. */
typedef struct BingoCountVerdict
{
	const BingoOrdering *counter;
	bool		matches;		/* it has what the topmost level counts */
	bool		chosen;
	const char *reason;			/* NULL: it would serve */
} BingoCountVerdict;

/* A key of a counter that is not there. */
typedef struct BingoCountKey
{
	AttrNumber	attno;
	double		values;			/* so many different ones, as planning estimates */
} BingoCountKey;

/* The counter that would give what a query counts. */
typedef struct BingoCountProposal
{
	const char *obstacle;		/* why none could, or NULL */
	Oid			relid;
	List	   *keys;			/* of BingoCountKey *, by their numbers */
	List	   *filter;			/* conditions on a row that counts; Vars of relation 1 */
	double		tuples;			/* of the table */
	double		rows;			/* of the counter */
	double		groups;			/* of the query's answer */
} BingoCountProposal;

/*
 * read/count_propose.c: for the topmost query level; NULL if it counts nothing.  Without an
 * obstacle the match is what such a counter would have, which is not there.
 */
extern BingoCountProposal *bingo_count_propose(PlannerInfo *root, RelOptInfo *input, RelOptInfo *grouped, double groups,
											   BingoCountMatch *match);

/*
 * Plans the query; of each counter that has a table of a count in it (a List of BingoCountVerdict *),
 * and what could be proposed (NULL: it counts nothing).
 */
extern List *bingo_count_collect(Query *query, const char *query_string, PlannedStmt **plan, BingoCountProposal **proposal);

extern const CustomScanMethods bingo_count_methods;
extern void bingo_count_init(void);

#endif							/* BINGO_READ_COUNT_H */
