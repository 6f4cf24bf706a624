/*
 * upkeep/slow_key.h
 *	  A key whose rows take long to be read: filled in two parts, so that writers need not wait.
 */
#ifndef BINGO_UPKEEP_SLOW_KEY_H
#define BINGO_UPKEEP_SLOW_KEY_H

#include "store/window.h"

/* Forgets whatever key was begun with. */
extern void bingo_slow_forget(void);

/*
 * The three steps, each in a transaction of its own: the first with the gate EXCLUSIVE, the second without, if it
 * is this ordering's turn for one, the third with it again.  That says whether the key is in order.
 */
extern void bingo_slow_open(const BingoOrdering *ordering, const BingoBoundary *key);
extern bool bingo_slow_wants_note(int32 id);
extern void bingo_slow_note(BingoOrdering *ordering);
extern bool bingo_slow_wants_close(int32 id);
extern bool bingo_slow_close(BingoOrdering *ordering);

#endif							/* BINGO_UPKEEP_SLOW_KEY_H */
