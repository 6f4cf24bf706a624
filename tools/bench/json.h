/*
 * bench/json.h
 *	  The document that query and load write, compare and report read.
 *
 * Top level: format "bingo_bench", version BENCH_JSON_VERSION, kind (query or
 * load), started (UTC), tool, machine, server (version, settings that are not
 * defaults), configuration (what must be alike for a comparison) and endpoints.
 * Times are milliseconds and named *_ms, or microseconds and named *_us.
 */
#ifndef BINGO_BENCH_JSON_H
#define BINGO_BENCH_JSON_H

#include <cjson/cJSON.h>
#include <libpq-fe.h>
#include <stdio.h>

#include "bench/session.h"
#include "bench/statement.h"

#define BENCH_JSON_VERSION 1

/*
 * A new document with everything but configuration's own entries and
 * endpoints, which are there and empty.  NULL after reporting an error of the
 * server.
 */
extern cJSON *bench_json_start(const char *kind, PGconn *conn);

/* Adds what both kinds say of how statements are sent. */
extern void bench_json_add_session(cJSON *document, const BenchSession *session);

/* The range that a statement's parameters are drawn from. */
extern void bench_json_add_ranges(cJSON *endpoint, const BenchStatement *statement);

/* Writes and closes; false after reporting an error. */
extern bool bench_json_write(const cJSON *document, FILE *file, const char *path);

#endif							/* BINGO_BENCH_JSON_H */
