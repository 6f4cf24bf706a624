/*
 * store/catalog.c
 *	  Stored orderings and the per-backend cache of them.
 *
 *	  two foreign servers for each ordering: its definition and its state (store/state.h)
 *		-> store/load.c: layout read and resolved, fingerprint checked -> BingoOrdering
 *
 * Everything is in system catalogs, so nobody who may lock a relation of ours, or drops the extension, keeps readers and
 * writers from knowing which orderings there are. Loading takes and waits for no lock but those on system catalogs; and there,
 * since it runs in planners and in the middle of commits, the catalogs that are not part of every plan and every commit anyway
 * are locked conditionally first.  If a superuser holds one of them (VACUUM FULL, LOCK) the cache stays incomplete, and that
 * is what callers are told: "not known" is not "none".
 *
 * What the cache depends on is announced by invalidations: of foreign servers and wrappers when the set or the state of an
 * ordering changes, of a base table for its columns, indexes, triggers and storage, and of the window.  Callbacks only mark;
 * the next lookup loads again what is marked.  Of a changed server it is not told which that was: then those are loaded again
 * whose servers' rows are others now, and those that are not usable.  There may be hundreds, and their states change all the
 * time.
 *
 * Memory: each entry has its own context below cache_context.  An entry that is replaced may be in use, so it is only put
 * aside, and freed at the end of the top-level transaction.  So is the list of all entries.  With it are collected, when they
 * are first asked for, their names, and their tables, which each planning asks for, of whatever statement; nobody holds these.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "base/attempt.h"
#include "base/compat.h"
#include "base/server.h"
#include "store/catalog.h"
#include "store/catalog_lock.h"
#include "store/catalog_rows.h"
#include "store/load.h"
#include "store/sieve.h"
#include "store/state.h"

#define REQUIRE_PATIENCE_MS 10000

typedef struct CacheEntry
{
	BingoOrdering ordering;		/* first: what callers hold */
	List	   *relids;			/* whose invalidation makes it stale */
	BingoServerRow state;		/* of its servers, when it was loaded */
	BingoServerRow definition;
	bool		stale;
	bool		seen;			/* while the servers are read */
	bool		known;			/* to the event triggers */
} CacheEntry;

typedef struct Collected
{
	MemoryContext context;
	MemoryContext list_context; /* of the list, which callers may hold: below the other one */
	List	   *orderings;		/* of BingoOrdering *, by id */
	BingoSieve *relids;			/* all entries' */
	HTAB	   *named;			/* or NULL */
} Collected;

static MemoryContext cache_context = NULL;
static List *cache_entries = NIL;	/* of CacheEntry *, by id */
static List *retired_contexts = NIL;
static bool cache_complete = false; /* cache_entries has every ordering, none of them stale */
static Collected *collected = NULL; /* from all entries; NULL: to be done again */
static bool set_stale = true;	/* all must be loaded again */
static bool servers_stale = false;	/* the servers must be read again */
static uint64 ninvalidations = 0;
static bool repair_wanted = false;

static void
note_relation_changed(Datum arg, Oid relid)
{
	ListCell   *cell;

	ninvalidations++;
	if (!OidIsValid(relid))
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
note_servers_changed(Datum arg, int cacheid, uint32 hash)
{
	ninvalidations++;
	servers_stale = true;
	cache_complete = false;
}

static void
note_all_changed(Datum arg, int cacheid, uint32 hash)
{
	ninvalidations++;
	set_stale = true;
	cache_complete = false;
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
	CacheRegisterSyscacheCallback(FOREIGNSERVEROID, note_servers_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(FOREIGNDATAWRAPPEROID, note_all_changed, (Datum) 0);
	/* an expression or a condition may be the only one that goes by it */
	CacheRegisterSyscacheCallback(COLLOID, note_all_changed, (Datum) 0);
	RegisterXactCallback(free_retired, NULL);
}

/* In cache_context. */
static void
forget_collected(void)
{
	Collected  *all = collected;

	if (all == NULL)
		return;
	retired_contexts = lappend(retired_contexts, all->list_context);
	collected = NULL;
	MemoryContextSetParent(all->list_context, cache_context);
	MemoryContextDelete(all->context);
}

static void
retire(CacheEntry *entry)
{
	MemoryContext caller = MemoryContextSwitchTo(cache_context);

	entry->stale = true;
	retired_contexts = lappend(retired_contexts, entry->ordering.context);
	cache_entries = list_delete_ptr(cache_entries, entry);
	forget_collected();
	MemoryContextSwitchTo(caller);
}

static void
load_entry(const BingoServer *state, const BingoServer *definition)
{
	MemoryContext context = AllocSetContextCreate(cache_context, "bingo_tune ordering",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	CacheEntry *entry = palloc0(sizeof(CacheEntry));
	uint64		ninvalidations_before = ninvalidations;

	entry->ordering.context = context;
	entry->state = bingo_catalog_find_row(state);
	entry->definition = bingo_catalog_find_row(definition);

	/*
	 * An error (out of memory, a cancelled query) leaves the context behind
	 * without an owner unless it is owned by something from the start.
	 */
	PG_TRY();
	{
		bingo_load_ordering(&entry->ordering, state, definition, &entry->relids);
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
	forget_collected();
	MemoryContextSwitchTo(caller);

	/* VACUUM FULL, say, fires no event trigger: the first to notice asks for upkeep. */
	if (!entry->ordering.usable && entry->ordering.repair != BINGO_REPAIR_REBUILD)
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

/* In a list of entries by id, as the cache is but while it is being loaded. */
static CacheEntry *
find_entry(List *entries, int32 id)
{
	int			first = 0;
	int			last = list_length(entries) - 1;

	while (first <= last)
	{
		int			middle = (first + last) / 2;
		CacheEntry *entry = list_nth(entries, middle);

		if (entry->ordering.id == id)
			return entry;
		if (entry->ordering.id < id)
			first = middle + 1;
		else
			last = middle - 1;
	}
	return NULL;
}

static bool
is_changed(const CacheEntry *entry, const BingoServer *state, const BingoServer *definition)
{
	return !entry->ordering.usable || !bingo_catalog_is_same_row(&entry->state, state) || !bingo_catalog_is_same_row(&entry->definition, definition);
}

/* Read the servers and load the orderings that are new or stale. */
static void
read_servers(bool reload_all, bool compare)
{
	HTAB	   *definitions = bingo_catalog_hash_definitions(bingo_server_list(BINGO_TYPE_ORDERING, NULL));
	List	   *before;
	ListCell   *cell;

	list_sort(cache_entries, compare_entries);	/* an error has perhaps left it otherwise */
	before = list_copy(cache_entries);
	foreach(cell, before)
		((CacheEntry *) lfirst(cell))->seen = false;
	foreach(cell, bingo_server_list(BINGO_TYPE_WINDOW, NULL))
	{
		const BingoServer *state = lfirst(cell);
		const char *name = bingo_server_option(state, BINGO_OPTION_NAME);
		int32		id = bingo_load_id(state);
		const BingoServer *definition;
		CacheEntry *entry;

		/* of an ordering that is not built only the reason is stored */
		if (id == 0 || name == NULL)
			continue;
		entry = find_entry(before, id);
		definition = bingo_catalog_find_definition(definitions, name);
		if (entry != NULL && entry->seen)
			continue;			/* somebody has copied its state by hand */
		if (entry != NULL)
			entry->seen = true;
		if (entry != NULL && (entry->stale || reload_all || (compare && is_changed(entry, state, definition))))
		{
			retire(entry);
			entry = NULL;
		}
		if (entry == NULL)
			load_entry(state, definition);
	}

	foreach(cell, before)
	{
		CacheEntry *entry = lfirst(cell);

		if (!entry->seen)
			retire(entry);
	}
}

static void
load_under_locks(void)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "bingo_tune servers",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	bool		reload_all = set_stale;
	bool		compare = servers_stale;

	/* From here on a callback may mark again. */
	set_stale = false;
	servers_stale = false;
	cache_complete = true;
	PG_TRY();
	{
		read_servers(reload_all, compare);
	}
	PG_CATCH();
	{
		cache_complete = false;
		set_stale = true;
		PG_RE_THROW();
	}
	PG_END_TRY();
	list_sort(cache_entries, compare_entries);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

static bool had_locks;

static void
load_now(void *patience)
{
	had_locks = bingo_catalog_lock(patience);
	if (!had_locks)
		return;
	load_under_locks();
	bingo_catalog_unlock();
}

/*
 * Invalidations that arrive while it is being loaded are kept for the next lookup:
 * what was read is not older than this call.  At a commit (patience) a full lock table is one more reason why it can't be.
 */
bool
bingo_catalog_load(BingoPatience *patience)
{
	ErrorData  *error = NULL;

	Assert(IsTransactionState());
	if (cache_complete)
		return true;
	if (cache_context == NULL)
		cache_context = AllocSetContextCreate(CacheMemoryContext, "bingo_tune orderings",
											  ALLOCSET_SMALL_SIZES);
	if (patience == NULL)
		load_now(patience);
	else
		error = bingo_attempt_at_end(load_now, patience);
	if (error != NULL && error->sqlerrcode != ERRCODE_OUT_OF_MEMORY)
		ReThrowError(error);
	return error == NULL && had_locks;
}

void
bingo_catalog_require(void)
{
	BingoPatience patience;

	bingo_lock_start(&patience, REQUIRE_PATIENCE_MS);
	if (!bingo_catalog_load(&patience))
		ereport(ERROR,
				(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				 errmsg("could not read the definitions of the orderings"),
				 errdetail("Somebody has locked a system catalog that they are stored in."),
				 errhint("SELECT * FROM pg_locks WHERE relation IN ('pg_foreign_server'::regclass, 'pg_foreign_data_wrapper'::regclass, 'pg_extension'::regclass, 'pg_depend'::regclass, 'pg_trigger'::regclass, 'pg_inherits'::regclass, 'pg_constraint'::regclass);")));
}

/* Of a cache that is complete. */
static void
collect(void)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "bingo_tune collected", ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	Collected  *all = palloc0(sizeof(Collected));
	List	   *relids = NIL;
	ListCell   *cell;

	foreach(cell, cache_entries)
		relids = list_concat(relids, ((CacheEntry *) lfirst(cell))->relids);
	all->context = context;
	all->list_context = AllocSetContextCreate(context, "bingo_tune list", ALLOCSET_SMALL_SIZES);
	all->relids = bingo_sieve_make(relids);
	MemoryContextSwitchTo(all->list_context);
	all->orderings = list_copy(cache_entries);
	MemoryContextSwitchTo(caller);
	MemoryContextSetParent(context, cache_context);
	collected = all;
}

/* False: what orderings there are can't be told. */
static inline bool
load_and_collect(void)
{
	if (unlikely(!cache_complete) && !bingo_catalog_load(NULL))
		return false;
	if (unlikely(collected == NULL))
		collect();
	return true;
}

List *
bingo_catalog_list(void)
{
	return load_and_collect() ? collected->orderings : NIL;
}

bool
bingo_catalog_find(int32 id, BingoPatience *patience, BingoOrdering **ordering)
{
	*ordering = NULL;
	if (!bingo_catalog_load(patience))
		return false;
	*ordering = (BingoOrdering *) find_entry(cache_entries, id);
	return true;
}

bool
bingo_catalog_is_current(const BingoOrdering *ordering)
{
	return !set_stale && !((const CacheEntry *) ordering)->stale;
}

BingoOrdering *
bingo_catalog_find_named(const char *name)
{
	if (!load_and_collect())
		return NULL;
	if (collected->named == NULL)
		collected->named = bingo_catalog_hash_orderings(collected->orderings, collected->context);
	return bingo_catalog_find_ordering(collected->named, name);
}

BingoOrdering *
bingo_catalog_by_name(const char *name)
{
	bingo_catalog_require();
	return bingo_catalog_find_named(name);
}

void
bingo_catalog_reload(void)
{
	set_stale = true;
	cache_complete = false;
}

void
bingo_catalog_reload_named(const char *name)
{
	const char *quoted = quote_identifier(name);
	ListCell   *cell;

	foreach(cell, cache_entries)
	{
		CacheEntry *entry = lfirst(cell);

		if (entry->ordering.renamed != NULL && strstr(entry->ordering.renamed, quoted) == NULL)
			continue;
		entry->stale = true;
		cache_complete = false;
	}
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
	return load_and_collect() && bingo_sieve_has(collected->relids, relid);
}

bool
bingo_catalog_is_news(BingoOrdering *ordering)
{
	CacheEntry *entry = (CacheEntry *) ordering;
	bool		news = !entry->known;

	entry->known = true;
	return news;
}
