/*
 * base/compat_plan.h
 *	  What differs between majors of PostgreSQL in the planner's costs, groups, aggregates and DISTINCT.  The rest: base/compat.h.
 */
#ifndef BINGO_COMPAT_PLAN_H
#define BINGO_COMPAT_PLAN_H

#include "nodes/pathnodes.h"

/* 16 lists all the equal aggregates of a query level, of which 15 had one; the first. */
#if PG_VERSION_NUM >= 160000
#define bingo_first_aggref(info) linitial_node(Aggref, (info)->aggrefs)
#else
#define bingo_first_aggref(info) ((info)->representative_aggref)
#endif

/* 19 gave the path of a DISTINCT over sorted rows another name. */
#if PG_VERSION_NUM >= 190000
#define bingo_is_distinct_path(path) IsA(path, UniquePath)
#define bingo_below_distinct(path) (((UniquePath *) (path))->subpath)
#else
#define bingo_is_distinct_path(path) IsA(path, UpperUniquePath)
#define bingo_below_distinct(path) (((UpperUniquePath *) (path))->subpath)
#endif

/*
 * 16 keeps what is left of GROUP BY beside the query, which 15 shortens; and the order of GROUP BY may have that of aggregates'
 * arguments behind it.
 */
#if PG_VERSION_NUM >= 160000
#define bingo_group_clause(root) ((root)->processed_groupClause)
#define bingo_count_group_pathkeys(root) ((root)->num_groupby_pathkeys)
#else
#define bingo_group_clause(root) ((root)->parse->groupClause)
#define bingo_count_group_pathkeys(root) list_length((root)->group_pathkeys)
#endif

/* 18 asks the clause, not its operator, for the direction. */
#if PG_VERSION_NUM >= 180000
#define bingo_sort_clause_reverse(clause, reverse) ((clause)->reverse_sort = (reverse))
#else
#define bingo_sort_clause_reverse(clause, reverse) ((void) (reverse))
#endif

/* What is switched off (enable_sort) costs disable_cost more, or is counted since 18. */
#if PG_VERSION_NUM >= 180000
#define bingo_disabled_cost(path) ((path)->disabled_nodes * 1.0e10)
#else
#define bingo_disabled_cost(path) ((void) (path), 0.0)
#endif

#endif							/* BINGO_COMPAT_PLAN_H */
