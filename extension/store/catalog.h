/*
 * store/catalog.h
 *	  Stored orderings and the per-backend cache of them.
 */
#ifndef BINGO_ORDERING_CATALOG_H
#define BINGO_ORDERING_CATALOG_H

#include "nodes/pg_list.h"

#include "definition/define.h"
#include "store/lock.h"

/* What would make an unusable ordering usable again. */
typedef enum BingoRepair
{
	BINGO_REPAIR_NONE,			/* nothing: it is usable */
	BINGO_REPAIR_REFILL,		/* fill the window again, after emptying it by TRUNCATE */
	BINGO_REPAIR_ALWAYS,		/* make the triggers ENABLE ALWAYS again, refill */
	BINGO_REPAIR_TRIGGERS,		/* make the triggers again, which somebody dropped, refill */
	BINGO_REPAIR_REBUILD		/* analyse the query and make everything again */
} BingoRepair;

/* What was true when the window was filled. */
typedef struct BingoFill
{
	Oid			window_file;	/* relfilenodes of window and boundary */
	Oid			boundary_file;
	Oid			files[BINGO_MAX_TABLES];	/* of each table */
	char	   *collations;		/* of the sort keys, with their versions */
} BingoFill;

/*
 * Larger windows are refused, so that twice their rows, or their bytes, can be
 * computed.  No table has as many rows.
 */
#define BINGO_MOST_WINDOW_ROWS INT64CONST(1000000000000)

/*
 * A cached ordering.  It lives until the end of the top-level transaction in
 * which it was looked up, even if an invalidation makes it stale meanwhile
 * (the next lookup then returns a new one); what must live longer is copied.
 *
 * id and definition belong together for ever: an ordering that is made again has
 * another id.
 */
typedef struct BingoOrdering
{
	int32		id;				/* first argument of the triggers */
	char	   *name;
	Oid			owner;			/* of the definition */
	int64		window_rows;	/* W */
	Oid			server;			/* where its state is stored */
	Oid			definition_server;	/* where its definition is; InvalidOid: dropped */
	Oid			window;			/* relation: output columns in order, no other column */
	Oid			window_order;	/* its btree on the sort keys */
	Oid			window_key;		/* its btree on the driving key */
	Oid			boundary;		/* one row: state "char" ('n' nothing, 'k' key, 'e' everything), then the sort keys */
	BingoDefinition *definition;	/* as it was built; NULL if it can't be read: not usable */
	BingoFill	fill;
	const char *renamed;		/* its query as bingo_definition_format() wrote it when it was built */
	bool		usable;			/* what exactness rests on is intact */
	const char *reason;			/* why not usable, else NULL */
	BingoRepair repair;			/* what to do about it */
	MemoryContext context;		/* where all this lives */
	struct BingoChangePlan *change_plan;	/* made by and for ordering_change when first needed */
} BingoOrdering;

extern void bingo_catalog_init(void);

/*
 * Makes the cache complete.  False if that can't be done because somebody has locked
 * a system catalog that orderings are stored in: nothing can be told then, not even
 * that there is no ordering.  patience NULL: waits for nobody.
 */
extern bool bingo_catalog_load(BingoPatience *patience);

/* The same for functions that people call: waits for a while, then an error. */
extern void bingo_catalog_require(void);

/*
 * All orderings of this database that are built (a List of BingoOrdering *, by id); NIL
 * without the extension, and while that is not known without waiting.
 */
extern List *bingo_catalog_list(void);

/* False, as bingo_catalog_load(), if it can't be told; else the ordering, NULL if there is none. */
extern bool bingo_catalog_find(int32 id, BingoPatience *patience, BingoOrdering **ordering);

/* The ordering, NULL if there is none; waits as bingo_catalog_require() does. */
extern BingoOrdering *bingo_catalog_by_name(const char *name);

/*
 * Look at everything again at the next lookup: not all that an ordering rests on
 * announces its change (the end of inheritance does not).
 */
extern void bingo_catalog_reload(void);

/* Was an ordering loaded since the last call that upkeep could repair? */
extern bool bingo_catalog_take_wish(void);

/* A cheap test for the planner: is there an ordering on this table, as far as is known? */
extern bool bingo_catalog_covers(Oid relid);

/*
 * Is the ordering new to the cache since the last call for it?  For the event
 * triggers, which look again at what has changed.
 */
extern bool bingo_catalog_is_news(BingoOrdering *ordering);

#endif							/* BINGO_ORDERING_CATALOG_H */
