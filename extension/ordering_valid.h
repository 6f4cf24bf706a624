/*
 * ordering_valid.h
 *	  Validity of an ordering under a snapshot: invalidation rows.
 */
#ifndef BINGO_ORDERING_VALID_H
#define BINGO_ORDERING_VALID_H

#include "utils/snapshot.h"

#include "ordering_catalog.h"

/* Does the snapshot see an invalidation row of the ordering?  Direct heap read, takes no lock but AccessShare, no predicate lock. */
extern bool bingo_valid_is_invalidated(int32 ordering_id, Snapshot snapshot);

/* The same, but false while the table can't be read. */
extern bool bingo_valid_sees_invalidation(int32 ordering_id, Snapshot snapshot);

/* Inserts an invalidation row in the current transaction: waits for nobody, undone by rollback.  At most one per transaction and ordering. */
extern void bingo_valid_invalidate(int32 ordering_id, const char *reason);

/*
 * Asks for upkeep when this transaction has committed: a window was left
 * invalid (bingo_valid_invalidate() asks by itself), has become short, or long.
 */
extern void bingo_valid_want_upkeep(void);

/*
 * A writer has changed that many rows of the window: asks for upkeep now and
 * then if the window has become short or long.  "complete": the boundary says
 * everything.
 */
extern void bingo_valid_note_changes(const BingoOrdering *ordering, bool complete, int64 changes);

/* For ordering_worker.c: was it asked for?  Forgets it. */
extern bool bingo_valid_take_wish(void);

#endif							/* BINGO_ORDERING_VALID_H */
