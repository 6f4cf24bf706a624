/*
 * bench/query.h
 *	  "bingo_bench query": times statements one after another on one connection.
 */
#ifndef BINGO_BENCH_QUERY_H
#define BINGO_BENCH_QUERY_H

/* argv[0] is the subcommand; returns the exit status. */
extern int	bench_query(int argc, char **argv);

#endif							/* BINGO_BENCH_QUERY_H */
