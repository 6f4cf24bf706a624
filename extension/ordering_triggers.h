/*
 * ordering_triggers.h
 *	  The triggers of an ordering on its tables.
 */
#ifndef BINGO_ORDERING_TRIGGERS_H
#define BINGO_ORDERING_TRIGGERS_H

#include "ordering_catalog.h"

/* What is wrong with the triggers of the ordering on the table, or NULL. */
extern char *bingo_triggers_check(Oid relid, int32 ordering_id);

/* The caller holds ShareRowExclusiveLock on the table. */
extern void bingo_triggers_create(Oid relid, int32 ordering_id);

/* OIDs of the table's triggers of this ordering; of all orderings if the id is 0. */
extern List *bingo_triggers_list(Oid relid, int32 ordering_id);

#endif							/* BINGO_ORDERING_TRIGGERS_H */
