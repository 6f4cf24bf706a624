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

#include "access/attmap.h"
#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "base/relations.h"
#include "definition/count.h"
#include "definition/partition.h"
#include "read/count_step.h"

#define MOST_PARTS 64			/* windows that are opened at the start, and searched one after the other */

/* --- which tables --- */

/* False: there are too many, or *lacking has no counter. */
static bool
collect_parts(PlannerInfo *root, RelOptInfo *rel, List **parts, Oid *lacking)
{
	const RangeTblEntry *rte = planner_rt_fetch(rel->relid, root);
	int			i = -1;

	if (rte->relkind != RELKIND_PARTITIONED_TABLE)
	{
		*parts = lappend_oid(*parts, rte->relid);
		if (!bingo_catalog_covers(rte->relid))
			*lacking = rte->relid;
		return list_length(*parts) <= MOST_PARTS && !OidIsValid(*lacking);
	}
	while ((i = bms_next_member(rel->live_parts, i)) >= 0)
		if (!IS_DUMMY_REL(rel->part_rels[i]) && !collect_parts(root, rel->part_rels[i], parts, lacking))
			return false;
	return true;
}

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
	foreach(cell, rte->relkind == RELKIND_PARTITIONED_TABLE ? NIL : bingo_catalog_list())
	{
		const BingoOrdering *counter = lfirst(cell);

		if (bingo_is_counter(counter) && counter->definition->tables[0].relid == rte->relid)
			bingo_count_note(counter, reason, false, false);
	}
}

List *
bingo_count_list_parts(PlannerInfo *root, RelOptInfo *table)
{
	List	   *parts = NIL;
	Oid			lacking = InvalidOid;

	if (collect_parts(root, table, &parts, &lacking))
		return parts;
	if (bingo_count_is_collecting() && planner_rt_fetch(table->relid, root)->relkind == RELKIND_PARTITIONED_TABLE)
		note_all(root, table, OidIsValid(lacking) ? psprintf("partition \"%s\" has no counter", bingo_relations_label(lacking)) :
				 psprintf("the query reads more than %d partitions", MOST_PARTS));
	return NIL;
}

/* The first partition that is read; InvalidOid: none is, or more than counters serve. */
static Oid
find_first(PlannerInfo *root, RelOptInfo *rel, int *n)
{
	const RangeTblEntry *rte = planner_rt_fetch(rel->relid, root);
	Oid			first = InvalidOid;
	int			i = -1;

	if (rte->relkind != RELKIND_PARTITIONED_TABLE)
		return ++*n <= MOST_PARTS ? rte->relid : InvalidOid;
	while (*n <= MOST_PARTS && (i = bms_next_member(rel->live_parts, i)) >= 0)
	{
		Oid			other = IS_DUMMY_REL(rel->part_rels[i]) ? InvalidOid : find_first(root, rel->part_rels[i], n);

		first = OidIsValid(first) ? first : other;
	}
	return *n <= MOST_PARTS ? first : InvalidOid;
}

/* --- the counter of the whole --- */

/* Gives the columns their numbers in the whole, where they have the same names, and notes them; false: somebody is altering it. */
static bool
translate_columns(AttrMap *map, BingoColumn *columns, int n, Oid part, Oid whole)
{
	for (int i = 0; i < n; i++)
	{
		AttrNumber	attno = columns[i].attno;
		char	   *name = bingo_relations_find_column(part, attno);

		columns[i].attno = name ? get_attnum(whole, name) : InvalidAttrNumber;
		if (columns[i].attno == InvalidAttrNumber)
			return false;
		map->attnums[attno - 1] = columns[i].attno;
	}
	return true;
}

static void *
copy_array(const void *array, Size size)
{
	return size == 0 ? NULL : memcpy(palloc(size), array, size);
}

/* What is matched of it only. */
static BingoDefinition *
translate_definition(const BingoDefinition *definition, Oid whole)
{
	BingoDefinition *translated = copy_array(definition, sizeof(BingoDefinition));
	Oid			part = definition->tables[0].relid;
	AttrMap    *map = make_attrmap(MaxHeapAttributeNumber);
	bool		whole_row;

	translated->tables = copy_array(definition->tables, sizeof(BingoTable));
	translated->tables[0].relid = whole;
	translated->output = copy_array(definition->output, definition->noutput * sizeof(BingoColumn));
	translated->read = copy_array(definition->read, definition->nread * sizeof(BingoColumn));
	translated->never_null = copy_array(definition->never_null, definition->nnever_null * sizeof(BingoColumn));
	if (!translate_columns(map, translated->output, translated->noutput, part, whole) ||
		!translate_columns(map, translated->read, translated->nread, part, whole) ||
		!translate_columns(map, translated->never_null, translated->nnever_null, part, whole))
		return NULL;
	translated->filter = (List *) map_variable_attnos((Node *) definition->filter, 1, 0, map, InvalidOid, &whole_row);
	return translated;
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

	foreach(cell, bingo_catalog_list())
	{
		BingoOrdering *counter = lfirst(cell);
		const BingoDefinition *definition;

		if (!bingo_is_counter(counter) || counter->definition->tables[0].relid != part)
			continue;
		definition = translate_definition(counter->definition, whole->tables[0].relid);
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
	translated = copy_array(ordering, sizeof(BingoOrdering));
	translated->definition = translate_definition(ordering->definition, whole);
	if (translated->definition == NULL)
		return NULL;
	*reason = find_others(parts, translated->definition, others);
	return translated;
}

BingoDefinition *
bingo_count_analyze_whole(PlannerInfo *root, RelOptInfo *table, const Query *query, BingoProblem *problem)
{
	int			n = 0;
	Oid			part = find_first(root, table, &n);
	BingoDefinition *definition;

	if (!OidIsValid(part))
	{
		problem->message = n > MOST_PARTS ? psprintf("the query reads more than %d partitions", MOST_PARTS) :
			pstrdup("the query reads no partition");
		return NULL;
	}
	definition = bingo_count_analyze(bingo_partition_query(query, 1, part), problem);
	if (definition == NULL)
		return NULL;
	definition = translate_definition(definition, planner_rt_fetch(table->relid, root)->relid);
	if (definition == NULL)
		problem->message = pstrdup("its table is being altered");
	return definition;
}
