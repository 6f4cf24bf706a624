/*
 * base/events.c
 *	  Event triggers: definitions that pg_dump has written belong to the extension.
 *
 * A restored definition is an ordinary foreign server, and would keep DROP EXTENSION
 * from dropping its wrapper.  It is adopted (base/server.c) when it is made, and
 * what was made unseen (event triggers switched off, pg_upgrade) before the extension
 * may be dropped.
 */
#include "postgres.h"

#include "commands/event_trigger.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/builtins.h"

#include "base/server.h"

PG_FUNCTION_INFO_V1(bingo_definition_adopt_servers);
PG_FUNCTION_INFO_V1(bingo_definition_run_as_user);

/* bingo_tune.adopt_servers() */
Datum
bingo_definition_adopt_servers(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function can only be called by an event trigger"),
				 errhint("CREATE EXTENSION bingo_tune makes the event triggers that call it.")));
	bingo_definition_adopt_all();
	PG_RETURN_NULL();
}

/*
 * bingo_tune.run_as_user(command): exists while a script of the extension runs.  What
 * the command does is not the extension's doing: a right that it gives is dumped.
 */
Datum
bingo_definition_run_as_user(PG_FUNCTION_ARGS)
{
	if (!creating_extension || CurrentExtensionObject != get_extension_oid("bingo_tune", true))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("function can only be called by a script of the extension"),
				 errhint("Type the command itself.")));
	SPI_connect();
	/* An error ends the script, which puts it back. */
	creating_extension = false;
	if (SPI_execute(text_to_cstring(PG_GETARG_TEXT_PP(0)), false, 0) < 0)
		elog(ERROR, "could not run a command");
	creating_extension = true;
	SPI_finish();
	PG_RETURN_VOID();
}
