/*
 * read/storage.h
 *	  Does a query look at how a value is stored?
 */
#ifndef BINGO_SCAN_STORAGE_H
#define BINGO_SCAN_STORAGE_H

#include "nodes/pathnodes.h"

/* Is the node itself such a look? */
extern bool bingo_storage_is_read_by(const Node *node);

/* Is there one anywhere in the query level, in those around it, or in subqueries of either? */
extern bool bingo_storage_is_read(PlannerInfo *root);

#endif							/* BINGO_SCAN_STORAGE_H */
