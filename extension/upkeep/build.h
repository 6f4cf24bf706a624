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
#include "upkeep/refresh.h"

/* Refuses a standby, a read-only transaction and a database without the extension. */
extern void bingo_build_require_writable(const char *function);

/* The argument "name" of a function; an error if it is NULL. */
extern char *bingo_build_name_argument(FunctionCallInfo fcinfo, bool counts, const char *function);

/*
 * The ordering, or the counter, if the user may manage it.  NULL if it is defined but not
 * built; an error if it is not defined either, or is of the other kind.
 */
extern BingoOrdering *bingo_build_find(const char *name, bool counts);

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

#endif							/* BINGO_ORDERING_BUILD_H */
