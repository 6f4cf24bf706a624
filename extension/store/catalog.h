/*
 * store/catalog.h
 *	  Stored orderings and the per-backend cache of them.
 */
#ifndef BINGO_ORDERING_CATALOG_H
#define BINGO_ORDERING_CATALOG_H

#include "nodes/pg_list.h"

#include "store/lock.h"
#include "store/ordering.h"

extern void bingo_catalog_init(void);

/*
 * Makes the cache complete.  False if that can't be done because somebody has locked
 * a system catalog that orderings are stored in: nothing can be told then, not even
 * that there is no ordering.  patience NULL: waits for nobody.
 */
extern bool bingo_catalog_load(BingoPatience *patience);

/* The same for functions that people call: waits for a while, then an error. */
extern void bingo_catalog_require(void);

/*
 * All orderings of this database that are built (a List of BingoOrdering *, by id, which is the
 * cache's own and lives as long as they do); NIL without the extension, and while that is not known without waiting.
 */
extern List *bingo_catalog_list(void);

/* False, as bingo_catalog_load(), if it can't be told; else the ordering, NULL if there is none. */
extern bool bingo_catalog_find(int32 id, BingoPatience *patience, BingoOrdering **ordering);

/*
 * Is what the catalogs said of the ordering, when it was loaded, what they say to this moment?  Of a table that
 * is locked, say: that its unique index is one.
 */
extern bool bingo_catalog_is_current(const BingoOrdering *ordering);

/* The ordering, NULL if there is none; waits as bingo_catalog_require() does. */
extern BingoOrdering *bingo_catalog_by_name(const char *name);

/* The same without waiting: NULL, too, while it can't be told. */
extern BingoOrdering *bingo_catalog_find_named(const char *name);

/*
 * Look at everything again at the next lookup: not all that an ordering rests on
 * announces its change (the end of inheritance does not).
 */
extern void bingo_catalog_reload(void);

/* ... those whose queries have, or had when they were built, a table or column of that name. */
extern void bingo_catalog_reload_named(const char *name);

/* Was an ordering loaded since the last call that upkeep could repair? */
extern bool bingo_catalog_take_wish(void);

/*
 * Is there an ordering on this table, as far as is known?  Whatever anybody plans asks that of each relation, and of
 * each pair that is joined: it is some twenty instructions if there is none.
 */
extern bool bingo_catalog_covers(Oid relid);

/*
 * Is the ordering new to the cache since the last call for it?  For the event
 * triggers, which look again at what has changed.
 */
extern bool bingo_catalog_is_news(BingoOrdering *ordering);

#endif							/* BINGO_ORDERING_CATALOG_H */
