/*
 * ordering_random_watch.c
 *	  Who waits for whom when a statement of ordering_random.c takes long.
 *
 * A statement that waits without end is found by statement_timeout, when what it has
 * waited for is gone.  So a thread looks at each statement that has run for LONG_SECONDS, and writes down, once for
 * each time that there is one, what all sessions and workers do and which locks they have or
 * want, to the log of its thread; the sessions also to standard output.  It judges nothing.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ordering_random.h"

#define LONG_SECONDS "10"

#define IS_LONG "FROM pg_stat_activity WHERE state = 'active' AND backend_type = 'client backend'" \
	" AND clock_timestamp() - query_start > interval '" LONG_SECONDS " s'"

static void
print_rows(const PGresult *result, FILE *file, const char *prefix)
{
	for (int row = 0; row < PQntuples(result); row++)
	{
		fputs(prefix, file);
		for (int column = 0; column < PQnfields(result); column++)
			fprintf(file, "%s%s", column > 0 ? "|" : "", PQgetvalue(result, row, column));
		fputc('\n', file);
	}
	fflush(file);
}

static void
look(PGconn *connection, FILE *log)
{
	PGresult   *sessions = PQexec(connection, "SELECT pid, backend_type, state, wait_event_type, wait_event, pg_blocking_pids(pid),"
								  " round(extract(epoch FROM clock_timestamp() - xact_start)) AS transaction,"
								  " round(extract(epoch FROM clock_timestamp() - query_start)) AS statement, left(query, 90)"
								  " FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY pid");
	PGresult   *locks = PQexec(connection, "SELECT pid, locktype, relation::regclass, classid, objid, objsubid, transactionid, virtualxid, mode, granted, fastpath"
							   " FROM pg_locks WHERE pid IS DISTINCT FROM pg_backend_pid() ORDER BY pid, granted, locktype, relation, mode");

	print_rows(sessions, stdout, "STUCK ");
	print_rows(sessions, log, "");
	print_rows(locks, log, "");
	fprintf(log, "--\n");
	PQclear(sessions);
	PQclear(locks);
}

void *
watch_always(void *argument)
{
	Thread	   *thread = argument;
	bool		was_long = false;

	while (!random_is_over())
	{
		PGresult   *result = PQexec(thread->connection, "SELECT count(*) > 0 " IS_LONG);
		bool		is_long = PQresultStatus(result) == PGRES_TUPLES_OK && strcmp(PQgetvalue(result, 0, 0), "t") == 0;

		PQclear(result);
		if (is_long && !was_long)
			look(thread->connection, thread->log);
		was_long = is_long;
		usleep(500000);
	}
	return NULL;
}
