/*
 * store/write_state.h
 *	  The state of an ordering, written to its server.
 */
#ifndef BINGO_STORE_WRITE_STATE_H
#define BINGO_STORE_WRITE_STATE_H

#include "store/ordering.h"

/*
 * The state: of a new ordering, of one whose refill has begun (build_ms < 0: the time of
 * the last complete fill stays), of one whose fill is complete.
 */
extern void bingo_state_write(const BingoOrdering *ordering, const BingoFill *fill, double build_ms);

/* The state of an ordering that can't be built, and why. */
extern void bingo_state_write_reason(const char *name, const char *reason);

/* Drops the state. */
extern void bingo_state_drop(const char *name);

#endif							/* BINGO_STORE_WRITE_STATE_H */
