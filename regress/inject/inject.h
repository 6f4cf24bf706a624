/*
 * inject.h
 *	  Catalog look-ups that find nothing: a build of the extension for tests.
 *
 * Between two looks at the catalogs whatever was found may be dropped by somebody
 * else, so every look-up by OID or name may come back empty handed.  The races are
 * too narrow for tests.  This header is forced into every file (-include), after which
 * the look-ups are macros that count, and one of them says "gone": the n-th since
 * bingo_inject.at was set.
 *
 *	bingo_inject.at		n; 0 only counts, -1 does nothing.  Setting it begins anew.
 *	bingo_inject.stays	what was gone once stays gone (same look-up, same object)
 *	bingo_inject.kinds	gone: look-ups that return NULL, false, or InvalidOid when there is nothing
 *						errors: those that raise an error then
 *						locks: locks asked for conditionally, which are not had then
 *	bingo_inject.trace	a file that gets a line for each look-up counted: process, number, place,
 *						function, and "gone" if it was
 *
 * Objects that initdb has pinned are always there and don't count.  A look-up that the
 * sources use and that is missing here is one more line in the list below.
 *
 * Everything is either static or weak, so each object file may have its copy.
 */
#ifndef BINGO_INJECT_H
#define BINGO_INJECT_H

#include "postgres.h"

#include <fcntl.h>
#include <unistd.h>

#include "access/genam.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "commands/dbcommands.h"
#include "commands/defrem.h"
#include "commands/extension.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "base/lock_now.h"

#define INJECT_WEAK __attribute__((weak))

/* A lock that is gone for good is waited for in vain: upkeep's five minutes would be the test's. */
#define BINGO_UPKEEP_PATIENCE_MS 1000

#if PG_VERSION_NUM >= 180000
typedef CompareType InjectStrategy;
#else
typedef int16 InjectStrategy;
#endif

typedef enum InjectKind
{
	INJECT_GONE,
	INJECT_ERROR,
	INJECT_LOCK
} InjectKind;

INJECT_WEAK int inject_at = -1;
INJECT_WEAK int inject_count = 0;
INJECT_WEAK bool inject_stays = false;
INJECT_WEAK char *inject_kinds = NULL;
INJECT_WEAK char *inject_trace = NULL;
INJECT_WEAK const char *inject_hit_what = NULL;
INJECT_WEAK uint64 inject_hit_key = 0;
INJECT_WEAK bool inject_defined = false;

INJECT_WEAK void
inject_begin(int value, void *extra)
{
	inject_count = 0;
	inject_hit_what = NULL;
}

__attribute__((constructor)) static void
inject_define(void)
{
	if (inject_defined)
		return;
	inject_defined = true;
	DefineCustomIntVariable("bingo_inject.at", "Look-up that finds nothing.", NULL, &inject_at, -1, -1, INT_MAX,
							PGC_USERSET, 0, NULL, inject_begin, NULL);
	DefineCustomBoolVariable("bingo_inject.stays", "What is gone stays gone.", NULL, &inject_stays, false,
							 PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("bingo_inject.kinds", "Which look-ups count.", NULL, &inject_kinds, "gone",
							   PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("bingo_inject.trace", "File for the look-ups.", NULL, &inject_trace, "",
							   PGC_USERSET, 0, NULL, NULL, NULL);
}

INJECT_WEAK void
inject_write_trace(const char *what, const char *where, bool gone)
{
	char		line[200];
	int			file;

	if (inject_trace == NULL || inject_trace[0] == '\0' || (file = open(inject_trace, O_WRONLY | O_CREAT | O_APPEND, 0600)) < 0)
		return;
	snprintf(line, sizeof(line), "%d %d %s %s%s\n", (int) getpid(), inject_count, where, what, gone ? " gone" : "");
	if (write(file, line, strlen(line)) < 0)
		elog(LOG, "could not write the trace");
	close(file);
}

INJECT_WEAK bool
inject_is_gone(InjectKind kind, const char *what, const char *where, uint64 key)
{
	static const char *const kinds[] = {"gone", "errors", "locks"};
	bool		gone;

	if (inject_at < 0 || !IsTransactionState() || inject_kinds == NULL || strstr(inject_kinds, kinds[kind]) == NULL)
		return false;
	gone = (++inject_count == inject_at);
	if (gone)
	{
		inject_hit_what = what;
		inject_hit_key = key;
	}
	else if (inject_stays && inject_hit_what != NULL)
		gone = strcmp(what, inject_hit_what) == 0 && key == inject_hit_key;
	inject_write_trace(what, where, gone);
	return gone;
}

/* By an OID; pinned objects are there. */
static inline bool
inject_oid_gone(InjectKind kind, const char *what, const char *where, uint64 oid)
{
	if (oid < FirstUnpinnedObjectId)
		return false;
	return inject_is_gone(kind, what, where, oid);
}

/* By a name. */
static inline bool
inject_name_gone(const char *what, const char *where, const char *name)
{
	if (name == NULL || strcmp(name, "pg_catalog") == 0)
		return false;
	return inject_is_gone(INJECT_GONE, what, where, string_hash(name, NAMEDATALEN));
}

static inline void
inject_raise(const char *what, const char *where, uint64 oid)
{
	if (inject_oid_gone(INJECT_ERROR, what, where, oid))
		elog(ERROR, "injected: %s of %u at %s found nothing", what, (Oid) oid, where);
}

static inline void
inject_unused(void)
{
	(void) inject_oid_gone;
	(void) inject_name_gone;
	(void) inject_raise;
	(void) inject_unused;
}

#define INJECT_HERE __FILE__ ":" CppAsString2(__LINE__)

/* --- what returns NULL, false, or an invalid OID --- */

#define INJECT_BY_OID(type, function, none, parameters, oid, arguments) \
	static inline type inject_##function parameters \
	{ \
		return inject_oid_gone(INJECT_GONE, #function, where, oid) ? (none) : function arguments; \
	}
#define INJECT_BY_NAME(type, function, none, parameters, name, arguments) \
	static inline type inject_##function parameters \
	{ \
		return inject_name_gone(#function, where, name) ? (none) : function arguments; \
	}

/* A name's pointer counts as an OID that is not pinned. */
INJECT_BY_OID(HeapTuple, SearchSysCache1, NULL, (int cache, Datum a, const char *where), a, (cache, a))
INJECT_BY_OID(HeapTuple, SearchSysCache2, NULL, (int cache, Datum a, Datum b, const char *where), a, (cache, a, b))
INJECT_BY_OID(HeapTuple, SearchSysCache3, NULL, (int cache, Datum a, Datum b, Datum c, const char *where), a, (cache, a, b, c))
INJECT_BY_OID(HeapTuple, SearchSysCache4, NULL, (int cache, Datum a, Datum b, Datum c, Datum d, const char *where), a, (cache, a, b, c, d))
INJECT_BY_OID(HeapTuple, SearchSysCacheCopy, NULL, (int cache, Datum a, Datum b, Datum c, Datum d, const char *where), a, (cache, a, b, c, d))
INJECT_BY_OID(bool, SearchSysCacheExists, false, (int cache, Datum a, Datum b, Datum c, Datum d, const char *where), a, (cache, a, b, c, d))
INJECT_BY_OID(Oid, GetSysCacheOid, InvalidOid, (int cache, AttrNumber column, Datum a, Datum b, Datum c, Datum d, const char *where), a, (cache, column, a, b, c, d))
INJECT_BY_OID(HeapTuple, SearchSysCacheAttName, NULL, (Oid relid, const char *name, const char *where), relid, (relid, name))
INJECT_BY_OID(HeapTuple, SearchSysCacheAttNum, NULL, (Oid relid, int16 attno, const char *where), relid, (relid, attno))
INJECT_BY_OID(bool, SearchSysCacheExistsAttName, false, (Oid relid, const char *name, const char *where), relid, (relid, name))

INJECT_BY_OID(char *, get_rel_name, NULL, (Oid relid, const char *where), relid, (relid))
INJECT_BY_OID(Oid, get_rel_namespace, InvalidOid, (Oid relid, const char *where), relid, (relid))
INJECT_BY_OID(char, get_rel_relkind, '\0', (Oid relid, const char *where), relid, (relid))
INJECT_BY_OID(bool, get_rel_relispartition, false, (Oid relid, const char *where), relid, (relid))
INJECT_BY_OID(List *, get_partition_ancestors, NIL, (Oid relid, const char *where), relid, (relid))
/* that one is there, as it was locked before, without children */
INJECT_BY_OID(List *, find_all_inheritors, list_make1_oid(relid), (Oid relid, LOCKMODE mode, List **counts, const char *where), relid, (relid, mode, counts))
INJECT_BY_OID(Oid, get_rel_type_id, InvalidOid, (Oid relid, const char *where), relid, (relid))
INJECT_BY_OID(char *, get_namespace_name, NULL, (Oid oid, const char *where), oid, (oid))
INJECT_BY_NAME(Oid, get_relname_relid, InvalidOid, (const char *name, Oid schema, const char *where), name, (name, schema))
INJECT_BY_OID(AttrNumber, get_attnum, InvalidAttrNumber, (Oid relid, const char *name, const char *where), relid, (relid, name))
INJECT_BY_OID(Oid, get_atttype, InvalidOid, (Oid relid, AttrNumber attno, const char *where), relid, (relid, attno))
INJECT_BY_OID(char *, get_opname, NULL, (Oid oid, const char *where), oid, (oid))
INJECT_BY_OID(RegProcedure, get_opcode, InvalidOid, (Oid oid, const char *where), oid, (oid))
INJECT_BY_OID(Oid, get_opfamily_member, InvalidOid, (Oid family, Oid left, Oid right, int16 strategy, const char *where), family, (family, left, right, strategy))
INJECT_BY_OID(Oid, get_opfamily_proc, InvalidOid, (Oid family, Oid left, Oid right, int16 number, const char *where), family, (family, left, right, number))
INJECT_BY_OID(int, get_op_opfamily_strategy, 0, (Oid operator, Oid family, const char *where), operator, (operator, family))
INJECT_BY_OID(Oid, get_commutator, InvalidOid, (Oid oid, const char *where), oid, (oid))
INJECT_BY_OID(bool, get_op_hash_functions, false, (Oid oid, RegProcedure *left, RegProcedure *right, const char *where), oid, (oid, left, right))
INJECT_BY_OID(bool, get_ordering_op_properties, false, (Oid oid, Oid *family, Oid *type, InjectStrategy *strategy, const char *where), oid, (oid, family, type, strategy))
INJECT_BY_OID(bool, get_opclass_opfamily_and_input_type, false, (Oid oid, Oid *family, Oid *type, const char *where), oid, (oid, family, type))
INJECT_BY_OID(char *, get_constraint_name, NULL, (Oid oid, const char *where), oid, (oid))
INJECT_BY_OID(Oid, get_index_constraint, InvalidOid, (Oid oid, const char *where), oid, (oid))
INJECT_BY_OID(Oid, get_constraint_index, InvalidOid, (Oid oid, const char *where), oid, (oid))
INJECT_BY_OID(char *, get_collation_name, NULL, (Oid oid, const char *where), oid, (oid))
INJECT_BY_OID(char *, get_database_name, NULL, (Oid oid, const char *where), oid, (oid))
INJECT_BY_OID(char *, get_func_name, NULL, (Oid oid, const char *where), oid, (oid))
INJECT_BY_OID(char *, get_extension_name, NULL, (Oid oid, const char *where), oid, (oid))
INJECT_BY_OID(Oid, get_element_type, InvalidOid, (Oid oid, const char *where), oid, (oid))
INJECT_BY_OID(Oid, get_typcollation, InvalidOid, (Oid oid, const char *where), oid, (oid))
INJECT_BY_OID(char, get_typtype, '\0', (Oid oid, const char *where), oid, (oid))
INJECT_BY_OID(Oid, GetDefaultOpClass, InvalidOid, (Oid type, Oid am, const char *where), type, (type, am))
INJECT_BY_OID(Relation, try_relation_open, NULL, (Oid relid, LOCKMODE mode, const char *where), relid, (relid, mode))
INJECT_BY_OID(Relation, try_table_open, NULL, (Oid relid, LOCKMODE mode, const char *where), relid, (relid, mode))
INJECT_BY_OID(Relation, RelationIdGetRelation, NULL, (Oid relid, const char *where), relid, (relid))

/* These return nothing if asked to; otherwise they raise an error. */
#define INJECT_IF_ASKED(type, function, none, asked, parameters, oid, arguments) \
	static inline type inject_##function parameters \
	{ \
		if (asked) \
			return inject_oid_gone(INJECT_GONE, #function, where, oid) ? (none) : function arguments; \
		inject_raise(#function, where, oid); \
		return function arguments; \
	}

INJECT_IF_ASKED(char *, get_attname, NULL, missing_ok, (Oid relid, AttrNumber attno, bool missing_ok, const char *where), relid, (relid, attno, missing_ok))
INJECT_IF_ASKED(char *, GetUserNameFromId, NULL, noerr, (Oid oid, bool noerr, const char *where), oid, (oid, noerr))
INJECT_IF_ASKED(Oid, get_namespace_oid, InvalidOid, missing_ok, (const char *name, bool missing_ok, const char *where), (strcmp(name, "pg_catalog") == 0 ? 0 : PointerGetDatum(name)), (name, missing_ok))
INJECT_IF_ASKED(Oid, get_extension_oid, InvalidOid, missing_ok, (const char *name, bool missing_ok, const char *where), PointerGetDatum(name), (name, missing_ok))
INJECT_IF_ASKED(Oid, get_role_oid, InvalidOid, missing_ok, (const char *name, bool missing_ok, const char *where), PointerGetDatum(name), (name, missing_ok))
INJECT_IF_ASKED(Oid, get_foreign_server_oid, InvalidOid, missing_ok, (const char *name, bool missing_ok, const char *where), PointerGetDatum(name), (name, missing_ok))
INJECT_IF_ASKED(Oid, get_foreign_data_wrapper_oid, InvalidOid, missing_ok, (const char *name, bool missing_ok, const char *where), PointerGetDatum(name), (name, missing_ok))
INJECT_IF_ASKED(ForeignServer *, GetForeignServerByName, NULL, missing_ok, (const char *name, bool missing_ok, const char *where), PointerGetDatum(name), (name, missing_ok))
INJECT_IF_ASKED(ForeignServer *, GetForeignServerExtended, NULL, flags & FSV_MISSING_OK, (Oid oid, bits16 flags, const char *where), oid, (oid, flags))
INJECT_IF_ASKED(ForeignDataWrapper *, GetForeignDataWrapperExtended, NULL, flags & FDW_MISSING_OK, (Oid oid, bits16 flags, const char *where), oid, (oid, flags))
INJECT_IF_ASKED(char *, format_type_extended, NULL, flags & FORMAT_TYPE_INVALID_AS_NULL, (Oid oid, int32 typmod, bits16 flags, const char *where), oid, (oid, typmod, flags))

INJECT_IF_ASKED(Oid, RangeVarGetRelidExtended, InvalidOid, flags & RVR_MISSING_OK, (const RangeVar *name, LOCKMODE mode, uint32 flags, RangeVarGetRelidCallback callback, void *argument, const char *where), PointerGetDatum(name->relname), (name, mode, flags, callback, argument))

/* One row of a scan is not there. */
static inline HeapTuple
inject_systable_getnext(SysScanDesc scan, const char *where)
{
	HeapTuple	tuple = systable_getnext(scan);

	/* What this transaction has written nobody else can drop. */
	if (HeapTupleIsValid(tuple) &&
		!TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetXmin(tuple->t_data)) &&
		inject_is_gone(INJECT_GONE, "systable_getnext", where, tuple->t_tableOid))
		tuple = systable_getnext(scan);
	return tuple;
}

/* --- what raises an error --- */

#define INJECT_RAISING(type, function, parameters, oid, arguments) \
	static inline type inject_##function parameters \
	{ \
		inject_raise(#function, where, oid); \
		return function arguments; \
	}

INJECT_RAISING(Relation, relation_open, (Oid relid, LOCKMODE mode, const char *where), relid, (relid, mode))
INJECT_RAISING(Relation, table_open, (Oid relid, LOCKMODE mode, const char *where), relid, (relid, mode))
INJECT_RAISING(Relation, index_open, (Oid relid, LOCKMODE mode, const char *where), relid, (relid, mode))
INJECT_RAISING(Oid, get_opclass_family, (Oid oid, const char *where), oid, (oid))
INJECT_RAISING(Oid, get_opclass_input_type, (Oid oid, const char *where), oid, (oid))
INJECT_RAISING(bool, get_collation_isdeterministic, (Oid oid, const char *where), oid, (oid))
INJECT_RAISING(char *, format_type_be, (Oid oid, const char *where), oid, (oid))
INJECT_RAISING(TypeCacheEntry *, lookup_type_cache, (Oid oid, int flags, const char *where), oid, (oid, flags))
INJECT_RAISING(void, get_atttypetypmodcoll, (Oid relid, AttrNumber attno, Oid *type, int32 *typmod, Oid *collation, const char *where), relid, (relid, attno, type, typmod, collation))
INJECT_RAISING(void, getTypeOutputInfo, (Oid oid, Oid *function, bool *varlena, const char *where), oid, (oid, function, varlena))
INJECT_RAISING(void, getTypeBinaryOutputInfo, (Oid oid, Oid *function, bool *varlena, const char *where), oid, (oid, function, varlena))
INJECT_RAISING(void, fmgr_info, (Oid oid, FmgrInfo *info, const char *where), oid, (oid, info))
INJECT_RAISING(void, fmgr_info_cxt, (Oid oid, FmgrInfo *info, MemoryContext context, const char *where), oid, (oid, info, context))
INJECT_RAISING(AclResult, pg_class_aclcheck, (Oid relid, Oid role, AclMode mode, const char *where), relid, (relid, role, mode))
#if PG_VERSION_NUM >= 160000
INJECT_RAISING(bool, object_ownercheck, (Oid class, Oid oid, Oid role, const char *where), oid, (class, oid, role))
#else
INJECT_RAISING(bool, pg_class_ownercheck, (Oid relid, Oid role, const char *where), relid, (relid, role))
#endif

/* --- locks asked for conditionally --- */

static inline bool
inject_bingo_lock_relation_now(Oid relid, LOCKMODE mode, const char *where)
{
	return !inject_is_gone(INJECT_LOCK, "bingo_lock_relation_now", where, relid) && bingo_lock_relation_now(relid, mode);
}

static inline bool
inject_bingo_lock_object_now(Oid catalog, Oid object, LOCKMODE mode, const char *where)
{
	return !inject_is_gone(INJECT_LOCK, "bingo_lock_object_now", where, object) && bingo_lock_object_now(catalog, object, mode);
}

static inline bool
inject_lock_is_gone(const LOCKTAG *tag, bool conditional, const char *where)
{
	return conditional && inject_is_gone(INJECT_LOCK, "LockAcquire", where, hash_bytes((const unsigned char *) tag, sizeof(*tag)));
}

static inline bool
inject_bingo_lock_tag_now(const LOCKTAG *tag, LOCKMODE mode, const char *where)
{
	return !inject_lock_is_gone(tag, true, where) && bingo_lock_tag_now(tag, mode);
}

static inline LockAcquireResult
inject_LockAcquire(const LOCKTAG *tag, LOCKMODE mode, bool session, bool conditional, const char *where)
{
	return inject_lock_is_gone(tag, conditional, where) ? LOCKACQUIRE_NOT_AVAIL : LockAcquire(tag, mode, session, conditional);
}

/* --- the macros; what syscache.h makes of other macros ends in one of these --- */

#define SearchSysCache1(...) inject_SearchSysCache1(__VA_ARGS__, INJECT_HERE)
#define SearchSysCache2(...) inject_SearchSysCache2(__VA_ARGS__, INJECT_HERE)
#define SearchSysCache3(...) inject_SearchSysCache3(__VA_ARGS__, INJECT_HERE)
#define SearchSysCache4(...) inject_SearchSysCache4(__VA_ARGS__, INJECT_HERE)
#define SearchSysCacheCopy(...) inject_SearchSysCacheCopy(__VA_ARGS__, INJECT_HERE)
#define SearchSysCacheExists(...) inject_SearchSysCacheExists(__VA_ARGS__, INJECT_HERE)
#define GetSysCacheOid(...) inject_GetSysCacheOid(__VA_ARGS__, INJECT_HERE)
#define SearchSysCacheAttName(...) inject_SearchSysCacheAttName(__VA_ARGS__, INJECT_HERE)
#define SearchSysCacheAttNum(...) inject_SearchSysCacheAttNum(__VA_ARGS__, INJECT_HERE)
#define SearchSysCacheExistsAttName(...) inject_SearchSysCacheExistsAttName(__VA_ARGS__, INJECT_HERE)
#define get_rel_name(...) inject_get_rel_name(__VA_ARGS__, INJECT_HERE)
#define get_rel_namespace(...) inject_get_rel_namespace(__VA_ARGS__, INJECT_HERE)
#define get_rel_relkind(...) inject_get_rel_relkind(__VA_ARGS__, INJECT_HERE)
#define get_rel_relispartition(...) inject_get_rel_relispartition(__VA_ARGS__, INJECT_HERE)
#define get_partition_ancestors(...) inject_get_partition_ancestors(__VA_ARGS__, INJECT_HERE)
#define find_all_inheritors(...) inject_find_all_inheritors(__VA_ARGS__, INJECT_HERE)
#define get_rel_type_id(...) inject_get_rel_type_id(__VA_ARGS__, INJECT_HERE)
#define get_namespace_name(...) inject_get_namespace_name(__VA_ARGS__, INJECT_HERE)
#define get_relname_relid(...) inject_get_relname_relid(__VA_ARGS__, INJECT_HERE)
#define get_attnum(...) inject_get_attnum(__VA_ARGS__, INJECT_HERE)
#define get_atttype(...) inject_get_atttype(__VA_ARGS__, INJECT_HERE)
#define get_opname(...) inject_get_opname(__VA_ARGS__, INJECT_HERE)
#define get_opcode(...) inject_get_opcode(__VA_ARGS__, INJECT_HERE)
#define get_opfamily_member(...) inject_get_opfamily_member(__VA_ARGS__, INJECT_HERE)
#define get_opfamily_proc(...) inject_get_opfamily_proc(__VA_ARGS__, INJECT_HERE)
#define get_op_opfamily_strategy(...) inject_get_op_opfamily_strategy(__VA_ARGS__, INJECT_HERE)
#define get_commutator(...) inject_get_commutator(__VA_ARGS__, INJECT_HERE)
#define get_op_hash_functions(...) inject_get_op_hash_functions(__VA_ARGS__, INJECT_HERE)
#define get_ordering_op_properties(...) inject_get_ordering_op_properties(__VA_ARGS__, INJECT_HERE)
#define get_opclass_opfamily_and_input_type(...) inject_get_opclass_opfamily_and_input_type(__VA_ARGS__, INJECT_HERE)
#define get_constraint_name(...) inject_get_constraint_name(__VA_ARGS__, INJECT_HERE)
#define get_index_constraint(...) inject_get_index_constraint(__VA_ARGS__, INJECT_HERE)
#define get_constraint_index(...) inject_get_constraint_index(__VA_ARGS__, INJECT_HERE)
#define get_collation_name(...) inject_get_collation_name(__VA_ARGS__, INJECT_HERE)
#define get_database_name(...) inject_get_database_name(__VA_ARGS__, INJECT_HERE)
#define get_func_name(...) inject_get_func_name(__VA_ARGS__, INJECT_HERE)
#define get_extension_name(...) inject_get_extension_name(__VA_ARGS__, INJECT_HERE)
#define get_element_type(...) inject_get_element_type(__VA_ARGS__, INJECT_HERE)
#define get_typcollation(...) inject_get_typcollation(__VA_ARGS__, INJECT_HERE)
#define get_typtype(...) inject_get_typtype(__VA_ARGS__, INJECT_HERE)
#define GetDefaultOpClass(...) inject_GetDefaultOpClass(__VA_ARGS__, INJECT_HERE)
#define try_relation_open(...) inject_try_relation_open(__VA_ARGS__, INJECT_HERE)
#define try_table_open(...) inject_try_table_open(__VA_ARGS__, INJECT_HERE)
#define RelationIdGetRelation(...) inject_RelationIdGetRelation(__VA_ARGS__, INJECT_HERE)
#define get_attname(...) inject_get_attname(__VA_ARGS__, INJECT_HERE)
#define GetUserNameFromId(...) inject_GetUserNameFromId(__VA_ARGS__, INJECT_HERE)
#define get_namespace_oid(...) inject_get_namespace_oid(__VA_ARGS__, INJECT_HERE)
#define get_extension_oid(...) inject_get_extension_oid(__VA_ARGS__, INJECT_HERE)
#define get_role_oid(...) inject_get_role_oid(__VA_ARGS__, INJECT_HERE)
#define get_foreign_server_oid(...) inject_get_foreign_server_oid(__VA_ARGS__, INJECT_HERE)
#define get_foreign_data_wrapper_oid(...) inject_get_foreign_data_wrapper_oid(__VA_ARGS__, INJECT_HERE)
#define GetForeignServerByName(...) inject_GetForeignServerByName(__VA_ARGS__, INJECT_HERE)
#define GetForeignServerExtended(...) inject_GetForeignServerExtended(__VA_ARGS__, INJECT_HERE)
#define GetForeignDataWrapperExtended(...) inject_GetForeignDataWrapperExtended(__VA_ARGS__, INJECT_HERE)
#define format_type_extended(...) inject_format_type_extended(__VA_ARGS__, INJECT_HERE)
#define RangeVarGetRelidExtended(...) inject_RangeVarGetRelidExtended(__VA_ARGS__, INJECT_HERE)
#define systable_getnext(...) inject_systable_getnext(__VA_ARGS__, INJECT_HERE)
#define relation_open(...) inject_relation_open(__VA_ARGS__, INJECT_HERE)
#define table_open(...) inject_table_open(__VA_ARGS__, INJECT_HERE)
#define index_open(...) inject_index_open(__VA_ARGS__, INJECT_HERE)
#define get_opclass_family(...) inject_get_opclass_family(__VA_ARGS__, INJECT_HERE)
#define get_opclass_input_type(...) inject_get_opclass_input_type(__VA_ARGS__, INJECT_HERE)
#define get_collation_isdeterministic(...) inject_get_collation_isdeterministic(__VA_ARGS__, INJECT_HERE)
#define format_type_be(...) inject_format_type_be(__VA_ARGS__, INJECT_HERE)
#define lookup_type_cache(...) inject_lookup_type_cache(__VA_ARGS__, INJECT_HERE)
#define get_atttypetypmodcoll(...) inject_get_atttypetypmodcoll(__VA_ARGS__, INJECT_HERE)
#define getTypeOutputInfo(...) inject_getTypeOutputInfo(__VA_ARGS__, INJECT_HERE)
#define getTypeBinaryOutputInfo(...) inject_getTypeBinaryOutputInfo(__VA_ARGS__, INJECT_HERE)
#define fmgr_info(...) inject_fmgr_info(__VA_ARGS__, INJECT_HERE)
#define fmgr_info_cxt(...) inject_fmgr_info_cxt(__VA_ARGS__, INJECT_HERE)
#define pg_class_aclcheck(...) inject_pg_class_aclcheck(__VA_ARGS__, INJECT_HERE)
#if PG_VERSION_NUM >= 160000
#define object_ownercheck(...) inject_object_ownercheck(__VA_ARGS__, INJECT_HERE)
#else
#define pg_class_ownercheck(...) inject_pg_class_ownercheck(__VA_ARGS__, INJECT_HERE)
#endif
#define bingo_lock_relation_now(...) inject_bingo_lock_relation_now(__VA_ARGS__, INJECT_HERE)
#define bingo_lock_object_now(...) inject_bingo_lock_object_now(__VA_ARGS__, INJECT_HERE)
#define bingo_lock_tag_now(...) inject_bingo_lock_tag_now(__VA_ARGS__, INJECT_HERE)
#define LockAcquire(...) inject_LockAcquire(__VA_ARGS__, INJECT_HERE)
#define LockAcquireExtended(tag, mode, session, conditional, ...) \
	(inject_lock_is_gone(tag, conditional, INJECT_HERE) ? LOCKACQUIRE_NOT_AVAIL : \
	 (LockAcquireExtended)(tag, mode, session, conditional, __VA_ARGS__))

#endif
