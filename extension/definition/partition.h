/*
 * definition/partition.h
 *	  A partitioned table's query, as one of a partition.
 */
#ifndef BINGO_DEFINITION_PARTITION_H
#define BINGO_DEFINITION_PARTITION_H

#include "nodes/parsenodes.h"

/* rti: the partitioned table.  The same columns, whatever their numbers are in the partition. */
extern Query *bingo_partition_query(const Query *query, int rti, Oid part);

#endif							/* BINGO_DEFINITION_PARTITION_H */
