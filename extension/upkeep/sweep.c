/*
 * upkeep/sweep.c
 *	  Dropping what orderings that are no more have left behind.
 *
 * An ordering is gone when its state is, and its state is of no use without a definition: upkeep that builds it, or writes why it
 * can't, looks the definition up without a lock on it, so both may cross, and the state comes after all.  Who commits last
 * leaves it to the next round.  States are read before definitions, as create_ordering() makes both at once, and the one
 * that seems to have none is locked before it is looked at again: who would use it for a new definition locks it, too.
 *
 * The window is read by nobody from then on, and
 * its triggers do nothing.  Dropping them takes ACCESS EXCLUSIVE locks, on the
 * application's tables too, so that is only done where the lock is to be had at once: who
 * waits for a reader while he keeps another reader waiting is half a deadlock.  What
 * is in use stays, and upkeep looks again.
 *
 * Likewise an index of a window that REINDEX CONCURRENTLY has left when it was ended: it is good for nothing, and every writer
 * would keep it up.  Whoever is still building one keeps the window from being locked.
 *
 * Run as the windows' owner, between bingo_store_enter() and bingo_store_leave(), but for
 * bingo_sweep_triggers(), which does that itself.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_trigger.h"
#include "commands/extension.h"
#include "storage/lmgr.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/lock_now.h"
#include "base/relations.h"
#include "base/server.h"
#include "definition/relation.h"
#include "store/definition.h"
#include "store/lock.h"
#include "store/state.h"
#include "store/store.h"
#include "upkeep/drop_triggers.h"
#include "upkeep/sweep.h"
#include "store/triggers.h"

void
bingo_sweep_ordering(const BingoOrdering *ordering)
{
	(void) bingo_store_drop_relations(ordering, false);
	for (int i = 0; ordering->definition && i < ordering->definition->ntables; i++)
		(void) bingo_drop_triggers(ordering->definition->tables[i].relid, ordering->id, false);
}

void
bingo_sweep_triggers(List *relids)
{
	BingoScope	scope;
	ListCell   *cell;

	bingo_store_enter(&scope, InvalidOid);
	foreach(cell, relids)
		(void) bingo_drop_triggers(lfirst_oid(cell), 0, false);
	bingo_store_leave(&scope);
}

/* --- states --- */

static bool
has_name(List *definitions, const char *name)
{
	ListCell   *cell;

	foreach(cell, definitions)
		if (strcmp(((const BingoStoredDefinition *) lfirst(cell))->name, name) == 0)
			return true;
	return false;
}

/* What was built goes with the orphans below. */
static void
drop_states_without_definition(void)
{
	List	   *states = bingo_server_list(BINGO_TYPE_WINDOW, NULL);
	List	   *definitions = bingo_definition_list();
	ListCell   *cell;

	if (!OidIsValid(bingo_server_wrapper(BINGO_TYPE_ORDERING)))
		return;					/* they could not be looked for */
	foreach(cell, states)
	{
		const BingoServer *state = lfirst(cell);
		const char *name = bingo_server_option(state, BINGO_OPTION_NAME);

		if (name != NULL && !has_name(definitions, name) &&
			bingo_lock_object_now(ForeignServerRelationId, state->oid, AccessExclusiveLock) &&
			bingo_definition_is_dropped(name))
			bingo_server_drop(state->oid);
	}
}

/* --- relations --- */

/* An error if it can't be told. */
static bool
is_used(Oid relid)
{
	ListCell   *cell;

	bingo_catalog_require();
	foreach(cell, bingo_catalog_list())
	{
		const BingoOrdering *ordering = lfirst(cell);

		if (ordering->window == relid || ordering->boundary == relid)
			return true;
	}
	return false;
}

/* Materialized views of the extension: windows and boundaries. */
static List *
list_relations(void)
{
	Oid			schema = get_namespace_oid("bingo_tune", true);
	Oid			extension = get_extension_oid("bingo_tune", true);
	Relation	pg_class = table_open(RelationRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(pg_class, InvalidOid, false, NULL, 0, NULL);
	List	   *relids = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_class class = (Form_pg_class) GETSTRUCT(tuple);

		if (class->relkind == RELKIND_MATVIEW && class->relnamespace == schema &&
			getExtensionOfObject(RelationRelationId, class->oid) == extension)
			relids = lappend_oid(relids, class->oid);
	}
	systable_endscan(scan);
	table_close(pg_class, AccessShareLock);
	return relids;
}

/*
 * Who fills a window has its gate, and may not have come to its boundary yet; if the definition is dropped meanwhile he
 * shall say so, and not that there is no such relation.
 */
static bool
is_being_filled(Oid relid)
{
	const char *name = bingo_relations_find_label(relid);
	LOCKTAG		tag;
	int			id;

	if (name == NULL || (sscanf(name, "window_%d", &id) != 1 && sscanf(name, "boundary_%d", &id) != 1))
		return false;
	bingo_lock_set_gate(&tag, id);
	return !bingo_lock_tag_now(&tag, ExclusiveLock);
}

/*
 * One that has just been made is seen in pg_class a moment before the orderings that this
 * session knows are told to be stale.  Who made it keeps it locked until then: only what is
 * not used under its lock is an orphan.
 */
static void
drop_if_orphan(Oid relid)
{
	BingoOrdering orphan = {.window = relid, .boundary = relid};

	if (is_used(relid) || is_being_filled(relid) || !bingo_lock_relation_now(relid, AccessExclusiveLock))
		return;
	if (is_used(relid))
		UnlockRelationOid(relid, AccessExclusiveLock);
	else
		(void) bingo_store_drop_relations(&orphan, false);
}

/* --- indexes --- */

/* Is its name one that REINDEX CONCURRENTLY gives meanwhile? */
static bool
is_named_as_left(Oid index)
{
	const char *name = bingo_relations_find_label(index);

	return name != NULL && (strstr(name, "_ccnew") != NULL || strstr(name, "_ccold") != NULL);
}

static bool
are_twins(const BingoIndexShape *a, const BingoIndexShape *b)
{
	if (a->nkeys != b->nkeys)
		return false;
	for (int i = 0; i < a->nkeys; i++)
		if (a->attnos[i] != b->attnos[i] || a->opfamilies[i] != b->opfamilies[i] || a->collations[i] != b->collations[i] ||
			a->options[i] != b->options[i])
			return false;
	return true;
}

/* TRUNCATE makes it valid: then it is told by its name, and by the one that it was to replace. */
static bool
is_leftover(const BingoIndexShape *index, List *all)
{
	ListCell   *cell;

	if (!index->usable)
		return true;
	foreach(cell, is_named_as_left(index->oid) ? all : NIL)
	{
		const BingoIndexShape *other = lfirst(cell);

		if (other->usable && !is_named_as_left(other->oid) && are_twins(index, other))
			return true;
	}
	return false;
}

static List *
list_leftovers(Oid relid)
{
	List	   *leftovers = NIL;
	bool		only_btrees;
	List	   *all = bingo_relation_all_indexes(relid, &only_btrees);
	ListCell   *cell;

	foreach(cell, all)
		if (is_leftover(lfirst(cell), all))
			leftovers = lappend_oid(leftovers, ((const BingoIndexShape *) lfirst(cell))->oid);
	return leftovers;
}

/* Of what has its own indexes beside them. */
static void
drop_leftovers(Oid relid)
{
	ListCell   *cell;

	if (list_leftovers(relid) == NIL || !bingo_lock_relation_now(relid, AccessExclusiveLock))
		return;
	foreach(cell, list_leftovers(relid))
	{
		ObjectAddress index;

		ObjectAddressSet(index, RelationRelationId, lfirst_oid(cell));
		performDeletion(&index, DROP_RESTRICT, PERFORM_DELETION_INTERNAL | PERFORM_DELETION_QUIETLY);
	}
	CommandCounterIncrement();
}

/* --- triggers --- */

/* Tables with triggers of ours. */
static List *
list_tables(void)
{
	Relation	pg_trigger = table_open(TriggerRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(pg_trigger, InvalidOid, false, NULL, 0, NULL);
	List	   *tables = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_trigger trigger = (Form_pg_trigger) GETSTRUCT(tuple);

		if (bingo_triggers_is_function(trigger->tgfoid))
			tables = list_append_unique_oid(tables, trigger->tgrelid);
	}
	systable_endscan(scan);
	table_close(pg_trigger, AccessShareLock);
	return tables;
}

void
bingo_sweep_all(void)
{
	ListCell   *cell;

	drop_states_without_definition();
	foreach(cell, list_relations())
		drop_if_orphan(lfirst_oid(cell));
	bingo_catalog_require();
	foreach(cell, bingo_catalog_list())
	{
		const BingoOrdering *ordering = lfirst(cell);

		bingo_store_close_relations(ordering);	/* rights that were given unseen */
		if (!ordering->usable)
			continue;
		drop_leftovers(ordering->window);
		drop_leftovers(ordering->boundary);
	}
	/* 0 is no ordering's id */
	foreach(cell, list_tables())
		(void) bingo_drop_triggers(lfirst_oid(cell), 0, false);
}
