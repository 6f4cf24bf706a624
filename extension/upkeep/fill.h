/*
 * upkeep/fill.h
 *	  The next rows of an ordering, read from its tables and put into the window.
 */
#ifndef BINGO_ORDERING_FILL_H
#define BINGO_ORDERING_FILL_H

#include "tcop/dest.h"

#include "store/window.h"
#include "upkeep/fill_query.h"

/*
 * Appends at most "limit" rows that lie behind the boundary to the window and moves the boundary; returns their number,
 * those included that were read over since their key has enough.
 */
extern int64 bingo_fill_append(BingoOrdering *ordering, const BingoBoundary *after, int64 limit);

/* Has the window of an ordering by keys about as many rows as it may have? */
extern bool bingo_fill_is_full(const BingoOrdering *ordering);

/* The same as the backend knows that has just filled it: not one more? */
extern bool bingo_fill_has_no_room(const BingoOrdering *ordering);

/*
 * The same behind a key's cut, with rows of this key, and moves that, or takes it away if there are no more.  Or
 * the whole key: its rows and cut are gone.  False if that has a row, but the window can't hold the first one.
 */
extern bool bingo_fill_key(BingoOrdering *ordering, const BingoBoundary *cut, bool whole, int64 limit);

/* Reads rows of the query into a receiver, in order, as the tables' owner; the caller is connected to SPI. */
extern void bingo_fill_read(DestReceiver *receiver, const BingoOrdering *ordering, BingoRows rows, const BingoBoundary *boundary,
							int64 limit);

#endif							/* BINGO_ORDERING_FILL_H */
