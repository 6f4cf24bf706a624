/*
 * upkeep/drop_triggers.h
 *	  Dropping triggers of orderings that are no more.
 */
#ifndef BINGO_DROP_TRIGGERS_H
#define BINGO_DROP_TRIGGERS_H

/*
 * Drops the table's triggers of the ordering, and those of orderings that are
 * no more.  Locks the table AccessExclusive if there are any; without "wait" only if
 * that lock is to be had at once, else it returns false.
 */
extern bool bingo_drop_triggers(Oid relid, int32 ordering_id, bool wait);

#endif							/* BINGO_DROP_TRIGGERS_H */
