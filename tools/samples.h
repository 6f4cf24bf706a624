/*
 * samples.h
 *	  Measured numbers, for all tools.
 */
#ifndef BINGO_TOOLS_SAMPLES_H
#define BINGO_TOOLS_SAMPLES_H

/* In ascending order. */
extern void bingo_samples_sort(double *samples, int n);

#endif							/* BINGO_TOOLS_SAMPLES_H */
