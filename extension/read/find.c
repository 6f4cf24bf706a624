/*
 * read/find.c
 *	  The orderings that match a relation which is being planned; of a partitioned table those of its partitions.
 */
#include "postgres.h"

#include "optimizer/pathnode.h"
#include "parser/parsetree.h"

#include "read/find.h"
#include "read/leaves.h"
#include "read/match.h"
#include "read/verdict.h"

static void
add_match(List **matches, BingoMatch *match, BingoOrdering *translated, Oid whole, const List *leaves)
{
	const char *reason = NULL;

	if (translated != NULL)
		reason = bingo_leaves_complete(match, translated, whole, leaves);
	else if (leaves != NIL)
		bingo_leaves_suppose(match, leaves);

	if (reason != NULL)
		bingo_verdict_note(match->ordering, reason);
	else
		*matches = lappend(*matches, memcpy(palloc(sizeof(BingoMatch)), match, sizeof(BingoMatch)));
}

/* Is each of the relations a table of the ordering's?  Most orderings are not worth a closer look. */
static bool
has_tables(PlannerInfo *root, const RelOptInfo *rel, const BingoDefinition *definition)
{
	int			varno = -1;

	if (definition == NULL)
		return false;
	while ((varno = bms_next_member(rel->relids, varno)) >= 0)
	{
		const RangeTblEntry *rte = planner_rt_fetch(varno, root);
		int			i = 0;

		if (rte->rtekind == RTE_JOIN)
			continue;			/* the number of an outer join */
		while (i < definition->ntables && definition->tables[i].relid != rte->relid)
			i++;
		if (i == definition->ntables)
			return false;
	}
	return true;
}

/* "leaves": the partitions of the only partitioned table among the relations, "whole"; or NIL. */
static List *
find_matches(PlannerInfo *root, const RelOptInfo *rel, Oid whole, const List *leaves)
{
	List	   *matches = NIL;
	ListCell   *lc;

	foreach(lc, bingo_verdict_orderings())
	{
		const BingoOrdering *ordering = lfirst(lc);
		BingoOrdering *translated = NULL;
		BingoMatch	match;

		if (bingo_is_counter(ordering))
			continue;
		if (leaves != NIL && bingo_verdict_pretends())
		{
			/* what is only proposed is the whole's */
			if (bingo_definition_find_table(ordering->definition, whole, 0) < 0)
				continue;
		}
		else if (leaves != NIL)
		{
			/* one for all of them: the first one's */
			if (ordering->definition == NULL || bingo_definition_find_table(ordering->definition, linitial_oid(leaves), 0) < 0)
				continue;
			ordering = translated = bingo_leaves_translate(ordering, leaves, whole);
			if (translated == NULL)
				continue;
		}
		if (!has_tables(root, rel, ordering->definition))
			continue;
		if (bingo_match_core(root, rel->relids, rel->reltarget, ordering, false, &match))
			add_match(&matches, &match, translated, whole, leaves);
		if (bingo_match_lists(root, rel->relids, rel->reltarget, ordering, &match))
			add_match(&matches, &match, translated, whole, leaves);
	}
	return matches;
}

List *
bingo_find_matches(PlannerInfo *root, const RelOptInfo *rel)
{
	RelOptInfo *whole = bingo_leaves_find_whole(root, rel->relids);
	List	   *leaves = NIL;

	if (whole == NULL)
		return find_matches(root, rel, InvalidOid, NIL);
	if (!bingo_leaves_list(root, whole, &leaves) || leaves == NIL)
		return NIL;
	return find_matches(root, rel, planner_rt_fetch(whole->relid, root)->relid, leaves);
}
