/*
 * store/fingerprint.h
 *	  What the exactness of a window rests on, and whether it is still there.
 */
#ifndef BINGO_ORDERING_FINGERPRINT_H
#define BINGO_ORDERING_FINGERPRINT_H

#include "store/ordering.h"

extern void bingo_fingerprint_take(const BingoOrdering *ordering, BingoFill *fill);

/*
 * Finds the window's indexes, and sets ordering->repair.  The reason why the window may
 * not be used, or NULL.
 */
extern char *bingo_fingerprint_check(BingoOrdering *ordering);

#endif							/* BINGO_ORDERING_FINGERPRINT_H */
