/*
 * fuzz.h
 *	  The parts of scan_random: see scan_random.c.
 */
#ifndef REGRESS_FUZZ_H
#define REGRESS_FUZZ_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define MAX_TABLES		5
#define MAX_COLUMNS		16
#define MAX_KEYS		2		/* columns of a unique key */
#define MAX_ORDERINGS	4
#define MAX_SORT		9
#define MAX_OUTPUT		40
#define MAX_PARAMETERS	2
#define NAME_SIZE		80

typedef struct Text
{
	size_t		length;
	char		data[30000];
} Text;

typedef struct Type
{
	const char *name;			/* as in CREATE TABLE */
	const char *maker;			/* fuzz.v_<maker>(number, other) */
	bool		key;			/* enough different values, and equality can be hashed */
	bool		other;			/* equal values may look different */
} Type;

typedef struct Column
{
	char		name[NAME_SIZE];	/* quoted where needed */
	const Type *type;
	const char *collation;		/* or NULL */
	bool		nullable;
	int			domain;			/* payload: how many different values */
	int			joins;			/* foreign: the table that it points to, else -1 */
	int			part;			/* of the key, or of the foreign key */
	bool		is_key;
	int			salt;
} Column;

typedef struct Table
{
	char		name[NAME_SIZE];
	int			ncolumns;
	Column		columns[MAX_COLUMNS];
	int			nkeys;			/* columns 0 .. nkeys - 1 are the key */
	int			parent;			/* -1: nobody's dimension */
	int			foreign[MAX_KEYS];	/* the parent's columns */
	int			next;			/* the number of the next row */
} Table;

typedef struct ColumnRef
{
	int			table;
	int			column;
} ColumnRef;

typedef struct SortKey
{
	ColumnRef	column;
	bool		descending;
	int			nulls;			/* 0: as the direction has it, 1: first, 2: last */
} SortKey;

typedef struct Ordering
{
	char		name[NAME_SIZE];
	bool		alive;
	int			root;
	bool		has[MAX_TABLES];
	int			noutput;
	ColumnRef	output[MAX_OUTPUT];
	int			nsort;
	SortKey		sort[MAX_SORT];
	int			window_rows;
} Ordering;

typedef struct Query
{
	Text		sql;
	int			nparameters;	/* $1 .. are bigint */
	bool		unordered;		/* the order of the rows is nobody's promise */
	bool		copies;			/* COPY ... TO STDOUT */
	bool		near_miss;		/* its rows may tie, so another plan may order them otherwise */
} Query;

typedef struct Counts
{
	uint64_t	rounds;
	uint64_t	compared;		/* queries executed with and without ordered scans */
	uint64_t	served;			/* of these: some row came from a window */
	uint64_t	continued;		/* of these: the plan behind gave some, too */
	uint64_t	failed;			/* both with the same SQLSTATE */
	uint64_t	definitions;
	uint64_t	accepted;
	uint64_t	changes;
	uint64_t	findings;
} Counts;

typedef struct Fuzz
{
	PGconn	   *connection;
	uint64_t	random;
	uint64_t	seed;
	uint64_t	round;
	uint64_t	cases;			/* of this round */
	const char *logdir;
	FILE	   *script;			/* what the round has done, ready to paste */
	int			ntables;
	Table		tables[MAX_TABLES];
	int			names;			/* of orderings, given so far */
	int			norderings;
	Ordering	orderings[MAX_ORDERINGS];
	Counts		counts;
} Fuzz;

/* scan_random.c */
extern uint32_t draw(Fuzz *fuzz, uint32_t n);
extern bool chance(Fuzz *fuzz, int percent);
extern void say(Text *text, const char *format,...) __attribute__((format(printf, 2, 3)));
extern bool run(Fuzz *fuzz, const char *format,...) __attribute__((format(printf, 2, 3)));
extern void finding(Fuzz *fuzz, const char *sql, const char *format,...) __attribute__((format(printf, 3, 4)));
extern void judge_error(Fuzz *fuzz, const PGresult *result, const char *sql);

/* fuzz_schema.c */
extern void schema_create(Fuzz *fuzz);
extern void schema_change(Fuzz *fuzz);
extern void schema_write_row(Fuzz *fuzz);

/* fuzz_ordering.c */
extern void ordering_create(Fuzz *fuzz, Ordering *ordering);
extern void ordering_try_wrong(Fuzz *fuzz);

/* fuzz_query.c */
extern void query_write(Fuzz *fuzz, Query *query);
extern void query_write_sort_key(Text *sql, const char *column, bool descending, int nulls);

/* fuzz_compare.c */
extern void compare_block(Fuzz *fuzz);
extern void compare_windows(Fuzz *fuzz);

#endif							/* REGRESS_FUZZ_H */
