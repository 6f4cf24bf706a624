/*
 * load/database.c
 *	  What is in the database, whose it is, and what may be done about it.
 *
 * Works on the coordinating connection; locks and marks are those of
 * load/run.h.  Nothing here runs with the user's search_path: it is emptied, and
 * every object is named with its schema.
 */
#include "load/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "options.h"

#define OLDEST_SERVER 150000

/* Everything that bears this prefix was made by this program. */
#define MARK_PREFIX "bingo_load: "

/* What a look into the database found. */
typedef struct Findings
{
	int			ours;			/* our tables, schema_migrations included */
	int			loading;		/* of these, unfinished */
	int			matching;		/* of these, loaded with this run's settings */
	int			taken;			/* our names, in our schema, on objects of others */
	int			others;			/* other tables */
	char		mark[160];		/* the mark of one of ours */
	char		taken_list[512];
	char		others_list[512];
	char		drop_list[1024];	/* our tables, quoted, for DROP TABLE */
} Findings;

/*
 * Relations that matter, one a row: kind, description for a message, quoted name,
 * mark of the table it belongs to, and whether it occupies one of the names
 * that the data set needs.  Members of extensions belong to those.
 */
static const char find_relations[] =
"SELECT CASE WHEN c.relkind IN ('r', 'p') THEN 'table' WHEN c.relkind = 'S' THEN 'sequence'\n"
"         WHEN c.relkind = 'i' THEN 'index' WHEN c.relkind = 'f' THEN 'foreign table'\n"
"         WHEN c.relkind = 'm' THEN 'materialized view' ELSE 'view' END,\n"
"       format('%I.%I', n.nspname, c.relname),\n"
"       coalesce(obj_description(coalesce(d.refobjid, i.indrelid, c.oid), 'pg_class'), ''),\n"
"       n.nspname = $1 AND c.relname = ANY ($2::text[])\n"
"  FROM pg_class c\n"
"  JOIN pg_namespace n ON n.oid = c.relnamespace\n"
"  LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid\n"
"       AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'a' AND c.relkind = 'S'\n"
"  LEFT JOIN pg_index i ON i.indexrelid = c.oid\n"
" WHERE ((n.nspname = $1 AND c.relname = ANY ($2::text[]))\n"
"        OR (c.relkind IN ('r', 'p', 'f', 'm')\n"
"            AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'))\n"
"   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass\n"
"                   AND e.objid = c.oid AND e.deptype = 'e')\n"
" ORDER BY 2";

static const char needed_names[] =
"{sessions,customers,movies,schema_migrations,sessions_id_seq,customers_id_seq,movies_id_seq,"
"schema_migrations_pkey}";

/* A connection that is set up as every connection of this program is. */
PGconn *
bingo_load_connect(const BingoLoadRun *run)
{
	PGconn	   *conn = bingo_client_connect_as(run->options.conninfo, "bingo_load");
	PGresult   *result;
	char		sql[512];

	if (!conn)
		return NULL;
	if (PQserverVersion(conn) < OLDEST_SERVER)
	{
		bingo_client_error("0A000", "Use PostgreSQL 15 or newer.", "server version %s is too old",
						   PQparameterStatus(conn, "server_version"));
		PQfinish(conn);
		return NULL;
	}
	/* A load takes as long as it takes, and one connection is idle meanwhile; lock_timeout stays the user's. */
	snprintf(sql, sizeof(sql), "SET search_path = ''; SET jit = off; "
			 "SET client_min_messages = warning; SET statement_timeout = 0; "
			 "SET idle_in_transaction_session_timeout = 0; SET idle_session_timeout = 0%s",
			 PQserverVersion(conn) >= 170000 ? "; SET transaction_timeout = 0" : "");
	result = bingo_client_run(conn, "could not set up the session", sql);
	if (!result)
	{
		PQfinish(conn);
		return NULL;
	}
	PQclear(result);
	return conn;
}

/* Refuses servers and databases that can't take the data, before anything is changed. */
static bool
check_server(PGconn *conn)
{
	PGresult   *result = bingo_client_run(conn, "could not look at the server",
										  "SELECT pg_is_in_recovery(), current_setting('transaction_read_only'), "
										  "getdatabaseencoding(), quote_ident(current_database())");
	bool		fit = false;

	if (!result)
		return false;
	if (strcmp(PQgetvalue(result, 0, 0), "t") == 0)
		bingo_client_error("25006", "Connect to the primary server.", "this server is a standby");
	else if (strcmp(PQgetvalue(result, 0, 1), "on") == 0)
		bingo_client_error("25006", "Set default_transaction_read_only to off, or use PGOPTIONS='-c default_transaction_read_only=off'.",
						   "transactions are read-only here");
	else if (strcmp(PQgetvalue(result, 0, 2), "UTF8") != 0)
		bingo_client_error("22P05", "Make one that can: createdb --encoding=UTF8 --locale=C.UTF-8 --template=template0 NAME",
						   "database %s has the encoding %s, which can't hold the names (UTF8 can)",
						   PQgetvalue(result, 0, 3), PQgetvalue(result, 0, 2));
	else
		fit = bingo_load_check_hash(conn);
	PQclear(result);
	return fit;
}

/* Looks the schema up and quotes its name. */
static bool
check_schema(BingoLoadRun *run)
{
	const char *values[] = {run->options.schema};
	PGresult   *result = PQexecParams(run->coordinator,
									  "SELECT quote_ident(nspname) FROM pg_namespace WHERE nspname = $1::text",
									  1, NULL, values, NULL, NULL, 0);
	bool		found = false;

	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		bingo_client_report("could not look for the schema", run->coordinator, result);
	else if (PQntuples(result) == 0)
		bingo_client_error("3F000", "CREATE SCHEMA, or choose another with --schema.",
						   "schema \"%s\" does not exist", run->options.schema);
	else
	{
		run->schema = strdup(PQgetvalue(result, 0, 0));
		found = run->schema != NULL;
	}
	PQclear(result);
	return found;
}

/* Takes the lock that makes this the only run; waits for another one. */
static bool
lock_run(BingoLoadRun *run)
{
	char		sql[128];
	PGresult   *result;
	bool		busy;

	snprintf(sql, sizeof(sql), "SELECT pg_try_advisory_lock(%d, %d)", BINGO_LOCK_CLASS, BINGO_LOCK_RUN);
	result = bingo_client_run(run->coordinator, "could not lock the database", sql);
	if (!result)
		return false;
	busy = strcmp(PQgetvalue(result, 0, 0), "t") != 0;
	PQclear(result);
	if (busy)
	{
		bingo_load_say(run, "another bingo_load is at work in this database: waiting for it");
		snprintf(sql, sizeof(sql), "SELECT pg_advisory_lock(%d, %d)", BINGO_LOCK_CLASS, BINGO_LOCK_RUN);
		result = bingo_client_run(run->coordinator, "could not wait for the other bingo_load", sql);
		if (!result)
			return false;
		PQclear(result);
	}
	/* Workers whose tool is gone may still be at work for a moment. */
	snprintf(sql, sizeof(sql), "SELECT pg_advisory_lock(%d, %d), pg_advisory_unlock(%d, %d)",
			 BINGO_LOCK_CLASS, BINGO_LOCK_WORK, BINGO_LOCK_CLASS, BINGO_LOCK_WORK);
	result = bingo_client_run(run->coordinator, "could not wait for another load's connections", sql);
	PQclear(result);
	return result != NULL;
}

/* Connects, refuses what can't work, and becomes the only run in this database. */
bool
bingo_load_open(BingoLoadRun *run)
{
	const BingoLoadOptions *options = &run->options;

	run->coordinator = bingo_load_connect(run);
	if (!run->coordinator)
		return false;
	run->coordinator_pid = PQbackendPID(run->coordinator);
	snprintf(run->mark_loading, sizeof(run->mark_loading),
			 MARK_PREFIX "format %d, seed %llu, scale %.10g, skew %.10g: loading", BINGO_GENERATE_FORMAT,
			 (unsigned long long) options->seed, options->scale, options->skew);
	snprintf(run->mark_loaded, sizeof(run->mark_loaded), "%.*sloaded",
			 (int) (strlen(run->mark_loading) - strlen("loading")), run->mark_loading);
	return check_server(run->coordinator) && check_schema(run) && lock_run(run);
}

/*
 * A worker's way in: its connection gets the lock that a later run waits for,
 * then makes sure that it still belongs to the run that is under way.
 */
bool
bingo_load_join(const BingoLoadRun *run, PGconn *conn)
{
	char		sql[512];
	PGresult   *result;
	bool		alive;

	snprintf(sql, sizeof(sql), "SELECT pg_advisory_lock_shared(%d, %d)", BINGO_LOCK_CLASS, BINGO_LOCK_WORK);
	result = bingo_client_run(conn, "could not join the load", sql);
	if (!result)
		return false;
	PQclear(result);
	snprintf(sql, sizeof(sql),
			 "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND mode = 'ExclusiveLock'"
			 " AND classid = %d AND objid = %d AND objsubid = 2 AND pid = %d"
			 " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
			 BINGO_LOCK_CLASS, BINGO_LOCK_RUN, run->coordinator_pid);
	result = bingo_client_run(conn, "could not join the load", sql);
	if (!result)
		return false;
	alive = strcmp(PQgetvalue(result, 0, 0), "t") == 0;
	if (!alive)
		bingo_client_error("57P01", "Run this again, with a connection to the server itself: a pooler that shares sessions won't do.",
						   "the connection that leads this load was lost");
	PQclear(result);
	return alive;
}

/* Adds "item" to a list of at most five for a message. */
static void
add_to_list(char *list, size_t size, int position, const char *kind, const char *name)
{
	size_t		used = strlen(list);

	if (position < 5)
		snprintf(list + used, size - used, "%s%s %s", position > 0 ? ", " : "", kind, name);
}

static bool
has_suffix(const char *text, const char *suffix)
{
	size_t		length = strlen(text);

	return length >= strlen(suffix) && strcmp(text + length - strlen(suffix), suffix) == 0;
}

/* Sorts one relation into the findings. */
static void
sort_relation(const BingoLoadRun *run, Findings *found, const char *kind, const char *name, const char *mark,
			  bool needed)
{
	bool		ours = strncmp(mark, MARK_PREFIX, strlen(MARK_PREFIX)) == 0;

	if (needed && ours && strcmp(kind, "table") == 0)
	{
		size_t		used = strlen(found->drop_list);

		snprintf(found->drop_list + used, sizeof(found->drop_list) - used, "%s%s", used > 0 ? ", " : "", name);
		snprintf(found->mark, sizeof(found->mark), "%s", mark);
		found->ours++;
		found->loading += has_suffix(mark, ": loading");
		found->matching += strcmp(mark, run->mark_loaded) == 0;
	}
	else if (needed && !ours)
		add_to_list(found->taken_list, sizeof(found->taken_list), found->taken++, kind, name);
	else if (!needed)
		add_to_list(found->others_list, sizeof(found->others_list), found->others++, kind, name);
}

static bool
look(BingoLoadRun *run, Findings *found)
{
	const char *values[] = {run->options.schema, needed_names};
	PGresult   *result = PQexecParams(run->coordinator, find_relations, 2, NULL, values, NULL, NULL, 0);

	memset(found, 0, sizeof(*found));
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
	{
		bingo_client_report("could not look into the database", run->coordinator, result);
		PQclear(result);
		return false;
	}
	for (int i = 0; i < PQntuples(result); i++)
		sort_relation(run, found, PQgetvalue(result, i, 0), PQgetvalue(result, i, 1), PQgetvalue(result, i, 2),
					  strcmp(PQgetvalue(result, i, 3), "t") == 0);
	PQclear(result);
	return true;
}

/* Says why these findings forbid a load; false if they don't. */
static bool
refuse(const BingoLoadRun *run, const Findings *found)
{
	char		more[32] = "";

	if (found->taken > 0)
	{
		if (found->taken > 5)
			snprintf(more, sizeof(more), " and %d more", found->taken - 5);
		bingo_client_error("42P07", "bingo_load never removes what it did not make: drop or rename these yourself, or use another database.",
						   "not made by bingo_load, but in the way: %s%s", found->taken_list, more);
		return true;
	}
	if (run->options.force)
		return false;
	if (found->ours > found->loading)
	{
		bingo_client_error("55000", "Use --force to replace it, or load into another database.",
						   "the database already holds another data set, or a part of one (%s)", found->mark);
		return true;
	}
	if (found->others > 0)
	{
		if (found->others > 5)
			snprintf(more, sizeof(more), " and %d more", found->others - 5);
		bingo_client_error("55000", "Use --force to load beside it (nothing of it is touched), or load into another database.",
						   "the database holds other data: %s%s", found->others_list, more);
		return true;
	}
	return false;
}

/* Runs statements in one transaction on the coordinating connection. */
static bool
run_transaction(BingoLoadRun *run, const char *what, const char *sql)
{
	PGresult   *result = bingo_client_run(run->coordinator, what, sql);

	if (!result)
	{
		PQclear(PQexec(run->coordinator, "ROLLBACK"));
		return false;
	}
	PQclear(result);
	return true;
}

/*
 * Decides, and if there is something to load, clears the way: what is ours and
 * must go is dropped, and schema_migrations is made, dirty as a migration tool
 * has it while it works.
 */
BingoLoadVerdict
bingo_load_prepare(BingoLoadRun *run)
{
	Findings	found;
	char		sql[2048];
	int			used;

	if (!look(run, &found))
		return BINGO_VERDICT_REFUSED;
	if (found.taken == 0 && found.matching == BINGO_TABLES + 1 && !run->options.force)
		return BINGO_VERDICT_PRESENT;
	if (refuse(run, &found))
		return BINGO_VERDICT_REFUSED;
	if (found.loading > 0)
		bingo_load_say(run, "removing what an interrupted bingo_load has left");

	used = snprintf(sql, sizeof(sql), "BEGIN ISOLATION LEVEL READ COMMITTED;");
	if (found.ours > 0)
		used += snprintf(sql + used, sizeof(sql) - used, "DROP TABLE %s;", found.drop_list);
	snprintf(sql + used, sizeof(sql) - used,
			 "CREATE TABLE %s.schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL);"
			 "COMMENT ON TABLE %s.schema_migrations IS '%s';"
			 "INSERT INTO %s.schema_migrations VALUES (1, true);"
			 "COMMIT", run->schema, run->schema, run->mark_loading, run->schema);
	return run_transaction(run, "could not prepare the database", sql) ? BINGO_VERDICT_LOAD : BINGO_VERDICT_REFUSED;
}

/* All tables are there and verified: the data set becomes whole. */
bool
bingo_load_finish(BingoLoadRun *run)
{
	char		sql[2048];
	int			used = snprintf(sql, sizeof(sql), "BEGIN ISOLATION LEVEL READ COMMITTED;"
								"COMMENT ON TABLE %s.schema_migrations IS '%s';"
								"UPDATE %s.schema_migrations SET dirty = false;",
								run->schema, run->mark_loaded, run->schema);

	for (BingoTable table = 0; table < BINGO_TABLES; table++)
		used += snprintf(sql + used, sizeof(sql) - used, "COMMENT ON TABLE %s.%s IS '%s';",
						 run->schema, bingo_load_table_names[table], run->mark_loaded);
	snprintf(sql + used, sizeof(sql) - used, "COMMIT");
	return run_transaction(run, "could not finish the load", sql);
}

/* After a failure: removes the tables that this run has made, if the server still answers. */
void
bingo_load_clean(BingoLoadRun *run)
{
	Findings	found;
	char		sql[1100];

	/* A lost connection is noticed only when it is used. */
	PQclear(PQexec(run->coordinator, ""));
	if (PQstatus(run->coordinator) != CONNECTION_OK || !look(run, &found))
		return;
	/* All of ours are unfinished: anything finished would have been refused or dropped. */
	if (found.ours == 0 || found.ours != found.loading)
		return;
	snprintf(sql, sizeof(sql), "DROP TABLE %s", found.drop_list);
	if (run_transaction(run, "could not remove the unfinished tables", sql))
		bingo_load_say(run, "the unfinished tables were removed");
}
