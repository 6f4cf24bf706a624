/*
 * write/compute.h
 *	  Values of the expressions that an ordering sorts by.
 */
#ifndef BINGO_WRITE_COMPUTE_H
#define BINGO_WRITE_COMPUTE_H

#include "executor/tuptable.h"

#include "write/pending.h"
#include "write/plan.h"

/* Of a row of the column's table, whose long values can be had.  Good until bingo_compute_forget(); may raise an error. */
extern Datum bingo_compute(BingoOrdering *ordering, const BingoColumn *column, TupleTableSlot *row, bool *isnull);

/* Of the driving row of which that is an image. */
extern Datum bingo_compute_image(BingoOrdering *ordering, const BingoColumn *column, const BingoImage *image, bool *isnull);

/* The values that were computed are not needed any more. */
extern void bingo_compute_forget(BingoOrdering *ordering);

#endif							/* BINGO_WRITE_COMPUTE_H */
