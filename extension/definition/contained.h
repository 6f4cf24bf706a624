/*
 * definition/contained.h
 *	  Has the window of one ordering all that the window of another one has?
 */
#ifndef BINGO_DEFINITION_CONTAINED_H
#define BINGO_DEFINITION_CONTAINED_H

#include "definition/definition.h"

/* "rows" are the orderings' window_rows. */
extern bool bingo_definition_contains(const BingoDefinition *all, int64 rows, const BingoDefinition *part, int64 part_rows);

#endif							/* BINGO_DEFINITION_CONTAINED_H */
