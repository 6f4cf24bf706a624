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

typedef enum BingoCircle
{
	BINGO_CIRCLE_NONE,
	BINGO_CIRCLE_QUEUED,		/* they only wait for it, before us: not if we have such a lock already */
	BINGO_CIRCLE_HELD			/* one of them has it */
} BingoCircle;

/* What those have of it who wait, directly or through others, for this session. */
extern BingoCircle bingo_circle_find(const BingoWanted *wanted, int n);

#endif							/* BINGO_ORDERING_CIRCLE_H */
