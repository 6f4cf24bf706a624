/*
 * store/visible.h
 *	  Index scans of the maintenance: the rows as of now, no predicate locks.
 */
#ifndef BINGO_ORDERING_VISIBLE_H
#define BINGO_ORDERING_VISIBLE_H

#include "access/genam.h"
#include "access/skey.h"
#include "executor/tuptable.h"
#include "utils/rel.h"
#include "utils/snapshot.h"

extern IndexScanDesc bingo_visible_begin(Relation relation, Relation index, Snapshot snapshot,
										 int nkeys);
extern bool bingo_visible_next(IndexScanDesc scan, Snapshot snapshot, TupleTableSlot *slot);

#endif							/* BINGO_ORDERING_VISIBLE_H */
