/*
 * store/store.h
 *	  The servers and relations that make up a stored ordering.
 */
#ifndef BINGO_ORDERING_STORE_H
#define BINGO_ORDERING_STORE_H

#include "store/catalog.h"
#include "store/fingerprint.h"

/* What to go back to after acting as the extension's owner. */
typedef struct BingoScope
{
	Oid			user;
	int			sec_context;
	int			guc_level;
} BingoScope;

/* Act as the given role, with nothing of the caller's search_path and formats; the owner of the windows if InvalidOid. */
extern void bingo_store_enter(BingoScope *scope, Oid role);
extern void bingo_store_leave(const BingoScope *scope);

/* The role that owns the windows; an error without the extension, or with its version 1.0. */
extern Oid	bingo_store_owner(void);

/* Is the DDL that runs one of ours, for a window or a boundary? */
extern bool bingo_store_is_making(void);

/* Draws the id of a new ordering. */
extern int32 bingo_store_next_id(void);

/* Makes window and boundary, empty; fills in their OIDs.  Then the window's indexes, when it is filled. */
extern void bingo_store_create_relations(BingoOrdering *ordering);
extern void bingo_store_create_indexes(BingoOrdering *ordering);

/* The window's columns of the driving key, comma-separated. */
extern char *bingo_store_format_key(const BingoDefinition *definition);

/* Takes back rights to window and boundary that somebody has given. */
extern void bingo_store_close_relations(const BingoOrdering *ordering);

/*
 * Drops window and boundary, whether other things of ours depend on them or not.  False:
 * without "wait", and somebody uses one of them.
 */
extern bool bingo_store_drop_relations(const BingoOrdering *ordering, bool wait);

#endif							/* BINGO_ORDERING_STORE_H */
