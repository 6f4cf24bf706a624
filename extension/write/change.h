/*
 * write/change.h
 *	  Changes of an ordering's tables: remembered by triggers, brought into the
 *	  window at commit.
 */
#ifndef BINGO_ORDERING_CHANGE_H
#define BINGO_ORDERING_CHANGE_H

#include "store/lock.h"
#include "write/pending.h"

extern void bingo_change_init(void);

/* write/maintain.c: brings what is pending into the window, or invalidates the ordering. */
extern void bingo_maintain(BingoPending *pending, BingoPatience *patience);

#endif							/* BINGO_ORDERING_CHANGE_H */
