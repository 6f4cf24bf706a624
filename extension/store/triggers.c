/*
 * store/triggers.c
 *	  The triggers of an ordering on its tables: made, found and checked.
 *
 * Each table has two, bingo_tune_<id>_<oid> for rows and bingo_tune_<id>_truncate_<oid>,
 * with the ordering's id and its window's OID as their arguments: enough to mark the
 * window when nothing else can be looked up.  They are ENABLE ALWAYS, without
 * column list or WHEN: a change that they miss is a wrong answer.  A trigger is
 * recognised by its function and argument, so renaming it does no harm.
 *
 * They are internal (pg_trigger.tgisinternal), as those of foreign keys: pg_dump leaves
 * them out, DISABLE TRIGGER USER leaves them alone, ATTACH PARTITION does not clone
 * them.  DISABLE TRIGGER ALL does not spare them, and fails for who is no superuser; the
 * event triggers (upkeep/ddl.c) see to both with bingo_triggers_put_back().
 *
 * They depend on the extension as an index of apply() does: DROP EXTENSION
 * drops them.  A trigger whose ordering does not exist (any more) does nothing.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_trigger.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "nodes/makefuncs.h"
#include "nodes/value.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "store/triggers.h"
#include "base/relations.h"

#define ROW_FUNCTION "remember_change"
#define TRUNCATE_FUNCTION "remember_truncate"
#define ROW_TYPE (TRIGGER_TYPE_ROW | TRIGGER_TYPE_INSERT | TRIGGER_TYPE_DELETE | TRIGGER_TYPE_UPDATE)
#define TRUNCATE_TYPE TRIGGER_TYPE_TRUNCATE

static List *
function_name(const char *name)
{
	return list_make2(makeString(pstrdup("bingo_tune")), makeString(pstrdup(name)));
}

static Oid
find_function(const char *name)
{
	oidvector  *no_arguments = buildoidvector(NULL, 0);

	/* Not LookupFuncName(): readers come here, whatever rights they have. */
	return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(name),
						   PointerGetDatum(no_arguments),
						   ObjectIdGetDatum(get_namespace_oid("bingo_tune", true)));
}

/* Its first argument, or 0. */
static int32
read_argument(HeapTuple tuple, TupleDesc desc)
{
	bool		isnull;
	Datum		args = heap_getattr(tuple, Anum_pg_trigger_tgargs, desc, &isnull);

	if (isnull || ((Form_pg_trigger) GETSTRUCT(tuple))->tgnargs < 1)
		return 0;
	return atoi(VARDATA_ANY(DatumGetByteaPP(args)));
}

typedef enum TriggerState
{
	STATE_MISSING,
	STATE_WRONG,				/* not what we made */
	STATE_DISABLED,
	STATE_NOT_ALWAYS,
	STATE_GOOD
} TriggerState;

static TriggerState
judge(HeapTuple tuple, TupleDesc desc, int16 type)
{
	Form_pg_trigger form = (Form_pg_trigger) GETSTRUCT(tuple);

	if (form->tgtype != type || form->tgattr.dim1 != 0 || form->tgnargs != 2 ||
		!heap_attisnull(tuple, Anum_pg_trigger_tgqual, desc))
		return STATE_WRONG;
	switch (form->tgenabled)
	{
		case TRIGGER_FIRES_ALWAYS:
			return STATE_GOOD;
		case TRIGGER_DISABLED:
			return STATE_DISABLED;
		default:
			return STATE_NOT_ALWAYS;
	}
}

/* The next trigger of an ordering on the table, of which the scan is. */
static HeapTuple
next_trigger(SysScanDesc scan, const Oid *functions)
{
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Oid			function = ((Form_pg_trigger) GETSTRUCT(tuple))->tgfoid;

		if (OidIsValid(function) && (function == functions[0] || function == functions[1]))
			break;
	}
	return tuple;
}

static SysScanDesc
begin_scan(Relation pg_trigger, Oid relid)
{
	ScanKeyData key;

	ScanKeyInit(&key, Anum_pg_trigger_tgrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	return systable_beginscan(pg_trigger, TriggerRelidNameIndexId, true, NULL, 1, &key);
}

char *
bingo_triggers_check(Oid relid, int32 ordering_id, bool once, BingoRepair *repair)
{
	int			found[2] = {0, 0};
	Oid			functions[2] = {find_function(ROW_FUNCTION), find_function(TRUNCATE_FUNCTION)};
	int16		types[2] = {ROW_TYPE, TRUNCATE_TYPE};
	TriggerState states[2] = {STATE_MISSING, STATE_MISSING};
	TriggerState worst;
	Relation	pg_trigger = table_open(TriggerRelationId, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(pg_trigger);
	SysScanDesc scan = begin_scan(pg_trigger, relid);
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = next_trigger(scan, functions)))
	{
		for (int i = 0; i < 2; i++)
			if (((Form_pg_trigger) GETSTRUCT(tuple))->tgfoid == functions[i] &&
				read_argument(tuple, desc) == ordering_id)
			{
				states[i] = Max(states[i], judge(tuple, desc, types[i]));
				found[i]++;
			}
	}
	systable_endscan(scan);
	table_close(pg_trigger, AccessShareLock);

	worst = Min(states[0], states[1]);
	/* anybody with the right TRIGGER can make another one with the same arguments */
	if (once && worst != STATE_MISSING && (found[0] > 1 || found[1] > 1))
		worst = STATE_WRONG;
	*repair = worst == STATE_GOOD ? BINGO_REPAIR_NONE :
		worst == STATE_NOT_ALWAYS ? BINGO_REPAIR_ALWAYS : BINGO_REPAIR_TRIGGERS;
	switch (worst)
	{
		case STATE_MISSING:
			return psprintf("a trigger of the ordering on table \"%s\" was dropped", bingo_relations_label(relid));
		case STATE_WRONG:
			return psprintf("a trigger of the ordering on table \"%s\" was replaced", bingo_relations_label(relid));
		case STATE_DISABLED:
			return psprintf("a trigger of the ordering on table \"%s\" is disabled", bingo_relations_label(relid));
		case STATE_NOT_ALWAYS:
			return psprintf("a trigger of the ordering on table \"%s\" is not ENABLE ALWAYS", bingo_relations_label(relid));
		case STATE_GOOD:
			break;
	}
	return NULL;
}

bool
bingo_triggers_are_own(const Trigger *trigger)
{
	return trigger->tgisinternal;
}

bool
bingo_triggers_is_function(Oid function)
{
	return OidIsValid(function) &&
		(function == find_function(ROW_FUNCTION) || function == find_function(TRUNCATE_FUNCTION));
}

bool
bingo_triggers_has(Oid relid)
{
	Oid			functions[2] = {find_function(ROW_FUNCTION), find_function(TRUNCATE_FUNCTION)};
	Relation	pg_trigger = table_open(TriggerRelationId, AccessShareLock);
	SysScanDesc scan = begin_scan(pg_trigger, relid);
	bool		has = HeapTupleIsValid(next_trigger(scan, functions));

	systable_endscan(scan);
	table_close(pg_trigger, AccessShareLock);
	return has;
}

bool
bingo_triggers_put_back(Oid relid, bool internal)
{
	Oid			functions[2] = {find_function(ROW_FUNCTION), find_function(TRUNCATE_FUNCTION)};
	Relation	pg_trigger = table_open(TriggerRelationId, RowExclusiveLock);
	SysScanDesc scan = begin_scan(pg_trigger, relid);
	HeapTuple	tuple;
	bool		changed = false;

	while (HeapTupleIsValid(tuple = next_trigger(scan, functions)))
	{
		Form_pg_trigger form = (Form_pg_trigger) GETSTRUCT(tuple);

		if (form->tgisinternal == internal && form->tgenabled == TRIGGER_FIRES_ALWAYS)
			continue;
		tuple = heap_copytuple(tuple);
		form = (Form_pg_trigger) GETSTRUCT(tuple);
		form->tgisinternal = internal;
		form->tgenabled = TRIGGER_FIRES_ALWAYS;
		CatalogTupleUpdate(pg_trigger, &tuple->t_self, tuple);
		changed = true;
	}
	systable_endscan(scan);
	table_close(pg_trigger, NoLock);
	if (changed)
	{
		CacheInvalidateRelcacheByRelid(relid);
		CommandCounterIncrement();
	}
	return changed;
}

List *
bingo_triggers_list(Oid relid)
{
	Oid			functions[2] = {find_function(ROW_FUNCTION), find_function(TRUNCATE_FUNCTION)};
	Relation	pg_trigger = table_open(TriggerRelationId, AccessShareLock);
	SysScanDesc scan = begin_scan(pg_trigger, relid);
	List	   *triggers = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = next_trigger(scan, functions)))
	{
		BingoTrigger *trigger = palloc(sizeof(BingoTrigger));

		trigger->oid = ((Form_pg_trigger) GETSTRUCT(tuple))->oid;
		trigger->ordering_id = read_argument(tuple, RelationGetDescr(pg_trigger));
		triggers = lappend(triggers, trigger);
	}
	systable_endscan(scan);
	table_close(pg_trigger, AccessShareLock);
	return triggers;
}

static void
create_trigger(Oid relid, int32 ordering_id, Oid window, const char *name_format,
			   const char *function, int16 type)
{
	CreateTrigStmt *stmt = makeNode(CreateTrigStmt);
	ObjectAddress trigger;
	ObjectAddress extension;

	stmt->trigname = psprintf(name_format, ordering_id);
	stmt->relation = NULL;		/* the OID is passed */
	stmt->funcname = function_name(function);
	stmt->args = list_make2(makeString(psprintf("%d", ordering_id)), makeString(psprintf("%u", window)));
	stmt->row = (type & TRIGGER_TYPE_ROW) != 0;
	stmt->timing = TRIGGER_TYPE_AFTER;
	stmt->events = type & TRIGGER_TYPE_EVENT_MASK;
	trigger = CreateTriggerFiringOn(stmt, NULL, relid, InvalidOid, InvalidOid, InvalidOid,
									InvalidOid, InvalidOid, NULL, true, false,
									TRIGGER_FIRES_ALWAYS);
	ObjectAddressSet(extension, ExtensionRelationId, get_extension_oid("bingo_tune", false));
	recordDependencyOn(&trigger, &extension, DEPENDENCY_AUTO_EXTENSION);
}

void
bingo_triggers_create(Oid relid, int32 ordering_id, Oid window)
{
	create_trigger(relid, ordering_id, window, "bingo_tune_%d", ROW_FUNCTION, ROW_TYPE);
	create_trigger(relid, ordering_id, window, "bingo_tune_%d_truncate", TRUNCATE_FUNCTION, TRUNCATE_TYPE);
	CommandCounterIncrement();
}
