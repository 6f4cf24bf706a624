/*
 * read/late.h
 *	  A plan behind that is initialised when it is first needed, if ever.
 */
#ifndef BINGO_SCAN_LATE_H
#define BINGO_SCAN_LATE_H

#include "nodes/execnodes.h"
#include "nodes/plannodes.h"

/* What is open of a plan that is not initialised yet. */
typedef struct BingoLate
{
	Plan	   *plan;			/* NULL: it is initialised */
	int			eflags;			/* that it will be with */
	List	   *indexes;		/* of Relation */
} BingoLate;

/* For the plan node: may such a plan wait, as far as that is known when it is made? */
extern bool bingo_late_may_wait(Plan *plan);

/*
 * The execution begins.  True: the plan waits, and what it reads is open; false: it is to
 * be initialised now.
 */
extern bool bingo_late_begin(BingoLate *late, Plan *plan, EState *estate, int eflags);

/* Initialises it; the current memory context must be that of the execution. */
extern PlanState *bingo_late_start(BingoLate *late, EState *estate);

extern void bingo_late_end(BingoLate *late);

#endif							/* BINGO_SCAN_LATE_H */
