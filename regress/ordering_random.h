/*
 * ordering_random.h
 *	  What the files of ordering_random share.
 */
#ifndef REGRESS_ORDERING_RANDOM_H
#define REGRESS_ORDERING_RANDOM_H

#include <stdio.h>

#include "random.h"

#define VISITS			300
#define SESSIONS		1500	/* ids are drawn from 1 .. this */
#define MOVIES			40
#define CUSTOMERS		60
#define STUDIOS			8

typedef struct Thread
{
	int			number;
	uint64_t	state;			/* of its random numbers */
	PGconn	   *connection;
	FILE	   *log;
	bool		failed;			/* this transaction */
	bool		changed;		/* one of the tables, in this transaction */
	int			isolation;		/* 0 .. 2 */
	uint64_t	transactions;
	uint64_t	committed;
	uint64_t	moved;
} Thread;

/* A random number below n. */
extern uint32_t draw(Thread *thread, uint32_t n);

/* Runs a statement and logs it; false if it failed, which judge() was told. */
extern bool run(Thread *thread, const char *format,...) __attribute__((format(printf, 2, 3)));

/* Is a failed statement a finding?  The transaction has failed in any case. */
extern void judge(Thread *thread, PGresult *result, const char *sql);

/* The answer, or NULL: judge() was told. */
extern PGresult *ask(Thread *thread, const char *sql);

extern void finding(const char *format,...) __attribute__((format(printf, 1, 2)));

extern bool random_is_over(void);

/* Compares the answers to a query of an ordering with and without its window; the transaction has one snapshot. */
extern void compare(Thread *thread, const char *name, const char *sql, PGresult *(*answer) (Thread *, const char *));

/* Only, or mostly, first rows of each key are compared, and many keys are given up. */
extern bool random_of_first(void);

/* --- ordering_random_first.c --- */

extern void read_first_rows(PGconn *connection);

/* One random query, in the transaction that is open. */
extern void compare_first(Thread *thread);

/* What was compared. */
extern void print_first(void);

/* --- ordering_random_watch.c --- */

/* A thread's body: looks at statements that take long. */
extern void *watch_always(void *argument);

/* --- ordering_random_count.c --- */

/* One random count, in the transaction that is open or one of its own. */
extern void compare_counts(Thread *thread);

/* --- ordering_random_write.c --- */

/* One random statement. */
extern void write_anything(Thread *thread);

/* A refill of which this transaction sees what is perhaps undone. */
extern void move_boundaries(Thread *thread);

/* What makes orderings invalid, or comes near it. */
extern void disturb_orderings(Thread *thread);

#endif							/* REGRESS_ORDERING_RANDOM_H */
