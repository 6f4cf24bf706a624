/*
 * client.c
 *	  Connections of the client tools: see client.h.
 */
#include "client.h"

#include <stdio.h>
#include <string.h>

#include "options.h"

PGconn *
bingo_client_connect(const char *conninfo)
{
	const char *const keywords[] = {"dbname", "fallback_application_name", NULL};
	const char *const values[] = {conninfo ? conninfo : "", bingo_options_program(), NULL};
	PGconn	   *conn = PQconnectdbParams(keywords, values, 1);

	if (PQstatus(conn) != CONNECTION_OK)
	{
		bingo_client_report("could not connect", conn, NULL);
		PQfinish(conn);
		return NULL;
	}
	return conn;
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
	length = strlen(message);
	while (length > 0 && message[length - 1] == '\n')
		length--;
	fprintf(stderr, "%s: %s: %.*s\n", bingo_options_program(), what, (int) length, message);
	if (state)
		fprintf(stderr, "SQLSTATE: %s\n", state);
	if (detail)
		fprintf(stderr, "DETAIL: %s\n", detail);
	if (hint)
		fprintf(stderr, "HINT: %s\n", hint);
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
