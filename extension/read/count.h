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

/* LIMIT and OFFSET of a subquery whose rows are counted; NULL: none. */
typedef struct BingoCountPage
{
	Node	   *limit;
	Node	   *offset;
} BingoCountPage;

typedef struct BingoCountMatch
{
	const BingoOrdering *counter;	/* of a partitioned table the first partition's, in terms of the whole */
	List	   *others;			/* of const BingoOrdering *: of the other partitions */
	PlannerInfo *root;			/* of the table */
	int			varno;			/* of the table, there */
	bool		joined;			/* the table's rows come more than once, perhaps */
	bool		below;			/* the table stands in a subquery whose rows are counted */
	List	   *levels;			/* then: of PlannerInfo *, those of the subqueries, the outermost first */
	BingoCountPage page;		/* of that */
	Oid			unique_index;	/* of the table's primary key, if what is counted are its values; else InvalidOid */
	List	   *search;			/* of BingoCountSearch * */
	List	   *residual;		/* of RestrictInfo *, in the order of evaluation: conditions on keys that are no search */
	List	   *groups;			/* of keys, as numbers, in the order of the keys */
	bool		scattered;		/* which don't come one after the other in the index */
	List	   *columns;		/* what the node computes: Vars of keys, and Aggrefs or WindowFuncs, which are counts */
	List	   *numbers;		/* of each: the key, BINGO_COUNT_ALL rows, BINGO_COUNT_FILTERED by filters[i], or OTHER */
	List	   *present;		/* of each: the number of rows, as there, without any of which it is NULL; or OTHER: it is none */
	List	   *filters;		/* of Expr *, on keys */
	List	   *having;
} BingoCountMatch;

/*
 * The table that is grouped, alone or as one whose rows a join has all, or the only one of a subquery whose
 * rows are, and the planner's state there; NULL if it is neither.
 */
extern RelOptInfo *bingo_count_find_table(RelOptInfo *input, PlannerInfo **root);

/* NULL, or why the counter does not give what is grouped and counted here, in so many groups as is estimated. */
extern const char *bingo_count_match(PlannerInfo *root, RelOptInfo *input, RelOptInfo *grouped, double groups,
									 const BingoOrdering *counter, BingoCountMatch *match);

/* The same of window functions beside the rows of the table, which perhaps are joined to others. */
extern const char *bingo_count_match_window(PlannerInfo *root, RelOptInfo *table, const PathTarget *target,
											const BingoOrdering *counter, BingoCountMatch *match);

/* Is each window of the query the whole of its rows? */
extern bool bingo_count_windows_are_whole(const Query *query);

/* Has the index been there, and valid, when the snapshot was taken?  Else it may see duplicates. */
extern bool bingo_count_is_unique_to(Oid index, Snapshot snapshot);

#define BINGO_COUNT_ALL (-1)
#define BINGO_COUNT_FILTERED(i) (-2 - (i))	/* and back */
#define BINGO_COUNT_OTHER PG_INT32_MIN

/*
 * A plan: children are the plan behind, and beside rows the one that gives these.
 * custom_scan_tlist has their columns first, then BingoCountMatch.columns.
 *
 * custom_exprs are four lists: the values searched for, the residual conditions, the filters
 * of counts, and LIMIT and OFFSET of a subquery, each a NULL constant if there is none.
 */
#define BINGO_COUNT_VALUES(cscan) ((List *) linitial((cscan)->custom_exprs))
#define BINGO_COUNT_RESIDUAL(cscan) ((List *) lsecond((cscan)->custom_exprs))
#define BINGO_COUNT_FILTERS(cscan) ((List *) lthird((cscan)->custom_exprs))
#define BINGO_COUNT_PAGE(cscan) ((List *) lfourth((cscan)->custom_exprs))

/* Numbers of a plan: the first list of custom_private. */
enum
{
	BINGO_COUNT_PRIVATE_UNIQUE_INDEX,
	BINGO_COUNT_PRIVATE_BESIDE,	/* columns that are another plan's, to whose rows the count is added; -1: none */
	BINGO_COUNT_PRIVATE_BOUND,	/* rows that are wanted of these; 0: not known */
	BINGO_COUNT_PRIVATE_SCATTERED	/* are the groups?  1 or 0 */
};

#define BINGO_COUNT_NUMBER(cscan, which) list_nth_int((List *) linitial((cscan)->custom_private), (which))
#define BINGO_COUNT_PLAN_NAME(cscan) strVal(lsecond((cscan)->custom_private))
#define BINGO_COUNT_COLUMNS(cscan) ((List *) lthird((cscan)->custom_private))	/* as BingoCountMatch.numbers */
#define BINGO_COUNT_GROUPS(cscan) ((List *) lfourth((cscan)->custom_private))
#define BINGO_COUNT_SEARCH(cscan) ((List *) list_nth((cscan)->custom_private, 4))	/* of each: key, has a value, list */
#define BINGO_COUNT_OIDS(cscan) ((List *) list_nth((cscan)->custom_private, 5))	/* of each: type, function */
#define BINGO_COUNT_NAMES(cscan) ((List *) list_nth((cscan)->custom_private, 6))	/* of the keys searched by */
#define BINGO_COUNT_IDS(cscan) ((List *) list_nth((cscan)->custom_private, 7))	/* of the counters, all with the same keys */
#define BINGO_COUNT_WINDOWS(cscan) ((List *) list_nth((cscan)->custom_private, 8))	/* of each */
#define BINGO_COUNT_PRESENT(cscan) ((List *) list_nth((cscan)->custom_private, 9))	/* as BingoCountMatch.present */

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

/* The rows of a query level are to be grouped, or numbered by window functions: offers what counters give of that. */
extern void bingo_count_offer_groups(PlannerInfo *root, RelOptInfo *input, RelOptInfo *grouped);
extern void bingo_count_offer_window(PlannerInfo *root, RelOptInfo *input, RelOptInfo *windowed);

/* A cheap test for any counter: are none but numbers of rows computed at the query level? */
extern bool bingo_count_may_be_given(const PlannerInfo *root);

/* Does explain_counter() plan just now? */
extern bool bingo_count_is_collecting(void);

extern const CustomScanMethods bingo_count_methods;
extern void bingo_count_init(void);

#endif							/* BINGO_READ_COUNT_H */
