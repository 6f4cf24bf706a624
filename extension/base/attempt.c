/*
 * base/attempt.c
 *	  Doing something that may fail without failing: a subtransaction, as
 *	  PL/pgSQL's EXCEPTION has it.
 *
 * An error that is caught without rolling back what it interrupted leaves locks,
 * buffers and snapshots behind.  Memory context and resource owner are the caller's
 * again afterwards, however it ended.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

#include "base/attempt.h"

ErrorData *
bingo_attempt(void (*action) (void *argument), void *argument)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		/* behind CREATE INDEX CONCURRENTLY, say, there is none, and catalogs may have to toast */
		PushActiveSnapshot(GetTransactionSnapshot());
		action(argument);
		PopActiveSnapshot();
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return error;
}
