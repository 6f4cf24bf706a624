/*
 * store/catalog_lock.c
 *	  The system catalogs that loading orderings reads, and other statements don't.
 */
#include "postgres.h"

#include "catalog/pg_constraint.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "storage/lmgr.h"

#include "base/compat.h"
#include "base/lock_now.h"
#include "store/catalog_lock.h"

static const Oid catalogs[] = {
	ForeignServerRelationId, ForeignDataWrapperRelationId, ExtensionRelationId,
	DependRelationId, TriggerRelationId, InheritsRelationId, BINGO_NOT_NULL_CATALOG
};

static void
unlock_first(int n)
{
	for (int i = 0; i < n; i++)
		UnlockRelationOid(catalogs[i], AccessShareLock);
}

bool
bingo_catalog_lock(BingoPatience *patience)
{
	int			sleep = 0;

	for (;;)
	{
		int			n = 0;

		while (n < lengthof(catalogs) && bingo_lock_relation_now(catalogs[n], AccessShareLock))
			n++;
		if (n == lengthof(catalogs))
			return true;
		unlock_first(n);
		if (!bingo_lock_pause(patience, &sleep))
			return false;
	}
}

void
bingo_catalog_unlock(void)
{
	unlock_first(lengthof(catalogs));
}
