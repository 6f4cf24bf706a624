/*
 * write/seen.h
 *	  Where this commit has seen the rows of dimensions, for the next ordering.
 */
#ifndef BINGO_ORDERING_SEEN_H
#define BINGO_ORDERING_SEEN_H

#include "executor/tuptable.h"
#include "utils/rel.h"
#include "utils/snapshot.h"

#include "definition/definition.h"

/*
 * The row that the table's unique index would lead to by the parent's values of the join columns, into
 * the slot; false if it must be looked up.  "relation" is the table, locked and open.
 */
extern bool bingo_seen_find(const BingoTable *table, Relation relation, Snapshot snapshot, const Datum *values, TupleTableSlot *slot);

/* It led to that row.  The values are not by reference. */
extern void bingo_seen_note(const BingoTable *table, const Datum *values, TupleTableSlot *slot);

/* The transaction is over. */
extern void bingo_seen_reset(void);

#endif							/* BINGO_ORDERING_SEEN_H */
