/*
 * ordering_ddl.c
 *	  Event triggers: what DDL means for the orderings.
 *
 * At the end of each DDL command every ordering that the command has touched
 * (its cache entry was invalidated, hence is new) is looked at again:
 *
 *	- If it is not usable any more an invalidation row is inserted, in the DDL's
 *	  own transaction: exactly the snapshots that see the DDL see it, and undoing
 *	  the cause later, say by enabling a trigger again, does not take it back.
 *	- If tables or columns were renamed the definition that pg_dump carries is
 *	  written again.
 *	- If CASCADE has dropped its definition (a table or a column of it is gone)
 *	  what is left of the ordering is dropped.
 *
 * The event triggers are ENABLE ALWAYS, so sessions in replica role count.  They
 * may be disabled all the same (event_triggers = off, single-user mode); then the
 * fingerprint that readers and writers check is what remains.
 *
 * No right is asked: whoever may run the DDL may cause what follows from it.
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/event_trigger.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/ruleutils.h"
#include "utils/snapmgr.h"

#include "ordering_build.h"
#include "ordering_store.h"
#include "ordering_valid.h"

PG_FUNCTION_INFO_V1(bingo_tune_after_ddl);
PG_FUNCTION_INFO_V1(bingo_tune_after_drop);

static void
require_event_trigger(FunctionCallInfo fcinfo)
{
	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function can only be called by an event trigger"),
				 errhint("CREATE EXTENSION bingo_tune makes the event triggers that call it.")));
}

static void
write_definition(BingoOrdering *ordering)
{
	BingoScope	scope;

	bingo_store_enter(&scope, InvalidOid);
	SPI_connect();
	bingo_store_update_definition(ordering, pg_get_querydef(bingo_catalog_query(ordering), false));
	SPI_finish();
	bingo_store_leave(&scope);
}

static bool
is_invalidated(BingoOrdering *ordering)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	bool		invalidated = bingo_valid_is_invalidated(ordering->id, snapshot);

	UnregisterSnapshot(snapshot);
	return invalidated;
}

/*
 * On ddl_command_end.
 */
Datum
bingo_tune_after_ddl(PG_FUNCTION_ARGS)
{
	ListCell   *cell;

	require_event_trigger(fcinfo);
	foreach(cell, bingo_catalog_list())
	{
		BingoOrdering *ordering = lfirst(cell);

		if (!bingo_catalog_is_news(ordering))
			continue;
		if (!ordering->usable)
			bingo_valid_invalidate(ordering->id, ordering->reason);
		else if (is_invalidated(ordering))
			bingo_valid_want_upkeep();	/* perhaps this was the obstacle */
		if (ordering->definition != NULL)
			write_definition(ordering);
	}
	PG_RETURN_NULL();
}

/*
 * On sql_drop.
 */
Datum
bingo_tune_after_drop(PG_FUNCTION_ARGS)
{
	ListCell   *cell;

	require_event_trigger(fcinfo);
	foreach(cell, bingo_catalog_list())
	{
		BingoOrdering *ordering = lfirst(cell);

		if (ordering->definition == NULL && bingo_catalog_query(ordering) == NULL)
		{
			ereport(NOTICE,
					(errmsg("ordering \"%s\" is dropped with what it was made of", ordering->name)));
			bingo_build_drop(ordering, false);
		}
	}
	PG_RETURN_NULL();
}
