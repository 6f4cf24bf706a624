/*
 * definition/partition.c
 *	  A partitioned table's query, as one of a partition.
 */
#include "postgres.h"

#include "access/attmap.h"
#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/relations.h"
#include "definition/partition.h"

/* With those that were dropped; 0: the table is gone. */
static AttrNumber
count_columns(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	AttrNumber	n;

	if (!HeapTupleIsValid(tuple))
		return 0;
	n = ((Form_pg_class) GETSTRUCT(tuple))->relnatts;
	ReleaseSysCache(tuple);
	return n;
}

Query *
bingo_partition_query(const Query *query, int rti, Oid part)
{
	Query	   *copy = copyObject(unconstify(Query *, query));
	RangeTblEntry *rte = rt_fetch(rti, copy->rtable);
	AttrMap    *map = make_attrmap(MaxHeapAttributeNumber);
	AttrNumber	ncolumns = count_columns(rte->relid);
	bool		whole_row;

	for (AttrNumber attno = 1; attno <= ncolumns; attno++)
	{
		char	   *name = bingo_relations_find_column(rte->relid, attno);

		if (name != NULL)		/* else it was dropped */
			map->attnums[attno - 1] = get_attnum(part, name);
	}
	copy = (Query *) map_variable_attnos((Node *) copy, rti, 0, map, InvalidOid, &whole_row);
	rte = rt_fetch(rti, copy->rtable);
	rte->relid = part;
	rte->relkind = get_rel_relkind(part);
	return copy;
}
