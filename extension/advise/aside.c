/*
 * advise/aside.c
 *	  Finding something out in a subtransaction that is rolled back, well or not.
 *
 * An error is the answer then, but for a cancel, and where memory has run out.  With whatever settings that takes: they end with it, too.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

#include "advise/advise.h"

/* As bingo_attempt(), but nothing of it stays. */
ErrorData *
bingo_advise_aside(void (*action) (void *argument), void *argument)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	CHECK_FOR_INTERRUPTS();
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		PushActiveSnapshot(GetTransactionSnapshot());
		action(argument);
		PopActiveSnapshot();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	if (error != NULL && (error->sqlerrcode == ERRCODE_QUERY_CANCELED || error->sqlerrcode == ERRCODE_OUT_OF_MEMORY ||
						  ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_OPERATOR_INTERVENTION))
		ReThrowError(error);
	return error;
}

/* In a level of settings that is the caller's. */
void
bingo_advise_set(const char *setting, const char *value)
{
	(void) set_config_option(setting, value, PGC_SUSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

/* So that everything that is written as SQL has its schema. */
void
bingo_advise_leave_search_path(void)
{
	NewGUCNestLevel();
	bingo_advise_set("search_path", "pg_catalog, pg_temp");
}

/* What is executed is no statement of anybody's: nobody waits for its words, and it is not timed. */
void
bingo_advise_leave_silent(void)
{
	NewGUCNestLevel();
	bingo_advise_set("client_min_messages", "error");
	bingo_advise_set("bingo_tune.track", "none");
}
