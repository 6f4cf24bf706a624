/*
 * read/count_step.h
 *	  What the steps of read/count_match.c share, for its own files only.
 */
#ifndef BINGO_READ_COUNT_STEP_H
#define BINGO_READ_COUNT_STEP_H

#include "read/count.h"

/* The counter's key that an expression is, a column or "column IS NULL", or -1. */
extern int	bingo_count_find_key(const BingoCountMatch *match, Expr *expr);

/* The node in terms of keys: "column IS NOT NULL" is no key, but NOT "column IS NULL" is of one. */
extern Node *bingo_count_speak_of_keys(const BingoCountMatch *match, Node *node);

/* Can it be computed from the keys' values, and is it then the same each time? */
extern bool bingo_count_of_keys(const BingoCountMatch *match, Node *node);

/*
 * Is it known before the first row is read, and the same for each?  What the plan of a
 * subquery computes for itself a node above it does not know.
 */
extern bool bingo_count_is_value(const BingoCountMatch *match, Node *node);

/*
 * A cheap test that nearly all counts fail which the counter does not give, before anything is made for the match; it gives
 * no reason.  Is no condition a comparison of a column that the counter does not look at?
 */
extern bool bingo_count_may_match(const RelOptInfo *table, const BingoOrdering *counter);

/* Fills match->search and match->residual; NULL, or why the conditions are none of the counter's. */
extern const char *bingo_count_match_conditions(PlannerInfo *root, RelOptInfo *rel, BingoCountMatch *match);

/* An expression of the level above the first one in the terms of the last one's table. */
extern Expr *bingo_count_find_below(List *levels, Expr *expr);

/* read/count_below.c: the subquery whose rows are counted, down to its table; NULL, or why not. */
extern const char *bingo_count_match_below(PlannerInfo *root, RelOptInfo *input, BingoCountMatch *match);

/* The table's only primary key column is among what is grouped by, or made distinct by: no two rows are the same. */
extern bool bingo_count_is_unique(BingoCountMatch *match, List *clauses, List *target_list);

/* read/count_join.c: the table whose rows the input has all, once, or at least once; or NULL. */
extern RelOptInfo *bingo_count_find_rows(RelOptInfo *input, bool once);

/* Would leaving rows of its tables unread leave something undone? */
extern bool bingo_count_has_effects(const Query *query);

/* The same of the join in the innermost of the subqueries that the input is, at least once; its planner's state is known. */
extern RelOptInfo *bingo_count_find_rows_below(RelOptInfo *input, PlannerInfo *root);

/* read/count_path.c: what the counter's rows, or so many, cost to read, the cheapest plain path, and what all paths have. */
extern Cost bingo_count_cost(const BingoCountMatch *match);
extern Cost bingo_count_cost_of(const BingoCountMatch *match, double rows);
extern Path *bingo_count_find_behind(const RelOptInfo *rel);
extern void bingo_count_finish_path(CustomPath *path, const BingoCountMatch *match);

/* Keeps what explain_counter() wants to know; of several levels the one that would serve counts. */
extern void bingo_count_note(const BingoOrdering *counter, const char *reason, bool matches, bool chosen);
extern void bingo_count_note_all(const BingoOrdering *counter, List *others, const char *reason, bool matches, bool chosen);
extern void bingo_count_note_proposal(BingoCountProposal *proposal);

/* Does anybody want counters to be read? */
extern bool bingo_count_is_wanted(void);

/*
 * read/count_parts.c: the tables whose rows are counted, the partitions that are left or the one itself; NIL if not all
 * of them may have a counter.  A counter of the first one, in terms of the whole, or NULL: it is none; with
 * those of the others like it, or the reason why they are not all there.
 */
extern List *bingo_count_list_parts(PlannerInfo *root, RelOptInfo *table);
extern const BingoOrdering *bingo_count_take(const BingoOrdering *ordering, List *parts, PlannerInfo *root, const RelOptInfo *table,
											 List **others, const char **reason);

/*
 * A counter of the partitioned table that the query, as parse analysis would have it, counts alone, as create_counter()
 * would make one of each partition; NULL: *problem says why not.
 */
extern BingoDefinition *bingo_count_analyze_whole(PlannerInfo *root, RelOptInfo *table, const Query *query, BingoProblem *problem);

#endif							/* BINGO_READ_COUNT_STEP_H */
