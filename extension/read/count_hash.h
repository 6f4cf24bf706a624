/*
 * read/count_hash.h
 *	  Groups of a count that don't come one after the other in the counter's index.
 */
#ifndef BINGO_READ_COUNT_HASH_H
#define BINGO_READ_COUNT_HASH_H

#include "executor/tuptable.h"
#include "nodes/pg_list.h"

typedef struct BingoCountGroups BingoCountGroups;

typedef struct BingoCountGroup
{
	uint32		hash;			/* of the images of its keys */
	Datum	   *values;			/* of the keys, one after the other */
	bool	   *nulls;
	int64		all;
	int64	   *filtered;
} BingoCountGroup;

/* keys: numbers of keys, columns of the rows are one more. */
extern BingoCountGroups *bingo_count_groups_make(List *keys, TupleDesc desc, int nfilters);

/* The row's group, whose counts are 0 if it is new; NULL: there is no memory for it. */
extern BingoCountGroup *bingo_count_groups_find(BingoCountGroups *groups, TupleTableSlot *row);

/* One after the other in no order; NULL behind the last.  The slot, a virtual one, gets its keys, and NULLs. */
extern BingoCountGroup *bingo_count_groups_next(BingoCountGroups *groups, TupleTableSlot *slot);

extern void bingo_count_groups_clear(BingoCountGroups *groups);

/* As far as is known before: is there memory for so many groups? */
extern bool bingo_count_groups_fit(double groups, int nkeys, int width, int nfilters);

#endif							/* BINGO_READ_COUNT_HASH_H */
