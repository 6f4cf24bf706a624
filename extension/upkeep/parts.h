/*
 * upkeep/parts.h
 *	  A counter of a partitioned table is one of each partition.
 */
#ifndef BINGO_UPKEEP_PARTS_H
#define BINGO_UPKEEP_PARTS_H

#include "nodes/parsenodes.h"

/* The tables that have the rows of the partitioned one that alone the query reads, locked; NIL: it is none, or has none. */
extern List *bingo_parts_list(const Query *query);

/* The query of one of them: the same columns, whatever their numbers are there. */
extern Query *bingo_parts_query(const Query *query, Oid part);

/* The name of a partition's counter: NAME_PARTITION, cut to what a name may have. */
extern char *bingo_parts_name(const char *name, Oid part);

/* Is it a counter of this table? */
extern bool bingo_parts_has_counter(const char *name, Oid part);

#endif							/* BINGO_UPKEEP_PARTS_H */
