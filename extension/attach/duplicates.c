/*
 * attach/duplicates.c
 *	  Say which ids are duplicate when a unique index cannot be built.
 *
 * The application's tables have no keys, so nothing has kept duplicates out.
 * Asking before every build would cost a pass over the table; so the question
 * is asked only after a build has failed, in a transaction that is still alive
 * and holds the lock that keeps the table as it is.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "attach/attach.h"
#include "base/relations.h"

#define MAX_SHOWN 5

static char *
format_query(const char *table, const char *column)
{
	return psprintf("SELECT t.%1$s::text, count(*), count(*) OVER () "
					"FROM ONLY %2$s AS t GROUP BY t.%1$s HAVING count(*) > 1 "
					"ORDER BY t.%1$s LIMIT %3$d",
					column, table, MAX_SHOWN);
}

/*
 * Raise an error that shows up to five duplicates of the index's only key and
 * how many there are.  Returns if none can be seen (row-level security): the
 * caller then has the original error.
 *
 * The caller is connected to SPI.
 */
void
bingo_attach_raise_duplicates(const BingoIndex *wanted, Oid table)
{
	char	   *table_name = bingo_relations_name(table);
	const char *column = quote_identifier(wanted->keys[0].column);
	StringInfoData shown;
	unsigned long long total;
	uint64		nshown;
	Oid			caller;
	int			sec_context;

	Assert(wanted->unique && wanted->nkeys == 1);

	/* As the owner of the table: the planner may call functions of his. */
	GetUserIdAndSecContext(&caller, &sec_context);
	SetUserIdAndSecContext(bingo_relations_owner(table), sec_context |
						   SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	if (SPI_execute(format_query(table_name, column), false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not look for duplicates in %s", table_name);
	SetUserIdAndSecContext(caller, sec_context);
	nshown = SPI_processed;
	if (nshown == 0)
		return;

	initStringInfo(&shown);
	for (uint64 i = 0; i < nshown; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];

		appendStringInfo(&shown, "%s%s (%s rows)", i > 0 ? ", " : "",
						 SPI_getvalue(row, SPI_tuptable->tupdesc, 1),
						 SPI_getvalue(row, SPI_tuptable->tupdesc, 2));
	}
	total = strtoull(SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 3),
					 NULL, 10);

	ereport(ERROR,
			(errcode(ERRCODE_UNIQUE_VIOLATION),
			 errmsg_plural("table %s has more than one row for %llu value of %s",
						   "table %s has more than one row for %llu values of %s",
						   total, table_name, total, column),
			 errdetail("Duplicate values of %s%s: %s.", column,
					   total > MAX_SHOWN ? ", the first ones" : "", shown.data),
			 errhint("Remove the surplus rows, which this lists: SELECT %s, count(*) FROM %s GROUP BY 1 HAVING count(*) > 1;",
					 column, table_name)));
}
