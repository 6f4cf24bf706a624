/*
 * timing/endpoint.h
 *	  The rows of the views endpoints and endpoint_targets.
 *
 * Some are shipped: they stand in the library (timing/endpoint.c, timing/target.c).
 * The user's rows are foreign servers (base/server.h) of TYPE 'endpoint' and
 * 'target', whose options are the columns.  A server with the option hidden is no row:
 * it keeps away the shipped one with the same action, or of the same endpoint, which
 * the user has deleted or changed into something else.
 */
#ifndef BINGO_TIMING_ENDPOINT_H
#define BINGO_TIMING_ENDPOINT_H

#include "commands/trigger.h"
#include "fmgr.h"
#include "utils/snapshot.h"

#include "base/compat.h"
#include "base/server.h"

#define BINGO_ENDPOINT_TYPE	"endpoint"
#define BINGO_TARGET_TYPE	"target"

typedef struct BingoEndpoint
{
	Oid			server;			/* InvalidOid: shipped */
	bool		hidden;
	const char *endpoint;
	const char *example;		/* or, if NULL, */
	int64		queryid;
	const char *action;			/* of the example */
} BingoEndpoint;

typedef struct BingoTarget
{
	Oid			server;			/* InvalidOid: shipped */
	bool		hidden;
	const char *endpoint;
	double		fraction;
	bool		has_within;
	double		within;
	double		max_error_rate;
} BingoTarget;

/*
 * All of them, hidden ones included, as a snapshot sees them (NULL: as they are now).
 * No two have the same action or queryid; no two targets have the same endpoint.
 */
extern List *bingo_endpoint_list(Snapshot snapshot);
extern List *bingo_target_list(Snapshot snapshot);

/* Only those that the view shows, and whether one of these has the name. */
extern List *bingo_endpoint_shown(Snapshot snapshot);
extern bool bingo_endpoint_has_name(List *rows, const char *endpoint);

/* The shipped row, NULL if there is none. */
extern const BingoEndpoint *bingo_endpoint_shipped(const char *action);

/* timing/change.c: what both views' triggers do */

/* The trigger's data, or an error if it is not one on this view of the extension's. */
extern TriggerData *bingo_change_enter(FunctionCallInfo fcinfo, const char *view);

/* A column of a row as text, NULL if it is null. */
extern char *bingo_change_text(HeapTuple row, TupleDesc desc, AttrNumber column);

/* Who waited for others may find the row gone: true, pass over it; or changed: an error. */
extern bool bingo_change_is_gone(bool found, bool same);

/* An error as a table would raise it; a column's or constraint's name may be NULL. */
pg_noreturn extern void bingo_change_refuse(int sqlstate, const char *view, const char *column,
											const char *constraint, const char *message, const char *hint);

/*
 * What a row says is taken as it is, but will do nothing as things are.  A warning: the
 * tables may come later, and targets come before their endpoints in dumps of version 1.0,
 * which no error of ours may stop.
 */
extern void bingo_change_warn(const char *message, const char *hint);

/* The server of a row gets these options; InvalidOid: is made, and named after the endpoint. */
extern void bingo_change_keep(Oid server, const char *type, const char *endpoint, List *options);

#endif							/* BINGO_TIMING_ENDPOINT_H */
