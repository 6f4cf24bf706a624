/*
 * timing/change.c
 *	  What the INSTEAD OF triggers of endpoints and endpoint_targets have in common.
 *
 * The executor has checked the right to INSERT, UPDATE or DELETE on the view before;
 * the servers are then made, changed and dropped for the extension's owner, whoever
 * types it, so that he can dump and restore all of them.  Therefore the triggers work
 * on the extension's own views only: on another view they would be anybody's.
 *
 * One at a time: whoever changes a row holds a lock (bingo_server_lock()) to the end of
 * his transaction, and reads the rows anew when he has it, whatever his snapshot sees.
 * So no two transactions can give one action to two endpoints.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "commands/extension.h"
#include "foreign/foreign.h"
#include "tcop/pquery.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/server_name.h"
#include "timing/endpoint.h"

TriggerData *
bingo_change_enter(FunctionCallInfo fcinfo, const char *view)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Oid			extension = get_extension_oid("bingo_tune", true);

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_INSTEAD(trigger->tg_event) || !TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
		strcmp(RelationGetRelationName(trigger->tg_relation), view) != 0 ||
		!OidIsValid(extension) ||
		getExtensionOfObject(RelationRelationId, RelationGetRelid(trigger->tg_relation)) != extension)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function can only be called by a trigger of view bingo_tune.%s", view),
				 errhint("CREATE EXTENSION bingo_tune makes the trigger that calls it.")));
	return trigger;
}

char *
bingo_change_text(HeapTuple row, TupleDesc desc, AttrNumber column)
{
	bool		isnull;
	Datum		value = heap_getattr(row, column, desc, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

bool
bingo_change_is_gone(bool found, bool same)
{
	if (found && same)
		return false;
	if (!found && !IsolationUsesXactSnapshot())
		return true;
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("could not serialize access due to concurrent update"),
			 errhint("Repeat the transaction.")));
}

void
bingo_change_refuse(int sqlstate, const char *view, const char *column,
					const char *constraint, const char *message, const char *hint)
{
	ereport(ERROR,
			(errcode(sqlstate),
			 errmsg_internal("%s", message),
			 errhint("%s", hint),
			 err_generic_string(PG_DIAG_SCHEMA_NAME, "bingo_tune"),
			 err_generic_string(PG_DIAG_TABLE_NAME, view),
			 column ? err_generic_string(PG_DIAG_COLUMN_NAME, column) : 0,
			 constraint ? err_generic_string(PG_DIAG_CONSTRAINT_NAME, constraint) : 0));
}

void
bingo_change_warn(const char *message, const char *hint)
{
	/* Whose rows are copied from a dump, or come with an update, has not made the mistake now. */
	if (creating_extension || (ActivePortal != NULL && ActivePortal->commandTag == CMDTAG_COPY))
		return;
	ereport(WARNING,
			(errmsg_internal("%s", message),
			 errhint("%s", hint)));
}

void
bingo_change_keep(Oid server, const char *type, const char *endpoint, List *options)
{
	const char *key = endpoint;

	if (OidIsValid(server))
	{
		bingo_server_alter(server, options);
		return;
	}
	/* An endpoint may have several rows, and the name may be somebody else's. */
	for (int i = 2; OidIsValid(get_foreign_server_oid(bingo_server_name(type, key), true)); i++)
		key = psprintf("%s %d", endpoint, i);
	bingo_server_create(type, key, options, bingo_definition_owner(), false);
}
