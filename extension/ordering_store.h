/*
 * ordering_store.h
 *	  The rows and relations that make up a stored ordering.
 */
#ifndef BINGO_ORDERING_STORE_H
#define BINGO_ORDERING_STORE_H

#include "ordering_catalog.h"
#include "ordering_fingerprint.h"

/* What to go back to after acting as the extension's owner. */
typedef struct BingoScope
{
	Oid			user;
	int			sec_context;
	int			guc_level;
} BingoScope;

/* Act as the given role, with nothing of the caller's search_path; the owner of the extension's tables if InvalidOid. */
extern void bingo_store_enter(BingoScope *scope, Oid role);
extern void bingo_store_leave(const BingoScope *scope);

/* The role that owns the extension's tables; an error without the extension. */
extern Oid	bingo_store_owner(void);

/* Runs one utility command or DML; the caller is connected to SPI. */
extern void bingo_store_run(const char *sql);

/* Runs one query under the latest snapshot; the caller is connected to SPI. */
extern int	bingo_store_execute(const char *sql, int nargs, Oid *types, Datum *values);

/* Draws the id of a new ordering. */
extern int32 bingo_store_next_id(void);

/* Makes window, gate and boundary, with the query as its rule; fills in their OIDs. */
extern void bingo_store_create_relations(BingoOrdering *ordering, const char *query);

/* The window's columns for ORDER BY: the sort keys, and from the end of the order to its beginning. */
extern char *bingo_store_format_order(const BingoDefinition *definition, bool backward);

/* The window's columns of the driving key, comma-separated. */
extern char *bingo_store_format_key(const BingoDefinition *definition);

/* Makes the window's indexes, when it is filled; fills in their OIDs. */
extern void bingo_store_create_indexes(BingoOrdering *ordering);

/* The row in bingo_tune.ordering: a new one, one whose refill has begun, one whose fill is complete. */
extern void bingo_store_insert(const BingoOrdering *ordering, const BingoFill *fill, double build_ms);
extern void bingo_store_update(const BingoOrdering *ordering, const BingoFill *fill);
extern void bingo_store_finish(int32 id, double build_ms);

/* Drops the relations; deletes the rows in bingo_tune.ordering and of invalidations. */
extern void bingo_store_drop_relations(const BingoOrdering *ordering);
extern void bingo_store_delete(int32 id);

/* OIDs of the tables, in order, whether they still exist or not. */
extern List *bingo_store_list_tables(int32 id);

/*
 * ordering_store_definition.c: the definition as pg_dump carries it.  Finding one
 * returns false if there is none of the name; what it returns lives in SPI's memory.
 */
extern void bingo_store_insert_definition(const BingoOrdering *ordering, const char *query);
extern void bingo_store_update_definition(const BingoOrdering *ordering, const char *query);
extern bool bingo_store_find_definition(const char *name, char **query, int64 *window_rows, char **owner);
extern void bingo_store_delete_definition(const char *name);

#endif							/* BINGO_ORDERING_STORE_H */
