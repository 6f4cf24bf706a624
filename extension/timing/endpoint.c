/*
 * timing/endpoint.c
 *	  The rows of the view endpoints: which statements belong to which endpoint.
 *
 * Shipped ones stand here, and are shown where their tables are; the user's are servers:
 * see timing/endpoint.h.  Servers are
 * read leniently, since anybody who may use the wrapper can write one by hand: what is
 * no row is passed over, and of two with the same action or queryid the first by name
 * counts.  An error would keep everybody from reading the views.
 *
 * An action is worked out when it is needed, not kept: a dump may be restored with
 * another server's grammar.
 */
#include "postgres.h"

#include "commands/extension.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "base/relations.h"
#include "timing/timing.h"
#include "timing/endpoint.h"

PG_FUNCTION_INFO_V1(bingo_timing_list_endpoints);

#define SESSION_COLUMNS \
	"SELECT sessions.id, sessions.start_time, customers.id, customers.name, customers.surname, customers.birthday, " \
	"customers.email, movies.id, movies.name, movies.year, movies.duration FROM sessions " \
	"INNER JOIN customers ON sessions.customer_id = customers.id INNER JOIN movies ON sessions.movie_id = movies.id "
#define SESSION_ORDER \
	"ORDER BY movies.year DESC, movies.name ASC, customers.id, sessions.id DESC LIMIT 100000"
#define CUSTOMER_COLUMNS \
	"SELECT customers.id, customers.name, customers.surname, customers.birthday, customers.email FROM customers "
#define CUSTOMER_ORDER \
	"ORDER BY customers.surname ASC, customers.name ASC, customers.birthday DESC, customers.id DESC LIMIT 100000"
#define MOVIE_COLUMNS \
	"SELECT movies.id, movies.name, movies.year, movies.duration FROM movies "
#define MOVIE_ORDER \
	"ORDER BY movies.year DESC, movies.name ASC, movies.id DESC LIMIT 100000"

/* Their actions are filled in when they are first needed. */
static BingoEndpoint shipped[] = {
	{.endpoint = "GET /api/session",.example = SESSION_COLUMNS SESSION_ORDER},
	{.endpoint = "GET /api/session/{id}",.example = SESSION_COLUMNS "WHERE sessions.id IN ($1) " SESSION_ORDER},
	{.endpoint = "POST /api/session",
	.example = "INSERT INTO sessions (start_time, customer_id, movie_id) VALUES ($1, $2, $3) RETURNING id"},
	{.endpoint = "DELETE /api/session/{id}",.example = "DELETE FROM sessions WHERE sessions.id = $1"},
	{.endpoint = "GET /api/customer",.example = CUSTOMER_COLUMNS CUSTOMER_ORDER},
	{.endpoint = "GET /api/customer/{id}",.example = CUSTOMER_COLUMNS "WHERE customers.id IN ($1) " CUSTOMER_ORDER},
	{.endpoint = "GET /api/movie",.example = MOVIE_COLUMNS MOVIE_ORDER},
	{.endpoint = "GET /api/movie/{id}",.example = MOVIE_COLUMNS "WHERE movies.id IN ($1) " MOVIE_ORDER},
	{.endpoint = "GET /db_dummy",.example = "SELECT pg_sleep(0.1)"},
};

static char *
describe(const char *example, MemoryContext context)
{
	char		action[BINGO_ACTION_SIZE];

	if (!bingo_timing_describe_action(example, 0, 0, false, action))
		return NULL;
	return MemoryContextStrdup(context, action);
}

static void
describe_shipped(void)
{
	for (int i = 0; i < lengthof(shipped); i++)
	{
		if (shipped[i].action == NULL)
			shipped[i].action = describe(shipped[i].example, TopMemoryContext);
		if (shipped[i].action == NULL)
			elog(ERROR, "could not parse the example of endpoint \"%s\"", shipped[i].endpoint);
	}
}

const BingoEndpoint *
bingo_endpoint_shipped(const char *action)
{
	describe_shipped();
	for (int i = 0; i < lengthof(shipped); i++)
	{
		if (strcmp(shipped[i].action, action) == 0)
			return &shipped[i];
	}
	return NULL;
}

/* NULL if the options are not those of a row. */
static BingoEndpoint *
read_endpoint(const BingoServer *server)
{
	BingoEndpoint *row = palloc0(sizeof(BingoEndpoint));
	const char *queryid = bingo_server_option(server, "queryid");

	row->server = server->oid;
	row->hidden = bingo_server_option(server, "hidden") != NULL;
	row->endpoint = bingo_server_option(server, "endpoint");
	row->example = bingo_server_option(server, "example");
	if (row->endpoint == NULL || (row->example == NULL) == (queryid == NULL))
		return NULL;
	if (queryid != NULL)
	{
		char	   *end;

		errno = 0;
		row->queryid = strtoll(queryid, &end, 10);
		return errno != 0 || end == queryid || *end != '\0' ? NULL : row;
	}
	row->action = describe(row->example, CurrentMemoryContext);
	return row->action == NULL ? NULL : row;
}

static bool
is_taken(List *rows, const BingoEndpoint *row)
{
	ListCell   *cell;

	foreach(cell, rows)
	{
		const BingoEndpoint *other = lfirst(cell);

		if (row->action == NULL ? other->action == NULL && other->queryid == row->queryid :
			other->action != NULL && strcmp(other->action, row->action) == 0)
			return true;
	}
	return false;
}

List *
bingo_endpoint_list(Snapshot snapshot)
{
	List	   *rows = NIL;
	ListCell   *cell;

	describe_shipped();
	foreach(cell, bingo_server_list(BINGO_ENDPOINT_TYPE, snapshot))
	{
		BingoEndpoint *row = read_endpoint(lfirst(cell));

		if (row != NULL && !is_taken(rows, row))
			rows = lappend(rows, row);
	}
	for (int i = 0; i < lengthof(shipped); i++)
	{
		if (!is_taken(rows, &shipped[i]))
			rows = lappend(rows, &shipped[i]);
	}
	return rows;
}

/*
 * Are the tables of the application here whose endpoints are shipped?  Those of another
 * with a table named sessions are not its.  While the update from 1.0 compares the rows
 * with that version's, all are.
 */
static bool
has_application(void)
{
	ListCell   *cell;

	if (creating_extension)
		return true;
	foreach(cell, bingo_relations_schemas("sessions"))
	{
		if (OidIsValid(get_relname_relid("customers", lfirst_oid(cell))) &&
			OidIsValid(get_relname_relid("movies", lfirst_oid(cell))))
			return true;
	}
	return false;
}

List *
bingo_endpoint_shown(Snapshot snapshot)
{
	bool		show_shipped = has_application();
	List	   *shown = NIL;
	ListCell   *cell;

	foreach(cell, bingo_endpoint_list(snapshot))
	{
		const BingoEndpoint *row = lfirst(cell);

		if (!row->hidden && (show_shipped || OidIsValid(row->server)))
			shown = lappend(shown, (void *) row);
	}
	return shown;
}

bool
bingo_endpoint_has_name(List *rows, const char *endpoint)
{
	ListCell   *cell;

	foreach(cell, rows)
	{
		if (strcmp(((const BingoEndpoint *) lfirst(cell))->endpoint, endpoint) == 0)
			return true;
	}
	return false;
}

/* bingo_tune.list_endpoints(): the view endpoints */
Datum
bingo_timing_list_endpoints(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ListCell   *cell;

	InitMaterializedSRF(fcinfo, 0);
	foreach(cell, bingo_endpoint_shown(GetActiveSnapshot()))
	{
		const BingoEndpoint *row = lfirst(cell);
		Datum		values[5] = {0};
		bool		nulls[5] = {0};

		values[0] = CStringGetTextDatum(row->endpoint);
		nulls[1] = nulls[4] = row->example == NULL;
		nulls[2] = !nulls[1];
		if (row->example != NULL)
		{
			values[1] = CStringGetTextDatum(row->example);
			values[4] = CStringGetTextDatum(row->action);
		}
		values[2] = Int64GetDatum(row->queryid);
		values[3] = BoolGetDatum(!OidIsValid(row->server));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
