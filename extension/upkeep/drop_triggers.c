/*
 * upkeep/drop_triggers.c
 *	  Dropping triggers of orderings that are no more.
 *
 * Takes ACCESS EXCLUSIVE on the table, as DROP TRIGGER does: only where that lock is to be
 * had at once, unless the caller has the time.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_trigger.h"
#include "storage/lmgr.h"

#include "base/lock_now.h"
#include "store/catalog.h"
#include "store/triggers.h"
#include "upkeep/drop_triggers.h"

/* May the table belong to an ordering of that id?  Who can't tell leaves its trigger alone. */
static bool
is_used_by(int32 ordering_id, Oid relid)
{
	BingoOrdering *ordering;

	if (!bingo_catalog_find(ordering_id, NULL, &ordering))
		return true;
	if (ordering == NULL)
		return false;
	if (ordering->definition == NULL)
		return true;
	for (int i = 0; i < ordering->definition->ntables; i++)
		if (ordering->definition->tables[i].relid == relid)
			return true;
	return false;
}

/* OIDs of the table's triggers of the ordering and of orderings that are no more. */
static List *
list_doomed(Oid relid, int32 ordering_id)
{
	List	   *triggers = NIL;
	ListCell   *cell;

	foreach(cell, bingo_triggers_list(relid))
	{
		const BingoTrigger *trigger = lfirst(cell);

		if (trigger->ordering_id == ordering_id || !is_used_by(trigger->ordering_id, relid))
			triggers = lappend_oid(triggers, trigger->oid);
	}
	return triggers;
}

bool
bingo_drop_triggers(Oid relid, int32 ordering_id, bool wait)
{
	List	   *triggers = list_doomed(relid, ordering_id);
	ObjectAddresses *doomed;
	ListCell   *cell;

	if (triggers == NIL)
		return true;
	if (wait)
		LockRelationOid(relid, AccessExclusiveLock);
	else if (!bingo_lock_relation_now(relid, AccessExclusiveLock))
		return false;
	/* while we waited somebody else may have dropped some, or all with the table */
	triggers = list_doomed(relid, ordering_id);
	doomed = new_object_addresses();
	foreach(cell, triggers)
	{
		ObjectAddress trigger;

		ObjectAddressSet(trigger, TriggerRelationId, lfirst_oid(cell));
		add_exact_object_address(&trigger, doomed);
	}
	performMultipleDeletions(doomed, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
	free_object_addresses(doomed);
	CommandCounterIncrement();
	return true;
}
