/*
 * ordering_load.c
 *	  One row of bingo_tune.ordering, and the rule of its boundary, become a
 *	  BingoOrdering.
 *
 * Called by the cache (ordering_catalog.c) only, for a row that is new or stale.
 * Catalogs are read through the system caches, no relation is opened and no lock
 * is waited for: it runs in planners and in the middle of commits.  Whatever is
 * amiss with the definition makes the ordering unusable, with the reason in words;
 * errors are only those of running out of memory or of being cancelled.
 *
 * Memory: everything goes to the current context, which is the entry's own.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_rewrite.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "compat.h"
#include "ordering_fingerprint.h"
#include "ordering_load.h"

/* Columns of bingo_tune.ordering. */
enum
{
	COLUMN_ID = BINGO_LOAD_ID,
	COLUMN_NAME,
	COLUMN_OWNER,
	COLUMN_WINDOW_ROWS,
	COLUMN_TABLES,
	COLUMN_STORAGE,
	COLUMN_COLLATIONS
};

static Oid
find_relation(Oid schema, const char *format, int32 id)
{
	char		name[NAMEDATALEN];

	snprintf(name, sizeof(name), format, id);
	return get_relname_relid(name, schema);
}

Query *
bingo_load_query(Oid boundary)
{
	HeapTuple	tuple = SearchSysCache2(RULERELNAME, ObjectIdGetDatum(boundary),
										CStringGetDatum("definition"));
	Datum		action;
	bool		isnull;
	List	   *queries;

	if (!HeapTupleIsValid(tuple))
		return NULL;
	action = SysCacheGetAttr(RULERELNAME, tuple, Anum_pg_rewrite_ev_action, &isnull);
	Assert(!isnull);
	queries = castNode(List, stringToNode(TextDatumGetCString(action)));
	ReleaseSysCache(tuple);
	return linitial_node(Query, queries);
}

void
bingo_load_ordering(BingoOrdering *ordering, const Datum *values, Oid schema, List **relids)
{
	BingoProblem problem = {0};
	Query	   *query;
	BingoFill	fill;
	ListCell   *cell;

	ordering->id = DatumGetInt32(values[COLUMN_ID]);
	ordering->name = TextDatumGetCString(values[COLUMN_NAME]);
	ordering->owner = DatumGetObjectId(values[COLUMN_OWNER]);
	ordering->window_rows = DatumGetInt64(values[COLUMN_WINDOW_ROWS]);
	ordering->window = find_relation(schema, "window_%d", ordering->id);
	ordering->window_order = find_relation(schema, "window_%d_order", ordering->id);
	ordering->window_key = find_relation(schema, "window_%d_key", ordering->id);
	ordering->gate = find_relation(schema, "gate_%d", ordering->id);
	ordering->boundary = find_relation(schema, "boundary_%d", ordering->id);

	*relids = list_make2_oid(ordering->window, ordering->boundary);
	query = bingo_load_query(ordering->boundary);
	if (query == NULL)
	{
		ordering->reason = "the definition was dropped";
		return;
	}
	foreach(cell, query->rtable)
	{
		RangeTblEntry *rte = lfirst(cell);

		if (rte->rtekind == RTE_RELATION && rte->relid != ordering->boundary)
			*relids = lappend_oid(*relids, rte->relid);
	}

	ordering->definition = bingo_define_analyze(query, &problem);
	if (ordering->definition == NULL)
	{
		ordering->reason = problem.message;
		return;
	}
	fill.tables = DatumGetArrayTypePCopy(values[COLUMN_TABLES]);
	fill.storage = DatumGetArrayTypePCopy(values[COLUMN_STORAGE]);
	fill.collations = TextDatumGetCString(values[COLUMN_COLLATIONS]);
	ordering->reason = bingo_fingerprint_check(ordering, &fill, &ordering->repair);
	ordering->usable = (ordering->reason == NULL);
}
