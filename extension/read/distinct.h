/*
 * read/distinct.h
 *	  DISTINCT ON from the first row of each key of a window.
 */
#ifndef BINGO_SCAN_DISTINCT_H
#define BINGO_SCAN_DISTINCT_H

/* Installs the hook. */
extern void bingo_distinct_init(void);

#endif							/* BINGO_SCAN_DISTINCT_H */
