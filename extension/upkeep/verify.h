/*
 * upkeep/verify.h
 *	  What verify_ordering() and verify_counter() have in common.
 */
#ifndef BINGO_UPKEEP_VERIFY_H
#define BINGO_UPKEEP_VERIFY_H

#include "utils/relcache.h"
#include "utils/snapshot.h"
#include "utils/tuplestore.h"

#include "store/lock.h"
#include "store/ordering.h"

#define BINGO_VERIFY_PATIENCE_MS 10000

/* An error if this transaction has changes that are not in the window yet. */
extern void bingo_verify_require_no_changes(const BingoOrdering *ordering);

/*
 * Its window, or what belongs to that, is about to be another one, or locked, or has got another file, of which the snapshot does not see what
 * it has: returns after a while, to look everything up again under another snapshot.  An error when the patience is at its end, or if there will be no other snapshot.
 */
extern void bingo_verify_wait(const BingoOrdering *ordering, BingoPatience *patience, int *sleep);

/* What the snapshot sees in the window; no SQL can read it. */
extern void bingo_verify_read_kept(Relation window, Snapshot snapshot, Tuplestorestate *store);

/* Makes the rows a table of that name for SPI, with the columns of the window as c1, c2, ... */
extern void bingo_verify_register(const char *name, Relation window, Tuplestorestate *store);

#endif							/* BINGO_UPKEEP_VERIFY_H */
