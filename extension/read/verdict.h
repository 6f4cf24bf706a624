/*
 * read/verdict.h
 *	  What planning decided about each ordering, for explain_ordering().
 */
#ifndef BINGO_SCAN_VERDICT_H
#define BINGO_SCAN_VERDICT_H

#include "nodes/pathnodes.h"
#include "nodes/plannodes.h"

#include "read/match_result.h"

typedef struct BingoScanVerdict
{
	const BingoOrdering *ordering;
	bool		looked;			/* at some query level that reads one of its tables */
	int			missing;		/* tables that the nearest query level does not read */
	List	   *obstacles;		/* of char *, of that level */
	const char *cost;			/* why it was not offered although it matches, or NULL */
	char	   *part;			/* what it would serve, in words, or NULL if there are obstacles */
	bool		backward;		/* ... if it could be read backwards */
	double		rows;			/* that planning expects to take from the window, or -1 */
	bool		chosen;			/* the plan has a scan of it ... */
	bool		grouped;		/* ... whose rows are groups */
	List	   *leaves;			/* ... together with these, BingoOrdering * of partitions, if they are several */
	int32		leader;			/* of a partition's: the ordering that planning has looked at for all of them; else its own */
} BingoScanVerdict;

/*
 * Plans a query as usual and tells what became of each ordering.  The verdicts
 * live in the current memory context.
 */
extern List *bingo_verdict_collect(Query *query, const char *query_string, PlannedStmt **plan);

/*
 * Plans a query as if there were an ordering of this definition, and no other, whatever
 * bingo_tune.enable_ordered_scan says; and tells what became of it.
 */
extern BingoScanVerdict *bingo_verdict_pretend(Query *query, const char *query_string, BingoDefinition *definition, int64 window_rows);

/* The same around any planning of that text. */
extern void bingo_verdict_suppose(BingoDefinition *definition, int64 window_rows, const char *query_string, void (*action) (void *argument), void *argument);

/* The orderings that what is being planned is planned with; and whether that is one which is not there. */
extern List *bingo_verdict_orderings(void);
extern bool bingo_verdict_pretends(void);

/* Are verdicts being collected of what is being planned? */
extern bool bingo_verdict_is_asked(void);

/* Nothing, unless they are. */
extern void bingo_verdict_choose(const BingoMatch *match);
extern void bingo_verdict_note(const BingoOrdering *ordering, const char *reason);
extern void bingo_verdict_cost(const BingoOrdering *ordering, double cost, double cost_behind);

/* The same: that it wants more rows than the window has.  False: not even one more. */
extern bool bingo_verdict_beyond(const BingoOrdering *ordering, double wanted, double rows);
extern void bingo_verdict_rows(const BingoOrdering *ordering, double rows);

/* What stands in the way at a query level that has been planned? */
extern void bingo_verdict_look(PlannerInfo *root);

#endif							/* BINGO_SCAN_VERDICT_H */
