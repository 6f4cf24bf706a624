/*
 * timing/statements.c
 *	  What pg_stat_statements has, for the view query_timing.
 *
 * The view calls this function instead of pg_stat_statements' own, so that nothing of
 * ours depends on an object of another extension: ALTER EXTENSION pg_stat_statements
 * UPDATE drops its function and makes a new one, SET SCHEMA moves it, and a view on it
 * would stand in the way of both.  So it is found anew each time, among the members of
 * the extension of that name (not by its name alone, which anybody may give to a
 * function), in whatever schema, and its columns by their names, which come and go
 * with its versions: what is missing is NULL.
 *
 * Rights: it is called as the caller himself, who must have EXECUTE on it, and decides
 * what he may see.
 *
 * Encodings: it converts each text to this database's encoding, and fails as a whole
 * if one can't be converted.  So it is called as if this database were SQL_ASCII,
 * where nothing is converted, and texts of other databases are made fit here
 * (timing/encoding.c).  Only that one C function runs in between, no SQL.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/tuplestore.h"

#include "base/compat.h"
#include "base/extension.h"
#include "timing/timing.h"

PG_FUNCTION_INFO_V1(bingo_timing_statements);

enum
{
	COLUMN_USERID,
	COLUMN_DBID,
	COLUMN_TOPLEVEL,
	COLUMN_QUERYID,
	COLUMN_QUERY
};

/* Columns of bingo_tune.statement_statistics(), and what pg_stat_statements calls them. */
static const struct
{
	const char *name;
	const char *since_17;
	Oid			type;
}			columns[] =
{
	{"userid", NULL, OIDOID},
	{"dbid", NULL, OIDOID},
	{"toplevel", NULL, BOOLOID},
	{"queryid", NULL, INT8OID},
	{"query", NULL, TEXTOID},
	{"shared_blks_hit", NULL, INT8OID},
	{"shared_blks_read", NULL, INT8OID},
	{"shared_blks_dirtied", NULL, INT8OID},
	{"shared_blks_written", NULL, INT8OID},
	{"temp_blks_read", NULL, INT8OID},
	{"temp_blks_written", NULL, INT8OID},
	{"blk_read_time", "shared_blk_read_time", FLOAT8OID},
	{"blk_write_time", "shared_blk_write_time", FLOAT8OID},
	{"wal_bytes", NULL, NUMERICOID},
};

#define COLUMNS	lengthof(columns)

/* Is it the function that shows all, with or without texts? */
static bool
is_wanted(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc form;
	bool		wanted;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_proc) GETSTRUCT(tuple);
	wanted = strcmp(NameStr(form->proname), "pg_stat_statements") == 0 &&
		form->prolang == ClanguageId && form->proretset &&
		form->pronargs == 1 && form->proargtypes.values[0] == BOOLOID;
	ReleaseSysCache(tuple);
	return wanted;
}

static Oid
find_function(void)
{
	ListCell   *cell;

	foreach(cell, bingo_extension_objects("pg_stat_statements", ProcedureRelationId,
										  DEPENDENCY_EXTENSION))
	{
		if (is_wanted(lfirst_oid(cell)))
			return lfirst_oid(cell);
	}
	return InvalidOid;
}

/* Calls it with its texts as they are; the rows are in result->setResult. */
static void
call_function(Oid function, ExprContext *context, ReturnSetInfo *result)
{
	LOCAL_FCINFO(call, 1);
	FmgrInfo	info;
	int			encoding = GetDatabaseEncoding();
	AclResult	right = bingo_function_aclcheck(function, GetUserId(), ACL_EXECUTE);

	if (right != ACLCHECK_OK)
		aclcheck_error(right, OBJECT_FUNCTION, "pg_stat_statements");
	fmgr_info(function, &info);
	result->type = T_ReturnSetInfo;
	result->econtext = context;
	result->allowedModes = SFRM_Materialize;
	result->returnMode = SFRM_ValuePerCall;
	InitFunctionCallInfoData(*call, &info, 1, InvalidOid, NULL, (Node *) result);
	call->args[0].value = BoolGetDatum(true);
	call->args[0].isnull = false;
	PG_TRY();
	{
		SetDatabaseEncoding(PG_SQL_ASCII);
		(void) FunctionCallInvoke(call);
	}
	PG_FINALLY();
	{
		SetDatabaseEncoding(encoding);
	}
	PG_END_TRY();
	if (result->returnMode != SFRM_Materialize || result->setResult == NULL || result->setDesc == NULL)
		elog(ERROR, "pg_stat_statements did not return its rows at once");
}

/* Where its columns are; 0 for those that this version does not have. */
static void
find_columns(TupleDesc desc, AttrNumber *places)
{
	for (int i = 0; i < COLUMNS; i++)
	{
		places[i] = 0;
		for (int j = 0; j < desc->natts; j++)
		{
			Form_pg_attribute attribute = TupleDescAttr(desc, j);
			const char *name = NameStr(attribute->attname);

			if (attribute->atttypid == columns[i].type &&
				(strcmp(name, columns[i].name) == 0 ||
				 (columns[i].since_17 != NULL && strcmp(name, columns[i].since_17) == 0)))
				places[i] = attribute->attnum;
		}
	}
}

static Datum
show_text(Oid dbid, Datum datum)
{
	text	   *statement = DatumGetTextPP(datum);
	const char *bytes = VARDATA_ANY(statement);
	int			length = VARSIZE_ANY_EXHDR(statement);

	return bingo_timing_is_foreign(dbid, bytes, length) ?
		PointerGetDatum(bingo_timing_show(dbid, bytes, length)) : datum;
}

static void
copy_rows(const ReturnSetInfo *from, const ReturnSetInfo *to)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(from->setDesc, &TTSOpsMinimalTuple);
	MemoryContext row = AllocSetContextCreate(CurrentMemoryContext, "bingo_tune statement", ALLOCSET_DEFAULT_SIZES);
	AttrNumber	places[COLUMNS];

	find_columns(from->setDesc, places);
	while (tuplestore_gettupleslot(from->setResult, true, false, slot))
	{
		Datum		values[COLUMNS] = {0};
		bool		nulls[COLUMNS];
		MemoryContext caller;

		for (int i = 0; i < COLUMNS; i++)
		{
			nulls[i] = places[i] == 0;
			if (places[i] != 0)
				values[i] = slot_getattr(slot, places[i], &nulls[i]);
		}
		/* Others' statements, which the caller may not see, have no queryid. */
		if (nulls[COLUMN_DBID] || nulls[COLUMN_QUERYID])
			continue;
		caller = MemoryContextSwitchTo(row);
		if (!nulls[COLUMN_QUERY])
			values[COLUMN_QUERY] = show_text(DatumGetObjectId(values[COLUMN_DBID]), values[COLUMN_QUERY]);
		tuplestore_putvalues(to->setResult, to->setDesc, values, nulls);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(row);
	}
	ExecDropSingleTupleTableSlot(slot);
	MemoryContextDelete(row);
}

/* bingo_tune.statement_statistics() */
Datum
bingo_timing_statements(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ReturnSetInfo theirs = {0};
	Oid			function;

	bingo_timing_require(true);
	InitMaterializedSRF(fcinfo, 0);
	if (result->setDesc->natts != COLUMNS)
		elog(ERROR, "statement_statistics has %d columns, not %d", result->setDesc->natts, (int) COLUMNS);
	function = find_function();
	if (!OidIsValid(function))
		return (Datum) 0;
	call_function(function, result->econtext, &theirs);
	copy_rows(&theirs, result);
	tuplestore_end(theirs.setResult);
	return (Datum) 0;
}
