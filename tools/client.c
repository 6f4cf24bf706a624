/*
 * client.c
 *	  Connections of the client tools: see client.h.
 */
#include "client.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

BingoClientParameters
bingo_client_parameters(const char *conninfo)
{
	/* what comes later wins */
	return (BingoClientParameters)
	{
		{"dbname", "fallback_application_name", "client_encoding", NULL},
		{conninfo ? conninfo : "", bingo_options_program(), "UTF8", NULL}
	};
}

PGconn *
bingo_client_connect(const char *conninfo)
{
	return bingo_client_connect_as(conninfo, NULL);
}

PGconn *
bingo_client_connect_as(const char *conninfo, const char *name)
{
	BingoClientParameters parameters = bingo_client_parameters(conninfo);
	PGconn	   *conn;

	if (name)
	{
		parameters.keywords[3] = "application_name";
		parameters.values[3] = name;
	}
	conn = PQconnectdbParams(parameters.keywords, parameters.values, 1);

	if (PQstatus(conn) != CONNECTION_OK)
	{
		bingo_client_report("could not connect", conn, NULL);
		PQfinish(conn);
		return NULL;
	}
	return conn;
}

/* Is the table that a text names one of bingo's?  Who measures another application is not told of these. */
bool
bingo_client_is_bingo(const char *text)
{
	static const char *const tables[] = {"sessions", "customers", "movies"};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
	{
		const char *name = strstr(text, tables[i]);
		size_t		length = strlen(tables[i]);

		if (name && (name == text || strchr("\".", name[-1])) && strchr("\".", name[length]))
			return true;
	}
	return false;
}

/* Where the password of "scheme://user:password@" begins and ends; false if none is there. */
static bool
find_in_uri(const char *uri, const char **start, const char **end)
{
	size_t		length = strcspn(uri + 3, "/?#'\" \t\n");
	const char *at = uri + 3;

	while (length > 0 && at[length - 1] != '@')
		length--;
	*start = length > 0 ? memchr(at, ':', length - 1) : NULL;
	*end = at + length - 1;
	return *start != NULL && ++*start < *end;
}

/* The same of "password=", or "sslpassword=": one with quotes or backslashes may go on behind the next quote, so to the end. */
static bool
find_in_words(const char *word, const char **start, const char **end)
{
	const char *at = word + strlen("password");

	at += strspn(at, " \t");
	if (*at != '=')
		return false;
	at += 1 + strspn(at + 1, " \t");
	*start = at;
	*end = at + strcspn(at, "&'\" \t\n");
	if (*end == at || memchr(at, '\\', *end - at))
		*end = at + strlen(at);
	return *start < *end;
}

char *
bingo_client_hide_passwords(const char *text)
{
	char	   *copy = malloc(3 * strlen(text) + 1);
	char	   *out = copy;

	while (copy && *text)
	{
		const char *start;
		const char *end;

		if ((strncmp(text, "://", 3) == 0 && find_in_uri(text, &start, &end)) ||
			(strncmp(text, "password", 8) == 0 && find_in_words(text, &start, &end)))
		{
			memcpy(out, text, start - text);
			out += start - text;
			memcpy(out, "***", 3);
			out += 3;
			text = end;
		}
		else
			*out++ = *text++;
	}
	if (copy)
		*out = '\0';
	return copy;
}

/* What to do next, where the server gives no hint itself; NULL = nothing to say. */
static const char *
advise(const PGconn *conn, const char *state, const char *message)
{
	static const struct
	{
		const char *state;		/* an SQLSTATE or its class */
		const char *hint;
	}			hints[] = {
		{"42P01", "Check that -d names the right database, and the spelling of the table."},
		{"42601", "Look for a slip in the statement; a file has one, and no second one after a semicolon."},
		{"42704", "Check the spelling; the view pg_settings has the names of settings."},
		{"42703", "Check the spelling of the column, and that -d names the right database."},
		{"3F000", "Check that -d names the right database, and the spelling of the schema."},
		{"42501", "Connect as the owner of the database, or GRANT the missing right to this role."},
		{"25006", "Connect to the primary server, with default_transaction_read_only off."},
		{"22021", "The tools read and write UTF-8: give them files in it; a database of encoding SQL_ASCII must hold nothing else."},
		{"22P05", "The tools send UTF-8, and the encoding of the database lacks a character of it."},
		{"55P03", "Wait for the session that holds the lock (view pg_locks), or raise lock_timeout."},
		{"53", "Free what is exhausted on the server (disk space, memory, connections), then run this again."},
		{"58", "Look at the server's log: the operating system refused what the server asked for."},
		{"57P", "The server is shutting down or ended this session: run this again when it is back."},
	};

	if (state && strcmp(state, "42P01") == 0 && bingo_client_is_bingo(message))
		return "Check that -d names the right database; bingo_load makes the tables of bingo.";
	if (!state)
	{
		if (PQconnectionNeedsPassword(conn) || PQconnectionUsedPassword(conn))
			return "Check user and password: PGPASSWORD, ~/.pgpass, or password= in -d.";
		if (PQstatus(conn) == CONNECTION_BAD && strstr(PQerrorMessage(conn), "MULE_INTERNAL"))
			return "The tools read and write UTF-8, and no server converts MULE_INTERNAL to it: use a database of another encoding.";
		if (PQstatus(conn) == CONNECTION_BAD)
			return "Check that the server runs and that -d (or PGHOST, PGPORT, PGUSER, PGDATABASE) leads to it.";
		return NULL;
	}
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if (strncmp(state, hints[i].state, strlen(hints[i].state)) == 0)
			return hints[i].hint;
	return NULL;
}

void
bingo_client_report(const char *what, const PGconn *conn, const PGresult *result)
{
	const char *message = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
	const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
	const char *detail = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL) : NULL;
	const char *hint = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_HINT) : NULL;
	size_t		length;

	/* A connection that broke has no result fields, only libpq's own text. */
	if (!message)
		message = PQerrorMessage(conn);
	if (!hint)
		hint = advise(conn, state, message);
	/* COPY is no error to libpq. */
	if (!message[0] && result)
		message = PQresStatus(PQresultStatus(result));
	length = strlen(message);
	while (length > 0 && message[length - 1] == '\n')
		length--;
	flockfile(stderr);
	fprintf(stderr, "%s: %s: %.*s\n", bingo_options_program(), what, (int) length, message);
	if (state)
		fprintf(stderr, "SQLSTATE: %s\n", state);
	if (detail)
		fprintf(stderr, "DETAIL: %s\n", detail);
	if (hint)
		fprintf(stderr, "HINT: %s\n", hint);
	funlockfile(stderr);
}

void
bingo_client_error(const char *sqlstate, const char *hint, const char *format,...)
{
	va_list		args;

	flockfile(stderr);
	fprintf(stderr, "%s: ", bingo_options_program());
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\nSQLSTATE: %s\n", sqlstate);
	if (hint)
		fprintf(stderr, "HINT: %s\n", hint);
	funlockfile(stderr);
}

PGresult *
bingo_client_run(PGconn *conn, const char *what, const char *sql)
{
	PGresult   *result = PQexec(conn, sql);
	ExecStatusType status = PQresultStatus(result);

	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
		return result;
	bingo_client_report(what, conn, result);
	PQclear(result);
	return NULL;
}
