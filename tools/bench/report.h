/*
 * bench/report.h
 *	  "bingo_bench report": result documents as one page for a browser.
 */
#ifndef BINGO_BENCH_REPORT_H
#define BINGO_BENCH_REPORT_H

/* argv[0] is the subcommand; returns the exit status. */
extern int	bench_report(int argc, char **argv);

#endif							/* BINGO_BENCH_REPORT_H */
