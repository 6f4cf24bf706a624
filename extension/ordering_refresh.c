/*
 * ordering_refresh.c
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
 * start() deletes the invalidation rows that its snapshot sees, since it makes
 * the content anew.  One that is committed later, by somebody who was not waited
 * for, makes the ordering invalid again: then extend() says so and the caller
 * begins anew.
 *
 * The window is emptied by TRUNCATE if its lock is to be had at once, which
 * leaves no dead rows.  Otherwise by DELETE, which readers don't notice; but not
 * after a table was truncated or rewritten, nor when the index has to be in
 * another order: then only TRUNCATE will do (see ordering_fingerprint.c), and the
 * step is put off while somebody reads.
 *
 * The caller chooses how long to wait for the gate (lock_timeout), and commits.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/ruleutils.h"
#include "utils/snapmgr.h"

#include "compat.h"
#include "ordering_fill.h"
#include "ordering_refresh.h"
#include "ordering_store.h"
#include "ordering_triggers.h"
#include "ordering_valid.h"

/* The ordering's owner, or whoever owns all its tables. */
bool
bingo_refresh_allowed(const BingoOrdering *ordering, Oid user)
{
	if (has_privs_of_role(user, ordering->owner))
		return true;
	if (ordering->definition == NULL)
		return false;
	for (int i = 0; i < ordering->definition->ntables; i++)
		if (!bingo_class_ownercheck(ordering->definition->tables[i].relid, user))
			return false;
	return true;
}

/* Look it up after a lock was waited for. */
static BingoOrdering *
look_again(int32 id, const char **reason)
{
	BingoOrdering *ordering;

	AcceptInvalidationMessages();
	ordering = bingo_catalog_by_id(id);
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
	LockRelationOid(ordering->gate, ExclusiveLock);
	return look_again(id, reason);
}

static int64
count_rows(int32 id)
{
	bool		isnull;

	(void) bingo_store_execute(psprintf("SELECT count(*) FROM bingo_tune.window_%d", id), 0, NULL, NULL);
	return DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

BingoStep
bingo_refresh_repair(int32 id, bool disabled_too, const char **reason)
{
	BingoOrdering *ordering = look_again(id, reason);
	BingoScope	scope;

	if (ordering == NULL)
		return BINGO_STEP_IMPOSSIBLE;
	if (ordering->repair != BINGO_REPAIR_ALWAYS && ordering->repair != BINGO_REPAIR_TRIGGERS)
		return BINGO_STEP_DONE;
	if (ordering->repair == BINGO_REPAIR_TRIGGERS && !disabled_too)
	{
		*reason = ordering->reason;
		return BINGO_STEP_IMPOSSIBLE;
	}

	bingo_store_enter(&scope, InvalidOid);
	for (int i = 0; i < ordering->definition->ntables; i++)
	{
		Oid			relid = ordering->definition->tables[i].relid;
		BingoRepair repair;

		if (bingo_triggers_check(relid, id, &repair) == NULL)
			continue;
		LockRelationOid(relid, AccessExclusiveLock);
		bingo_triggers_drop(relid, id);
		bingo_triggers_create(relid, id);
	}
	/* What was changed without them is not in the window. */
	bingo_valid_invalidate(id, ordering->reason);
	bingo_store_leave(&scope);
	return BINGO_STEP_DONE;
}

/* Does this session itself have the window open, in a cursor? */
static bool
is_open_here(Oid relid)
{
	Relation	relation = RelationIdGetRelation(relid);
	bool		open;

	if (relation == NULL)
		return false;
	open = relation->rd_refcnt > 1;
	RelationClose(relation);
	return open;
}

/* False: somebody reads it and it has to be truncated. */
static bool
empty_window(BingoOrdering *ordering)
{
	if (!is_open_here(ordering->window) &&
		ConditionalLockRelationOid(ordering->window, AccessExclusiveLock))
		bingo_store_run(psprintf("TRUNCATE bingo_tune.window_%d", ordering->id));
	else if (ordering->repair == BINGO_REPAIR_REFILL)
		return false;
	else
		(void) bingo_store_execute(psprintf("DELETE FROM bingo_tune.window_%d", ordering->id), 0, NULL, NULL);
	return true;
}

BingoStep
bingo_refresh_start(int32 id, int64 limit, int64 *remaining, const char **reason)
{
	BingoOrdering *ordering = lock_gate(id, reason);
	BingoScope	scope;
	BingoFill	fill;
	int64		appended;
	BingoStep	step = BINGO_STEP_BUSY;

	if (ordering == NULL)
		return BINGO_STEP_IMPOSSIBLE;
	if (ordering->repair == BINGO_REPAIR_ALWAYS || ordering->repair == BINGO_REPAIR_TRIGGERS)
	{
		*reason = ordering->reason;
		return BINGO_STEP_IMPOSSIBLE;
	}

	bingo_store_enter(&scope, InvalidOid);
	SPI_connect();
	if (empty_window(ordering))
	{
		/* Taken before the rows are read: what changes in between counts as changed. */
		bingo_fingerprint_take(ordering->definition, &fill);
		(void) bingo_store_execute(psprintf("DELETE FROM bingo_tune.ordering_invalidation WHERE ordering_id = %d", id),
								   0, NULL, NULL);
		limit = Min(limit, ordering->window_rows);
		appended = bingo_fill_append(ordering, NULL, limit);
		*remaining = ordering->window_rows - appended;
		step = appended < limit || *remaining <= 0 ? BINGO_STEP_DONE : BINGO_STEP_MORE;
		bingo_store_insert_definition(ordering, pg_get_querydef(bingo_catalog_query(ordering), false));
		bingo_store_update(ordering, &fill);
	}
	SPI_finish();
	bingo_store_leave(&scope);
	return step;
}

BingoStep
bingo_refresh_extend(int32 id, int64 *remaining, const char **reason)
{
	BingoOrdering *ordering = lock_gate(id, reason);
	const BingoBoundary *boundary;
	BingoScope	scope;
	Snapshot	snapshot;
	bool		invalidated;
	int64		chunk = Min(*remaining, BINGO_CHUNK_ROWS);
	int64		appended;

	if (ordering == NULL)
		return BINGO_STEP_IMPOSSIBLE;
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	invalidated = !ordering->usable || bingo_valid_is_invalidated(id, snapshot);
	UnregisterSnapshot(snapshot);
	if (invalidated)
		return BINGO_STEP_INVALID;

	boundary = bingo_window_boundary(ordering);
	if (boundary->state == BINGO_BOUNDARY_EVERYTHING || chunk <= 0)
		return BINGO_STEP_DONE;

	bingo_store_enter(&scope, InvalidOid);
	SPI_connect();
	appended = bingo_fill_append(ordering, boundary->state == BINGO_BOUNDARY_KEY ? boundary : NULL, chunk);
	SPI_finish();
	bingo_store_leave(&scope);
	*remaining -= appended;
	return appended < chunk || *remaining <= 0 ? BINGO_STEP_DONE : BINGO_STEP_MORE;
}

/* The boundary becomes the key of the last row that is left. */
static void
move_boundary_to_last(BingoOrdering *ordering, const char *reverse_order)
{
	BingoBoundary boundary = {.state = BINGO_BOUNDARY_NOTHING};

	(void) bingo_store_execute(psprintf("SELECT * FROM bingo_tune.window_%d ORDER BY %s LIMIT 1",
										ordering->id, reverse_order), 0, NULL, NULL);
	if (SPI_processed == 1)
	{
		boundary.state = BINGO_BOUNDARY_KEY;
		for (int i = 0; i < ordering->definition->nsort; i++)
			boundary.values[i] = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc,
											   ordering->definition->sort[i].output + 1,
											   &boundary.nulls[i]);
	}
	bingo_window_set_boundary(ordering, &boundary);
}

BingoStep
bingo_refresh_prune(int32 id, int64 *surplus, const char **reason)
{
	BingoOrdering *ordering = lock_gate(id, reason);
	int64		chunk = Min(*surplus, BINGO_CHUNK_ROWS);
	char	   *reverse_order;
	BingoScope	scope;

	if (ordering == NULL)
		return BINGO_STEP_IMPOSSIBLE;
	bingo_store_enter(&scope, InvalidOid);
	SPI_connect();
	reverse_order = bingo_store_format_order(ordering->definition, true);
	(void) bingo_store_execute(psprintf("DELETE FROM bingo_tune.window_%1$d WHERE ctid = ANY (ARRAY("
										"SELECT ctid FROM bingo_tune.window_%1$d ORDER BY %2$s LIMIT %3$lld))",
										id, reverse_order, (long long) chunk), 0, NULL, NULL);
	move_boundary_to_last(ordering, reverse_order);
	SPI_finish();
	bingo_store_leave(&scope);
	*surplus -= chunk;
	return *surplus > 0 ? BINGO_STEP_MORE : BINGO_STEP_DONE;
}

void
bingo_refresh_finish(int32 id, double build_ms)
{
	BingoScope	scope;

	bingo_store_enter(&scope, InvalidOid);
	SPI_connect();
	bingo_store_finish(id, build_ms);
	SPI_finish();
	bingo_store_leave(&scope);
}

/*
 * The boundary is read without the gate, so what is needed may have changed when
 * the step begins; the step looks again.
 */
BingoNeed
bingo_refresh_need(BingoOrdering *ordering, int64 *rows)
{
	BingoScope	scope;
	Snapshot	snapshot;
	bool		invalidated;
	bool		everything;
	bool		isnull;

	if (ordering->definition == NULL || ordering->repair == BINGO_REPAIR_REBUILD)
		return BINGO_NEED_NOTHING;
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	invalidated = !ordering->usable || bingo_valid_is_invalidated(ordering->id, snapshot);
	UnregisterSnapshot(snapshot);
	if (invalidated)
		return BINGO_NEED_REFILL;

	bingo_store_enter(&scope, InvalidOid);
	SPI_connect();
	(void) bingo_store_execute(psprintf("SELECT state OPERATOR(pg_catalog.=) 'e' FROM bingo_tune.boundary_%d",
										ordering->id), 0, NULL, NULL);
	everything = SPI_processed == 1 &&
		DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	*rows = count_rows(ordering->id);
	SPI_finish();
	bingo_store_leave(&scope);

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
