/*
 * upkeep/follow.c
 *	  What DDL changes of a definition: the names, the owner.
 */
#include "postgres.h"

#include "storage/lmgr.h"

#include "base/lock_now.h"
#include "store/definition.h"
#include "store/store.h"
#include "upkeep/follow.h"

/* Is anything to be written as text, a condition or an expression?  That opens its table, and would wait for it. */
static bool
opens_tables(const BingoDefinition *definition)
{
	if (definition->written_filter != NIL)
		return true;
	for (int i = 0; i < definition->noutput; i++)
		if (definition->output[i].attno == InvalidAttrNumber)
			return true;
	for (int i = 0; i < definition->nsort; i++)
		if (definition->sort[i].column.attno == InvalidAttrNumber)
			return true;
	return false;
}

/* What can't be followed now is at the next DDL of whoever gets to know of it. */
static void
lock_at_once(const BingoDefinition *definition)
{
	for (int i = 0; i < definition->ntables; i++)
		if (!bingo_lock_relation_now(definition->tables[i].relid, AccessShareLock))
			ereport(ERROR,
					(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
					 errmsg_internal("a table of the ordering is locked")));
}

static void
unlock(const BingoDefinition *definition)
{
	for (int i = 0; i < definition->ntables; i++)
		UnlockRelationOid(definition->tables[i].relid, AccessShareLock);
}

void
bingo_follow_names(void *argument)
{
	const BingoOrdering *ordering = argument;
	bool		opens = opens_tables(ordering->definition);
	BingoStoredDefinition *definition;
	char	   *renamed;
	BingoScope	scope;

	bingo_store_enter(&scope, InvalidOid);
	if (opens)
		lock_at_once(ordering->definition);
	renamed = bingo_definition_format(ordering->definition);
	if (opens)
		unlock(ordering->definition);
	definition = bingo_definition_find(ordering->name);
	if (definition && renamed)
		bingo_definition_follow(definition, renamed, ordering, bingo_store_owner());
	bingo_store_leave(&scope);
}

/* What is not usable may have lost its tables, or their owner. */
void
bingo_follow_owner(void *argument)
{
	const BingoOrdering *ordering = argument;
	BingoStoredDefinition *definition;
	BingoScope	scope;

	if (ordering->definition == NULL)
		return;
	bingo_store_enter(&scope, InvalidOid);
	definition = bingo_definition_find(ordering->name);
	if (definition)
		bingo_definition_follow_owner(definition, ordering->definition, bingo_store_owner());
	bingo_store_leave(&scope);
}
