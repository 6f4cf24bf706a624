/*
 * upkeep/build.h
 *	  Making an ordering, making it again, dropping it.
 */
#ifndef BINGO_ORDERING_BUILD_H
#define BINGO_ORDERING_BUILD_H

#include "fmgr.h"
#include "nodes/parsenodes.h"

#include "base/compat.h"
#include "store/catalog.h"
#include "store/definition.h"
#include "upkeep/refresh.h"

/* Refuses a standby, a read-only transaction and a database without the extension. */
extern void bingo_build_require_writable(const char *function);

/* The argument "name" of a function; an error if it is NULL. */
extern char *bingo_build_name_argument(FunctionCallInfo fcinfo, bool counts, const char *function);

/* There is none of that name; if it is one of the other kind, that is what the error says. */
pg_noreturn extern void bingo_build_raise_missing(const char *name, bool counts);

/*
 * The ordering, or the counter, if the user may manage it.  NULL if it is defined but not
 * built; an error if it is not defined either, or is of the other kind.
 */
extern BingoOrdering *bingo_build_find(const char *name, bool counts);

/* For upkeep/create.c.  The definition of the name, or NULL; an error without the extension. */
extern BingoStoredDefinition *bingo_build_find_definition(const char *name);

/*
 * What the query defines now; an error, which points into the text unless that is NULL.  It may
 * have been allowed a moment ago: no table is locked before its definition says which there are.
 */
extern BingoDefinition *bingo_build_require_definition(Query *query, bool counts, const char *text);

/*
 * Builds what is defined by "query", which the caller has made sure is allowed, in place of
 * what was built before.  Returns the new ordering's id.
 */
extern int32 bingo_build_make(const char *name, Query *query, bool counts, int64 window_rows, bool fill_it);

/* Stores the query, and the same with the names of now if those are others ("renamed", or NULL). */
/* What was just made, and not filled, gets rows by key up to so many. */
extern void bingo_build_fill_limited(const char *name, int32 id, int64 max_rows);

extern void bingo_build_define(const char *name, const char *text, const char *renamed,
							   const BingoDefinition *definition, int64 window_rows);

/* The name stands for one of several: see upkeep/parts.c. */
extern void bingo_build_note_whole(const char *name, const char *whole, int levels, Oid part);

/* Makes everything again from the definition, and fills the window; for refresh_ordering(). */
extern void bingo_build_again(const char *name);

/*
 * The same for upkeep, but leaves the window empty, to be extended by *remaining rows.  IMPOSSIBLE, with the
 * reason, if the query can't be analysed now: what was built is gone then.  BUSY if
 * somebody uses what was built.  Locks are waited for as long as lock_timeout says.
 */
extern BingoStep bingo_build_repair(const char *name, int32 *id, int64 *remaining, const char **reason);

/*
 * Drops what was built, its state, and, if told so, the definition.  Waits for nobody: what
 * somebody uses now is left to upkeep, and nothing reads it any more.
 */
extern void bingo_build_drop(const BingoOrdering *ordering, bool definition_too);

/* Its definition counts for nothing any more; what was built, or NULL, is dropped. */
extern void bingo_build_give_up(const char *name, const BingoOrdering *ordering);

/*
 * The ordering or counter of that name, if the user may; an error as of bingo_build_find().  Of what was made under the name of a
 * whole, and is not dropped with that, upkeep does not make it again.
 */
extern void bingo_build_drop_named(const char *name, bool counts, bool with_whole);

#endif							/* BINGO_ORDERING_BUILD_H */
