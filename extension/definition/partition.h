/*
 * definition/partition.h
 *	  A partitioned table's query, as one of a partition; a partition's definition, as one of the whole.
 */
#ifndef BINGO_DEFINITION_PARTITION_H
#define BINGO_DEFINITION_PARTITION_H

#include "nodes/parsenodes.h"

#include "definition/definition.h"

/* The number of the only partitioned table in FROM; 0: none is, or several are. */
extern int	bingo_partition_find(const Query *query);

/* That of a table in FROM, or 0. */
extern int	bingo_partition_find_table(const Query *query, Oid relid);

/* rti: the partitioned table.  The same columns, whatever their numbers are in the partition. */
extern Query *bingo_partition_query(const Query *query, int rti, Oid part);

/* That of the tables which is a partition: no other one is.  The first one if none is. */
extern Oid	bingo_partition_of(const BingoDefinition *definition);

/* Why an ordering may not have its partitions as it has them; NULL: it may, or it has none. */
extern char *bingo_partition_obstacle(const BingoDefinition *definition, const char **detail, const char **hint);

#define BINGO_PARTITION_ONE "Only one of the tables may be a partition, or partitioned."
#define BINGO_PARTITION_LEAVE_ONE "Leave out the one that the page is not sorted by: it is joined to the rows of an ordering of the other tables."

/* As if that table were the partitioned one, for what is matched of it only; NULL: somebody is altering that. */
extern BingoDefinition *bingo_partition_translate(const BingoDefinition *definition, int table, Oid whole);

/*
 * Two orderings of one table, or of what was translated to one: have their windows the same columns, of the same rows in the
 * same order?  How many rows of what they keep is another matter.
 */
extern bool bingo_partition_orders_alike(const BingoDefinition *other, const BingoDefinition *definition);

#endif							/* BINGO_DEFINITION_PARTITION_H */
