/*
 * attach/orderings.c
 *	  The orderings that the application's SQL needs: apply() creates them and
 *	  revert() drops them, with the orderings and counters that apply_advice() made,
 *	  through the same functions as everybody.
 *
 * GET /api/session has one, and so have GET /api/customer and GET /api/movie,
 * which read one table in the order of a plain index: there a window saves only
 * the index's jumps in the table, for a second write at every change.  By
 * bench/ordering_single.sh (the figures are in extension/README.md) the customers' list then
 * takes a third of the time, the movies' list a quarter, and an INSERT some
 * microseconds more; the application never writes either table, and who does now
 * and then pays for a thousand INSERTs what one list gains.
 *
 * A customer is a dimension row of the session's ordering too, and so is a movie:
 * their writers take turns at its gate anyway.
 *
 * Windows have the default of create_ordering(): the lists end at 100,000 rows
 * and a window is extended when half of it is left, so that every answer comes
 * from its window alone.
 *
 * What can't be created is a WARNING: the indexes serve without it.
 *
 * The caller is connected to SPI, has search_path pg_catalog and may act as the
 * tables' owner.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "attach/attach.h"
#include "base/attempt.h"
#include "base/relations.h"

const BingoPreset bingo_attach_presets[BINGO_NPRESETS] = {
	{
		.name = "api_session",
		.table = BINGO_SESSIONS,
		.purpose = "GET /api/session (ordering api_session)",
		.query = "SELECT sessions.id, sessions.start_time,"
		" customers.id, customers.name, customers.surname, customers.birthday, customers.email,"
		" movies.id, movies.name, movies.year, movies.duration"
		" FROM %1$s.sessions"
		" INNER JOIN %1$s.customers ON sessions.customer_id = customers.id"
		" INNER JOIN %1$s.movies ON sessions.movie_id = movies.id"
		" ORDER BY movies.year DESC, movies.name ASC, customers.id, sessions.id DESC",
	},
	{
		.name = "api_customer",
		.table = BINGO_CUSTOMERS,
		.purpose = "GET /api/customer (ordering api_customer)",
		.query = "SELECT customers.id, customers.name, customers.surname, customers.birthday, customers.email"
		" FROM %1$s.customers"
		" ORDER BY customers.surname ASC, customers.name ASC, customers.birthday DESC, customers.id DESC",
	},
	{
		.name = "api_movie",
		.table = BINGO_MOVIES,
		.purpose = "GET /api/movie (ordering api_movie)",
		.query = "SELECT movies.id, movies.name, movies.year, movies.duration"
		" FROM %1$s.movies"
		" ORDER BY movies.year DESC, movies.name ASC, movies.id DESC",
	},
};

/* Is it there, is it built, and from which table (InvalidOid if that is gone)? */
static bool
find_ordering(const BingoPreset *preset, bool *built, Oid *table)
{
	bool		isnull;

	if (SPI_execute(psprintf("SELECT last_build IS NOT NULL, coalesce(tables[1], 0) FROM bingo_tune.orderings WHERE name = %s",
							 quote_literal_cstr(preset->name)), false, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not look for ordering %s", preset->name);
	if (SPI_processed == 0)
		return false;
	*built = DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	*table = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &isnull));
	return true;
}

bool
bingo_attach_has_orderings(void)
{
	for (int i = 0; i < BINGO_NPRESETS; i++)
	{
		bool		built;
		Oid			table;

		if (!find_ordering(&bingo_attach_presets[i], &built, &table) || !built)
			return false;
	}
	return true;
}

static void
call(void *argument)
{
	const char *sql = argument;
	int			result = SPI_execute(sql, false, 0);

	if (result != SPI_OK_SELECT)
		elog(ERROR, "unexpected result %s of: %s", SPI_result_code_string(result), sql);
}

/*
 * Runs it in a subtransaction; false, after a warning, if it fails.  But who
 * cancels apply() wants it to end, not to go on with the next ordering.
 */
static bool
try_call(const BingoPreset *preset, char *sql)
{
	ErrorData  *error = bingo_attempt(call, sql);

	if (error == NULL)
		return true;
	if (error->sqlerrcode == ERRCODE_QUERY_CANCELED)
		ReThrowError(error);
	ereport(WARNING,
			(errmsg("ordering %s was not created: %s", preset->name, error->message),
			 error->detail ? errdetail("%s", error->detail) : 0,
			 errhint("%s", error->hint ? error->hint :
					 "When that is corrected, type: SELECT * FROM bingo_tune.apply();")));
	return false;
}

/* Returns what was done, as apply() says it, or NULL if it could not be. */
const char *
bingo_attach_ensure_ordering(const BingoPreset *preset, const BingoApplication *application)
{
	const char *schema = quote_identifier(bingo_relations_schema(application->schema));
	char	   *name = quote_literal_cstr(preset->name);
	bool		built;
	Oid			table;

	if (find_ordering(preset, &built, &table))
	{
		if (built)
			return "kept";
		return try_call(preset, psprintf("SELECT bingo_tune.refresh_ordering(%s)", name)) ? "adopted" : NULL;
	}
	return try_call(preset, psprintf("SELECT bingo_tune.create_ordering(%s, %s)", name,
									 quote_literal_cstr(psprintf(preset->query, schema)))) ? "created" : NULL;
}

static bool
is_preset(const char *name)
{
	for (int i = 0; i < BINGO_NPRESETS; i++)
	{
		if (strcmp(bingo_attach_presets[i].name, name) == 0)
			return true;
	}
	return false;
}

static List *
add_dropped(List *dropped, const char *kind, const char *name, Oid table)
{
	BingoDropped *ordering = palloc(sizeof(BingoDropped));

	ordering->kind = kind;
	ordering->name = pstrdup(name);
	ordering->table = table;
	return lappend(dropped, ordering);
}

static List *
list_presets(void)
{
	List	   *found = NIL;

	for (int i = 0; i < BINGO_NPRESETS; i++)
	{
		bool		built;
		Oid			table;

		if (find_ordering(&bingo_attach_presets[i], &built, &table))
			found = add_dropped(found, "ordering", bingo_attach_presets[i].name, table);
	}
	return found;
}

static List *
list_advised(const char *kind, const char *query)
{
	List	   *found = NIL;

	if (SPI_execute(query, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not list the %ss", kind);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		char	   *name = SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1);
		bool		isnull;
		Oid			table = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 2, &isnull));

		if (!is_preset(name) && bingo_attach_is_advised_ordering(name))
			found = add_dropped(found, kind, name, table);
	}
	return found;
}

/* What somebody else has dropped meanwhile is not among them. */
List *
bingo_attach_drop_orderings(void)
{
	List	   *dropped = list_presets();
	ListCell   *cell;

	dropped = list_concat(dropped, list_advised("ordering", "SELECT name, coalesce(tables[1], 0) FROM bingo_tune.orderings ORDER BY name"));
	dropped = list_concat(dropped, list_advised("counter", "SELECT name, coalesce(table_name, 0) FROM bingo_tune.counters ORDER BY name"));
	foreach(cell, dropped)
	{
		const BingoDropped *ordering = lfirst(cell);
		ErrorData  *error = bingo_attempt(call, psprintf("SELECT bingo_tune.drop_%s(%s)", ordering->kind, quote_literal_cstr(ordering->name)));

		if (error == NULL)
			continue;
		if (error->sqlerrcode != ERRCODE_UNDEFINED_OBJECT)
			ReThrowError(error);
		dropped = foreach_delete_current(dropped, cell);
	}
	return dropped;
}
