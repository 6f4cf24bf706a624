/*
 * read/match_step.h
 *	  What the steps of read/match.c share, for its own files only.
 */
#ifndef BINGO_SCAN_MATCH_STEP_H
#define BINGO_SCAN_MATCH_STEP_H

#include "nodes/primnodes.h"

#include "read/match_result.h"

/* Ends the comparison; the words are only made for somebody who reads them. */
#define BINGO_MATCH_FAIL(failed_step, ...) \
	do { \
		match->step = (failed_step); \
		if (explain) \
			match->reason = psprintf(__VA_ARGS__); \
		return false; \
	} while (0)

/*
 * read/match_conditions.c: the step behind the tables.  match->varnos are set.
 * Returns false, with step and reason, if the conditions are not the ordering's joins.
 */
extern bool bingo_match_conditions(PlannerInfo *root, const BingoDefinition *definition, bool explain,
								   BingoMatch *match);

/* For reasons in words: they look into the catalogs. */
extern const char *bingo_match_table_name(Oid relid);
extern const char *bingo_match_column_name(const BingoDefinition *definition, int table, AttrNumber attno);

/* The ordering's table that a range table index stands for, or -1. */
static inline int
bingo_match_table(const BingoDefinition *definition, const BingoMatch *match, Index varno)
{
	int			i;

	for (i = 0; i < definition->ntables; i++)
	{
		if (match->varnos[i] == varno)
			return i;
	}
	return -1;
}

/* A binary-compatible cast (varchar to text in a sort key) changes no value. */
static inline Var *
bingo_match_var(Expr *expr)
{
	while (expr && IsA(expr, RelabelType))
		expr = ((RelabelType *) expr)->arg;
	return expr && IsA(expr, Var) && ((Var *) expr)->varlevelsup == 0 ? (Var *) expr : NULL;
}

#endif							/* BINGO_SCAN_MATCH_STEP_H */
