/*
 * upkeep/give_way.h
 *	  A window that would keep a type from being altered.
 */
#ifndef BINGO_ORDERING_GIVE_WAY_H
#define BINGO_ORDERING_GIVE_WAY_H

#include "store/ordering.h"

/*
 * Drops window and boundary if they are the last to have a column of some type that no
 * table of the ordering has any more.  Waits for nobody.
 */
extern void bingo_give_way(const BingoOrdering *ordering);

#endif							/* BINGO_ORDERING_GIVE_WAY_H */
