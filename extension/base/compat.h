/*
 * base/compat.h
 *	  Every difference between the PostgreSQL majors that this module runs on.
 *
 * No other file tests PG_VERSION_NUM.  Include it after postgres.h.
 */
#ifndef BINGO_COMPAT_H
#define BINGO_COMPAT_H

#if PG_VERSION_NUM < 150000
#error "bingo_tune needs PostgreSQL 15 or later"
#endif

/* 18 marks functions that do not return in front of their declaration. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn pg_attribute_noreturn()
#endif

/*
 * 16 folded the rights checks of all kinds of objects into two functions.  The
 * user needs catalog/pg_namespace.h, catalog/pg_class.h, catalog/pg_proc.h and
 * utils/acl.h.
 */
#if PG_VERSION_NUM >= 160000
#define bingo_schema_aclcheck(schema, user, mode) \
	object_aclcheck(NamespaceRelationId, (schema), (user), (mode))
#define bingo_function_aclcheck(function, user, mode) \
	object_aclcheck(ProcedureRelationId, (function), (user), (mode))
#define bingo_class_ownercheck(relation, user) \
	object_ownercheck(RelationRelationId, (relation), (user))
#define bingo_extension_ownercheck(extension, user) \
	object_ownercheck(ExtensionRelationId, (extension), (user))
#define bingo_schema_ownercheck(schema, user) \
	object_ownercheck(NamespaceRelationId, (schema), (user))
#else
#define bingo_schema_aclcheck(schema, user, mode) \
	pg_namespace_aclcheck((schema), (user), (mode))
#define bingo_function_aclcheck(function, user, mode) \
	pg_proc_aclcheck((function), (user), (mode))
#define bingo_class_ownercheck(relation, user) \
	pg_class_ownercheck((relation), (user))
#define bingo_extension_ownercheck(extension, user) \
	pg_extension_ownercheck((extension), (user))
#define bingo_schema_ownercheck(schema, user) \
	pg_namespace_ownercheck((schema), (user))
#endif

/*
 * 16 made find_option() public; before it only the table of all settings was.
 * The user needs utils/guc_tables.h.
 */
#if PG_VERSION_NUM >= 160000
#define bingo_find_setting(setting_name) find_option((setting_name), false, true, ERROR)
#else
#define bingo_find_setting(setting_name) \
({ \
	struct config_generic *found_ = NULL; \
	for (int i_ = 0; i_ < GetNumConfigOptions() && found_ == NULL; i_++) \
		if (strcmp(get_guc_variables()[i_]->name, (setting_name)) == 0) \
			found_ = get_guc_variables()[i_]; \
	found_; \
})
#endif

/* The word for a value of an enum setting (utils/guc_tables.h); 19 takes any setting's struct. */
#if PG_VERSION_NUM >= 190000
#define bingo_enum_name(setting, value) config_enum_lookup_by_value((setting), (value))
#else
#define bingo_enum_name(setting, value) \
	config_enum_lookup_by_value((struct config_enum *) (setting), (value))
#endif

/*
 * Asks for a lock without waiting and without an error if the lock table is
 * full (storage/lock.h).  18 can also log the failure.
 */
#if PG_VERSION_NUM >= 180000
#define bingo_lock_try(tag, mode, local) \
	LockAcquireExtended((tag), (mode), false, true, false, (local), false)
#else
#define bingo_lock_try(tag, mode, local) \
	LockAcquireExtended((tag), (mode), false, true, false, (local))
#endif

/* A timeout of the whole transaction; there is none but the statement's before 17. */
#if PG_VERSION_NUM >= 170000
#define bingo_transaction_timeout TRANSACTION_TIMEOUT
#else
#define bingo_transaction_timeout STATEMENT_TIMEOUT
#endif

/* 17 asks the statistics, too (utils/selfuncs.h). */
#if PG_VERSION_NUM >= 170000
#define bingo_estimate_array_length(root, array) estimate_array_length((root), (array))
#else
#define bingo_estimate_array_length(root, array) ((void) (root), (double) estimate_array_length(array))
#endif

/* 19 has no other path of that name any more. */
#if PG_VERSION_NUM >= 190000
#define bingo_unique_path(root, rel, path, nkeys, rows) create_unique_path((root), (rel), (path), (nkeys), (rows))
#else
#define bingo_unique_path(root, rel, path, nkeys, rows) create_upper_unique_path((root), (rel), (path), (nkeys), (rows))
#endif

/* 17 can also ask for a stronger mode. */
#if PG_VERSION_NUM >= 170000
#define bingo_lock_is_mine(tag, mode) LockHeldByMe((tag), (mode), false)
#else
#define bingo_lock_is_mine(tag, mode) LockHeldByMe((tag), (mode))
#endif

/*
 * 16 says in more detail which indexes a table_tuple_update() leaves to be
 * done (access/tableam.h); ours have no summarizing index.
 */
#if PG_VERSION_NUM >= 160000
#define BingoUpdateIndexes TU_UpdateIndexes
#define bingo_update_wants_indexes(update_indexes) ((update_indexes) == TU_All)
#else
#define BingoUpdateIndexes bool
#define bingo_update_wants_indexes(update_indexes) (update_indexes)
#endif

/*
 * Whole tables, and rows that nobody else changes (access/tableam.h): 19 takes
 * flags in each of them.
 */
#if PG_VERSION_NUM >= 190000
#define bingo_table_beginscan(relation, snapshot) \
	table_beginscan((relation), (snapshot), 0, NULL, SO_NONE)
#define bingo_tuple_update(relation, tid, slot, failure, mode, update_indexes) \
	table_tuple_update((relation), (tid), (slot), GetCurrentCommandId(true), 0, \
					   InvalidSnapshot, InvalidSnapshot, false, (failure), (mode), (update_indexes))
#define bingo_tuple_delete(relation, tid, failure) \
	table_tuple_delete((relation), (tid), GetCurrentCommandId(true), 0, \
					   InvalidSnapshot, InvalidSnapshot, false, (failure))
#else
#define bingo_table_beginscan(relation, snapshot) \
	table_beginscan((relation), (snapshot), 0, NULL)
#define bingo_tuple_update(relation, tid, slot, failure, mode, update_indexes) \
	table_tuple_update((relation), (tid), (slot), GetCurrentCommandId(true), \
					   InvalidSnapshot, InvalidSnapshot, false, (failure), (mode), (update_indexes))
#define bingo_tuple_delete(relation, tid, failure) \
	table_tuple_delete((relation), (tid), GetCurrentCommandId(true), \
					   InvalidSnapshot, InvalidSnapshot, false, (failure), false)
#endif

/* A slot that is nobody's (executor/tuptable.h): 19 takes flags. */
#if PG_VERSION_NUM >= 190000
#define bingo_make_slot(desc, ops) MakeTupleTableSlot((desc), (ops), 0)
#else
#define bingo_make_slot(desc, ops) MakeTupleTableSlot((desc), (ops))
#endif

/* 19 lets the hash tables in shared memory (storage/shmem.h) have one size only. */
#if PG_VERSION_NUM >= 190000
#define bingo_shmem_hash(name, size, info, flags) ShmemInitHash((name), (size), (info), (flags))
#else
#define bingo_shmem_hash(name, size, info, flags) \
	ShmemInitHash((name), (size), (size), (info), (flags))
#endif

/* Empties tables that are open and locked (commands/tablecmds.h).  16 can do it as their owner. */
#if PG_VERSION_NUM >= 160000
#define bingo_truncate(relations, relids) \
	ExecuteTruncateGuts((relations), (relids), NIL, DROP_RESTRICT, false, false)
#else
#define bingo_truncate(relations, relids) \
	ExecuteTruncateGuts((relations), (relids), NIL, DROP_RESTRICT, false)
#endif

/*
 * 18 has a comparison type where there was a btree strategy number: in a PathKey
 * and in what get_ordering_op_properties() (utils/lsyscache.h) finds.
 */
#if PG_VERSION_NUM >= 180000
#include "access/cmptype.h"
typedef CompareType BingoComparison;
#define BINGO_COMPARE_LESS COMPARE_LT
#define BINGO_COMPARE_GREATER COMPARE_GT
#define bingo_pathkey_descending(pathkey) ((pathkey)->pk_cmptype == COMPARE_GT)
#else
typedef int16 BingoComparison;
#define BINGO_COMPARE_LESS BTLessStrategyNumber
#define BINGO_COMPARE_GREATER BTGreaterStrategyNumber
#define bingo_pathkey_descending(pathkey) ((pathkey)->pk_strategy == BTGreaterStrategyNumber)
#endif

/* 18 counts index searches for EXPLAIN; 19 takes flags. */
#if PG_VERSION_NUM >= 190000
#define bingo_index_beginscan(heap, index, snapshot, nkeys) \
	index_beginscan((heap), (index), (snapshot), NULL, (nkeys), 0, SO_NONE)
#elif PG_VERSION_NUM >= 180000
#define bingo_index_beginscan(heap, index, snapshot, nkeys) \
	index_beginscan((heap), (index), (snapshot), NULL, (nkeys), 0)
#else
#define bingo_index_beginscan(heap, index, snapshot, nkeys) \
	index_beginscan((heap), (index), (snapshot), (nkeys), 0)
#endif

/* try_index_open() came with 17. */
#if PG_VERSION_NUM >= 170000
#define bingo_try_index_open(relid, lockmode) try_index_open(relid, lockmode)
#else
#define bingo_try_index_open(relid, lockmode) try_relation_open(relid, lockmode)
#endif

/* A relation's file: RelFileNode became RelFileLocator in 16. */
#if PG_VERSION_NUM >= 160000
#define bingo_relation_file(rel) ((rel)->rd_locator.relNumber)
#else
#define bingo_relation_file(rel) ((rel)->rd_node.relNode)
#endif

/* And the path of its first segment, whose type 18 changed. */
#if PG_VERSION_NUM >= 180000
#define bingo_relation_path(rel) pstrdup(relpathperm((rel)->rd_locator, MAIN_FORKNUM).str)
#elif PG_VERSION_NUM >= 160000
#define bingo_relation_path(rel) relpathperm((rel)->rd_locator, MAIN_FORKNUM)
#else
#define bingo_relation_path(rel) relpathperm((rel)->rd_node, MAIN_FORKNUM)
#endif

/* The columns that a query reads of a table (offset as in bitmaps of pg_attribute): 16 moved them out of the table's entry. */
#if PG_VERSION_NUM >= 160000
#define bingo_selected_columns(query, rte) \
	((rte)->perminfoindex == 0 ? NULL : getRTEPermissionInfo((query)->rteperminfos, unconstify(RangeTblEntry *, (rte)))->selectedCols)
#else
#define bingo_selected_columns(query, rte) ((rte)->selectedCols)
#endif

/* 18 lets what is grouped by stand in a range table entry of its own, which columns of the select list refer to. */
#if PG_VERSION_NUM >= 180000
#define bingo_flatten_group(query, node) \
	((query)->hasGroupRTE ? flatten_group_exprs(NULL, (query), (node)) : (node))
#else
#define bingo_flatten_group(query, node) (node)
#endif

/* Once nothing refers to that entry any more: as if the query had none. */
#if PG_VERSION_NUM >= 180000
#include "nodes/parsenodes.h"
static inline void
bingo_forget_group(Query *query)
{
	ListCell   *cell;

	foreach(cell, query->rtable)
	{
		RangeTblEntry *rte = (RangeTblEntry *) lfirst(cell);

		if (rte->rtekind == RTE_GROUP)
		{
			rte->rtekind = RTE_RESULT;
			rte->groupexprs = NIL;
			rte->eref->colnames = NIL;
		}
	}
	query->hasGroupRTE = false;
}
#else
#define bingo_forget_group(query) ((void) 0)
#endif

/* In which btree families an operator is what (utils/lsyscache.h): 18 asks of all ordered access methods. */
#if PG_VERSION_NUM >= 180000
#define bingo_operator_interpretation(operator) get_op_index_interpretation(operator)
#else
#define bingo_operator_interpretation(operator) get_op_btree_interpretation(operator)
#endif

/* Raises an error if the current user has not the rights that the query's tables need (executor/executor.h). */
#if PG_VERSION_NUM >= 160000
#define bingo_check_rights(query) ((void) ExecCheckPermissions((query)->rtable, (query)->rteperminfos, true))
#else
#define bingo_check_rights(query) ((void) ExecCheckRTPerms((query)->rtable, true))
#endif

/* 16 gave the expansion of join aliases a planner argument, which may be NULL. */
#if PG_VERSION_NUM >= 160000
#define bingo_flatten_join_alias_vars(query, node) flatten_join_alias_vars(NULL, (query), (node))
#else
#define bingo_flatten_join_alias_vars(query, node) flatten_join_alias_vars((query), (node))
#endif

/* 16 renamed the counters of a table. */
#if PG_VERSION_NUM >= 160000
#define bingo_live_tuples(statistics) ((int64) (statistics)->live_tuples)
#else
#define bingo_live_tuples(statistics) ((int64) (statistics)->n_live_tuples)
#endif

/*
 * May the column be NULL?  18 brought NOT NULL constraints that do not say a
 * thing about older rows (NOT VALID), and the transaction in "since" may have found later that these
 * are not NULL, either; it leaves the attribute itself as it was.  The user needs catalog/pg_attribute.h.
 */
#if PG_VERSION_NUM >= 180000
#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_constraint.h"
static inline bool
bingo_is_not_null_since(Form_pg_attribute attribute, TransactionId *since)
{
	HeapTuple	constraint;
	bool		valid;

	*since = FrozenTransactionId;
	if (!attribute->attnotnull)
		return false;
	constraint = findNotNullConstraintAttnum(attribute->attrelid, attribute->attnum);
	if (!HeapTupleIsValid(constraint))
		return true;			/* a system column */
	valid = ((Form_pg_constraint) GETSTRUCT(constraint))->convalidated;
	*since = HeapTupleHeaderGetXmin(constraint->t_data);
	heap_freetuple(constraint);
	return valid;
}

static inline bool
bingo_is_not_null(Form_pg_attribute attribute)
{
	TransactionId since;

	return bingo_is_not_null_since(attribute, &since);
}
#else
#define bingo_is_not_null(attribute) ((attribute)->attnotnull)
#define bingo_is_not_null_since(attribute, since) (*(since) = FrozenTransactionId, (attribute)->attnotnull)
#endif

/* The catalog that this reads, with a comma behind it, if there is one (catalog/pg_constraint.h). */
#if PG_VERSION_NUM >= 180000
#define BINGO_NOT_NULL_CATALOG ConstraintRelationId,
#else
#define BINGO_NOT_NULL_CATALOG
#endif

/* 18 brought generated columns that are not stored. */
#if PG_VERSION_NUM >= 180000
#define bingo_is_virtual_generated(relid, attno) \
	(get_attgenerated((relid), (attno)) == ATTRIBUTE_GENERATED_VIRTUAL)
#else
#define bingo_is_virtual_generated(relid, attno) false
#endif

/* 18 moved EXPLAIN's properties to a header of their own. */
#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#endif

/* 16 moved query identifiers to a header of their own. */
#if PG_VERSION_NUM >= 160000
#include "nodes/queryjumble.h"
#else
#include "utils/queryjumble.h"
#endif

/* 17 numbers backends from 0 and keeps the number elsewhere. */
#if PG_VERSION_NUM >= 170000
#include "storage/proc.h"
#include "storage/procnumber.h"
#define BINGO_MY_BACKEND (MyProcNumber)
#else
#include "storage/backendid.h"
#define BINGO_MY_BACKEND (MyBackendId - 1)
#endif

/* 19 has a level for each kind of process (utils/guc.h, miscadmin.h). */
#if PG_VERSION_NUM >= 190000
#define BINGO_LOG_LEVEL (log_min_messages[MyBackendType])
#else
#define BINGO_LOG_LEVEL (log_min_messages)
#endif

/* 18 dropped ExecutorRun's execute_once. */
#if PG_VERSION_NUM >= 180000
#define BINGO_EXECUTOR_RUN_PARAMETERS \
	QueryDesc *queryDesc, ScanDirection direction, uint64 count
#define BINGO_EXECUTOR_RUN_ARGUMENTS queryDesc, direction, count
#else
#define BINGO_EXECUTOR_RUN_PARAMETERS \
	QueryDesc *queryDesc, ScanDirection direction, uint64 count, bool execute_once
#define BINGO_EXECUTOR_RUN_ARGUMENTS queryDesc, direction, count, execute_once
#endif

/* 19 hands EXPLAIN's state to the planner. */
#if PG_VERSION_NUM >= 190000
#define BINGO_PLANNER_PARAMETERS \
	Query *parse, const char *query_string, int cursorOptions, ParamListInfo boundParams, \
	struct ExplainState *es
#define BINGO_PLANNER_ARGUMENTS parse, query_string, cursorOptions, boundParams, es
#define bingo_plan_query(query, query_string, options, params) \
	pg_plan_query((query), (query_string), (options), (params), NULL)
#else
#define BINGO_PLANNER_PARAMETERS \
	Query *parse, const char *query_string, int cursorOptions, ParamListInfo boundParams
#define BINGO_PLANNER_ARGUMENTS parse, query_string, cursorOptions, boundParams
#define bingo_plan_query(query, query_string, options, params) \
	pg_plan_query((query), (query_string), (options), (params))
#endif

/*
 * What the first run condition of a window function compares it with, or NULL.  17 keeps
 * the conditions with the function, before they were those of its window.
 */
#include "nodes/parsenodes.h"
static inline Expr *
bingo_run_condition_value(const WindowClause *window, const WindowFunc *function)
{
#if PG_VERSION_NUM >= 170000
	return function->runCondition == NIL ? NULL : ((WindowFuncRunCondition *) linitial(function->runCondition))->arg;
#else
	ListCell   *lc;

	foreach(lc, window->runCondition)
	{
		OpExpr	   *condition = lfirst_node(OpExpr, lc);

		if (equal(linitial(condition->args), function))
			return lsecond(condition->args);
		if (equal(lsecond(condition->args), function))
			return linitial(condition->args);
	}
	return NULL;
#endif
}

/* 18 has grouped expressions in a range table entry of their own; NULL of any other. */
#if PG_VERSION_NUM >= 180000
#define bingo_group_expression(rte, attno) \
	((rte)->rtekind == RTE_GROUP ? (Node *) list_nth((rte)->groupexprs, (attno) - 1) : NULL)
#else
#define bingo_group_expression(rte, attno) ((Node *) NULL)
#endif

/*
 * 16 gave outer joins numbers among the relations (nodes/pathnodes.h): those that a joined
 * relation has beside its tables; of one join; of those that make a table's columns NULL; and of
 * those that have made a column so.  Before, there are none.
 */
#if PG_VERSION_NUM >= 160000
#define bingo_table_relids(root, relids) bms_difference((relids), (root)->outer_join_rels)
#define bingo_join_relid(join) ((join)->ojrelid)
#define bingo_nulling_relids(rel) ((rel)->nulling_relids)
#define bingo_set_nulling(var, relids) ((var)->varnullingrels = (relids))
#else
#define bingo_table_relids(root, relids) ((void) (root), (relids))
#define bingo_join_relid(join) ((void) (join), 0)
#define bingo_nulling_relids(rel) ((void) (rel), (Relids) NULL)
#define bingo_set_nulling(var, relids) ((void) (var), (void) (relids))
#endif

/* 17 can tell by which number a value is kept out of line.  The user needs utils/fmgroids.h. */
#if PG_VERSION_NUM >= 170000
#define bingo_is_chunk_function(function) ((function) == F_PG_COLUMN_TOAST_CHUNK_ID)
#else
#define bingo_is_chunk_function(function) ((void) (function), false)
#endif

/* 18 has groups of slots for a backend's own locks of relations; before there was one.  The user needs storage/proc.h. */
#if PG_VERSION_NUM >= 180000
#define BINGO_FAST_PATH_GROUPS FastPathLockGroupsPerBackend
#define BINGO_FAST_PATH_BITS(group) (MyProc->fpLockBits[group])
#else
#define BINGO_FAST_PATH_GROUPS 1
#define BINGO_FAST_PATH_BITS(group) (MyProc->fpLockBits)
#endif

/* 16 has an allocator of its own for what the check of a setting leaves. */
#if PG_VERSION_NUM >= 160000
#define bingo_guc_malloc(size) guc_malloc(LOG, (size))
#define bingo_guc_free(memory) guc_free(memory)
#else
#define bingo_guc_malloc(size) malloc(size)
#define bingo_guc_free(memory) free(memory)
#endif

/* 17 has ANALYZE's target of a column apart from pg_attribute's row; of none the setting's is taken.  The user needs commands/vacuum.h. */
#if PG_VERSION_NUM >= 170000
#define bingo_analyze_by_default(statistics) ((statistics)->attstattarget = -1)
#else
#define bingo_analyze_by_default(statistics) \
	((statistics)->attr = palloc0(ATTRIBUTE_FIXED_PART_SIZE), (statistics)->attr->attstattarget = -1)
#endif

#endif							/* BINGO_COMPAT_H */
