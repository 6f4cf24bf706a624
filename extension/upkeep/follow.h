/*
 * upkeep/follow.h
 *	  What DDL changes of a definition: the names, the owner.
 */
#ifndef BINGO_ORDERING_FOLLOW_H
#define BINGO_ORDERING_FOLLOW_H

/* Both of a BingoOrdering, in a subtransaction; they wait for nobody, and raise an error instead. */
extern void bingo_follow_names(void *ordering);
extern void bingo_follow_owner(void *ordering);

#endif							/* BINGO_ORDERING_FOLLOW_H */
