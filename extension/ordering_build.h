/*
 * ordering_build.h
 *	  Making an ordering and filling its window.
 */
#ifndef BINGO_ORDERING_BUILD_H
#define BINGO_ORDERING_BUILD_H

#include "nodes/parsenodes.h"

#include "compat.h"
#include "ordering_catalog.h"

/* Raises what bingo_define_analyze() found; the query's text for the position, or NULL. */
pg_noreturn extern void bingo_build_raise(const BingoProblem *problem, const char *query);

/* Analyses the text as the current user would run it; an error if it can't be an ordering. */
extern Query *bingo_build_parse(const char *query);

extern void bingo_build_create(const char *name, Query *query, int64 window_rows, Oid owner);

/* Refuses a standby, a read-only transaction and a database without the extension. */
extern void bingo_build_require_writable(const char *function);

/*
 * The ordering, if the user may manage it.  NULL if it is defined but not built;
 * an error if it is not defined either.
 */
extern BingoOrdering *bingo_build_find(const char *name);

/* Makes everything again: from the stored query, or from the definition if the ordering is NULL. */
extern void bingo_build_again(const char *name, BingoOrdering *ordering);

extern void bingo_build_drop(BingoOrdering *ordering, bool wait);

#endif							/* BINGO_ORDERING_BUILD_H */
