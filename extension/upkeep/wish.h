/*
 * upkeep/wish.h
 *	  Upkeep that was asked for when no background worker was to be had, or one had to leave.
 */
#ifndef BINGO_WISH_H
#define BINGO_WISH_H

extern void bingo_wish_init(void);

/* That database waits for upkeep: a later commit in it asks again. */
extern void bingo_wish_leave(Oid database);

/* Does this one? */
extern bool bingo_wish_is_there(void);

/* Not any more. */
extern void bingo_wish_take(void);

#endif							/* BINGO_WISH_H */
