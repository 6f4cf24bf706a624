/*
 * bench/student.h
 *	  Student's t distribution, for confidence intervals of a few values.
 */
#ifndef BINGO_BENCH_STUDENT_H
#define BINGO_BENCH_STUDENT_H

/* Probability that |T| with these degrees of freedom is at least |t|. */
extern double bench_student_tails(double t, double freedom);

/* The t that |T| exceeds with this probability only (two-sided). */
extern double bench_student_quantile(double probability, double freedom);

#endif							/* BINGO_BENCH_STUDENT_H */
