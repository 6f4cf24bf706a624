/*
 * write/change.h
 *	  Changes of an ordering's tables: remembered by triggers, brought into the
 *	  window at commit.
 */
#ifndef BINGO_ORDERING_CHANGE_H
#define BINGO_ORDERING_CHANGE_H

extern void bingo_change_init(void);

#endif							/* BINGO_ORDERING_CHANGE_H */
