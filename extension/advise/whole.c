/*
 * advise/whole.c
 *	  The definition of an ordering that is proposed, also of a partitioned table.
 *
 * create_ordering() makes one of each partition, so each of them must be such as one can have, and all
 * must be in the same order: the unique key that ends it is a partition's own.  Then the definition is that of
 * the first partition, as if it were the whole's, which the planner takes for one of each (read/find.c).
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"

#include "advise/whole.h"
#include "base/relations.h"
#include "definition/define.h"
#include "definition/partition.h"

static BingoDefinition *
analyze(Query *query, List *keys, BingoProblem *problem)
{
	BingoDefinition *definition = bingo_define_suppose(query, keys, problem);

	return definition ? definition : problem->lacking;
}

static BingoDefinition *
refuse(BingoProblem *problem, char *message)
{
	problem->message = message;
	problem->lacking = NULL;
	return NULL;
}

BingoDefinition *
bingo_advise_analyze(Query *query, List *keys, BingoProblem *problem)
{
	int			rti = bingo_partition_find(query);
	Oid			whole = rti ? rt_fetch(rti, query->rtable)->relid : InvalidOid;
	BingoDefinition *first = NULL;
	ListCell   *cell;

	if (rti == 0)
		return analyze(query, keys, problem);
	foreach(cell, find_all_inheritors(whole, AccessShareLock, NULL))
	{
		BingoProblem of_part = {0};
		BingoDefinition *definition;

		if (get_rel_relkind(lfirst_oid(cell)) == RELKIND_PARTITIONED_TABLE)
			continue;
		definition = analyze(bingo_partition_query(query, rti, lfirst_oid(cell)), keys, &of_part);
		if (definition == NULL)
		{
			*problem = of_part;
			return NULL;
		}
		definition = bingo_partition_translate(definition, bingo_definition_find_table(definition, lfirst_oid(cell), 0), whole);
		if (definition == NULL)
			return refuse(problem, pstrdup("its table is being altered"));
		if (first == NULL)
			first = definition;
		else if (!bingo_partition_orders_alike(definition, first))
			return refuse(problem, psprintf("the order of partition \"%s\" would end with another unique key than that of the first one",
											bingo_relations_label(lfirst_oid(cell))));
		if (of_part.lacking != NULL)
			problem->lacking = definition;
	}
	return first ? first : refuse(problem, psprintf("partitioned table \"%s\" has no partition", bingo_relations_label(whole)));
}
