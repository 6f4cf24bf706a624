/*
 * fuzz_case.h
 *	  How one query is executed, and what it answers.
 */
#ifndef REGRESS_FUZZ_CASE_H
#define REGRESS_FUZZ_CASE_H

#include "fuzz.h"

#define MOST_STEPS	10
#define MOST_RESULTS (MOST_STEPS + 2)	/* DECLARE, the steps, CLOSE */

#define TOO_LARGE	"large"	/* no SQLSTATE: the rows did not fit into memory */

typedef enum Mode
{
	MODE_SIMPLE,
	MODE_EXTENDED,
	MODE_PREPARED,				/* once prepared, executed several times */
	MODE_CURSOR,
	MODE_KEPT					/* prepared in an earlier transaction */
} Mode;

/* How to execute; drawn before, so that both executions are alike. */
typedef struct Course
{
	Mode		mode;
	bool		binary;
	int			number;			/* KEPT */
	int			nsteps;			/* executions, or commands on the cursor */
	long		values[MOST_STEPS][MAX_PARAMETERS];
	const char *declare;		/* CURSOR: its options */
	bool		again;			/* CURSOR: the last command gives all rows, also those given before */
	bool		close;			/* CURSOR: else the rollback ends it, and nothing is counted */
	char		commands[MOST_STEPS][80];
} Course;

typedef struct Answer
{
	int			n;
	PGresult   *results[MOST_RESULTS];
	Text		copied;
	char		state[6];		/* of the error that ended it, or "" */
} Answer;

/* fuzz_execute.c */
extern void execute_draw_course(Fuzz *fuzz, const Query *query, Course *course);
extern PGresult *execute_prepare(Fuzz *fuzz, const char *name, const Query *query);
extern PGresult *execute_values(Fuzz *fuzz, const Query *query, const Course *course, int step, const char *prepared);
extern void execute_course(Fuzz *fuzz, const Query *query, const Course *course, bool plain, Answer *answer);
extern void execute_full(Fuzz *fuzz, const Query *query, const Course *course, Answer *answer);
extern void execute_free(Answer *answer);
extern void execute_describe(const Course *course, const char *output, Text *text);

/* fuzz_early.c: did it fail with FZ001 for what PostgreSQL does by itself?  With the settings that it failed with. */
extern bool early_is_planners(Fuzz *fuzz, const Query *query, const Course *course);

/* fuzz_judge.c */
extern const char *judge_answers(const Query *query, const Course *course, const Answer *served, const Answer *plain, const Answer *full);
extern bool judge_contained(PGresult *const *some, int nsome, PGresult *all);

#endif							/* REGRESS_FUZZ_CASE_H */
