/*
 * read/declared.c
 *	  What a table declares, and whether every snapshot that may be in use has it so.
 *
 * A snapshot that is older than the declaration may see rows that are not as it says: then it is not trusted, as an index
 * with indcheckxmin is not.  Whoever takes it away makes the plan stale.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_index.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "read/declared.h"

static bool
was_before_all(TransactionId xid)
{
	return TransactionIdPrecedes(xid, TransactionXmin);
}

static bool
is_old(HeapTuple tuple)
{
	return was_before_all(HeapTupleHeaderGetXmin(tuple->t_data));
}

bool
bingo_declared_not_null(Oid relid, AttrNumber attno, bool always)
{
	HeapTuple	tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid), Int16GetDatum(attno));
	TransactionId since;
	bool		result;

	if (!HeapTupleIsValid(tuple))
		return false;
	result = bingo_is_not_null_since((Form_pg_attribute) GETSTRUCT(tuple), &since) &&
		(!always || (is_old(tuple) && was_before_all(since)));
	ReleaseSysCache(tuple);
	return result;
}

bool
bingo_declared_unique(const RelOptInfo *rel, Oid index)
{
	HeapTuple	tuple;
	bool		result;
	ListCell   *lc;

	foreach(lc, rel->indexlist)
	{
		const IndexOptInfo *info = lfirst(lc);

		if (info->indexoid == index && info->unique && info->immediate && info->indpred == NIL)
			break;
	}
	if (lc == NULL)
		return false;
	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	if (!HeapTupleIsValid(tuple))
		return false;
	result = is_old(tuple);
	ReleaseSysCache(tuple);
	return result;
}
