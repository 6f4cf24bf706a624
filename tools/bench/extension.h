/*
 * bench/extension.h
 *	  A database that has the extension.
 */
#ifndef BINGO_BENCH_EXTENSION_H
#define BINGO_BENCH_EXTENSION_H

#include <libpq-fe.h>

/*
 * Connects to a database that has the extension in this version, read-only until the caller
 * says otherwise; NULL after reporting why not.  "what" needs it, and "name" is the session's,
 * whose statements the server does not time (client.h).
 */
extern PGconn *bench_extension_open(const char *conninfo, const char *name, const char *what);

#endif							/* BINGO_BENCH_EXTENSION_H */
