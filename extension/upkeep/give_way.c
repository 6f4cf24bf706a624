/*
 * upkeep/give_way.c
 *	  A window that would keep a type from being altered.
 *
 * No composite type can be altered, nor a domain that is an element or a part of another
 * type, while some relation has a column of it.  As long as a table of the application's has one
 * that is what PostgreSQL says anyway.  Then the application drops the column, or gives
 * it another type, and goes on: in the same transaction, or sooner than upkeep has made the
 * window anew.  So the window, which is of no use any more, is dropped with that
 * command.  Its state stays, and says what is to be made again.
 *
 * A column of a domain itself stands in nobody's way (definition/types.h).
 */
#include "postgres.h"

#include "access/transam.h"

#include "definition/relation.h"
#include "definition/types.h"
#include "store/store.h"
#include "upkeep/give_way.h"

/*
 * Has the window the column by a type of the application's, and the table not any more?  No expression
 * has a composite type or a domain, and what it reads the window has, too (definition/expression.c).
 */
static bool
is_left_over(const BingoDefinition *definition, const BingoColumn *column)
{
	int32		typmod;
	Oid			type = bingo_types_kept(column->type, &typmod);
	BingoColumn now;

	return column->attno != InvalidAttrNumber && OidIsValid(type) && type >= FirstUnpinnedObjectId &&
		(!bingo_relation_attribute(definition->tables[column->table].relid, column->attno, &now, NULL) ||
		 now.type != column->type);
}

void
bingo_give_way(const BingoOrdering *ordering)
{
	const BingoDefinition *definition = ordering->definition;
	bool		left_over = false;
	BingoScope	scope;

	for (int i = 0; definition && i < definition->noutput; i++)
		left_over = left_over || is_left_over(definition, &definition->output[i]);
	if (!left_over)
		return;
	bingo_store_enter(&scope, InvalidOid);
	(void) bingo_store_drop_relations(ordering, false);
	bingo_store_leave(&scope);
}
