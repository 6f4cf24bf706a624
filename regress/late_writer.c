/*
 * late_writer.c
 *	  A library that writes when a transaction is about to commit, for
 *	  t/ordering_precommit.pl.
 *
 * late_writer.sql is run by SPI from a callback at XACT_EVENT_PRE_COMMIT or
 * PRE_PREPARE.  Callbacks run in the reverse order of their registration: listed
 * before bingo_tune in shared_preload_libraries, it runs after bingo_tune has done
 * its work; listed behind, before.  The setting is emptied first, so it runs once.
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/guc.h"
#include "utils/snapmgr.h"

PG_MODULE_MAGIC;

void		_PG_init(void);

static char *statement = NULL;

static void
write_late(XactEvent event, void *arg)
{
	char	   *sql;
	int			result;

	if (event != XACT_EVENT_PRE_COMMIT && event != XACT_EVENT_PRE_PREPARE)
		return;
	if (statement == NULL || statement[0] == '\0')
		return;
	sql = pstrdup(statement);
	SetConfigOption("late_writer.sql", "", PGC_USERSET, PGC_S_SESSION);

	PushActiveSnapshot(GetTransactionSnapshot());
	SPI_connect();
	result = SPI_execute(sql, false, 0);
	if (result < 0)
		elog(ERROR, "SPI_execute: %s", SPI_result_code_string(result));
	SPI_finish();
	PopActiveSnapshot();
}

void
_PG_init(void)
{
	DefineCustomStringVariable("late_writer.sql", "What is run before the commit.", NULL,
							   &statement, "", PGC_USERSET, 0, NULL, NULL, NULL);
	RegisterXactCallback(write_late, NULL);
}
