/*
 * bench/extension.c
 *	  A database that has the extension: see bench/extension.h.
 */
#include "bench/extension.h"

#include <string.h>

#include "client.h"

PGconn *
bench_extension_open(const char *conninfo, const char *name, const char *what)
{
	PGconn	   *conn = bingo_client_connect_as(conninfo, name);
	PGresult   *result = NULL;
	const char *version;

	if (conn == NULL)
		return NULL;
	result = bingo_client_run(conn, "could not look for the extension",
							  "SET default_transaction_read_only = on;"
							  " SELECT /* bingo_tune.health */ pg_catalog.max(e.extversion) FROM pg_catalog.pg_extension AS e"
							  " WHERE e.extname OPERATOR(pg_catalog.=) 'bingo_tune'");
	version = result ? PQgetvalue(result, 0, 0) : NULL;
	if (version && version[0] && strcmp(version, "1.0") != 0)
	{
		PQclear(result);
		return conn;
	}
	if (version && version[0])
		bingo_client_error("55000", "Type: ALTER EXTENSION bingo_tune UPDATE",
						   "the extension is of version %s in database \"%s\", and %s needs 1.1", version, PQdb(conn), what);
	else if (version)
		bingo_client_error("55000", "Type in it: CREATE EXTENSION bingo_tune CASCADE",
						   "database \"%s\" does not have the extension bingo_tune", PQdb(conn));
	PQclear(result);
	PQfinish(conn);
	return NULL;
}
