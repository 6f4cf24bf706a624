/*
 * bench/health.h
 *	  "bingo_bench health": the health of a database as one page for a browser.
 */
#ifndef BINGO_BENCH_HEALTH_H
#define BINGO_BENCH_HEALTH_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>

/* argv[0] is the subcommand; returns the exit status. */
extern int	bench_health(int argc, char **argv);

/* --- between the page's files --- */

typedef struct HealthPage
{
	PGconn	   *conn;
	FILE	   *file;
} HealthPage;

/*
 * The answer to a query of one section.  A section that can't be filled says why and
 * what to do, and the others follow: then NULL.
 */
extern PGresult *bench_health_ask(HealthPage *page, const char *sql);

/* A cell's text and number; "" and -1 where it is NULL. */
extern const char *bench_health_text(const PGresult *result, int row, const char *column);
extern double bench_health_number(const PGresult *result, int row, const char *column);

/* bench/health_times.c: service levels, endpoints, statements, over time. */
extern void bench_health_levels(HealthPage *page);
extern void bench_health_endpoints(HealthPage *page);
extern void bench_health_trends(HealthPage *page);
extern void bench_health_statements(HealthPage *page);

/* bench/health_state.c: what to do, what is kept, how the server is set. */
extern void bench_health_advice(HealthPage *page);
extern void bench_health_orderings(HealthPage *page);
extern void bench_health_counters(HealthPage *page);
extern void bench_health_settings(HealthPage *page);

#endif							/* BINGO_BENCH_HEALTH_H */
