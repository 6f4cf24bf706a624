/*
 * ordering_valid.c
 *	  Validity of an ordering under a snapshot: invalidation rows.
 */
#include "postgres.h"

#include "ordering_valid.h"

bool
bingo_valid_is_invalidated(int32 ordering_id, Snapshot snapshot)
{
	return true;
}

void
bingo_valid_invalidate(int32 ordering_id, const char *reason)
{
}
