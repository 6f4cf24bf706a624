/*
 * upkeep/build.c
 *	  Making an ordering, for the first time (upkeep/create.c) and again, and drop_ordering().
 *
 *	  text -> parse analysis (as the caller) -> definition -> rights -> locks
 *		-> relations, triggers (as the windows' owner)
 *		-> rows (read as the tables' owner) -> indexes -> state
 *
 * Everything happens in the caller's transaction.  The tables are locked in
 * SHARE ROW EXCLUSIVE mode (upkeep/tables.c), as CREATE TRIGGER would: it
 * waits for every writer that has begun without the triggers, and makes those
 * that come later wait until the triggers are committed.  The snapshot of the
 * fill is taken after that.  It is the latest one also in a REPEATABLE READ
 * transaction, whose own snapshot may be older: for this transaction the plan
 * behind answers, since it holds those locks, and no other one sees the rows
 * before they are committed.
 *
 * An ordering is made again with another id, window and triggers: nothing that was
 * remembered or planned for the old one means the new one.
 *
 * The ordering belongs to the owner of its tables, whoever has called; only if they
 * have several owners to the caller, who acts as each of them.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "parser/analyze.h"
#include "portability/instr_time.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/timestamp.h"

#include "base/argument.h"
#include "base/attempt.h"
#include "base/compat.h"
#include "upkeep/build.h"
#include "upkeep/drop_triggers.h"
#include "upkeep/fill.h"
#include "upkeep/query.h"
#include "upkeep/recount.h"
#include "upkeep/refresh.h"
#include "definition/define.h"
#include "definition/partition.h"
#include "store/definition.h"
#include "store/lock.h"
#include "store/stats.h"
#include "store/store.h"
#include "store/write_state.h"
#include "upkeep/sweep.h"
#include "upkeep/tables.h"
#include "store/triggers.h"
#include "base/relations.h"
#include "base/writable.h"

void
bingo_build_require_writable(const char *function)
{
	bingo_require_writable(function);
	(void) bingo_store_owner();
}

/* The tables' owner; InvalidOid if they have several. */
static Oid
find_owner(const BingoDefinition *definition)
{
	Oid			owner = bingo_relations_owner(definition->tables[0].relid);

	for (int i = 1; i < definition->ntables; i++)
		if (bingo_relations_owner(definition->tables[i].relid) != owner)
			return InvalidOid;
	return owner;
}

/* In a transaction that holds the tables' locks; what stood there before is gone. */
static void
make_ordering(BingoOrdering *ordering, bool fill_it)
{
	BingoDefinition *definition = ordering->definition;
	BingoScope	scope;
	BingoFill	fill;
	BingoBoundary nothing = {.state = BINGO_BOUNDARY_NOTHING};
	instr_time	start;
	instr_time	duration;

	INSTR_TIME_SET_CURRENT(start);
	bingo_store_enter(&scope, InvalidOid);
	SPI_connect();
	ordering->id = bingo_store_next_id();
	bingo_stats_forget(ordering->id);	/* DROP EXTENSION has perhaps left counters of that number */
	bingo_store_create_relations(ordering);
	for (int i = 0; i < definition->ntables; i++)
		if (bingo_definition_find_table(definition, definition->tables[i].relid, 0) == i)
			bingo_triggers_create(definition->tables[i].relid, ordering->id, ordering->window);
	bingo_lock_close_gate(ordering->id);
	bingo_fingerprint_take(ordering, &fill);
	if (!fill_it)
		bingo_window_set_boundary(ordering, &nothing);
	else if (definition->counts)
		bingo_recount(ordering, NULL);
	else
		(void) bingo_fill_append(ordering, NULL, bingo_refresh_most_rows(definition, ordering->window_rows));
	bingo_store_create_indexes(ordering);
	INSTR_TIME_SET_CURRENT(duration);
	INSTR_TIME_SUBTRACT(duration, start);
	bingo_state_write(ordering, &fill, fill_it ? INSTR_TIME_GET_MILLISEC(duration) : -1);
	CommandCounterIncrement();
	SPI_finish();
	bingo_store_leave(&scope);
}

/*
 * Whoever fills its window holds its gate, and would find window and state gone under him.
 * NULL if it is gone itself once it is ours.
 */
static BingoOrdering *
close_gate(const char *name)
{
	BingoOrdering *ordering = bingo_catalog_by_name(name);
	int32		locked = 0;		/* no ordering's id */

	while (ordering != NULL && ordering->id != locked)
	{
		locked = ordering->id;
		bingo_lock_close_gate(locked);
		ordering = bingo_catalog_by_name(name);
	}
	return ordering;
}

/*
 * Without waiting for readers: the window of an ordering that is made again is read by nobody for
 * long.  Its triggers, which do nothing from now on, stay: dropping them takes ACCESS
 * EXCLUSIVE on the tables, and while the new window is filled they are to be read.
 * Returns the tables that they are on.
 */
static List *
drop_built(const char *name)
{
	BingoOrdering *ordering = close_gate(name);
	BingoScope	scope;

	if (ordering == NULL)
		return NIL;
	bingo_store_enter(&scope, InvalidOid);
	bingo_state_drop(name);
	(void) bingo_store_drop_relations(ordering, false);
	bingo_stats_forget(ordering->id);
	bingo_store_leave(&scope);
	return bingo_tables_list(ordering);
}

BingoDefinition *
bingo_build_require_definition(Query *query, bool counts, const char *text)
{
	BingoProblem problem = {0};
	BingoDefinition *definition = bingo_define_analyze(query, counts, &problem);

	if (definition == NULL)
		bingo_query_raise(&problem, text);
	return definition;
}

int32
bingo_build_make(const char *name, Query *query, bool counts, int64 window_rows, bool fill_it)
{
	BingoOrdering ordering = {.name = pstrdup(name), .window_rows = window_rows};
	const BingoStoredDefinition *stored = bingo_definition_find(name);
	List	   *before;

	ordering.definition = bingo_build_require_definition(query, counts, NULL);
	bingo_tables_lock(ordering.definition, ShareRowExclusiveLock);

	/* While we waited an index may have gone. */
	ordering.definition = bingo_build_require_definition(query, counts, NULL);
	bingo_definition_count_keys(ordering.definition, window_rows == BINGO_MOST_WINDOW_ROWS);
	if (ordering.definition->nparameters > 0 && ordering.definition->nkeys == 0)
		ordering.window_rows = BINGO_MOST_WINDOW_ROWS;
	ordering.max_rows = stored ? stored->max_rows : 0;
	ordering.owner = find_owner(ordering.definition);
	if (!OidIsValid(ordering.owner))
		ordering.owner = GetUserId();
	before = drop_built(name);
	make_ordering(&ordering, fill_it);
	/* last, since readers wait for it */
	bingo_sweep_triggers(list_union_oid(bingo_tables_list(&ordering), before));
	return ordering.id;
}

void
bingo_build_drop(const BingoOrdering *ordering, bool definition_too)
{
	BingoScope	scope;

	bingo_store_enter(&scope, InvalidOid);
	bingo_state_drop(ordering->name);
	if (definition_too)
		bingo_definition_drop(ordering->name);
	bingo_sweep_ordering(ordering);
	bingo_stats_forget(ordering->id);
	bingo_store_leave(&scope);
}

void
bingo_build_give_up(const char *name, const BingoOrdering *ordering)
{
	BingoScope	scope;

	bingo_store_enter(&scope, InvalidOid);
	bingo_definition_give_up(name, InvalidOid, bingo_store_owner());
	bingo_store_leave(&scope);
	if (ordering != NULL)
		bingo_build_drop(ordering, false);
	else
	{
		bingo_store_enter(&scope, InvalidOid);
		bingo_state_drop(name);	/* the reason why it could not be built */
		bingo_store_leave(&scope);
	}
}

BingoStoredDefinition *
bingo_build_find_definition(const char *name)
{
	(void) bingo_store_owner();
	return bingo_definition_find(name);
}

void
bingo_build_define(const char *name, const char *text, const char *renamed, const BingoDefinition *definition, int64 window_rows)
{
	Oid			owner = find_owner(definition);
	BingoScope	scope;

	bingo_store_enter(&scope, InvalidOid);
	bingo_definition_write(name, text, renamed, definition->counts, window_rows, OidIsValid(owner) ? owner : scope.user);
	CommandCounterIncrement();
	bingo_definition_follow_owner(bingo_definition_require(name), definition, bingo_store_owner());
	bingo_store_leave(&scope);
}

void
bingo_build_fill_limited(const char *name, int32 id, int64 max_rows)
{
	TimestampTz start = GetCurrentTimestamp();
	int64		remaining;
	const char *reason = NULL;
	BingoScope	scope;
	BingoStep	step;

	bingo_store_enter(&scope, InvalidOid);
	bingo_definition_limit(name, max_rows);
	CommandCounterIncrement();
	bingo_store_leave(&scope);
	step = bingo_refresh_start(id, BINGO_MOST_WINDOW_ROWS, &remaining, &reason);
	if (step != BINGO_STEP_DONE && step != BINGO_STEP_MORE)
		elog(ERROR, "could not fill ordering \"%s\": %s", name, reason ? reason : "it is busy");
	bingo_refresh_finish(id, (GetCurrentTimestamp() - start) / 1000.0);
}

void
bingo_build_note_whole(const char *name, const char *whole, int levels, Oid part)
{
	BingoScope	scope;

	bingo_store_enter(&scope, InvalidOid);
	bingo_definition_note_whole(name, whole, levels, part);
	CommandCounterIncrement();
	bingo_store_leave(&scope);
}

/* --- refresh_ordering() of what is not built, or not as it should be --- */

/* Is the name one of the other kind, or of a whole of that? */
static bool
is_of_other_kind(const char *name, bool counts)
{
	ListCell   *cell;

	foreach(cell, bingo_definition_list())
	{
		const BingoStoredDefinition *stored = lfirst(cell);

		if (stored->counts != counts && (strcmp(stored->name, name) == 0 || (stored->whole && strcmp(stored->whole, name) == 0)))
			return true;
	}
	return false;
}

void
bingo_build_raise_missing(const char *name, bool counts)
{
	const char *other = counts ? "ordering" : "counter";

	if (is_of_other_kind(name, counts))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is %s, not %s", name, counts ? "an ordering" : "a counter", counts ? "a counter" : "an ordering"),
				 errhint("It is for the functions of %ss: drop_%s(), refresh_%s() and verify_%s().", other, other, other, other)));
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("%s \"%s\" does not exist", counts ? "counter" : "ordering", name),
			 errhint("SELECT name FROM bingo_tune.%s;", counts ? "counters" : "orderings")));
}

static void
raise_not_owner(const char *name, bool counts, Oid owner)
{
	char	   *owner_name = bingo_relations_find_role(owner);

	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("must be owner of %s \"%s\"", counts ? "counter" : "ordering", name),
			 owner_name ? errhint("Call the function as %s.", quote_identifier(owner_name)) :
			 errhint("Call the function as superuser.")));
}

char *
bingo_build_name_argument(FunctionCallInfo fcinfo, bool counts, const char *function)
{
	bingo_require_argument(fcinfo, 0, "name", function, counts ?
						   "List the counters with: SELECT name FROM bingo_tune.counters;" :
						   "List the orderings with: SELECT name FROM bingo_tune.orderings;");
	return text_to_cstring(PG_GETARG_TEXT_PP(0));
}

BingoOrdering *
bingo_build_find(const char *name, bool counts)
{
	BingoOrdering *ordering = bingo_catalog_by_name(name);
	BingoStoredDefinition *definition = bingo_build_find_definition(name);

	if (definition == NULL || definition->counts != counts)
		bingo_build_raise_missing(name, counts);

	if (ordering != NULL && !ordering->usable)
	{
		bingo_catalog_reload();
		ordering = bingo_catalog_by_name(name);
	}
	if (ordering != NULL && OidIsValid(ordering->definition_server))
	{
		if (!bingo_refresh_allowed(ordering, GetUserId()))
			raise_not_owner(name, counts, ordering->owner);
		return ordering;
	}
	if (!has_privs_of_role(GetUserId(), definition->owner))
		raise_not_owner(name, counts, definition->owner);
	return NULL;
}

void
bingo_build_again(const char *name)
{
	BingoStoredDefinition *definition = bingo_build_find_definition(name);
	ErrorData  *error;
	Query	   *query;

	if (definition == NULL)
		bingo_build_raise_missing(name, false);	/* dropped since it was found */
	query = bingo_query_analyze(definition, GetUserId(), &error);
	/* the parser's hints are not about what is kept */
	if (query == NULL && error->hint == NULL)
		error->hint = psprintf("If it won't come back: SELECT bingo_tune.drop_%s(%s);", definition->counts ? "counter" : "ordering", quote_literal_cstr(name));
	if (query == NULL)
		ReThrowError(error);
	bingo_query_check_ownership(bingo_build_require_definition(query, definition->counts, NULL), GetUserId());
	(void) bingo_build_make(name, query, definition->counts, definition->window_rows, true);
	/* with an error the query's own names are not those of now: it was analysed by the others */
	bingo_build_define(name, definition->query, error ? definition->renamed : NULL, bingo_build_require_definition(query, definition->counts, NULL),
		   definition->window_rows);
}

/* --- the same for upkeep --- */

/* Of what was made for a partition under the name of a whole: the partition. */
static Oid
find_part(const BingoStoredDefinition *definition, const BingoOrdering *ordering)
{
	if (definition->whole == NULL)
		return InvalidOid;
	return ordering != NULL && ordering->definition != NULL ? bingo_partition_of(ordering->definition) : definition->part;
}

/* The partition was dropped, but what was made for it could not go with it.  As it is not known by its name, another may have that. */
static bool
give_up_if_over(const BingoStoredDefinition *definition)
{
	BingoOrdering *ordering = bingo_catalog_by_name(definition->name);

	if (!bingo_definition_is_over(definition, ordering))
		return false;
	ordering = close_gate(definition->name);
	if (!bingo_definition_is_over(definition, ordering))
		return false;
	bingo_build_give_up(definition->name, ordering);
	return true;
}

static void
note_part(const BingoStoredDefinition *definition, Oid part)
{
	if (part == definition->part)
		return;
	bingo_definition_note_whole(definition->name, definition->whole, definition->levels, part);
	CommandCounterIncrement();
}

/* With what was built goes what tells the partition: without, nobody would know that it is dropped. */
static void
keep_reason(const BingoStoredDefinition *definition, const char *reason)
{
	Oid			part = find_part(definition, close_gate(definition->name));
	BingoScope	scope;

	bingo_sweep_triggers(drop_built(definition->name));
	bingo_store_enter(&scope, InvalidOid);
	note_part(definition, part);
	bingo_state_write_reason(definition->name, reason);
	bingo_store_leave(&scope);
}

BingoStep
bingo_build_repair(const char *name, int32 *id, int64 *remaining, const char **reason)
{
	BingoStoredDefinition *definition = bingo_build_find_definition(name);
	ErrorData  *error;
	Query	   *query = NULL;
	BingoDefinition *now;
	BingoScope	scope;

	if (definition == NULL)
	{
		*reason = "it was dropped";
		return BINGO_STEP_IMPOSSIBLE;
	}
	if (give_up_if_over(definition))
	{
		*reason = "its partition was dropped";
		return BINGO_STEP_IMPOSSIBLE;
	}
	if (definition->was_of && !OidIsValid(get_role_oid(definition->was_of, true)))
		*reason = psprintf("role \"%s\", whose ordering it was, does not exist", definition->was_of);
	else if ((query = bingo_query_analyze(definition, definition->owner, &error)) == NULL)
		*reason = error->message;
	if (query == NULL)
	{
		keep_reason(definition, *reason);
		return BINGO_STEP_IMPOSSIBLE;
	}
	*id = bingo_build_make(name, query, definition->counts, definition->window_rows, false);
	now = bingo_build_require_definition(query, definition->counts, NULL);
	*remaining = now->nparameters > 0 ? BINGO_MOST_WINDOW_ROWS : definition->window_rows;
	bingo_store_enter(&scope, InvalidOid);
	note_part(definition, InvalidOid);
	bingo_definition_follow_owner(definition, now, bingo_store_owner());
	bingo_store_leave(&scope);
	return BINGO_STEP_DONE;
}

/* --- drop_ordering() --- */

void
bingo_build_drop_named(const char *name, bool counts, bool with_whole)
{
	BingoOrdering *ordering = bingo_build_find(name, counts);
	const BingoStoredDefinition *definition;
	BingoScope	scope;
	Oid			part;

	if (ordering != NULL)
	{
		(void) close_gate(name);
		ordering = bingo_build_find(name, counts);	/* and its rights of now */
	}
	bingo_store_enter(&scope, InvalidOid);
	definition = bingo_definition_require(name);
	/* the partition is to have none from now on */
	part = with_whole ? InvalidOid : find_part(definition, ordering);
	if (OidIsValid(part))
		bingo_definition_give_up(name, part, bingo_store_owner());
	if (ordering != NULL)
		bingo_build_drop(ordering, !OidIsValid(part));
	else
	{
		bingo_state_drop(name);
		if (!OidIsValid(part))
			bingo_definition_drop(name);
	}
	if (definition->whole != NULL)
		bingo_definition_forget_apart(definition->whole);
	bingo_store_leave(&scope);
}
