/*
 * load/run.h
 *	  One run of bingo_load: what its parts share.
 *
 * The data's way
 *
 *	  main -> database: lock, look, decide -> one worker thread per connection, each
 *	  taking the next table: BEGIN, CREATE TABLE, generate -> COPY FREEZE, set the
 *	  sequence, ANALYZE, verify, COMMIT -> database: mark the whole set as loaded
 *
 * The invariants
 *
 *	  1. A table becomes visible only verified: it is created, filled, analyzed
 *		 and compared in one transaction (which is also what FREEZE needs).
 *	  2. Every table carries a mark, its COMMENT, from the transaction that created
 *		 it on.  ": loading" turns into ": loaded" for all tables in one last
 *		 transaction.  So whatever was killed at whatever moment, the next run
 *		 sees either a whole data set or pieces that are ours to remove.
 *	  3. A table without the mark is never dropped, truncated or written.
 *	  4. Two advisory locks, both kept by sessions, so that a dead process holds none:
 *		 LOCK_RUN, exclusive, by the run's coordinating connection: one run at a
 *		 time.  LOCK_WORK, shared, by each worker connection: the next run takes
 *		 it exclusively before it looks, and so waits for workers that outlived
 *		 their tool (kill -9 does not reach a COMMIT that is under way).  A worker
 *		 that has LOCK_WORK goes on only if its coordinator still has LOCK_RUN.
 *
 * A table is loaded by one connection because only the transaction that created
 * it can freeze it; several connections load different tables.  On the server
 * parsing and storing rows costs several times what generating them costs here,
 * so each connection's thread generates and sends by itself.
 */
#ifndef BINGO_LOAD_RUN_H
#define BINGO_LOAD_RUN_H

#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "load/checksum.h"
#include "load/generate.h"

/* First half of the advisory locks' keys: "bing"; the second half is the lock. */
#define BINGO_LOCK_CLASS 1651076711
#define BINGO_LOCK_RUN 1
#define BINGO_LOCK_WORK 2

typedef struct BingoLoadOptions
{
	const char *conninfo;
	const char *schema;			/* as given, not quoted */
	double		scale;
	double		skew;
	uint64_t	seed;
	int			jobs;
	bool		force;
	bool		quiet;
} BingoLoadOptions;

typedef enum BingoLoadStage
{
	BINGO_STAGE_WAITING,
	BINGO_STAGE_COPYING,
	BINGO_STAGE_VERIFYING,
	BINGO_STAGE_DONE
} BingoLoadStage;

/* One table's state; written by the worker that loads it, read by the progress display. */
typedef struct BingoLoadTable
{
	BingoTable	table;
	atomic_int	stage;
	atomic_uint_fast64_t copied;
	BingoChecksum expected;
	double		copy_seconds;
	double		analyze_seconds;
	double		verify_seconds;
	double		total_seconds;	/* BEGIN to COMMIT */
} BingoLoadTable;

typedef struct BingoLoadRun
{
	BingoLoadOptions options;
	BingoGenerator generator;
	PGconn	   *coordinator;
	int			coordinator_pid;
	char	   *schema;			/* quoted */
	char		mark_loading[160];
	char		mark_loaded[160];
	BingoLoadTable tables[BINGO_TABLES];
	atomic_int	next_table;
	atomic_int	workers_left;
	atomic_bool failed;			/* a worker has reported an error: the others stop quietly */
} BingoLoadRun;

extern const char *const bingo_load_table_names[BINGO_TABLES];

/* load/database.c */
typedef enum BingoLoadVerdict
{
	BINGO_VERDICT_LOAD,
	BINGO_VERDICT_PRESENT,
	BINGO_VERDICT_REFUSED
} BingoLoadVerdict;

extern PGconn *bingo_load_connect(const BingoLoadRun *run);
extern bool bingo_load_open(BingoLoadRun *run);
extern BingoLoadVerdict bingo_load_prepare(BingoLoadRun *run);
extern bool bingo_load_join(const BingoLoadRun *run, PGconn *conn);
extern bool bingo_load_finish(BingoLoadRun *run);
extern void bingo_load_clean(BingoLoadRun *run);

/* load/table.c */
extern bool bingo_load_table(BingoLoadRun *run, PGconn *conn, BingoLoadTable *table);
extern bool bingo_load_statement(BingoLoadRun *run, PGconn *conn, const char *what, const char *format,...)
			__attribute__((format(printf, 4, 5)));
extern bool bingo_load_stop(BingoLoadRun *run);

/* load/copy.c */
extern bool bingo_load_copy(BingoLoadRun *run, PGconn *conn, BingoLoadTable *table);

/* load/verify.c */
extern bool bingo_load_verify(BingoLoadRun *run, PGconn *conn, const BingoLoadTable *table);
extern bool bingo_load_check_hash(PGconn *conn);

/* load/progress.c */
extern double bingo_load_clock(void);
extern void bingo_load_say(const BingoLoadRun *run, const char *format,...)
			__attribute__((format(printf, 2, 3)));
extern void bingo_load_show_progress(BingoLoadRun *run);
extern void bingo_load_show_result(const BingoLoadRun *run, double seconds);

#endif							/* BINGO_LOAD_RUN_H */
