/*
 * upkeep/awaited.h
 *	  refresh_ordering() and refresh_counter(), and the worker that they wait for.
 */
#ifndef BINGO_ORDERING_AWAITED_H
#define BINGO_ORDERING_AWAITED_H

#include "upkeep/launch.h"

/* In the worker: refills that ordering, and answers who waits for it. */
extern void bingo_awaited_answer(const BingoOrder *order);

#endif							/* BINGO_ORDERING_AWAITED_H */
