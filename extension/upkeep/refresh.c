/*
 * upkeep/refresh.c
 *	  Filling a window again, extending and pruning it: one step a transaction.
 *
 *	  repair triggers ->  start: empty, first rows, valid  ->  extend ... extend
 *
 * Each step after the first takes the gate EXCLUSIVE, which every writer of the
 * tables holds at its commit, and only then a snapshot: so it sees what all
 * earlier writers have left, and every later writer sees the boundary that it
 * leaves.  What the window holds after each step is a true prefix of the order;
 * an ordering serves from the first step on.
 *
 * start() deletes the marks that its snapshot sees, since it makes
 * the content anew.  One that is committed later, by somebody who was not waited
 * for, makes the ordering invalid again: then extend() says so and the caller
 * begins anew.
 *
 * The window is emptied by TRUNCATE if its lock is to be had at once, which
 * leaves no dead rows.  Otherwise by DELETE, which readers don't notice; but not
 * after a table was truncated or rewritten, nor when the index has to be in
 * another order: then only TRUNCATE will do (see store/fingerprint.c), and the
 * step is put off while somebody reads.
 *
 * The caller chooses how long to wait for the gate (lock_timeout), and commits.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "commands/matview.h"
#include "commands/tablecmds.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "replication/walsender.h"
#include "replication/walsender_private.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "upkeep/drop_triggers.h"
#include "upkeep/empty.h"
#include "upkeep/fill.h"
#include "upkeep/key_rows.h"
#include "upkeep/keyed.h"
#include "upkeep/recount.h"
#include "upkeep/refresh.h"
#include "upkeep/slow_key.h"
#include "upkeep/tables.h"
#include "store/cut.h"
#include "store/store.h"
#include "store/write_state.h"
#include "store/triggers.h"
#include "store/valid.h"
#include "base/relations.h"

#define MOST_MARKS 20			/* an error may be another one each time */

/* The ordering's owner, or whoever owns all its tables. */
bool
bingo_refresh_allowed(const BingoOrdering *ordering, Oid user)
{
	if (OidIsValid(ordering->owner) && has_privs_of_role(user, ordering->owner))
		return true;
	if (ordering->definition == NULL)
		return false;
	for (int i = 0; i < ordering->definition->ntables; i++)
	{
		Oid			owner = bingo_relations_find_owner(ordering->definition->tables[i].relid);

		if (!OidIsValid(owner) || !has_privs_of_role(user, owner))
			return false;		/* a table that is gone has none */
	}
	return true;
}

/* Look it up after a lock was waited for. */
static BingoOrdering *
look_again(int32 id, const char **reason)
{
	BingoOrdering *ordering;

	AcceptInvalidationMessages();
	bingo_catalog_require();
	(void) bingo_catalog_find(id, NULL, &ordering);
	if (ordering == NULL)
		*reason = "it was dropped";
	else if (ordering->definition == NULL || ordering->repair == BINGO_REPAIR_REBUILD)
	{
		*reason = ordering->reason;
		return NULL;
	}
	return ordering;
}

static BingoOrdering *
lock_gate(int32 id, const char **reason)
{
	BingoOrdering *ordering = look_again(id, reason);

	if (ordering == NULL)
		return NULL;
	bingo_lock_close_gate(id);
	return look_again(id, reason);
}

static int64
count_rows(Relation window, Snapshot snapshot)
{
	TupleTableSlot *slot = table_slot_create(window, NULL);
	TableScanDesc scan = bingo_table_beginscan(window, snapshot);
	int64		rows = 0;

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		rows++;
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	return rows;
}

int64
bingo_refresh_most_rows(const BingoDefinition *definition, int64 window_rows)
{
	return definition->nkeys > 0 ? BINGO_MOST_WINDOW_ROWS : window_rows;
}

BingoStep
bingo_refresh_repair(int32 id, const char **reason)
{
	BingoOrdering *ordering = look_again(id, reason);
	BingoScope	scope;
	BingoRepair repair;
	List	   *relids = NIL;
	ListCell   *cell;

	if (ordering == NULL)
		return BINGO_STEP_IMPOSSIBLE;
	if (ordering->repair != BINGO_REPAIR_ALWAYS && ordering->repair != BINGO_REPAIR_TRIGGERS)
		return BINGO_STEP_DONE;

	bingo_store_enter(&scope, InvalidOid);
	/* a snapshot of before this repair may see changes that nobody has counted, and no mark */
	if (ordering->definition->counts && !bingo_empty_truncate(ordering))
	{
		bingo_store_leave(&scope);
		return BINGO_STEP_BUSY;
	}
	for (int i = 0; i < ordering->definition->ntables; i++)
	{
		Oid			relid = ordering->definition->tables[i].relid;

		if (bingo_triggers_check(relid, id, ordering->definition->counts, &repair) != NULL)
			relids = lappend_oid(relids, relid);
	}
	if (relids != NIL)
		bingo_tables_lock_all(relids, ShareRowExclusiveLock);
	foreach(cell, relids)
	{
		Oid			relid = lfirst_oid(cell);

		if (get_rel_relkind(relid) != RELKIND_RELATION)
			continue;			/* gone meanwhile */
		(void) bingo_triggers_put_back(relid, true);
		if (bingo_triggers_check(relid, id, ordering->definition->counts, &repair) == NULL)
			continue;
		(void) bingo_drop_triggers(relid, id, true);
		bingo_triggers_create(relid, id, ordering->window);
	}
	/* What was changed without them is not in the window. */
	bingo_valid_invalidate(ordering->window, ordering->reason);
	bingo_store_leave(&scope);
	return BINGO_STEP_DONE;
}

BingoStep
bingo_refresh_start(int32 id, int64 limit, int64 *remaining, const char **reason)
{
	BingoOrdering *ordering = lock_gate(id, reason);
	BingoScope	scope;
	BingoFill	fill;
	Snapshot	snapshot;
	int64		most;
	int64		appended;

	if (ordering == NULL)
		return BINGO_STEP_IMPOSSIBLE;
	if (ordering->repair == BINGO_REPAIR_ALWAYS || ordering->repair == BINGO_REPAIR_TRIGGERS)
	{
		*reason = ordering->reason;
		return BINGO_STEP_IMPOSSIBLE;
	}

	if (ordering->definition->counts)
		return bingo_recount_step(ordering) ? BINGO_STEP_DONE : BINGO_STEP_BUSY;
	bingo_store_enter(&scope, InvalidOid);
	if (!bingo_empty_window(ordering))
	{
		bingo_store_leave(&scope);
		return BINGO_STEP_BUSY;
	}
	/* Taken before the rows are read: what changes in between counts as changed. */
	bingo_fingerprint_take(ordering, &fill);
	if (ordering->definition->nkeys > 0)
		bingo_cut_remove_all(ordering);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	bingo_valid_clear(ordering->window, snapshot);
	UnregisterSnapshot(snapshot);
	most = bingo_refresh_most_rows(ordering->definition, ordering->window_rows);
	limit = Min(limit, most);
	SPI_connect();
	appended = bingo_fill_append(ordering, NULL, limit);
	SPI_finish();
	*remaining = most - appended;
	bingo_state_write(ordering, &fill, -1);
	bingo_store_leave(&scope);
	return appended < limit || *remaining <= 0 ? BINGO_STEP_DONE : BINGO_STEP_MORE;
}

static bool
is_invalid(const BingoOrdering *ordering)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	bool		invalid = !ordering->usable || bingo_valid_is_invalidated(ordering->window, snapshot);

	UnregisterSnapshot(snapshot);
	return invalid;
}

BingoStep
bingo_refresh_extend(int32 id, int64 *remaining, const char **reason)
{
	BingoOrdering *ordering = lock_gate(id, reason);
	const BingoBoundary *boundary;
	BingoScope	scope;
	int64		chunk = Min(*remaining, BINGO_CHUNK_ROWS);
	int64		appended;

	if (ordering == NULL)
		return BINGO_STEP_IMPOSSIBLE;
	if (is_invalid(ordering))
		return BINGO_STEP_INVALID;

	boundary = bingo_window_boundary(ordering, NULL);
	if (boundary == NULL)
		return BINGO_STEP_INVALID;
	if (boundary->state == BINGO_BOUNDARY_EVERYTHING || chunk <= 0 || bingo_fill_has_no_room(ordering))
		return BINGO_STEP_DONE;
	if (ordering->definition->counts)
		return bingo_recount_step(ordering) ? BINGO_STEP_DONE : BINGO_STEP_BUSY;

	bingo_store_enter(&scope, InvalidOid);
	SPI_connect();
	appended = bingo_fill_append(ordering, boundary->state == BINGO_BOUNDARY_KEY ? boundary : NULL, chunk);
	SPI_finish();
	bingo_store_leave(&scope);
	*remaining -= appended;
	return appended < chunk || *remaining <= 0 ? BINGO_STEP_DONE : BINGO_STEP_MORE;
}

/* Deletes rows from the end of the order; the boundary becomes the key of the last that is left. */
static void
delete_last(BingoOrdering *ordering, int64 chunk)
{
	Relation	window = table_open(ordering->window, RowExclusiveLock);
	Relation	index = index_open(ordering->window_order, AccessShareLock);
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TupleTableSlot *slot = table_slot_create(window, NULL);
	IndexScanDesc scan = bingo_index_beginscan(window, index, snapshot, 0);
	BingoBoundary boundary = {.state = BINGO_BOUNDARY_NOTHING};

	index_rescan(scan, NULL, 0, NULL, 0);
	while (index_getnext_slot(scan, BackwardScanDirection, slot))
	{
		TM_FailureData failure;

		CHECK_FOR_INTERRUPTS();
		if (chunk-- <= 0)
		{
			bingo_key_rows_copy(ordering->definition, slot, &boundary);
			break;
		}
		if (bingo_tuple_delete(window, &slot->tts_tid, &failure) != TM_Ok)
			elog(ERROR, "a row of the window of ordering \"%s\" was changed by somebody else", ordering->name);
	}
	index_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	UnregisterSnapshot(snapshot);
	index_close(index, NoLock);
	table_close(window, NoLock);
	bingo_window_set_boundary(ordering, &boundary);
}

/* A step without the gate. */
static BingoStep
note_slow_key(int32 id, const char **reason)
{
	BingoOrdering *ordering = look_again(id, reason);

	if (ordering == NULL)
		return BINGO_STEP_IMPOSSIBLE;
	if (!ordering->usable || is_invalid(ordering))
		return BINGO_STEP_INVALID;
	bingo_slow_note(ordering);
	return BINGO_STEP_MORE;
}

BingoStep
bingo_refresh_prune(int32 id, int64 *surplus, const char **reason)
{
	BingoOrdering *ordering;
	int64		chunk = Min(*surplus, BINGO_CHUNK_ROWS);

	if (bingo_slow_wants_note(id))
		return note_slow_key(id, reason);
	ordering = lock_gate(id, reason);
	if (ordering == NULL)
		return BINGO_STEP_IMPOSSIBLE;
	if (!ordering->usable)
		return BINGO_STEP_INVALID;
	if (ordering->definition->nkeys > 0 && is_invalid(ordering))
		return BINGO_STEP_INVALID;
	if (ordering->definition->nkeys > 0 && bingo_keyed_step(ordering, BINGO_CHUNK_ROWS))
		return BINGO_STEP_MORE;
	/* keys that always need something must not keep the fill from going on */
	if (ordering->definition->nkeys > 0)
		return bingo_fill_is_full(ordering) ? BINGO_STEP_DONE : bingo_refresh_extend(id, surplus, reason);
	PushActiveSnapshot(GetLatestSnapshot());
	delete_last(ordering, chunk);
	PopActiveSnapshot();
	*surplus -= chunk;
	return *surplus > 0 ? BINGO_STEP_MORE : BINGO_STEP_DONE;
}

void
bingo_refresh_finish(int32 id, double build_ms)
{
	const char *reason;
	BingoOrdering *ordering = lock_gate(id, &reason);
	BingoScope	scope;

	if (ordering == NULL || !ordering->usable)
		return;
	bingo_store_enter(&scope, InvalidOid);
	bingo_state_write(ordering, &ordering->fill, build_ms);
	bingo_store_leave(&scope);
}

static bool
has_reason(List *marks, const char *reason)
{
	ListCell   *cell;

	foreach(cell, marks)
	{
		if (strcmp(((BingoMark *) lfirst(cell))->reason, reason) == 0)
			return true;
	}
	return false;
}

/* Is it of no use now?  Somebody may just have made it valid. */
static bool
is_useless(BingoOrdering *ordering, Snapshot snapshot)
{
	BingoBoundary boundary;

	return bingo_valid_sees_invalidation(ordering->window, snapshot) ||
		(bingo_window_read_boundary(ordering, snapshot, &boundary) &&
		 boundary.state == BINGO_BOUNDARY_NOTHING);
}

bool
bingo_refresh_explain(int32 id, const char *reason)
{
	BingoOrdering *ordering;
	Snapshot	snapshot;

	AcceptInvalidationMessages();
	bingo_catalog_require();
	(void) bingo_catalog_find(id, NULL, &ordering);
	if (ordering == NULL)
		return false;
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	if (is_useless(ordering, snapshot))
	{
		List	   *marks = bingo_valid_list(ordering->window, snapshot);

		if (list_length(marks) < MOST_MARKS && !has_reason(marks, reason))
			bingo_valid_invalidate(ordering->window, reason);
	}
	UnregisterSnapshot(snapshot);
	return true;
}

/*
 * The boundary is read without the gate, so what is needed may have changed when
 * the step begins; the step looks again.
 */
BingoNeed
bingo_refresh_need(BingoOrdering *ordering, int64 *rows)
{
	Snapshot	snapshot;
	BingoBoundary boundary;
	Relation	window;
	bool		invalidated;
	bool		everything;
	bool		keyed;
	bool		found;

	if (ordering->definition == NULL || ordering->repair == BINGO_REPAIR_REBUILD)
		return BINGO_NEED_REBUILD;
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	invalidated = !ordering->usable || bingo_valid_is_invalidated(ordering->window, snapshot);
	window = invalidated ? NULL : try_table_open(ordering->window, AccessShareLock);
	if (window == NULL)
	{
		UnregisterSnapshot(snapshot);
		return BINGO_NEED_REFILL;
	}
	everything = !bingo_window_read_boundary(ordering, snapshot, &boundary) ||
		boundary.state == BINGO_BOUNDARY_EVERYTHING;
	keyed = ordering->definition->nkeys > 0;
	found = keyed && bingo_keyed_find(ordering);
	everything = everything || (keyed && bingo_fill_is_full(ordering));	/* nothing more will be put in */
	*rows = keyed ? BINGO_MOST_WINDOW_ROWS : count_rows(window, snapshot);
	table_close(window, AccessShareLock);
	UnregisterSnapshot(snapshot);
	if (keyed)
		return found ? BINGO_NEED_PRUNE : everything ? BINGO_NEED_NOTHING : BINGO_NEED_EXTEND;

	if (*rows > 2 * ordering->window_rows)
	{
		*rows -= ordering->window_rows;
		return BINGO_NEED_PRUNE;
	}
	if (!everything && *rows < (ordering->window_rows + 1) / 2)
	{
		*rows = ordering->window_rows - *rows;
		return BINGO_NEED_EXTEND;
	}
	return BINGO_NEED_NOTHING;
}
