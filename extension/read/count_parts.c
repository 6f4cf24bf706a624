/*
 * read/count_parts.c
 *	  A partitioned table is counted by counters of its partitions.
 *
 * Each partition that the plain plan reads has a counter, all of the same keys and
 * conditions; the count is the sum of theirs.
 *
 *	(W) Under each snapshot the sum is what the plain plan, planned with it, counts.
 *
 * Proof.  Each partition's counter gives the number of its rows under the snapshot, by (S) in
 * write/delta.c, where a partition is a table as others: its own row triggers see what is
 * routed to it, and a row that moves is deleted from one and inserted into the other.  So only
 * which partitions there are is left.  That is nothing that a snapshot sees (ATTACH, DETACH and DROP
 * take effect at their commit), but the plain plan's matter: it reads those that planning has found, and
 * not proved to be without a row that passes the conditions.  Of those the counters are.  Both
 * are one plan, and go stale together.  What the plain plan leaves out at execution only (run-time
 * pruning) has no row that passes the conditions, which are the counters', too; but for rows against the bounds of a
 * table that was attached after they were deleted, under a snapshot from before that: of them
 * PostgreSQL's own answer depends on whether its plan prunes.
 *
 * So nothing is recorded of partitions, and whatever is done to them needs no mark.  A new
 * one has no counter at first: then the plain plan is all there is.
 *
 * The match (read/count_match.c) knows one counter, in terms of the table that the query
 * names.  That is the first partition's, translated: columns have other numbers there,
 * but the same names, types and collations.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "base/relations.h"
#include "definition/count.h"
#include "definition/partition.h"
#include "read/count_step.h"
#include "read/leaves.h"
#include "read/seen.h"

/* --- which tables --- */

/* For explain_counter(): what is said of the counters that some of them have. */
static void
note_all(PlannerInfo *root, RelOptInfo *rel, const char *reason)
{
	const RangeTblEntry *rte = planner_rt_fetch(rel->relid, root);
	int			i = -1;
	ListCell   *cell;

	while (rte->relkind == RELKIND_PARTITIONED_TABLE && (i = bms_next_member(rel->live_parts, i)) >= 0)
		if (!IS_DUMMY_REL(rel->part_rels[i]))
			note_all(root, rel->part_rels[i], reason);
	foreach(cell, rte->relkind == RELKIND_PARTITIONED_TABLE ? NIL : bingo_seen_list())
	{
		const BingoOrdering *counter = lfirst(cell);

		if (bingo_is_counter(counter) && counter->definition->tables[0].relid == rte->relid)
			bingo_count_note(counter, reason, false, false);
	}
}

List *
bingo_count_list_parts(PlannerInfo *root, RelOptInfo *table)
{
	const RangeTblEntry *rte = planner_rt_fetch(table->relid, root);
	List	   *parts = NIL;
	Oid			lacking = InvalidOid;
	bool		all;
	ListCell   *cell;

	/* nearly all tables have no counter: no list is made of them */
	if (rte->relkind != RELKIND_PARTITIONED_TABLE)
		return bingo_catalog_covers(rte->relid) ? list_make1_oid(rte->relid) : NIL;
	all = bingo_leaves_list(root, table, &parts);
	foreach(cell, all ? parts : NIL)
		if (!OidIsValid(lacking) && !bingo_catalog_covers(lfirst_oid(cell)))
			lacking = lfirst_oid(cell);
	if (all && !OidIsValid(lacking))
		return parts;
	if (bingo_count_is_collecting())
		note_all(root, table, OidIsValid(lacking) ? psprintf("partition \"%s\" has no counter", bingo_relations_label(lacking)) :
				 BINGO_LEAVES_TOO_MANY);
	return NIL;
}

/* --- the other partitions' --- */

static bool
has_never_null(const BingoDefinition *definition, AttrNumber attno)
{
	for (int i = 0; i < definition->nnever_null; i++)
		if (definition->never_null[i].attno == attno)
			return true;
	return false;
}

/* Leaves what is never NULL in the other, either. */
static void
intersect_never_null(BingoDefinition *definition, const BingoDefinition *other)
{
	int			n = 0;

	for (int i = 0; i < definition->nnever_null; i++)
		if (has_never_null(other, definition->never_null[i].attno))
			definition->never_null[n++] = definition->never_null[i];
	definition->nnever_null = n;
}

/* The partition's counter that is like the whole's, which then says of columns what holds of both; or NULL. */
static BingoOrdering *
find_alike(Oid part, BingoDefinition *whole)
{
	ListCell   *cell;

	foreach(cell, bingo_seen_list())
	{
		BingoOrdering *counter = lfirst(cell);
		const BingoDefinition *definition;

		if (!bingo_is_counter(counter) || counter->definition->tables[0].relid != part)
			continue;
		definition = bingo_partition_translate(counter->definition, 0, whole->tables[0].relid);
		if (definition == NULL || !bingo_definition_counts_alike(definition, whole))
			continue;
		intersect_never_null(whole, definition);
		return counter;
	}
	return NULL;
}

/* NULL, or why they are not all there. */
static const char *
find_others(List *parts, BingoDefinition *whole, List **others)
{
	ListCell   *cell;

	for_each_from(cell, parts, 1)
	{
		BingoOrdering *counter = find_alike(lfirst_oid(cell), whole);

		if (counter == NULL)
			return psprintf("partition \"%s\" has no counter of these keys and conditions",
							bingo_relations_label(lfirst_oid(cell)));
		*others = lappend(*others, counter);
	}
	return NULL;
}

const BingoOrdering *
bingo_count_take(const BingoOrdering *ordering, List *parts, PlannerInfo *root, const RelOptInfo *table,
				 List **others, const char **reason)
{
	Oid			whole = planner_rt_fetch(table->relid, root)->relid;
	BingoOrdering *translated;

	*others = NIL;
	*reason = NULL;
	if (!bingo_is_counter(ordering) || ordering->definition->tables[0].relid != linitial_oid(parts))
		return NULL;
	if (linitial_oid(parts) == whole)
		return ordering;
	translated = memcpy(palloc(sizeof(BingoOrdering)), ordering, sizeof(BingoOrdering));
	translated->definition = bingo_partition_translate(ordering->definition, 0, whole);
	if (translated->definition == NULL)
		return NULL;
	*reason = find_others(parts, translated->definition, others);
	return translated;
}

BingoDefinition *
bingo_count_analyze_whole(PlannerInfo *root, RelOptInfo *table, const Query *query, BingoProblem *problem)
{
	List	   *parts = NIL;
	bool		all = bingo_leaves_list(root, table, &parts);
	BingoDefinition *definition;

	if (!all || parts == NIL)
	{
		problem->message = pstrdup(all ? "the query reads no partition" : BINGO_LEAVES_TOO_MANY);
		return NULL;
	}
	definition = bingo_count_analyze(bingo_partition_query(query, 1, linitial_oid(parts)), problem);
	if (definition == NULL)
		return NULL;
	definition = bingo_partition_translate(definition, 0, planner_rt_fetch(table->relid, root)->relid);
	if (definition == NULL)
		problem->message = pstrdup("its table is being altered");
	return definition;
}
