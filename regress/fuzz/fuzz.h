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
#define MAX_PARAMETERS	4
#define MAX_ABOVE		3
#define MAX_PARTS		4
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
	int			nparts;			/* 0: it is not partitioned */
	int			strategy;		/* by hash, range or list ... */
	int			part_key;		/* ... of this column */
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
	bool		computed;		/* by coalesce(), which gives the column's own value */
} SortKey;

#define MAX_CONDITIONS 3

/* A condition on a column of a table that is not joined by LEFT JOIN: by kind, compared with the number. */
typedef struct Condition
{
	int			table;
	int			column;
	int			kind;
	int			number;
} Condition;

typedef struct Ordering
{
	char		name[NAME_SIZE];
	bool		alive;
	int			root;
	bool		has[MAX_TABLES];
	bool		left[MAX_TABLES];	/* by LEFT JOIN */
	int			noutput;
	ColumnRef	output[MAX_OUTPUT];
	int			nsort;
	SortKey		sort[MAX_SORT];
	int			nwritten;		/* so many of them are in its query, the rest is appended */
	int			nparameters;	/* the first ones are written as column = $n */
	int			nconditions;
	Condition	conditions[MAX_CONDITIONS];
	bool		either;			/* one of them will do */
	int			window_rows;
} Ordering;

/* What must be alike with and without ordered scans. */
typedef enum Judgement
{
	EXACT,						/* every byte: the order is total */
	BAG,						/* the rows: nobody promises an order */
	LEGAL						/* the sort keys, row by row; of rows that tie any may come */
} Judgement;

/* What was asked, for the counts. */
typedef enum Kind
{
	KIND_OWN,					/* an ordering's own query */
	KIND_WRAPPED,				/* ... inside another */
	KIND_ROWS,
	KIND_MISS,					/* rows, but something is otherwise than the ordering */
	KIND_PAGE,
	KIND_GROUPS,
	KIND_DISTINCT,
	KIND_WINDOWS,
	KIND_EXTREMES,
	KIND_LATERAL,
	KIND_ARMS,
	KIND_PAIR,
	KIND_VALUES,				/* all rows of some values, in no order or in another one */
	KINDS
} Kind;

typedef struct Query
{
	Kind		kind;
	Text		sql;
	Text		full;			/* without LIMIT; empty if that says nothing about ties */
	Judgement	judgement;
	int			nkeys;			/* LEGAL: so many last columns are the sort keys, in one form for equal values */
	int			nparameters;	/* $1 .. are bigint */
	bool		bare;			/* it may have no parameters */
	bool		copies;			/* COPY ... TO STDOUT */
	bool		pages;			/* nothing above the core but LIMIT: pages of it may be read */
	int			naliases;		/* given so far */
} Query;

/* A relation that is joined to a core. */
typedef struct Above
{
	char		alias[12];
	int			table;
	bool		many;			/* a row of the core may come more than once, or without one */
} Above;

/* What a query does around an ordering, and what otherwise than it. */
typedef struct Shape
{
	const Ordering *ordering;
	char		letter;			/* its tables are a0, a1, ... */
	int			spelling;
	bool		outer_join;
	bool		missing_join;
	bool		turned;			/* the order the other way round, and pages backwards */
	bool		extra_condition;
	bool		views;
	bool		barrier;
	int			order[MAX_TABLES];	/* the tables as they come in FROM */
	int			n;
	int			nabove;
	Above		above[MAX_ABOVE];
} Shape;

/* One key of ORDER BY. */
typedef struct OrderKey
{
	char		column[5 * NAME_SIZE];
	char		canonical[6 * NAME_SIZE];	/* the same text for equal values */
	const Type *type;
	bool		descending;
	int			nulls;
} OrderKey;

typedef struct Order
{
	int			n;
	OrderKey	keys[MAX_SORT + 2 * MAX_ABOVE + 2];
	bool		total;			/* no two rows tie */
} Order;

typedef struct Counts
{
	uint64_t	rounds;
	uint64_t	compared;		/* queries executed with and without ordered scans */
	uint64_t	served;			/* of these: some row came from a window */
	uint64_t	continued;		/* of these: the plan behind gave some, too */
	uint64_t	legal;			/* of the served: more than one order was legal */
	uint64_t	pages;			/* OFFSET pages read one after another */
	uint64_t	compared_of[KINDS];
	uint64_t	served_of[KINDS];
	uint64_t	failed;			/* both with the same SQLSTATE */
	uint64_t	definitions;
	uint64_t	accepted;
	uint64_t	changes;
	uint64_t	findings;
} Counts;

typedef struct Fuzz
{
	PGconn	   *connection;
	PGconn	   *writer;			/* changes tables behind the back of a snapshot */
	bool		beside;			/* it has, in this block */
	uint64_t	random;
	uint64_t	parts_random;
	bool		has_parts;		/* some table of the round is partitioned, mostly ... */
	int			part_table;		/* ... this one */
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
	char		witness[MAX_TABLES][MAX_COLUMNS][NAME_SIZE];	/* literals; empty: NULL or too long */
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

/* fuzz_parts.c: before a round; "PARTITION BY ...", perhaps; the partitions; a row of another one, or false; what happens to one, perhaps; settings of a block. */
extern void parts_start(Fuzz *fuzz);
extern void parts_write(Fuzz *fuzz, Text *sql, Table *table);
extern void parts_create(Fuzz *fuzz, int number);
extern bool parts_move_row(Fuzz *fuzz, int number);
extern void parts_change(Fuzz *fuzz);
extern void parts_set(Fuzz *fuzz);

/* fuzz_ordering.c */
extern void ordering_create(Fuzz *fuzz, Ordering *ordering);
extern const Ordering *ordering_draw(Fuzz *fuzz);
extern void ordering_try_wrong(Fuzz *fuzz);

/* fuzz_core.c */
extern const Column *core_column(const Fuzz *fuzz, ColumnRef ref);
extern void core_write_column(const Fuzz *fuzz, Text *sql, const Shape *shape, ColumnRef ref);
extern ColumnRef core_draw_link(Fuzz *fuzz, ColumnRef ref);
extern void core_write_from(Fuzz *fuzz, Text *sql, Shape *shape, const char *behind);
extern void core_write_joined(Fuzz *fuzz, Text *sql, const Shape *shape, const char *condition);
extern void core_write_conditions(Fuzz *fuzz, Text *sql, const Shape *shape, int other);
extern void core_draw(Fuzz *fuzz, Shape *shape, const Ordering *ordering, char letter);
extern void core_damage(Fuzz *fuzz, Shape *shape);

/* fuzz_filter.c */
extern void filter_write_simple(Fuzz *fuzz, Query *query, Text *sql, const char *alias, ColumnRef ref);
extern void filter_write(Fuzz *fuzz, Query *query, Text *sql, const Shape *shape);
extern void filter_write_value(Fuzz *fuzz, Query *query, Text *sql, ColumnRef ref);
extern void filter_write_twins(Fuzz *fuzz, Query *query, Text *sql, Text *again, ColumnRef ref);
extern void keyset_write(Fuzz *fuzz, Query *query, Text *sql, const Shape *shape);
extern void filter_write_values(Fuzz *fuzz, Query *query, Text *sql, const Shape *shape, int key);
extern bool filter_is_made_by(const Column *column, const char *makers);
extern void filter_new_alias(Query *query, char *alias);

/* fuzz_witness.c */
extern void witness_take(Fuzz *fuzz);
extern bool witness_write(Fuzz *fuzz, Text *sql, ColumnRef ref);

/* fuzz_above.c */
extern void above_write_joins(Fuzz *fuzz, Query *query, Text *sql, Shape *shape);
extern void above_write_conditions(Fuzz *fuzz, Query *query, Text *sql, const Shape *shape);

/* fuzz_level.c */
extern void level_compute_key(char *text, size_t size, const SortKey *key, const char *column);
extern void level_write_sort_key(Text *sql, const char *column, bool descending, int nulls);
extern void level_write_canonical(char *text, size_t size, const Type *type, const char *column);
extern void level_write_output(Fuzz *fuzz, Text *sql, const Shape *shape, bool plain);
extern void level_write_aggregate(Fuzz *fuzz, Text *sql, const Shape *shape);
extern int	level_write_select_list(Fuzz *fuzz, Text *sql, const Shape *shape, bool plain);
extern void level_draw_order(Fuzz *fuzz, const Shape *shape, int most, Order *order);
extern void level_damage_order(Fuzz *fuzz, const Shape *shape, Order *order);
extern int	level_skip_key(Fuzz *fuzz, const Shape *shape, Order *order);
extern void level_make_total(Fuzz *fuzz, const Shape *shape, Order *order);
extern void level_write_order(Text *sql, const Order *order);
extern void level_write_keys(Query *query, const Order *order);
extern void level_write_limit(Fuzz *fuzz, Query *query, const Ordering *ordering);

/* fuzz_groups.c */
extern void groups_write(Fuzz *fuzz, Query *query);

/* fuzz_around.c */
extern void around_write(Fuzz *fuzz, Query *query);

/* fuzz_values.c */
extern void values_write(Fuzz *fuzz, Query *query);

/* fuzz_query.c */
extern void query_write(Fuzz *fuzz, Query *query);

/* fuzz_compare.c */
extern void compare_block(Fuzz *fuzz);
extern void compare_windows(Fuzz *fuzz);

#endif							/* REGRESS_FUZZ_H */
