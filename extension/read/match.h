/*
 * read/match.h
 *	  Does an ordering answer the query level that is being planned?
 */
#ifndef BINGO_SCAN_MATCH_H
#define BINGO_SCAN_MATCH_H

#include "nodes/pathnodes.h"

#include "store/catalog.h"

/* How far the comparison came before it failed; a later step is a nearer miss. */
typedef enum BingoMatchStep
{
	BINGO_MATCH_TABLES,
	BINGO_MATCH_SHAPE,			/* clauses that no ordering can answer */
	BINGO_MATCH_CONDITIONS,
	BINGO_MATCH_SORT,
	BINGO_MATCH_OUTPUT,
	BINGO_MATCH_COMPLETE
} BingoMatchStep;

typedef struct BingoMatch
{
	BingoMatchStep step;
	char	   *reason;			/* why not; NULL when complete or when nobody asked */
	Index		varnos[BINGO_MAX_TABLES];	/* range table index of each of the ordering's tables */
} BingoMatch;

/*
 * Compares the query level with the ordering; "explain" asks for a reason in
 * words, which costs catalog look-ups and memory that planning need not pay.
 */
extern bool bingo_match_ordering(PlannerInfo *root, RelOptInfo *input_rel,
								 const BingoOrdering *ordering, bool explain, BingoMatch *match);

extern Var *bingo_match_stand_in(PlannerInfo *root, const BingoDefinition *definition, const BingoMatch *match,
								 const TargetEntry *entry);

#endif							/* BINGO_SCAN_MATCH_H */
