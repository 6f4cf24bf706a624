/*
 * upkeep/harmless.h
 *	  May a stored query be analysed, whoever has written it?
 */
#ifndef BINGO_UPKEEP_HARMLESS_H
#define BINGO_UPKEEP_HARMLESS_H

#include "nodes/parsenodes.h"

/* An error, 0A000, if parse analysis of the statement might run somebody's code. */
extern void bingo_harmless_require(RawStmt *statement);

#endif							/* BINGO_UPKEEP_HARMLESS_H */
