/*
 * catalog_random_watch.c
 *	  Who waits for what in catalog_random.c, what becomes valid again, and who ends
 *	  prepared transactions.
 *
 * The watcher looks every 50 ms at who waits for a lock.  What the same statement waits
 * for in two looks one after the other it has really waited for:
 *
 *	- a reader or writer for a relation of bingo_tune or an advisory lock: a finding;
 *	- a COMMIT or PREPARE TRANSACTION of a writer for any lock: a finding;
 *	- a COMMIT that takes LONGEST_COMMIT seconds: the bound is one second, the rest is
 *	  for a machine that is too busy;
 *	- any statement that takes LONGEST_STATEMENT seconds: everything that a session of
 *	  ours holds it lets go within a second.  It is cancelled.
 */
#include <stdlib.h>
#include <unistd.h>

#include "catalog_random.h"

#define LONGEST_COMMIT		15
#define LONGEST_STATEMENT	60

/* --- who waits --- */

static const char waits_query[] =
"SELECT a.pid, a.application_name, left(a.query, 300),"
" a.query ~ '^(COMMIT|PREPARE TRANSACTION)' AND a.application_name LIKE 'writer %',"
" coalesce(n.nspname = 'bingo_tune', false) OR l.locktype = 'advisory',"
" extract(epoch FROM clock_timestamp() - a.query_start)::float8,"
" concat_ws(' ', l.locktype, l.mode, l.relation::regclass::text, a.wait_event_type, a.wait_event,"
"  'behind ' || (SELECT string_agg(concat_ws(' ', b.application_name, b.backend_type, left(b.query, 200)), '; ')"
"   FROM pg_stat_activity b WHERE b.pid = ANY (pg_blocking_pids(a.pid)))),"
" concat_ws(' ', a.pid, a.query_start, l.waitstart),"
" l.pid IS NOT NULL AND l.locktype <> 'extend'"
" FROM pg_stat_activity a"
" LEFT JOIN pg_locks l ON l.pid = a.pid AND NOT l.granted"
" LEFT JOIN pg_class c ON c.oid = l.relation LEFT JOIN pg_namespace n ON n.oid = c.relnamespace"
" WHERE a.datname = current_database() AND a.state = 'active' AND a.pid <> pg_backend_pid()"
" AND (l.pid IS NOT NULL OR clock_timestamp() - a.query_start > interval '10 s')";

static bool
was_seen(const PGresult *before, const char *what)
{
	for (int i = 0; before && i < PQntuples(before); i++)
	{
		if (strcmp(PQgetvalue(before, i, 7), what) == 0)
			return true;
	}
	return false;
}

static void
judge_wait(Session *session, const PGresult *waits, int i, bool again)
{
	const char *who = PQgetvalue(waits, i, 1);
	const char *sql = PQgetvalue(waits, i, 2);
	bool		commit = *PQgetvalue(waits, i, 3) == 't';
	bool		ours = *PQgetvalue(waits, i, 4) == 't';
	double		seconds = atof(PQgetvalue(waits, i, 5));
	const char *what = PQgetvalue(waits, i, 6);
	bool		waits_for_lock = *PQgetvalue(waits, i, 8) == 't';

	if (again && waits_for_lock && commit)
		finding("COMMIT waits for a lock: %s in %s: %s", who, sql, what);
	else if (again && waits_for_lock && ours && (strncmp(who, "reader", 6) == 0 || strncmp(who, "writer", 6) == 0))
		finding("waits for us: %s in %s: %s", who, sql, what);
	else if (commit && seconds > LONGEST_COMMIT)
		finding("COMMIT takes %.0f s: %s: %s", seconds, who, what);
	else if (seconds > LONGEST_STATEMENT)
	{
		finding("takes %.0f s: %s in %s: %s", seconds, who, sql, what);
		run(session, "SELECT pg_cancel_backend(%s)", PQgetvalue(waits, i, 0));
	}
}

void *
watch_always(void *argument)
{
	Session    *session = argument;
	PGresult   *before = NULL;

	while (!stop)
	{
		PGresult   *waits = ask(session, waits_query);

		for (int i = 0; waits && i < PQntuples(waits); i++)
			judge_wait(session, waits, i, was_seen(before, PQgetvalue(waits, i, 7)));
		PQclear(before);
		before = waits;
		usleep(50000);
	}
	PQclear(before);
	return NULL;
}

/* --- what becomes valid again --- */

static double
patience(void)
{
	const char *value = getenv("BINGO_CATALOG_PATIENCE");

	return value ? atof(value) : 60;
}

/* So that the run can go on.  What fails here has been a finding already. */
static void
repair(Session *session, Place *place)
{
	PGconn	   *connection = session->connection;
	char		sql[LONGEST_SQL];
	PGresult   *result;

	pthread_mutex_lock(&place->changing_lock);
	snprintf(sql, sizeof(sql), "SELECT bingo_tune.refresh_ordering('%s')", place->name);
	result = PQexec(connection, sql);
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
	{
		printf("repair: %s", PQresultErrorMessage(result));
		PQclear(result);
		snprintf(sql, sizeof(sql), "SELECT bingo_tune.drop_ordering('%s')", place->name);
		PQclear(PQexec(connection, sql));
		snprintf(sql, sizeof(sql), "SELECT catalog_random.make_ordering('%s')", place->name);
		result = PQexec(connection, sql);
		printf("repair: %s %s\n", sql, PQresultErrorMessage(result));
	}
	PQclear(result);
	snprintf(sql, sizeof(sql), "SELECT bingo_tune.refresh_counter('count_%s')", place->name);
	result = PQexec(connection, sql);
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		printf("repair: %s", PQresultErrorMessage(result));
	PQclear(result);
	pthread_mutex_unlock(&place->changing_lock);
}

static void
see_valid(Session *session)
{
	Database   *database = session->database;
	PGresult   *result;
	Place	   *place = session->place;
	double		at = random_now();

	begin_at(session, place);
	result = ask(session, "SELECT p.name FROM catalog_random.orderings p JOIN bingo_tune.counters c ON c.name = 'count_' || p.name"
				 " WHERE c.state = 'valid' AND (SELECT count(*) FROM bingo_tune.orderings o WHERE o.state = 'valid' AND"
				 " (o.name = p.name OR o.name ^@ (p.name || '_d'))) = greatest(1, (SELECT count(*) FROM"
				 " pg_partition_tree(to_regclass(p.name || '.d')) WHERE isleaf AND level > 0))");
	for (int i = 0; result && i < PQntuples(result); i++)
	{
		for (int j = 0; j < database->nplaces; j++)
		{
			if (strcmp(database->places[j].name, PQgetvalue(result, i, 0)) == 0)
				database->places[j].valid_at = at;
		}
	}
	PQclear(result);
}

static void
report_invalid(Session *session, Place *place)
{
	char		sql[1000];
	PGresult   *result;

	snprintf(sql, sizeof(sql), "SELECT json_agg(o) FROM (SELECT name, state, reason, invalidations FROM bingo_tune.orderings UNION ALL"
			 " SELECT name, state, reason, invalidations FROM bingo_tune.counters) o WHERE name ^@ '%s' OR name = 'count_%s'",
			 place->name, place->name);
	result = ask(session, sql);
	finding("%s is not valid %.0f s after the last change: %s", place->name, patience(),
			result == NULL ? "no state" : PQntuples(result) == 0 ? "it is gone" : PQgetvalue(result, 0, 0));
	PQclear(result);
	repair(session, place);
}

bool
wait_valid(Session *session)
{
	Database   *database = session->database;
	double		began = random_now();

	session->quiet = true;
	session->kind = "state of the orderings";
	session->scope = "own";
	session->allowed = NULL;
	while (!stop)
	{
		bool		all = true;

		see_valid(session);
		for (int i = 0; i < database->nplaces; i++)
		{
			Place	   *place = &database->places[i];

			if (place->valid_at >= began)
				continue;
			all = false;
			if (random_now() > patience() + database->changed_at && random_now() > patience() + began)
			{
				report_invalid(session, place);
				place->valid_at = database->changed_at = random_now();
			}
		}
		if (all)
			break;
		usleep(20000);
	}
	session->quiet = false;
	session->kind = NULL;
	return !stop;
}

/* --- prepared transactions --- */

Prepared *
reserve_prepared(Session *session)
{
	static unsigned last = 0;
	Database   *database = session->database;
	Prepared   *found = NULL;

	pthread_mutex_lock(&database->prepared_lock);
	for (int i = 0; i < MOST_PREPARED && !found; i++)
	{
		if (database->prepared[i].gid[0] == '\0')
			found = &database->prepared[i];
	}
	if (found)
	{
		snprintf(found->gid, sizeof(found->gid), "catalog%d-%d-%u", database->number, session->number, ++last);
		found->due = 0;
		database->prepared_count++;
	}
	pthread_mutex_unlock(&database->prepared_lock);
	return found;
}

void
release_prepared(Session *session, Prepared *prepared, bool is_prepared)
{
	Database   *database = session->database;

	pthread_mutex_lock(&database->prepared_lock);
	if (is_prepared)
		prepared->due = random_now() + draw(session, 300) / 1000.0;
	else
	{
		prepared->gid[0] = '\0';
		database->prepared_count--;
	}
	pthread_mutex_unlock(&database->prepared_lock);
}

void *
resolve_always(void *argument)
{
	Session    *session = argument;
	Database   *database = session->database;

	/* nothing is left, whatever the end */
	while (!finished || (database->prepared_count > 0 && PQstatus(session->connection) == CONNECTION_OK))
	{
		for (int i = 0; i < MOST_PREPARED; i++)
		{
			Prepared   *prepared = &database->prepared[i];

			if (prepared->due == 0 || (prepared->due > random_now() && !stop))
				continue;
			run(session, "%s PREPARED '%s'", draw(session, 3) ? "COMMIT" : "ROLLBACK", prepared->gid);
			database->changed_at = random_now();
			prepared->due = 0;
			release_prepared(session, prepared, false);
		}
		usleep(5000);
	}
	return NULL;
}
