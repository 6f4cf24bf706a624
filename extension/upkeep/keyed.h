/*
 * upkeep/keyed.h
 *	  Keys of a window that have too many rows, or too few, or perhaps not the right ones.
 */
#ifndef BINGO_UPKEEP_KEYED_H
#define BINGO_UPKEEP_KEYED_H

#include "store/ordering.h"

/* Looks for such keys, without the gate, and remembers them in this session for the next; is there one? */
extern bool bingo_keyed_find(const BingoOrdering *ordering);

/* About "chunk" rows of what they need, with the gate EXCLUSIVE; is there more? */
extern bool bingo_keyed_step(BingoOrdering *ordering, int64 chunk);

/* The transaction has ended. */
extern void bingo_keyed_end(bool committed);

#endif							/* BINGO_UPKEEP_KEYED_H */
