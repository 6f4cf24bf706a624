/*
 * upkeep/prepared.c
 *	  Upkeep after COMMIT PREPARED.
 *
 * PREPARE TRANSACTION can't ask for upkeep of what it leaves invalid, as nothing is to be seen
 * of it yet, and at COMMIT PREPARED no trigger and no callback of that transaction runs.
 *
 * Which keys it has changed or marked nobody knows: so where rows of keys are counted all are to be looked at (store/want_keys.c),
 * and upkeep is asked for now and then.  Else whoever meets the mark asks for it.
 */
#include "postgres.h"

#include "nodes/parsenodes.h"
#include "tcop/utility.h"

#include "base/attempt.h"
#include "store/catalog.h"
#include "store/want.h"
#include "store/want_keys.h"
#include "upkeep/ddl.h"
#include "upkeep/prepared.h"

static ProcessUtility_hook_type prev_ProcessUtility = NULL;

static void
look_for_work(void *argument)
{
	ListCell   *cell;

	if (bingo_ddl_is_any_waiting())
		bingo_want_upkeep();
	foreach(cell, bingo_catalog_list())
	{
		const BingoOrdering *ordering = lfirst(cell);

		if (ordering->definition == NULL || ordering->definition->nkeys == 0)
			continue;
		bingo_want_all_keys(ordering);
		bingo_want_upkeep();
	}
}

static void
bingo_ProcessUtility(PlannedStmt *pstmt, const char *queryString, bool readOnlyTree, ProcessUtilityContext context,
					 ParamListInfo params, QueryEnvironment *queryEnv, DestReceiver *dest, QueryCompletion *qc)
{
	const TransactionStmt *statement = (const TransactionStmt *) pstmt->utilityStmt;
	bool		commits_prepared = IsA(statement, TransactionStmt) && statement->kind == TRANS_STMT_COMMIT_PREPARED;
	ErrorData  *error = NULL;

	if (prev_ProcessUtility)
		prev_ProcessUtility(pstmt, queryString, readOnlyTree, context, params, queryEnv, dest, qc);
	else
		standard_ProcessUtility(pstmt, queryString, readOnlyTree, context, params, queryEnv, dest, qc);
	/* it is done, whatever happens here */
	if (commits_prepared)
		error = bingo_attempt(look_for_work, NULL);
	if (error != NULL)
		FreeErrorData(error);
}

void
bingo_prepared_init(void)
{
	prev_ProcessUtility = ProcessUtility_hook;
	ProcessUtility_hook = bingo_ProcessUtility;
}
