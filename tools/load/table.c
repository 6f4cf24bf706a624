/*
 * load/table.c
 *	  One table, from CREATE TABLE to COMMIT, in one transaction.
 *
 * Called by a worker thread that holds BINGO_LOCK_WORK on its own connection.
 * A failure leaves the transaction to be rolled back with the connection.
 */
#include "load/run.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client.h"

const char *const bingo_load_table_names[BINGO_TABLES] = {
	[BINGO_SESSIONS] = "sessions",
	[BINGO_CUSTOMERS] = "customers",
	[BINGO_MOVIES] = "movies",
};

/* As bingo prepare_db leaves them: ids from sequences, no key, no index. */
static const char *const table_columns[BINGO_TABLES] = {
	[BINGO_SESSIONS] =
	"id bigserial, start_time timestamp without time zone NOT NULL, "
	"customer_id integer NOT NULL, movie_id integer NOT NULL",
	[BINGO_CUSTOMERS] =
	"id serial, name character varying(80) NOT NULL, surname character varying(80) NOT NULL, "
	"birthday date NOT NULL, email character varying(256) NOT NULL",
	[BINGO_MOVIES] =
	"id serial, name character varying NOT NULL, year integer NOT NULL, duration integer NOT NULL",
};

/*
 * Notes that a worker has failed.  True for the first one only: it reports,
 * the others are stopped by it and have nothing to say.
 */
bool
bingo_load_stop(BingoLoadRun *run)
{
	return !atomic_exchange(&run->failed, true);
}

/* Runs a statement without result; reports its error if this is the first failure. */
bool
bingo_load_statement(BingoLoadRun *run, PGconn *conn, const char *what, const char *format,...)
{
	char		sql[1024];
	va_list		args;
	PGresult   *result;
	ExecStatusType status;
	bool		done;

	va_start(args, format);
	vsnprintf(sql, sizeof(sql), format, args);
	va_end(args);
	result = PQexec(conn, sql);
	status = PQresultStatus(result);
	done = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
	if (!done && bingo_load_stop(run))
		bingo_client_report(what, conn, result);
	PQclear(result);
	return done;
}

static bool
create_table(BingoLoadRun *run, PGconn *conn, BingoTable table)
{
	const char *name = bingo_load_table_names[table];
	char		what[64];

	snprintf(what, sizeof(what), "could not create table %s", name);
	return bingo_load_statement(run, conn, what, "CREATE TABLE %s.%s (%s)", run->schema, name, table_columns[table])
		&& bingo_load_statement(run, conn, what, "COMMENT ON TABLE %s.%s IS '%s'",
								run->schema, name, run->mark_loading);
}

/* The next INSERT goes on where the data ends. */
static bool
set_sequence(BingoLoadRun *run, PGconn *conn, BingoTable table)
{
	char		name[256];
	char	   *literal;
	bool		done;

	snprintf(name, sizeof(name), "%s.%s_id_seq", run->schema, bingo_load_table_names[table]);
	literal = PQescapeLiteral(conn, name, strlen(name));
	done = literal && bingo_load_statement(run, conn, "could not set the sequence",
										   "SELECT setval(%s, %" PRIu64 ")", literal, run->generator.rows[table]);
	PQfreemem(literal);
	return done;
}

bool
bingo_load_table(BingoLoadRun *run, PGconn *conn, BingoLoadTable *table)
{
	const char *name = bingo_load_table_names[table->table];
	double		start = bingo_load_clock();
	double		created;
	double		copied;
	double		analyzed;

	if (!bingo_load_statement(run, conn, "could not begin", "BEGIN ISOLATION LEVEL READ COMMITTED")
		|| !create_table(run, conn, table->table))
		return false;

	atomic_store(&table->stage, BINGO_STAGE_COPYING);
	created = bingo_load_clock();
	if (!bingo_load_copy(run, conn, table) || !set_sequence(run, conn, table->table))
		return false;

	atomic_store(&table->stage, BINGO_STAGE_VERIFYING);
	copied = bingo_load_clock();
	if (!bingo_load_statement(run, conn, "could not analyze", "ANALYZE %s.%s", run->schema, name))
		return false;
	analyzed = bingo_load_clock();
	if (!bingo_load_verify(run, conn, table))
		return false;
	table->verify_seconds = bingo_load_clock() - analyzed;
	if (!bingo_load_statement(run, conn, "could not commit", "COMMIT"))
		return false;

	table->copy_seconds = copied - created;
	table->analyze_seconds = analyzed - copied;
	table->total_seconds = bingo_load_clock() - start;
	atomic_store(&table->stage, BINGO_STAGE_DONE);
	return true;
}
