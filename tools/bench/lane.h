/*
 * bench/lane.h
 *	  A worker's lane: its arrivals become calls on its idle connections.
 *
 * Belongs to one worker thread; see bench/load.h for what a lane is for.
 */
#ifndef BINGO_BENCH_LANE_H
#define BINGO_BENCH_LANE_H

#include "bench/connection.h"

typedef struct LoadLane
{
	LoadPlan   *plan;
	LoadShared *shared;
	int			index;
	int			total;			/* connections of this lane in all workers */
	int			nconnections;	/* of this worker */
	LoadConnection *connections;

	LoadConnection **idle;		/* ring, longest idle first */
	int			idle_first;
	int			idle_count;
	int			usable;			/* connections that are idle or busy */
	int			busy;
	bool		failing;		/* the last try to connect failed */

	BenchArrivals arrivals;		/* open loop */
	int			next_endpoint;	/* of the present arrival */
	int64_t		blocked_until;	/* when a connection was last waited for: the end of that, ns */
	int64_t		end;			/* closed loop: no call is begun after that, ns */
	LoadCall   *forming;		/* has copies not yet sent */

	LoadCall   *calls;			/* nconnections + 1, the free ones in a list */
	LoadCall   *free_calls;
	BenchRandom random;			/* endpoints and back-off */
	BenchRandom values[BENCH_MAX_ENDPOINTS];
	bool		small[BENCH_MAX_ENDPOINTS]; /* the last answer was small */
} LoadLane;

/* --- bench/lane_create.c --- */

/* Lane number "index" of the plan, as far as it is this worker's; "epoll" watches its connections. */
extern void bench_lane_create(LoadLane *lane, LoadPlan *plan, LoadShared *shared, int index, int worker, int epoll);

/* Closes the connections; the lane itself is the caller's. */
extern void bench_lane_free(LoadLane *lane);

/* A phase begins: arrivals start anew. */
extern void bench_lane_start(LoadLane *lane, int worker);

/* --- bench/lane.c --- */

/* The endpoint of an arrival, drawn by weight. */
extern int	bench_lane_draw(LoadLane *lane);

/* Sends what is due, as far as connections are idle. */
extern void bench_lane_dispatch(LoadLane *lane);

/* When something is due next (ns), or INT64_MAX: nothing, or no connection to send it on. */
extern int64_t bench_lane_next(const LoadLane *lane);

/* Nothing is due any more and everything is answered. */
extern bool bench_lane_done(const LoadLane *lane);

/* What bench_connection_* returned for one of the lane's connections. */
extern void bench_lane_handle(LoadLane *lane, LoadConnection *connection, ConnectionEvent event);

/* Every few ms: gives up what takes too long, connects what is down. */
extern void bench_lane_tend(LoadLane *lane);

#endif							/* BINGO_BENCH_LANE_H */
