/*
 * upkeep/over.h
 *	  What was made for a partition under the name of a whole goes with the partition.
 */
#ifndef BINGO_UPKEEP_OVER_H
#define BINGO_UPKEEP_OVER_H

extern bool bingo_over_is_any(void);
extern void bingo_over_give_up(void);

#endif							/* BINGO_UPKEEP_OVER_H */
