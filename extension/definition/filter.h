/*
 * definition/filter.h
 *	  Conditions that choose the rows which a counter counts, or an ordering keeps.
 */
#ifndef BINGO_DEFINITION_FILTER_H
#define BINGO_DEFINITION_FILTER_H

#include "definition/definition.h"

extern const char *const bingo_filter_hint;

/* Why a condition can't be evaluated for others. */
typedef struct BingoFilterRefusal
{
	int			location;
	char	   *obstacle;		/* what it has, or NULL: it is of none of the kinds that there are */
	char	   *hint;			/* or NULL */
} BingoFilterRefusal;

/* Adds conditions on the columns of relation varno, the definition's table; false if one can't be evaluated for others. */
extern bool bingo_filter_add(BingoDefinition *definition, Node *quals, int varno, int table, BingoFilterRefusal *refusal);

/* May evaluating one raise an error? */
extern bool bingo_filter_may_fail(const BingoDefinition *definition);

/* The numbers of the table's columns that the filter reads. */
extern List *bingo_filter_columns(const BingoDefinition *definition, int table);

/* The filter's conditions on the table, with Vars of that relation; NIL if there are none. */
extern List *bingo_filter_of(const BingoDefinition *definition, int table, int varno);

/* The conditions on the table as SQL, with its columns qualified by the name; NULL if there are none. */
extern char *bingo_filter_format(const BingoDefinition *definition, int table, const char *name);

/* Adds the collations that its comparisons go by. */
extern List *bingo_filter_list_collations(const BingoDefinition *definition, List *collations);

#endif							/* BINGO_DEFINITION_FILTER_H */
