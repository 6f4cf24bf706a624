/*
 * upkeep/parts.h
 *	  A counter of a partitioned table is one of each partition.
 */
#ifndef BINGO_UPKEEP_PARTS_H
#define BINGO_UPKEEP_PARTS_H

#include "definition/definition.h"
#include "store/definition.h"

/* The tables that have the rows of the partitioned one that alone the query reads, locked; NIL: it is none, or has none. */
extern List *bingo_parts_list(const Query *query);

/* The query of one of them: the same columns, whatever their numbers are there. */
extern Query *bingo_parts_query(const Query *query, Oid part);

/* Is the name that of a counter of the same table, keys and conditions, be it built or not? */
extern bool bingo_parts_is_like(const char *name, const BingoDefinition *definition);

/* Has its table a counter like it, whatever its name? */
extern bool bingo_parts_has_counter(const BingoDefinition *definition);

/* The name under which its table's counter that is like it was made, or NULL. */
extern const char *bingo_parts_find_whole(const BingoDefinition *definition);

/* Does the name stand for counters of partitions that the user may manage? */
extern bool bingo_parts_is_whole(const char *name);

/* The partition's counter was made under the name, for the partitioned table that the query counts. */
extern void bingo_parts_note(const char *part_name, const char *name, const Query *query, Oid part);

/*
 * The name of a partition's counter: NAME_PARTITION, cut to what a name may have, with a number behind it if that
 * is another table's.  So it is free, or the partition's own.
 */
extern char *bingo_parts_name(const char *name, Oid part);

/*
 * What the name of a counter stands for: itself, or, if there is none, those of partitions that create_counter() has made
 * under it; itself if there are none, either.
 */
extern List *bingo_parts_named(const char *name);

/* The table so many levels above the partition, or InvalidOid. */
extern Oid bingo_parts_above(Oid part, int levels);

/* The tables that have rows, the partition itself or what it is partitioned into. */
extern List *bingo_parts_leaves(Oid relid);

/* The only table that the query reads, or InvalidOid. */
extern Oid bingo_parts_table(const Query *query);

/* Defines what the partition lacks of what the sibling is one of.  False: nothing, or it can't be told now. */
extern bool bingo_parts_define(Oid part, const BingoStoredDefinition *sibling);

/* Of RangeVars: the tables that a command makes partitions, or gives to somebody, or tries to. */
extern List *bingo_parts_list_new(const Node *parsetree);

/* Those may be partitions now: defines their counters, as create_counter() would make them. */
extern void bingo_parts_follow(List *tables);

/* Partitions that are gone take along what was made for them under the name of a whole: is there any such? */
extern bool bingo_parts_is_any_over(void);
extern void bingo_parts_give_up(void);

#endif							/* BINGO_UPKEEP_PARTS_H */
