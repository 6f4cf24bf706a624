/*
 * timing/views.c
 *	  SQL functions that the timing views read.
 *
 * Everybody sees the queries of roles whose privileges they have; members of
 * pg_read_all_stats see all, as with pg_stat_statements.  Rows are made while
 * the store is locked against new queries (not against counting), which takes a
 * few milliseconds for thousands of queries.  Nothing waits for a lock of a relation
 * meanwhile: who holds that may begin a new query, and no deadlock detector sees the
 * two.  Rows beyond work_mem go to a file, and where that may be stands in a catalog,
 * which is read before.
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "commands/tablespace.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "base/argument.h"
#include "base/compat.h"
#include "base/guc.h"
#include "base/libraries.h"
#include "timing/timing.h"

#define MICROSECONDS	1000.0	/* in a millisecond */

PG_FUNCTION_INFO_V1(bingo_timing_queries);
PG_FUNCTION_INFO_V1(bingo_timing_ready);
PG_FUNCTION_INFO_V1(bingo_timing_get_facts);
PG_FUNCTION_INFO_V1(bingo_timing_reset);

/* Columns of bingo_tune.timing_queries(), in their order. */
enum
{
	COLUMN_USERID,
	COLUMN_DBID,
	COLUMN_QUERYID,
	COLUMN_TOPLEVEL,
	COLUMN_ACTION,
	COLUMN_SINCE,
	COLUMN_CALLS,
	COLUMN_ROWS,
	COLUMN_ERRORS_TIMEOUT,
	COLUMN_ERRORS_CONNECTION,
	COLUMN_ERRORS_SERIALIZATION,
	COLUMN_ERRORS_OTHER,
	COLUMN_RUNNING,
	COLUMN_LONGEST_RUNNING,
	COLUMN_RPS,
	COLUMN_RPS_MINUTE,
	COLUMN_TOTAL,
	COLUMN_MEAN,
	COLUMN_MIN,
	COLUMN_P50,
	COLUMN_P75,
	COLUMN_P90,
	COLUMN_P95,
	COLUMN_P99,
	COLUMN_P999,
	COLUMN_MAX,
	COLUMN_FIRST_ROW_CALLS,
	COLUMN_FIRST_ROW_TOTAL,
	COLUMN_FIRST_ROW_MAX,
	COLUMN_HISTOGRAM,
	COLUMNS
};

typedef struct RunningQuery
{
	BingoTimingKey key;
	int64		calls;
	uint64		started;		/* the earliest */
	bool		shown;
} RunningQuery;

typedef struct ReadState
{
	ReturnSetInfo *result;
	HTAB	   *running;
	bool		with_histogram;
	bool		see_all;
	List	   *roles;			/* if not: that have queries, then those that may be seen */
	MemoryContext row_context;	/* reset with each row */
	TimestampTz now;
	uint64		clock;			/* microseconds, monotonic */
	bool		foreign;		/* an action may not be text of this database */
} ReadState;

void
bingo_timing_require(bool with_statements)
{
	if (bingo_timing_available() && (!with_statements ||
									 GetConfigOption("pg_stat_statements.max", true, false)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("timing needs %s to be loaded when the server starts",
					bingo_timing_available() ? "pg_stat_statements" : "bingo_tune"),
			 errhint("%s", bingo_libraries_hint())));
}

/* True, or the error; an argument that makes a view's other parts wait for it. */
Datum
bingo_timing_ready(PG_FUNCTION_ARGS)
{
	bingo_timing_require(true);
	PG_RETURN_BOOL(true);
}

/* Sums up the running statements by key. */
static HTAB *
read_running(void)
{
	HASHCTL		info = {0};
	HTAB	   *table;
	BingoRunning *running;
	int			count = bingo_timing_running_read(&running);
	int			i;

	info.keysize = sizeof(BingoTimingKey);
	info.entrysize = sizeof(RunningQuery);
	info.hcxt = CurrentMemoryContext;
	table = hash_create("bingo_tune running queries", 64, &info,
						HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	for (i = 0; i < count; i++)
	{
		bool		found;
		RunningQuery *query = hash_search(table, &running[i].key, HASH_ENTER, &found);

		if (!found)
		{
			query->calls = 0;
			query->started = running[i].started;
			query->shown = false;
		}
		query->calls++;
		query->started = Min(query->started, running[i].started);
	}
	return table;
}

static bool
may_see(const ReadState *state, Oid role)
{
	return state->see_all || list_member_oid(state->roles, role);
}

/* Visitor: the roles that have queries. */
static bool
collect_role(const BingoTimingSlot *slot, void *arg)
{
	ReadState  *state = arg;

	state->roles = list_append_unique_oid(state->roles, slot->key.userid);
	return true;
}

/*
 * Leaves the roles whose privileges the user has.  A pass of its own, because
 * catalogs must not be read while the store is locked.
 */
static void
find_roles(ReadState *state)
{
	List	   *allowed = list_make1_oid(GetUserId());
	ListCell   *cell;

	bingo_timing_visit(collect_role, state);
	foreach(cell, state->roles)
	{
		if (has_privs_of_role(GetUserId(), lfirst_oid(cell)))
			allowed = list_append_unique_oid(allowed, lfirst_oid(cell));
	}
	state->roles = allowed;
}

static void
put_key(const BingoTimingKey *key, Datum *values)
{
	values[COLUMN_USERID] = ObjectIdGetDatum(key->userid);
	values[COLUMN_DBID] = ObjectIdGetDatum(key->dbid);
	values[COLUMN_QUERYID] = Int64GetDatum((int64) key->queryid);
	values[COLUMN_TOPLEVEL] = BoolGetDatum(key->toplevel != 0);
}

static void
put_running(const ReadState *state, RunningQuery *query, Datum *values, bool *nulls)
{
	values[COLUMN_RUNNING] = Int64GetDatum(query ? query->calls : 0);
	if (query == NULL)
		nulls[COLUMN_LONGEST_RUNNING] = true;
	else
	{
		query->shown = true;
		values[COLUMN_LONGEST_RUNNING] =
			Float8GetDatum(((double) state->clock - (double) query->started) / MICROSECONDS);
	}
}

static void
put_histogram(const BingoHistogram *histogram, bool whole, Datum *values, bool *nulls)
{
	static const double fractions[] = {0.5, 0.75, 0.9, 0.95, 0.99, 0.999};
	int			i;

	values[COLUMN_CALLS] = Int64GetDatum((int64) histogram->total);
	values[COLUMN_TOTAL] = Float8GetDatum(histogram->sum / MICROSECONDS);
	for (i = 0; i < lengthof(fractions); i++)
	{
		double		value;

		if (bingo_histogram_quantile(histogram, fractions[i], &value) == BINGO_QUANTILE_NONE)
			nulls[COLUMN_P50 + i] = true;
		else
			values[COLUMN_P50 + i] = Float8GetDatum(value / MICROSECONDS);
	}
	values[COLUMN_MEAN] = Float8GetDatum(bingo_histogram_mean(histogram) / MICROSECONDS);
	values[COLUMN_MIN] = Float8GetDatum(histogram->min / MICROSECONDS);
	values[COLUMN_MAX] = Float8GetDatum(histogram->max / MICROSECONDS);
	nulls[COLUMN_MEAN] = nulls[COLUMN_MIN] = nulls[COLUMN_MAX] = histogram->total == 0;
	if (whole)
		values[COLUMN_HISTOGRAM] = bingo_timing_histogram_datum(histogram);
	else
		nulls[COLUMN_HISTOGRAM] = true;
}

static void
put_rates(const ReadState *state, const BingoTimingSlot *slot, uint64 calls,
		  Datum *values)
{
	double		life = (double) (state->now - slot->since) / USECS_PER_SEC;
	double		seconds;
	uint64		recent = bingo_timing_recent_calls(slot, &seconds);

	/* A query that is younger than a second has not proved a higher rate. */
	life = Max(life, 1.0);
	values[COLUMN_RPS] = Float8GetDatum((double) calls / life);
	values[COLUMN_RPS_MINUTE] = Float8GetDatum((double) recent / Min(seconds, life));
}

/* Visitor: one row for a query with calls that have ended. */
static bool
put_slot(const BingoTimingSlot *slot, void *arg)
{
	ReadState  *state = arg;
	BingoTimingSlot *readable = (BingoTimingSlot *) slot;
	BingoHistogram histogram;
	uint64		first_row_calls;
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS] = {false};
	MemoryContext caller;
	int			i;

	if (!may_see(state, slot->key.userid))
		return true;
	caller = MemoryContextSwitchTo(state->row_context);
	put_key(&slot->key, values);
	values[COLUMN_ACTION] = CStringGetTextDatum(slot->action);
	if (bingo_timing_is_foreign(slot->key.dbid, slot->action, strlen(slot->action)))
		state->foreign = true;
	nulls[COLUMN_ACTION] = slot->action[0] == '\0';
	values[COLUMN_SINCE] = TimestampTzGetDatum(slot->since);
	bingo_timing_read_slot(slot, &histogram);
	put_histogram(&histogram, state->with_histogram, values, nulls);
	put_rates(state, slot, histogram.total, values);
	put_running(state, hash_search(state->running, &slot->key, HASH_FIND, NULL), values, nulls);
	values[COLUMN_ROWS] = Int64GetDatum((int64) pg_atomic_read_u64(&readable->rows));
	for (i = 0; i < BINGO_ERROR_CLASSES; i++)
		values[COLUMN_ERRORS_TIMEOUT + i] =
			Int64GetDatum((int64) pg_atomic_read_u64(&readable->errors[i]));
	first_row_calls = pg_atomic_read_u64(&readable->first_row_calls);
	values[COLUMN_FIRST_ROW_CALLS] = Int64GetDatum((int64) first_row_calls);
	values[COLUMN_FIRST_ROW_TOTAL] =
		Float8GetDatum(pg_atomic_read_u64(&readable->first_row_sum) / MICROSECONDS);
	values[COLUMN_FIRST_ROW_MAX] =
		Float8GetDatum(pg_atomic_read_u64(&readable->first_row_max) / MICROSECONDS);
	nulls[COLUMN_FIRST_ROW_MAX] = first_row_calls == 0;
	tuplestore_putvalues(state->result->setResult, state->result->setDesc, values, nulls);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(state->row_context);
	return true;
}

/* Rows for queries that run for the first time: no call of theirs has ended. */
static void
put_first_runs(ReadState *state)
{
	HASH_SEQ_STATUS scan;
	RunningQuery *query;
	BingoHistogram empty;

	bingo_histogram_init(&empty);
	hash_seq_init(&scan, state->running);
	while ((query = hash_seq_search(&scan)) != NULL)
	{
		Datum		values[COLUMNS] = {0};
		bool		nulls[COLUMNS] = {false};

		if (query->shown || !may_see(state, query->key.userid))
			continue;
		put_key(&query->key, values);
		put_histogram(&empty, state->with_histogram, values, nulls);
		put_running(state, query, values, nulls);
		values[COLUMN_RPS] = values[COLUMN_RPS_MINUTE] = values[COLUMN_FIRST_ROW_TOTAL] =
			Float8GetDatum(0.0);
		nulls[COLUMN_ACTION] = nulls[COLUMN_SINCE] = nulls[COLUMN_FIRST_ROW_MAX] = true;
		tuplestore_putvalues(state->result->setResult, state->result->setDesc, values, nulls);
	}
}

/*
 * Makes the actions of other databases fit for this one: once the store is not locked
 * any more, since encodings are looked up in catalogs.
 */
static void
show_foreign_actions(ReadState *state)
{
	ReturnSetInfo *result = state->result;
	Tuplestorestate *raw = result->setResult;
	TupleTableSlot *slot = MakeSingleTupleTableSlot(result->setDesc, &TTSOpsMinimalTuple);
	MemoryContext query = MemoryContextSwitchTo(result->econtext->ecxt_per_query_memory);

	result->setResult = tuplestore_begin_heap((result->allowedModes & SFRM_Materialize_Random) != 0, false, work_mem);
	MemoryContextSwitchTo(query);
	while (tuplestore_gettupleslot(raw, true, false, slot))
	{
		MemoryContext caller = MemoryContextSwitchTo(state->row_context);
		Oid			dbid;
		text	   *action;

		slot_getallattrs(slot);
		dbid = DatumGetObjectId(slot->tts_values[COLUMN_DBID]);
		action = slot->tts_isnull[COLUMN_ACTION] ? NULL : DatumGetTextPP(slot->tts_values[COLUMN_ACTION]);
		if (action != NULL && bingo_timing_is_foreign(dbid, VARDATA_ANY(action), VARSIZE_ANY_EXHDR(action)))
			slot->tts_values[COLUMN_ACTION] =
				PointerGetDatum(bingo_timing_show(dbid, VARDATA_ANY(action), VARSIZE_ANY_EXHDR(action)));
		tuplestore_putvalues(result->setResult, result->setDesc, slot->tts_values, slot->tts_isnull);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(state->row_context);
	}
	ExecDropSingleTupleTableSlot(slot);
	tuplestore_end(raw);
}

/* bingo_tune.timing_queries(with_histogram boolean) */
Datum
bingo_timing_queries(PG_FUNCTION_ARGS)
{
	ReadState	state = {0};
	instr_time	clock;

	bingo_require_argument(fcinfo, 0, "with_histogram", "timing_queries()", "Give true or false.");
	bingo_timing_require(false);
	InitMaterializedSRF(fcinfo, 0);
	state.result = (ReturnSetInfo *) fcinfo->resultinfo;
	if (state.result->setDesc->natts != COLUMNS)
		elog(ERROR, "timing_queries has %d columns, not %d", state.result->setDesc->natts, COLUMNS);
	state.with_histogram = PG_GETARG_BOOL(0);
	state.see_all = has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS);
	if (!state.see_all)
		find_roles(&state);
	state.row_context = AllocSetContextCreate(CurrentMemoryContext, "bingo_tune timing row",
											  ALLOCSET_DEFAULT_SIZES);
	state.now = GetCurrentTimestamp();
	state.running = read_running();
	INSTR_TIME_SET_CURRENT(clock);
	state.clock = bingo_timing_microseconds(clock);
	PrepareTempTablespaces();
	bingo_timing_visit(put_slot, &state);
	put_first_runs(&state);
	if (state.foreign)
		show_foreign_actions(&state);
	MemoryContextDelete(state.row_context);
	return (Datum) 0;
}

/* bingo_tune.timing_facts(): the one row of the view timing_status */
Datum
bingo_timing_get_facts(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	BingoTimingStatus status;
	Datum		values[7 + BINGO_ERROR_CLASSES];
	bool		nulls[7 + BINGO_ERROR_CLASSES] = {false};
	int			i;

	bingo_timing_require(false);
	InitMaterializedSRF(fcinfo, 0);
	bingo_timing_get_status(&status);
	values[0] = TimestampTzGetDatum(status.since);
	values[1] = Int32GetDatum(status.tracked);
	values[2] = Int32GetDatum(bingo_max_queries);
	values[3] = Int64GetDatum((int64) status.memory);
	values[4] = Int64GetDatum((int64) status.evicted_queries);
	values[5] = Int64GetDatum((int64) status.evicted_calls);
	values[6] = Int64GetDatum((int64) status.lost_calls);
	for (i = 0; i < BINGO_ERROR_CLASSES; i++)
		values[7 + i] = Int64GetDatum((int64) status.other_errors[i]);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	return (Datum) 0;
}

/* bingo_tune.reset_timing(userid, dbid, queryid): execution is revoked from PUBLIC */
Datum
bingo_timing_reset(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"userid", "dbid", "queryid"};

	for (int i = 0; i < lengthof(names); i++)
		bingo_require_argument(fcinfo, i, names[i], "reset_timing()",
							   "Leave it out, or give 0, for all; the numbers of a query are in bingo_tune.query_timing.");
	bingo_timing_require(false);
	PG_RETURN_INT64((int64) bingo_timing_remove(PG_GETARG_OID(0), PG_GETARG_OID(1),
												(uint64) PG_GETARG_INT64(2)));
}
