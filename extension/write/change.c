/*
 * write/change.c
 *	  Triggers on the tables of an ordering, and when their work is done.
 *
 * Row triggers (immediate, AFTER, ENABLE ALWAYS, all columns, no WHEN) only
 * remember which rows this transaction has changed (write/pending.c), and only
 * if a column that the ordering uses has another image.  They lock nothing (but store/reserve.c) and
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
 * the transaction, and what was lost in a subtransaction needs not be known any more.  (A
 * counter's triggers add and subtract instead: write/delta.c.)
 *
 * TRUNCATE of a table is not MVCC: an older snapshot sees the table empty
 * afterwards, and must not see rows in the window either.  That the table has other
 * storage then than when the window was filled keeps everybody away from it
 * (store/fingerprint.c), older snapshots too, until upkeep has emptied the window
 * by TRUNCATE as well.  Only a table that this transaction has made or rewritten keeps
 * its storage when it is truncated; for that the trigger marks the window, at once, so
 * that the mark goes with a savepoint that is rolled back.
 *
 * The work itself may call code of a user, such as an operator class's (write/contain.c).  What that changes nobody can follow: the images
 * are being read, and another work within this one would take its memory.  So the window is marked at once.
 *
 * A trigger knows of its ordering what its arguments say, and looks the rest up.  Where
 * that can't be done now (somebody holds a system catalog) the change counts as lost, and
 * the commit marks the window.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/table.h"
#include "access/xact.h"
#include "commands/trigger.h"
#include "utils/datum.h"
#include "utils/rel.h"
#include "utils/resowner.h"

#include "base/compat.h"
#include "base/reserve.h"
#include "write/borrow.h"
#include "write/change.h"
#include "write/delta.h"
#include "write/maintain.h"
#include "write/plan.h"
#include "store/sums.h"
#include "store/triggers.h"
#include "store/valid.h"
#include "store/window.h"

PG_FUNCTION_INFO_V1(bingo_tune_remember_change);
PG_FUNCTION_INFO_V1(bingo_tune_remember_truncate);

static bool work_done = false;	/* in this transaction */
static SubTransactionId at_work_in = InvalidSubTransactionId;	/* an error may have left one that is over */
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
	Datum		values[BINGO_MAX_IMAGE];
	bool		isnull[BINGO_MAX_IMAGE];

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
	BingoPending *pending = bingo_pending_find(ordering->id, ordering->window, true);
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

/* What a trigger's arguments say. */
typedef struct TriggerTarget
{
	int32		ordering_id;
	Oid			window;
} TriggerTarget;

/* False: it is a trigger of version 1.0, whose windows nobody reads any more. */
static bool
read_arguments(FunctionCallInfo fcinfo, TriggerEvent level, TriggerTarget *target)
{
	TriggerData *data = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(data->tg_event) ||
		(data->tg_event & TRIGGER_EVENT_ROW) != level ||
		data->tg_trigger->tgnargs < 1 || data->tg_trigger->tgnargs > 2)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function was not called by a trigger of an ordering"),
				 errhint("These triggers are made by bingo_tune.create_ordering().")));
	if (data->tg_trigger->tgnargs < 2)
		return false;
	target->ordering_id = (int32) strtol(data->tg_trigger->tgargs[0], NULL, 10);
	target->window = (Oid) strtoul(data->tg_trigger->tgargs[1], NULL, 10);
	return true;
}

static void
lose(const TriggerTarget *target)
{
	if (!OidIsValid(target->window))
		return;
	bingo_pending_lose(bingo_pending_find(target->ordering_id, target->window, true));
	bingo_sums_spoil(target->ordering_id, target->window);
}

/*
 * The ordering.  NULL if there is none
 * (any more), or if it can't be maintained: then the change is lost, should that be
 * possible again at commit.  One that is not found though its window is there counts
 * among those: what it is found by may have been renamed, and be renamed back.  Anybody may make a trigger with these functions on a table
 * of his: only the ordering's own window counts.
 */
static BingoOrdering *
find_ordering(TriggerData *data, const TriggerTarget *target)
{
	BingoOrdering *ordering;

	if (!bingo_catalog_find(target->ordering_id, NULL, &ordering))
	{
		if (bingo_triggers_are_own(data->tg_trigger))
			lose(target);
		return NULL;
	}
	if (ordering == NULL || ordering->window != target->window)
	{
		if (bingo_triggers_are_own(data->tg_trigger) && bingo_window_exists(target->window))
			lose(target);
		return NULL;
	}
	if (!ordering->usable)
	{
		if (bingo_triggers_are_own(data->tg_trigger))
			lose(target);
		return NULL;
	}
	return bingo_definition_find_table(ordering->definition, RelationGetRelid(data->tg_relation), 0) < 0 ? NULL : ordering;
}

/* A late trigger may be a subtransaction's, and then so are its locks. */
static void
do_work(bool lasting)
{
	ResourceOwner owner = CurrentResourceOwner;
	ListCell   *cell;

	at_work_in = GetCurrentSubTransactionId();
	CurrentResourceOwner = CurTransactionResourceOwner;
	bingo_lock_ask(&patience, NULL, NULL);	/* an error may have left whom to ask, who is gone */
	bingo_borrow_begin();
	bingo_delta_write_all(&patience, lasting);
	foreach(cell, bingo_pending_all())
		if (!bingo_pending_is_empty(lfirst(cell)))
			bingo_maintain(lfirst(cell), &patience);
	bingo_borrow_give_back();
	CurrentResourceOwner = owner;
	at_work_in = InvalidSubTransactionId;
}

static bool
is_at_work(void)
{
	return at_work_in != InvalidSubTransactionId && SubTransactionIsActive(at_work_in);
}

static void
mark(const TriggerData *data, const TriggerTarget *target, const char *reason)
{
	if (bingo_triggers_are_own(data->tg_trigger) && bingo_window_exists(target->window))
		bingo_valid_invalidate(target->window, reason);
}

static void
count(BingoOrdering *counter, TriggerData *data)
{
	if (TRIGGER_FIRED_BY_INSERT(data->tg_event))
		bingo_delta_add(counter, NULL, data->tg_trigslot);
	else if (TRIGGER_FIRED_BY_DELETE(data->tg_event))
		bingo_delta_add(counter, data->tg_trigslot, NULL);
	else if (differ(counter->definition->tables[0].used, data->tg_trigslot, data->tg_newslot))
		bingo_delta_add(counter, data->tg_trigslot, data->tg_newslot);
}

/* In each role that the table has. */
static void
remember_roles(BingoOrdering *ordering, TriggerData *data)
{
	const BingoDefinition *definition = ordering->definition;
	int			table = -1;

	while ((table = bingo_definition_find_table(definition, RelationGetRelid(data->tg_relation), table + 1)) >= 0)
	{
		if (TRIGGER_FIRED_BY_INSERT(data->tg_event))
			remember(ordering, table, NULL, data->tg_trigslot);
		else if (TRIGGER_FIRED_BY_DELETE(data->tg_event))
			remember(ordering, table, data->tg_trigslot, NULL);
		else if (differ(definition->tables[table].used, data->tg_trigslot, data->tg_newslot))
			remember(ordering, table, data->tg_trigslot, data->tg_newslot);
	}
}

Datum
bingo_tune_remember_change(PG_FUNCTION_ARGS)
{
	TriggerData *data = (TriggerData *) fcinfo->context;
	TriggerTarget target;
	BingoOrdering *ordering;

	if (!read_arguments(fcinfo, TRIGGER_EVENT_ROW, &target))
		return PointerGetDatum(NULL);
	if (is_at_work())
	{
		mark(data, &target, "a function that an ordering has called has changed a table");
		return PointerGetDatum(NULL);
	}
	if (!work_done)
		bingo_reserve_want();
	ordering = find_ordering(data, &target);
	if (ordering == NULL)
		 /* nothing to remember, or lost */ ;
	else if (ordering->definition->counts)
		count(ordering, data);
	else
		remember_roles(ordering, data);

	if (work_done)
		do_work(false);
	return PointerGetDatum(NULL);
}

/* What else is amiss with the ordering says it better. */
static const char *
describe_truncate(const TriggerTarget *target)
{
	BingoOrdering *ordering;

	if (bingo_catalog_find(target->ordering_id, NULL, &ordering) && ordering != NULL && !ordering->usable && ordering->reason)
		return ordering->reason;
	return "a table was truncated";
}

Datum
bingo_tune_remember_truncate(PG_FUNCTION_ARGS)
{
	TriggerData *data = (TriggerData *) fcinfo->context;
	TriggerTarget target;

	if (!read_arguments(fcinfo, 0, &target))
		return PointerGetDatum(NULL);
	mark(data, &target, describe_truncate(&target));
	return PointerGetDatum(NULL);
}

/* --- the end of the transaction --- */

static void
bingo_xact_callback(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
			/* also for a trigger that fires later */
			bingo_lock_start(&patience, BINGO_PATIENCE_LIMIT);
			do_work(event == XACT_EVENT_PRE_COMMIT);
			bingo_reserve_give_back();
			work_done = true;
			break;
		case XACT_EVENT_ABORT:
			bingo_maintain_forget();
			/* FALLTHROUGH */
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_PREPARE:
			bingo_pending_reset();
			bingo_borrow_reset();
			bingo_sums_reset();
			bingo_reserve_forget();
			at_work_in = InvalidSubTransactionId;
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
	bingo_pending_init();
	bingo_sums_init();
}
