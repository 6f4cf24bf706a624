/*
 * client.h
 *	  Connections of the client tools, and how they report an error.
 *
 * Every message goes to stderr as "program: what: message", with the SQLSTATE
 * and the server's hint where there is one.
 */
#ifndef BINGO_CLIENT_H
#define BINGO_CLIENT_H

#include <stdbool.h>

#include <libpq-fe.h>

/* How every connection of the tools is asked for: keywords and values for libpq, which expands the first as a conninfo string. */
typedef struct BingoClientParameters
{
	const char *keywords[5];
	const char *values[5];
} BingoClientParameters;

/*
 * Text is UTF-8 in both directions, whatever the database's encoding or the environment's PGCLIENTENCODING: it
 * goes into pages and documents that say so, and comes from files that are.
 */
extern BingoClientParameters bingo_client_parameters(const char *conninfo);

extern bool bingo_client_is_bingo(const char *text);

/* A copy (caller frees) without the passwords that connection strings and URIs in a text have; NULL without memory. */
extern char *bingo_client_hide_passwords(const char *text);

/*
 * Connects with a conninfo string or URI (NULL or "" = libpq's environment
 * variables), application_name set to the program's name unless given.
 * Returns NULL after reporting the error.
 */
extern PGconn *bingo_client_connect(const char *conninfo);

/*
 * The same for what the tool asks for itself, under that name whatever conninfo says: the server times no
 * statement of a session that is called bingo_load, bingo_prove or bingo_health (extension/timing/hooks.c).
 */
extern PGconn *bingo_client_connect_as(const char *conninfo, const char *name);

/* Reports why a statement failed; "what" says what was being done. */
extern void bingo_client_report(const char *what, const PGconn *conn, const PGresult *result);

/*
 * Reports an error that the tool itself has found; hint may be NULL.
 */
extern void bingo_client_error(const char *sqlstate, const char *hint, const char *format,...)
			__attribute__((format(printf, 3, 4)));

/*
 * Runs a statement (or several) that must end with PGRES_COMMAND_OK or PGRES_TUPLES_OK.
 * Returns the result (caller clears), or NULL after reporting the error.
 */
extern PGresult *bingo_client_run(PGconn *conn, const char *what, const char *sql);

#endif							/* BINGO_CLIENT_H */
