/*
 * upkeep/refresh.h
 *	  Filling a window again, extending and pruning it: one step a transaction.
 */
#ifndef BINGO_ORDERING_REFRESH_H
#define BINGO_ORDERING_REFRESH_H

#include "store/catalog.h"

/* Rows that one step reads or deletes: some ten milliseconds in which writers of the tables wait to commit. */
#define BINGO_CHUNK_ROWS 5000

typedef enum BingoStep
{
	BINGO_STEP_DONE,
	BINGO_STEP_MORE,			/* call the next step */
	BINGO_STEP_BUSY,			/* the window is in use: try again later */
	BINGO_STEP_INVALID,			/* invalidated again: begin anew */
	BINGO_STEP_IMPOSSIBLE		/* *reason says why */
} BingoStep;

/* May the user refresh and drop it? */
extern bool bingo_refresh_allowed(const BingoOrdering *ordering, Oid user);

/* How many rows a window is filled with: of one whose keys are cut all, as far as these let. */
extern int64 bingo_refresh_most_rows(const BingoDefinition *definition, int64 window_rows);

/* Puts back triggers that somebody has disabled, changed or dropped; waits for the writers of their tables. */
extern BingoStep bingo_refresh_repair(int32 id, const char **reason);

/* Empties the window, puts the first rows in and makes it valid; *remaining rows are then wanted. */
extern BingoStep bingo_refresh_start(int32 id, int64 limit, int64 *remaining, const char **reason);

/* Appends a chunk of the rows that remain. */
extern BingoStep bingo_refresh_extend(int32 id, int64 *remaining, const char **reason);

/* Deletes a chunk of the surplus rows from the end. */
extern BingoStep bingo_refresh_prune(int32 id, int64 *surplus, const char **reason);

/* Records that a fill which took so long is complete. */
extern void bingo_refresh_finish(int32 id, double build_ms);

/* Says in the view why it could not be filled or made again, if it is of no use now; false: it is not built. */
extern bool bingo_refresh_explain(int32 id, const char *reason);

/* Is there something to do, and what? */
typedef enum BingoNeed
{
	BINGO_NEED_NOTHING,
	BINGO_NEED_REFILL,
	BINGO_NEED_EXTEND,
	BINGO_NEED_PRUNE,
	BINGO_NEED_REBUILD			/* from the definition */
} BingoNeed;

/* *rows is how many to append or delete. */
extern BingoNeed bingo_refresh_need(BingoOrdering *ordering, int64 *rows);

#endif							/* BINGO_ORDERING_REFRESH_H */
