/*
 * attach_orderings.c
 *	  The orderings that the application's SQL needs: apply() creates them and
 *	  revert() drops them, through the same functions as everybody.
 *
 * There is one, for GET /api/session.  GET /api/customer and GET /api/movie have
 * none: each reads one table in the order of a plain index, and a window could
 * only save the index's jumps in the table, for a second write at every change
 * (bench/ordering_single.sh shows both sides).
 *
 * What can't be created is a WARNING: the indexes serve without it.
 *
 * The caller is connected to SPI, has search_path pg_catalog and may act as the
 * tables' owner.
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/resowner.h"

#include "attach.h"

static const char *const session_query =
	"SELECT sessions.id, sessions.start_time,"
	" customers.id, customers.name, customers.surname, customers.birthday, customers.email,"
	" movies.id, movies.name, movies.year, movies.duration"
	" FROM %1$s.sessions"
	" INNER JOIN %1$s.customers ON sessions.customer_id = customers.id"
	" INNER JOIN %1$s.movies ON sessions.movie_id = movies.id"
	" ORDER BY movies.year DESC, movies.name ASC, customers.id, sessions.id DESC";

/* Is it there, and is it built? */
static bool
find_ordering(bool *built)
{
	bool		isnull;

	if (SPI_execute("SELECT last_build IS NOT NULL"
					" FROM bingo_tune.orderings WHERE name = '" BINGO_SESSION_ORDERING "'",
					false, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not look for ordering " BINGO_SESSION_ORDERING);
	if (SPI_processed == 0)
		return false;
	*built = DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	return true;
}

bool
bingo_attach_has_ordering(void)
{
	bool		built;

	return find_ordering(&built) && built;
}

static void
call(const char *sql)
{
	int			result = SPI_execute(sql, false, 0);

	if (result != SPI_OK_SELECT)
		elog(ERROR, "unexpected result %s of: %s", SPI_result_code_string(result), sql);
}

/* Runs it in a subtransaction; false, after a warning, if it fails. */
static bool
try_call(const char *sql)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool done = true;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		call(sql);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		ereport(WARNING,
				(errmsg("ordering " BINGO_SESSION_ORDERING " was not created: %s", error->message),
				 error->detail ? errdetail("%s", error->detail) : 0,
				 errhint("%s", error->hint ? error->hint :
						 "When that is corrected, type: SELECT * FROM bingo_tune.apply();")));
		done = false;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return done;
}

/* Returns what was done, as apply() says it, or NULL if it could not be. */
const char *
bingo_attach_ensure_ordering(const BingoApplication *application)
{
	const char *schema = quote_identifier(get_namespace_name(application->schema));
	bool		built;
	char	   *query;

	if (find_ordering(&built))
	{
		if (built)
			return "kept";
		return try_call("SELECT bingo_tune.refresh_ordering('" BINGO_SESSION_ORDERING "')") ? "adopted" : NULL;
	}
	query = psprintf(session_query, schema);
	return try_call(psprintf("SELECT bingo_tune.create_ordering('" BINGO_SESSION_ORDERING "', %s)",
							 quote_literal_cstr(query))) ? "created" : NULL;
}

/* Returns false if there is none. */
bool
bingo_attach_drop_ordering(void)
{
	bool		built;

	if (!find_ordering(&built))
		return false;
	call("SELECT bingo_tune.drop_ordering('" BINGO_SESSION_ORDERING "')");
	return true;
}
