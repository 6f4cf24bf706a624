/*
 * read/leaf.h
 *	  A window that a scan reads: the only one, or that of one partition.
 */
#ifndef BINGO_READ_LEAF_H
#define BINGO_READ_LEAF_H

#include "nodes/execnodes.h"

#include "read/end.h"
#include "read/join_back.h"

typedef struct BingoLeaf
{
	int32		id;				/* the ordering's */
	Oid			window;			/* that it was planned with */
	List	   *fetched;		/* the driving table's columns that are looked up */
	Relation	heap;			/* NULL: it is not used */
	Relation	index;
	const BingoOrdering *ordering;	/* of the transaction, as the scan */
	BingoEnd	end;
	BingoJoinBack fetch;
	uint64		rows_served;	/* over all rescans */
	uint64		rows_behind;	/* of the plan behind, since this one ended, or could not be used */
} BingoLeaf;

/* Those of the plan; none is open. */
extern BingoLeaf *bingo_leaf_list(CustomScan *cscan, int *nleaves);

/* Opens all, or none: NULL, or the reason why they can't be used now; *refusing: the one that it is of, if it is of one. */
extern const char *bingo_leaf_open(BingoLeaf *leaves, int nleaves, const List *partitions, Snapshot snapshot, BingoLeaf **refusing);

/* Prepares what is looked up of each row; NULL, or the reason why that can't be done now. */
extern const char *bingo_leaf_begin_fetch(BingoLeaf *leaves, int nleaves, Snapshot snapshot);

extern void bingo_leaf_close(BingoLeaf *leaves, int nleaves);

#endif							/* BINGO_READ_LEAF_H */
