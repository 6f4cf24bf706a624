/*
 * output/count.h
 *	  How many answers and rows went through the row encoder.
 */
#ifndef BINGO_OUTPUT_COUNT_H
#define BINGO_OUTPUT_COUNT_H

extern void bingo_output_count_init(void);

/* Adds one answer of which so many rows were encoded. */
extern void bingo_output_count_add(uint64 rows);

#endif							/* BINGO_OUTPUT_COUNT_H */
