/*
 * ordering_catalog.h
 *	  Stored orderings and the per-backend cache of them.
 */
#ifndef BINGO_ORDERING_CATALOG_H
#define BINGO_ORDERING_CATALOG_H

#include "nodes/pg_list.h"

#include "ordering_define.h"

/* What would make an unusable ordering usable again. */
typedef enum BingoRepair
{
	BINGO_REPAIR_NONE,			/* nothing: it is usable, or its query can't be an ordering any more */
	BINGO_REPAIR_REFILL,		/* fill the window again, after emptying it by TRUNCATE */
	BINGO_REPAIR_ALWAYS,		/* make the triggers ENABLE ALWAYS again, refill */
	BINGO_REPAIR_TRIGGERS,		/* make the triggers again, which somebody disabled or dropped, refill */
	BINGO_REPAIR_REBUILD		/* make everything again */
} BingoRepair;

/*
 * A cached ordering.  It lives until the end of the top-level transaction in
 * which it was looked up, even if an invalidation makes it stale meanwhile
 * (the next lookup then returns a new one); what must live longer is copied.
 */
typedef struct BingoOrdering
{
	int32		id;				/* key of bingo_tune.ordering; argument of the triggers */
	char	   *name;
	Oid			owner;
	int64		window_rows;	/* W */
	Oid			window;			/* relation: output columns in order, no other column */
	Oid			window_order;	/* its btree on the sort keys */
	Oid			window_key;		/* its btree on the driving key */
	Oid			gate;			/* always empty, only locked */
	Oid			boundary;		/* one row: state "char" ('n' nothing, 'k' key, 'e' everything), then the sort keys */
	BingoDefinition *definition;	/* NULL if the tables no longer allow one: not usable */
	bool		usable;			/* the fingerprint of what exactness rests on is intact */
	const char *reason;			/* why not usable, else NULL */
	BingoRepair repair;			/* what to do about it */
	MemoryContext context;		/* where all this lives */
	struct BingoChangePlan *change_plan;	/* made by and for ordering_change when first needed */
} BingoOrdering;

extern void bingo_catalog_init(void);

/* All orderings of this database (a List of BingoOrdering *, by id); NIL without the extension. */
extern List *bingo_catalog_list(void);

/* NULL if there is none. */
extern BingoOrdering *bingo_catalog_by_id(int32 id);
extern BingoOrdering *bingo_catalog_by_name(const char *name);

/*
 * Look at everything again at the next lookup: not all that an ordering rests on
 * announces its change (the end of inheritance does not).
 */
extern void bingo_catalog_reload(void);

/* Was an ordering loaded since the last call that upkeep could repair? */
extern bool bingo_catalog_take_wish(void);

/* A cheap test for the planner: may an ordering on this table exist in this database? */
extern bool bingo_catalog_covers(Oid relid);

/* The stored query, from the rule of the boundary; NULL if it was dropped. */
extern struct Query *bingo_catalog_query(const BingoOrdering *ordering);

/*
 * Is the ordering new to the cache since the last call for it?  For the event
 * triggers, which look again at what has changed.
 */
extern bool bingo_catalog_is_news(BingoOrdering *ordering);

/* bingo_tune.ordering, InvalidOid without the extension. */
extern Oid	bingo_catalog_relid(void);

/* bingo_tune.ordering_invalidation, InvalidOid without the extension. */
extern Oid	bingo_catalog_invalidation_relid(void);

#endif							/* BINGO_ORDERING_CATALOG_H */
