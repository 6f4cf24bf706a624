/*
 * upkeep/script.c
 *	  What the extension's scripts call: the query of windows, and the update from 1.0;
 *	  and the rows that dumps of 1.0 hold.
 *
 * A dump of 1.0 is restored by CREATE EXTENSION, which makes this version, and COPY into
 * 1.0's table of definitions.  In its place stands a view, which has no rows, and whose
 * INSTEAD OF trigger makes a definition of each row.  The executor has checked the right
 * to INSERT; whose definition it becomes is checked here, since its query is analysed
 * with the rights of its owner.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "store/definition.h"
#include "store/store.h"
#include "store/want.h"

PG_FUNCTION_INFO_V1(bingo_tune_no_rows);
PG_FUNCTION_INFO_V1(bingo_tune_convert_definition);
PG_FUNCTION_INFO_V1(bingo_tune_restore_definition);
PG_FUNCTION_INFO_V1(bingo_tune_is_being_created);

#define VIEW "ordering_definition"

enum
{
	COLUMN_NAME = 1,
	COLUMN_QUERY,
	COLUMN_WINDOW_ROWS,
	COLUMN_OWNER
};

/*
 * bingo_tune.no_rows()
 */
Datum
bingo_tune_no_rows(PG_FUNCTION_ARGS)
{
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	PG_RETURN_NULL();
}

/*
 * A definition of version 1.0 becomes a server, in its script only.
 */
Datum
bingo_tune_convert_definition(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	char	   *query = text_to_cstring(PG_GETARG_TEXT_PP(1));
	int64		window_rows = PG_GETARG_INT64(2);
	Oid			owner = get_role_oid(text_to_cstring(PG_GETARG_TEXT_PP(3)), true);

	bingo_definition_write(name, query, NULL, false, window_rows, OidIsValid(owner) ? owner : GetUserId());
	PG_RETURN_VOID();
}

/* On another view it would be anybody's. */
static HeapTuple
require_row(FunctionCallInfo fcinfo)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Oid			extension = get_extension_oid("bingo_tune", true);

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_INSTEAD(trigger->tg_event) || !TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
		!TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ||
		strcmp(RelationGetRelationName(trigger->tg_relation), VIEW) != 0 || !OidIsValid(extension) ||
		getExtensionOfObject(RelationRelationId, RelationGetRelid(trigger->tg_relation)) != extension)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function can only be called by a trigger of view bingo_tune.%s", VIEW),
				 errhint("CREATE EXTENSION bingo_tune makes the trigger that calls it.")));
	return trigger->tg_trigtuple;
}

static Datum
require_value(HeapTuple row, TupleDesc desc, AttrNumber column)
{
	bool		isnull;
	Datum		value = heap_getattr(row, column, desc, &isnull);

	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NOT_NULL_VIOLATION),
				 errmsg("null value in column \"%s\" of view \"%s\"",
						NameStr(TupleDescAttr(desc, column - 1)->attname), VIEW),
				 errhint("SELECT bingo_tune.create_ordering(name, query);")));
	return value;
}

/* The role of that name, if one may act as it: else whoever restores the dump. */
static Oid
find_heir(const char *owner)
{
	Oid			role = get_role_oid(owner, true);

	return OidIsValid(role) && has_privs_of_role(GetUserId(), role) ? role : GetUserId();
}

/*
 * bingo_tune.restore_definition(): INSTEAD OF INSERT ON ordering_definition
 */
Datum
bingo_tune_restore_definition(PG_FUNCTION_ARGS)
{
	HeapTuple	row = require_row(fcinfo);
	TupleDesc	desc = RelationGetDescr(((TriggerData *) fcinfo->context)->tg_relation);
	char	   *name = TextDatumGetCString(require_value(row, desc, COLUMN_NAME));
	char	   *query = TextDatumGetCString(require_value(row, desc, COLUMN_QUERY));
	int64		window_rows = DatumGetInt64(require_value(row, desc, COLUMN_WINDOW_ROWS));
	char	   *owner = TextDatumGetCString(require_value(row, desc, COLUMN_OWNER));

	/* One that is there is newer than the dump. */
	if (bingo_definition_find(name) != NULL)
		return PointerGetDatum(row);
	bingo_definition_write(name, query, NULL, false, window_rows, find_heir(owner));
	bingo_want_upkeep();
	return PointerGetDatum(row);
}

/*
 * Has this transaction made the extension, or does it update one?
 */
Datum
bingo_tune_is_being_created(PG_FUNCTION_ARGS)
{
	Oid			schema = get_namespace_oid("bingo_tune", true);
	HeapTuple	tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(schema));
	bool		created = false;

	/* The extension's own row is new after each step of an update; its schema's is not. */
	if (HeapTupleIsValid(tuple))
	{
		created = TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetXmin(tuple->t_data));
		ReleaseSysCache(tuple);
	}
	PG_RETURN_BOOL(created);
}
