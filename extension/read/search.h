/*
 * read/search.h
 *	  The search keys of a scan of a window, evaluated.
 */
#ifndef BINGO_SCAN_SEARCH_H
#define BINGO_SCAN_SEARCH_H

#include "access/skey.h"
#include "fmgr.h"
#include "nodes/execnodes.h"
#include "nodes/plannodes.h"
#include "utils/relcache.h"

#include "store/ordering.h"

typedef struct BingoSearch
{
	int			nkeys;
	ScanKeyData *keys;			/* sk_attno - 1 is the sort key's number */
	ExprState **values;
	ExprContext *context;		/* holds the values until the next start */
	int			list;			/* the key that is an IN list, or -1 */
	Datum	   *elements;		/* its values, each once, in ascending order */
	int			nelements;
	FmgrInfo	compare;		/* two of them */
	List	   *conditions;		/* that they come from, for EXPLAIN */
} BingoSearch;

/* Prepares the keys that are in the plan. */
extern void bingo_search_init(BingoSearch *search, CustomScan *cscan, PlanState *parent);

/*
 * The same once the ordering, as it is now, is known.  False if the operator families do not
 * compare any more what they did when the query was planned.
 */
extern bool bingo_search_prepare(BingoSearch *search, CustomScan *cscan, const BingoOrdering *ordering, Relation index);

/* Evaluates the keys; false if one is NULL: then no row satisfies them.  That of a list has no value then. */
extern bool bingo_search_start(BingoSearch *search);

/* Gives the key of the list the value of its element "i". */
extern void bingo_search_take(BingoSearch *search, int i);

#endif							/* BINGO_SCAN_SEARCH_H */
