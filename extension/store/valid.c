/*
 * store/valid.c
 *	  Validity of a window under a snapshot: its invalidation marks.
 *
 * A reader whose snapshot sees a mark of the window does not look at it.  So whoever
 * leaves the window wanting inserts a mark in the same transaction: it is seen by
 * exactly the snapshots that see the change, a rollback takes both back, and
 * inserting waits for nobody.  Upkeep deletes the marks that its own snapshot has
 * seen when it has put the window right; one that is committed later counts against
 * the new content.
 *
 * A mark is a row of pg_description about the window, one for each transaction that
 * leaves one: its objsubid, where others have a column's number, is made of the
 * transaction's number and never that of a column.  A system catalog, because it must
 * be writable whatever somebody has done to relations of ours: locked them, rewrites
 * them, drops the extension.  It goes with the window (DROP deletes an object's
 * comments), is never decoded for replication, and readers meet no predicate lock.
 * What remains is a superuser who locks pg_description itself against writers (LOCK,
 * VACUUM FULL, CLUSTER, REINDEX): then the row goes to pg_security_label's catalog,
 * with the same key.  Readers look at both.  Only somebody who holds both of them for
 * longer than a second and more makes a commit fail, with 55P03.  So does a lock table that is
 * full for as long, unless room was kept before (base/reserve.c).
 *
 * The rows are only inserted and deleted.  Two transactions never write one key, so
 * the unique indexes make nobody wait.
 *
 * Marks are rare, and looking for one costs more than reading a page of the window.  So a
 * backend remembers of a window that there is no row that any snapshot could see, together
 * with a counter in shared memory, and does not look again while the counter stands.
 *
 *	Who leaves a mark inserts it first and raises the counter then.  Who looks reads the
 *	counter first and the catalog then, where he finds every row that is not dead to all,
 *	committed or not.  So a mark that he has missed was inserted after he looked, its
 *	counter is raised after that, and before its commit: whoever has a snapshot that sees
 *	the mark, and reads the counter with it, finds another than the one that is remembered.
 *	A rollback only makes others look.
 *
 * Nothing is remembered on a standby, where marks arrive without a counter, nor where the
 * library is not in shared_preload_libraries.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_description.h"
#include "catalog/pg_seclabel.h"
#include "port/atomics.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/lock_now.h"
#include "base/relations.h"
#include "base/reserve.h"
#include "base/shared.h"
#include "store/lock.h"
#include "store/valid.h"
#include "store/want.h"

#define PROVIDER "bingo_tune"	/* of the rows in pg_seclabel */
#define COUNTERS 64				/* windows share them by OID */
#define MOST_COLUMNS 64			/* no system column has a number below minus that */
#define MOST_UNMARKED 4096		/* windows; also those that were dropped are among them */
#define MARK_PATIENCE_MS 5000	/* when both catalogs are locked */

/* Where marks can be; objoid, classoid and objsubid are the first three columns of both. */
typedef struct MarkPlace
{
	Oid			catalog;
	Oid			index;			/* leads with objoid, classoid */
	int			natts;
	AttrNumber	text;
} MarkPlace;

StaticAssertDecl(Anum_pg_description_objsubid == Anum_pg_seclabel_objsubid &&
				 Anum_pg_description_classoid == Anum_pg_seclabel_classoid,
				 "both catalogs begin with the same key");

static const MarkPlace places[] = {
	{DescriptionRelationId, DescriptionObjIndexId, Natts_pg_description, Anum_pg_description_description},
	{SecLabelRelationId, SecLabelObjectIndexId, Natts_pg_seclabel, Anum_pg_seclabel_label},
};

/* A window that has no mark, and its counter then. */
typedef struct Unmarked
{
	Oid			window;			/* hash key: first */
	uint64		counter;
} Unmarked;

static pg_atomic_uint64 *counters = NULL;	/* of marks; NULL if not preloaded */
static HTAB *unmarked = NULL;

/* --- reading --- */

/* NULL if the lock is not to be had at once. */
static Relation
open_place(const MarkPlace *place, LOCKMODE mode)
{
	if (!bingo_lock_relation_now(place->catalog, mode))
		return NULL;
	return table_open(place->catalog, NoLock);
}

static SysScanDesc
begin_scan(const MarkPlace *place, Relation catalog, Oid window, Snapshot snapshot)
{
	ScanKeyData keys[2];

	ScanKeyInit(&keys[0], Anum_pg_description_objoid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(window));
	ScanKeyInit(&keys[1], Anum_pg_description_classoid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(RelationRelationId));
	return systable_beginscan(catalog, place->index, bingo_relations_index_is_free(place->index), snapshot, 2, keys);
}

/* A comment that somebody has made on the window, or a column of it, is no mark. */
static int32
read_subid(HeapTuple tuple)
{
	return ((Form_pg_description) GETSTRUCT(tuple))->objsubid;
}

static bool
is_mark(HeapTuple tuple)
{
	return read_subid(tuple) < -MOST_COLUMNS;
}

/* Of the transaction: negative, and no system column's number. */
static int32
make_subid(void)
{
	return PG_INT32_MIN + (int32) (GetTopTransactionId() % (PG_INT32_MAX - MOST_COLUMNS));
}

typedef enum Answer
{
	ANSWER_NO,
	ANSWER_YES,
	ANSWER_UNKNOWN
} Answer;

static Answer
look_in_place(const MarkPlace *place, Oid window, Snapshot snapshot)
{
	Relation	catalog = open_place(place, AccessShareLock);
	SysScanDesc scan;
	HeapTuple	tuple;
	Answer		answer = ANSWER_NO;

	if (catalog == NULL)
		return ANSWER_UNKNOWN;
	/* Most servers have no security labels: what the snapshot could see would have made a page. */
	if (RelationGetNumberOfBlocks(catalog) == 0)
	{
		table_close(catalog, AccessShareLock);
		return ANSWER_NO;
	}
	scan = begin_scan(place, catalog, window, snapshot);
	while (answer == ANSWER_NO && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		if (is_mark(tuple))
			answer = ANSWER_YES;
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return answer;
}

/* Is there no mark that any snapshot could see? */
static bool
is_nowhere(Oid window)
{
	for (int i = 0; i < lengthof(places); i++)
	{
		Relation	catalog = open_place(&places[i], AccessShareLock);
		SnapshotData not_dead;
		Answer		answer;

		if (catalog == NULL)
			return false;
		InitNonVacuumableSnapshot(not_dead, GlobalVisTestFor(catalog));
		answer = look_in_place(&places[i], window, &not_dead);
		table_close(catalog, AccessShareLock);
		if (answer != ANSWER_NO)
			return false;
	}
	return true;
}

static void
note_unmarked(Oid window, uint64 counter)
{
	Unmarked   *entry;
	bool		found;

	if (hash_get_num_entries(unmarked) >= MOST_UNMARKED)
	{
		HASH_SEQ_STATUS all;

		hash_seq_init(&all, unmarked);
		while ((entry = hash_seq_search(&all)) != NULL)
			(void) hash_search(unmarked, &entry->window, HASH_REMOVE, NULL);
	}
	entry = hash_search(unmarked, &window, HASH_ENTER, &found);
	entry->counter = counter;
}

/* The snapshot was taken before. */
static bool
is_surely_unmarked(Oid window)
{
	Unmarked   *entry;
	uint64		counter;

	if (counters == NULL || RecoveryInProgress())
		return false;
	pg_read_barrier();
	counter = pg_atomic_read_u64(&counters[window % COUNTERS]);
	pg_read_barrier();
	entry = hash_search(unmarked, &window, HASH_FIND, NULL);
	if (entry != NULL && entry->counter == counter)
		return true;
	if (!is_nowhere(window))
		return false;
	note_unmarked(window, counter);
	return true;
}

/* Its row is inserted. */
static void
announce_mark(Oid window)
{
	if (counters != NULL)
		pg_atomic_fetch_add_u64(&counters[window % COUNTERS], 1);
}

static void
start_counters(void *piece)
{
	pg_atomic_uint64 *starting = piece;

	for (int i = 0; i < COUNTERS; i++)
		pg_atomic_init_u64(&starting[i], 0);
}

void
bingo_valid_init(void)
{
	HASHCTL		control = {.keysize = sizeof(Oid), .entrysize = sizeof(Unmarked)};

	unmarked = hash_create("bingo_tune unmarked windows", 16, &control, HASH_ELEM | HASH_BLOBS);
	bingo_shared_add("bingo_tune marks", COUNTERS * sizeof(pg_atomic_uint64), (void **) &counters, start_counters);
}

static bool
look(Oid window, Snapshot snapshot, bool unknown)
{
	bool		found = false;

	if (is_surely_unmarked(window))
		return false;

	for (int i = 0; !found && i < lengthof(places); i++)
	{
		Answer		answer = look_in_place(&places[i], window, snapshot);

		if (answer == ANSWER_UNKNOWN)
			found = unknown;
		else
			found = answer == ANSWER_YES;
	}
	return found;
}

bool
bingo_valid_is_invalidated(Oid window, Snapshot snapshot)
{
	return look(window, snapshot, true);
}

bool
bingo_valid_sees_invalidation(Oid window, Snapshot snapshot)
{
	return look(window, snapshot, false);
}

static BingoMark *
read_mark(const MarkPlace *place, Relation catalog, HeapTuple tuple)
{
	BingoMark  *mark = palloc(sizeof(BingoMark));
	bool		isnull;
	Datum		value = heap_getattr(tuple, place->text, RelationGetDescr(catalog), &isnull);
	char	   *words = isnull ? pstrdup("") : TextDatumGetCString(value);
	char	   *end;

	mark->at = strtoll(words, &end, 10);
	mark->reason = *end == ' ' ? end + 1 : end;
	return mark;
}

static int
compare_marks(const ListCell *a, const ListCell *b)
{
	const BingoMark *left = lfirst(a);
	const BingoMark *right = lfirst(b);

	return left->at < right->at ? -1 : left->at > right->at;
}

List *
bingo_valid_list(Oid window, Snapshot snapshot)
{
	List	   *marks = NIL;

	for (int i = 0; i < lengthof(places); i++)
	{
		Relation	catalog = open_place(&places[i], AccessShareLock);
		SysScanDesc scan;
		HeapTuple	tuple;

		if (catalog == NULL)
			continue;
		scan = begin_scan(&places[i], catalog, window, snapshot);
		while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		{
			if (is_mark(tuple))
				marks = lappend(marks, read_mark(&places[i], catalog, tuple));
		}
		systable_endscan(scan);
		table_close(catalog, AccessShareLock);
	}
	list_sort(marks, compare_marks);
	return marks;
}

/* --- writing --- */

/* Has this transaction a mark there already, which still stands? */
static bool
has_own_mark(const MarkPlace *place, Relation catalog, Oid window, int32 subid)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	SysScanDesc scan = begin_scan(place, catalog, window, snapshot);
	HeapTuple	tuple;
	bool		found = false;

	while (!found && HeapTupleIsValid(tuple = systable_getnext(scan)))
		found = read_subid(tuple) == subid;
	systable_endscan(scan);
	UnregisterSnapshot(snapshot);
	return found;
}

static void
insert_mark(const MarkPlace *place, Relation catalog, Oid window, int32 subid, const char *text)
{
	Datum		values[Natts_pg_seclabel] = {0};
	bool		nulls[Natts_pg_seclabel] = {false};
	HeapTuple	tuple;

	values[Anum_pg_description_objoid - 1] = ObjectIdGetDatum(window);
	values[Anum_pg_description_classoid - 1] = ObjectIdGetDatum(RelationRelationId);
	values[Anum_pg_description_objsubid - 1] = Int32GetDatum(subid);
	if (place->catalog == SecLabelRelationId)
		values[Anum_pg_seclabel_provider - 1] = CStringGetTextDatum(PROVIDER);
	values[place->text - 1] = CStringGetTextDatum(text);
	tuple = heap_form_tuple(RelationGetDescr(catalog), values, nulls);
	CatalogTupleInsert(catalog, tuple);
	heap_freetuple(tuple);
}

/* All that is locked in there, so that nothing behind this asks for room in the lock table. */
static bool
lock_place(const MarkPlace *place)
{
	if (!bingo_lock_relation_now(place->catalog, RowExclusiveLock))
		return false;
	if (bingo_lock_relation_now(place->index, RowExclusiveLock))
		return true;
	UnlockRelationOid(place->catalog, RowExclusiveLock);
	return false;
}

/*
 * Where somebody's lock keeps us out we go to the other place.  A mark that stands
 * there from an earlier look is enough.
 */
static bool
try_mark(Oid window, const char *text)
{
	int32		subid = make_subid();
	bool		done = false;

	/* what this transaction has inserted is to be seen */
	CommandCounterIncrement();
	/* at commit there is none any more, and the catalog may have to toast */
	PushActiveSnapshot(GetLatestSnapshot());
	for (int i = 0; i < lengthof(places) && !done; i++)
	{
		Relation	catalog;

		if (!lock_place(&places[i]))
			continue;
		catalog = table_open(places[i].catalog, NoLock);
		if (!has_own_mark(&places[i], catalog, window, subid))
		{
			insert_mark(&places[i], catalog, window, subid, text);
			announce_mark(window);
		}
		table_close(catalog, NoLock);
		CommandCounterIncrement();
		done = true;
	}
	PopActiveSnapshot();
	return done;
}

void
bingo_valid_invalidate(Oid window, const char *reason)
{
	char	   *text = psprintf(INT64_FORMAT " %s", GetCurrentTimestamp(), reason);
	BingoPatience patience;
	int			sleep = 0;

	bingo_lock_start(&patience, MARK_PATIENCE_MS);
	while (!try_mark(window, text))
	{
		bingo_reserve_give_back();
		if (try_mark(window, text))
			break;
		if (!bingo_lock_pause(&patience, &sleep))
			ereport(ERROR,
					(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
					 errmsg("could not mark the window of an ordering as invalid: %s", reason),
					 errdetail("Somebody has locked both pg_catalog.pg_description and pg_catalog.pg_seclabel against writers, or the lock table is full."),
					 errhint("Run the transaction again when these locks are released: SELECT * FROM pg_locks WHERE relation IN ('pg_description'::regclass, 'pg_seclabel'::regclass); for a larger lock table raise max_locks_per_transaction.")));
	}
	pfree(text);
	bingo_want_upkeep();
}

void
bingo_valid_invalidate_all(const char *reason)
{
	Oid			schema = get_namespace_oid("bingo_tune", true);
	Relation	pg_class = table_open(RelationRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(pg_class, InvalidOid, false, NULL, 0, NULL);
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_class class = (Form_pg_class) GETSTRUCT(tuple);

		if (class->relkind == RELKIND_MATVIEW && class->relnamespace == schema)
			bingo_valid_invalidate(class->oid, reason);
	}
	systable_endscan(scan);
	table_close(pg_class, AccessShareLock);
}

void
bingo_valid_clear(Oid window, Snapshot snapshot)
{
	for (int i = 0; i < lengthof(places); i++)
	{
		Relation	catalog = table_open(places[i].catalog, RowExclusiveLock);
		SysScanDesc scan = begin_scan(&places[i], catalog, window, snapshot);
		HeapTuple	tuple;

		while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		{
			if (is_mark(tuple))
				CatalogTupleDelete(catalog, &tuple->t_self);
		}
		systable_endscan(scan);
		table_close(catalog, NoLock);
	}
	CommandCounterIncrement();
}
