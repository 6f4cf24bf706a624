/*
 * read/extreme.h
 *	  min() and max() from the first row of a window.
 */
#ifndef BINGO_SCAN_EXTREME_H
#define BINGO_SCAN_EXTREME_H

extern void bingo_extreme_init(void);

#endif							/* BINGO_SCAN_EXTREME_H */
