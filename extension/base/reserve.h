/*
 * base/reserve.h
 *	  Room in the lock table for a mark, kept by transactions that might find none.
 */
#ifndef BINGO_RESERVE_H
#define BINGO_RESERVE_H

extern void bingo_reserve_init(void);

/* This transaction may have to leave a mark: room is kept if it needs any, and there is some. */
extern void bingo_reserve_want(void);

/* The room is wanted, or will not be. */
extern void bingo_reserve_give_back(void);

/* Are this transaction's own slots nearly used up, so that what it locks may find no room? */
extern bool bingo_reserve_is_tight(void);

/* The transaction is over, and its locks with it. */
extern void bingo_reserve_forget(void);

#endif							/* BINGO_RESERVE_H */
