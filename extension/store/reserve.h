/*
 * store/reserve.h
 *	  Room in the lock table for a mark, kept from a transaction's first change on.
 */
#ifndef BINGO_STORE_RESERVE_H
#define BINGO_STORE_RESERVE_H

/* This transaction may have to leave a mark.  Where there is no room none is kept. */
extern void bingo_reserve_take(void);

/* The room is wanted, or will not be. */
extern void bingo_reserve_give_back(void);

/* The transaction is over, and its locks with it. */
extern void bingo_reserve_forget(void);

#endif							/* BINGO_STORE_RESERVE_H */
