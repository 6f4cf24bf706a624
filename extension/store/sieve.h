/*
 * store/sieve.h
 *	  A set of relations that anybody asks of each relation that he plans: nearly all of them are not in it.
 *
 * Invariant: the bit of each member is set, so a bit that is not set is an answer; of all others the members are
 * searched.  It never changes: who knows of other members makes another one.
 */
#ifndef BINGO_STORE_SIEVE_H
#define BINGO_STORE_SIEVE_H

#include "nodes/pg_list.h"

#define BINGO_SIEVE_WORDS 16
#define BINGO_SIEVE_WORD(relid) (((relid) / 64) % BINGO_SIEVE_WORDS)
#define BINGO_SIEVE_BIT(relid) (UINT64CONST(1) << ((relid) % 64))

typedef struct BingoSieve
{
	uint64		words[BINGO_SIEVE_WORDS];
	int			nmembers;
	Oid			members[FLEXIBLE_ARRAY_MEMBER]; /* sorted */
} BingoSieve;

/* In the current memory context. */
extern BingoSieve *bingo_sieve_make(const List *relids);

/* For bingo_sieve_has() only. */
extern bool bingo_sieve_search(const BingoSieve *sieve, Oid relid);

static inline bool
bingo_sieve_has(const BingoSieve *sieve, Oid relid)
{
	return (sieve->words[BINGO_SIEVE_WORD(relid)] & BINGO_SIEVE_BIT(relid)) != 0 && bingo_sieve_search(sieve, relid);
}

#endif							/* BINGO_STORE_SIEVE_H */
