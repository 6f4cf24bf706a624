/*
 * upkeep/parts.c
 *	  A counter of a partitioned table is one of each partition (read/count_parts.c).
 *
 * create_counter() makes one for each that has none yet: so it is called again for a
 * partition that has come.  Nothing is kept of the whole: each of them is a counter as
 * others, and goes with its partition wherever that goes.
 */
#include "postgres.h"

#include "access/attmap.h"
#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "commands/defrem.h"
#include "nodes/primnodes.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"

#include "base/relations.h"
#include "store/catalog.h"
#include "upkeep/parts.h"

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
	Query	   *copy = copyObject(unconstify(Query *, query));
	int			rti = find_table(copy);
	RangeTblEntry *rte = rt_fetch(rti, copy->rtable);
	AttrMap    *map = make_attrmap(MaxHeapAttributeNumber);
	bool		whole_row;

	for (AttrNumber attno = 1; attno <= MaxHeapAttributeNumber; attno++)
	{
		char	   *name = bingo_relations_find_column(rte->relid, attno);

		if (name == NULL)
			break;
		map->attnums[attno - 1] = get_attnum(part, name);
	}
	copy = (Query *) map_variable_attnos((Node *) copy, rti, 0, map, InvalidOid, &whole_row);
	rte = rt_fetch(rti, copy->rtable);
	rte->relid = part;
	rte->relkind = get_rel_relkind(part);
	return copy;
}

char *
bingo_parts_name(const char *name, Oid part)
{
	return makeObjectName(name, bingo_relations_label(part), NULL);
}

bool
bingo_parts_has_counter(const char *name, Oid part)
{
	const BingoOrdering *counter = bingo_catalog_by_name(name);

	return counter != NULL && bingo_is_counter(counter) && counter->definition->tables[0].relid == part;
}
