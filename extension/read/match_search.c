/*
 * read/match_search.c
 *	  Which conditions can the index of a window search by?
 *
 * A step of read/match.c, after the filter.  The window's index is a btree on the
 * sort keys.  Conditions "sort key OP value", the value fixed for a scan, become
 * search keys: equality on the first keys, then one key's range.  The planner writes
 * "flag = true" as flag, "flag = false" as NOT flag.
 *
 * "sort key IN (list)", written so or = ANY (array), is equality with each of the values in
 * turn, if match->lists wants it so.  Else it is left to the filter: the index could search by
 * the array, but the rows that it finds stand anywhere behind the first one.
 *
 * Of a range one condition may be a keyset, (a, b) < (x, y) or what says the same: then the first row
 * that it wants is found, too (read/match_keyset.c).  Of a second one its first column is a search key, a <= x; the
 * whole stays in the filter, as does that of a keyset only if values are the same that nobody knows yet.  All others need not be looked at again: the index has done so.
 *
 * Invariant: a row that satisfies the conditions satisfies the search keys.  They
 * run before every condition of the filter, so they may only come from the lowest
 * security level there is, or that there is of the only table whose rows they look at, or be leakproof (as the core's own
 * index conditions do): what a policy hides is not shown to others' functions.  And their
 * values may not be what a later look would see otherwise: they are evaluated
 * once at the start of a scan, as the core's index scans do.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/pathnode.h"
#include "optimizer/restrictinfo.h"

#include "base/compat.h"
#include "read/match_step.h"

/* The lowest security level of the core's conditions. */
static Index
find_lowest_level(const BingoMatch *match)
{
	List	   *all = list_concat_copy(match->filter, match->late);
	Index		lowest = all == NIL ? 0 : ((RestrictInfo *) linitial(all))->security_level;
	ListCell   *lc;

	foreach(lc, all)
		lowest = Min(lowest, ((RestrictInfo *) lfirst(lc))->security_level);
	return lowest;
}

/* May it look at a row before the other conditions have? */
static bool
may_come_first(PlannerInfo *root, const RestrictInfo *condition, Index lowest)
{
	int			varno;

	if (condition->security_level <= lowest || condition->leakproof)
		return true;
	return bms_get_singleton_member(condition->clause_relids, &varno) &&
		condition->security_level <= find_base_rel(root, varno)->baserestrict_min_security;
}

static BingoSearchKey *
search_by_operator(PlannerInfo *root, const BingoMatch *match, const OpExpr *condition)
{
	if (list_length(condition->args) != 2)
		return NULL;
	return bingo_match_compare(root, match, linitial(condition->args), condition->opno, lsecond(condition->args),
							   condition->inputcollid);
}

static BingoSearchKey *
find_search(PlannerInfo *root, const BingoMatch *match, RestrictInfo *condition)
{
	Node	   *clause = (Node *) condition->clause;
	BingoSearchKey *search = NULL;

	if (IsA(clause, OpExpr))
		search = search_by_operator(root, match, (OpExpr *) clause);
	else if (bingo_match_row(clause) != NULL || is_orclause(clause))
		search = bingo_match_keyset(root, match, clause);
	else if (IsA(clause, ScalarArrayOpExpr))
		search = match->lists ? bingo_match_list_key(root, match, (ScalarArrayOpExpr *) clause) : NULL;
	else
		search = bingo_match_flag(root, match, clause);
	if (search != NULL)
		search->condition = condition;
	return search;
}

/* Is it a better one to have?  One list at most is merged, and one value is better than a list of them. */
static bool
is_better(const BingoSearchKey *search, const BingoSearchKey *than, bool had_list)
{
	if (search->list && had_list)
		return false;
	return than == NULL || (than->list && !search->list);
}

/* Of a keyset its first column only; NULL if nothing is sure of that. */
static BingoSearchKey *
cut_keyset(const BingoMatch *match, const BingoSearchKey *keyset)
{
	BingoSearchKey *search = palloc(sizeof(BingoSearchKey));

	if (keyset->twins != NIL)
		return NULL;
	*search = *keyset;
	search->rest = NIL;
	return bingo_match_or_equal(match, search) ? search : NULL;
}

bool
bingo_match_is_start(const BingoMatch *match, const BingoSearchKey *search)
{
	bool		from_above = search->strategy == BTGreaterStrategyNumber || search->strategy == BTGreaterEqualStrategyNumber;

	return from_above != match->ordering->definition->sort[search->key].descending;
}

/* One keyset is searched for from its first row on, rather one that the scan begins with; it comes last. */
static List *
choose_keyset(const BingoMatch *match, List *range)
{
	BingoSearchKey *keyset = NULL;
	List	   *others = NIL;
	ListCell   *lc;

	foreach(lc, range)
	{
		BingoSearchKey *search = lfirst(lc);

		if (BINGO_IS_KEYSET(search) && (keyset == NULL || (!bingo_match_is_start(match, keyset) && bingo_match_is_start(match, search))))
			keyset = search;
	}
	foreach(lc, range)
	{
		BingoSearchKey *search = lfirst(lc);

		if (search == keyset)
			continue;
		if (BINGO_IS_KEYSET(search))
			search = search->beside != NULL ? NULL : cut_keyset(match, search);
		if (search != NULL)
			others = lappend(others, search);
	}
	return keyset == NULL ? others : lappend(others, keyset);
}

/* Of all that could be searched by: equality as far as it goes, then what bounds the next key. */
static List *
choose(const BingoMatch *match, List *candidates)
{
	const BingoDefinition *definition = match->ordering->definition;
	List	   *chosen = NIL;
	bool		had_list = false;
	int			i;

	for (i = 0; i < definition->nsort; i++)
	{
		BingoSearchKey *equal = NULL;
		List	   *range = NIL;
		ListCell   *lc;

		foreach(lc, candidates)
		{
			BingoSearchKey *search = lfirst(lc);

			if (search->key != i)
				continue;
			if (search->strategy != BTEqualStrategyNumber)
				range = lappend(range, search);
			else if (is_better(search, equal, had_list))
				equal = search;
		}
		if (equal == NULL)
			return list_concat(chosen, choose_keyset(match, range));
		had_list = had_list || equal->list;
		chosen = lappend(chosen, equal);
		foreach(lc, range)
		{
			BingoSearchKey *behind = bingo_match_keyset_behind(match, equal, lfirst(lc));

			if (behind != NULL)
				candidates = lappend(candidates, behind);
		}
	}
	return chosen;
}

/* The sort key of the list that is searched by, or -1. */
static int
find_listed_key(const BingoMatch *match)
{
	ListCell   *lc;

	foreach(lc, match->search)
	{
		BingoSearchKey *search = lfirst(lc);

		if (search->list)
			return search->key;
	}
	return -1;
}

/* Keysets of two conditions: "a <= x", which is a candidate, and an OR. */
static List *
find_pairs(PlannerInfo *root, const BingoMatch *match, List *candidates, Index lowest)
{
	List	   *pairs = NIL;
	ListCell   *lc;

	foreach(lc, match->filter)
	{
		RestrictInfo *condition = lfirst(lc);
		ListCell   *bound;

		foreach(bound, !may_come_first(root, condition, lowest) || !is_orclause(condition->clause) ? NIL : candidates)
		{
			BingoSearchKey *search = bingo_match_keyset_beside(root, match, lfirst(bound), (Node *) condition->clause);

			if (search == NULL)
				continue;
			search->beside = condition;
			pairs = lappend(pairs, search);
		}
	}
	return pairs;
}

/* What the index has looked at need not be filtered. */
static void
leave_out(BingoMatch *match)
{
	ListCell   *lc;

	foreach(lc, match->search)
	{
		BingoSearchKey *search = lfirst(lc);

		if (search->whole && search->twins == NIL)
			match->filter = list_delete_ptr(list_delete_ptr(match->filter, search->condition), search->beside);
	}
}

void
bingo_match_search(PlannerInfo *root, BingoMatch *match)
{
	Index		lowest = find_lowest_level(match);
	List	   *candidates = NIL;
	ListCell   *lc;

	foreach(lc, match->filter)
	{
		RestrictInfo *condition = lfirst(lc);
		BingoSearchKey *search;

		if (!may_come_first(root, condition, lowest))
			continue;
		search = find_search(root, match, condition);
		if (search != NULL)
			candidates = lappend(candidates, search);
	}
	candidates = list_concat(candidates, find_pairs(root, match, candidates, lowest));
	match->search = choose(match, candidates);
	if (match->lists)
	{
		int			listed = find_listed_key(match);

		/* else it is what bingo_match_core() finds, or the order is not what was supposed */
		if (listed < 0 || (match->merged_key >= 0 && match->merged_key != listed))
		{
			match->refused = true;
			return;
		}
	}
	leave_out(match);
	bingo_match_put_late(match);
}
