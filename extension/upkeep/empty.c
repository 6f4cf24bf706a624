/*
 * upkeep/empty.c
 *	  Emptying a window: by TRUNCATE, which leaves no dead rows, or by DELETE, which
 *	  readers don't notice.  When it has to be the one or the other: upkeep/refresh.c.
 *
 * The caller has the gate EXCLUSIVE and acts as the windows' owner.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "commands/matview.h"
#include "commands/tablecmds.h"
#include "miscadmin.h"
#include "replication/walsender.h"
#include "replication/walsender_private.h"
#include "storage/lmgr.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/lock_now.h"
#include "upkeep/empty.h"

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

bool
bingo_empty_truncate(BingoOrdering *ordering)
{
	Relation	window;

	if (is_open_here(ordering->window) || !bingo_lock_relation_now(ordering->window, AccessExclusiveLock))
		return false;
	window = table_open(ordering->window, NoLock);
	bingo_truncate(list_make1(window), list_make1_oid(ordering->window));
	if (RelationIsPopulated(window))
		SetMatViewPopulatedState(window, false);	/* somebody has said REFRESH */
	table_close(window, NoLock);
	CommandCounterIncrement();
	return true;
}

void
bingo_empty_delete(const BingoOrdering *ordering, Relation window, Snapshot snapshot)
{
	TupleTableSlot *slot = table_slot_create(window, NULL);
	TableScanDesc scan = bingo_table_beginscan(window, snapshot);

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		TM_FailureData failure;

		CHECK_FOR_INTERRUPTS();
		if (bingo_tuple_delete(window, &slot->tts_tid, &failure) != TM_Ok)
			elog(ERROR, "a row of the window of \"%s\" was changed by somebody else", ordering->name);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
}

static void
delete_rows(BingoOrdering *ordering)
{
	Relation	window = table_open(ordering->window, RowExclusiveLock);
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());

	bingo_empty_delete(ordering, window, snapshot);
	UnregisterSnapshot(snapshot);
	table_close(window, NoLock);
	CommandCounterIncrement();
}

/*
 * Does a standby follow, or a subscriber?  The lock that truncation takes is replayed
 * there, where it conflicts with readers that this server doesn't know.
 */
static bool
is_followed(void)
{
	for (int i = 0; i < max_wal_senders; i++)
		if (WalSndCtl->walsnds[i].pid != 0)
			return true;
	return false;
}

/* False: somebody reads it and it has to be truncated. */
bool
bingo_empty_window(BingoOrdering *ordering)
{
	if ((ordering->repair == BINGO_REPAIR_REFILL || !is_followed()) && bingo_empty_truncate(ordering))
		return true;
	if (ordering->repair == BINGO_REPAIR_REFILL)
		return false;
	delete_rows(ordering);
	return true;
}
