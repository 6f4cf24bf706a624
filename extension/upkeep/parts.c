/*
 * upkeep/parts.c
 *	  A counter of a partitioned table is one of each partition (read/count_parts.c).
 *
 * create_counter() makes one for each that has none like it yet: so it is called again for a
 * partition that has come.  Nothing is kept of the whole: each of them is a counter as
 * others, and goes with its partition wherever that goes, under the name that it has: one of a
 * partition that was renamed is found by what it counts.  The whole's name stands for those of
 * that name and its partition's.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "nodes/primnodes.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"

#include "base/relations.h"
#include "definition/define.h"
#include "definition/partition.h"
#include "store/catalog.h"
#include "store/definition.h"
#include "upkeep/build.h"
#include "upkeep/parts.h"
#include "upkeep/query.h"

/* The number of the only table, or 0. */
static int
find_table(const Query *query)
{
	List	   *from = query->jointree ? query->jointree->fromlist : NIL;
	const RangeTblEntry *rte;
	int			rti;

	if (list_length(from) != 1 || !IsA(linitial(from), RangeTblRef))
		return 0;
	rti = linitial_node(RangeTblRef, from)->rtindex;
	rte = rt_fetch(rti, query->rtable);
	return rte->rtekind == RTE_RELATION && rte->relkind == RELKIND_PARTITIONED_TABLE && rte->inh ? rti : 0;
}

List *
bingo_parts_list(const Query *query)
{
	int			rti = find_table(query);
	List	   *parts = NIL;
	ListCell   *cell;

	foreach(cell, rti ? find_all_inheritors(rt_fetch(rti, query->rtable)->relid, AccessShareLock, NULL) : NIL)
		if (get_rel_relkind(lfirst_oid(cell)) != RELKIND_PARTITIONED_TABLE)
			parts = lappend_oid(parts, lfirst_oid(cell));
	return parts;
}

Query *
bingo_parts_query(const Query *query, Oid part)
{
	return bingo_partition_query(query, find_table(query), part);
}

/*
 * What the name stands for; NULL if that can't be told.  What is not usable is made again from its query: it
 * may be another table that the query names by now (store/load.c).
 */
static const BingoDefinition *
find_definition(const BingoStoredDefinition *stored)
{
	const BingoOrdering *built = bingo_catalog_by_name(stored->name);
	BingoProblem problem = {0};
	ErrorData  *error;
	Query	   *query;

	if (built != NULL && built->usable)
		return built->definition;
	query = bingo_query_analyze(stored, GetUserId(), &error);
	return query ? bingo_define_analyze(query, stored->counts, &problem) : NULL;
}

static bool
is_of_table(const BingoDefinition *definition, Oid relid)
{
	return definition != NULL && definition->tables[0].relid == relid;
}

bool
bingo_parts_is_like(const char *name, const BingoDefinition *definition)
{
	const BingoStoredDefinition *stored = bingo_build_find_definition(name);
	const BingoDefinition *other = stored && stored->counts ? find_definition(stored) : NULL;

	return is_of_table(other, definition->tables[0].relid) && bingo_definition_counts_alike(other, definition);
}

bool
bingo_parts_has_counter(const BingoDefinition *definition)
{
	List	   *names = NIL;
	ListCell   *cell;

	bingo_catalog_require();
	foreach(cell, bingo_catalog_list())
	{
		const BingoOrdering *counter = lfirst(cell);

		if (bingo_is_counter(counter) && is_of_table(counter->definition, definition->tables[0].relid))
			names = lappend(names, pstrdup(counter->name));
	}
	/* the cache may be another one after each look */
	foreach(cell, names)
		if (bingo_parts_is_like(lfirst(cell), definition))
			return true;
	return false;
}

char *
bingo_parts_name(const char *name, Oid part)
{
	char	   *label = bingo_relations_label(part);
	char	   *part_name = makeObjectName(name, label, NULL);
	const BingoStoredDefinition *other;

	for (int i = 2; (other = bingo_build_find_definition(part_name)) != NULL && !is_of_table(find_definition(other), part); i++)
		part_name = makeObjectName(name, label, psprintf("%d", i));
	return part_name;
}

/* NAME_PARTITION, or that with a number? */
static bool
is_named_after(const char *part_name, const char *name, Oid part, int most)
{
	char	   *label = bingo_relations_label(part);

	if (strcmp(part_name, makeObjectName(name, label, NULL)) == 0)
		return true;
	for (int i = 2; i <= most; i++)
		if (strcmp(part_name, makeObjectName(name, label, psprintf("%d", i))) == 0)
			return true;
	return false;
}

List *
bingo_parts_named(const char *name)
{
	List	   *names = NIL;
	List	   *all;
	ListCell   *cell;

	if (bingo_build_find_definition(name) != NULL)
		return list_make1(pstrdup(name));
	all = bingo_definition_list();
	foreach(cell, all)
	{
		const BingoStoredDefinition *stored = lfirst(cell);
		const BingoDefinition *definition = stored->counts ? find_definition(stored) : NULL;

		if (definition != NULL && get_rel_relispartition(definition->tables[0].relid) &&
			is_named_after(stored->name, name, definition->tables[0].relid, list_length(all)))
			names = lappend(names, stored->name);
	}
	return names != NIL ? names : list_make1(pstrdup(name));
}
