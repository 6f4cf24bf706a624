/*
 * samples.c
 *	  Measured numbers, for all tools.
 */
#include "samples.h"

#include <stdlib.h>

static int
compare_doubles(const void *a, const void *b)
{
	double		x = *(const double *) a;
	double		y = *(const double *) b;

	return (x > y) - (x < y);
}

void
bingo_samples_sort(double *samples, int n)
{
	qsort(samples, n, sizeof(double), compare_doubles);
}
