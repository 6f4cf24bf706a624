/*
 * upkeep/tables.h
 *	  Locking all tables of an ordering without being part of a deadlock.
 */
#ifndef BINGO_ORDERING_TABLES_H
#define BINGO_ORDERING_TABLES_H

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"
#include "store/ordering.h"
#include "storage/lockdefs.h"

/* Locks them to the end of the transaction; waits as long as lock_timeout allows. */
extern void bingo_tables_lock(const BingoDefinition *definition, LOCKMODE mode);

/* The same for any relations; those that are gone by now don't count. */
extern void bingo_tables_lock_all(List *relids, LOCKMODE mode);

/* For a worker that tries in several transactions: since when, 0 if this is the first. */
extern void bingo_tables_note_start(TimestampTz start);

/* Waits at most so long: less if something happens to this process. */
extern void bingo_tables_pause(long ms);

/* Their OIDs, as far as they are known; NIL for no ordering. */
extern List *bingo_tables_list(const BingoOrdering *ordering);

#endif							/* BINGO_ORDERING_TABLES_H */
