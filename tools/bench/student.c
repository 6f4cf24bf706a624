/*
 * bench/student.c
 *	  Student's t distribution: see bench/student.h.
 *
 * The two tails are the regularised incomplete beta function
 * I_x(freedom/2, 1/2) at x = freedom / (freedom + t^2) (NIST Digital Library of
 * Mathematical Functions, 8.17), which is computed by its continued fraction
 * (DLMF 8.17.22) with the modified Lentz method (Thompson and Barnett, 1986).
 */
#include "bench/student.h"

#include <math.h>

#define TINY 1e-300
#define STEPS 500

static double
not_zero(double value)
{
	return fabs(value) < TINY ? TINY : value;
}

/* The continued fraction, which converges fast for x < (a + 1) / (a + b + 2). */
static double
beta_fraction(double a, double b, double x)
{
	double		c = 1;
	double		d = 1 / not_zero(1 - (a + b) * x / (a + 1));
	double		result = d;

	for (int m = 1; m <= STEPS; m++)
	{
		double		even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double		odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		double		step;

		d = 1 / not_zero(1 + even * d);
		c = not_zero(1 + even / c);
		result *= d * c;
		d = 1 / not_zero(1 + odd * d);
		c = not_zero(1 + odd / c);
		step = d * c;
		result *= step;
		if (fabs(step - 1) < 1e-15)
			break;
	}
	return result;
}

static double
incomplete_beta(double a, double b, double x)
{
	double		front;

	if (x <= 0)
		return 0;
	if (x >= 1)
		return 1;
	front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(a, b, x) / a;
	return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double
bench_student_tails(double t, double freedom)
{
	return incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t));
}

double
bench_student_quantile(double probability, double freedom)
{
	double		low = 0;
	double		high = 1;

	while (bench_student_tails(high, freedom) > probability && high < 1e12)
		high *= 2;
	for (int i = 0; i < 200; i++)
	{
		double		middle = (low + high) / 2;

		if (bench_student_tails(middle, freedom) > probability)
			low = middle;
		else
			high = middle;
	}
	return high;
}
