/*
 * upkeep/awaited.h
 *	  refresh_ordering() and refresh_counter(), and the worker that they wait for.
 */
#ifndef BINGO_ORDERING_AWAITED_H
#define BINGO_ORDERING_AWAITED_H

#include "storage/dsm.h"

/* In the worker: refills that ordering, and answers who waits for it. */
extern void bingo_awaited_answer(int id, dsm_handle handle);

#endif							/* BINGO_ORDERING_AWAITED_H */
