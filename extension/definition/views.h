/*
 * definition/views.h
 *	  Views and subqueries in the query of an ordering.
 */
#ifndef BINGO_DEFINITION_VIEWS_H
#define BINGO_DEFINITION_VIEWS_H

#include "nodes/parsenodes.h"

/*
 * Puts what plain views and subqueries stand for in their place; the others stay, and so do views that the
 * current user may not read, or they are an error.  True if there was one: the query is good for analysis then, and not to
 * be written as SQL.  The names of the views are added to the list.
 */
extern bool bingo_views_expand(Query *query, bool error, List **names);

#endif							/* BINGO_DEFINITION_VIEWS_H */
