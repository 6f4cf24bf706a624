/*
 * write/index.c
 *	  Opens an index of a table that an ordering reads.
 *
 * The table is locked, and may have lost the index before: one of the same shape has perhaps taken its place.
 */
#include "postgres.h"

#include "access/relation.h"

#include "write/borrow.h"
#include "write/index.h"

const char *const bingo_index_is_gone = "an index that the ordering uses is gone or not valid";

Relation
bingo_index_open(Oid indexid, BingoPatience *patience, const char **failure)
{
	Relation	index;

	if (!bingo_borrow_relation(indexid, patience))
	{
		*failure = "an index of a table was locked";
		return NULL;
	}
	index = bingo_lock_open(indexid);
	if (index == NULL || index->rd_index == NULL || !index->rd_index->indisvalid)
	{
		if (index)
			relation_close(index, NoLock);
		*failure = bingo_index_is_gone;
		return NULL;
	}
	return index;
}
