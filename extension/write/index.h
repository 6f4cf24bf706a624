/*
 * write/index.h
 *	  Opens an index of a table that an ordering reads.
 */
#ifndef BINGO_WRITE_INDEX_H
#define BINGO_WRITE_INDEX_H

#include "utils/rel.h"

#include "store/lock.h"

/* The failure that another look at the catalogs may mend. */
extern const char *const bingo_index_is_gone;

/* Locked ACCESS SHARE until the work is done (write/borrow.h); NULL, with a failure, if it can't be had or is not valid. */
extern Relation bingo_index_open(Oid indexid, BingoPatience *patience, const char **failure);

#endif							/* BINGO_WRITE_INDEX_H */
