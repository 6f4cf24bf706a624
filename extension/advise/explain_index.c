/*
 * advise/explain_index.c
 *	  For explain_ordering(): what an index does, or would do, without any ordering.
 */
#include "postgres.h"

#include "catalog/pg_am.h"
#include "catalog/pg_attribute.h"
#include "commands/defrem.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "advise/advise.h"
#include "advise/explain_index.h"
#include "base/relations.h"

/* A column that is sorted by, as a key; false: no default btree index has it so. */
static bool
make_key(const BingoDefinition *definition, const BingoSortKey *sort, BingoAdviseKey *key)
{
	Oid			relid = definition->tables[sort->column.table].relid;
	char	   *name = bingo_relations_find_column(relid, sort->column.attno);
	Oid			opclass = GetDefaultOpClass(sort->column.type, BTREE_AM_OID);
	Oid			type;
	int32		typmod;

	if (name == NULL || !OidIsValid(opclass) || get_opclass_family(opclass) != sort->opfamily ||
		!bingo_relations_find_type(relid, sort->column.attno, &type, &typmod, &key->own_collation))
		return false;
	key->relid = relid;
	key->name = pstrdup(quote_identifier(name));
	key->type = sort->column.type;
	key->collation = sort->collation == key->own_collation ? InvalidOid : sort->collation;
	key->descending = sort->descending;
	key->nulls_first = sort->nulls_first;
	key->ordered = true;
	return true;
}

/* What is sorted by are columns of one table; those that the query does not name tell rows apart only. */
char *
bingo_explain_index(const BingoDefinition *definition)
{
	BingoAdviseIndex index = {0};
	StringInfoData text;
	int			nkeys = definition->nsort - definition->nappended;

	if (nkeys > BINGO_ADVISE_COLUMNS || definition->filter != NIL)
		return NULL;
	index.relid = definition->tables[definition->sort[0].column.table].relid;
	initStringInfo(&text);
	appendStringInfo(&text, "CREATE INDEX ON %s (", bingo_advise_table(index.relid));
	for (int i = 0; i < nkeys; i++)
	{
		const BingoSortKey *sort = &definition->sort[i];

		if (sort->column.attno == InvalidAttrNumber || sort->column.table != definition->sort[0].column.table ||
			definition->tables[sort->column.table].optional ||
			!make_key(definition, sort, &index.keys[i]))
			return NULL;
		appendStringInfo(&text, "%s%s", i > 0 ? ", " : "", bingo_advise_key_text(&index.keys[i]));
	}
	index.nkeys = nkeys;
	appendStringInfoChar(&text, ')');
	return bingo_advise_exists(&index) ? NULL : text.data;
}

/* The index scan that gives the rows in their order: nothing sorts between it and the top. */
static Oid
find_index(const Plan *plan)
{
	for (; plan != NULL; plan = plan->lefttree)
	{
		switch (nodeTag(plan))
		{
			case T_IndexScan:
				return ((const IndexScan *) plan)->indexorderdir == NoMovementScanDirection ? InvalidOid : ((const IndexScan *) plan)->indexid;
			case T_IndexOnlyScan:
				return ((const IndexOnlyScan *) plan)->indexorderdir == NoMovementScanDirection ? InvalidOid : ((const IndexOnlyScan *) plan)->indexid;
			case T_Limit:
			case T_LockRows:
			case T_Memoize:
			case T_NestLoop:
			case T_Result:
			case T_Unique:
			case T_WindowAgg:
				break;
			default:
				return InvalidOid;
		}
	}
	return InvalidOid;
}

char *
bingo_explain_index_used(const PlannedStmt *plan)
{
	Oid			index = IsA(plan->planTree, Limit) ? find_index(plan->planTree) : InvalidOid;

	return OidIsValid(index) ? bingo_relations_label(index) : NULL;
}
