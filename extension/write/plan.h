/*
 * write/plan.h
 *	  What the maintenance of an ordering prepares once: columns to remember,
 *	  scan keys, hash functions, comparators.
 */
#ifndef BINGO_ORDERING_PLAN_H
#define BINGO_ORDERING_PLAN_H

#include "access/skey.h"
#include "access/tupdesc.h"
#include "fmgr.h"
#include "nodes/bitmapset.h"
#include "utils/sortsupport.h"

#include "definition/expression.h"
#include "store/catalog.h"

/* Columns of an image: keys, join columns and sort keys, and what expressions read. */
#define BINGO_MAX_IMAGE		(BINGO_MAX_KEYS * (BINGO_MAX_TABLES + 1) + BINGO_MAX_READ)

/* Lives in the context of the cached ordering; only scan keys' arguments change. */
typedef struct BingoChangePlan
{
	/* the columns of an image of each table's rows */
	TupleDesc	image_desc[BINGO_MAX_TABLES];
	AttrNumber *image_attnos[BINGO_MAX_TABLES];

	/* where in a driving row's image stands what; -1: not in it */
	int		   *image_driving;	/* [ndriving] */
	int		   *image_join[BINGO_MAX_TABLES];	/* [njoin], children of the driving table */
	int		   *image_sort;		/* [nsort] */

	/*
	 * The dimensions in the order in which their keys are locked: those that
	 * the first sort key needs (the leading ones), then the others; parents
	 * always before their children.
	 */
	int			nranked;
	int			ranked[BINGO_MAX_TABLES];
	int			nleading;
	bool		leading[BINGO_MAX_TABLES];

	FmgrInfo   *parent_hash[BINGO_MAX_TABLES];
	FmgrInfo   *own_hash[BINGO_MAX_TABLES];
	ScanKey		unique_keys[BINGO_MAX_TABLES];	/* a row by its unique key: */
	int		   *unique_from[BINGO_MAX_TABLES];	/* which of the key's values each takes */
	ScanKey		parent_keys[BINGO_MAX_TABLES];	/* rows of the parent by the own key: */
	int		   *parent_from[BINGO_MAX_TABLES];	/* from which of its columns each is */
	bool		by_value[BINGO_MAX_TABLES]; /* all the parent's join columns */
	SortSupport sort;
	bool		cut_by_value;	/* the keys of which rows are counted */

	/* columns of a dimension that decide which rows join and where they stand */
	Bitmapset  *placing[BINGO_MAX_TABLES];

	bool		matched[BINGO_MAX_TABLES];	/* the table was what the layout says; good while the ordering is current */

	bool		may_fail;		/* computing an expression might raise an error */
	struct BingoComputePlan *compute;	/* write/compute.c's; NULL until used */

	/* where the window has the columns by which a dimension is joined; NULL: it has not all */
	int		   *window_join[BINGO_MAX_TABLES];
} BingoChangePlan;

extern BingoChangePlan *bingo_plan_get(BingoOrdering *ordering);

#endif							/* BINGO_ORDERING_PLAN_H */
