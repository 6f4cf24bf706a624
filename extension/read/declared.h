/*
 * read/declared.h
 *	  What a table declares, and whether every snapshot that may be in use has it so.
 */
#ifndef BINGO_READ_DECLARED_H
#define BINGO_READ_DECLARED_H

#include "nodes/pathnodes.h"

/* Has no row of the table NULL there?  "always": nor one that an older snapshot sees. */
extern bool bingo_declared_not_null(Oid relid, AttrNumber attno, bool always);

/* Tells the index the table's rows apart, at any time, but for NULLs? */
extern bool bingo_declared_unique(const RelOptInfo *rel, Oid index);

#endif							/* BINGO_READ_DECLARED_H */
