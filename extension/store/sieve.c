/*
 * store/sieve.c
 *	  A set of relations that anybody asks of each relation that he plans.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "base/compat.h"
#include "store/sieve.h"

BingoSieve *
bingo_sieve_make(const List *relids)
{
	BingoSieve *sieve = palloc0(offsetof(BingoSieve, members) + list_length(relids) * sizeof(Oid));
	ListCell   *cell;

	foreach(cell, relids)
	{
		Oid			relid = lfirst_oid(cell);

		sieve->members[sieve->nmembers++] = relid;
		sieve->words[BINGO_SIEVE_WORD(relid)] |= BINGO_SIEVE_BIT(relid);
	}
	pg_qsort(sieve->members, sieve->nmembers, sizeof(Oid), oid_cmp);
	return sieve;
}

bool
bingo_sieve_search(const BingoSieve *sieve, Oid relid)
{
	const Oid  *first = sieve->members;

	for (int n = sieve->nmembers; n > 0;)
	{
		const Oid  *middle = first + n / 2;

		if (*middle == relid)
			return true;
		first = *middle < relid ? middle + 1 : first;
		n = *middle < relid ? n - n / 2 - 1 : n / 2;
	}
	return false;
}
