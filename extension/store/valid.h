/*
 * store/valid.h
 *	  Validity of a window under a snapshot: its invalidation marks.
 */
#ifndef BINGO_ORDERING_VALID_H
#define BINGO_ORDERING_VALID_H

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"
#include "utils/snapshot.h"

#include "store/ordering.h"

extern void bingo_valid_init(void);

/* Does the snapshot see a mark?  Waits for nobody; true also while that can't be told. */
extern bool bingo_valid_is_invalidated(Oid window, Snapshot snapshot);

/* The same, but false while it can't be told. */
extern bool bingo_valid_sees_invalidation(Oid window, Snapshot snapshot);

/*
 * Inserts a mark in the current transaction, at most one of it: waits for nobody but
 * a superuser who has two system catalogs locked, and for him a bounded time; undone
 * by rollback.
 */
extern void bingo_valid_invalidate(Oid window, const char *reason);

/* Every window of this database, when it can't be told which; the same otherwise. */
extern void bingo_valid_invalidate_all(const char *reason);

/* Takes away the marks that the snapshot sees; the caller holds the gate EXCLUSIVE. */
extern void bingo_valid_clear(Oid window, Snapshot snapshot);

/* A mark that a snapshot sees. */
typedef struct BingoMark
{
	TimestampTz at;
	char	   *reason;
} BingoMark;

/* The marks that the snapshot sees, by time (of BingoMark *); NIL while they can't be read. */
extern List *bingo_valid_list(Oid window, Snapshot snapshot);

#endif							/* BINGO_ORDERING_VALID_H */
