/*
 * timing/endpoint_change.c
 *	  INSERT, UPDATE and DELETE on the view endpoints.
 *
 * As on the table that it was in version 1.0: the same errors, and
 *
 *	- one action, and one queryid, belongs to one endpoint;
 *	- a row of the user's replaces a shipped one with the same action;
 *	- a shipped row that is changed becomes the user's;
 *	- what is deleted stays away, be it shipped, or the user's in a shipped one's place.
 *
 * INSERT of a shipped row as it was, with shipped = true, brings it back.
 * For locks and rights see timing/change.c.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/relations.h"
#include "timing/timing.h"
#include "timing/endpoint.h"

PG_FUNCTION_INFO_V1(bingo_timing_change_endpoint);

#define VIEW "endpoints"

enum
{
	COLUMN_ENDPOINT = 1,
	COLUMN_EXAMPLE,
	COLUMN_QUERYID,
	COLUMN_SHIPPED,
	COLUMN_ACTION
};

/* A row as the view shows it, or as somebody wants it. */
typedef struct Row
{
	char	   *endpoint;
	char	   *example;
	bool		has_queryid;
	int64		queryid;
	bool		shipped;
	char	   *action;
} Row;

static Row
read_row(HeapTuple tuple, TupleDesc desc)
{
	Row			row = {0};
	bool		isnull;
	Datum		value;

	row.endpoint = bingo_change_text(tuple, desc, COLUMN_ENDPOINT);
	row.example = bingo_change_text(tuple, desc, COLUMN_EXAMPLE);
	row.action = bingo_change_text(tuple, desc, COLUMN_ACTION);
	value = heap_getattr(tuple, COLUMN_QUERYID, desc, &isnull);
	row.has_queryid = !isnull;
	row.queryid = isnull ? 0 : DatumGetInt64(value);
	value = heap_getattr(tuple, COLUMN_SHIPPED, desc, &isnull);
	row.shipped = !isnull && DatumGetBool(value);
	return row;
}

static bool
same_text(const char *left, const char *right)
{
	return left == NULL || right == NULL ? left == right : strcmp(left, right) == 0;
}

/* The row with this action, or queryid, hidden or not. */
static const BingoEndpoint *
find_by_action(List *rows, const char *action)
{
	ListCell   *cell;

	foreach(cell, rows)
	{
		const BingoEndpoint *row = lfirst(cell);

		if (action != NULL && row->action != NULL && strcmp(row->action, action) == 0)
			return row;
	}
	return NULL;
}

static const BingoEndpoint *
find_by_queryid(List *rows, const Row *wanted)
{
	ListCell   *cell;

	foreach(cell, rows)
	{
		const BingoEndpoint *row = lfirst(cell);

		if (wanted->has_queryid && row->example == NULL && row->queryid == wanted->queryid)
			return row;
	}
	return NULL;
}

/* The row that a statement has seen as "old": NULL, it is gone. */
static const BingoEndpoint *
find_old(List *rows, const Row *old)
{
	const BingoEndpoint *row = old->has_queryid ? find_by_queryid(rows, old) : find_by_action(rows, old->action);
	bool		found = row != NULL && !row->hidden;

	if (bingo_change_is_gone(found, found && same_text(row->endpoint, old->endpoint) &&
							 same_text(row->example, old->example)))
		return NULL;
	return row;
}

static void
check_row(Row *row)
{
	if (row->example != NULL)
		row->action = bingo_timing_require_action(row->example);
	if ((row->example == NULL) == !row->has_queryid)
		bingo_change_refuse(ERRCODE_NOT_NULL_VIOLATION, VIEW, NULL, NULL,
							psprintf("endpoint \"%s\" needs an example or a queryid, and not both",
									 row->endpoint ? row->endpoint : ""),
							"Give a statement as example, or the queryid that query_timing shows.");
	if (row->endpoint == NULL)
		bingo_change_refuse(ERRCODE_NOT_NULL_VIOLATION, VIEW, "endpoint", NULL,
							"null value in column \"endpoint\" of view \"endpoints\"",
							"Give the endpoint a name, such as 'GET /film/{id}'.");
	if (strcmp(row->endpoint, "") == 0 || strcmp(row->endpoint, "(other)") == 0)
		bingo_change_refuse(ERRCODE_CHECK_VIOLATION, VIEW, NULL, "endpoints_endpoint_check",
							psprintf("an endpoint can't be named \"%s\"", row->endpoint),
							"Give the endpoint another name, such as 'GET /film/{id}'.");
}

static void
check_action_untouched(const char *given, const char *was)
{
	if (given != NULL && !same_text(given, was))
		bingo_change_refuse(ERRCODE_GENERATED_ALWAYS, VIEW, "action", NULL,
							"column \"action\" can only be what the example does",
							"Leave the column out.");
}

static void
warn_missing_tables(const Row *row)
{
	ListCell   *cell;

	if (row->example == NULL)
		return;
	foreach(cell, bingo_timing_list_tables(row->example))
	{
		const RangeVar *table = lfirst(cell);
		Oid			schema = table->schemaname ? get_namespace_oid(table->schemaname, true) : InvalidOid;

		if (table->schemaname ? OidIsValid(schema) && OidIsValid(get_relname_relid(table->relname, schema)) :
			bingo_relations_schemas(table->relname) != NIL)
			continue;
		bingo_change_warn(psprintf("table %s in the example of endpoint \"%s\" does not exist",
								   quote_qualified_identifier(table->schemaname, table->relname), row->endpoint),
						  "No statement is counted for the endpoint until it does; if it is misspelled, UPDATE bingo_tune.endpoints SET example = '...'.");
	}
}

/* A row of the endpoint goes: if it was the last one, does a target stay behind? */
static void
warn_left_target(const BingoEndpoint *gone, List *rows)
{
	ListCell   *cell;

	foreach(cell, rows)
	{
		const BingoEndpoint *row = lfirst(cell);

		if (row != gone && !row->hidden && strcmp(row->endpoint, gone->endpoint) == 0)
			return;
	}
	foreach(cell, bingo_target_list(NULL))
	{
		const BingoTarget *target = lfirst(cell);

		if (!target->hidden && OidIsValid(target->server) && strcmp(target->endpoint, gone->endpoint) == 0)
			bingo_change_warn(psprintf("endpoint \"%s\" is gone, and its target stays", gone->endpoint),
							  psprintf("DELETE FROM bingo_tune.endpoint_targets WHERE endpoint = %s;",
									   quote_literal_cstr(gone->endpoint)));
	}
}

pg_noreturn static void
refuse_taken(const Row *row, const BingoEndpoint *owner)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNIQUE_VIOLATION),
			 errmsg("the statement of endpoint \"%s\" already belongs to endpoint \"%s\"",
					row->endpoint, owner->endpoint),
			 row->action ? errdetail("What it does: %s", row->action) :
			 errdetail("The queryid is %lld", (long long) row->queryid),
			 errhint("Delete the other row first, or tell the two apart by queryid instead of example."),
			 err_generic_string(PG_DIAG_SCHEMA_NAME, "bingo_tune"),
			 err_generic_string(PG_DIAG_TABLE_NAME, VIEW)));
}

static List *
make_options(const char *endpoint, const char *example, const Row *row, bool hidden)
{
	List	   *options = NIL;

	if (hidden)
		options = bingo_server_add_option(options, "hidden", "true");
	if (row != NULL && row->has_queryid)
		options = bingo_server_add_option(options, "queryid", psprintf("%lld", (long long) row->queryid));
	options = bingo_server_add_option(options, "example", example);
	return bingo_server_add_option(options, "endpoint", endpoint);
}

/* The action is free from now on; a shipped row that has it does not come back. */
static void
leave(const BingoEndpoint *row)
{
	const BingoEndpoint *shipped = row->action ? bingo_endpoint_shipped(row->action) : NULL;

	if (shipped != NULL)
		bingo_change_keep(row->server, BINGO_ENDPOINT_TYPE, shipped->endpoint,
						  make_options(shipped->endpoint, shipped->example, NULL, true));
	else if (OidIsValid(row->server))
		bingo_server_drop(row->server);
}

/* A new row takes the place of a shipped one, be it shown or hidden. */
static void
insert_row(Row *row, List *rows)
{
	const BingoEndpoint *other = find_by_action(rows, row->action);
	const BingoEndpoint *shipped = row->shipped && row->action ? bingo_endpoint_shipped(row->action) : NULL;

	if (other == NULL)
		other = find_by_queryid(rows, row);
	if (shipped != NULL && (strcmp(shipped->endpoint, row->endpoint) != 0 || strcmp(shipped->example, row->example) != 0))
		shipped = NULL;
	if (other != NULL && !other->hidden && (OidIsValid(other->server) || shipped != NULL))
		refuse_taken(row, other);
	if (other != NULL && other->hidden)
		bingo_server_drop(other->server);
	row->shipped = shipped != NULL;
	if (!row->shipped)
		bingo_change_keep(InvalidOid, BINGO_ENDPOINT_TYPE, row->endpoint,
						  make_options(row->endpoint, row->example, row, false));
}

static bool
update_row(const Row *old, Row *row, List *rows)
{
	const BingoEndpoint *current = find_old(rows, old);
	const BingoEndpoint *other = find_by_action(rows, row->action);
	Oid			server;

	if (current == NULL)
		return false;
	if (other == NULL)
		other = find_by_queryid(rows, row);
	if (other != NULL && other != current)
	{
		if (!other->hidden && OidIsValid(other->server))
			refuse_taken(row, other);
		if (other->hidden)
			bingo_server_drop(other->server);
	}
	server = current->server;
	if (!same_text(current->action, row->action) && current->action != NULL && bingo_endpoint_shipped(current->action))
	{
		leave(current);
		server = InvalidOid;
	}
	row->shipped = false;
	if (strcmp(current->endpoint, row->endpoint) != 0)
		warn_left_target(current, rows);
	bingo_change_keep(server, BINGO_ENDPOINT_TYPE, row->endpoint,
					  make_options(row->endpoint, row->example, row, false));
	return true;
}

static HeapTuple
form_row(HeapTuple tuple, TupleDesc desc, const Row *row)
{
	int			columns[] = {COLUMN_SHIPPED, COLUMN_ACTION};
	Datum		values[] = {BoolGetDatum(row->shipped), (Datum) 0};
	bool		nulls[] = {false, row->action == NULL};

	if (row->action != NULL)
		values[1] = CStringGetTextDatum(row->action);
	return heap_modify_tuple_by_cols(tuple, desc, lengthof(columns), columns, values, nulls);
}

/* bingo_tune.change_endpoint(): INSTEAD OF INSERT OR UPDATE OR DELETE ON endpoints */
Datum
bingo_timing_change_endpoint(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = bingo_change_enter(fcinfo, VIEW);
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	Row			old = {0};
	Row			row;
	List	   *rows;

	if (!TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		old = read_row(trigger->tg_trigtuple, desc);
	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
	{
		const BingoEndpoint *current;

		bingo_server_lock(BINGO_ENDPOINT_TYPE);
		rows = bingo_endpoint_list(NULL);
		current = find_old(rows, &old);
		if (current == NULL)
			return PointerGetDatum(NULL);
		warn_left_target(current, rows);
		leave(current);
		return PointerGetDatum(trigger->tg_trigtuple);
	}
	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
	{
		row = read_row(trigger->tg_trigtuple, desc);
		check_action_untouched(row.action, NULL);
		check_row(&row);
		bingo_server_lock(BINGO_ENDPOINT_TYPE);
		insert_row(&row, bingo_endpoint_list(NULL));
		warn_missing_tables(&row);
		return PointerGetDatum(form_row(trigger->tg_trigtuple, desc, &row));
	}
	row = read_row(trigger->tg_newtuple, desc);
	check_action_untouched(row.action, old.action);
	row.action = NULL;
	check_row(&row);
	bingo_server_lock(BINGO_ENDPOINT_TYPE);
	if (!update_row(&old, &row, bingo_endpoint_list(NULL)))
		return PointerGetDatum(NULL);
	if (!same_text(row.example, old.example))
		warn_missing_tables(&row);
	return PointerGetDatum(form_row(trigger->tg_newtuple, desc, &row));
}
