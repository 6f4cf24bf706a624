/*
 * base/attempt.h
 *	  Doing something that may fail without failing.
 */
#ifndef BINGO_ATTEMPT_H
#define BINGO_ATTEMPT_H

#include "utils/elog.h"

/*
 * Runs action(argument) in a subtransaction.  NULL if it went well; else what it did
 * is undone and its error returned, in the current memory context.  The caller says
 * which errors he can go on after, and passes every other to ReThrowError():
 * ERRCODE_QUERY_CANCELED, with which the user or statement_timeout ends the
 * statement, is seldom one of the first.
 */
extern ErrorData *bingo_attempt(void (*action) (void *argument), void *argument);

/* The same, but what it did is undone in any case: its locks are given back, its memory stays. */
extern ErrorData *bingo_attempt_undone(void (*action) (void *argument), void *argument);

/* The same while the transaction commits or is prepared. */
extern ErrorData *bingo_attempt_at_end(void (*action) (void *argument), void *argument);

/*
 * The error's message for anybody.  One that a value may have caused is told without what was put into it, which may be
 * that value.
 */
extern char *bingo_attempt_describe(const ErrorData *error);

#endif							/* BINGO_ATTEMPT_H */
