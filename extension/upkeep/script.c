/*
 * upkeep/script.c
 *	  What the extension's scripts call: the query of windows, and the update from 1.0.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

#include "store/definition.h"
#include "store/store.h"

PG_FUNCTION_INFO_V1(bingo_tune_no_rows);
PG_FUNCTION_INFO_V1(bingo_tune_convert_definition);
PG_FUNCTION_INFO_V1(bingo_tune_is_being_created);

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

	bingo_definition_write(name, query, NULL, window_rows, OidIsValid(owner) ? owner : GetUserId());
	PG_RETURN_VOID();
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
