/*
 * bench/connection.h
 *	  One non-blocking connection of a load run: from nothing to ready, one
 *	  statement at a time, and back after it broke.
 *
 *		DOWN --start--> CONNECTING --> SETUP --> IDLE <--> BUSY
 *		  ^ ______________|______________|________|_________|   (broken, given up)
 *
 * Nothing here waits: the worker calls bench_connection_advance() when epoll
 * reports the socket, and learns from the event returned what became of it.
 */
#ifndef BINGO_BENCH_CONNECTION_H
#define BINGO_BENCH_CONNECTION_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "bench/load.h"

typedef enum ConnectionState
{
	CONNECTION_DOWN,			/* until retry_at */
	CONNECTION_CONNECTING,
	CONNECTION_SETUP,			/* --set, --before, preparing */
	CONNECTION_IDLE,
	CONNECTION_BUSY
} ConnectionState;

typedef enum ConnectionEvent
{
	EVENT_NONE,					/* go on waiting */
	EVENT_READY,				/* set up: may be used from now on */
	EVENT_ANSWERED,				/* the statement ended; state[] is "" if well */
	EVENT_BROKEN				/* the connection is gone; a statement in flight failed */
} ConnectionEvent;

typedef struct LoadCall
{
	int			endpoint;
	int			left;			/* copies not yet answered */
	int			unsent;			/* copies not yet sent */
	int64_t		intended;		/* ns */
	int64_t		sent;			/* ns, of the first copy; 0 = none yet */
	int64_t		schedule_error; /* ns that the driver itself was late */
	uint64_t	rows;
	uint64_t	bytes;
	char		state[BENCH_STATE_SIZE];	/* of the first copy that failed */
	BenchValues values;
	struct LoadCall *next_free;
} LoadCall;

typedef struct LoadConnection
{
	PGconn	   *pg;
	ConnectionState state;
	int			epoll;			/* the worker's */
	int			fd;				/* registered in it, or -1 */
	uint32_t	watched;		/* what epoll waits for */
	const char *conninfo;
	const LoadPlan *plan;
	int			lane;
	int			setup_step;
	char		host[BENCH_HOST_SIZE];
	double		backoff;		/* s, of the next failure */
	int64_t		retry_at;		/* DOWN: ns */
	int64_t		deadline;		/* CONNECTING .. SETUP, BUSY: ns, 0 = none */
	bool		was_ready;		/* at least once */

	LoadCall   *call;			/* BUSY: what it is answering */
	bool		keep_rows;		/* BUSY: libpq collects the whole answer */
	int64_t		sent;
	uint64_t	rows;
	uint64_t	bytes;
	char		error[BENCH_STATE_SIZE];	/* SQLSTATE of the statement or of the break */
	char	   *message;		/* of the last failure while connecting or setting up */
} LoadConnection;

/* Begins to connect; EVENT_BROKEN if that fails at once. */
extern ConnectionEvent bench_connection_start(LoadConnection *connection, int64_t now);

/* The socket is ready for something. */
extern ConnectionEvent bench_connection_advance(LoadConnection *connection);

/*
 * Sends a call's statement on an idle connection.  With keep_rows libpq
 * collects the answer, which is fastest for small ones; without, rows are
 * dropped as they come, which keeps memory bounded.
 */
extern ConnectionEvent bench_connection_send(LoadConnection *connection, LoadCall *call, bool keep_rows);

/*
 * Closes it and sets the time of the next try: at once the first time, then
 * after 50 ms, doubling up to 2 s, each shortened by up to a quarter at random.
 */
extern void bench_connection_drop(LoadConnection *connection, int64_t now, BenchRandom *random);

#endif							/* BINGO_BENCH_CONNECTION_H */
