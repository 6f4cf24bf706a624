/*
 * ordering_view.c
 *	  bingo_tune.ordering_state(): what the view bingo_tune.orderings shows of
 *	  the orderings that is not in tables.
 *
 * Everybody may see which orderings there are and how they fare.  The boundary
 * is a value out of the tables, so only who may read all rows of them sees it.  No
 * lock is waited for: what somebody holds away is shown as NULL.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "compat.h"
#include "ordering_catalog.h"
#include "ordering_rights.h"
#include "ordering_window.h"

PG_FUNCTION_INFO_V1(bingo_tune_ordering_state);

static Relation
open_now(Oid relid)
{
	Relation	relation;

	if (!OidIsValid(relid) || !ConditionalLockRelationOid(relid, AccessShareLock))
		return NULL;
	relation = try_table_open(relid, NoLock);
	if (relation == NULL)
		UnlockRelationOid(relid, AccessShareLock);
	return relation;
}

static bool
count_rows(Oid window, int64 *count)
{
	Relation	relation = open_now(window);
	TupleTableSlot *slot;
	TableScanDesc scan;

	if (relation == NULL)
		return false;
	slot = table_slot_create(relation, NULL);
	scan = bingo_table_beginscan(relation, GetActiveSnapshot());
	*count = 0;
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
		(*count)++;
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	table_close(relation, AccessShareLock);
	return true;
}

static int64
total_size(Oid relid)
{
	LOCAL_FCINFO(call, 1);
	Datum		size;

	InitFunctionCallInfoData(*call, NULL, 1, InvalidOid, NULL, NULL);
	call->args[0].value = ObjectIdGetDatum(relid);
	call->args[0].isnull = false;
	size = pg_total_relation_size(call);
	return call->isnull ? 0 : DatumGetInt64(size);
}

static char *
format_key(TupleTableSlot *slot, int nsort)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < nsort; i++)
	{
		bool		isnull;
		Datum		value = slot_getattr(slot, i + 2, &isnull);
		Oid			output;
		bool		is_varlena;

		getTypeOutputInfo(TupleDescAttr(slot->tts_tupleDescriptor, i + 1)->atttypid,
						  &output, &is_varlena);
		appendStringInfo(&text, "%s%s", i > 0 ? ", " : "",
						 isnull ? "NULL" : OidOutputFunctionCall(output, value));
	}
	return text.data;
}

static char *
describe_boundary(const BingoOrdering *ordering)
{
	Relation	relation = open_now(ordering->boundary);
	TupleTableSlot *slot;
	TableScanDesc scan;
	char	   *text = NULL;

	if (relation == NULL)
		return NULL;
	slot = table_slot_create(relation, NULL);
	scan = bingo_table_beginscan(relation, GetActiveSnapshot());
	if (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		bool		isnull;

		switch (DatumGetChar(slot_getattr(slot, 1, &isnull)))
		{
			case BINGO_BOUNDARY_NOTHING:
				text = "nothing";
				break;
			case BINGO_BOUNDARY_EVERYTHING:
				text = "everything";
				break;
			default:
				text = format_key(slot, ordering->definition->nsort);
		}
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	table_close(relation, AccessShareLock);
	return text;
}

static ArrayType *
list_tables(const BingoDefinition *definition)
{
	Datum		tables[BINGO_MAX_TABLES];

	for (int i = 0; i < definition->ntables; i++)
		tables[i] = ObjectIdGetDatum(definition->tables[i].relid);
	return construct_array(tables, definition->ntables, REGCLASSOID, sizeof(Oid), true, TYPALIGN_INT);
}

Datum
bingo_tune_ordering_state(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ListCell   *cell;

	InitMaterializedSRF(fcinfo, 0);
	foreach(cell, bingo_catalog_list())
	{
		BingoOrdering *ordering = lfirst(cell);
		Datum		values[7] = {0};
		bool		nulls[7] = {0};
		int64		count = 0;
		char	   *boundary = NULL;

		values[0] = Int32GetDatum(ordering->id);
		values[1] = BoolGetDatum(ordering->usable);
		nulls[2] = ordering->reason == NULL;
		if (!nulls[2])
			values[2] = CStringGetTextDatum(ordering->reason);
		nulls[3] = ordering->definition == NULL;
		if (!nulls[3])
			values[3] = PointerGetDatum(list_tables(ordering->definition));
		nulls[4] = !count_rows(ordering->window, &count);
		values[4] = Int64GetDatum(count);
		values[5] = Int64GetDatum(total_size(ordering->window) + total_size(ordering->gate) +
								  total_size(ordering->boundary));
		if (ordering->definition != NULL && bingo_rights_may_read(ordering->definition, GetUserId()))
			boundary = describe_boundary(ordering);
		nulls[6] = boundary == NULL;
		if (!nulls[6])
			values[6] = CStringGetTextDatum(boundary);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	PG_RETURN_NULL();
}
