/*
 * definition/resolve.c
 *	  A stored layout compared with what the catalogs say now.
 *
 * The layout (definition/layout.c) is fixed.  Tables, columns and types must be exactly
 * what they were when it was made; the indexes that it rests on may have other OIDs and
 * their columns another order (REINDEX CONCURRENTLY, a key dropped and added again):
 * any index of the right shape will do, and which one was found changes the meaning of
 * nothing.
 *
 * Reads catalogs only, without a lock on what it looks at: the answer holds while the
 * caller has a lock on the tables and has processed invalidations since.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/stratnum.h"
#include "catalog/pg_class.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "definition/expression.h"
#include "definition/layout.h"
#include "definition/partition.h"
#include "definition/relation.h"
#include "definition/types.h"
#include "base/relations.h"

/* --- columns --- */

static char *
check_column(const BingoDefinition *definition, const BingoColumn *column)
{
	Oid			relid = definition->tables[column->table].relid;
	BingoColumn now;

	if (column->attno == InvalidAttrNumber)
		return NULL;			/* computed from columns that are read */
	if (!bingo_relation_attribute(relid, column->attno, &now, NULL))
		return psprintf("a column of table \"%s\" was dropped", bingo_relations_label(relid));
	if (now.type != column->type || now.typmod != column->typmod || now.collation != column->collation)
		return psprintf("column %s of table \"%s\" has another type or collation",
						bingo_relations_column(relid, column->attno), bingo_relations_label(relid));
	if (bingo_is_virtual_generated(relid, column->attno))
		return psprintf("column %s of table \"%s\" is a virtual generated one",
						bingo_relations_column(relid, column->attno), bingo_relations_label(relid));
	return NULL;
}

static char *
check_columns(const BingoDefinition *definition)
{
	char	   *reason = NULL;

	for (int i = 0; reason == NULL && i < definition->noutput; i++)
		reason = check_column(definition, &definition->output[i]);
	for (int i = 0; reason == NULL && i < definition->nread; i++)
		reason = check_column(definition, &definition->read[i]);
	for (int i = 1; reason == NULL && i < definition->ntables; i++)
	{
		const BingoTable *table = &definition->tables[i];

		for (int j = 0; reason == NULL && j < table->njoin; j++)
		{
			reason = check_column(definition, &table->join[j].parent_column);
			if (reason == NULL)
				reason = check_column(definition, &table->join[j].own_column);
		}
	}
	return reason;
}

static char *
check_not_null(Oid relid, AttrNumber attno)
{
	BingoColumn column;
	bool		not_null;

	if (bingo_relation_attribute(relid, attno, &column, &not_null) && not_null)
		return NULL;
	return psprintf("column %s of table \"%s\" may be null", bingo_relations_column(relid, attno),
					bingo_relations_label(relid));
}

/* What was never null must not become so and stop being so again unseen. */
static char *
check_never_null(const BingoDefinition *definition)
{
	char	   *reason = NULL;

	for (int i = 0; reason == NULL && i < definition->nnever_null; i++)
		reason = check_not_null(definition->tables[0].relid, definition->never_null[i].attno);
	return reason;
}

/* --- operators and functions --- */

static bool
is_operator(Oid operator)
{
	return OidIsValid(get_opcode(operator));
}

static bool
is_function(Oid function)
{
	return SearchSysCacheExists1(PROCOID, ObjectIdGetDatum(function));
}

/* Of an extension's type they may have gone, with CASCADE say. */
static char *
check_operators(const BingoDefinition *definition)
{
	bool		good = true;

	for (int i = 0; i < definition->nsort; i++)
		good = good && is_operator(definition->sort[i].sort_operator);
	for (int i = 1; i < definition->ntables; i++)
	{
		const BingoTable *table = &definition->tables[i];

		for (int j = 0; j < table->njoin; j++)
			good = good && is_operator(table->join[j].equality) &&
				is_function(table->join[j].parent_hash) && is_function(table->join[j].own_hash);
	}
	if (!good)
		return pstrdup("an operator or a function that the ordering uses is gone");
	if (!bingo_expression_is_intact(definition))
		return pstrdup("a type, a collation or a function in a condition or a sort key is gone");
	return bingo_types_suffice(definition) ? NULL :
		pstrdup("values of a column can't be compared or hashed any more");
}

/* --- indexes --- */

/* What an index must have, in any order. */
typedef struct WantedKey
{
	AttrNumber	attno;
	Oid			opfamily;		/* or 0: the one that has "equality" */
	Oid			equality;
	Oid			collation;
} WantedKey;

static bool
is_wanted(const WantedKey *key, const BingoIndexShape *index, int place)
{
	return index->attnos[place] == key->attno &&
		(OidIsValid(key->opfamily) ? index->opfamilies[place] == key->opfamily :
		 get_op_opfamily_strategy(key->equality, index->opfamilies[place]) == BTEqualStrategyNumber) &&
		bingo_relation_same_equality(key->collation, index->collations[place]);
}

/* Are the first nkeys columns of the index the wanted ones, each once? */
static bool
has_keys(const BingoIndexShape *index, const WantedKey *keys, int nkeys)
{
	uint32		found = 0;

	if (index->nkeys < nkeys)
		return false;
	for (int place = 0; place < nkeys; place++)
	{
		int			i = 0;

		while (i < nkeys && ((found & (1U << i)) || !is_wanted(&keys[i], index, place)))
			i++;
		if (i == nkeys)
			return false;
		found |= 1U << i;
	}
	return true;
}

static Oid
find_index(List *indexes, const WantedKey *keys, int nkeys, bool unique)
{
	ListCell   *cell;

	foreach(cell, indexes)
	{
		BingoIndexShape *index = lfirst(cell);

		if (!index->usable || index->partial)
			continue;
		if (unique && (!index->unique || !index->immediate || index->nkeys != nkeys))
			continue;
		if (has_keys(index, keys, nkeys))
			return index->oid;
	}
	return InvalidOid;
}

static char *
list_key(Oid relid, const WantedKey *keys, int nkeys)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < nkeys; i++)
		appendStringInfo(&names, "%s%s", i > 0 ? ", " : "", bingo_relations_column(relid, keys[i].attno));
	return names.data;
}

/* A unique index on exactly the keys, none of which may be null. */
static char *
resolve_unique(Oid relid, List *indexes, const WantedKey *keys, int nkeys, Oid *found)
{
	char	   *reason = NULL;

	for (int i = 0; reason == NULL && i < nkeys; i++)
		reason = check_not_null(relid, keys[i].attno);
	if (reason)
		return reason;
	*found = find_index(indexes, keys, nkeys, true);
	if (OidIsValid(*found))
		return NULL;
	return psprintf("table \"%s\" has no valid unique index on (%s) any more", bingo_relations_label(relid),
					list_key(relid, keys, nkeys));
}

static char *
resolve_driving(BingoDefinition *definition, List *indexes)
{
	WantedKey	keys[BINGO_MAX_KEYS];

	for (int i = 0; i < definition->ndriving; i++)
		keys[i] = (WantedKey) {.attno = definition->driving[i].attno,
			.opfamily = definition->driving[i].opfamily,
			.collation = definition->driving[i].collation};
	return resolve_unique(definition->tables[0].relid, indexes, keys, definition->ndriving,
						  &definition->tables[0].unique_index);
}

static char *
resolve_dimension(BingoDefinition *definition, int number, List **indexes)
{
	BingoTable *table = &definition->tables[number];
	Oid			parent = definition->tables[table->parent].relid;
	WantedKey	keys[BINGO_MAX_KEYS];
	char	   *reason;

	for (int i = 0; i < table->njoin; i++)
		keys[i] = (WantedKey) {.attno = table->join[i].attno, .opfamily = table->join[i].opfamily,
			.collation = table->join[i].collation};
	reason = resolve_unique(table->relid, indexes[number], keys, table->njoin, &table->unique_index);
	if (reason)
		return reason;

	for (int i = 0; i < table->njoin; i++)
		keys[i] = (WantedKey) {.attno = table->join[i].parent_attno, .equality = table->join[i].equality,
			.collation = table->join[i].collation};
	table->parent_index = find_index(indexes[table->parent], keys, table->njoin, false);
	if (OidIsValid(table->parent_index))
		return NULL;
	return psprintf("table \"%s\" has no valid index any more that finds its rows by %s",
					bingo_relations_label(parent), list_key(parent, keys, table->njoin));
}

char *
bingo_layout_resolve(BingoDefinition *definition)
{
	List	   *indexes[BINGO_MAX_TABLES] = {NIL};
	char	   *reason = NULL;
	const char *detail;
	const char *hint;

	for (int i = 0; i < definition->ntables; i++)
	{
		Oid			relid = definition->tables[i].relid;
		const char *obstacle = bingo_relation_obstacle(relid);

		if (obstacle)
			return psprintf("\"%s\" is %s", bingo_relations_label(relid), obstacle);
		indexes[i] = bingo_relation_indexes(relid);
	}
	reason = bingo_partition_obstacle(definition, &detail, &hint);
	if (reason == NULL)
		reason = check_columns(definition);
	if (reason == NULL)
		reason = check_operators(definition);
	if (reason == NULL && definition->counts)
		reason = check_never_null(definition);
	else if (reason == NULL)
		reason = resolve_driving(definition, indexes[0]);
	for (int i = 1; reason == NULL && i < definition->ntables; i++)
		reason = resolve_dimension(definition, i, indexes);
	return reason;
}
