/*
 * store/ordering.h
 *	  A stored ordering, or counter, as store/catalog.c keeps it.
 *
 * What is said of orderings here and in upkeep/ holds for counters, too, unless it says so:
 * definition->counts tells them apart.
 */
#ifndef BINGO_ORDERING_H
#define BINGO_ORDERING_H

#include "definition/definition.h"

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
	int64		max_rows;		/* of the definition: the fill of a window by keys stops at so many; 0: it does not */
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
	struct BingoChangePlan *change_plan;	/* made by and for write/plan.c when first needed */
	struct BingoFilterPlan *filter_plan;	/* by and for write/filter.c */
	struct BingoKnownCuts *known_cuts;	/* by and for store/cut_known.c */
	const struct BingoBoundary *known_boundary; /* by and for store/boundary.c */
} BingoOrdering;

/* As far as is known: what can't be read is neither. */
static inline bool
bingo_is_counter(const BingoOrdering *ordering)
{
	return ordering->definition != NULL && ordering->definition->counts;
}

#endif							/* BINGO_ORDERING_H */
