/*
 * upkeep/upkeep.h
 *	  The steps of upkeep/refresh.c strung together, a transaction each.
 */
#ifndef BINGO_ORDERING_UPKEEP_H
#define BINGO_ORDERING_UPKEEP_H

#include "postgres_ext.h"

/* How long upkeep waits in all for locks that others hold; a build for tests may have less. */
#ifndef BINGO_UPKEEP_PATIENCE_MS
#define BINGO_UPKEEP_PATIENCE_MS (5 * 60 * 1000)
#endif

/* How long each of its locks is waited for, while others queue behind. */
#define BINGO_LOCK_TIMEOUT_MS 50

/*
 * Both are called outside of a transaction, in a process that does nothing else.
 * Refill one ordering; no step waits for locks longer than lock_timeout, if that is not 0; returns false with the SQLSTATE, message and hint of what
 * stands in the way, in the caller's memory context.
 */
typedef struct BingoFailure
{
	int			sqlstate;
	char	   *message;		/* for the log, or who may read the tables */
	char	   *reason;			/* for everybody: without values of rows */
} BingoFailure;

extern bool bingo_upkeep_refill(int id, int lock_timeout, BingoFailure *failure);

/* Whatever the orderings of this database need; false if not all are as they should be then. */
extern bool bingo_upkeep_all(void);

#endif							/* BINGO_ORDERING_UPKEEP_H */
