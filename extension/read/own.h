/*
 * read/own.h
 *	  What this transaction has itself changed of a counter's table, for its own reads.
 */
#ifndef BINGO_READ_OWN_H
#define BINGO_READ_OWN_H

#include "access/skey.h"
#include "executor/tuptable.h"
#include "nodes/execnodes.h"

#include "store/ordering.h"
#include "store/sums.h"

typedef struct BingoOwn
{
	int			count;
	BingoSum   *sums;			/* as rows of the window, in its order */
	int			nkeys;
	struct SortSupportData *order;

	int			next;
	TupleTableSlot *row;		/* of the window, the one at "next" of those searched for; empty: none is left */
	int			nsearch;
	const ScanKeyData *search;
} BingoOwn;

/*
 * Why this transaction's changes are not known exactly to the snapshot, or NULL; *changed: there
 * may be some.  estate: of the execution that begins, or NULL.
 */
extern const char *bingo_own_refuse(const BingoOrdering *counter, Snapshot snapshot, const EState *estate, bool *changed);

/* A copy of the changes, in the current memory context; NULL: there are none. */
extern BingoOwn *bingo_own_copy(const BingoOrdering *counter, Relation window);

/* To the first one that the scan keys find; they stay the caller's. */
extern void bingo_own_search(BingoOwn *own, const ScanKeyData *search, int nsearch);
extern void bingo_own_next(BingoOwn *own);

/* Does the own row at hand come before that row of the window, or is of the same keys? */
extern bool bingo_own_is_before(BingoOwn *own, TupleTableSlot *row);

extern void bingo_own_end(BingoOwn *own);

#endif							/* BINGO_READ_OWN_H */
