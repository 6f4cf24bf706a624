/*
 * write/maintain.h
 *	  The work at commit: from changed keys to the window.
 */
#ifndef BINGO_MAINTAIN_H
#define BINGO_MAINTAIN_H

#include "store/lock.h"
#include "write/pending.h"

/* Brings what is pending into the window, or marks it. */
extern void bingo_maintain(BingoPending *pending, BingoPatience *patience);

/* Frees what an error in the midst of the work has left. */
extern void bingo_maintain_forget(void);

#endif							/* BINGO_MAINTAIN_H */
