/*
 * definition/definition.h
 *	  What an ordering is: its tables, joins, sort keys and output columns; or a counter:
 *	  its table, keys and filter.
 *
 * Analysed from a query (definition/define.c, definition/count.c) when an ordering or a
 * counter is made; from then on stored (definition/layout.c), and never worked out again.
 * Everybody else only reads it.
 *
 * A counter is defined by the same structure, so that triggers, states, marks, DDL and
 * upkeep are the same: tables[0] is its only table, and output and sort are its keys, in
 * the order in which the query names them, sort[i] for output[i]; there is no driving key.  Its window has one
 * column more behind the keys, n: see write/delta.c.
 */
#ifndef BINGO_DEFINITION_H
#define BINGO_DEFINITION_H

#include "access/attnum.h"
#include "nodes/bitmapset.h"
#include "nodes/parsenodes.h"

#define BINGO_MAX_TABLES 8
#define BINGO_MOST_ROLES 3		/* of one table: author, editor ... */
#define BINGO_MAX_KEYS 16		/* sort keys; join columns of one dimension */

/* A column of one of the ordering's tables, or an expression over the columns of one. */
typedef struct BingoColumn
{
	int			table;			/* index into BingoDefinition.tables */
	AttrNumber	attno;			/* InvalidAttrNumber: an expression */
	int			expression;		/* then its place in BingoDefinition.expressions */
	Oid			type;
	int32		typmod;
	Oid			collation;
} BingoColumn;

/* One "parent.column = dimension.column" of a dimension's join. */
typedef struct BingoJoinColumn
{
	AttrNumber	parent_attno;	/* column of tables[parent] */
	AttrNumber	attno;			/* the dimension's own column, part of its unique key */
	Oid			equality;		/* operator: parent column = own column */
	Oid			opfamily;		/* btree family of the unique index that has it */
	Oid			collation;
	Oid			parent_type;	/* what the operator takes: text for a varchar, the */
	Oid			type;			/* base type for a domain */
	Oid			parent_hash;	/* hash function for the parent's value, and for */
	Oid			own_hash;		/* the dimension's own: equal values, equal hashes */
	BingoColumn parent_column;	/* the two columns, as they were when the ordering was made */
	BingoColumn own_column;
} BingoJoinColumn;

/*
 * tables[0] is the driving table.  A dimension is joined, on all the columns
 * of one of its unique keys, to one table that stands before it (its parent).
 */
typedef struct BingoTable
{
	Oid			relid;
	int			parent;			/* -1 for the driving table */
	bool		optional;		/* LEFT JOIN: where it has no row the parent's row is joined with NULLs */
	int			njoin;			/* 0 for the driving table */
	BingoJoinColumn *join;		/* in an order of their own, not that of an index */
	Bitmapset  *used;			/* attribute numbers (not offset) that the ordering depends on */

	/* Found anew whenever the catalogs have changed, never stored: */
	Oid			unique_index;	/* driving: on exactly the driving key; dimension: on its join
								 * columns; the columns in any order */
	Oid			parent_index;	/* index on the parent that leads with its join columns, in any
								 * order: finds the rows that wait for, or use, a dimension row */
} BingoTable;

/* A column of the driving key. */
typedef struct BingoKeyColumn
{
	AttrNumber	attno;			/* in tables[0] */
	Oid			opfamily;		/* of the unique index */
	Oid			collation;
	int			output;			/* index into BingoDefinition.output */
} BingoKeyColumn;

typedef struct BingoSortKey
{
	BingoColumn column;
	Oid			sort_operator;	/* "<" or ">" of the default btree family */
	Oid			opfamily;
	Oid			collation;
	bool		descending;
	bool		nulls_first;
	int			output;			/* index into BingoDefinition.output */
	bool		null_test;		/* of a counter: the key is whether the column IS NULL, and column.type boolean */
} BingoSortKey;

typedef struct BingoDefinition
{
	int			ntables;
	BingoTable *tables;
	int			ndriving;		/* columns of the driving key */
	BingoKeyColumn *driving;
	int			nsort;
	BingoSortKey *sort;			/* without redundant keys; ends the order totally */
	int			nappended;		/* so many of them the query doesn't name; known from the analysis, not stored */
	int			nparameters;	/* the first ones, which it compares with parameters; likewise */
	int			nkeys;			/* so many of these are the key for each of whose values rows are counted, and cut
								 * (store/cut.c); 0: none is */
	int			noutput;
	BingoColumn *output;		/* distinct columns; output[i] is the window's column i + 1; has every
								 * selected column, every sort key and the driving key */

	List	   *filter;			/* conditions on a row that is kept, or counts, each on one table: Vars of relation 1 for
								 * tables[0], and so on; none is optional */
	List	   *expressions;	/* that are sorted by, each of the columns of one table, as Vars of relation 1 */
	List	   *written_filter;	/* both as the query has them, constants not folded: so they become SQL again */
	List	   *written_expressions;
	int			nread;
	BingoColumn *read;			/* columns that filter and expressions read */

	/* Of a counter only: */
	bool		counts;
	int			nnever_null;
	BingoColumn *never_null;	/* columns that have no NULL under any snapshot that sees the counter */
} BingoDefinition;

/*
 * Larger windows are refused, so that twice their rows, or their bytes, can be
 * computed.  No table has as many rows.
 */
#define BINGO_MOST_WINDOW_ROWS INT64CONST(1000000000000)

/* A unique key of one column, which need not be there: definition/define.h. */
typedef struct BingoSupposedKey
{
	Oid			relid;
	AttrNumber	attno;
} BingoSupposedKey;

/* Why a query can't be an ordering, or why one can't be used any more. */
typedef struct BingoProblem
{
	Oid			part;			/* given: a partition whose indexes are to be made, */
	Oid			whole;			/* for all others, too, on this table; or InvalidOid */
	int			sqlstate;
	int			location;		/* byte in the query's text, or -1 */
	char	   *message;
	char	   *detail;			/* or NULL */
	char	   *hint;			/* or NULL */
	BingoDefinition *lacking;	/* what it would be with the indexes that are missing, if only these are; else NULL */
	List	   *commands;		/* of char *: that make them */
} BingoProblem;

/* The window's column i + 1: output[i], or of a counter what the key is. */
extern const BingoColumn *bingo_definition_window_column(const BingoDefinition *definition, int i);

/*
 * An output column of an optional table that is NULL if and only if the table has no row: one
 * that is joined by, since NULL equals nothing.
 */
extern int	bingo_definition_presence(const BingoDefinition *definition, int table);

/* Has it a LEFT JOIN? */
extern bool bingo_definition_has_optional(const BingoDefinition *definition);

/* The first role of a table from a number on; -1 if it has none. */
extern int	bingo_definition_find_table(const BingoDefinition *definition, Oid relid, int from);

/*
 * Two counters of one table, or of what has columns of the same numbers: but for what is never NULL whatever
 * matches the one matches the other, in the same way.
 */
extern bool bingo_definition_counts_alike(const BingoDefinition *other, const BingoDefinition *definition);

/* Fills in which columns of each table are used. */
extern void bingo_definition_fill_used(BingoDefinition *definition);

/* Decides whether the rows of each value of the parameters' columns are counted. */
extern void bingo_definition_count_keys(BingoDefinition *definition, bool all_rows);

/*
 * NOTICEs that name the keys for each of which rows are kept, all or so many, and the sort keys which the query does
 * not name, if there are any.
 */
extern void bingo_definition_tell_keys(const char *name, const BingoDefinition *definition, int64 rows);

#endif							/* BINGO_DEFINITION_H */
