/*
 * base/writable.c
 *	  Refusing to write where that can't work: see base/writable.h.
 *
 * Asked first by each SQL function that changes something, so that the message
 * names the function and says what to do, not what inside of it failed.
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"

#include "base/compat.h"
#include "base/writable.h"

void
bingo_require_writable(const char *function)
{
	if (RecoveryInProgress())
		ereport(ERROR,
				(errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
				 errmsg("cannot execute %s during recovery", function),
				 errhint("Call it on the primary server: the standby replays its work.")));
	if (XactReadOnly)
		ereport(ERROR,
				(errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
				 errmsg("cannot execute %s in a read-only transaction", function),
				 errhint("Call it in a transaction begun with: BEGIN READ WRITE;")));
}
