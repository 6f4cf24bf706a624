/*
 * store/fit.h
 *	  Does a row fit a window?
 */
#ifndef BINGO_STORE_FIT_H
#define BINGO_STORE_FIT_H

#include "executor/tuptable.h"
#include "utils/rel.h"

#include "definition/analysis.h"

/* The pages of the relation and these indexes of it. */
extern bool bingo_fit_relation(Relation relation, Relation *indexes, int nindexes,
							   TupleTableSlot *slot);

/* The same before there is a window, or before it has its indexes; the slot has its columns. */
extern bool bingo_fit_definition(const BingoDefinition *definition, TupleTableSlot *slot);

/* Will the row, or does it, have values out of line?  Rather yes than no. */
extern bool bingo_fit_may_be_toasted(TupleDesc desc, TupleTableSlot *slot);

#endif							/* BINGO_STORE_FIT_H */
