/*
 * upkeep/ddl.c
 *	  Event triggers: what DDL means for the orderings.
 *
 * Exactness rests on values, compared whenever an ordering is loaded, read or written
 * (definition/resolve.c, store/fingerprint.c), never on these events, which may be
 * disabled (event_triggers = off, single-user mode).  They see to the rest:
 *
 *	ddl_command_start	An owner who is no superuser may DISABLE or ENABLE TRIGGER ALL
 *		only if there is no internal trigger: ours stop being internal for the command.
 *		DROP EXTENSION gets its locks before it begins, so that nobody gets into a deadlock.
 *		What drops pg_stat_statements need not drop us (upkeep/required.c).
 *	ddl_command_end		They are internal and ENABLE ALWAYS again, in the same
 *		transaction and under the command's own lock, so nothing was missed.
 *		Every ordering that the command has touched (its cache entry is new) is looked at:
 *		if it is not usable any more its window is marked, so that undoing the cause, say by
 *		altering a type back, does not make old rows count, or goes (upkeep/give_way.c); if tables or
 *		columns were renamed, or all have another owner, the definition follows.
 *		Rights to windows, which come with GRANT ... ON ALL TABLES, are taken back.
 *		A new partition gets counters as its siblings have, and one that comes to their owner.
 *	sql_drop			An ordering whose definition was dropped goes, and the counter of a partition with it.
 *
 * Nothing here makes the command fail or wait: what can't be done now is left to upkeep.
 * No right is asked: whoever may run the DDL may cause what follows from it.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_extension.h"
#include "commands/event_trigger.h"
#include "commands/extension.h"
#include "commands/tablecmds.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "base/attempt.h"
#include "base/compat.h"
#include "base/server.h"
#include "upkeep/build.h"
#include "upkeep/ddl.h"
#include "upkeep/follow.h"
#include "upkeep/give_way.h"
#include "upkeep/over.h"
#include "upkeep/parts.h"
#include "upkeep/required.h"
#include "store/definition.h"
#include "store/state.h"
#include "store/store.h"
#include "upkeep/tables.h"
#include "store/triggers.h"
#include "store/valid.h"
#include "store/want.h"
#include "base/relations.h"

PG_FUNCTION_INFO_V1(bingo_tune_before_ddl);
PG_FUNCTION_INFO_V1(bingo_tune_after_ddl);
PG_FUNCTION_INFO_V1(bingo_tune_after_drop);

static EventTriggerData *
require_event_trigger(FunctionCallInfo fcinfo)
{
	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function can only be called by an event trigger"),
				 errhint("CREATE EXTENSION bingo_tune makes the event triggers that call it.")));
	return (EventTriggerData *) fcinfo->context;
}

/* pg_upgrade restores catalogs; there is nothing to look after yet. */
static bool
is_at_work(void)
{
	return !IsBinaryUpgrade && OidIsValid(bingo_server_wrapper(BINGO_TYPE_WINDOW));
}

/*
 * Whatever goes wrong in it is undone, and no concern of whoever runs the DDL, unless
 * he wants to stop.
 */
static void
attempt(void (*action) (void *argument), void *argument)
{
	ErrorData  *error = bingo_attempt(action, argument);

	if (error == NULL)
		return;
	if (error->sqlerrcode == ERRCODE_QUERY_CANCELED)
		ReThrowError(error);
	ereport(DEBUG1,
			(errmsg_internal("upkeep of an ordering's definition is put off: %s", error->message)));
	FreeErrorData(error);
	bingo_want_upkeep();
}

/* --- triggers that somebody disables --- */

/* Does ALTER TABLE change triggers? */
static bool
changes_triggers(const Node *parsetree)
{
	const AlterTableStmt *statement = (const AlterTableStmt *) parsetree;
	ListCell   *cell;

	if (!IsA(parsetree, AlterTableStmt) || statement->relation == NULL)
		return false;
	foreach(cell, statement->cmds)
	{
		switch (lfirst_node(AlterTableCmd, cell)->subtype)
		{
			case AT_EnableTrig:
			case AT_EnableAlwaysTrig:
			case AT_EnableReplicaTrig:
			case AT_DisableTrig:
			case AT_EnableTrigAll:
			case AT_DisableTrigAll:
			case AT_EnableTrigUser:
			case AT_DisableTrigUser:
				return true;
			default:
				break;
		}
	}
	return false;
}

/* The command's own lock, had a little earlier; its own check of rights comes later. */
static void
set_internal(const Node *parsetree, bool internal)
{
	const AlterTableStmt *statement = (const AlterTableStmt *) parsetree;
	Oid			relid = RangeVarGetRelidExtended(statement->relation, NoLock, RVR_MISSING_OK, NULL, NULL);

	if (!OidIsValid(relid) || !bingo_triggers_has(relid))
		return;
	if (!internal)
	{
		Oid			owner = bingo_relations_find_owner(relid);

		if (superuser() || !OidIsValid(owner) || !has_privs_of_role(GetUserId(), owner))
			return;
		LockRelationOid(relid, ShareRowExclusiveLock);
		if (get_rel_relkind(relid) != RELKIND_RELATION)
			return;
	}
	if (bingo_triggers_put_back(relid, internal))
		bingo_catalog_reload();
}

/* --- the extension itself --- */

static bool
drops_extension(const Node *parsetree)
{
	const DropStmt *statement = (const DropStmt *) parsetree;
	ListCell   *cell;

	if (!IsA(parsetree, DropStmt) || statement->removeType != OBJECT_EXTENSION)
		return false;
	foreach(cell, statement->objects)
	{
		const char *name = strVal(lfirst(cell));

		/* with the one that it requires it goes, by CASCADE */
		if (strcmp(name, "bingo_tune") == 0 ||
			(strcmp(name, "pg_stat_statements") == 0 && statement->behavior == DROP_CASCADE))
			return true;
	}
	return false;
}

/*
 * It will drop windows, and triggers on the application's tables, and would lock them one
 * after the other in no order that suits readers.
 */
static void
lock_everything(void)
{
	List	   *relids = NIL;
	ListCell   *cell;

	bingo_catalog_require();
	foreach(cell, bingo_catalog_list())
	{
		const BingoOrdering *ordering = lfirst(cell);

		relids = list_append_unique_oid(relids, ordering->window);
		relids = list_append_unique_oid(relids, ordering->boundary);
		for (int i = 0; ordering->definition && i < ordering->definition->ntables; i++)
			relids = list_append_unique_oid(relids, ordering->definition->tables[i].relid);
	}
	if (relids != NIL)
		bingo_tables_lock_all(relids, AccessExclusiveLock);
}

static bool
may_drop_extension(void)
{
	Oid			extension = get_extension_oid("bingo_tune", true);

	return OidIsValid(extension) && bingo_extension_ownercheck(extension, GetUserId());
}

/*
 * On ddl_command_start, of ALTER TABLE, DROP EXTENSION, DROP SCHEMA and DROP OWNED.
 */
Datum
bingo_tune_before_ddl(PG_FUNCTION_ARGS)
{
	EventTriggerData *data = require_event_trigger(fcinfo);

	if (!is_at_work())
		PG_RETURN_NULL();
	if (changes_triggers(data->parsetree))
		set_internal(data->parsetree, false);
	else if (drops_extension(data->parsetree) && may_drop_extension())
		lock_everything();
	bingo_required_let_go(data->parsetree);
	PG_RETURN_NULL();
}

/* --- definitions that follow --- */

static void
follow_partitions(void *tables)
{
	bingo_parts_follow(tables);
}

static void
give_way(void *ordering)
{
	bingo_give_way(ordering);
}

/*
 * One mark is enough for any number of commands.  Should upkeep take it away meanwhile, what
 * this command has done keeps the ordering from being usable by itself.
 */
static void
mark(const BingoOrdering *ordering)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	bool		marked = bingo_valid_sees_invalidation(ordering->window, snapshot);

	UnregisterSnapshot(snapshot);
	if (!marked)
		bingo_valid_invalidate(ordering->window, ordering->reason);
	else
		bingo_want_upkeep();
}

/* What many applications do all day long, and no ordering waits for. */
static bool
makes_temporary(const Node *parsetree)
{
	if (IsA(parsetree, CreateStmt))
		return ((const CreateStmt *) parsetree)->relation->relpersistence == RELPERSISTENCE_TEMP;
	if (IsA(parsetree, CreateTableAsStmt))
		return ((const CreateTableAsStmt *) parsetree)->into->rel->relpersistence == RELPERSISTENCE_TEMP;
	return false;
}

/*
 * A table may have got a name that it did not have.  If it is the one that an ordering's
 * query names, and that its own table has lost, the ordering is not usable any more,
 * though nothing that its cache entry depends on has changed.
 */
static void
look_at_names(const Node *parsetree)
{
	if (makes_temporary(parsetree))
		return;
	switch (nodeTag(parsetree))
	{
		case T_CreateStmt:
			bingo_catalog_reload_named(((const CreateStmt *) parsetree)->relation->relname);
			break;
		case T_CreateTableAsStmt:
			bingo_catalog_reload_named(((const CreateTableAsStmt *) parsetree)->into->rel->relname);
			break;
		case T_RenameStmt:
		case T_AlterObjectSchemaStmt:
		case T_CreateSchemaStmt:
			bingo_catalog_reload();
			break;
		default:
			break;
	}
}

/* --- rights to windows --- */

/* To a table, or to all of a schema's? */
static bool
gives_rights(const Node *parsetree)
{
	const GrantStmt *statement = (const GrantStmt *) parsetree;

	return IsA(parsetree, GrantStmt) && statement->is_grant && statement->objtype == OBJECT_TABLE &&
		statement->targtype != ACL_TARGET_DEFAULTS;
}

static void
close_relations(void *ordering)
{
	BingoScope	scope;

	bingo_store_enter(&scope, InvalidOid);
	bingo_store_close_relations(ordering);
	bingo_store_leave(&scope);
}

static void
take_rights_back(void)
{
	ListCell   *cell;

	foreach(cell, bingo_catalog_list())
		attempt(close_relations, lfirst(cell));
}

/* --- orderings that wait --- */

bool
bingo_ddl_is_any_waiting(void)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	bool		waiting = false;
	ListCell   *cell;

	foreach(cell, bingo_catalog_list())
	{
		const BingoOrdering *ordering = lfirst(cell);

		waiting = waiting || !ordering->usable ||
			bingo_valid_sees_invalidation(ordering->window, snapshot);
	}
	UnregisterSnapshot(snapshot);
	return waiting || bingo_definition_is_any_unbuilt();
}

/*
 * On ddl_command_end.
 */
Datum
bingo_tune_after_ddl(PG_FUNCTION_ARGS)
{
	EventTriggerData *data = require_event_trigger(fcinfo);
	List	   *new_partitions;
	ListCell   *cell;

	/* what makes an ordering changes nothing for the others, of which there may be hundreds */
	if (!is_at_work() || bingo_store_is_making())
		PG_RETURN_NULL();
	if (changes_triggers(data->parsetree))
		set_internal(data->parsetree, true);
	if (IsA(data->parsetree, CreateExtensionStmt))
		bingo_required_keep();
	look_at_names(data->parsetree);
	if (!bingo_catalog_load(NULL))
	{
		bingo_valid_invalidate_all("DDL while the definitions of the orderings were locked");
		PG_RETURN_NULL();
	}
	if (gives_rights(data->parsetree))
		take_rights_back();
	foreach(cell, bingo_catalog_list())
	{
		BingoOrdering *ordering = lfirst(cell);

		if (!bingo_catalog_is_news(ordering))
			continue;
		if (!ordering->usable)
		{
			mark(ordering);
			attempt(bingo_follow_owner, ordering);
			attempt(give_way, ordering);
		}
		else
			attempt(bingo_follow_names, ordering);
	}
	new_partitions = bingo_parts_list_new(data->parsetree);
	if (new_partitions != NIL)
		attempt(follow_partitions, new_partitions);
	/* It may be the last statement, so not now and then only. */
	if (!makes_temporary(data->parsetree) && bingo_ddl_is_any_waiting())
		bingo_want_upkeep();
	PG_RETURN_NULL();
}

/* --- definitions that are dropped --- */

/* Only what is built: a definition that is there after all was just not found. */
static void
drop_ordering(void *argument)
{
	const BingoOrdering *ordering = argument;

	if (bingo_definition_is_dropped(ordering->name))
		bingo_build_drop(ordering, false);
	else
	{
		bingo_catalog_reload();
		bingo_want_upkeep();
	}
}

static void
give_up_parts(void *argument)
{
	bingo_over_give_up();
}

/*
 * On sql_drop.
 */
Datum
bingo_tune_after_drop(PG_FUNCTION_ARGS)
{
	ListCell   *cell;

	(void) require_event_trigger(fcinfo);
	if (!is_at_work())
		PG_RETURN_NULL();
	if (bingo_over_is_any())
		attempt(give_up_parts, NULL);
	foreach(cell, bingo_catalog_list())
	{
		BingoOrdering *ordering = lfirst(cell);

		if (!OidIsValid(ordering->definition_server))
			attempt(drop_ordering, ordering);
		else if (!ordering->usable)
			attempt(bingo_follow_owner, ordering);
	}
	PG_RETURN_NULL();
}
