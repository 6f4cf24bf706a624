/*
 * store/want_keys.h
 *	  Which keys upkeep is asked to look at, where the rows of each key are counted.
 */
#ifndef BINGO_STORE_WANT_KEYS_H
#define BINGO_STORE_WANT_KEYS_H

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

#include "store/window.h"

extern void bingo_want_keys_init(void);

/* Upkeep has to look at this key once the transaction has committed. */
extern void bingo_want_key(const BingoOrdering *ordering, const Datum *values, const bool *nulls);

/* Has this session said so of that key, and no worker has begun to look since? */
extern bool bingo_want_key_is_known(const BingoOrdering *ordering, const Datum *values, const bool *nulls);

/* The transaction has ended; without "committed" nothing of it is to be seen, now or ever. */
extern void bingo_want_keys_end(bool committed);

/* Upkeep was asked for, and begins then: until that time the session remembers what it has said. */
extern void bingo_want_keys_remember(TimestampTz until);

/* All keys, at once: of a transaction that has committed, which is not known. */
extern void bingo_want_all_keys(const BingoOrdering *ordering);

/*
 * For upkeep: the keys that are asked for, as BingoBoundary * in the current context, with NULL behind the key; or false if all
 * have to be looked at.  With a snapshot that is taken afterwards.  Done: all of them have been, and what was found
 * is committed; or was given back.
 */
extern bool bingo_want_keys_take(const BingoOrdering *ordering, List **keys);
extern void bingo_want_keys_give_back(const BingoOrdering *ordering, const BingoBoundary *key);
extern void bingo_want_keys_done(int32 id, Oid window);

#endif							/* BINGO_STORE_WANT_KEYS_H */
