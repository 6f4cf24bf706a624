/*
 * read/count_explain.h
 *	  A counter's node in EXPLAIN.
 */
#ifndef BINGO_READ_COUNT_EXPLAIN_H
#define BINGO_READ_COUNT_EXPLAIN_H

#include "commands/explain.h"
#include "nodes/plannodes.h"

#include "read/count.h"

/*
 * EXPLAIN writes what a column of the node is as the plan has it, and 18 wants to find the WindowAgg
 * of a window function then; there is none.  Only when planning is finished need the column
 * no longer be equal to what the plan above looks for, and nobody but EXPLAIN reads it; so
 * it is replaced here, in the plan, once.
 */
extern void bingo_count_forget_windows(CustomScan *cscan);

/* What is known without executing it. */
extern void bingo_count_explain(CustomScan *cscan, List *ancestors, ExplainState *es);

#endif							/* BINGO_READ_COUNT_EXPLAIN_H */
