/*
 * bench/session.c
 *	  Connections under test: see bench/session.h.
 */
#include "bench/session.h"

#include <stdio.h>
#include <string.h>

#include "client.h"
#include "options.h"

const char *const bench_protocol_names[] = {"simple", "extended", "prepared"};

static BenchProtocol
protocol_named(const char *name)
{
	for (int i = BENCH_SIMPLE; i <= BENCH_PREPARED; i++)
		if (strcmp(name, bench_protocol_names[i]) == 0)
			return i;
	bingo_options_fail("--protocol must be simple, extended or prepared, not \"%s\"", name);
}

static void
take_setting(BenchSession *session, char *argument)
{
	char	   *equals = strchr(argument, '=');

	if (equals == NULL || equals == argument)
		bingo_options_fail("--set must be NAME=VALUE, not \"%s\"", argument);
	if (session->nsettings == BENCH_MAX_SETTINGS)
		bingo_options_fail("--set may be given %d times at most", BENCH_MAX_SETTINGS);
	/* both in the command line's own memory, which stays */
	*equals = '\0';
	session->names[session->nsettings] = argument;
	session->values[session->nsettings++] = equals + 1;
}

bool
bench_session_take_option(BenchSession *session, int option, char *argument)
{
	switch (option)
	{
		case 'd':
			session->conninfo = argument;
			return true;
		case BENCH_OPT_PROTOCOL:
			session->protocol = protocol_named(argument);
			session->protocol_given = true;
			return true;
		case BENCH_OPT_FORMAT:
			if (strcmp(argument, "text") != 0 && strcmp(argument, "binary") != 0)
				bingo_options_fail("--format must be text or binary, not \"%s\"", argument);
			session->binary = argument[0] == 'b';
			return true;
		case BENCH_OPT_SET:
			take_setting(session, argument);
			return true;
		case BENCH_OPT_BEFORE:
			if (session->nbefore == BENCH_MAX_SETTINGS)
				bingo_options_fail("--before may be given %d times at most", BENCH_MAX_SETTINGS);
			session->before[session->nbefore++] = argument;
			return true;
	}
	return false;
}

void
bench_session_check(const BenchSession *session)
{
	if (session->binary && session->protocol == BENCH_SIMPLE)
		bingo_options_fail("--format=binary can't be had with --protocol=simple, which always sends text");
}

/* set_config rather than SET: the name needs no quoting rules of its own. */
static bool
apply_setting(PGconn *conn, const char *name, const char *value)
{
	const char *const params[] = {name, value};
	PGresult   *result = PQexecParams(conn, "SELECT /* bingo_tune.bench */ pg_catalog.set_config($1, $2, false)", 2, NULL, params,
									  NULL, NULL, 0);
	bool		done = PQresultStatus(result) == PGRES_TUPLES_OK;
	char		what[200];

	if (!done)
	{
		snprintf(what, sizeof(what), "could not set \"%s\"", name);
		bingo_client_report(what, conn, result);
	}
	PQclear(result);
	return done;
}

PGconn *
bench_session_open(const BenchSession *session)
{
	PGconn	   *conn = bingo_client_connect(session->conninfo);

	if (conn == NULL)
		return NULL;
	for (int i = 0; i < session->nsettings; i++)
	{
		if (!apply_setting(conn, session->names[i], session->values[i]))
		{
			PQfinish(conn);
			return NULL;
		}
	}
	for (int i = 0; i < session->nbefore; i++)
	{
		PGresult   *result = bingo_client_run(conn, "--before failed", session->before[i]);

		if (result == NULL)
		{
			PQfinish(conn);
			return NULL;
		}
		PQclear(result);
	}
	return conn;
}
