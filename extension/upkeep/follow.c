/*
 * upkeep/follow.c
 *	  What DDL changes of a definition: the names, the owner.
 */
#include "postgres.h"

#include "storage/lmgr.h"

#include "store/definition.h"
#include "store/store.h"
#include "upkeep/follow.h"

/* Writing a condition as text opens its table, and would wait for it. */
static void
lock_at_once(const BingoDefinition *definition)
{
	for (int i = 0; i < definition->ntables; i++)
		if (!ConditionalLockRelationOid(definition->tables[i].relid, AccessShareLock))
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
	BingoStoredDefinition *definition;
	char	   *renamed;
	BingoScope	scope;

	bingo_store_enter(&scope, InvalidOid);
	lock_at_once(ordering->definition);
	renamed = bingo_definition_format(ordering->definition);
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
