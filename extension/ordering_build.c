/*
 * ordering_build.c
 *	  create_ordering() and drop_ordering().
 *
 *	  text -> parse analysis (as the caller) -> definition -> rights -> locks
 *		-> relations, rule, triggers (as the extension's owner)
 *		-> rows (read as the tables' owner) -> indexes -> catalog row
 *
 * Everything happens in the caller's transaction.  The tables are locked in the
 * order of their OIDs in SHARE ROW EXCLUSIVE mode, as CREATE TRIGGER would: it
 * waits for every writer that has begun without the triggers, and makes those
 * that come later wait until the triggers are committed.  The snapshot of the
 * fill is taken after that.  It is the latest one also in a REPEATABLE READ
 * transaction, whose own snapshot may be older: for this transaction the plan
 * behind answers, since it holds those locks, and no other one sees the rows
 * before they are committed.
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "parser/analyze.h"
#include "portability/instr_time.h"
#include "storage/lmgr.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

#include "compat.h"
#include "ordering_build.h"
#include "ordering_fill.h"
#include "ordering_refresh.h"
#include "ordering_stats.h"
#include "ordering_store.h"
#include "ordering_triggers.h"
#include "relations.h"
#include "writable.h"

PG_FUNCTION_INFO_V1(bingo_tune_create_ordering);
PG_FUNCTION_INFO_V1(bingo_tune_drop_ordering);

void
bingo_build_raise(const BingoProblem *problem, const char *query)
{
	int			position = 0;

	if (query != NULL && problem->location >= 0)
		position = pg_mbstrlen_with_len(query, problem->location) + 1;
	ereport(ERROR,
			(errcode(problem->sqlstate),
			 errmsg("%s", problem->message),
			 problem->detail ? errdetail("%s", problem->detail) : 0,
			 problem->hint ? errhint("%s", problem->hint) : 0,
			 position > 0 ? internalerrposition(position) : 0,
			 position > 0 ? internalerrquery(query) : 0));
}

void
bingo_build_require_writable(const char *function)
{
	bingo_require_writable(function);
	(void) bingo_store_owner();
}

Query *
bingo_build_parse(const char *query)
{
	List	   *statements = pg_parse_query(query);

	if (list_length(statements) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("the query of an ordering must be one SELECT statement"),
				 errhint("Pass one SELECT, without a semicolon behind it.")));
	return parse_analyze_fixedparams(linitial_node(RawStmt, statements), query, NULL, 0, NULL);
}

/* The tables' owner alone may put triggers on them and decide who reads a copy. */
static void
check_ownership(const BingoDefinition *definition, Oid user)
{
	for (int i = 0; i < definition->ntables; i++)
	{
		Oid			relid = definition->tables[i].relid;

		if (!bingo_class_ownercheck(relid, user))
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("must be owner of table %s", bingo_relations_name(relid)),
					 errhint("Call the function as the owner of all tables of the ordering.")));
	}
}

static void
lock_tables(const BingoDefinition *definition, LOCKMODE mode)
{
	List	   *relids = NIL;
	ListCell   *cell;

	for (int i = 0; i < definition->ntables; i++)
		relids = lappend_oid(relids, definition->tables[i].relid);
	list_sort(relids, list_oid_cmp);
	foreach(cell, relids)
		LockRelationOid(lfirst_oid(cell), mode);
}

/*
 * Build what is defined by "query", which the caller has made sure is allowed.
 */
void
bingo_build_create(const char *name, Query *query, int64 window_rows, Oid owner)
{
	BingoOrdering ordering = {0};
	BingoProblem problem = {0};
	BingoScope	scope;
	BingoFill	fill;
	char	   *text;
	instr_time	start;
	instr_time	duration;

	INSTR_TIME_SET_CURRENT(start);
	ordering.definition = bingo_define_analyze(query, &problem);
	if (ordering.definition == NULL)
		bingo_build_raise(&problem, NULL);
	lock_tables(ordering.definition, ShareRowExclusiveLock);

	/* While we waited an index may have gone. */
	ordering.definition = bingo_define_analyze(query, &problem);
	if (ordering.definition == NULL)
		bingo_build_raise(&problem, NULL);

	bingo_store_enter(&scope, InvalidOid);
	SPI_connect();
	ordering.id = bingo_store_next_id();
	ordering.name = pstrdup(name);
	ordering.owner = owner;
	ordering.window_rows = window_rows;
	text = pg_get_querydef(query, false);
	bingo_store_create_relations(&ordering, text);
	for (int i = 0; i < ordering.definition->ntables; i++)
	{
		/* A restored table may have triggers of orderings of another database. */
		bingo_triggers_drop(ordering.definition->tables[i].relid, ordering.id);
		bingo_triggers_create(ordering.definition->tables[i].relid, ordering.id);
	}
	bingo_fingerprint_take(ordering.definition, &fill);
	(void) bingo_fill_append(&ordering, NULL, window_rows);
	bingo_store_create_indexes(&ordering);

	INSTR_TIME_SET_CURRENT(duration);
	INSTR_TIME_SUBTRACT(duration, start);
	bingo_store_insert_definition(&ordering, text);
	bingo_store_insert(&ordering, &fill, INSTR_TIME_GET_MILLISEC(duration));
	SPI_finish();
	bingo_store_leave(&scope);
}

/* Lock the table to drop a trigger; it may be gone, or somebody may use it. */
static bool
take_lock(Oid relid, bool wait)
{
	if (wait)
		LockRelationOid(relid, AccessExclusiveLock);
	else if (!ConditionalLockRelationOid(relid, AccessExclusiveLock))
		return false;
	return SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid));
}

/*
 * Without "wait", as at the end of a DROP ... CASCADE, which would not wait for
 * the other tables either, triggers on tables in use are left to whoever comes
 * next: for an ordering that does not exist they do nothing.
 */
void
bingo_build_drop(BingoOrdering *ordering, bool wait)
{
	BingoScope	scope;
	List	   *tables;
	ListCell   *cell;

	bingo_store_enter(&scope, InvalidOid);
	SPI_connect();
	tables = bingo_store_list_tables(ordering->id);
	foreach(cell, tables)
		if (take_lock(lfirst_oid(cell), wait))
			bingo_triggers_drop(lfirst_oid(cell), ordering->id);
	bingo_store_drop_relations(ordering);
	bingo_store_delete_definition(ordering->name);
	bingo_store_delete(ordering->id);
	bingo_stats_forget(ordering->id);
	SPI_finish();
	bingo_store_leave(&scope);
}

static char *
find_restored(const char *name, int64 *window_rows, char **owner)
{
	MemoryContext caller = CurrentMemoryContext;
	BingoScope	scope;
	char	   *query = NULL;

	bingo_store_enter(&scope, InvalidOid);
	SPI_connect();
	if (bingo_store_find_definition(name, &query, window_rows, owner))
	{
		query = MemoryContextStrdup(caller, query);
		*owner = MemoryContextStrdup(caller, *owner);
	}
	SPI_finish();
	bingo_store_leave(&scope);
	return query;
}

static void
check_name(const char *name)
{
	int64		window_rows;
	char	   *owner;

	if (name[0] == '\0' || strlen(name) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the name of an ordering must have 1 to %d bytes", NAMEDATALEN - 1),
				 errhint("Choose a shorter name, such as 'sessions_newest_first'.")));
	if (bingo_catalog_by_name(name) != NULL || find_restored(name, &window_rows, &owner) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("ordering \"%s\" already exists", name),
				 errhint("SELECT bingo_tune.drop_ordering(%s);", quote_literal_cstr(name))));
}

/*
 * bingo_tune.create_ordering(name text, query text, window_rows bigint)
 */
Datum
bingo_tune_create_ordering(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	char	   *query_text = text_to_cstring(PG_GETARG_TEXT_PP(1));
	int64		window_rows = PG_GETARG_INT64(2);
	BingoProblem problem = {0};
	BingoDefinition *definition;
	Query	   *query;

	bingo_build_require_writable("bingo_tune.create_ordering()");
	check_name(name);
	if (window_rows < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("window_rows must be at least 1"),
				 errhint("Choose about twice the rows that queries ask for.")));

	query = bingo_build_parse(query_text);
	definition = bingo_define_analyze(query, &problem);
	if (definition == NULL)
		bingo_build_raise(&problem, query_text);
	check_ownership(definition, GetUserId());
	bingo_build_create(name, query, window_rows, GetUserId());
	PG_RETURN_VOID();
}

static void
raise_missing(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("ordering \"%s\" does not exist", name),
			 errhint("SELECT name FROM bingo_tune.orderings;")));
}

BingoOrdering *
bingo_build_find(const char *name)
{
	BingoOrdering *ordering = bingo_catalog_by_name(name);
	int64		window_rows;
	char	   *owner_name;
	Oid			owner;

	if (ordering != NULL && !ordering->usable)
	{
		bingo_catalog_reload();
		ordering = bingo_catalog_by_name(name);
	}
	if (ordering != NULL)
	{
		if (!bingo_refresh_allowed(ordering, GetUserId()))
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("must be owner of ordering \"%s\"", name),
					 errhint("Call the function as %s.",
							 quote_identifier(GetUserNameFromId(ordering->owner, false)))));
		return ordering;
	}
	if (find_restored(name, &window_rows, &owner_name) == NULL)
		raise_missing(name);
	owner = get_role_oid(owner_name, true);
	if (!superuser() && (!OidIsValid(owner) || !has_privs_of_role(GetUserId(), owner)))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of ordering \"%s\"", name),
				 errhint("Call the function as %s or as superuser.", quote_identifier(owner_name))));
	return NULL;
}

/* The text has qualified names; it means the same to everybody. */
static Query *
parse_restored(const char *text)
{
	BingoScope	scope;
	Query	   *query;

	bingo_store_enter(&scope, GetUserId());
	query = bingo_build_parse(text);
	bingo_store_leave(&scope);
	return query;
}

/* With qualified names, whatever the caller's search_path is. */
static char *
format_query(Query *query)
{
	BingoScope	scope;
	char	   *text;

	bingo_store_enter(&scope, GetUserId());
	text = pg_get_querydef(query, false);
	bingo_store_leave(&scope);
	return text;
}

void
bingo_build_again(const char *name, BingoOrdering *ordering)
{
	BingoProblem problem = {0};
	BingoDefinition *definition;
	char	   *text = NULL;
	Query	   *query;
	int64		window_rows;
	Oid			owner;

	if (ordering != NULL)
	{
		query = bingo_catalog_query(ordering);
		window_rows = ordering->window_rows;
		owner = ordering->owner;
		if (query == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_OBJECT),
					 errmsg("the definition of ordering \"%s\" was dropped", name),
					 errhint("SELECT bingo_tune.drop_ordering(%s);", quote_literal_cstr(name))));

		/* The stored query refers to relations that are dropped below. */
		query = parse_restored(format_query(query));
	}
	else
	{
		char	   *owner_name;

		text = find_restored(name, &window_rows, &owner_name);
		if (text == NULL)
			raise_missing(name);	/* dropped since it was found */
		query = parse_restored(text);
		owner = get_role_oid(owner_name, true);
		if (!OidIsValid(owner))
			owner = GetUserId();
	}

	definition = bingo_define_analyze(query, &problem);
	if (definition == NULL)
		bingo_build_raise(&problem, text);
	check_ownership(definition, GetUserId());
	check_ownership(definition, owner);
	if (ordering != NULL)
		bingo_build_drop(ordering, true);
	bingo_build_create(name, query, window_rows, owner);
}

static void
drop_restored(const char *name)
{
	BingoScope	scope;

	bingo_store_enter(&scope, InvalidOid);
	SPI_connect();
	bingo_store_delete_definition(name);
	SPI_finish();
	bingo_store_leave(&scope);
}

/*
 * bingo_tune.drop_ordering(name text)
 */
Datum
bingo_tune_drop_ordering(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	BingoOrdering *ordering;

	bingo_build_require_writable("bingo_tune.drop_ordering()");
	ordering = bingo_build_find(name);
	if (ordering != NULL)
		bingo_build_drop(ordering, true);
	else
		drop_restored(name);
	PG_RETURN_VOID();
}
