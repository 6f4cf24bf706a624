/*
 * store/stats.h
 *	  Counters of each ordering's use, kept in shared memory.
 */
#ifndef BINGO_ORDERING_STATS_H
#define BINGO_ORDERING_STATS_H

typedef enum BingoCounter
{
	BINGO_COUNT_SCANS,			/* executions of a plan with the ordering */
	BINGO_COUNT_ROWS_SERVED,	/* rows given from the window */
	BINGO_COUNT_ROWS_BEHIND,	/* rows given from the plan behind it */
	BINGO_COUNT_CHANGES,		/* window rows written by transactions that changed the tables */
	BINGO_COUNTERS				/* their number */
} BingoCounter;

extern void bingo_stats_init(void);

/* Counts; does nothing unless the library was in shared_preload_libraries. */
extern void bingo_stats_add(int32 ordering_id, BingoCounter counter, uint64 amount);

/* Frees the counters of an ordering that is dropped. */
extern void bingo_stats_forget(int32 ordering_id);

#endif							/* BINGO_ORDERING_STATS_H */
