/*
 * ordering_load.h
 *	  One row of bingo_tune.ordering, and the rule of its boundary, become a
 *	  BingoOrdering.
 */
#ifndef BINGO_ORDERING_LOAD_H
#define BINGO_ORDERING_LOAD_H

#include "nodes/parsenodes.h"

#include "ordering_catalog.h"

/* Where the row has the ordering's id. */
#define BINGO_LOAD_ID	0

/*
 * Fills an ordering, zeroed but for its context, from the values of its row;
 * "schema" is that of the extension.  "relids" becomes the list of relations
 * whose invalidation makes the ordering stale.
 */
extern void bingo_load_ordering(BingoOrdering *ordering, const Datum *values, Oid schema, List **relids);

/* The query in the rule of a boundary, or NULL if there is none. */
extern Query *bingo_load_query(Oid boundary);

#endif							/* BINGO_ORDERING_LOAD_H */
