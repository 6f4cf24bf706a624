/*
 * upkeep/query.h
 *	  From the text of an ordering's query to its parse tree, and back.
 */
#ifndef BINGO_UPKEEP_QUERY_H
#define BINGO_UPKEEP_QUERY_H

#include "nodes/parsenodes.h"

#include "definition/definition.h"
#include "store/definition.h"

/*
 * The one SELECT of the text, as the current user's; errors point into the text.  stored:
 * somebody else may have written it (upkeep/harmless.c).
 */
extern Query *bingo_query_parse(const char *text, bool counts, bool stored);

/* The problem as an error, which points into the text unless that is NULL. */
pg_noreturn extern void bingo_query_raise(const BingoProblem *problem, const char *query);

/* The tables' owner alone may put triggers on them and decide who reads a copy. */
extern void bingo_query_check_ownership(const BingoDefinition *definition, Oid user);

/* With qualified names, whatever the caller's search_path is. */
extern char *bingo_query_format(Query *query);

/*
 * A definition's query as it was asked for, if it can be analysed as its owner: its
 * tables may be others than before.  Else the same with other names; else NULL, with the
 * error.  The caller stands in for an owner who has lost it with the tables and is gone himself.
 */
extern Query *bingo_query_analyze(const BingoStoredDefinition *definition, Oid caller, ErrorData **error);

#endif							/* BINGO_UPKEEP_QUERY_H */
