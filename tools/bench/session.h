/*
 * bench/session.h
 *	  How the statements under test are sent: the connection and what is set on
 *	  it before anything is measured.  Options that query and load share.
 */
#ifndef BINGO_BENCH_SESSION_H
#define BINGO_BENCH_SESSION_H

#include <getopt.h>
#include <libpq-fe.h>
#include <stdbool.h>

#define BENCH_MAX_SETTINGS 32

typedef enum BenchProtocol
{
	BENCH_SIMPLE,				/* PQsendQuery: parameters become literals */
	BENCH_EXTENDED,				/* PQsendQueryParams: parsed each time */
	BENCH_PREPARED				/* PQsendQueryPrepared: parsed once a connection */
} BenchProtocol;

typedef struct BenchSession
{
	const char *conninfo;		/* NULL: libpq's environment variables */
	BenchProtocol protocol;
	bool		protocol_given;
	bool		binary;			/* result format */
	int			nsettings;
	char	   *names[BENCH_MAX_SETTINGS];	/* --set name=value */
	char	   *values[BENCH_MAX_SETTINGS];
	int			nbefore;
	const char *before[BENCH_MAX_SETTINGS]; /* --before SQL */
} BenchSession;

/* Long options, for the caller's getopt_long table. */
enum
{
	BENCH_OPT_PROTOCOL = 1000,
	BENCH_OPT_FORMAT,
	BENCH_OPT_SET,
	BENCH_OPT_BEFORE
};

#define BENCH_SESSION_LONG_OPTIONS \
	{"dbname", required_argument, NULL, 'd'}, \
	{"protocol", required_argument, NULL, BENCH_OPT_PROTOCOL}, \
	{"format", required_argument, NULL, BENCH_OPT_FORMAT}, \
	{"set", required_argument, NULL, BENCH_OPT_SET}, \
	{"before", required_argument, NULL, BENCH_OPT_BEFORE}

#define BENCH_SESSION_HELP \
	"  -d, --dbname=CONNINFO     connection string or URI (default: PG* variables)\n" \
	"      --protocol=P          simple | extended | prepared (default extended);\n" \
	"                            simple puts literals in the place of parameters\n" \
	"      --format=F            text | binary results (default text)\n" \
	"      --set=NAME=VALUE      set a server setting on each connection first\n" \
	"      --before=SQL          run SQL on each connection first, after --set\n"

extern const char *const bench_protocol_names[];

/* Takes one of the options above; false if it is another one. */
extern bool bench_session_take_option(BenchSession *session, int option, char *argument);

/* Refuses combinations that can't be had (exit status 2). */
extern void bench_session_check(const BenchSession *session);

/* Connects and runs --set and --before.  NULL after reporting the error. */
extern PGconn *bench_session_open(const BenchSession *session);

#endif							/* BINGO_BENCH_SESSION_H */
