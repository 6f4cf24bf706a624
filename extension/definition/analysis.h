/*
 * definition/analysis.h
 *	  What the files that analyse a query share: definition/define.c reads the
 *	  query's clauses, definition/relation.c its tables and their indexes,
 *	  definition/tree.c finds the driving table and the joins, definition/joins.c
 *	  writes them down.
 *
 * Table numbers in here are positions in the query's FROM; bingo_tree_build()
 * permutes them so that the driving table comes first and parents before their
 * dimensions.
 */
#ifndef BINGO_ORDERING_ANALYSIS_H
#define BINGO_ORDERING_ANALYSIS_H

#include "nodes/parsenodes.h"

#include "definition/definition.h"

/* A btree index that can be relied on to find rows; unique says more. */
typedef struct BingoIndexShape
{
	Oid			oid;
	bool		unique;
	bool		immediate;		/* checked at once, not deferrable */
	bool		primary;
	bool		usable;			/* valid, ready and live */
	bool		partial;
	int			nkeys;			/* without included columns */
	AttrNumber	attnos[INDEX_MAX_KEYS]; /* 0: an expression */
	Oid			opfamilies[INDEX_MAX_KEYS];
	Oid			collations[INDEX_MAX_KEYS];
	int16		options[INDEX_MAX_KEYS];	/* INDOPTION_DESC, INDOPTION_NULLS_FIRST */
} BingoIndexShape;

typedef struct BingoRelation
{
	Oid			relid;
	int			rti;
	int			location;		/* of its name in the query, or -1 */
	char	   *name;			/* as the query calls it */
	bool		optional;		/* LEFT JOIN */
	int			number;			/* in the definition, once bingo_tree_build() has found it */
	List	   *indexes;		/* of BingoIndexShape *, primary key first, then by OID */
} BingoRelation;

/* column = column */
typedef struct BingoCondition
{
	int			table[2];
	AttrNumber	attno[2];
	Oid			operator;
	Oid			collation;
	int			location;
	int			optional;		/* the table whose LEFT JOIN has it, or -1: it chooses rows */
	bool		used;			/* by the join of a dimension */
} BingoCondition;

typedef struct BingoAnalysis
{
	Query	   *query;
	BingoProblem *problem;
	int			nrelations;
	BingoRelation relations[BINGO_MAX_TABLES];
	List	   *conditions;		/* of BingoCondition * */
	List	   *parameters;		/* of BingoCondition *: table[0]'s column = $n */
	List	   *filters;		/* conditions on one table alone */
	List	   *supposed;		/* of BingoSupposedKey *: as if they were there */
	BingoDefinition *definition;
} BingoAnalysis;

extern bool bingo_analysis_fail(BingoAnalysis *analysis, int sqlstate, int location,
								char *message, char *detail, char *hint);
extern char *bingo_analysis_column_name(BingoAnalysis *analysis, int table, AttrNumber attno);
extern bool bingo_analysis_equivalent(BingoAnalysis *analysis, int table, AttrNumber attno,
									  int other_table, AttrNumber other_attno);

#endif							/* BINGO_ORDERING_ANALYSIS_H */
