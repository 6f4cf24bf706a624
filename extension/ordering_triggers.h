/*
 * ordering_triggers.h
 *	  The triggers of an ordering on its tables.
 */
#ifndef BINGO_ORDERING_TRIGGERS_H
#define BINGO_ORDERING_TRIGGERS_H

#include "ordering_catalog.h"

/* What is wrong with the triggers of the ordering on the table and what to do about it, or NULL. */
extern char *bingo_triggers_check(Oid relid, int32 ordering_id, BingoRepair *repair);

/* The caller holds ShareRowExclusiveLock on the table. */
extern void bingo_triggers_create(Oid relid, int32 ordering_id);

/*
 * Drops the table's triggers of the ordering, and those of orderings that are
 * no more.  Locks the table AccessExclusive if there are any.
 */
extern void bingo_triggers_drop(Oid relid, int32 ordering_id);

#endif							/* BINGO_ORDERING_TRIGGERS_H */
