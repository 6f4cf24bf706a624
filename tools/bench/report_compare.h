/*
 * bench/report_compare.h
 *	  Two runs in a report: what changed, in words and on one axis.
 */
#ifndef BINGO_BENCH_REPORT_COMPARE_H
#define BINGO_BENCH_REPORT_COMPARE_H

#include <stdio.h>

#include "bench/compare.h"

extern void bench_report_words(FILE *page, const Comparison *comparison);
extern void bench_report_chart(FILE *page, const Comparison *comparison);

#endif							/* BINGO_BENCH_REPORT_COMPARE_H */
