/*
 * ordering_window.h
 *	  The window relation and its boundary: open, probe, insert, update, delete.
 */
#ifndef BINGO_ORDERING_WINDOW_H
#define BINGO_ORDERING_WINDOW_H

#include "executor/tuptable.h"
#include "utils/snapshot.h"

#include "ordering_catalog.h"

typedef enum BingoBoundaryState
{
	BINGO_BOUNDARY_NOTHING = 'n',	/* no row is inside */
	BINGO_BOUNDARY_KEY = 'k',		/* rows up to and including the key are inside */
	BINGO_BOUNDARY_EVERYTHING = 'e' /* every row is inside */
} BingoBoundaryState;

typedef struct BingoBoundary
{
	BingoBoundaryState state;
	Datum		values[BINGO_MAX_KEYS];	/* of definition->sort[i] */
	bool		nulls[BINGO_MAX_KEYS];
} BingoBoundary;

/*
 * The current boundary.  The caller holds the gate (any mode) since before the
 * call; cached per backend until an invalidation of the gate relation.
 */
extern const BingoBoundary *bingo_window_boundary(BingoOrdering *ordering);

/* Replaces the boundary; the caller holds the gate EXCLUSIVE. Sends an invalidation of the gate relation. */
extern void bingo_window_set_boundary(BingoOrdering *ordering, const BingoBoundary *boundary);

#endif							/* BINGO_ORDERING_WINDOW_H */
