/*
 * read/leaves.h
 *	  The partitions of a partitioned table that a query reads, and their orderings.
 */
#ifndef BINGO_READ_LEAVES_H
#define BINGO_READ_LEAVES_H

#include "read/match_result.h"

#define BINGO_MOST_LEAVES 64	/* windows that are opened at the start, and searched one after the other */
#define BINGO_LEAVES_TOO_MANY "the query reads more than " CppAsString2(BINGO_MOST_LEAVES) " partitions"

/* The tables with rows that planning has left of a table: itself, or of a partitioned one its partitions.  False: too many. */
extern bool bingo_leaves_list(PlannerInfo *root, const RelOptInfo *table, List **leaves);

/* The same with the partitioned tables between it and them, but without itself. */
extern List *bingo_leaves_list_below(PlannerInfo *root, const RelOptInfo *table);

/* The only relation of these that is partitioned; NULL if none is, or several are. */
extern RelOptInfo *bingo_leaves_find_whole(PlannerInfo *root, Relids relids);

/* Of the first one that is read; InvalidOid: none is. */
extern Oid	bingo_leaves_find_first(PlannerInfo *root, const RelOptInfo *table);

/* A partition's ordering, as if it were the whole's; NULL if it is none of one of them, or can't be told. */
extern BingoOrdering *bingo_leaves_translate(const BingoOrdering *ordering, const List *leaves, Oid whole);

/* What was matched by that is of all of them: fills match->leaves.  NULL, or why that can't be. */
extern const char *bingo_leaves_complete(BingoMatch *match, BingoOrdering *translated, Oid whole, const List *leaves);

/* An ordering of the whole that is only proposed: as if it were that of each of them. */
extern void bingo_leaves_suppose(BingoMatch *match, const List *leaves);

/* Rows and pages of the relation and those below it, and rows of the largest. */
extern void bingo_leaves_measure(PlannerInfo *root, const RelOptInfo *table, double *tuples, double *pages, double *most);

/* The number that a column of the whole has in a partition. */
extern AttrNumber bingo_leaves_attno(Oid whole, Oid leaf, AttrNumber attno);

#endif							/* BINGO_READ_LEAVES_H */
