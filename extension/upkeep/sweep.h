/*
 * upkeep/sweep.h
 *	  Dropping what orderings that are no more have left behind.
 */
#ifndef BINGO_ORDERING_SWEEP_H
#define BINGO_ORDERING_SWEEP_H

#include "store/catalog.h"

/* Relations and triggers of an ordering that is dropped in this transaction; waits for nobody. */
extern void bingo_sweep_ordering(const BingoOrdering *ordering);

/* The triggers that such orderings have left on the tables; waits for nobody. */
extern void bingo_sweep_triggers(List *relids);

/* Those that such a drop had to leave, in the whole database; waits for nobody. */
extern void bingo_sweep_all(void);

#endif							/* BINGO_ORDERING_SWEEP_H */
