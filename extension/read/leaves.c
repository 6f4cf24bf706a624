/*
 * read/leaves.c
 *	  A partitioned table's rows come from orderings of its partitions.
 *
 * One of an ordering's tables may be partitioned, the driving table or one that is joined.  Each partition that the plan
 * behind reads has an ordering of itself and the other tables, all alike: with the
 * same columns, the same rows and the same order, though perhaps not with as many rows.  The scan
 * merges their windows (read/merge.c).
 *
 *	(W) Under each snapshot the rows given, and then those of the plan behind without as many, are the
 *	rows of the query, each once, in a legal order.
 *
 * Proof.  The rows of the query's joins are those of each partition's joins, put together and none left out: where an inner join,
 * or the side of a LEFT JOIN that is kept, is put together of pieces, so is its result.  The nullable side is not: a row
 * without a partner in one partition may have one in another.  So no partition is joined by LEFT JOIN (definition/partition.c).
 * Of each partition's joined rows the window has, by (P) in write/maintain.c, all up to its boundary, under
 * the snapshot: there a partition is a table as others, with triggers of its own that see what is
 * routed to it, and a row that moves is deleted from one and inserted into the other, in one transaction.  A row of another
 * table is joined in each of them by the same keys: whoever writes one works for each ordering, under the locks of each,
 * and whether it is joined with a row of one partition is no matter of the others.  Let the claimed order be that of the first m sort keys,
 * and g the first, in that order, of the groups in which a boundary stands, of all searches which do not
 * end before theirs (read/end.c).  The merge gives rows in the order of the sort keys, and none of g or
 * later groups.  Of the groups before g each window has all rows, so the rows given are all of these groups that
 * the partitions have; the plan behind, sorted by the claimed keys, has exactly them as its first N,
 * in some order of the ties.  So that holds for equal rows of two partitions as well: no key need be unique in the whole, and a
 * driving row may have a partner in several partitions.
 *
 * Where no pathkey is claimed (read/match_order.c) the first m sort keys are fixed by the conditions, so all rows that pass are of one group.  Either
 * it comes before g, or there is no g: then the windows have all of them, and all are given.  Or it does not, and none is: the plan behind,
 * whose order is any, then gives all.
 *
 * Which partitions there are is nothing that a snapshot sees (ATTACH, DETACH and DROP take effect at their commit), but the plan
 * behind's matter: it reads those that planning has found, and not proved to be without a row that
 * passes the conditions.  Of those the windows are.  Both are one plan, and go stale together.
 * What the plan behind leaves out at execution only (run-time pruning) has no row that passes the conditions, which are
 * the windows', too; but for rows against the bounds of a table that was attached after they were deleted, under a snapshot
 * from before that.  So nothing is given under a snapshot that does not see the latest change of each
 * partition's entry in pg_class, as ATTACH is one (read/leaf.c).
 *
 * The match (read/match.c) knows one ordering, in terms of the table that the query names.  That is
 * the first partition's, translated (definition/partition.c); the others are compared with it.
 *
 * Where a joined table is partitioned each ordering is part of the commits that write the driving table, so there may be fewer of them
 * (upkeep/parts.c).  A partition's bounds would tell that a row has no partner there, but they are no fact that a lock of the
 * key keeps as it is: DETACH and an INSERT into what was detached would come between.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "optimizer/pathnode.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "base/relations.h"
#include "definition/partition.h"
#include "read/leaves.h"
#include "read/seen.h"

static bool
is_whole(PlannerInfo *root, const RelOptInfo *rel)
{
	return planner_rt_fetch(rel->relid, root)->relkind == RELKIND_PARTITIONED_TABLE;
}

/* The next one that is read, or NULL. */
static RelOptInfo *
next_part(const RelOptInfo *rel, int *i)
{
	while ((*i = bms_next_member(rel->live_parts, *i)) >= 0)
		if (rel->part_rels[*i] != NULL && !IS_DUMMY_REL(rel->part_rels[*i]))
			return rel->part_rels[*i];
	return NULL;
}

bool
bingo_leaves_list(PlannerInfo *root, const RelOptInfo *table, List **leaves)
{
	const RelOptInfo *part;
	int			i = -1;

	if (!is_whole(root, table))
	{
		*leaves = lappend_oid(*leaves, planner_rt_fetch(table->relid, root)->relid);
		return list_length(*leaves) <= BINGO_MOST_LEAVES;
	}
	while ((part = next_part(table, &i)) != NULL)
		if (!bingo_leaves_list(root, part, leaves))
			return false;
	return true;
}

List *
bingo_leaves_list_below(PlannerInfo *root, const RelOptInfo *table)
{
	List	   *below = NIL;
	const RelOptInfo *part;
	int			i = -1;

	while (is_whole(root, table) && (part = next_part(table, &i)) != NULL)
		below = list_concat(lappend_oid(below, planner_rt_fetch(part->relid, root)->relid), bingo_leaves_list_below(root, part));
	return below;
}

RelOptInfo *
bingo_leaves_find_whole(PlannerInfo *root, Relids relids)
{
	RelOptInfo *whole = NULL;
	int			varno = -1;

	while ((varno = bms_next_member(relids, varno)) >= 0)
	{
		RelOptInfo *rel = root->simple_rel_array[varno];	/* an outer join has none */

		if (rel == NULL || planner_rt_fetch(varno, root)->rtekind != RTE_RELATION || !is_whole(root, rel))
			continue;
		if (whole != NULL)
			return NULL;
		whole = rel;
	}
	return whole;
}

Oid
bingo_leaves_find_first(PlannerInfo *root, const RelOptInfo *table)
{
	const RelOptInfo *part;
	int			i = -1;
	Oid			first = InvalidOid;

	if (!is_whole(root, table))
		return planner_rt_fetch(table->relid, root)->relid;
	while (!OidIsValid(first) && (part = next_part(table, &i)) != NULL)
		first = bingo_leaves_find_first(root, part);
	return first;
}

/* The only table that is one of these; -1: there is none, or several, or its rows' NULLs are no partition's. */
static int
find_part(const BingoDefinition *definition, const List *leaves)
{
	int			found = -1;

	for (int i = 0; definition != NULL && !definition->counts && i < definition->ntables; i++)
	{
		if (!list_member_oid(leaves, definition->tables[i].relid))
			continue;
		if (found >= 0 || definition->tables[i].optional)
			return -1;
		found = i;
	}
	return found;
}

BingoOrdering *
bingo_leaves_translate(const BingoOrdering *ordering, const List *leaves, Oid whole)
{
	BingoOrdering *translated;
	int			table = find_part(ordering->definition, leaves);

	if (table < 0)
		return NULL;
	translated = memcpy(palloc(sizeof(BingoOrdering)), ordering, sizeof(BingoOrdering));
	translated->definition = bingo_partition_translate(ordering->definition, table, whole);
	return translated->definition ? translated : NULL;
}

/* The partition's ordering that is like "like", of the whole, rather one that keeps as much of it; or NULL. */
static const BingoOrdering *
find_alike(Oid leaf, const BingoOrdering *like, Oid whole)
{
	const BingoOrdering *found = NULL;
	const List *leaves = list_make1_oid(leaf);
	ListCell   *cell;

	foreach(cell, bingo_seen_list())
	{
		const BingoOrdering *ordering = lfirst(cell);
		const BingoOrdering *translated = bingo_leaves_translate(ordering, leaves, whole);

		if (translated == NULL || !bingo_partition_orders_alike(translated->definition, like->definition))
			continue;
		if (translated->definition->nkeys == like->definition->nkeys && ordering->window_rows == like->window_rows)
			return ordering;
		if (found == NULL)
			found = ordering;
	}
	return found;
}

AttrNumber
bingo_leaves_attno(Oid whole, Oid leaf, AttrNumber attno)
{
	char	   *name;

	if (whole == leaf)
		return attno;			/* also of the whole row */
	name = bingo_relations_find_column(whole, attno);
	return name ? get_attnum(leaf, name) : InvalidAttrNumber;
}

/* Of the driving table itself that is the whole row, too. */
static bool
has_fetched(const BingoMatch *match, const BingoOrdering *ordering)
{
	Oid			whole = match->ordering->definition->tables[0].relid;
	Oid			leaf = ordering->definition->tables[0].relid;
	ListCell   *cell;

	foreach(cell, whole == leaf ? NIL : match->fetched)
		if (bingo_leaves_attno(whole, leaf, ((Var *) lfirst(cell))->varattno) == InvalidAttrNumber)
			return false;
	return true;
}

const char *
bingo_leaves_complete(BingoMatch *match, BingoOrdering *translated, Oid whole, const List *leaves)
{
	int64		window_rows = translated->window_rows;
	ListCell   *cell;

	foreach(cell, leaves)
	{
		const BingoOrdering *ordering = find_alike(lfirst_oid(cell), translated, whole);

		if (ordering == NULL || !has_fetched(match, ordering))
			return psprintf("partition \"%s\" has no ordering like it", bingo_relations_label(lfirst_oid(cell)));
		match->leaves = lappend(match->leaves, unconstify(BingoOrdering *, ordering));
		window_rows = Min(window_rows, ordering->window_rows);
	}
	translated->window_rows = window_rows;
	return NULL;
}

void
bingo_leaves_suppose(BingoMatch *match, const List *leaves)
{
	for (int i = 0; i < list_length(leaves); i++)
		match->leaves = lappend(match->leaves, unconstify(BingoOrdering *, match->ordering));
}

void
bingo_leaves_measure(PlannerInfo *root, const RelOptInfo *table, double *tuples, double *pages, double *most)
{
	const RelOptInfo *part;
	int			i = -1;

	if (!is_whole(root, table))
	{
		*tuples += table->tuples;
		*pages += table->pages;
		*most = Max(*most, table->tuples);
		return;
	}
	while ((part = next_part(table, &i)) != NULL)
		bingo_leaves_measure(root, part, tuples, pages, most);
}
