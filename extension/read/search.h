/*
 * read/search.h
 *	  The search keys of a scan of a window, evaluated.
 */
#ifndef BINGO_SCAN_SEARCH_H
#define BINGO_SCAN_SEARCH_H

#include "access/skey.h"
#include "nodes/execnodes.h"
#include "nodes/plannodes.h"

#include "read/match_result.h"

typedef struct BingoSearch
{
	int			nkeys;
	ScanKeyData *keys;			/* sk_attno - 1 is the sort key's number; those of rows lead to their columns */
	int			ncolumns;
	ScanKeyData *columns;		/* of all keys, those of a row one after the other */
	BingoSearchPart *parts;		/* what each of them is */
	ExprState **values;
	ExprContext *context;		/* holds the values until the next start */
	List	   *conditions;		/* that they come from, for EXPLAIN */
} BingoSearch;

/* Prepares the keys that are in the plan. */
extern void bingo_search_init(BingoSearch *search, CustomScan *cscan, PlanState *parent);

/* The same once the ordering, as it is now, is known. */
extern void bingo_search_prepare(BingoSearch *search, CustomScan *cscan, const BingoOrdering *ordering);

/*
 * Evaluates the keys; false if one is NULL, or the first column of a row: then no row
 * satisfies them.
 */
extern bool bingo_search_start(BingoSearch *search);

/* The first of the columns of a key, mostly the only one. */
static inline ScanKey
bingo_search_first(const ScanKey key)
{
	return (key->sk_flags & SK_ROW_HEADER) ? (ScanKey) DatumGetPointer(key->sk_argument) : key;
}

#endif							/* BINGO_SCAN_SEARCH_H */
