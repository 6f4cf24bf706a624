/*
 * ordering_fingerprint.h
 *	  What the exactness of a window rests on, and whether it is still there.
 */
#ifndef BINGO_ORDERING_FINGERPRINT_H
#define BINGO_ORDERING_FINGERPRINT_H

#include "utils/array.h"

#include "ordering_catalog.h"

/* What was true when the window was filled, as bingo_tune.ordering stores it. */
typedef struct BingoFill
{
	ArrayType  *tables;			/* oid[], the definition's tables */
	ArrayType  *storage;		/* oid[], the relfilenode of each */
	char	   *collations;		/* of the sort keys, with their versions */
} BingoFill;

extern void bingo_fingerprint_take(const BingoDefinition *definition, BingoFill *fill);

/* The reason why the window may not be used and what to do about it, or NULL. */
extern char *bingo_fingerprint_check(const BingoOrdering *ordering, const BingoFill *fill,
									 BingoRepair *repair);

#endif							/* BINGO_ORDERING_FINGERPRINT_H */
