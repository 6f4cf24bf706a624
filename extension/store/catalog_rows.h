/*
 * store/catalog_rows.h
 *	  What the cache of orderings remembers of the servers that it was loaded from, and how it finds them.
 */
#ifndef BINGO_CATALOG_ROWS_H
#define BINGO_CATALOG_ROWS_H

#include "storage/itemptr.h"
#include "utils/hsearch.h"

#include "base/server.h"
#include "store/ordering.h"

/* A row of pg_foreign_server, as it was. */
typedef struct BingoServerRow
{
	Oid			oid;			/* InvalidOid: there was none */
	TransactionId xmin;
	ItemPointerData tid;
} BingoServerRow;

extern BingoServerRow bingo_catalog_find_row(const BingoServer *server);

/* Nobody has changed the server since; NULL: there is none now either. */
extern bool bingo_catalog_is_same_row(const BingoServerRow *row, const BingoServer *server);

/* Servers of definitions by the names of what they define, in the current memory context. */
extern HTAB *bingo_catalog_hash_definitions(List *servers);

/* The definition of that name, or NULL; of two as bingo_definition_list() has it. */
extern const BingoServer *bingo_catalog_find_definition(HTAB *definitions, const char *name);

/* Orderings by their names, in that memory context; of two of one name the first. */
extern HTAB *bingo_catalog_hash_orderings(List *orderings, MemoryContext context);
extern BingoOrdering *bingo_catalog_find_ordering(HTAB *orderings, const char *name);

#endif							/* BINGO_CATALOG_ROWS_H */
