/*
 * base/server.h
 *	  Definitions that are kept as foreign servers: find, make, change, drop.
 *
 * A definition is a foreign server of one of the extension's handlerless wrappers;
 * its TYPE says what it defines, its options are the words.  See base/server.c.
 */
#ifndef BINGO_DEFINITION_SERVER_H
#define BINGO_DEFINITION_SERVER_H

#include "nodes/pg_list.h"
#include "storage/itemptr.h"
#include "utils/array.h"
#include "utils/snapshot.h"

/* Types of the library's own definitions; timing has more. */
#define BINGO_TYPE_ORDERING "ordering"
#define BINGO_TYPE_WINDOW "window"	/* state of an ordering that is built */

/* Of a partition's ordering or counter: the name that create_ordering(), or create_counter(), was called with. */
#define BINGO_OPTION_WHOLE "whole"

typedef struct BingoServer
{
	Oid			oid;
	Oid			owner;
	char	   *name;
	ArrayType  *options;		/* as they are stored; NULL: none */
	TransactionId xmin;			/* of its row, and where that is: others once somebody has changed it */
	ItemPointerData tid;
} BingoServer;

/*
 * The wrapper of the extension that definitions of this type belong to; InvalidOid
 * if there is none, or if the wrapper of that name is not the extension's.
 */
extern Oid	bingo_server_wrapper(const char *type);

/*
 * Every server of this type, in the order of their names, as the snapshot sees them;
 * NULL: as they are now.
 */
extern List *bingo_server_list(const char *type, Snapshot snapshot);

/* The server that bingo_server_create() made for this type and key, or NULL. */
extern BingoServer *bingo_server_find(const char *type, const char *key, Snapshot snapshot);

/* The value of an option, NULL if the server does not have it. */
extern const char *bingo_server_option(const BingoServer *server, const char *option);

/* Is it that value?  Cheaper, where many servers are asked. */
extern bool bingo_server_has(const BingoServer *server, const char *option, const char *value);

/* A list of options, one more in front; NULL as value: the same list. */
extern List *bingo_server_add_option(List *options, const char *option, const char *value);

/*
 * Makes, changes and drops a server; what is done is visible to the next command.
 * No right is asked: that is the caller's.  A member belongs to the extension and is
 * not dumped; any other is dumped, and goes with DROP EXTENSION all the same.
 * bingo_server_create() fails with 42710 if the name is taken, see bingo_server_name();
 * bingo_server_alter() leaves the server with these options and no other.
 */
extern Oid	bingo_server_create(const char *type, const char *key, List *options, Oid owner, bool member);
extern void bingo_server_alter(Oid serverid, List *options);
extern void bingo_server_drop(Oid serverid);
extern void bingo_server_give(Oid serverid, Oid owner);

/*
 * Keeps everybody else from making, changing or dropping definitions of this type by
 * the functions here until the transaction ends; what is read afterwards without a
 * snapshot stays true.
 */
extern void bingo_server_lock(const char *type);

/* Who owns the extension. */
extern Oid	bingo_definition_owner(void);

/*
 * Makes each of our servers go with DROP EXTENSION if it does not yet, but for those that
 * somebody is dropping.  Those that pg_dump or CREATE SERVER have made don't by themselves.
 */
extern void bingo_definition_adopt_all(void);

#endif							/* BINGO_DEFINITION_SERVER_H */
