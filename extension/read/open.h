/*
 * read/open.h
 *	  May an execution use an ordering's window, and opening what it reads.
 */
#ifndef BINGO_SCAN_OPEN_H
#define BINGO_SCAN_OPEN_H

#include "nodes/execnodes.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

#include "store/ordering.h"

/*
 * Opens the window for reading.  Returns NULL and the relations, which
 * bingo_scan_close() closes, or the reason why the plan behind is to be used.
 */
extern const char *bingo_scan_open(int32 id, Oid window, Snapshot snapshot, const BingoOrdering **ordering,
								   Relation *heap, Relation *index);

/*
 * The same for a counter, all of whose changes the snapshot must see.  *changed: this transaction
 * may have changed its table, by what read/own.c knows.  estate: of the execution that begins, or NULL.
 */
extern const char *bingo_count_open(int32 id, Oid window, const EState *estate, Snapshot snapshot, const BingoOrdering **counter,
									Relation *heap, Relation *index, bool *changed);
extern void bingo_scan_close(Relation heap, Relation index);

/* Does the index have every row that the transaction's snapshots can see? */
extern bool bingo_open_index_is_complete(Relation index);

#endif							/* BINGO_SCAN_OPEN_H */
