/*
 * write/filter.h
 *	  Does a row pass the filter of an ordering or a counter?
 */
#ifndef BINGO_WRITE_FILTER_H
#define BINGO_WRITE_FILTER_H

#include "executor/tuptable.h"

#include "store/ordering.h"

/* Does a row of the table pass the conditions on it?  True if there are none. */
extern bool bingo_filter_passes(BingoOrdering *ordering, int table, TupleTableSlot *row);

#endif							/* BINGO_WRITE_FILTER_H */
