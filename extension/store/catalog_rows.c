/*
 * store/catalog_rows.c
 *	  What the cache of orderings remembers of the servers that it was loaded from, and how it finds them.
 *
 * Who makes hundreds of orderings, of the partitions of a table, changes the servers with each of them, and each time
 * the cache compares all: nothing here may look through all for each of all.
 */
#include "postgres.h"

#include "store/catalog_rows.h"
#include "store/state.h"

typedef struct Named
{
	char		name[NAMEDATALEN];	/* the hash key */
	const BingoServer *server;
	BingoOrdering *ordering;
} Named;

static HTAB *
make_hash(MemoryContext context)
{
	HASHCTL		control = {.keysize = NAMEDATALEN, .entrysize = sizeof(Named), .hcxt = context};

	return hash_create("bingo_tune names", 64, &control, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
}

/* No ordering has a longer name, but somebody may have written one by hand. */
static Named *
find_named(HTAB *hash, const char *name, HASHACTION action, bool *known)
{
	return strlen(name) < NAMEDATALEN ? hash_search(hash, name, action, known) : NULL;
}

BingoServerRow
bingo_catalog_find_row(const BingoServer *server)
{
	return server == NULL ? (BingoServerRow) {0} : (BingoServerRow) {.oid = server->oid, .xmin = server->xmin, .tid = server->tid};
}

bool
bingo_catalog_is_same_row(const BingoServerRow *row, const BingoServer *server)
{
	BingoServerRow now = bingo_catalog_find_row(server);

	return row->oid == now.oid && row->xmin == now.xmin &&
		ItemPointerEquals(unconstify(ItemPointerData *, &row->tid), &now.tid);
}

HTAB *
bingo_catalog_hash_definitions(List *servers)
{
	HTAB	   *definitions = make_hash(CurrentMemoryContext);
	ListCell   *cell;

	foreach(cell, servers)
	{
		const BingoServer *server = lfirst(cell);
		const char *name = bingo_server_option(server, BINGO_OPTION_NAME);
		bool		known;
		Named	   *named = name ? find_named(definitions, name, HASH_ENTER, &known) : NULL;

		if (named != NULL && (!known || server->oid < named->server->oid))
			named->server = server;
	}
	return definitions;
}

const BingoServer *
bingo_catalog_find_definition(HTAB *definitions, const char *name)
{
	const Named *named = find_named(definitions, name, HASH_FIND, NULL);

	return named != NULL ? named->server : NULL;
}

HTAB *
bingo_catalog_hash_orderings(List *orderings, MemoryContext context)
{
	HTAB	   *hash = make_hash(context);
	ListCell   *cell;

	foreach(cell, orderings)
	{
		BingoOrdering *ordering = lfirst(cell);
		bool		known;
		Named	   *named = find_named(hash, ordering->name, HASH_ENTER, &known);

		if (named != NULL && !known)
			named->ordering = ordering;
	}
	return hash;
}

BingoOrdering *
bingo_catalog_find_ordering(HTAB *orderings, const char *name)
{
	const Named *named = find_named(orderings, name, HASH_FIND, NULL);

	return named != NULL ? named->ordering : NULL;
}
