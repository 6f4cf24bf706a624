/*
 * write/filter.h
 *	  Does a row of the first table pass the filter of an ordering or a counter?
 */
#ifndef BINGO_WRITE_FILTER_H
#define BINGO_WRITE_FILTER_H

#include "executor/tuptable.h"

#include "store/ordering.h"

/* True if there is no filter. */
extern bool bingo_filter_passes(BingoOrdering *ordering, TupleTableSlot *row);

#endif							/* BINGO_WRITE_FILTER_H */
