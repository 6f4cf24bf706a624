/*
 * ordering_fill.h
 *	  The next rows of an ordering, read from its tables and put into the window.
 */
#ifndef BINGO_ORDERING_FILL_H
#define BINGO_ORDERING_FILL_H

#include "ordering_window.h"

/* The query of the ordering's rows behind a boundary key, or of all if NULL; nothing after ORDER BY. */
extern char *bingo_fill_query(const BingoDefinition *definition, const BingoBoundary *after);

/* Appends at most "limit" rows that lie behind the boundary to the window and moves the boundary; returns their number. */
extern int64 bingo_fill_append(BingoOrdering *ordering, const BingoBoundary *after, int64 limit);

#endif							/* BINGO_ORDERING_FILL_H */
