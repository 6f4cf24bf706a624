/*
 * ordering_upkeep.h
 *	  The steps of ordering_refresh.c strung together, a transaction each.
 */
#ifndef BINGO_ORDERING_UPKEEP_H
#define BINGO_ORDERING_UPKEEP_H

#include "postgres_ext.h"

/*
 * Both are called outside of a transaction, in a process that does nothing else.
 * Refill one ordering; returns false with the SQLSTATE, message and hint of what
 * stands in the way, in the caller's memory context.
 */
typedef struct BingoFailure
{
	int			sqlstate;
	char	   *message;
} BingoFailure;

extern bool bingo_upkeep_refill(int id, bool repair_disabled, BingoFailure *failure);

/* Whatever the orderings of this database need. */
extern void bingo_upkeep_all(void);

#endif							/* BINGO_ORDERING_UPKEEP_H */
