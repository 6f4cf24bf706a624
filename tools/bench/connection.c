/*
 * bench/connection.c
 *	  One non-blocking connection of a load run: see bench/connection.h.
 */
#define _GNU_SOURCE

#include "bench/connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "bench/clock.h"
#include "client.h"

/* A connection that hasn't come up by then is tried anew. */
#define CONNECT_SECONDS 10

#define FIRST_BACKOFF 0.05
#define LAST_BACKOFF 2.0

/* Tells epoll what to wait for; the socket may have changed while connecting. */
static void
watch(LoadConnection *connection, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = connection};
	int			fd = PQsocket(connection->pg);

	if (fd == connection->fd && events == connection->watched)
		return;
	if (fd == connection->fd)
		epoll_ctl(connection->epoll, EPOLL_CTL_MOD, fd, &event);
	else if (fd >= 0)
		epoll_ctl(connection->epoll, EPOLL_CTL_ADD, fd, &event);
	connection->fd = fd;
	connection->watched = events;
}

/* Keeps what libpq says of a failure, for a run that can't start. */
static ConnectionEvent
broken(LoadConnection *connection, const char *state)
{
	if (state != connection->error)
		snprintf(connection->error, BENCH_STATE_SIZE, "%s", state);
	if (!connection->was_ready && !connection->message)
		connection->message = strdup(PQerrorMessage(connection->pg));
	return EVENT_BROKEN;
}

/* Hands what is written to the kernel, as far as it takes it. */
static ConnectionEvent
flush(LoadConnection *connection)
{
	int			left = PQflush(connection->pg);

	if (left < 0)
		return broken(connection, "08006");
	watch(connection, left ? EPOLLIN | EPOLLOUT : EPOLLIN);
	return EVENT_NONE;
}

/*
 * Sends the next statement of the set-up: settings, --before, then the lane's
 * endpoints are prepared.  EVENT_READY when nothing is left.
 */
static ConnectionEvent
send_setup(LoadConnection *connection)
{
	const BenchSession *session = &connection->plan->options->session;
	const BenchMix *mix = connection->plan->mix;
	int			step = connection->setup_step;
	int			sent;

	if (step < session->nsettings)
	{
		const char *const params[] = {session->names[step], session->values[step]};

		sent = PQsendQueryParams(connection->pg, "SELECT /* bingo_tune.bench */ pg_catalog.set_config($1, $2, false)", 2, NULL, params,
								 NULL, NULL, 0);
	}
	else if ((step -= session->nsettings) < session->nbefore)
		sent = PQsendQuery(connection->pg, session->before[step]);
	else
	{
		step -= session->nbefore;
		while (step < mix->n && connection->plan->lane_of[step] != connection->lane)
		{
			step++;
			connection->setup_step++;
		}
		if (session->protocol != BENCH_PREPARED || step >= mix->n)
		{
			connection->state = CONNECTION_IDLE;
			connection->was_ready = true;
			connection->backoff = 0;
			connection->deadline = 0;
			watch(connection, EPOLLIN);
			return EVENT_READY;
		}
		sent = PQsendPrepare(connection->pg, mix->entries[step].statement.name, mix->entries[step].statement.text,
							 0, NULL);
	}
	connection->setup_step++;
	return sent ? flush(connection) : broken(connection, "08006");
}

ConnectionEvent
bench_connection_start(LoadConnection *connection, int64_t now)
{
	BingoClientParameters parameters = bingo_client_parameters(connection->conninfo);

	connection->pg = PQconnectStartParams(parameters.keywords, parameters.values, 1);
	connection->state = CONNECTION_CONNECTING;
	connection->deadline = now + CONNECT_SECONDS * BENCH_NS_PER_SECOND;
	connection->fd = -1;
	connection->watched = 0;
	if (connection->pg == NULL || PQstatus(connection->pg) == CONNECTION_BAD)
		return broken(connection, "08001");
	watch(connection, EPOLLOUT);
	return EVENT_NONE;
}

static ConnectionEvent
advance_connecting(LoadConnection *connection)
{
	int			before = PQsocket(connection->pg);
	PostgresPollingStatusType status = PQconnectPoll(connection->pg);

	/*
	 * libpq may have closed the socket and opened another, even with the same
	 * number: the next host of several, or another try without TLS.  epoll has
	 * forgotten the closed one.
	 */
	if (PQsocket(connection->pg) != before || status != PGRES_POLLING_OK)
	{
		struct epoll_event none = {0};

		epoll_ctl(connection->epoll, EPOLL_CTL_DEL, PQsocket(connection->pg), &none);
		connection->fd = -1;
	}
	switch (status)
	{
		case PGRES_POLLING_READING:
			watch(connection, EPOLLIN);
			return EVENT_NONE;
		case PGRES_POLLING_WRITING:
			watch(connection, EPOLLOUT);
			return EVENT_NONE;
		case PGRES_POLLING_OK:
			PQsetnonblocking(connection->pg, 1);
			snprintf(connection->host, BENCH_HOST_SIZE, "%s:%s", PQhost(connection->pg), PQport(connection->pg));
			connection->state = CONNECTION_SETUP;
			connection->setup_step = 0;
			return send_setup(connection);
		default:
			return broken(connection, "08001");
	}
}

/* Why the set-up failed, in the way of bingo_client_report. */
static void
keep_message(LoadConnection *connection, const PGresult *result)
{
	const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);

	free(connection->message);
	if (asprintf(&connection->message, "%s\nSQLSTATE: %s%s%s", primary ? primary : PQresultErrorMessage(result),
				 connection->error, hint ? "\nHINT: " : "", hint ? hint : "") < 0)
		connection->message = NULL;
}

/* Takes a result of the answer apart.  The first error is the call's. */
static void
take_result(LoadConnection *connection, PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	if (status == PGRES_TUPLES_OK || status == PGRES_SINGLE_TUPLE)
	{
		int			rows = PQntuples(result);
		int			columns = PQnfields(result);

		connection->rows += rows;
		for (int row = 0; row < rows; row++)
			for (int column = 0; column < columns; column++)
				connection->bytes += PQgetlength(result, row, column);
	}
	else if (status == PGRES_COMMAND_OK)
		connection->rows += strtoull(PQcmdTuples(result), NULL, 10);	/* changed */
	else if (connection->error[0] == '\0')
	{
		const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

		snprintf(connection->error, BENCH_STATE_SIZE, "%s", state ? state : "08006");
		if (connection->state == CONNECTION_SETUP && !connection->was_ready)
			keep_message(connection, result);
	}
}

ConnectionEvent
bench_connection_advance(LoadConnection *connection)
{
	if (connection->state == CONNECTION_CONNECTING)
		return advance_connecting(connection);
	if (connection->watched & EPOLLOUT && flush(connection) == EVENT_BROKEN)
		return EVENT_BROKEN;
	if (!PQconsumeInput(connection->pg))
	{
		/* The server may have said why, just before it hung up. */
		for (PGresult *result; connection->state == CONNECTION_BUSY && (result = PQgetResult(connection->pg));)
		{
			take_result(connection, result);
			PQclear(result);
		}
		return broken(connection, connection->error[0] ? connection->error : "08006");
	}
	while (!PQisBusy(connection->pg))
	{
		PGresult   *result = PQgetResult(connection->pg);

		if (result)
		{
			ExecStatusType status = PQresultStatus(result);

			take_result(connection, result);
			PQclear(result);
			/* libpq would say so again and again, until rows are copied */
			if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT)
				return broken(connection, "0A000");
			continue;
		}
		if (PQstatus(connection->pg) == CONNECTION_BAD)
			return broken(connection, connection->error[0] ? connection->error : "08006");
		if (connection->state == CONNECTION_IDLE)
			return EVENT_NONE;	/* a notice or a parameter's change */
		if (connection->state == CONNECTION_SETUP)
			return connection->error[0] ? EVENT_BROKEN : send_setup(connection);
		connection->state = CONNECTION_IDLE;
		return EVENT_ANSWERED;
	}
	return EVENT_NONE;
}

ConnectionEvent
bench_connection_send(LoadConnection *connection, LoadCall *call, bool keep_rows)
{
	const BenchSession *session = &connection->plan->options->session;
	const BenchStatement *statement = &connection->plan->mix->entries[call->endpoint].statement;
	char	   *literal;
	int			sent;

	connection->state = CONNECTION_BUSY;
	connection->call = call;
	connection->keep_rows = keep_rows;
	connection->rows = 0;
	connection->bytes = 0;
	connection->error[0] = '\0';
	switch (session->protocol)
	{
		case BENCH_SIMPLE:
			literal = bench_statement_literal(statement, &call->values);
			sent = PQsendQuery(connection->pg, literal);
			free(literal);
			break;
		case BENCH_PREPARED:
			sent = PQsendQueryPrepared(connection->pg, statement->name, statement->parameters.n, call->values.pointers,
									   NULL, NULL, session->binary);
			break;
		default:
			sent = PQsendQueryParams(connection->pg, statement->text, statement->parameters.n, NULL, call->values.pointers,
									 NULL, NULL, session->binary);
	}
	if (!sent)
		return broken(connection, "08006");
	if (!keep_rows)
		PQsetSingleRowMode(connection->pg);
	return flush(connection);
}

void
bench_connection_drop(LoadConnection *connection, int64_t now, BenchRandom *random)
{
	/* Closing the socket takes it out of epoll. */
	PQfinish(connection->pg);
	connection->pg = NULL;
	connection->fd = -1;
	connection->watched = 0;
	connection->state = CONNECTION_DOWN;
	connection->call = NULL;
	connection->deadline = 0;
	connection->error[0] = '\0';
	connection->retry_at = now + (int64_t) (connection->backoff * (1 - bench_random_fraction(random) / 4) *
											BENCH_NS_PER_SECOND);
	connection->backoff = connection->backoff == 0 ? FIRST_BACKOFF : connection->backoff * 2;
	if (connection->backoff > LAST_BACKOFF)
		connection->backoff = LAST_BACKOFF;
}
