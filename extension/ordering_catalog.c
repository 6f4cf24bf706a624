/*
 * ordering_catalog.c
 *	  Stored orderings and the per-backend cache of them.
 *
 *	  bingo_tune.ordering (one row each) + rule "definition" of its boundary
 *		-> ordering_load.c: bingo_define_analyze() + bingo_fingerprint_check() -> BingoOrdering
 *
 * Loading reads catalogs and opens no relation but bingo_tune.ordering, whose
 * lock is asked for conditionally, so it never waits: readers, and writers in
 * the middle of their commit, call it.  When the lock is not to be had (DROP
 * EXTENSION is under way) there are no orderings for the moment.
 *
 * What the cache depends on is announced by relcache invalidations: of the
 * table bingo_tune.ordering when the set or a row of it changes, of a base
 * table for its columns, indexes, triggers and storage, of the window, and of
 * the boundary for the rule.  The gate is not among them: its invalidations say
 * that the boundary moved, which is no concern of this file.  Callbacks only
 * mark; the next lookup loads again.
 *
 * Memory: each entry has its own context below cache_context.  An entry that is
 * replaced may be in use, so it is only put aside, and freed at the end of the
 * top-level transaction.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "commands/extension.h"
#include "storage/lmgr.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "compat.h"
#include "ordering_catalog.h"
#include "ordering_load.h"

typedef struct CacheEntry
{
	BingoOrdering ordering;		/* first: what callers hold */
	List	   *relids;			/* whose invalidation makes it stale */
	bool		stale;
	bool		known;			/* to the event triggers */
} CacheEntry;

static MemoryContext cache_context = NULL;
static List *cache_entries = NIL;	/* of CacheEntry *, by id */
static List *retired_contexts = NIL;
static bool cache_complete = false; /* cache_entries has every ordering, none of them stale */
static bool set_stale = true;	/* rows of bingo_tune.ordering must be read again */
static uint64 ninvalidations = 0;
static bool repair_wanted = false;

/* Of this database, while the extension is there. */
static Oid	ordering_relid = InvalidOid;
static Oid	invalidation_relid = InvalidOid;
static Oid	schema_oid = InvalidOid;

static void
note_relation_changed(Datum arg, Oid relid)
{
	ListCell   *cell;

	ninvalidations++;

	/* Without the extension any change may be its arrival. */
	if (!OidIsValid(relid) || !OidIsValid(ordering_relid) || relid == ordering_relid)
	{
		set_stale = true;
		cache_complete = false;
	}
	foreach(cell, cache_entries)
	{
		CacheEntry *entry = lfirst(cell);

		if (!OidIsValid(relid) || list_member_oid(entry->relids, relid))
		{
			entry->stale = true;
			cache_complete = false;
		}
	}
}

static void
free_retired(XactEvent event, void *arg)
{
	ListCell   *cell;

	switch (event)
	{
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
		case XACT_EVENT_PARALLEL_COMMIT:
		case XACT_EVENT_PARALLEL_ABORT:
			break;
		default:
			return;
	}
	foreach(cell, retired_contexts)
		MemoryContextDelete(lfirst(cell));
	list_free(retired_contexts);
	retired_contexts = NIL;
}

void
bingo_catalog_init(void)
{
	CacheRegisterRelcacheCallback(note_relation_changed, (Datum) 0);
	RegisterXactCallback(free_retired, NULL);
}

static void
retire(CacheEntry *entry)
{
	MemoryContext caller = MemoryContextSwitchTo(cache_context);

	retired_contexts = lappend(retired_contexts, entry->ordering.context);
	cache_entries = list_delete_ptr(cache_entries, entry);
	MemoryContextSwitchTo(caller);
}

/*
 * Find the extension's tables.  Only those of the real extension count: a
 * schema of that name with tables in it could be anybody's.
 */
static void
find_tables(void)
{
	Oid			extension = get_extension_oid("bingo_tune", true);
	Oid			relid;

	ordering_relid = InvalidOid;
	invalidation_relid = InvalidOid;
	if (!OidIsValid(extension))
		return;
	schema_oid = get_namespace_oid("bingo_tune", true);
	if (!OidIsValid(schema_oid))
		return;
	relid = get_relname_relid("ordering", schema_oid);
	invalidation_relid = get_relname_relid("ordering_invalidation", schema_oid);
	if (!OidIsValid(relid) || !OidIsValid(invalidation_relid) ||
		getExtensionOfObject(RelationRelationId, relid) != extension ||
		getExtensionOfObject(RelationRelationId, invalidation_relid) != extension)
	{
		invalidation_relid = InvalidOid;
		return;
	}
	ordering_relid = relid;
}

static void
load_entry(Datum *values)
{
	MemoryContext context = AllocSetContextCreate(cache_context, "bingo_tune ordering",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	CacheEntry *entry = palloc0(sizeof(CacheEntry));
	uint64		ninvalidations_before = ninvalidations;

	entry->ordering.context = context;

	/*
	 * An error (out of memory, a cancelled query) leaves the context behind
	 * without an owner unless it is owned by something from the start.
	 */
	PG_TRY();
	{
		bingo_load_ordering(&entry->ordering, values, schema_oid, &entry->relids);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		MemoryContextDelete(context);
		PG_RE_THROW();
	}
	PG_END_TRY();

	MemoryContextSwitchTo(cache_context);
	cache_entries = lappend(cache_entries, entry);
	MemoryContextSwitchTo(caller);

	/* VACUUM FULL, say, fires no event trigger: the first to notice asks for upkeep. */
	if (entry->ordering.repair == BINGO_REPAIR_REFILL || entry->ordering.repair == BINGO_REPAIR_ALWAYS)
		repair_wanted = true;

	/* What was invalidated meanwhile may have been this entry's. */
	if (ninvalidations != ninvalidations_before)
	{
		entry->stale = true;
		cache_complete = false;
	}
}

static int
compare_entries(const ListCell *a, const ListCell *b)
{
	int32		left = ((CacheEntry *) lfirst(a))->ordering.id;
	int32		right = ((CacheEntry *) lfirst(b))->ordering.id;

	return left < right ? -1 : left > right;
}

static CacheEntry *
find_entry(int32 id)
{
	ListCell   *cell;

	foreach(cell, cache_entries)
	{
		CacheEntry *entry = lfirst(cell);

		if (entry->ordering.id == id)
			return entry;
	}
	return NULL;
}

/*
 * Read the rows of bingo_tune.ordering and load those that are new or stale.
 * The rows are judged by a fresh catalog snapshot, but scanned with SnapshotAny
 * so that a SERIALIZABLE transaction takes no predicate lock on them.
 */
static void
read_rows(Relation relation, bool reload_all)
{
	Snapshot	snapshot = RegisterSnapshot(GetCatalogSnapshot(RelationGetRelid(relation)));
	TupleTableSlot *slot = table_slot_create(relation, NULL);
	TableScanDesc scan = bingo_table_beginscan(relation, SnapshotAny);
	List	   *seen = NIL;
	ListCell   *cell;

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CacheEntry *entry;

		if (!table_tuple_satisfies_snapshot(relation, slot, snapshot))
			continue;
		slot_getallattrs(slot);
		seen = lappend_int(seen, DatumGetInt32(slot->tts_values[BINGO_LOAD_ID]));
		entry = find_entry(llast_int(seen));
		if (entry != NULL && (entry->stale || reload_all))
		{
			retire(entry);
			entry = NULL;
		}
		if (entry == NULL)
			load_entry(slot->tts_values);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	UnregisterSnapshot(snapshot);

	foreach(cell, list_copy(cache_entries))
	{
		CacheEntry *entry = lfirst(cell);

		if (!list_member_int(seen, entry->ordering.id))
			retire(entry);
	}
	list_free(seen);
}

/*
 * Make the cache complete.  Invalidations that arrive while it is being loaded
 * are kept for the next lookup: what was read is not older than this call.
 */
static void
load_cache(void)
{
	Relation	relation;
	bool		reload_all;

	Assert(IsTransactionState());
	if (cache_complete)
		return;
	if (cache_context == NULL)
		cache_context = AllocSetContextCreate(CacheMemoryContext, "bingo_tune orderings",
											  ALLOCSET_SMALL_SIZES);

	if (set_stale)
		find_tables();
	if (!OidIsValid(ordering_relid) ||
		!ConditionalLockRelationOid(ordering_relid, AccessShareLock))
		relation = NULL;
	else
	{
		relation = try_relation_open(ordering_relid, NoLock);
		if (relation == NULL)
			UnlockRelationOid(ordering_relid, AccessShareLock);
	}

	if (relation == NULL)
	{
		while (cache_entries != NIL)
			retire(linitial(cache_entries));
		/* With the table locked away, look again next time. */
		cache_complete = !OidIsValid(ordering_relid);
		set_stale = !cache_complete;
		return;
	}

	/* From here on a callback may mark again. */
	reload_all = set_stale;
	set_stale = false;
	cache_complete = true;
	PG_TRY();
	{
		read_rows(relation, reload_all);
	}
	PG_CATCH();
	{
		cache_complete = false;
		set_stale = true;
		PG_RE_THROW();
	}
	PG_END_TRY();
	list_sort(cache_entries, compare_entries);
	table_close(relation, AccessShareLock);
}

List *
bingo_catalog_list(void)
{
	List	   *orderings = NIL;
	ListCell   *cell;

	load_cache();
	foreach(cell, cache_entries)
		orderings = lappend(orderings, lfirst(cell));
	return orderings;
}

BingoOrdering *
bingo_catalog_by_id(int32 id)
{
	load_cache();
	return (BingoOrdering *) find_entry(id);
}

BingoOrdering *
bingo_catalog_by_name(const char *name)
{
	ListCell   *cell;

	load_cache();
	foreach(cell, cache_entries)
	{
		CacheEntry *entry = lfirst(cell);

		if (strcmp(entry->ordering.name, name) == 0)
			return &entry->ordering;
	}
	return NULL;
}

void
bingo_catalog_reload(void)
{
	set_stale = true;
	cache_complete = false;
}

bool
bingo_catalog_take_wish(void)
{
	bool		wanted = repair_wanted;

	repair_wanted = false;
	return wanted;
}

bool
bingo_catalog_covers(Oid relid)
{
	ListCell   *cell;

	if (!cache_complete)
		load_cache();
	foreach(cell, cache_entries)
	{
		CacheEntry *entry = lfirst(cell);

		if (list_member_oid(entry->relids, relid))
			return true;
	}
	return false;
}

Query *
bingo_catalog_query(const BingoOrdering *ordering)
{
	return bingo_load_query(ordering->boundary);
}

bool
bingo_catalog_is_news(BingoOrdering *ordering)
{
	CacheEntry *entry = (CacheEntry *) ordering;
	bool		news = !entry->known;

	entry->known = true;
	return news;
}

Oid
bingo_catalog_relid(void)
{
	if (!cache_complete)
		load_cache();
	return ordering_relid;
}

Oid
bingo_catalog_invalidation_relid(void)
{
	if (!cache_complete)
		load_cache();
	return invalidation_relid;
}
