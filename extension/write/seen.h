/*
 * write/seen.h
 *	  Where this backend has seen the rows of dimensions.
 */
#ifndef BINGO_ORDERING_SEEN_H
#define BINGO_ORDERING_SEEN_H

#include "executor/tuptable.h"
#include "utils/rel.h"
#include "utils/snapshot.h"

#include "definition/definition.h"

/*
 * The row that the table's unique index would lead to by the parent's values of the join columns, into
 * the slot; false if it must be looked up.  "relation" is the table, locked and open, and the ordering was current
 * since then.  The values are not by reference.
 */
extern bool bingo_seen_find(const BingoTable *table, Relation relation, Snapshot snapshot, const Datum *values, TupleTableSlot *slot);

/* It led to that row. */
extern void bingo_seen_note(const BingoTable *table, const Datum *values, TupleTableSlot *slot);

#endif							/* BINGO_ORDERING_SEEN_H */
