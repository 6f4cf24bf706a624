/*
 * read/upper.h
 *	  What windows and counters give above the scans and joins of a query level.
 */
#ifndef BINGO_READ_UPPER_H
#define BINGO_READ_UPPER_H

/* Installs the hook. */
extern void bingo_upper_init(void);

#endif							/* BINGO_READ_UPPER_H */
