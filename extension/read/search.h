/*
 * read/search.h
 *	  The search keys of a scan of a window, evaluated.
 */
#ifndef BINGO_SCAN_SEARCH_H
#define BINGO_SCAN_SEARCH_H

#include "access/sdir.h"
#include "access/skey.h"
#include "fmgr.h"
#include "nodes/execnodes.h"
#include "nodes/plannodes.h"
#include "utils/relcache.h"

#include "store/ordering.h"

/* A sort key of a keyset. */
typedef struct BingoSearchLevel
{
	ScanKeyData range;			/* as it is compared where all before are equal */
	ScanKeyData equal;
	bool		first;			/* rows within its range come before those that are equal */
	bool		isnull;			/* its value is: nothing is within its range, nor equal */
} BingoSearchLevel;

/* A value that must be the same as that of a key, for the keyset to be one. */
typedef struct BingoSearchTwin
{
	int			key;			/* number of the key, those of levels included */
	ExprState  *value;
	FmgrInfo	compare;
} BingoSearchTwin;

typedef struct BingoSearch
{
	int			nkeys;			/* of each index scan */
	ScanKeyData *keys;			/* sk_attno - 1 is the sort key's number; those of a keyset's range are the last ones */
	int			nfixed;			/* so many are the same for all ranges */
	ExprState **values;
	ExprContext *context;		/* holds the values until the next start */
	int			list;			/* the key that is an IN list, or -1 */
	Datum	   *elements;		/* its values, each once, in ascending order */
	int			nelements;
	FmgrInfo	compare;		/* two of them */
	int			nlevels;		/* a keyset's; 0: there is none */
	BingoSearchLevel *levels;
	int		   *ranges;			/* the levels in the order of their ranges */
	int			range;			/* where the scan stands in that */
	int			ntwins;
	BingoSearchTwin *twins;
	bool		is_loose;		/* they are not the same: nothing is searched by the keyset */
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

/* Gives the key of the list, if there is one, the value of its element "i". */
extern void bingo_search_take(BingoSearch *search, int i);

/* The same from the keyset's first range on, if there is one. */
extern void bingo_search_first(BingoSearch *search, int i);

/* Goes to the keyset's last range that may have rows, if there is a keyset. */
extern void bingo_search_last(BingoSearch *search);

/* Goes on to the keyset's next range, or back to the one before; false if there is none: the keys stay as they are. */
extern bool bingo_search_step(BingoSearch *search, ScanDirection direction);

#endif							/* BINGO_SCAN_SEARCH_H */
