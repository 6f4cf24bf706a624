/*
 * upkeep/worker.h
 *	  Upkeep of the windows in the background.
 */
#ifndef BINGO_ORDERING_WORKER_H
#define BINGO_ORDERING_WORKER_H

extern void bingo_worker_init(void);

#endif							/* BINGO_ORDERING_WORKER_H */
