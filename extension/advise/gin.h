/*
 * advise/gin.h
 *	  GIN indexes: found for conditions (advise/gin.c), and shown to the planner (advise/gin_pretend.c).
 */
#ifndef BINGO_ADVISE_GIN_H
#define BINGO_ADVISE_GIN_H

#include "nodes/pathnodes.h"

#include "advise/advise.h"

/* Does a GIN index on the key find what the operator looks for?  "*lacking": one of pg_trgm might, which is not there. */
extern bool bingo_advise_find_gin(BingoAdviseKey *key, Oid operator, Node *value, bool *lacking);
extern bool bingo_advise_trigrams_available(void);

/* --- advise/gin_pretend.c --- */

extern Oid	bingo_advise_gin_pretend(const BingoAdvise *advise, const BingoAdviseIndex *index, Oid relid);
extern void bingo_advise_gin_forget(Oid oid);
extern void bingo_advise_gin_forget_all(void);
extern void bingo_advise_gin_inject(Oid relid, RelOptInfo *rel);
extern const char *bingo_advise_gin_name(Oid oid);
extern int64 bingo_advise_gin_size(Oid oid);

/* Entries of a btree index that cost a writer as much as what a row has in this one, while it is there. */
extern double bingo_advise_gin_entries(const BingoAdviseIndex *index);

#endif							/* BINGO_ADVISE_GIN_H */
