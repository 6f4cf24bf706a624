/*
 * upkeep/circle.h
 *	  Circles of waits that the deadlock detector does not see.
 */
#ifndef BINGO_ORDERING_CIRCLE_H
#define BINGO_ORDERING_CIRCLE_H

#include "storage/lock.h"

/* What this session asks for without queueing, or a worker for which it waits. */
typedef struct BingoWanted
{
	LOCKTAG		tag;
	LOCKMODE	mode;
} BingoWanted;

/* Does somebody have one of these, or wait for it, who waits, directly or through others, for this session? */
extern bool bingo_circle_is_closed(const BingoWanted *wanted, int n);

#endif							/* BINGO_ORDERING_CIRCLE_H */
