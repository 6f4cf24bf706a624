/*
 * store/triggers.h
 *	  The triggers of an ordering on its tables.
 */
#ifndef BINGO_ORDERING_TRIGGERS_H
#define BINGO_ORDERING_TRIGGERS_H

#include "utils/reltrigger.h"

#include "store/catalog.h"

/* What is wrong with the triggers of the ordering on the table and what to do about it, or NULL. */
extern char *bingo_triggers_check(Oid relid, int32 ordering_id, BingoRepair *repair);

/* The caller holds ShareRowExclusiveLock on the table. */
extern void bingo_triggers_create(Oid relid, int32 ordering_id, Oid window);

/*
 * Makes the table's triggers of orderings internal and ENABLE ALWAYS again, where
 * DISABLE or ENABLE has made them something else, or, "internal" false, makes them
 * look like a user's own.  The caller holds ShareRowExclusiveLock or more.  Returns
 * whether there was something to do.
 */
extern bool bingo_triggers_put_back(Oid relid, bool internal);

/* Did an ordering make it?  Anybody may make a trigger with its functions, but not an internal one. */
extern bool bingo_triggers_are_own(const Trigger *trigger);

/* Is it the function of such triggers? */
extern bool bingo_triggers_is_function(Oid function);

/* Are there triggers of orderings on the table? */
extern bool bingo_triggers_has(Oid relid);

/*
 * Drops the table's triggers of the ordering, and those of orderings that are
 * no more.  Locks the table AccessExclusive if there are any; without "wait" only if
 * that lock is to be had at once, else it returns false.
 */
extern bool bingo_triggers_drop(Oid relid, int32 ordering_id, bool wait);

#endif							/* BINGO_ORDERING_TRIGGERS_H */
