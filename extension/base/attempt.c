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

static ErrorData *
attempt(void (*action) (void *argument), void *argument, bool keep)
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
		if (keep)
			ReleaseCurrentSubTransaction();
		else
			RollbackAndReleaseCurrentSubTransaction();
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

ErrorData *
bingo_attempt(void (*action) (void *argument), void *argument)
{
	return attempt(action, argument, true);
}

ErrorData *
bingo_attempt_undone(void (*action) (void *argument), void *argument)
{
	return attempt(action, argument, false);
}

/*
 * A server with assertions asserts that the transaction around a subtransaction which is
 * rolled back is not about to end, so there it is around another one.  (It does so for an EXCEPTION block
 * of a deferred trigger, too.)
 */
ErrorData *
bingo_attempt_at_end(void (*action) (void *argument), void *argument)
{
#ifdef USE_ASSERT_CHECKING
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *error;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	error = bingo_attempt(action, argument);
	ReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return error;
#else
	return bingo_attempt(action, argument);
#endif
}
