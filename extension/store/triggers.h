/*
 * store/triggers.h
 *	  The triggers of an ordering on its tables.
 */
#ifndef BINGO_ORDERING_TRIGGERS_H
#define BINGO_ORDERING_TRIGGERS_H

#include "utils/reltrigger.h"

#include "store/ordering.h"

/* What is wrong with the triggers of the ordering on the table and what to do about it, or NULL. */
extern char *bingo_triggers_check(Oid relid, int32 ordering_id, bool once, BingoRepair *repair);

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

/* A table's trigger of an ordering. */
typedef struct BingoTrigger
{
	Oid			oid;
	int32		ordering_id;
} BingoTrigger;

/* All of the table's (of BingoTrigger *). */
extern List *bingo_triggers_list(Oid relid);

#endif							/* BINGO_ORDERING_TRIGGERS_H */
