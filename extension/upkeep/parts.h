/*
 * upkeep/parts.h
 *	  A counter, or an ordering, of a partitioned table is one of each partition.
 */
#ifndef BINGO_UPKEEP_PARTS_H
#define BINGO_UPKEEP_PARTS_H

#include "definition/definition.h"
#include "store/definition.h"
#include "store/ordering.h"

/* The tables that have the rows of the only partitioned one that the query reads, locked; NIL: there is none, or it has none. */
extern List *bingo_parts_list(const Query *query);

/* The partitioned table; there is one. */
extern Oid	bingo_parts_whole(const Query *query);

/* The query of one of them: the same columns, whatever their numbers are there. */
extern Query *bingo_parts_query(const Query *query, Oid part);

/* Is the name that of one of the same kind, table, keys and conditions, be it built or not? */
extern bool bingo_parts_is_like(const char *name, const BingoDefinition *definition);

/* Has its table one like it?  A counter whatever its name is, an ordering of those that were made under "whole". */
extern bool bingo_parts_has_one(const BingoDefinition *definition, const char *whole);

/* The name under which its table's one that is like it was made, or NULL. */
extern const char *bingo_parts_find_whole(const BingoDefinition *definition);

/* Does the name stand for counters, or orderings, of partitions that the user may manage? */
extern bool bingo_parts_is_whole(const char *name, bool counts);

/* The partition's one was made under the name, for the partitioned table that the query reads. */
extern void bingo_parts_note(const char *part_name, const char *name, const Query *query, Oid part);

/*
 * The name of a partition's one: NAME_PARTITION, cut to what a name may have, with a number behind it if that
 * is another table's.  So it is free, or the partition's own.
 */
extern char *bingo_parts_name(const char *name, Oid part);

/*
 * What the name of a counter, or ordering, stands for: itself, or, if there is none, those of partitions that were made
 * under it; itself if there are none, either.
 */
extern List *bingo_parts_named(const char *name, bool counts);

/* The table so many levels above the partition, or InvalidOid. */
extern Oid bingo_parts_above(Oid part, int levels);

/* The tables that have rows, the partition itself or what it is partitioned into. */
extern List *bingo_parts_leaves(Oid relid);

/*
 * Raises an error if the table, of one of whose partitions that is, is joined and has too many: whoever changes rows of the driving
 * table works for an ordering of each when he commits, and has locks for each then.
 */
extern void bingo_parts_require_few(const BingoDefinition *definition, int nparts);

/* Defines what the partition lacks of what the sibling is one of.  False: nothing, or it can't be told now. */
extern bool bingo_parts_define(Oid part, const BingoStoredDefinition *sibling);

/* Of RangeVars: the tables that a command makes partitions, or gives to somebody, or tries to. */
extern List *bingo_parts_list_new(const Node *parsetree);

/* Those may be partitions now: defines their counters and orderings, as create_counter() and create_ordering() would make them. */
extern void bingo_parts_follow(List *tables);

#endif							/* BINGO_UPKEEP_PARTS_H */
