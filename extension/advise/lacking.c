/*
 * advise/lacking.c
 *	  The indexes that an ordering's definition needs and that are not there, as they are proposed (advise/needs.c).
 *
 * Unique ones of the keys that it was defined with as if they were there (advise/unique.c), and those that find the rows which a
 * row of another table is joined to.  The analysis names both (definition/joins.c); what is written here is what create_ordering()
 * would make.
 */
#include "postgres.h"

#include "advise/advise.h"
#include "definition/definition.h"
#include "definition/relation.h"

static bool
is_same(const BingoAdviseNeed *need, const BingoAdviseNeed *other)
{
	if (need->relid != other->relid || need->unique != other->unique || need->nkeys != other->nkeys)
		return false;
	for (int i = 0; i < need->nkeys; i++)
	{
		if (need->attnos[i] != other->attnos[i] || need->collations[i] != other->collations[i])
			return false;
	}
	return true;
}

static List *
add_need(List *needs, const BingoAdviseNeed *need)
{
	ListCell   *cell;

	foreach(cell, needs)
	{
		if (is_same(lfirst(cell), need))
			return needs;
	}
	return lappend(needs, memcpy(palloc(sizeof(BingoAdviseNeed)), need, sizeof(BingoAdviseNeed)));
}

/* Of its parent, by the columns that the table is joined on; more columns than an index gets here create_ordering() sees to. */
static List *
add_join(List *needs, const BingoDefinition *definition, const BingoTable *table)
{
	BingoAdviseNeed need = {0};

	if (OidIsValid(table->parent_index) || table->njoin > BINGO_ADVISE_COLUMNS)
		return needs;
	need.relid = definition->tables[table->parent].relid;
	need.nkeys = table->njoin;
	for (int i = 0; i < table->njoin; i++)
	{
		const BingoJoinColumn *join = &table->join[i];

		need.attnos[i] = join->parent_attno;
		if (!bingo_relation_same_equality(join->collation, join->parent_column.collation))
			need.collations[i] = join->collation;
	}
	return add_need(needs, &need);
}

/* BingoAdviseNeed *; "keys": with those unique keys, BingoSupposedKey *, that are not there. */
List *
bingo_advise_needs(const BingoDefinition *definition, const List *keys)
{
	List	   *needs = NIL;
	const ListCell *cell;

	foreach(cell, keys)
	{
		const BingoSupposedKey *key = lfirst(cell);
		BingoAdviseNeed need = {0};

		need.relid = key->relid;
		need.unique = true;
		need.nkeys = 1;
		need.attnos[0] = key->attno;
		needs = add_need(needs, &need);
	}
	for (int i = 1; i < definition->ntables; i++)
		needs = add_join(needs, definition, &definition->tables[i]);
	return needs;
}
