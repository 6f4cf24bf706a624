/*
 * upkeep/key_rows.h
 *	  The rows of one key in a window: counted, and the last ones deleted.
 */
#ifndef BINGO_UPKEEP_KEY_ROWS_H
#define BINGO_UPKEEP_KEY_ROWS_H

#include "store/window.h"

/* Of the first definition->nkeys sort keys of "key": has it a cut; how many rows, at most so many. */
extern bool bingo_key_rows_is_cut(const BingoOrdering *ordering, const BingoBoundary *key);
extern int64 bingo_key_rows_count(const BingoOrdering *ordering, const BingoBoundary *key, int64 most);

/* Has the fill (F in store/cut.c) come to a row of this key, and no further?  With the gate EXCLUSIVE. */
extern bool bingo_key_rows_has_end(BingoOrdering *ordering, const BingoBoundary *key);

/* Deletes so many rows from the key's end, and cuts it behind the last one that is left; there is one. */
extern void bingo_key_rows_delete_last(const BingoOrdering *ordering, const BingoBoundary *key, int64 surplus);

/* Deletes the key's rows behind that one, or all. */
extern void bingo_key_rows_delete_behind(const BingoOrdering *ordering, const BingoBoundary *key, const BingoBoundary *last);

/* The sort keys of a window's row, copied. */
extern void bingo_key_rows_copy(const BingoDefinition *definition, TupleTableSlot *slot, BingoBoundary *boundary);

/* A boundary copied; its relation has the columns' types. */
extern BingoBoundary *bingo_key_rows_copy_boundary(Relation relation, const BingoDefinition *definition, const BingoBoundary *from);

/* How the sort keys are compared, and whether two rows of the window have the same key. */
extern struct SortSupportData *bingo_key_rows_sort(const BingoDefinition *definition);
extern bool bingo_key_rows_same_key(const BingoDefinition *definition, struct SortSupportData *sort, TupleTableSlot *a, TupleTableSlot *b);

#endif							/* BINGO_UPKEEP_KEY_ROWS_H */
