/*
 * timing/target.c
 *	  The view endpoint_targets: its rows, and INSERT, UPDATE and DELETE on them.
 *
 * As on the table that it was in version 1.0, with the same errors; shipped rows behave
 * like those of endpoints (timing/endpoint_change.c), with the endpoint for an action:
 * INSERT replaces a shipped row, UPDATE makes it the user's, DELETE keeps it away, and
 * INSERT of what it was, with shipped = true, brings it back.
 * For locks and rights see timing/change.c.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "commands/extension.h"
#include "common/shortest_dec.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "base/compat.h"
#include "timing/endpoint.h"

PG_FUNCTION_INFO_V1(bingo_timing_list_targets);
PG_FUNCTION_INFO_V1(bingo_timing_change_target);

#define VIEW "endpoint_targets"

#define FRACTION		0.9
#define MAX_ERROR_RATE	0.01

enum
{
	COLUMN_ENDPOINT = 1,
	COLUMN_FRACTION,
	COLUMN_WITHIN,
	COLUMN_MAX_ERROR_RATE,
	COLUMN_SHIPPED,
	COLUMNS = COLUMN_SHIPPED
};

static const BingoTarget shipped[] = {
	{.endpoint = "GET /db_dummy",.fraction = FRACTION,.has_within = true,.within = 400,.max_error_rate = MAX_ERROR_RATE},
	{.endpoint = "GET /api/movie/{id}",.fraction = FRACTION,.has_within = true,.within = 400,.max_error_rate = MAX_ERROR_RATE},
	{.endpoint = "GET /api/customer/{id}",.fraction = FRACTION,.has_within = true,.within = 400,.max_error_rate = MAX_ERROR_RATE},
	{.endpoint = "GET /api/session/{id}",.fraction = FRACTION,.has_within = true,.within = 400,.max_error_rate = MAX_ERROR_RATE},
	{.endpoint = "GET /api/movie",.fraction = FRACTION,.max_error_rate = MAX_ERROR_RATE},
	{.endpoint = "GET /api/customer",.fraction = FRACTION,.max_error_rate = MAX_ERROR_RATE},
	{.endpoint = "GET /api/session",.fraction = FRACTION,.max_error_rate = 0.05},
	{.endpoint = "POST /api/session",.fraction = FRACTION,.max_error_rate = MAX_ERROR_RATE},
	{.endpoint = "DELETE /api/session/{id}",.fraction = FRACTION,.max_error_rate = MAX_ERROR_RATE},
};

/* --- what there is --- */

static const BingoTarget *
find_shipped(const char *endpoint)
{
	for (int i = 0; i < lengthof(shipped); i++)
	{
		if (strcmp(shipped[i].endpoint, endpoint) == 0)
			return &shipped[i];
	}
	return NULL;
}

static const BingoTarget *
find_target(List *rows, const char *endpoint)
{
	ListCell   *cell;

	foreach(cell, rows)
	{
		const BingoTarget *row = lfirst(cell);

		if (strcmp(row->endpoint, endpoint) == 0)
			return row;
	}
	return NULL;
}

/* False if there is none; what is no number counts as none, see timing/endpoint.c. */
static bool
read_number(const BingoServer *server, const char *option, double *number)
{
	const char *written = bingo_server_option(server, option);
	char	   *end;
	double		value;

	if (written == NULL)
		return false;
	value = strtod(written, &end);
	if (end == written || *end != '\0')
		return false;
	*number = value;
	return true;
}

static BingoTarget *
read_target(const BingoServer *server)
{
	BingoTarget *row = palloc0(sizeof(BingoTarget));

	row->server = server->oid;
	row->hidden = bingo_server_option(server, "hidden") != NULL;
	row->endpoint = bingo_server_option(server, "endpoint");
	row->fraction = FRACTION;
	row->max_error_rate = MAX_ERROR_RATE;
	read_number(server, "fraction", &row->fraction);
	read_number(server, "max_error_rate", &row->max_error_rate);
	row->has_within = read_number(server, "within", &row->within);
	/* quantile() would fail for everybody. */
	if (!(row->fraction > 0 && row->fraction <= 1))
		row->fraction = FRACTION;
	return row->endpoint == NULL ? NULL : row;
}

List *
bingo_target_list(Snapshot snapshot)
{
	List	   *rows = NIL;
	ListCell   *cell;

	foreach(cell, bingo_server_list(BINGO_TARGET_TYPE, snapshot))
	{
		BingoTarget *row = read_target(lfirst(cell));

		if (row != NULL && find_target(rows, row->endpoint) == NULL)
			rows = lappend(rows, row);
	}
	for (int i = 0; i < lengthof(shipped); i++)
	{
		if (find_target(rows, shipped[i].endpoint) == NULL)
			rows = lappend(rows, (void *) &shipped[i]);
	}
	return rows;
}

static void
fill_values(const BingoTarget *row, Datum *values, bool *nulls)
{
	memset(nulls, 0, COLUMNS * sizeof(bool));
	values[COLUMN_ENDPOINT - 1] = CStringGetTextDatum(row->endpoint);
	values[COLUMN_FRACTION - 1] = Float8GetDatum(row->fraction);
	values[COLUMN_WITHIN - 1] = Float8GetDatum(row->within);
	nulls[COLUMN_WITHIN - 1] = !row->has_within;
	values[COLUMN_MAX_ERROR_RATE - 1] = Float8GetDatum(row->max_error_rate);
	values[COLUMN_SHIPPED - 1] = BoolGetDatum(!OidIsValid(row->server));
}

/* bingo_tune.list_endpoint_targets(): the view endpoint_targets */
Datum
bingo_timing_list_targets(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	List	   *endpoints;
	ListCell   *cell;

	InitMaterializedSRF(fcinfo, 0);
	endpoints = bingo_endpoint_shown(GetActiveSnapshot());
	foreach(cell, bingo_target_list(GetActiveSnapshot()))
	{
		const BingoTarget *row = lfirst(cell);
		Datum		values[COLUMNS];
		bool		nulls[COLUMNS];

		/* A shipped target goes with its endpoint. */
		if (row->hidden || (!OidIsValid(row->server) && !bingo_endpoint_has_name(endpoints, row->endpoint) && !creating_extension))
			continue;
		fill_values(row, values, nulls);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* --- changing it --- */

static double
require_number(HeapTuple tuple, TupleDesc desc, AttrNumber column, const char *name)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, column, desc, &isnull);

	if (isnull)
		bingo_change_refuse(ERRCODE_NOT_NULL_VIOLATION, VIEW, name, NULL,
							psprintf("null value in column \"%s\" of view \"%s\"", name, VIEW),
							"Leave the column out for its default.");
	return DatumGetFloat8(value);
}

/* A row as somebody wants it. */
static BingoTarget
read_row(HeapTuple tuple, TupleDesc desc, bool *as_shipped)
{
	BingoTarget row = {0};
	bool		isnull;
	Datum		value;

	row.endpoint = bingo_change_text(tuple, desc, COLUMN_ENDPOINT);
	if (row.endpoint == NULL)
		bingo_change_refuse(ERRCODE_NOT_NULL_VIOLATION, VIEW, "endpoint", NULL,
							"null value in column \"endpoint\" of view \"endpoint_targets\"",
							"Give the name of an endpoint of bingo_tune.endpoints.");
	row.fraction = require_number(tuple, desc, COLUMN_FRACTION, "fraction");
	row.max_error_rate = require_number(tuple, desc, COLUMN_MAX_ERROR_RATE, "max_error_rate");
	value = heap_getattr(tuple, COLUMN_WITHIN, desc, &isnull);
	row.has_within = !isnull;
	row.within = isnull ? 0 : DatumGetFloat8(value);
	value = heap_getattr(tuple, COLUMN_SHIPPED, desc, &isnull);
	*as_shipped = !isnull && DatumGetBool(value);
	return row;
}

/* For a share that is given in percent: what was meant. */
static const char *
hint_share(double given, const char *otherwise)
{
	if (given > 1 && given <= 100)
		return psprintf("For %g %% of the calls give %g.", given, given / 100);
	return otherwise;
}

static void
warn_unknown(const BingoTarget *row)
{
	if (!bingo_endpoint_has_name(bingo_endpoint_shown(NULL), row->endpoint))
		bingo_change_warn(psprintf("there is no endpoint \"%s\"", row->endpoint),
						  "The target counts as soon as there is; list their names with: SELECT DISTINCT endpoint FROM bingo_tune.endpoints;");
}

static void
check_row(const BingoTarget *row)
{
	if (row->endpoint[0] == '\0')
		bingo_change_refuse(ERRCODE_CHECK_VIOLATION, VIEW, "endpoint", "endpoint_targets_endpoint_check",
							"the endpoint of a target must not be empty", "Give the name of an endpoint of bingo_tune.endpoints.");
	/* As the type compares: not a number is more than all numbers. */
	if (!float8_gt(row->fraction, 0) || !float8_le(row->fraction, 1))
		bingo_change_refuse(ERRCODE_CHECK_VIOLATION, VIEW, "fraction", "endpoint_targets_fraction_check",
							psprintf("the fraction of endpoint \"%s\" must be more than 0 and not more than 1", row->endpoint),
							hint_share(row->fraction, "Give the share of the calls that must not take longer, such as 0.9."));
	if (row->has_within && !float8_gt(row->within, 0))
		bingo_change_refuse(ERRCODE_CHECK_VIOLATION, VIEW, "within", "endpoint_targets_within_check",
							psprintf("the time of endpoint \"%s\" must be more than 0", row->endpoint),
							"Give it in milliseconds, or NULL for no target.");
	if (!float8_ge(row->max_error_rate, 0) || !float8_le(row->max_error_rate, 1))
		bingo_change_refuse(ERRCODE_CHECK_VIOLATION, VIEW, "max_error_rate", "endpoint_targets_max_error_rate_check",
							psprintf("the error rate of endpoint \"%s\" must not be less than 0 or more than 1", row->endpoint),
							hint_share(row->max_error_rate, "Give the share of the calls that may fail, such as 0.01."));
}

pg_noreturn static void
refuse_taken(const char *endpoint)
{
	bingo_change_refuse(ERRCODE_UNIQUE_VIOLATION, VIEW, NULL, "endpoint_targets_pkey",
						psprintf("endpoint \"%s\" already has a target", endpoint),
						"Change that with UPDATE, or delete it first.");
}

static bool
same_values(const BingoTarget *left, const BingoTarget *right)
{
	return float8_eq(left->fraction, right->fraction) &&
		left->has_within == right->has_within && float8_eq(left->within, right->within) &&
		float8_eq(left->max_error_rate, right->max_error_rate);
}

/* Shortest form that is read as the same number, whatever the session's settings. */
static List *
add_number(List *options, const char *option, double number)
{
	return bingo_server_add_option(options, option, double_to_shortest_decimal(number));
}

static void
keep_row(Oid server, const BingoTarget *row, bool hidden)
{
	List	   *options = NIL;

	if (hidden)
		options = bingo_server_add_option(options, "hidden", "true");
	else
	{
		options = add_number(options, "max_error_rate", row->max_error_rate);
		if (row->has_within)
			options = add_number(options, "within", row->within);
		options = add_number(options, "fraction", row->fraction);
	}
	options = bingo_server_add_option(options, "endpoint", row->endpoint);
	bingo_change_keep(server, BINGO_TARGET_TYPE, row->endpoint, options);
}

/* The row goes; a shipped one of its endpoint does not come back. */
static void
leave(const BingoTarget *row)
{
	if (find_shipped(row->endpoint) != NULL)
		keep_row(row->server, row, true);
	else
		bingo_server_drop(row->server);
}

static void
insert_row(BingoTarget *row, bool as_shipped, List *rows)
{
	const BingoTarget *other = find_target(rows, row->endpoint);
	const BingoTarget *was = as_shipped ? find_shipped(row->endpoint) : NULL;

	if (was != NULL && !same_values(was, row))
		was = NULL;
	if (other != NULL && !other->hidden && (OidIsValid(other->server) || was != NULL))
		refuse_taken(row->endpoint);
	if (other != NULL && other->hidden)
		bingo_server_drop(other->server);
	if (was == NULL)
		keep_row(InvalidOid, row, false);
}

/* The row that a statement has seen as "old": NULL, it is gone. */
static const BingoTarget *
find_old(List *rows, const BingoTarget *old)
{
	const BingoTarget *row = find_target(rows, old->endpoint);
	bool		found = row != NULL && !row->hidden;

	return bingo_change_is_gone(found, found && same_values(row, old)) ? NULL : row;
}

static bool
update_row(const BingoTarget *old, const BingoTarget *row, List *rows)
{
	const BingoTarget *current = find_old(rows, old);
	const BingoTarget *other = find_target(rows, row->endpoint);
	Oid			server;

	if (current == NULL)
		return false;
	if (other != NULL && other != current)
	{
		if (!other->hidden)
			refuse_taken(row->endpoint);
		bingo_server_drop(other->server);
	}
	server = current->server;
	if (strcmp(current->endpoint, row->endpoint) != 0 && find_shipped(current->endpoint) != NULL)
	{
		leave(current);
		server = InvalidOid;
	}
	keep_row(server, row, false);
	return true;
}

static HeapTuple
form_row(HeapTuple tuple, TupleDesc desc, bool is_shipped)
{
	int			column = COLUMN_SHIPPED;
	Datum		value = BoolGetDatum(is_shipped);
	bool		isnull = false;

	return heap_modify_tuple_by_cols(tuple, desc, 1, &column, &value, &isnull);
}

/* bingo_tune.change_endpoint_target(): INSTEAD OF INSERT OR UPDATE OR DELETE ON endpoint_targets */
Datum
bingo_timing_change_target(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = bingo_change_enter(fcinfo, VIEW);
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	BingoTarget old = {0};
	BingoTarget row;
	bool		as_shipped;

	if (!TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		old = read_row(trigger->tg_trigtuple, desc, &as_shipped);
	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
	{
		const BingoTarget *current;

		bingo_server_lock(BINGO_TARGET_TYPE);
		current = find_old(bingo_target_list(NULL), &old);
		if (current == NULL)
			return PointerGetDatum(NULL);
		leave(current);
		return PointerGetDatum(trigger->tg_trigtuple);
	}
	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
	{
		List	   *rows;

		row = read_row(trigger->tg_trigtuple, desc, &as_shipped);
		check_row(&row);
		bingo_server_lock(BINGO_TARGET_TYPE);
		rows = bingo_target_list(NULL);
		insert_row(&row, as_shipped, rows);
		warn_unknown(&row);
		return PointerGetDatum(form_row(trigger->tg_trigtuple, desc,
										as_shipped && find_shipped(row.endpoint) != NULL &&
										same_values(find_shipped(row.endpoint), &row)));
	}
	row = read_row(trigger->tg_newtuple, desc, &as_shipped);
	check_row(&row);
	bingo_server_lock(BINGO_TARGET_TYPE);
	if (!update_row(&old, &row, bingo_target_list(NULL)))
		return PointerGetDatum(NULL);
	if (strcmp(row.endpoint, old.endpoint) != 0)
		warn_unknown(&row);
	return PointerGetDatum(form_row(trigger->tg_newtuple, desc, false));
}
