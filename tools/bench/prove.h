/*
 * bench/prove.h
 *	  "bingo_bench prove": what advise() says, built in a copy and measured there.
 *
 * The way of a run:
 *
 *		advice and examples of what it serves (bench/prove_read.c)
 *		  -> the tables that they read, and their sizes (bench/prove_tables.c)
 *		  -> a database of its own with a copy of them (bench/prove_copy.c)
 *		  -> all advice built; rounds with and without each piece (bench/prove_time.c),
 *			 and what an INSERT pays for it (bench/prove_write.c)
 *		  -> table and document (bench/prove_output.c)
 *		  -> the copy dropped, whatever happened (bench/prove_copy.c)
 *
 * An interrupt ends what runs, on the servers too, and leads to the last step.
 */
#ifndef BINGO_BENCH_PROVE_H
#define BINGO_BENCH_PROVE_H

#include <libpq-fe.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "bench/compare.h"
#include "bench/random.h"

#define PROVE_MAX_TRUSTED	32
#define PROVE_FEWEST_ROUNDS	3
#define PROVE_MAX_ROUNDS	1000

typedef struct ProveOptions
{
	const char *conninfo;
	const char *to;				/* NULL: the same server */
	int64_t		limit;			/* bytes */
	int			rounds;
	double		seconds;		/* of an example's rounds */
	double		timeout;		/* s, of one statement */
	double		min_share;
	int			max_rows;
	int			ntrusted;
	const char *trusted[PROVE_MAX_TRUSTED];
	int64_t		seed;
	bool		quiet;
	const char *json_path;
} ProveOptions;

/* A statement as it once ran. */
typedef struct ProveExample
{
	char	   *queryid;
	char	   *text;
	char	   *refusal;		/* why it is not run, or NULL */
	int			nparams;
	char	  **values;			/* NULL: null */
	char	  **types;			/* quoted names */
	Oid		   *source_types;
	Oid		   *copy_types;
} ProveExample;

typedef struct ProveTable
{
	char	   *name;			/* quoted, with its schema */
	char	   *columns;		/* those that are not generated, quoted */
	char		kind;			/* pg_class.relkind */
	int			indexes;
	int64_t		bytes;			/* with its indexes */
} ProveTable;

typedef struct ProveAdvice
{
	int			rank;
	const char *kind;			/* "index", "ordering", "counter" or "statistics" */
	bool		index;
	char	   *command;
	char	   *reason;
	int			nserves;
	ProveExample **serves;
	char	   *failure;		/* why it could not be built, or NULL */
	char	   *relations;		/* their OIDs, as text: what it has made */
	double		build_s;
	int64_t		bytes;
	int			first_row;		/* of the comparison */
	int			nrows;
	int			inserted;		/* rows of the measured INSERTs; 0: not measured */
	double		insert_us;		/* that a row costs more, */
	double		insert_low;		/* and its interval */
	double		insert_high;
} ProveAdvice;

typedef struct Prove
{
	const ProveOptions *options;
	PGconn	   *source;
	PGconn	   *target;			/* where the copy's database is made and dropped */
	PGconn	   *copy;
	char		name[64];		/* of the copy's database; "" while there is none */
	char	   *directory;		/* for what pg_dump writes; NULL while there is none */
	int			nexamples;
	ProveExample *examples;
	int			nadvice;
	ProveAdvice *advice;
	int			ntables;
	ProveTable *tables;
	BenchRandom random;
	Comparison	comparison;		/* a row for each piece of advice and example of it that ran */
} Prove;

extern volatile sig_atomic_t bench_prove_interrupted;

/* bench/prove.c: argv[0] is the subcommand; returns the exit status. */
extern int	bench_prove(int argc, char **argv);

/* --- between its files; what fails has been reported, but for an interrupt --- */

/* So that an interrupt ends what runs there; NULL: there is none any more. */
extern void bench_prove_watch(int number, PGconn *conn);

/* A statement's result, or NULL. */
extern PGresult *bench_prove_ask(PGconn *conn, const char *what, const char *sql, int nparams, const char *const *values);
extern bool bench_prove_do(PGconn *conn, const char *what, const char *format,...)
			__attribute__((format(printf, 3, 4)));
extern const char *bench_prove_message(const PGconn *conn, const PGresult *result);
extern void bench_prove_say(const Prove *prove, const char *progress);
extern char *bench_prove_print(const char *format,...)
			__attribute__((format(printf, 1, 2)));

extern bool bench_prove_read_advice(Prove *prove);
extern bool bench_prove_find_tables(Prove *prove);
extern bool bench_prove_make_copy(Prove *prove);
extern bool bench_prove_fill_copy(Prove *prove);
extern bool bench_prove_drop_copy(Prove *prove);
extern bool bench_prove_build(Prove *prove);
extern bool bench_prove_time(Prove *prove);
extern bool bench_prove_prepare_writes(Prove *prove);
extern bool bench_prove_time_writes(Prove *prove);
extern bool bench_prove_is_proved(const Prove *prove, const ProveAdvice *advice);
extern void bench_prove_print_tables(const Prove *prove, FILE *file);
extern void bench_prove_print_results(const Prove *prove, FILE *file);
extern cJSON *bench_prove_json(const Prove *prove);

#endif							/* BINGO_BENCH_PROVE_H */
