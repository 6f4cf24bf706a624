/*
 * ordering_catalog.c
 *	  Stored orderings and the per-backend cache of them.
 */
#include "postgres.h"

#include "ordering_catalog.h"

void
bingo_catalog_init(void)
{
}

List *
bingo_catalog_list(void)
{
	return NIL;
}

BingoOrdering *
bingo_catalog_by_id(int32 id)
{
	return NULL;
}

BingoOrdering *
bingo_catalog_by_name(const char *name)
{
	return NULL;
}

bool
bingo_catalog_covers(Oid relid)
{
	return false;
}

Oid
bingo_catalog_invalidation_relid(void)
{
	return InvalidOid;
}
