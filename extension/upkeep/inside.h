/*
 * upkeep/inside.h
 *	  Of the rows of a query those that are inside a window whose keys are cut.
 */
#ifndef BINGO_UPKEEP_INSIDE_H
#define BINGO_UPKEEP_INSIDE_H

#include "tcop/dest.h"
#include "utils/snapshot.h"

#include "store/window.h"

/*
 * A receiver that passes them on: those inside the boundaries that the snapshot sees, of which this one is that of all.
 * Without that one: all but those of marked keys.  Its end closes what it reads, and not the other.
 */
extern DestReceiver *bingo_inside_create(const BingoOrdering *ordering, const BingoBoundary *boundary, Snapshot snapshot,
										 DestReceiver *next);

#endif							/* BINGO_UPKEEP_INSIDE_H */
