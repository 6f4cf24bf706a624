/*
 * read/worth.h
 *	  Is it worth looking for orderings of a relation that is being planned?
 */
#ifndef BINGO_WORTH_H
#define BINGO_WORTH_H

#include "nodes/pathnodes.h"

/* The cheapest tests: can there be an ordering that serves a relation of this query level? */
extern bool bingo_worth_looking(PlannerInfo *root, const RelOptInfo *rel);

/* The cheapest of these: is it one plain table without an ordering or a counter, as most are? */
extern bool bingo_worth_is_table_without(PlannerInfo *root, const RelOptInfo *rel);

/* The same of one whose rows are wanted in the order of query_pathkeys, or in none. */
extern bool bingo_worth_may_serve(PlannerInfo *root, const RelOptInfo *rel);

/* Gives a plain path what is wanted of the relation for less than any window could? */
extern bool bingo_worth_is_hopeless(PlannerInfo *root, const RelOptInfo *rel);

/* All of these, of a table. */
extern bool bingo_worth_of_table(PlannerInfo *root, const RelOptInfo *rel);

/* Does each row that passes the joins above become one of the query level's? */
extern bool bingo_worth_gives_each_row(const Query *parse);

#endif							/* BINGO_WORTH_H */
