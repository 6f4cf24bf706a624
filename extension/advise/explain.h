/*
 * advise/explain.h
 *	  What explain_ordering() and explain_counter() do with their query.
 */
#ifndef BINGO_ADVISE_EXPLAIN_H
#define BINGO_ADVISE_EXPLAIN_H

#include "nodes/plannodes.h"

/* The one SELECT that the text is; parameters ($1) take the types they need.  Errors name the function. */
extern Query *bingo_explain_analyze(const char *query_string, const char *function);

/* The core's checks of the caller's rights, as EXPLAIN has them. */
extern void bingo_explain_check_rights(PlannedStmt *plan, const char *query_string);

#endif							/* BINGO_ADVISE_EXPLAIN_H */
