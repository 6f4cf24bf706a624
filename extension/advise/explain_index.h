/*
 * advise/explain_index.h
 *	  For explain_ordering(): what an index does, or would do, without any ordering.
 */
#ifndef BINGO_ADVISE_EXPLAIN_INDEX_H
#define BINGO_ADVISE_EXPLAIN_INDEX_H

#include "nodes/plannodes.h"

#include "definition/definition.h"

/* An index that would have an ordering's order, as a command; NULL: none, or it is there. */
extern char *bingo_explain_index(const BingoDefinition *definition);

/* The name of the index that gives the plan's first rows in their order, or NULL. */
extern char *bingo_explain_index_used(const PlannedStmt *plan);

#endif							/* BINGO_ADVISE_EXPLAIN_INDEX_H */
