/*
 * timing/timing.h
 *	  Per-query timing: what its files share.
 *
 * The data's way:
 *
 *		hooks (timing/hooks.c)			see each statement begin and end
 *		  -> call (timing/call.c)		its time, and how it ended
 *		  -> running (timing/running.c)	while it runs: this backend's own cells
 *		  -> store (timing/store.c)		when it has ended: one slot a query
 *		  -> slot (timing/slot.c)		counts, by atomics alone
 *		  -> views (timing/views.c)		SQL functions over running and store
 *
 * beside them timing/statements.c: text and I/O from pg_stat_statements, and
 * timing/example.c: what was sent, once for each query, with its constants.
 *
 * A statement is known by its key.  Its action (timing/action.c) says what it
 * does in words; endpoints are found by it.  base/histogram.h has the arithmetic,
 * timing/histogram.c its SQL type, timing/file.c keeps the store across a clean
 * restart.
 *
 * Invariant: every statement that ended while timing was on for it is added
 * exactly once, to the slot of its key, or counted as lost where
 * bingo_tune.timing_status shows it.
 */
#ifndef BINGO_TIMING_H
#define BINGO_TIMING_H

#include "nodes/params.h"
#include "nodes/pg_list.h"
#include "port/atomics.h"
#include "portability/instr_time.h"
#include "utils/timestamp.h"

#include "base/histogram.h"

/* Hashed and compared as bytes: zero it before filling it. */
typedef struct BingoTimingKey
{
	uint64		queryid;
	Oid			dbid;
	Oid			userid;
	uint32		toplevel;		/* 1: sent by a client, 0: run by another statement */
	uint32		unused;
} BingoTimingKey;

/* Why statements fail, by SQLSTATE; see bingo_timing_error_class(). */
typedef enum BingoErrorClass
{
	BINGO_ERROR_NONE = -1,
	BINGO_ERROR_TIMEOUT,
	BINGO_ERROR_CONNECTION,
	BINGO_ERROR_SERIALIZATION,
	BINGO_ERROR_OTHER
} BingoErrorClass;

#define BINGO_ERROR_CLASSES	(BINGO_ERROR_OTHER + 1)

/* What one ended statement adds to its slot. */
typedef struct BingoTimingSample
{
	BingoTimingKey key;
	instr_time	ended;
	uint64		elapsed;		/* microseconds */
	uint64		rows;
	bool		gave_row;
	uint64		first_row;		/* microseconds, if gave_row */
	BingoErrorClass error;
	bool		planned;		/* not a utility statement */
	const char *source;			/* text that the statement stands in */
	int			location;		/* where in it, as in PlannedStmt */
	int			length;
	bool		is_example;		/* may be kept as one: parameters are there, if it has any */
	bool		may_look_up;	/* in catalogs, to show them */
	ParamListInfo parameters;
} BingoTimingSample;

/*
 * Calls of the last minute are counted in cells of a few seconds, each with the
 * number of its interval in the upper and the count in the lower half.
 */
#define BINGO_RECENT_SECONDS	5
#define BINGO_RECENT_CELLS		13	/* a minute and the interval that runs */

#define BINGO_ACTION_SIZE		256

/*
 * Examples: statements as they were sent, with constants and parameters.  Of each query
 * two: one of the last seconds in which it ran, and the slowest.
 */

/* Of a statement and its parameters together. */
#define BINGO_EXAMPLE_BYTES		2048

typedef enum BingoExampleKind
{
	BINGO_EXAMPLE_RECENT,
	BINGO_EXAMPLE_SLOWEST
} BingoExampleKind;

#define BINGO_EXAMPLE_KINDS		(BINGO_EXAMPLE_SLOWEST + 1)

typedef struct BingoExample
{
	TimestampTz at;				/* when it ended; 0: there is none */
	uint64		elapsed;		/* microseconds */
	bool		cut;			/* not all of it is here: good to read, not to plan */
	uint16		statement;		/* bytes of the statement, without a 0; parameters follow */
	uint16		nparams;
	uint16		used;			/* bytes */
	char		bytes[BINGO_EXAMPLE_BYTES];
} BingoExample;

/* The atomics may be used as those of the slot, the rest is written under the exclusive lock. */
typedef struct BingoExamples
{
	uint64		generation;		/* of bingo_examples_forget(); another than now: there is none */
	pg_atomic_uint64 slowest;	/* microseconds; what is slower is kept */
	pg_atomic_uint32 interval;	/* in which the recent one ended; another one's is kept */
	bool		any;
	BingoExample kinds[BINGO_EXAMPLE_KINDS];
} BingoExamples;

/* One parameter of an example. */
typedef struct BingoExampleParameter
{
	Oid			type;
	char	   *value;			/* as its type's output function has it, or NULL */
} BingoExampleParameter;

/*
 * A slot of the store.  Who holds the key's partition lock, shared or exclusive,
 * may use the atomics; the rest is written under the exclusive lock only.
 */
typedef struct BingoTimingSlot
{
	BingoTimingKey key;
	bool		used;
	int			next_free;		/* allocation lock */
	uint64		usage;			/* allocation lock: calls, halved at each eviction */
	uint64		usage_calls;	/* allocation lock: calls at the last eviction */
	TimestampTz since;			/* first call */
	char		action[BINGO_ACTION_SIZE];	/* "" while not known */
	pg_atomic_uint64 sum;
	pg_atomic_uint64 min;		/* set before the counts, so they never disagree */
	pg_atomic_uint64 max;
	pg_atomic_uint64 rows;
	pg_atomic_uint64 first_row_calls;
	pg_atomic_uint64 first_row_sum;
	pg_atomic_uint64 first_row_max;
	pg_atomic_uint64 errors[BINGO_ERROR_CLASSES];
	pg_atomic_uint64 recent[BINGO_RECENT_CELLS];
	pg_atomic_uint64 counts[BINGO_HISTOGRAM_BUCKETS];
	BingoExamples examples;
} BingoTimingSlot;

/* Facts about the store as a whole. */
typedef struct BingoTimingStatus
{
	TimestampTz since;			/* last start with an empty store, or full reset */
	int			tracked;
	uint64		evicted_queries;
	uint64		evicted_calls;
	uint64		lost_calls;
	uint64		other_errors[BINGO_ERROR_CLASSES];
	Size		memory;
} BingoTimingStatus;

/* timing/store.c */
typedef bool (*BingoSlotVisitor) (const BingoTimingSlot *slot, void *arg);

extern Size bingo_timing_store_size(void);
extern void bingo_timing_store_request(void);
extern bool bingo_timing_store_startup(void);
extern bool bingo_timing_available(void);
extern void bingo_timing_record(const BingoTimingSample *sample);
extern BingoTimingSlot *bingo_timing_take_slot(const BingoTimingKey *key);
extern void bingo_timing_release_slot(const BingoTimingKey *key);
extern bool bingo_timing_visit(BingoSlotVisitor visitor, void *arg);
extern uint64 bingo_timing_remove(Oid userid, Oid dbid, uint64 queryid);
extern void bingo_timing_count_other_error(BingoErrorClass error);
extern void bingo_timing_get_status(BingoTimingStatus *status);
extern void bingo_timing_set_status(const BingoTimingStatus *status);

/* timing/slot.c: one slot; its partition is locked */
extern void bingo_timing_slot_init(BingoTimingSlot *slot, const BingoTimingKey *key);
extern void bingo_timing_slot_add(BingoTimingSlot *slot, const BingoTimingSample *sample);
extern uint64 bingo_timing_slot_calls(const BingoTimingSlot *slot);
extern uint32 bingo_timing_slot_last_interval(const BingoTimingSlot *slot);
extern void bingo_timing_read_slot(const BingoTimingSlot *slot, BingoHistogram *histogram);
extern uint64 bingo_timing_recent_calls(const BingoTimingSlot *slot, double *seconds);

/* timing/running.c */
typedef struct BingoRunning
{
	BingoTimingKey key;
	uint64		started;		/* microseconds of the monotonic clock */
} BingoRunning;

extern Size bingo_timing_running_size(void);
extern void bingo_timing_running_startup(void);
extern int	bingo_timing_running_push(const BingoTimingKey *key, instr_time started);
extern void bingo_timing_running_pop(int depth);
extern int	bingo_timing_running_read(BingoRunning **running);

/* timing/example.c */
extern Size bingo_examples_size(void);
extern void bingo_examples_startup(void);
extern void bingo_examples_init(BingoExamples *examples);

/* Is something to be kept, or forgotten, now that this call has ended? */
extern bool bingo_examples_wait_for(const BingoExamples *examples, const BingoTimingSample *sample);

/* Makes an example of a call; no lock may be held.  False: there is nothing to keep. */
extern bool bingo_example_make(BingoExample *example, const BingoTimingSample *sample);

/* Keeps it; NULL: forgets those that there are. */
extern void bingo_examples_put(BingoExamples *examples, const BingoExample *example,
							   const BingoTimingSample *sample);

/* One of them, or NULL. */
extern const BingoExample *bingo_examples_get(const BingoExamples *examples, BingoExampleKind kind);

/* Its parameters, copied to the current memory context. */
extern BingoExampleParameter *bingo_example_parameters(const BingoExample *example);

/* May the current user see examples of this role's statements?  Ask with no lock held. */
extern bool bingo_examples_see_all(void);

/* timing/hooks.c */
extern void bingo_timing_init(void);

/* timing/call.c */
extern BingoErrorClass bingo_timing_error_class(int sqlerrcode);

/* timing/action.c */
extern bool bingo_timing_find_statement(const char *source, int location, int length, const char **start, int *found);
extern bool bingo_timing_describe_action(const char *source, int location, int length,
										 bool planned, char action[BINGO_ACTION_SIZE]);
extern char *bingo_timing_require_action(const char *statement);
extern List *bingo_timing_list_tables(const char *statement);

/*
 * timing/encoding.c: does a text of a database need to be made fit for this one, and
 * the text that is.  Reads catalogs.
 */
extern bool bingo_timing_is_foreign(Oid dbid, const char *bytes, int length);
extern text *bingo_timing_show(Oid dbid, const char *bytes, int length);

/* timing/file.c */
extern void bingo_timing_file_load(void);
extern void bingo_timing_file_save(void);

/* timing/views.c: an error unless timing, and pg_stat_statements if wanted, is loaded */
extern void bingo_timing_require(bool with_statements);

/* timing/histogram.c */
extern Datum bingo_timing_histogram_datum(const BingoHistogram *histogram);

/* Microseconds, to the nearest one. */
static inline uint64
bingo_timing_microseconds(instr_time time)
{
	return (uint64) (INSTR_TIME_GET_DOUBLE(time) * 1000000.0 + 0.5);
}

#endif							/* BINGO_TIMING_H */
