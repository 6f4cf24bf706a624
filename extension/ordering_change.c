/*
 * ordering_change.c
 *	  Triggers on the tables of an ordering, and when their work is done.
 *
 * Row triggers (immediate, AFTER, ENABLE ALWAYS, all columns, no WHEN) only
 * remember which rows this transaction has changed (ordering_pending.c), and only
 * if a column that the ordering uses has another image.  They lock nothing and
 * read nothing.  Not deferred: pending events would make later DDL in the
 * transaction fail.  No column list: what a BEFORE trigger changes does not count
 * as updated.  No statement trigger: logical replication fires none.
 *
 * The work is done when the transaction will not change anything more: at
 * XACT_EVENT_PRE_COMMIT or PRE_PREPARE, after every deferred trigger and after
 * held cursors were run to their end.  All keys are known by then, so all locks
 * can be taken in one order and in the right mode at once.  A trigger that fires
 * later still (another extension's pre-commit callback writes) does its work at
 * once.
 *
 * Nothing is undone at a rollback: images only say where to look, what is done
 * follows from the current rows.  What was written to the window is undone with
 * the transaction.
 *
 * TRUNCATE of a table is not MVCC: an older snapshot sees the table empty
 * afterwards, and must not see rows in the window either.  So the window is
 * truncated as well, in the same transaction, and an invalidation row keeps
 * everybody, the writers too, away from it until upkeep has filled it again.
 * Nobody can be at work on the window: whoever touches it holds at least
 * ACCESS SHARE on all the tables until his transaction ends, and TRUNCATE has
 * waited for that.  Should the window's lock not be had nevertheless (VACUUM,
 * somebody who works on it by hand), its ordering index is marked not valid:
 * that is in the catalog, hence seen under old snapshots too, and readers refuse
 * such an index.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "commands/tablecmds.h"
#include "commands/trigger.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/rel.h"
#include "utils/resowner.h"

#include "compat.h"
#include "ordering_change.h"
#include "ordering_plan.h"
#include "ordering_valid.h"

PG_FUNCTION_INFO_V1(bingo_tune_remember_change);
PG_FUNCTION_INFO_V1(bingo_tune_remember_truncate);

static bool work_done = false;	/* in this transaction */
static BingoPatience patience;	/* all waits of this transaction's work */

/* --- remembering --- */

/* Does one of the columns have another image? */
static bool
differ(const Bitmapset *columns, TupleTableSlot *old, TupleTableSlot *new)
{
	int			attno = -1;

	while ((attno = bms_next_member(columns, attno)) >= 0)
	{
		Form_pg_attribute column = TupleDescAttr(old->tts_tupleDescriptor, attno - 1);
		bool		old_null;
		bool		new_null;
		Datum		old_value = slot_getattr(old, attno, &old_null);
		Datum		new_value = slot_getattr(new, attno, &new_null);

		if (old_null != new_null)
			return true;
		if (!old_null &&
			!datum_image_eq(old_value, new_value, column->attbyval, column->attlen))
			return true;
	}
	return false;
}

/* Out-of-line values are fetched now: the row may be gone, and vacuumed, at commit. */
static void
remember_image(BingoPending *pending, BingoChangePlan *plan, int table, TupleTableSlot *slot,
			   ItemPointer tid, bool fresh)
{
	TupleDesc	desc = plan->image_desc[table];
	Datum		values[BINGO_MAX_KEYS * (BINGO_MAX_TABLES + 1)];
	bool		isnull[BINGO_MAX_KEYS * (BINGO_MAX_TABLES + 1)];

	for (int i = 0; i < desc->natts; i++)
	{
		values[i] = slot_getattr(slot, plan->image_attnos[table][i], &isnull[i]);
		if (!isnull[i] && TupleDescAttr(desc, i)->attlen == -1 &&
			VARATT_IS_EXTERNAL(DatumGetPointer(values[i])))
			values[i] = PointerGetDatum(detoast_external_attr((struct varlena *)
															  DatumGetPointer(values[i])));
	}
	bingo_pending_add(pending, table, values, isnull, tid, fresh);
}

/* Are images remembered earlier in this transaction of the same columns? */
static bool
same_columns(TupleDesc a, TupleDesc b)
{
	if (a == b)
		return true;
	if (a->natts != b->natts)
		return false;
	for (int i = 0; i < a->natts; i++)
	{
		if (TupleDescAttr(a, i)->atttypid != TupleDescAttr(b, i)->atttypid)
			return false;
	}
	return true;
}

static void
remember(BingoOrdering *ordering, int table, TupleTableSlot *old, TupleTableSlot *new)
{
	BingoPending *pending = bingo_pending_find(ordering->id, true);
	BingoChangePlan *plan = bingo_plan_get(ordering);
	TupleDesc	desc;

	if (plan == NULL)
	{
		bingo_pending_lose(pending);
		return;
	}
	desc = bingo_pending_desc(pending, table);
	if (desc == NULL)
		bingo_pending_describe(pending, table, plan->image_desc[table]);
	else if (!same_columns(desc, plan->image_desc[table]))
	{
		bingo_pending_lose(pending);
		return;
	}

	/* of two equal images the second is not kept */
	if (old)
		remember_image(pending, plan, table, old, NULL, false);
	if (new)
	{
		bool		lasting = GetCurrentTransactionNestLevel() == 1;

		remember_image(pending, plan, table, new, lasting ? &new->tts_tid : NULL,
					   lasting && old == NULL);
	}
	if (table > 0 && (!old || !new || differ(plan->placing[table], old, new)))
		bingo_pending_note_placing(pending, table);
}

static int
find_table(const BingoDefinition *definition, Oid relid)
{
	for (int i = 0; i < definition->ntables; i++)
	{
		if (definition->tables[i].relid == relid)
			return i;
	}
	return -1;
}

/* The ordering that the trigger is for; NULL if there is none (any more), as after a restore. */
static BingoOrdering *
trigger_ordering(FunctionCallInfo fcinfo, TriggerEvent level)
{
	TriggerData *data = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(data->tg_event) ||
		(data->tg_event & TRIGGER_EVENT_ROW) != level || data->tg_trigger->tgnargs != 1)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function was not called by a trigger of an ordering"),
				 errhint("These triggers are made by bingo_tune.create_ordering().")));
	return bingo_catalog_by_id(pg_strtoint32(data->tg_trigger->tgargs[0]));
}

Datum
bingo_tune_remember_change(PG_FUNCTION_ARGS)
{
	BingoOrdering *ordering = trigger_ordering(fcinfo, TRIGGER_EVENT_ROW);
	TriggerData *data = (TriggerData *) fcinfo->context;
	int			table;

	if (ordering == NULL)
		return PointerGetDatum(NULL);
	if (ordering->definition == NULL)
	{
		/* An index is gone, say: should it come back, this change is not in the window. */
		bingo_pending_lose(bingo_pending_find(ordering->id, true));
		return PointerGetDatum(NULL);
	}
	table = find_table(ordering->definition, RelationGetRelid(data->tg_relation));
	if (table < 0)
		return PointerGetDatum(NULL);

	if (TRIGGER_FIRED_BY_INSERT(data->tg_event))
		remember(ordering, table, NULL, data->tg_trigslot);
	else if (TRIGGER_FIRED_BY_DELETE(data->tg_event))
		remember(ordering, table, data->tg_trigslot, NULL);
	else if (differ(ordering->definition->tables[table].used, data->tg_trigslot,
					data->tg_newslot))
		remember(ordering, table, data->tg_trigslot, data->tg_newslot);

	if (work_done)
	{
		BingoPending *pending = bingo_pending_find(ordering->id, false);

		if (pending)
			bingo_maintain(pending, &patience);
	}
	return PointerGetDatum(NULL);
}

/* --- TRUNCATE --- */

/* Returns false if somebody holds the window. */
static bool
truncate_window(BingoOrdering *ordering)
{
	BingoPatience truncate_patience;
	Relation	window;

	bingo_lock_start(&truncate_patience, BINGO_PATIENCE_LIMIT);
	if (!bingo_lock_relation(ordering->window, AccessExclusiveLock, &truncate_patience))
		return false;
	window = try_table_open(ordering->window, NoLock);
	if (window == NULL)
		return true;			/* the ordering is being dropped by ourselves */
	if (window->rd_refcnt != 1)
	{
		table_close(window, NoLock);
		return false;
	}
	bingo_truncate(list_make1(window), list_make1_oid(ordering->window));
	table_close(window, NoLock);
	return true;
}

Datum
bingo_tune_remember_truncate(PG_FUNCTION_ARGS)
{
	BingoOrdering *ordering = trigger_ordering(fcinfo, 0);
	TriggerData *data = (TriggerData *) fcinfo->context;

	if (ordering == NULL)
		return PointerGetDatum(NULL);
	if (ordering->definition == NULL)
	{
		/* The table's new storage keeps readers away, should it be usable again. */
		bingo_pending_lose(bingo_pending_find(ordering->id, true));
		return PointerGetDatum(NULL);
	}
	/* Anybody may make a trigger with this function on a table of his. */
	if (find_table(ordering->definition, RelationGetRelid(data->tg_relation)) < 0)
		return PointerGetDatum(NULL);
	if (!truncate_window(ordering))
		index_set_state_flags(ordering->window_order, INDEX_DROP_CLEAR_VALID);
	bingo_valid_invalidate(ordering->id, "a table was truncated");
	return PointerGetDatum(NULL);
}

/* --- the end of the transaction --- */

static void
do_work(void)
{
	ResourceOwner owner = CurrentResourceOwner;
	ListCell   *cell;

	CurrentResourceOwner = TopTransactionResourceOwner;
	foreach(cell, bingo_pending_all())
		bingo_maintain(lfirst(cell), &patience);
	CurrentResourceOwner = owner;
}

static void
bingo_xact_callback(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
			/* also for a trigger that fires later */
			bingo_lock_start(&patience, BINGO_PATIENCE_LIMIT);
			if (bingo_pending_all() != NIL)
				do_work();
			work_done = true;
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
			bingo_pending_reset();
			work_done = false;
			break;
		case XACT_EVENT_PARALLEL_COMMIT:
		case XACT_EVENT_PARALLEL_ABORT:
		case XACT_EVENT_PARALLEL_PRE_COMMIT:
			break;
	}
}

void
bingo_change_init(void)
{
	RegisterXactCallback(bingo_xact_callback, NULL);
}
