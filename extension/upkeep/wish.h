/*
 * upkeep/wish.h
 *	  Upkeep that was asked for when no background worker was to be had, or one had to leave.
 */
#ifndef BINGO_WISH_H
#define BINGO_WISH_H

extern void bingo_wish_init(void);

/* This database waits for upkeep: the next commit in it asks again. */
extern void bingo_wish_leave(void);

/* May there be one, of any database? */
extern bool bingo_wish_is_any(void);

/* Does it?  Not any more, then. */
extern bool bingo_wish_take(void);

#endif							/* BINGO_WISH_H */
