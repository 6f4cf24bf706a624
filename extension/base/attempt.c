/*
 * base/attempt.c
 *	  Doing something that may fail without failing: a subtransaction, as
 *	  PL/pgSQL's EXCEPTION has it.
 *
 * An error that is caught without rolling back what it interrupted leaves locks,
 * buffers and snapshots behind.  Memory context and resource owner are the caller's
 * again afterwards, however it ended.
 *
 * What is told of an error to everybody must not have values of rows: of a message only the server's own
 * format, which is in the sources.  Of some classes of errors that would say too little, and what they
 * put in are names and sizes, never what a column has.
 */
#include "postgres.h"

#include "access/xact.h"
#include "lib/stringinfo.h"
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
		/* that is not copied, and may be somebody's who is rolled back */
		if (error->message_id)
			error->message_id = pstrdup(error->message_id);
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

/* Of what is in the catalogs, or of the server's state: not of a row. */
static bool
is_without_values(const ErrorData *error)
{
	static const char *const classes[] = {"0A", "25", "28", "2B", "40", "42", "53", "54", "55", "57", "58", "XX"};

	for (int i = 0; i < lengthof(classes); i++)
		if (strncmp(unpack_sql_state(error->sqlerrcode), classes[i], 2) == 0)
			return true;
	return false;
}

char *
bingo_attempt_describe(const ErrorData *error)
{
	StringInfoData text;
	bool		whole = true;

	if (is_without_values(error))
		return pstrdup(error->message);
	initStringInfo(&text);
	for (const char *at = error->message_id; at != NULL && *at != '\0'; at++)
	{
		if (*at != '%' || at[1] == '%')
		{
			appendStringInfoChar(&text, *at);
			at += *at == '%';
			continue;
		}
		/* up to the letter that ends what is put in */
		at += 1 + strspn(at + 1, "0123456789$-+ #'*.hjlqtz");
		appendStringInfoString(&text, "...");
		whole = false;
		if (*at == '\0')
			break;
	}
	if (!whole || text.len == 0)
		appendStringInfo(&text, "%s(%s)", text.len > 0 ? " " : "", unpack_sql_state(error->sqlerrcode));
	return text.data;
}
